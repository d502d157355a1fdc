//! The DriveEver server and its tools.

use std::process::ExitCode;

use clap::Parser;
use driveever_server::{cli::Cli, commands};

#[tokio::main]
async fn main() -> ExitCode {
    commands::run(Cli::parse()).await
}
