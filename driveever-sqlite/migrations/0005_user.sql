-- Accounts.

CREATE TABLE user_users (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX user_users_unique_email ON user_users (email) WHERE deleted_at IS NULL;
CREATE INDEX user_users_by_email ON user_users (email, id);

CREATE TABLE user_credentials (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    password_hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    last_login_at INTEGER
) STRICT;

CREATE TABLE user_sessions (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    user_id BLOB NOT NULL,
    client TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT;
CREATE INDEX user_sessions_by_user_id ON user_sessions (user_id, id);

CREATE TABLE user_refresh_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    user_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    parent BLOB,
    hash TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    used_at INTEGER,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX user_refresh_tokens_unique_hash ON user_refresh_tokens (hash) WHERE deleted_at IS NULL;
CREATE INDEX user_refresh_tokens_by_hash ON user_refresh_tokens (hash, id);
CREATE INDEX user_refresh_tokens_by_user_id ON user_refresh_tokens (user_id, id);
CREATE INDEX user_refresh_tokens_by_session_id ON user_refresh_tokens (session_id, id);

CREATE TABLE user_signing_keys (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    public_key TEXT NOT NULL,
    private_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX user_signing_keys_unique_number ON user_signing_keys (number);

CREATE TABLE user_admin_roster (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    admins TEXT NOT NULL
) STRICT;

CREATE TABLE user_erasures (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    state TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    done TEXT NOT NULL,
    failing TEXT,
    finished_at INTEGER
) STRICT;
CREATE INDEX user_erasures_by_state ON user_erasures (state, id);

-- Lists in the order of time.
CREATE INDEX user_users_list_by_created_at ON user_users (created_at, id) WHERE deleted_at IS NULL;
