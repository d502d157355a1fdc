//! SQLite adapter of every DriveEver port: the embedded, durable store.
