//! What an operator can set: defaults, then `driveever.toml`, then the environment, then flags; later ones win.
//!
//! Every value that is wrong is named at once, with its key, where it came from and what it takes. Secrets are read from
//! their variable or from the file that `<NAME>_FILE` names, and are never shown.

mod providers;
mod registers;
mod sources;

use std::{net::IpAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use driveever::{
    auth::Argon2Options,
    core::{
        user::{EmailAddress, UserOptions},
        validate::Validator,
    },
    providers::registers::RegisterSettings,
};
use secrecy::SecretString;

pub use providers::{OFFLINE, ProviderConfig, ProviderKind, ProvidersConfig};
pub use sources::{ConfigError, Sources};

/// Which store, by the scheme of `DATABASE_URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// `memory:`: nothing survives the process.
    Memory,
    /// `sqlite:PATH`: the embedded store.
    Sqlite(PathBuf),
}

/// How answers are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMode {
    /// A test processor funds every order.
    Test,
    /// Users spend credit that an admin granted.
    Credit,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Everything that is set.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// Where the database and the keys are kept.
    pub data_dir: PathBuf,
    /// Which store.
    pub store: StoreConfig,
    /// Whether the demonstration vehicles are on.
    pub demo: bool,
    /// Which models are asked.
    pub providers: ProvidersConfig,
    /// The DVLA's and the DVSA's services.
    pub registers: Option<RegisterSettings>,
    /// A folder of vehicle records in the shapes of DVLA and DVSA.
    pub vehicles_dir: Option<PathBuf>,
    /// The first admin's e-mail address.
    pub admin_email: Option<String>,
    /// The first admin's password.
    pub admin_password: Option<SecretString>,
    /// How answers are paid.
    pub payment: PaymentMode,
    /// Whether requests are limited.
    pub rate_limit: bool,
    /// Requests a minute for each user or address.
    pub requests_per_minute: NonZeroU32,
    /// Questions and orders a minute for each user.
    pub questions_per_minute: NonZeroU32,
    /// Registrations, logins and refreshes a minute for each address.
    pub logins_per_minute: NonZeroU32,
    /// Vehicle look-ups a minute for each user.
    pub lookups_per_minute: NonZeroU32,
    /// Outcomes of prompts a minute for each user.
    pub outcomes_per_minute: NonZeroU32,
    /// The largest request body, in bytes.
    pub max_body: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Requests that are worked on at one time; more are refused.
    pub max_concurrency: usize,
    /// How long a client who places an order waits for an end that is not known at once.
    pub order_wait: Duration,
    /// In what time the head of a request must have arrived.
    pub head_timeout: Duration,
    /// Connections at one time; further ones wait.
    pub max_connections: usize,
    /// The most of one address; more are closed.
    pub max_connections_per_address: usize,
    /// Passwords that are hashed at one time; further ones wait.
    pub password_hashes: usize,
    /// How long a password may wait to be hashed.
    pub password_wait: Duration,
    /// How long open requests may go on after the signal to stop.
    pub shutdown_grace: Duration,
    /// Which log lines: a `tracing` filter such as `info` or `driveever=debug`.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// The issuer that access tokens name.
    pub token_issuer: String,
    /// How long an access token lives.
    pub access_token_life: Duration,
    /// What is set and has no effect, in words for an operator.
    pub warnings: Vec<String>,
}

/// Who the first admin is when nobody says so.
pub const DEFAULT_ADMIN: &str = "admin@localhost.localdomain";

/// The largest body that may be configured: 64 MiB.
const MAX_BODY: u64 = 64 << 20;

impl Config {
    /// From all sources.
    ///
    /// # Errors
    /// Every value that is wrong.
    pub fn read(mut sources: Sources) -> Result<Self, ConfigError> {
        let minute = |sources: &mut Sources, key: &'static str, default: u32| {
            let default = NonZeroU32::new(default).unwrap_or(NonZeroU32::MIN);
            sources.parsed(key, "a whole number from 1 to 4294967295", default)
        };
        let hashing = Argon2Options::default();
        let admin_email = sources.checked("admin_email", |text| match text.parse::<EmailAddress>() {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        });
        let data_dir: PathBuf = sources.parsed("data_dir", "a folder's path", PathBuf::from("data"));
        let mut config = Self {
            host: sources.parsed("host", "an IP address", IpAddr::from([127, 0, 0, 1])),
            port: sources.parsed("port", "a port from 0 to 65535", 3000),
            store: store_of(&mut sources, &data_dir),
            data_dir,
            demo: sources.switch("demo", false),
            providers: ProvidersConfig::read(&mut sources),
            registers: registers::read(&mut sources),
            vehicles_dir: sources.checked("vehicles_dir", folder).map(PathBuf::from),
            admin_password: admin_password(&mut sources, admin_email.as_deref()),
            admin_email,
            payment: sources.one_of(
                "payment",
                &[("test", PaymentMode::Test), ("credit", PaymentMode::Credit)],
                PaymentMode::Test,
            ),
            rate_limit: sources.switch("rate_limit", true),
            requests_per_minute: minute(&mut sources, "requests_per_minute", 600),
            questions_per_minute: minute(&mut sources, "questions_per_minute", 60),
            logins_per_minute: minute(&mut sources, "logins_per_minute", 60),
            lookups_per_minute: minute(&mut sources, "lookups_per_minute", 30),
            outcomes_per_minute: minute(&mut sources, "outcomes_per_minute", 60),
            max_body: sources.bounded("max_body", "bytes", 1_024, MAX_BODY, 1 << 20).try_into().unwrap_or(usize::MAX),
            request_timeout: Duration::from_secs(sources.bounded("request_timeout", "seconds", 1, 3_600, 120)),
            max_concurrency: sources
                .bounded("max_concurrency", "requests", 1, 100_000, 1_024)
                .try_into()
                .unwrap_or(usize::MAX),
            order_wait: Duration::from_secs(sources.bounded("order_wait", "seconds", 0, 3_600, 20)),
            head_timeout: Duration::from_secs(sources.bounded("head_timeout", "seconds", 1, 3_600, 15)),
            max_connections: sources
                .bounded("max_connections", "connections", 1, 1_000_000, 900)
                .try_into()
                .unwrap_or(usize::MAX),
            max_connections_per_address: sources
                .bounded("max_connections_per_address", "connections", 1, 1_000_000, 600)
                .try_into()
                .unwrap_or(usize::MAX),
            password_hashes: sources
                .bounded("password_hashes", "hashes", 1, 1_024, hashing.at_once as u64)
                .try_into()
                .unwrap_or(usize::MAX),
            password_wait: Duration::from_secs(sources.bounded(
                "password_wait",
                "seconds",
                1,
                60,
                hashing.patience.as_secs(),
            )),
            shutdown_grace: Duration::from_secs(sources.bounded("shutdown_grace", "seconds", 0, 3_600, 30)),
            log: sources.checked("log", log_filter).unwrap_or_else(|| "info".to_owned()),
            log_format: sources.one_of(
                "log_format",
                &[("text", LogFormat::Text), ("json", LogFormat::Json)],
                LogFormat::Text,
            ),
            token_issuer: sources.checked("token_issuer", issuer).unwrap_or_else(|| "driveever".to_owned()),
            access_token_life: Duration::from_secs(sources.bounded("access_token_life", "seconds", 10, 86_400, 600)),
            warnings: Vec::new(),
        };
        let others = [("vehicles_dir", config.vehicles_dir.is_some()), ("demo", config.demo)];
        config.warnings = registers::warnings(config.registers.as_ref(), &others);
        sources.finish()?;
        Ok(config)
    }
}

fn folder(path: &str) -> Result<(), String> {
    let is_there = std::path::Path::new(path).is_dir();
    if is_there { Ok(()) } else { Err("must be a folder that is there".to_owned()) }
}

fn log_filter(text: &str) -> Result<(), String> {
    let words = "must be a log filter, words such as info or driveever=debug,tower_http=warn";
    tracing_subscriber::EnvFilter::try_new(text).map(drop).map_err(|error| format!("{words} ({error})"))
}

fn issuer(text: &str) -> Result<(), String> {
    let is_name = !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    if is_name { Ok(()) } else { Err("must be a name without blanks around it, such as driveever".to_owned()) }
}

/// The first admin's password, by the rules that hold for everybody's.
fn admin_password(sources: &mut Sources, email: Option<&str>) -> Option<SecretString> {
    let personal = ["Administrator", email.unwrap_or(DEFAULT_ADMIN)];
    let password = sources.checked("admin_password", |text| {
        let mut check = Validator::new();
        UserOptions::default().passwords.check(&mut check, "admin_password", text, &personal);
        let faults = check.finish().err().unwrap_or_default();
        let faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; it ")) }
    });
    password.map(SecretString::from)
}

fn store_of(sources: &mut Sources, data_dir: &std::path::Path) -> StoreConfig {
    if sources.text("redis_url").is_some() {
        sources.refuse("redis_url", "nothing yet: this build has no Redis adapter; events travel within the process");
    }
    let default = StoreConfig::Sqlite(data_dir.join("driveever.db"));
    let Some(url) = sources.text("database_url") else { return default };
    let takes = "sqlite:PATH or memory: (this build has no other store)";
    match url.split_once(':') {
        Some(("memory", _)) => StoreConfig::Memory,
        Some(("sqlite", path)) => match path.strip_prefix("//").unwrap_or(path) {
            "" => default,
            ":memory:" => {
                sources
                    .refuse("database_url", "sqlite:PATH or memory: (SQLite's own database in memory is not served)");
                default
            }
            path => StoreConfig::Sqlite(PathBuf::from(path)),
        },
        _ => {
            sources.refuse("database_url", takes);
            default
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(file: &str, environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Result<Config, ConfigError> {
        let mut sources = Sources::default();
        sources.file("driveever.toml", file);
        sources.environment(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        for (key, value) in flags {
            sources.flag(key, value);
        }
        Config::read(sources)
    }

    #[test]
    fn later_sources_win() {
        let file = "port = 4000\nhost = \"0.0.0.0\"\n";
        let config = read(file, &[("DRIVEEVER_PORT", "5000"), ("DRIVEEVER_DEMO", "on")], &[("port", "6000")]).unwrap();
        assert_eq!((config.port, config.host.to_string(), config.demo), (6000, "0.0.0.0".to_owned(), true));
        assert_eq!(config.store, StoreConfig::Sqlite("data/driveever.db".into()));
    }

    #[test]
    fn everything_wrong_is_named_with_its_source() {
        let environment =
            [("DRIVEEVER_RATE_LIMIT", "maybe"), ("DATABASE_URL", "mysql://x:secret@y/z"), ("DRIVEEVER_COLOUR", "red")];
        let error = read("port = \"many\"\nlog_format = \"xml\"\n", &environment, &[]).unwrap_err().to_string();
        for part in [
            "port: driveever.toml has \"many\"; it takes a port from 0 to 65535",
            "log_format: driveever.toml has \"xml\"; it takes text or json",
            "rate_limit: DRIVEEVER_RATE_LIMIT has \"maybe\"; it takes on or off",
            "database_url: DATABASE_URL",
            "DRIVEEVER_COLOUR: no such setting",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(!error.contains("secret"));
    }

    #[test]
    fn secrets_do_not_show() {
        let config = read("", &[("DRIVEEVER_ADMIN_PASSWORD", "correct horse battery staple")], &[]).unwrap();
        assert_eq!(config.admin_password.as_ref().map(|password| password.expose_secret().len()), Some(28));
        assert!(!format!("{config:?}").contains("horse"));
    }

    #[test]
    fn what_only_the_services_would_refuse_is_refused_with_its_source() {
        let environment = [
            ("DRIVEEVER_ADMIN_PASSWORD", "sesame"),
            ("DRIVEEVER_ADMIN_EMAIL", "admin at home"),
            ("DRIVEEVER_LOG", "lower_case=loud"),
            ("DRIVEEVER_TOKEN_ISSUER", " "),
        ];
        let error = read("vehicles_dir = \"no/such/folder\"\n", &environment, &[]).unwrap_err().to_string();
        for part in [
            "admin_password: DRIVEEVER_ADMIN_PASSWORD has a value; it must have at least 15 characters",
            "admin_email: DRIVEEVER_ADMIN_EMAIL has \"admin at home\"; it must be an e-mail address",
            "log: DRIVEEVER_LOG has \"lower_case=loud\"; it must be a log filter",
            "vehicles_dir: driveever.toml has \"no/such/folder\"; it must be a folder",
            "token_issuer: DRIVEEVER_TOKEN_ISSUER has \" \"; it must be a name",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(!error.contains("sesame"));
        let own_name =
            [("DRIVEEVER_ADMIN_EMAIL", "blackwood@example.org"), ("DRIVEEVER_ADMIN_PASSWORD", "Blackwood-2026-11")];
        assert!(read("", &own_name, &[]).is_err(), "the address is no password");
    }
}
