//! Which models are asked: their keys, addresses, names and order.
//!
//! A provider is there when its key or its address is set. Servers that speak OpenAI's protocol are named in `compatible`; each
//! name has settings of its own, `compatible_NAME_base_url` and its like.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use driveever::{
    core::ai::{AiOptions, price::PriceTable},
    providers::remote::{RemoteSettings, SettingsError, Timeouts, WireLimits},
};

use super::Sources;

/// In whose protocol a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenAI's own.
    OpenAi,
    /// OpenAI's, spoken by another server.
    Compatible,
    /// Anthropic's.
    Anthropic,
    /// Google's Gemini API.
    Gemini,
}

/// A provider behind an address.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// In whose protocol it is asked.
    pub kind: ProviderKind,
    /// Its name, key, address and limits.
    pub settings: RemoteSettings,
}

/// Who is asked.
#[derive(Debug, Clone)]
pub struct ProvidersConfig {
    /// Names in the order of fallback; the first is asked first.
    pub order: Vec<String>,
    /// Those behind an address.
    pub remote: Vec<ProviderConfig>,
    /// How long questions may take, and when they are put again.
    pub options: AiOptions,
    /// What tokens cost.
    pub prices: Option<PriceTable>,
}

/// The name of the offline advisor.
pub const OFFLINE: &str = "offline";

/// The providers that have names of their own: kind, name, prefix of their settings, address, models.
const KNOWN: [(ProviderKind, &str, &str, &str, &str); 3] = [
    (
        ProviderKind::Gemini,
        "gemini",
        "gemini",
        "https://generativelanguage.googleapis.com",
        "gemini-3.8-flash,gemini-3.5-flash-lite",
    ),
    (ProviderKind::OpenAi, "openai", "openai", "https://api.openai.com/v1", "gpt-6-luna,gpt-5.4-mini"),
    (ProviderKind::Anthropic, "claude", "anthropic", "https://api.anthropic.com", "claude-haiku-5-5,claude-sonnet-5-5"),
];

const NAMES: &str = "names of small letters, digits and _, separated by commas, each once, none of them gemini, openai, \
                     claude or offline";

impl ProvidersConfig {
    /// From all sources.
    pub(super) fn read(sources: &mut Sources) -> Self {
        let options = options(sources);
        let common = Common::read(sources, &options);
        let mut remote = Vec::new();
        for (kind, name, prefix, address, models) in KNOWN {
            let key = sources.secret(&format!("{prefix}_api_key"));
            let base_url = sources.text(&format!("{prefix}_base_url"));
            let models = list(sources.text(&format!("{prefix}_models")).as_deref().unwrap_or(models));
            if key.is_none() && base_url.is_none() {
                continue;
            }
            let base_url = base_url.unwrap_or_else(|| address.to_owned());
            let settings = checked(sources, prefix, common.settings(name, base_url, models).key(key));
            remote.push(ProviderConfig { kind, settings });
        }
        for name in compatible(sources) {
            let key = sources.secret(&format!("compatible_{name}_api_key"));
            let base_url = sources.text(&format!("compatible_{name}_base_url"));
            let models = list(&sources.text(&format!("compatible_{name}_models")).unwrap_or_default());
            match base_url {
                Some(base_url) if !models.is_empty() => {
                    let prefix = format!("compatible_{name}");
                    let settings = checked(sources, &prefix, common.settings(&name, base_url, models).key(key));
                    remote.push(ProviderConfig { kind: ProviderKind::Compatible, settings });
                }
                _ => sources.refuse(
                    "compatible",
                    &format!("names whose compatible_{name}_base_url and compatible_{name}_models are set too"),
                ),
            }
        }
        let order = order(sources, &remote);
        Self { order, remote, options, prices: prices(sources) }
    }

    /// Models that are on offer and have no price on this day: provider and model.
    pub fn without_price(&self, day: chrono::NaiveDate) -> Vec<(String, String)> {
        let priced = |provider: &str, model: &str| {
            self.prices.as_ref().is_some_and(|table| table.price(provider, model, day).is_some())
        };
        let models = self.remote.iter().flat_map(|provider| {
            let name = &provider.settings.name;
            provider.settings.models.iter().map(move |model| (name.clone(), model.clone()))
        });
        models.filter(|(provider, model)| !priced(provider, model)).collect()
    }
}

/// What all providers have in common.
struct Common {
    timeouts: Timeouts,
    limits: WireLimits,
    max_output_tokens: u32,
}

impl Common {
    fn read(sources: &mut Sources, options: &AiOptions) -> Self {
        let seconds = |sources: &mut Sources, key: &str, default: Duration| {
            Duration::from_secs(sources.bounded(key, "seconds", 1, 3_600, default.as_secs()))
        };
        let (times, limits) = (Timeouts::default(), WireLimits::default());
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            timeouts: Timeouts {
                connect: seconds(sources, "provider_connect_timeout", times.connect),
                first_byte: seconds(sources, "provider_first_byte_timeout", times.first_byte),
                idle: seconds(sources, "provider_idle_timeout", times.idle),
                total: options.timeout,
                ..times
            },
            limits: WireLimits {
                concurrency: size(sources.bounded("provider_concurrency", "requests", 1, 100_000, 64)),
                body: size(sources.bounded("provider_max_body", "bytes", 1_024, 1 << 30, 8 << 20)),
                ..limits
            },
            max_output_tokens: u32::try_from(sources.bounded("max_output_tokens", "tokens", 1, 1_000_000, 4_096))
                .unwrap_or(u32::MAX),
        }
    }

    fn settings(&self, name: &str, base_url: String, models: Vec<String>) -> RemoteSettings {
        RemoteSettings {
            max_output_tokens: self.max_output_tokens,
            timeouts: self.timeouts,
            limits: self.limits,
            ..RemoteSettings::new(name, base_url, models)
        }
    }
}

fn options(sources: &mut Sources) -> AiOptions {
    let mut options = AiOptions::default();
    let seconds = |sources: &mut Sources, key: &str, default: Duration| {
        Duration::from_secs(sources.bounded(key, "seconds", 1, 3_600, default.as_secs()))
    };
    options.timeout = seconds(sources, "provider_timeout", options.timeout);
    options.budget = seconds(sources, "answer_timeout", options.budget);
    let tries = sources.bounded("provider_tries", "tries", 1, 10, u64::from(options.retry.tries));
    options.retry.tries = u32::try_from(tries).unwrap_or(options.retry.tries);
    options
}

/// These settings; what is wrong with them is noted under the name by which it was set.
fn checked(sources: &mut Sources, prefix: &str, settings: RemoteSettings) -> RemoteSettings {
    if let Err(SettingsError { field, takes }) = settings.check() {
        sources.refuse(&format!("{prefix}_{field}"), takes);
    }
    settings
}

/// Texts between commas, without those that are empty.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn compatible(sources: &mut Sources) -> Vec<String> {
    let names = list(&sources.text("compatible").unwrap_or_default());
    let plain = |name: &String| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let taken = name == OFFLINE || KNOWN.iter().any(|(_, known, ..)| name == known);
        name.len() <= 40 && name.bytes().all(fits) && !taken
    };
    let once: BTreeSet<&String> = names.iter().collect();
    if names.iter().all(plain) && once.len() == names.len() {
        return names;
    }
    sources.refuse("compatible", NAMES);
    Vec::new()
}

/// Those that are configured, as they come, and the offline advisor last; or as the operator wants them.
fn order(sources: &mut Sources, remote: &[ProviderConfig]) -> Vec<String> {
    let there: Vec<String> =
        remote.iter().map(|provider| provider.settings.name.clone()).chain([OFFLINE.to_owned()]).collect();
    let Some(wanted) = sources.text("providers") else { return there };
    let wanted = list(&wanted);
    let once: BTreeSet<&String> = wanted.iter().collect();
    if wanted.is_empty() || once.len() != wanted.len() || !wanted.iter().all(|name| there.contains(name)) {
        let known = there.join(", ");
        sources.refuse("providers", &format!("names of providers that are configured, in order, each once: {known}"));
        return there;
    }
    wanted
}

fn prices(sources: &mut Sources) -> Option<PriceTable> {
    let path = PathBuf::from(sources.text("price_table")?);
    let read = || -> Result<PriceTable, String> {
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let table: PriceTable = toml::from_str(&text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let list = |faults: Vec<driveever::core::validate::Violation>| {
            let faults = faults.iter().map(|fault| format!("{} {}", fault.field, fault.message));
            faults.collect::<Vec<_>>().join("; ")
        };
        table.check().map_err(list)?;
        Ok(table)
    };
    match read() {
        Ok(table) => Some(table),
        Err(error) => {
            sources.refuse("price_table", &format!("the path of a price table in TOML ({error})"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigError};

    fn read(environment: &[(&str, &str)]) -> Result<ProvidersConfig, ConfigError> {
        let mut sources = Sources::default();
        sources.environment(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::read(sources).map(|config| config.providers)
    }

    #[test]
    fn without_keys_the_offline_advisor_is_alone() {
        let providers = read(&[]).unwrap();
        assert_eq!((providers.order, providers.remote.len()), (vec![OFFLINE.to_owned()], 0));
    }

    #[test]
    fn keys_turn_providers_on_in_order_and_never_show() {
        let providers = read(&[
            ("ANTHROPIC_API_KEY", "sk-ant-secret"),
            ("OPENAI_API_KEY", "sk-secret"),
            ("OPENAI_BASE_URL", "http://localhost:9/v1"),
            ("DRIVEEVER_OPENAI_MODELS", "one, two"),
            ("DRIVEEVER_COMPATIBLE", "ollama"),
            ("DRIVEEVER_COMPATIBLE_OLLAMA_BASE_URL", "http://localhost:11434/v1"),
            ("DRIVEEVER_COMPATIBLE_OLLAMA_MODELS", "llama3.3"),
            ("DRIVEEVER_PROVIDER_TIMEOUT", "30"),
        ])
        .unwrap();
        assert_eq!(providers.order, ["openai", "claude", "ollama", "offline"]);
        assert_eq!(providers.remote[0].settings.models, ["one", "two"]);
        assert_eq!(providers.remote[0].settings.timeouts.total, Duration::from_secs(30));
        assert!(!format!("{providers:?}").contains("secret"));
        assert_eq!(providers.without_price("2026-11-23".parse().unwrap()).len(), 5);
    }

    #[test]
    fn the_table_to_start_from_is_a_table_and_prices_what_is_asked_by_default() {
        let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/prices.toml");
        let keys = [("OPENAI_API_KEY", "k"), ("ANTHROPIC_API_KEY", "k"), ("GEMINI_API_KEY", "k")];
        let settings: Vec<_> = keys.into_iter().chain([("DRIVEEVER_PRICE_TABLE", table)]).collect();
        let providers = read(&settings).unwrap();
        assert_eq!(providers.without_price("2026-11-23".parse().unwrap()), Vec::new());
        assert_eq!(providers.without_price("2026-11-22".parse().unwrap()).len(), 6, "not before the day that it names");
    }

    #[test]
    fn what_is_wrong_is_named_without_secrets() {
        let error = read(&[
            ("GEMINI_API_KEY", "AIza-secret"),
            ("DRIVEEVER_PROVIDERS", "gemini,openai"),
            ("DRIVEEVER_COMPATIBLE", "claude"),
            ("DRIVEEVER_PRICE_TABLE", "/nowhere/prices.toml"),
            ("DRIVEEVER_PROVIDER_TRIES", "0"),
        ])
        .unwrap_err()
        .to_string();
        for part in ["providers: DRIVEEVER_PROVIDERS", "compatible: ", "price_table: ", "provider_tries: "] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(!error.contains("secret"));
    }
}
