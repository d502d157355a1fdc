//! The routes as clients see them: through the router, over real services on the in-memory store.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests; the exception for tests covers test functions only"
)]

mod access;
mod ai;
mod analytics;
mod answers_support;
mod audit;
mod auth;
mod bad_input;
mod bad_input_rules;
mod connections;
mod document;
mod notifications;
mod operating;
mod orders;
mod orders_stream;
mod orders_support;
#[cfg(unix)]
mod process;
mod prompt_labels;
mod prompt_use;
mod prompts;
mod support;
mod users;
mod vehicles;
mod whole;
