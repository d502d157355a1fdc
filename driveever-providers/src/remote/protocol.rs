//! What the providers' protocols have in common: pure translations, without a socket.

use driveever_core::{
    ai::{
        ModelError,
        allowance::Learned,
        text_model::{Generated, Generation},
    },
    time::Timestamp,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use serde::de::DeserializeOwned;

pub(super) use crate::http::secret;

use super::{failure::Failure, settings::RemoteSettings, sse::Event};

/// A provider's protocol.
pub(super) trait Protocol: Send + Sync {
    /// The headers that carry the key and the protocol's version.
    fn headers(&self, key: Option<&str>) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidHeaderValue>;

    /// The path of a generation below the base address.
    fn path(&self, model: &str, stream: bool) -> String;

    /// The request's body.
    fn body(&self, model: &str, request: &Generation, stream: bool, settings: &RemoteSettings) -> serde_json::Value;

    /// The path of the list of models.
    fn models_path(&self) -> &'static str;

    /// A whole answer.
    fn whole(&self, body: &[u8]) -> Result<Generated, ModelError>;

    /// Reads a streamed answer.
    fn reader(&self) -> Box<dyn Reader>;

    /// What an error's body says.
    fn failure(&self, status: u16, body: &[u8]) -> Failure;

    /// What the headers say of how much is left.
    fn allowance(&self, headers: &HeaderMap, now: Timestamp) -> Vec<Learned>;
}

/// What an event brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Nothing to pass on.
    Nothing,
    /// Text to append.
    Text(String),
    /// The end: nothing that follows matters. Gemini has no such event.
    #[cfg_attr(
        not(any(feature = "openai", feature = "anthropic")),
        expect(dead_code, reason = "Gemini's ends by itself")
    )]
    End,
}

/// Reads a streamed answer, event by event.
pub(super) trait Reader: Send {
    /// Takes an event.
    fn event(&mut self, event: &Event) -> Result<Read, ModelError>;

    /// The whole, when no event follows. `in_order`: the stream ended so, and did not break off.
    fn finish(&mut self, in_order: bool) -> Result<Generated, ModelError>;
}

/// A body or an event's data as JSON of this shape.
pub(super) fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T, ModelError> {
    // The fault is told without the text, which may be anybody's.
    serde_json::from_slice(text).map_err(|error| {
        let what = if error.is_eof() { "JSON that ends too early" } else { "something that is not its protocol" };
        malformed(format!("it answered with {what} (line {}, column {})", error.line(), error.column()))
    })
}

pub(super) fn malformed(detail: impl Into<String>) -> ModelError {
    ModelError::Malformed { detail: detail.into() }
}

pub(super) fn incomplete() -> ModelError {
    ModelError::Incomplete { detail: "the stream ended without its terminal event".to_owned() }
}

pub(super) fn refused(detail: impl Into<String>) -> ModelError {
    ModelError::Refused { detail: detail.into() }
}
