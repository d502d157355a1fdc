//! Tokens as a client sees them: forged in every way that we know of, rotated, remembered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod cache;
mod forgery;
mod service;
mod support;
