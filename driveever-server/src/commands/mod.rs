//! What the command line does. Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration.
#![expect(clippy::print_stderr, reason = "these are commands for people and scripts")]

mod ask;
mod check;
mod events;
mod output;
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
        Command::Seed { json } => store::seed(settings, json).await,
        Command::Openapi => serve::print_openapi().await,
        Command::Events { command, json } => events::events(settings, command, json).await,
        Command::RebuildAnalytics { compare, json } => store::rebuild_analytics(settings, compare, json).await,
        Command::Prices { json } => prices::prices(&settings, json),
        Command::Check { json } => check::check(settings, json).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read what was said has read enough.
        Err(CommandError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("driveever-server: {error}{}", meant(&error));
            if matches!(error, CommandError::Config(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// What may have been meant by what was refused. For whoever typed it: it stands in no error and in no log.
fn meant(error: &CommandError) -> String {
    let CommandError::Service(driveever::core::Error::Invalid(violations)) = error else { return String::new() };
    let suggestions: Vec<&str> =
        violations.iter().flat_map(|violation| &violation.suggestions).map(String::as_str).collect();
    if suggestions.is_empty() { String::new() } else { format!("; did you mean {}?", suggestions.join(" or ")) }
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
