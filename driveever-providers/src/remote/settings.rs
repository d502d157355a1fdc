//! What an operator can set about a provider.

use std::time::Duration;

use secrecy::SecretString;

use crate::http::{self, SettingsError};

/// A provider and how it is asked.
#[derive(Debug, Clone)]
pub struct RemoteSettings {
    /// Its name, as clients and configuration spell it.
    pub name: String,
    /// Its address, in the form that the provider's own client takes.
    pub base_url: String,
    /// The key; none for a local server that wants none.
    pub key: Option<SecretString>,
    /// The models on offer, the default first.
    pub models: Vec<String>,
    /// The temperature; absent: not sent, since some models refuse any but their own. Claude takes none.
    pub temperature: Option<f64>,
    /// Bound on an answer in tokens where the caller sets none; it counts what a model thinks, too.
    pub max_output_tokens: u32,
    /// How long what may take.
    pub timeouts: Timeouts,
    /// How much is taken.
    pub limits: WireLimits,
}

impl RemoteSettings {
    /// A provider with the usual limits.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>, models: Vec<String>) -> Self {
        Self {
            name: name.into(),
            base_url: base_url.into(),
            key: None,
            models,
            temperature: None,
            max_output_tokens: 4_096,
            timeouts: Timeouts::default(),
            limits: WireLimits::default(),
        }
    }

    /// With this key.
    pub fn key(self, key: Option<SecretString>) -> Self {
        Self { key, ..self }
    }

    /// Holds the settings to what they may be.
    ///
    /// # Errors
    /// The first that is wrong, and what it takes.
    pub fn check(&self) -> Result<(), SettingsError> {
        http::address("base_url", &self.base_url)?;
        let wrong = |field, takes| Err(SettingsError { field, takes });
        let name_fits = |character: char| character.is_ascii_alphanumeric() || "._:/-".contains(character);
        if self.models.is_empty() {
            return wrong("models", "at least one model");
        }
        if !self.models.iter().all(|model| !model.is_empty() && model.len() <= 200 && model.chars().all(name_fits)) {
            return wrong("models", "names of letters, digits and the characters . _ : / -");
        }
        if self.limits.concurrency == 0 || self.limits.body == 0 || self.limits.event == 0 {
            return wrong("limits", "numbers from 1");
        }
        if self.max_output_tokens == 0 {
            return wrong("max_output_tokens", "a whole number from 1");
        }
        if self.temperature.is_some_and(|value| !(0.0..=2.0).contains(&value)) {
            return wrong("temperature", "a number from 0 to 2");
        }
        Ok(())
    }
}

/// How long what may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To be connected, TLS included.
    pub connect: Duration,
    /// Until the answer's headers.
    pub first_byte: Duration,
    /// Between two pieces of an answer; comments and pings count as pieces.
    pub idle: Duration,
    /// In all; what the caller allows may be less.
    pub total: Duration,
    /// A look at whether the provider is there.
    pub health: Duration,
    /// For one's turn, when as many requests as may are under way.
    pub queue: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(20),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(90),
            health: Duration::from_secs(5),
            queue: Duration::from_secs(5),
        }
    }
}

/// How much is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WireLimits {
    /// Bytes of an answer, unpacked, whole or as a stream.
    pub body: usize,
    /// Bytes of one event of a stream.
    pub event: usize,
    /// Requests under way at one time.
    pub concurrency: usize,
}

impl Default for WireLimits {
    fn default() -> Self {
        Self { body: 8 << 20, event: 1 << 20, concurrency: 64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_printed() {
        let settings = RemoteSettings::new("x", "http://x", vec![]).key(Some("sk-very-secret".into()));
        assert!(!format!("{settings:?}").contains("very"));
    }
}
