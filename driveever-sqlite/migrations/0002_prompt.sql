-- Prompts, their versions, and what was served.

CREATE TABLE prompt_prompts (
    rowid INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    tags TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    metadata TEXT,
    latest_version INTEGER NOT NULL,
    latest_version_id BLOB NOT NULL,
    production_version INTEGER,
    production_version_id BLOB,
    library_key TEXT,
    edited INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_updated INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX prompt_prompts_unique_name ON prompt_prompts (name) WHERE deleted_at IS NULL;
CREATE INDEX prompt_prompts_by_category ON prompt_prompts (category, id);
CREATE VIRTUAL TABLE prompt_prompts_search
    USING fts5 (words, tokenize = 'ascii', detail = none, columnsize = 0);
CREATE UNIQUE INDEX prompt_prompts_unique_library_key ON prompt_prompts (library_key) WHERE deleted_at IS NULL;
CREATE INDEX prompt_prompts_by_production_version_id ON prompt_prompts (production_version_id, id);

CREATE TABLE prompt_versions (
    id BLOB NOT NULL PRIMARY KEY,
    prompt_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    version TEXT NOT NULL,
    template TEXT NOT NULL,
    variables TEXT NOT NULL,
    expected_output TEXT NOT NULL,
    change_note TEXT,
    created_by BLOB,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX prompt_versions_unique_prompt_id_number ON prompt_versions (prompt_id, number);
CREATE UNIQUE INDEX prompt_versions_unique_prompt_id_version ON prompt_versions (prompt_id, version);
CREATE INDEX prompt_versions_by_created_by ON prompt_versions (created_by, id);

CREATE TABLE prompt_exposures (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    prompt_id BLOB NOT NULL,
    version_id BLOB NOT NULL,
    version_number INTEGER NOT NULL,
    category TEXT NOT NULL,
    assignment_key TEXT,
    user_id BLOB,
    experiment_id BLOB,
    arm BLOB,
    propensity REAL NOT NULL,
    success INTEGER,
    measured INTEGER NOT NULL,
    rating INTEGER,
    rated_at INTEGER,
    voter BLOB,
    response_time_ms INTEGER,
    cost TEXT,
    served_at INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX prompt_exposures_unique_version_id_voter
    ON prompt_exposures (version_id, voter) WHERE deleted_at IS NULL;
CREATE INDEX prompt_exposures_by_prompt_id ON prompt_exposures (prompt_id, id);
CREATE INDEX prompt_exposures_by_version_id ON prompt_exposures (version_id, id);
CREATE INDEX prompt_exposures_by_user_id ON prompt_exposures (user_id, id);

CREATE TABLE prompt_labels (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    prompt_id BLOB NOT NULL,
    name TEXT NOT NULL,
    version_number INTEGER NOT NULL,
    version_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX prompt_labels_unique_prompt_id_name
    ON prompt_labels (prompt_id, name) WHERE deleted_at IS NULL;
CREATE INDEX prompt_labels_by_prompt_id ON prompt_labels (prompt_id, id);

CREATE TABLE prompt_label_moves (
    id BLOB NOT NULL PRIMARY KEY,
    prompt_id BLOB NOT NULL,
    label TEXT NOT NULL,
    from_version INTEGER,
    to_version INTEGER,
    reason TEXT,
    forced INTEGER NOT NULL,
    actor_id BLOB,
    moved_at INTEGER NOT NULL
) STRICT;
CREATE INDEX prompt_label_moves_by_prompt_id ON prompt_label_moves (prompt_id, id);
CREATE INDEX prompt_label_moves_by_actor_id ON prompt_label_moves (actor_id, id);

CREATE TABLE prompt_version_performance (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    prompt_id BLOB NOT NULL,
    version_number INTEGER NOT NULL,
    category TEXT NOT NULL,
    totals TEXT NOT NULL,
    mean_rating REAL,
    last_served_at INTEGER
) STRICT;
CREATE INDEX prompt_version_performance_by_prompt_id ON prompt_version_performance (prompt_id, id);
CREATE INDEX prompt_version_performance_by_category ON prompt_version_performance (category, id);

CREATE TABLE prompt_category_performance (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    category TEXT NOT NULL,
    totals TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX prompt_category_performance_unique_category
    ON prompt_category_performance (category) WHERE deleted_at IS NULL;

-- Lists in the order of time.
CREATE INDEX prompt_prompts_list_by_created_at ON prompt_prompts (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX prompt_prompts_list_by_last_updated ON prompt_prompts (last_updated, id) WHERE deleted_at IS NULL;
CREATE INDEX prompt_exposures_of_prompt_by_time ON prompt_exposures (prompt_id, served_at, id);
