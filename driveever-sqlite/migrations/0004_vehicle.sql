-- Users' vehicles.

CREATE TABLE vehicle_vehicles (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    owner_id BLOB NOT NULL,
    registration_number TEXT NOT NULL,
    record TEXT NOT NULL,
    owner_facts TEXT NOT NULL,
    metadata TEXT NOT NULL,
    mot_expiry_date TEXT,
    tax_due_date TEXT,
    read_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX vehicle_vehicles_unique_owner_id_registration_number
    ON vehicle_vehicles (owner_id, registration_number) WHERE deleted_at IS NULL;
CREATE INDEX vehicle_vehicles_by_owner_id ON vehicle_vehicles (owner_id, id);
CREATE INDEX vehicle_vehicles_by_mot_expiry_date ON vehicle_vehicles (mot_expiry_date, id);
CREATE INDEX vehicle_vehicles_by_tax_due_date ON vehicle_vehicles (tax_due_date, id);

-- Lists in the order of time.
CREATE INDEX vehicle_vehicles_of_owner_by_time ON vehicle_vehicles (owner_id, created_at, id);
