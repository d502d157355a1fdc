//! The models behind an address, against doubles that speak their protocols.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests; the exception for tests covers test functions only"
)]

mod answers;
mod cut;
mod faults;
mod refusals;
mod registers;
mod support;
