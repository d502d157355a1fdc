//! The load harness: `cargo xtask load`.
//!
//! It starts the server's release binary on a database of its own, fills it, and sends requests at a fixed rate whether
//! or not earlier ones were answered (open loop), so that a slow answer delays nothing but itself and shows in the
//! percentiles. A request's latency counts from the moment at which it was due. Beside it runs a bare axum + sqlx handler
//! on the same file as the ceiling. Processor seconds and memory are those of the server's process.
#![expect(clippy::print_stdout, reason = "this is a command for people")]

mod bare;
mod driver;
mod fill;
mod report;
mod scenario;
mod server;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

/// Errors end the run; their text is all that matters.
pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(about = "Load on the server beside a bare axum + sqlx handler on the same data")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    load: Load,
}

#[derive(Subcommand)]
enum Command {
    /// Serves a bare handler on a database: what the harness compares with.
    #[command(hide = true)]
    Bare {
        /// The SQLite file.
        database: PathBuf,
        /// The port.
        port: u16,
    },
}

#[derive(clap::Args)]
pub(crate) struct Load {
    /// The server's binary.
    #[arg(long, default_value = "target/release/driveever-server")]
    pub(crate) server: PathBuf,
    /// Scenarios: get-prompt, page, road; all when none is named.
    #[arg(long = "scenario", value_delimiter = ',')]
    pub(crate) scenarios: Vec<String>,
    /// Requests a second.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) rate: u32,
    /// Seconds a measurement, after a fifth of it as warm-up.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Requests that may be open at one time; those due beyond it count as dropped.
    #[arg(long, default_value_t = 512)]
    pub(crate) connections: usize,
    /// Prompts in the database, beside those that it comes with.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) prompts: u32,
    /// Users on the road, each asking in turn.
    #[arg(long, default_value_t = 50)]
    pub(crate) users: u32,
    /// The store: sqlite or memory.
    #[arg(long, default_value = "sqlite")]
    pub(crate) store: String,
}

impl Load {
    pub(crate) const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Some(Command::Bare { database, port }) => bare::serve(&database, port).await,
        None => scenario::run(&arguments.load).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
