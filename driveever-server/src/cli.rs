//! The command line: `driveever-server --help`.

use clap::{Args, Parser, Subcommand};
use driveever::core::prompt::PromptCategory;

/// Answers drivers' questions about vehicles: server and tools.
#[derive(Debug, Parser)]
#[command(name = "driveever-server", version)]
pub struct Cli {
    /// What to do; without it, `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Settings, before or after the command.
    #[command(flatten)]
    pub settings: Settings,
}

/// Settings that flags can give; they win over the environment and `driveever.toml`.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// The address to listen on.
    #[arg(long, global = true)]
    pub host: Option<String>,
    /// The port to listen on.
    #[arg(long, global = true)]
    pub port: Option<String>,
    /// Where the database and the keys are kept.
    #[arg(long, global = true)]
    pub data_dir: Option<String>,
    /// sqlite:PATH or memory:
    #[arg(long, global = true)]
    pub database_url: Option<String>,
    /// Turns on the demonstration vehicles that ship with DriveEver.
    #[arg(long, global = true)]
    pub demo: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the API.
    Serve,
    /// Asks a question: the whole road in this process, no server needed.
    Ask {
        /// In your own words.
        question: String,
        /// The vehicle's registration mark.
        #[arg(long)]
        registration: Option<String>,
        /// The category; without it, the question is classified.
        #[arg(long)]
        category: Option<PromptCategory>,
        /// Prints one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Brings the store to this version's form; starting the server does so too.
    Migrate,
    /// Seeds the golden library; a second time changes nothing.
    Seed {
        /// Prints one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Prints the OpenAPI document.
    Openapi,
    /// The event logs.
    Events {
        /// What to do with them.
        #[command(subcommand)]
        command: EventsCommand,
        /// Prints one JSON object a line.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Works the statistics out anew from the event logs.
    RebuildAnalytics {
        /// Only compares; exit code 1 when something differs.
        #[arg(long)]
        compare: bool,
        /// Prints one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Validates the configuration and looks at the store; makes nothing and changes nothing.
    Check {
        /// Prints one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Prints what tokens cost, and which models on offer have no price; exit code 1 when there are some.
    Prices {
        /// Prints one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// What to do with the event logs.
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// Lists events, newest first.
    List {
        /// At most this many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Only of this kind: order.paid.
        #[arg(long = "type")]
        event_type: Option<String>,
    },
    /// Delivers a parked message once more.
    Replay {
        /// Its id.
        id: String,
    },
    /// Lists deliveries that kept failing.
    Parked,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_hold_wherever_they_stand() {
        for line in ["--port 4000 --demo check", "check --port 4000 --demo", "--port 4000 check --demo"] {
            let cli = Cli::try_parse_from(["driveever-server"].into_iter().chain(line.split(' '))).unwrap();
            assert!(matches!(cli.command, Some(Command::Check { json: false })), "{line}");
            assert_eq!((cli.settings.port.as_deref(), cli.settings.demo), (Some("4000"), true), "{line}");
        }
    }
}
