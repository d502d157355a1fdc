//! OpenAI's chat completions, and the servers that speak them: vLLM, Ollama, llama.cpp, LiteLLM.
//!
//! What they differ in is taken as it comes: an error's `code` may be a text, a number or nothing; usage and `[DONE]` may be
//! missing. A stream's end is `[DONE]` after a finish reason, and of a compatible server also a stream that ends in order
//! after one. The protocol numbers no events: one that came twice cannot be told from one that was said twice.

use driveever_core::{
    ai::{
        ModelError,
        allowance::{Counted, Learned},
        text_model::{FinishReason, Generated, Generation, Usage},
    },
    time::Timestamp,
};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    failure::Failure,
    protocol::{self, Protocol, Read, Reader, incomplete, malformed, refused, secret},
    settings::RemoteSettings,
    sse::Event,
    windows,
};

/// The protocol, of OpenAI itself or of a server that is compatible with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenAi {
    pub(super) compatible: bool,
}

/// Families of models that refuse the old name of the bound on an answer.
const NEW_BOUND: [&str; 5] = ["gpt-5", "gpt-6", "o1", "o3", "o4"];

impl Protocol for OpenAi {
    fn headers(&self, key: Option<&str>) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidHeaderValue> {
        key.map(|key| Ok((AUTHORIZATION, secret(&format!("Bearer {key}"))?))).into_iter().collect()
    }

    fn path(&self, _model: &str, _stream: bool) -> String {
        "/chat/completions".to_owned()
    }

    fn body(&self, model: &str, request: &Generation, stream: bool, settings: &RemoteSettings) -> Value {
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": request.prompt}]});
        let new_bound = !self.compatible || NEW_BOUND.iter().any(|family| model.starts_with(family));
        let bound = if new_bound { "max_completion_tokens" } else { "max_tokens" };
        body[bound] = json!(request.max_output_tokens.unwrap_or(settings.max_output_tokens));
        if let Some(temperature) = settings.temperature {
            body["temperature"] = json!(temperature);
        }
        if stream {
            body["stream"] = json!(true);
            body["stream_options"] = json!({"include_usage": true});
        }
        body
    }

    fn models_path(&self) -> &'static str {
        "/models"
    }

    fn whole(&self, body: &[u8]) -> Result<Generated, ModelError> {
        let answer: Answer = protocol::json(body)?;
        if let Some(error) = answer.error {
            return Err(failure_of(&error, None).error(None, None));
        }
        let Some(choice) = answer.choices.into_iter().flatten().next() else {
            return Err(malformed("it answered without a choice"));
        };
        let message = choice.message.unwrap_or_default();
        if message.refusal.as_deref().is_some_and(|refusal| !refusal.is_empty()) {
            return Err(refused("it declined to answer"));
        }
        let finish_reason = finish_reason(choice.finish_reason.as_deref().ok_or_else(incomplete)?)?;
        Ok(Generated {
            finish_reason,
            usage: answer.usage.map(Into::into),
            ..Generated::of(answer.model.unwrap_or_default(), message.content.unwrap_or_default())
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Stream { compatible: self.compatible, ..Stream::default() })
    }

    fn failure(&self, status: u16, body: &[u8]) -> Failure {
        match serde_json::from_slice::<Value>(body) {
            // vLLM's older versions have no object around it.
            Ok(flat) if flat["object"] == "error" => failure_of(&flat, Some(status)),
            Ok(body) => failure_of(&body["error"], Some(status)),
            Err(_) => Failure::of(status),
        }
    }

    fn allowance(&self, headers: &HeaderMap, now: Timestamp) -> Vec<Learned> {
        let reset = |text: &str| windows::duration(text).map(|wait| now.plus(wait));
        windows::learned(headers, "x-ratelimit-remaining-{}", "x-ratelimit-reset-{}", &COUNTED, reset)
    }
}

const COUNTED: [(&str, Counted); 2] = [("requests", Counted::Requests), ("tokens", Counted::Tokens)];

/// What an error object says. Without a status of its own (inside a stream) its code may be one.
fn failure_of(error: &Value, status: Option<u16>) -> Failure {
    let kind = error["type"].as_str();
    let number = error["code"].as_u64().or_else(|| error["code"].as_str()?.parse().ok());
    let code = error["code"].as_str().filter(|_| number.is_none());
    let said = number.and_then(|number| u16::try_from(number).ok()).filter(|status| (400..600).contains(status));
    let status = status.or(said).unwrap_or(match kind {
        Some("invalid_request_error" | "BadRequestError") => 400,
        Some("rate_limit_error" | "requests" | "tokens" | "insufficient_quota") => 429,
        _ => 500,
    });
    let quota = [code, kind].into_iter().flatten().any(|word| {
        matches!(word, "insufficient_quota" | "credit_balance_exhausted" | "organization_usage_limit_exceeded")
            || word.ends_with("_spend_limit_exceeded")
    });
    let policy = matches!(code, Some("content_filter" | "content_policy_violation"));
    Failure { quota, policy, ..Failure::of(status) }.word(kind).word(code)
}

fn finish_reason(word: &str) -> Result<FinishReason, ModelError> {
    match word {
        "stop" | "eos" | "eos_token" | "stop_sequence" => Ok(FinishReason::Stop),
        "length" | "max_tokens" => Ok(FinishReason::Length),
        "content_filter" => Err(refused("its content filter cut the answer off")),
        _ => Err(malformed("it stopped for a reason that is not one of text")),
    }
}

#[derive(Deserialize)]
struct Answer {
    object: Option<String>,
    model: Option<String>,
    choices: Option<Vec<Choice>>,
    usage: Option<Counts>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    message: Option<Message>,
    delta: Option<Message>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
struct Counts {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    total_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptCounts>,
    completion_tokens_details: Option<CompletionCounts>,
}

#[derive(Clone, Copy, Deserialize)]
struct PromptCounts {
    cached_tokens: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
struct CompletionCounts {
    reasoning_tokens: Option<u64>,
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        let usage = Self::of(counts.prompt_tokens, counts.completion_tokens);
        Self {
            total_tokens: counts.total_tokens.unwrap_or(usage.total_tokens),
            cached_tokens: counts.prompt_tokens_details.and_then(|details| details.cached_tokens),
            reasoning_tokens: counts.completion_tokens_details.and_then(|details| details.reasoning_tokens),
            ..usage
        }
    }
}

#[derive(Default)]
struct Stream {
    compatible: bool,
    text: String,
    model: String,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    done: bool,
}

impl Reader for Stream {
    fn event(&mut self, event: &Event) -> Result<Read, ModelError> {
        if event.data == "[DONE]" {
            self.done = true;
            return Ok(Read::End);
        }
        if event.name == "error" {
            let error: Value = protocol::json(event.data.as_bytes())?;
            let error = error.get("error").unwrap_or(&error);
            return Err(failure_of(error, None).error(None, None));
        }
        let chunk: Answer = protocol::json(event.data.as_bytes())?;
        if chunk.object.as_deref() == Some("error") {
            return Err(failure_of(&protocol::json(event.data.as_bytes())?, None).error(None, None));
        }
        if let Some(error) = chunk.error {
            return Err(failure_of(&error, None).error(None, None));
        }
        if self.model.is_empty() {
            self.model = chunk.model.unwrap_or_default();
        }
        self.usage = chunk.usage.map(Into::into).or(self.usage);
        let choice = chunk.choices.into_iter().flatten().find(|choice| choice.index == 0);
        choice.map_or(Ok(Read::Nothing), |choice| self.choice(choice))
    }

    fn finish(&mut self, in_order: bool) -> Result<Generated, ModelError> {
        let ended = self.done || (self.compatible && in_order);
        let Some(finish_reason) = self.finish.filter(|_| ended) else { return Err(incomplete()) };
        let text = std::mem::take(&mut self.text);
        Ok(Generated { finish_reason, usage: self.usage, ..Generated::of(std::mem::take(&mut self.model), text) })
    }
}

impl Stream {
    fn choice(&mut self, choice: Choice) -> Result<Read, ModelError> {
        let delta = choice.delta.unwrap_or_default();
        if delta.refusal.as_deref().is_some_and(|refusal| !refusal.is_empty()) {
            return Err(refused("it declined to answer"));
        }
        let text = delta.content.unwrap_or_default();
        if self.finish.is_some() && !text.is_empty() {
            return Err(malformed("text came after the end of the answer"));
        }
        if let Some(word) = choice.finish_reason.filter(|word| !word.is_empty()) {
            self.finish = Some(finish_reason(&word)?);
        }
        self.text.push_str(&text);
        Ok(if text.is_empty() { Read::Nothing } else { Read::Text(text) })
    }
}
