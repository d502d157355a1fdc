//! The in-memory adapter of every DriveEver port.
//!
//! [`MemoryStore`] keeps rows as a SQL store does, detects the same conflicts and rolls back the same way; the conformance
//! suite takes it as the reference. It is for unit tests, examples and `memory:` stores: nothing survives the process.
//!
//! It is one generic implementation over contexts and entities. A commit is applied under one write lock after every
//! operation was checked, so that readers see all of it or nothing.

mod log;
mod store;
mod table;

pub use store::MemoryStore;
