//! The prompt library.
