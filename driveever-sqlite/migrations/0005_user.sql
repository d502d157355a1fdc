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

-- Lists in the order of time.
CREATE INDEX user_users_list_by_created_at ON user_users (created_at, id) WHERE deleted_at IS NULL;
