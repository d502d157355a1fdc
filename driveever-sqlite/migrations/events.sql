-- A context's event log (audit trail and source of read models), its outbox and its inbox of handled messages.
-- The name in braces is the context's. This is part of each context's first migration.

-- Rows are only ever added, so the next place is always beyond the last.
CREATE TABLE {context}_events (
    position INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    aggregate_type TEXT NOT NULL,
    aggregate_id BLOB NOT NULL,
    aggregate_revision INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- What an auditor looks for.
CREATE INDEX {context}_events_audit_by_actor ON {context}_events (actor, id);
CREATE INDEX {context}_events_audit_by_aggregate ON {context}_events (aggregate_id, id);
CREATE INDEX {context}_events_audit_by_time ON {context}_events (occurred_at, id);

-- The events that are not published yet, few at a time: what changes with a delivery is apart from what never changes.
CREATE TABLE {context}_outbox (
    position INTEGER PRIMARY KEY,
    aggregate_id BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    held_until INTEGER
) STRICT;
CREATE INDEX {context}_outbox_in_order ON {context}_outbox (aggregate_id, position);
CREATE TRIGGER {context}_events_wait AFTER INSERT ON {context}_events
    BEGIN INSERT INTO {context}_outbox (position, aggregate_id) VALUES (new.position, new.aggregate_id); END;

CREATE TABLE {context}_inbox (event_id BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
