-- Users' vehicles.

CREATE TABLE vehicle_vehicles (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    owner_id BLOB NOT NULL,
    registration_number TEXT NOT NULL,
    record TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX vehicle_vehicles_unique_owner_id_registration_number
    ON vehicle_vehicles (owner_id, registration_number) WHERE deleted_at IS NULL;

CREATE INDEX vehicle_vehicles_by_owner_id ON vehicle_vehicles (owner_id, id);

-- Lists in the order of time.
CREATE INDEX vehicle_vehicles_of_owner_by_time ON vehicle_vehicles (owner_id, created_at, id);
