//! Services over the in-memory store, one module a context.

mod idempotency;
mod kernel;
mod support;
