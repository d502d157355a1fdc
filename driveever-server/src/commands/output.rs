//! What commands say on standard output.
//!
//! Whoever reads it may have read enough: a closed pipe is an error to be handed up and no panic, and ends a command quietly.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Says one line.
pub(super) fn line(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
}

/// Says a text as it stands.
pub(super) fn text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Says a line for people, or an object for programs.
pub(super) fn either(json: bool, object: &serde_json::Value, words: impl Display) -> io::Result<()> {
    if json { line(object) } else { line(words) }
}
