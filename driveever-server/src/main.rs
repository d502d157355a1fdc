//! The DriveEver server.
fn main() {}
