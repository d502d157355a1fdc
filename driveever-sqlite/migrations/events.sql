-- A context's event log (audit trail, outbox and source of read models) and its inbox of handled messages.
-- The name in braces is the context's. This is part of each context's first migration.

CREATE TABLE {context}_events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    aggregate_type TEXT NOT NULL,
    aggregate_id BLOB NOT NULL,
    aggregate_revision INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    held_until INTEGER,
    published INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What a relay looks for; few rows at a time.
CREATE INDEX {context}_events_to_claim ON {context}_events (position, held_until) WHERE published = 0;
CREATE INDEX {context}_events_to_claim_in_order ON {context}_events (aggregate_id, position, held_until)
    WHERE published = 0;

-- What an auditor looks for.
CREATE INDEX {context}_events_audit_by_actor ON {context}_events (actor, id);
CREATE INDEX {context}_events_audit_by_aggregate ON {context}_events (aggregate_id, id);
CREATE INDEX {context}_events_audit_by_time ON {context}_events (occurred_at, id);

CREATE TABLE {context}_inbox (event_id BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
