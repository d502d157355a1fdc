//! The store as a whole: the conformance suite, its tables, plans, faults and files.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod conformance;
mod faults;
mod schema;
mod support;
