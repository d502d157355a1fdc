//! Services over the in-memory store, one module a context.

mod kernel;
mod prompt;
mod prompt_road;
mod prompt_seed;
mod support;
