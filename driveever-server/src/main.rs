//! The DriveEver server and its tools.

use std::process::ExitCode;

use clap::Parser;
use driveever_server::{cli::Cli, commands};

/// glibc's allocator keeps much of what was freed, for each thread that freed it; this one gives it back. SQLite's memory
/// comes from it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    commands::run(Cli::parse()).await
}
