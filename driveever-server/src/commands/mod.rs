//! What the command line does. Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "these are commands for people and scripts")]

mod ask;
mod events;
mod prices;
mod serve;
mod store;

pub use serve::serve_wired;

use std::{env, path::Path, process::ExitCode};

use crate::{
    cli::{Cli, Command, Settings},
    config::{Config, ConfigError, Sources},
    wiring::{Callers, Wired, WiringError},
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// Settings.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The services could not be put together.
    #[error("{0}")]
    Wiring(#[from] WiringError),
    /// A service.
    #[error("{0}")]
    Service(#[from] driveever::core::Error),
    /// A store.
    #[error("{0}")]
    Store(#[from] driveever::core::StoreError),
    /// Listening, signals and the like.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// Runs a command.
pub async fn run(cli: Cli) -> ExitCode {
    let Cli { command, settings } = cli;
    let outcome = match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(settings).await,
        Command::Ask { question, registration, category, json } => {
            ask::ask(settings, question, registration, category, json).await
        }
        Command::Migrate => store::migrate(settings).await,
        Command::Seed => store::seed(settings).await,
        Command::Openapi => serve::print_openapi().await,
        Command::Events { command } => events::events(settings, command).await,
        Command::RebuildAnalytics { compare } => store::rebuild_analytics(settings, compare).await,
        Command::Prices => prices::prices(&settings),
        Command::Check => store::check(settings).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("driveever-server: {error}");
            if matches!(error, CommandError::Config(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// The configuration: `driveever.toml` in the current folder, the environment, the flags.
fn config_of(settings: &Settings) -> Result<Config, ConfigError> {
    let mut sources = Sources::default();
    sources.file_at(Path::new("driveever.toml"));
    sources.environment(
        env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    let flags = [
        ("host", &settings.host),
        ("port", &settings.port),
        ("data_dir", &settings.data_dir),
        ("database_url", &settings.database_url),
    ];
    for (key, value) in flags {
        if let Some(value) = value {
            sources.flag(key, value);
        }
    }
    if settings.demo {
        sources.flag("demo", "on");
    }
    Config::read(sources)
}

/// The services for a command.
async fn open(settings: &Settings) -> Result<(Config, Wired), CommandError> {
    let config = config_of(settings)?;
    let wired = Wired::open(&config, Callers::Operator).await?;
    Ok((config, wired))
}
