//! In-memory adapter of every DriveEver port: unit tests, examples and memory: stores.
