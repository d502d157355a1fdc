//! The routes as clients see them: through the router, over real services on the in-memory store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod ai;
mod analytics;
mod answers_support;
mod notifications;
mod vehicles;
