//! Anthropic's messages, in the API's version of 21 October 2026, which takes no temperature.
//!
//! The order of a stream's events is part of the protocol and is held to it: an event that comes twice or at the wrong place
//! is a malformed answer, never text that is said twice.

use driveever_core::{
    ai::{
        ModelError,
        allowance::{Counted, Learned},
        text_model::{FinishReason, Generated, Generation, Usage},
    },
    time::Timestamp,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    failure::Failure,
    protocol::{self, Protocol, Read, Reader, incomplete, malformed, refused, secret},
    settings::RemoteSettings,
    sse::Event,
    windows,
};

/// The protocol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anthropic;

const VERSION: &str = "2026-10-21";

impl Protocol for Anthropic {
    fn headers(&self, key: Option<&str>) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidHeaderValue> {
        let version = (HeaderName::from_static("anthropic-version"), HeaderValue::from_static(VERSION));
        let key = key.map(|key| Ok((HeaderName::from_static("x-api-key"), secret(key)?)));
        key.into_iter().chain([Ok(version)]).collect()
    }

    fn path(&self, _model: &str, _stream: bool) -> String {
        "/v1/messages".to_owned()
    }

    fn body(&self, model: &str, request: &Generation, stream: bool, settings: &RemoteSettings) -> Value {
        let mut body = json!({
            "model": model,
            "max_tokens": request.max_output_tokens.unwrap_or(settings.max_output_tokens),
            "messages": [{"role": "user", "content": request.prompt}],
        });
        if stream {
            body["stream"] = json!(true);
        }
        body
    }

    fn models_path(&self) -> &'static str {
        "/v1/models"
    }

    fn whole(&self, body: &[u8]) -> Result<Generated, ModelError> {
        let message: Message = protocol::json(body)?;
        if message.kind.as_deref() == Some("error") {
            return Err(failure_of(message.error.as_ref(), None).error(None, None));
        }
        let finish_reason = finish_reason(message.stop_reason.as_deref().ok_or_else(incomplete)?)?;
        let text: String =
            message.content.into_iter().filter(|block| block.kind == "text").map(|block| block.text).collect();
        Ok(Generated {
            finish_reason,
            usage: message.usage.and_then(Counts::usage),
            ..Generated::of(message.model.unwrap_or_default(), text)
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Stream::default())
    }

    fn failure(&self, status: u16, body: &[u8]) -> Failure {
        let body: Option<Message> = serde_json::from_slice(body).ok();
        failure_of(body.and_then(|body| body.error).as_ref(), Some(status))
    }

    fn allowance(&self, headers: &HeaderMap, _now: Timestamp) -> Vec<Learned> {
        let reset = |text: &str| text.parse().ok();
        windows::learned(headers, "anthropic-ratelimit-{}-remaining", "anthropic-ratelimit-{}-reset", &COUNTED, reset)
    }
}

const COUNTED: [(&str, Counted); 4] = [
    ("requests", Counted::Requests),
    ("tokens", Counted::Tokens),
    ("input-tokens", Counted::InputTokens),
    ("output-tokens", Counted::OutputTokens),
];

/// What an error object says. Inside a stream its type stands for the status that it would have had.
fn failure_of(error: Option<&Value>, status: Option<u16>) -> Failure {
    let kind = error.and_then(|error| error["type"].as_str());
    let status = status.unwrap_or(match kind {
        Some("invalid_request_error") => 400,
        Some("authentication_error") => 401,
        Some("billing_error") => 402,
        Some("permission_error") => 403,
        Some("not_found_error") => 404,
        Some("conflict_error") => 409,
        Some("request_too_large") => 413,
        Some("rate_limit_error") => 429,
        Some("timeout_error") => 504,
        Some("overloaded_error") => 529,
        _ => 500,
    });
    Failure::of(status).word(kind)
}

fn finish_reason(word: &str) -> Result<FinishReason, ModelError> {
    match word {
        "end_turn" | "stop_sequence" => Ok(FinishReason::Stop),
        "max_tokens" | "model_context_window_exceeded" => Ok(FinishReason::Length),
        "refusal" => Err(refused("it declined to answer")),
        _ => Err(malformed("it stopped for a reason that is not one of text")),
    }
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: Option<String>,
    model: Option<String>,
    #[serde(default)]
    content: Vec<Block>,
    stop_reason: Option<String>,
    usage: Option<Counts>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
}

/// The counters; those of a stream's end are totals, and a missing one leaves the earlier.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Counts {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct CacheCreation {
    ephemeral_1h_input_tokens: Option<u64>,
}

impl Counts {
    fn over(self, earlier: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.or(earlier.input_tokens),
            output_tokens: self.output_tokens.or(earlier.output_tokens),
            cache_creation_input_tokens: self.cache_creation_input_tokens.or(earlier.cache_creation_input_tokens),
            cache_read_input_tokens: self.cache_read_input_tokens.or(earlier.cache_read_input_tokens),
            cache_creation: self.cache_creation.or(earlier.cache_creation),
        }
    }

    /// The three counters of the prompt are apart; together they are the prompt.
    fn usage(self) -> Option<Usage> {
        let (input, output) = (self.input_tokens?, self.output_tokens?);
        let written = self.cache_creation_input_tokens.unwrap_or(0);
        let read = self.cache_read_input_tokens.unwrap_or(0);
        let long = self.cache_creation.and_then(|created| created.ephemeral_1h_input_tokens).unwrap_or(0).min(written);
        Some(Usage {
            cached_tokens: self.cache_read_input_tokens,
            cache_write_tokens: self.cache_creation_input_tokens.map(|written| written - long),
            cache_write_long_tokens: Some(long).filter(|long| *long > 0),
            ..Usage::of(input.saturating_add(written).saturating_add(read), output)
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Told {
    MessageStart {
        message: Message,
    },
    ContentBlockStart {
        index: u32,
        content_block: Block,
    },
    ContentBlockDelta {
        index: u32,
        delta: Delta,
    },
    ContentBlockStop {
        index: u32,
    },
    MessageDelta {
        delta: End,
        usage: Option<Counts>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct End {
    stop_reason: Option<String>,
}

#[derive(Default)]
struct Stream {
    text: String,
    model: Option<String>,
    counts: Counts,
    finish: Option<FinishReason>,
    /// The block that is open, and whether it is text.
    open: Option<(u32, bool)>,
    /// The number of the next block.
    next: u32,
    stopped: bool,
}

impl Reader for Stream {
    fn event(&mut self, event: &Event) -> Result<Read, ModelError> {
        let told: Told = protocol::json(event.data.as_bytes())?;
        let out_of_order = || Err(malformed("the stream's events are out of order"));
        match told {
            Told::Error { error } => return Err(failure_of(Some(&error), None).error(None, None)),
            Told::Other => {}
            Told::MessageStart { message } if self.model.is_none() => {
                self.model = Some(message.model.unwrap_or_default());
                self.counts = message.usage.unwrap_or_default();
            }
            // Whatever else comes, comes within a message.
            _ if self.model.is_none() => return out_of_order(),
            Told::ContentBlockStart { index, content_block } if self.open.is_none() && index == self.next => {
                let is_text = content_block.kind == "text";
                (self.open, self.next) = (Some((index, is_text)), index + 1);
                return Ok(if is_text { self.append(content_block.text) } else { Read::Nothing });
            }
            Told::ContentBlockDelta { index, delta } if self.open.is_some_and(|(open, _)| open == index) => {
                let is_text = self.open == Some((index, true)) && delta.kind == "text_delta";
                return Ok(if is_text { self.append(delta.text) } else { Read::Nothing });
            }
            Told::ContentBlockStop { index } if self.open.is_some_and(|(open, _)| open == index) => self.open = None,
            Told::MessageDelta { delta, usage } if self.open.is_none() => {
                self.counts = usage.unwrap_or_default().over(self.counts);
                if let Some(word) = delta.stop_reason {
                    self.finish = Some(finish_reason(&word)?);
                }
            }
            Told::MessageStop if self.finish.is_some() => {
                self.stopped = true;
                return Ok(Read::End);
            }
            _ => return out_of_order(),
        }
        Ok(Read::Nothing)
    }

    fn finish(&mut self, _in_order: bool) -> Result<Generated, ModelError> {
        let Some(finish_reason) = self.finish.filter(|_| self.stopped) else { return Err(incomplete()) };
        let (model, text) = (self.model.take().unwrap_or_default(), std::mem::take(&mut self.text));
        Ok(Generated { finish_reason, usage: self.counts.usage(), ..Generated::of(model, text) })
    }
}

impl Stream {
    fn append(&mut self, text: String) -> Read {
        self.text.push_str(&text);
        if text.is_empty() { Read::Nothing } else { Read::Text(text) }
    }
}
