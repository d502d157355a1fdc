//! Services over the in-memory store, one module a context.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests; the exception for tests covers test functions only"
)]

mod ai;
mod ai_stream;
mod ai_tries;
mod analytics;
mod audit;
mod idempotency;
mod kernel;
mod ledger;
#[cfg(feature = "mock")]
mod mocks;
mod models;
mod notification;
mod order;
mod order_crash;
mod order_stall;
mod order_support;
mod prompt;
mod prompt_road;
mod prompt_seed;
mod support;
mod user;
mod vehicle;
