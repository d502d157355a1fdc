-- Notifications and preferences.

CREATE TABLE notification_notifications (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    user_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    link TEXT NOT NULL,
    cause_key TEXT NOT NULL,
    read_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX notification_notifications_unique_cause_key_user_id
    ON notification_notifications (cause_key, user_id) WHERE deleted_at IS NULL;
CREATE INDEX notification_notifications_by_user_id ON notification_notifications (user_id, id);
CREATE INDEX notification_notifications_by_cause_key ON notification_notifications (cause_key, id);

CREATE TABLE notification_preferences (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    switched_off TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE notification_tickets (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    user_id BLOB NOT NULL,
    ticket_hash TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX notification_tickets_unique_ticket_hash
    ON notification_tickets (ticket_hash) WHERE deleted_at IS NULL;
CREATE INDEX notification_tickets_by_user_id ON notification_tickets (user_id, id);
CREATE INDEX notification_tickets_by_ticket_hash ON notification_tickets (ticket_hash, id);

-- Lists in the order of time.
CREATE INDEX notification_notifications_of_user_by_time
    ON notification_notifications (user_id, created_at, id);
