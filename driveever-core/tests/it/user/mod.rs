//! The user service: accounts, log-in, sessions, keys, erasure.

mod accounts;
mod keys;
mod login;
mod privacy;
mod sessions;
mod support;
