//! The routes as clients see them: through the router, over real services on the in-memory store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod orders;
mod orders_stream;
mod orders_support;
