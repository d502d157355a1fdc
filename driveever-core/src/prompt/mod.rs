//! The prompt library.

pub mod golden;
