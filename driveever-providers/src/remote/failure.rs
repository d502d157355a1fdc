//! What a provider's refusal means: from status, code and headers to a [`ModelError`].
//!
//! A provider's own message never goes further: it may repeat the prompt or the key. What is kept is the status and the
//! words that the protocol has for it.

use std::time::Duration;

use driveever_core::ai::ModelError;
use reqwest::header::HeaderMap;

/// What is known of a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Failure {
    /// The status, or the one that an error inside a stream stands for.
    pub(super) status: u16,
    /// The protocol's words for it: type, code, status.
    pub(super) words: Vec<String>,
    /// Whether a quota is used up that no short wait brings back.
    pub(super) quota: bool,
    /// Whether it declines on grounds of policy.
    pub(super) policy: bool,
    /// Whether the account or its settings stand in the way, although the status does not say so.
    pub(super) account: bool,
    /// How long it asks to wait, as the body says.
    pub(super) wait: Option<Duration>,
}

impl Failure {
    /// With this status, of which the body says nothing.
    pub(super) fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// With a word for it, when there is one that a protocol could have.
    pub(super) fn word(mut self, word: Option<&str>) -> Self {
        let fits = |text: &&str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
            !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
        };
        self.words.extend(word.filter(fits).map(str::to_owned));
        self
    }

    /// The error, with the wait that the headers ask for and the provider's id of the request.
    pub(super) fn error(self, wait: Option<Duration>, request_id: Option<&str>) -> ModelError {
        let retry_after = wait.or(self.wait);
        let mut detail = format!("it answered {}", self.status);
        for word in &self.words {
            detail.push(' ');
            detail.push_str(word);
        }
        if let Some(id) = request_id {
            detail = format!("{detail} (its request {id})");
        }
        match self.status {
            _ if self.policy => ModelError::Refused { detail },
            _ if self.quota || self.account => ModelError::Misconfigured { detail },
            300..=399 => ModelError::Misconfigured { detail: format!("{detail}: is its address right?") },
            401..=404 => ModelError::Misconfigured { detail },
            429 => ModelError::RateLimited { detail, retry_after },
            408 | 409 | 500..=599 => ModelError::Unavailable { detail, retry_after },
            _ => ModelError::Rejected { detail },
        }
    }
}

/// The provider's id of a request, when it is one that can be shown.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    ["request-id", "x-request-id"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .filter(|id| !id.is_empty() && id.len() <= 128 && id.bytes().all(plain))
        .map(str::to_owned)
}

/// A duration as protobuf writes it: `57.238747106s`.
#[cfg(feature = "gemini")]
pub(super) fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[cfg(feature = "gemini")]
    #[test]
    fn durations_of_protobuf_are_read() {
        assert_eq!(seconds("57.238747106s"), Some(Duration::from_nanos(57_238_747_106)));
        assert_eq!((seconds("57"), seconds("-1s"), seconds("xs")), (None, None, None));
    }

    #[test]
    fn only_words_are_passed_on() {
        let failure = Failure::of(500).word(Some("server_error")).word(Some("sk-x y")).word(Some(&"x".repeat(65)));
        assert_eq!(failure.error(None, Some("req_1")).detail(), "it answered 500 server_error (its request req_1)");
        assert_eq!(request_id(&headers(&[("request-id", "a b")])), None);
    }
}
