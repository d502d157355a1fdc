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
    production_version INTEGER,
    average_rating REAL,
    created_at INTEGER NOT NULL,
    last_updated INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX prompt_prompts_unique_name ON prompt_prompts (name) WHERE deleted_at IS NULL;

CREATE INDEX prompt_prompts_by_category ON prompt_prompts (category, id);

CREATE VIRTUAL TABLE prompt_prompts_search
    USING fts5 (words, tokenize = 'ascii', detail = none, columnsize = 0);

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

CREATE INDEX prompt_versions_by_prompt_id ON prompt_versions (prompt_id, id);

CREATE TABLE prompt_exposures (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    prompt_id BLOB NOT NULL,
    version_number INTEGER NOT NULL,
    category TEXT NOT NULL,
    assignment_key TEXT,
    experiment_id BLOB,
    arm BLOB,
    propensity REAL NOT NULL,
    success INTEGER,
    rating INTEGER,
    response_time_ms INTEGER,
    served_at INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL
) STRICT;

CREATE INDEX prompt_exposures_by_prompt_id ON prompt_exposures (prompt_id, id);

-- Lists in the order of time.
CREATE INDEX prompt_prompts_list_by_created_at ON prompt_prompts (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX prompt_prompts_list_by_last_updated ON prompt_prompts (last_updated, id) WHERE deleted_at IS NULL;
CREATE INDEX prompt_exposures_of_prompt_by_time ON prompt_exposures (prompt_id, served_at, id);
