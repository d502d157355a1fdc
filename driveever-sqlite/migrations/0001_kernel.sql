-- The kernel's own tables: parked messages.

CREATE TABLE events_parked (
    id BLOB NOT NULL PRIMARY KEY,
    consumer TEXT NOT NULL,
    event_id BLOB NOT NULL,
    event_context TEXT NOT NULL,
    event_type TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    parked_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX events_parked_unique_consumer_event_id ON events_parked (consumer, event_id);

-- Lists in the order of time.
CREATE INDEX events_parked_list ON events_parked (parked_at, id);
