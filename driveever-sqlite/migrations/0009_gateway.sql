-- Idempotency keys.

CREATE TABLE gateway_idempotency_keys (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    digest TEXT NOT NULL,
    user_id BLOB,
    fingerprint TEXT NOT NULL,
    result_id BLOB NOT NULL,
    lease_until INTEGER NOT NULL,
    answer TEXT,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX gateway_idempotency_keys_unique_digest
    ON gateway_idempotency_keys (digest) WHERE deleted_at IS NULL;
CREATE INDEX gateway_idempotency_keys_by_digest ON gateway_idempotency_keys (digest, id);
CREATE INDEX gateway_idempotency_keys_by_user_id ON gateway_idempotency_keys (user_id, id);

-- What is under way, looked for at a start, and what may be forgotten.
CREATE INDEX gateway_idempotency_keys_under_way ON gateway_idempotency_keys (lease_until, id) WHERE answer IS NULL;
CREATE INDEX gateway_idempotency_keys_by_expiry ON gateway_idempotency_keys (expires_at, id);
