//! Where settings come from, and what is wrong with them.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, str::FromStr};

use secrecy::SecretString;

/// Settings whose variables have names of their own; every other one's is `DRIVEEVER_` and the key in capitals.
const OWN_NAMES: [(&str, &str); 16] = [
    ("anthropic_api_key", "ANTHROPIC_API_KEY"),
    ("anthropic_base_url", "ANTHROPIC_BASE_URL"),
    ("database_url", "DATABASE_URL"),
    ("dvla_api_key", "DVLA_API_KEY"),
    ("dvla_base_url", "DVLA_BASE_URL"),
    ("dvsa_api_key", "DVSA_API_KEY"),
    ("dvsa_base_url", "DVSA_BASE_URL"),
    ("dvsa_client_id", "DVSA_CLIENT_ID"),
    ("dvsa_client_secret", "DVSA_CLIENT_SECRET"),
    ("dvsa_scope", "DVSA_SCOPE"),
    ("dvsa_token_url", "DVSA_TOKEN_URL"),
    ("gemini_api_key", "GEMINI_API_KEY"),
    ("gemini_base_url", "GEMINI_BASE_URL"),
    ("openai_api_key", "OPENAI_API_KEY"),
    ("openai_base_url", "OPENAI_BASE_URL"),
    ("redis_url", "REDIS_URL"),
];
const PREFIX: &str = "DRIVEEVER_";
/// How the names of settings end whose values are not repeated in messages: an address may have a password in it.
const SECRETS: [&str; 4] = ["_password", "_url", "_key", "_secret"];

/// Values that are wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is wrong:{}", .0.iter().fold(String::new(), |mut text, line| { let _ = write!(text, "\n  {line}"); text }))]
pub struct ConfigError(Vec<String>);

#[derive(Debug, Clone)]
struct Setting {
    value: String,
    source: String,
}

/// All sources, laid over one another.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    settings: BTreeMap<String, Setting>,
    taken: BTreeMap<String, Setting>,
    wrong: Vec<String>,
}

impl Sources {
    /// A TOML file's text: a flat table.
    pub fn file(&mut self, name: &str, text: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => return self.wrong.push(format!("{name}: is no TOML: {}", error.to_string().trim_end())),
        };
        for (key, value) in table {
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(true) => "on".to_owned(),
                toml::Value::Boolean(false) => "off".to_owned(),
                other => {
                    self.wrong.push(format!(
                        "{key}: {name} has a {}; it takes text, a number or a boolean",
                        other.type_str()
                    ));
                    continue;
                }
            };
            self.settings.insert(key, Setting { value, source: name.to_owned() });
        }
    }

    /// A TOML file by path; none there is none set.
    pub fn file_at(&mut self, path: &Path) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.file(&path.display().to_string(), &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.wrong.push(format!("{}: cannot be read: {error}", path.display())),
        }
    }

    /// Environment variables; `<NAME>_FILE` names a file whose first line is the value.
    pub fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in variables {
            let own = OWN_NAMES.iter().find(|(_, own)| name == *own || name.strip_suffix("_FILE") == Some(own));
            let Some(key) = own.map(|(key, _)| (*key).to_owned()).or_else(|| key_of(&name)) else { continue };
            let value = if name.ends_with("_FILE") { first_line(&value) } else { Ok(value) };
            match value {
                Ok(value) => drop(self.settings.insert(key, Setting { value, source: name })),
                Err(error) => self.wrong.push(format!("{name}: {error}")),
            }
        }
    }

    /// A flag of the command line.
    pub fn flag(&mut self, key: &str, value: &str) {
        let source = format!("--{}", key.replace('_', "-"));
        self.settings.insert(key.to_owned(), Setting { value: value.to_owned(), source });
    }

    /// A setting's text.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let setting = self.settings.remove(key)?;
        let value = setting.value.clone();
        self.taken.insert(key.to_owned(), setting);
        Some(value)
    }

    /// A setting that is not shown.
    pub fn secret(&mut self, key: &str) -> Option<SecretString> {
        self.text(key).map(SecretString::from)
    }

    /// A setting's text that passes a check; else what is wrong with it is noted.
    pub fn checked(&mut self, key: &str, check: impl FnOnce(&str) -> Result<(), String>) -> Option<String> {
        let text = self.text(key)?;
        match check(&text) {
            Ok(()) => return Some(text),
            Err(wrong) => self.note(key, &wrong),
        }
        None
    }

    /// Whether a setting that was asked for is set.
    pub fn was_set(&self, key: &str) -> bool {
        self.taken.contains_key(key)
    }

    /// A setting that parses, or the default.
    pub fn parsed<T: FromStr>(&mut self, key: &str, takes: &str, default: T) -> T {
        match self.text(key).map(|text| text.parse()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.refuse(key, takes);
                default
            }
        }
    }

    /// A whole number of some unit between two bounds, or the default.
    pub fn bounded(&mut self, key: &str, unit: &str, min: u64, max: u64, default: u64) -> u64 {
        let value = self.parsed(key, &format!("{unit}, a whole number from {min} to {max}"), default);
        if !(min..=max).contains(&value) {
            self.refuse(key, &format!("{unit}, a whole number from {min} to {max}"));
        }
        value
    }

    /// A setting that is one of several words, or the default.
    pub fn one_of<T: Copy>(&mut self, key: &str, words: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(key) else { return default };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => *value,
            None => {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                self.refuse(key, &words.join(" or "));
                default
            }
        }
    }

    /// A setting that is on or off, or the default.
    pub fn switch(&mut self, key: &str, default: bool) -> bool {
        self.one_of(key, &[("on", true), ("off", false)], default)
    }

    /// Notes that a setting's value is wrong.
    pub fn refuse(&mut self, key: &str, takes: &str) {
        self.note(key, &format!("takes {takes}"));
    }

    fn note(&mut self, key: &str, what: &str) {
        let Some(setting) = self.taken.get(key) else { return };
        let value = if SECRETS.iter().any(|end| key.ends_with(end)) {
            "a value".to_owned()
        } else {
            format!("{:?}", setting.value)
        };
        self.wrong.push(format!("{key}: {} has {value}; it {what}", setting.source));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that was wrong, settings that do not exist included.
    pub fn finish(mut self) -> Result<(), ConfigError> {
        for (key, setting) in std::mem::take(&mut self.settings) {
            let name = if setting.source.starts_with(PREFIX) {
                setting.source.clone()
            } else {
                format!("{key} in {}", setting.source)
            };
            self.wrong.push(format!("{name}: no such setting"));
        }
        if self.wrong.is_empty() { Ok(()) } else { Err(ConfigError(self.wrong)) }
    }
}

fn first_line(path: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn key_of(name: &str) -> Option<String> {
    let key = name.strip_prefix(PREFIX)?;
    let key = key.strip_suffix("_FILE").unwrap_or(key);
    Some(key.to_ascii_lowercase())
}
