//! Services over the in-memory store, one module a context.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod idempotency;
mod kernel;
mod support;
