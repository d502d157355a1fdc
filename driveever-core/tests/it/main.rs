//! Services over the in-memory store, one module a context.

mod kernel;
mod prompt;
mod support;
