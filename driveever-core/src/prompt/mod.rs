//! The prompt library.

pub mod category;
pub mod classify;
