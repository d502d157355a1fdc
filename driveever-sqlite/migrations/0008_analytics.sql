-- Projections of events.

CREATE TABLE analytics_projections (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    granularity TEXT NOT NULL,
    dimension TEXT NOT NULL,
    key TEXT NOT NULL,
    start INTEGER NOT NULL,
    figures TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX analytics_projections_unique_granularity_dimension_key_start
    ON analytics_projections (granularity, dimension, key, start) WHERE deleted_at IS NULL;
CREATE INDEX analytics_projections_by_granularity ON analytics_projections (granularity, id);
