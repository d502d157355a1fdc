-- Answers of language models.

CREATE TABLE ai_responses (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    user_id BLOB,
    prompt_id BLOB,
    prompt_version INTEGER,
    exposure_id BLOB,
    category TEXT,
    vehicle_id BLOB,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    truncated INTEGER NOT NULL,
    confidence REAL,
    sources TEXT NOT NULL,
    response_time_ms INTEGER NOT NULL,
    usage TEXT,
    cost TEXT,
    success INTEGER NOT NULL,
    error TEXT,
    fallback_from TEXT,
    attempts TEXT NOT NULL,
    session_id TEXT,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ai_responses_by_user_id ON ai_responses (user_id, id);

CREATE TABLE ai_feedback (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    response_id BLOB NOT NULL,
    user_id BLOB,
    rating INTEGER NOT NULL,
    helpful INTEGER,
    comment TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX ai_feedback_unique_response_id_user_id
    ON ai_feedback (response_id, user_id) WHERE deleted_at IS NULL;
CREATE INDEX ai_feedback_by_response_id ON ai_feedback (response_id, id);
CREATE INDEX ai_feedback_by_user_id ON ai_feedback (user_id, id);

CREATE TABLE ai_feedback_history (
    id BLOB NOT NULL PRIMARY KEY,
    feedback_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    rating INTEGER NOT NULL,
    helpful INTEGER,
    comment TEXT,
    given_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ai_feedback_history_by_feedback_id ON ai_feedback_history (feedback_id, id);
CREATE INDEX ai_feedback_history_by_user_id ON ai_feedback_history (user_id, id);

-- Lists in the order of time.
CREATE INDEX ai_responses_of_user_by_time ON ai_responses (user_id, created_at, id);
