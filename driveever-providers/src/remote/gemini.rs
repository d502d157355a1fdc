//! Google's Gemini API.
//!
//! A stream's terminal event is the chunk with the finish reason; chunks that follow may tell more of the usage. As in
//! OpenAI's protocol nothing numbers the chunks: one that came twice cannot be told from one that was said twice.

use driveever_core::{
    ai::{
        ModelError,
        allowance::Learned,
        text_model::{FinishReason, Generated, Generation, Usage},
    },
    time::Timestamp,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    failure::{self, Failure},
    protocol::{self, Protocol, Read, Reader, incomplete, malformed, refused, secret},
    settings::RemoteSettings,
    sse::Event,
};

/// The protocol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gemini;

impl Protocol for Gemini {
    fn headers(&self, key: Option<&str>) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidHeaderValue> {
        // Never in the address, which is logged on the way.
        key.map(|key| Ok((HeaderName::from_static("x-goog-api-key"), secret(key)?))).into_iter().collect()
    }

    fn path(&self, model: &str, stream: bool) -> String {
        let action = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
        format!("/v1beta/models/{model}:{action}")
    }

    fn body(&self, _model: &str, request: &Generation, _stream: bool, settings: &RemoteSettings) -> Value {
        let bound = request.max_output_tokens.unwrap_or(settings.max_output_tokens);
        let mut body = json!({
            "contents": [{"role": "user", "parts": [{"text": request.prompt}]}],
            "generationConfig": {"maxOutputTokens": bound},
        });
        if let Some(temperature) = settings.temperature {
            body["generationConfig"]["temperature"] = json!(temperature);
        }
        body
    }

    fn models_path(&self) -> &'static str {
        "/v1beta/models"
    }

    fn whole(&self, body: &[u8]) -> Result<Generated, ModelError> {
        let mut stream = Stream::default();
        stream.take(protocol::json(body)?)?;
        stream.finish(true)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Stream::default())
    }

    fn failure(&self, status: u16, body: &[u8]) -> Failure {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        failure_of(&body, Some(status))
    }

    fn allowance(&self, _headers: &HeaderMap, _now: Timestamp) -> Vec<Learned> {
        Vec::new()
    }
}

/// What an error's body says, which may be the one element of a list.
fn failure_of(body: &Value, status: Option<u16>) -> Failure {
    let error = body.get(0).unwrap_or(body).get("error").unwrap_or(&Value::Null);
    let code = || error["code"].as_u64().and_then(|code| u16::try_from(code).ok());
    let status = status.or_else(code).filter(|status| (300..600).contains(status)).unwrap_or(500);
    let details = error["details"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |kind: &'static str| {
        details.iter().filter(move |detail| detail["@type"].as_str().is_some_and(|found| found.ends_with(kind)))
    };
    let violations = of("QuotaFailure").filter_map(|failure| failure["violations"].as_array()).flatten();
    let mut ids = violations.filter_map(|violation| violation["quotaId"].as_str());
    let reason = of("ErrorInfo").find_map(|info| info["reason"].as_str());
    let word = error["status"].as_str();
    Failure {
        // What a day has used up, no wait of ours brings back.
        quota: status == 429 && ids.any(|id| id.contains("PerDay")),
        account: status == 400 && (word == Some("FAILED_PRECONDITION") || reason == Some("API_KEY_INVALID")),
        wait: of("RetryInfo").find_map(|info| failure::seconds(info["retryDelay"].as_str()?)),
        ..Failure::of(status)
    }
    .word(word)
    .word(reason)
}

fn finish_reason(word: &str) -> Result<FinishReason, ModelError> {
    match word {
        "STOP" => Ok(FinishReason::Stop),
        "MAX_TOKENS" => Ok(FinishReason::Length),
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" => {
            Err(refused(format!("it stopped the answer: {word}")))
        }
        _ => Err(malformed("it stopped for a reason that is not one of text")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    candidates: Option<Vec<Candidate>>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Counts>,
    model_version: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    index: u32,
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
    #[serde(default)]
    thought: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
struct Counts {
    #[serde(default, rename = "promptTokenCount")]
    prompt: u64,
    #[serde(rename = "cachedContentTokenCount")]
    cached: Option<u64>,
    #[serde(default, rename = "candidatesTokenCount")]
    candidates: u64,
    #[serde(rename = "thoughtsTokenCount")]
    thoughts: Option<u64>,
    #[serde(default, rename = "toolUsePromptTokenCount")]
    tool_use: u64,
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        let prompt = counts.prompt.saturating_add(counts.tool_use);
        let completion = counts.candidates.saturating_add(counts.thoughts.unwrap_or(0));
        Self { cached_tokens: counts.cached, reasoning_tokens: counts.thoughts, ..Self::of(prompt, completion) }
    }
}

#[derive(Default)]
struct Stream {
    text: String,
    model: String,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
}

impl Reader for Stream {
    fn event(&mut self, event: &Event) -> Result<Read, ModelError> {
        self.take(protocol::json(event.data.as_bytes())?)
    }

    fn finish(&mut self, _in_order: bool) -> Result<Generated, ModelError> {
        let Some(finish_reason) = self.finish else { return Err(incomplete()) };
        let (model, text) = (std::mem::take(&mut self.model), std::mem::take(&mut self.text));
        Ok(Generated { finish_reason, usage: self.usage, ..Generated::of(model, text) })
    }
}

impl Stream {
    fn take(&mut self, chunk: Chunk) -> Result<Read, ModelError> {
        if let Some(error) = chunk.error {
            return Err(failure_of(&json!({"error": error}), None).error(None, None));
        }
        if let Some(reason) = chunk.prompt_feedback.and_then(|feedback| feedback.block_reason) {
            let word = Failure::default().word(Some(&reason)).words.pop().unwrap_or_default();
            return Err(refused(format!("it blocked the prompt: {word}")));
        }
        if self.model.is_empty() {
            self.model = chunk.model_version.unwrap_or_default();
        }
        self.usage = chunk.usage_metadata.map(Into::into).or(self.usage);
        let candidate = chunk.candidates.into_iter().flatten().find(|candidate| candidate.index == 0);
        let Some(candidate) = candidate else { return Ok(Read::Nothing) };
        let parts = candidate.content.into_iter().flat_map(|content| content.parts);
        let text: String = parts.filter(|part| !part.thought).map(|part| part.text).collect();
        if self.finish.is_some() && !text.is_empty() {
            return Err(malformed("text came after the end of the answer"));
        }
        if let Some(word) = candidate.finish_reason {
            self.finish = Some(finish_reason(&word)?);
        }
        self.text.push_str(&text);
        Ok(if text.is_empty() { Read::Nothing } else { Read::Text(text) })
    }
}
