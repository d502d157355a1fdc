//! The port to whatever writes an answer: Gemini, OpenAI, Claude, a compatible server, or the offline advisor.
//!
//! A [`TextModel`] takes one [`Generation`] request and gives the whole text ([`TextModel::generate`]) or its pieces
//! ([`TextModel::stream`]). Implementations translate a provider's protocol and nothing more: no retries, no storage, no
//! fallback, which live in the AI service. A stream that ends without [`Piece::Done`] is a failure, never a short answer.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::NaiveDate;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde::{Deserialize, Serialize};

use super::rules::Groundwork;
use crate::{money::Currency, time::Timestamp, vehicle::record::VehicleRecord};

/// What is asked of a model.
#[derive(Debug, Clone)]
pub struct Generation {
    /// The prompt as rendered: what a remote model is sent.
    pub prompt: String,
    /// The driver's question alone.
    pub question: String,
    /// The prompt category, in its text form, when it is known: `safety_assessment`.
    pub category: Option<String>,
    /// The facts that the rendered prompt carries, for a model that reasons over data and not over text. Absent: the
    /// question names no vehicle.
    pub record: Option<Arc<VehicleRecord>>,
    /// The day that the answer is for (Europe/London).
    pub today: NaiveDate,
    /// What was worked out on this question already, for a model that would work out the same.
    pub groundwork: Option<Groundwork>,
    /// Which of the provider's models; absent: its default.
    pub model: Option<String>,
    /// Bound on the answer's length in tokens; absent: the provider's default.
    pub max_output_tokens: Option<u32>,
    /// How long the caller waits in all.
    pub timeout: Duration,
}

/// Tokens that a generation used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
    /// All.
    pub total_tokens: u64,
    /// Of the prompt's, those that the provider had in its cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Of the prompt's, those that it wrote to its cache for minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// Of the prompt's, those that it wrote to its cache for an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_long_tokens: Option<u64>,
    /// Of the answer's, those that went into thinking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Of which no more is known than these counts.
    pub const fn of(prompt_tokens: u64, completion_tokens: u64) -> Self {
        Self {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens.saturating_add(completion_tokens),
            cached_tokens: None,
            cache_write_tokens: None,
            cache_write_long_tokens: None,
            reasoning_tokens: None,
        }
    }
}

/// What a generation cost, in millionths of the currency's major unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Millionths of a pound, dollar and so on.
    pub amount_micros: i64,
    /// The currency.
    pub currency: Currency,
    /// The version of the price table that it was worked out by; absent when the provider said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_table: Option<String>,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said all.
    Stop,
    /// It reached the bound on its length: the text is cut.
    Length,
}

/// A record that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerSource {
    /// What it is: "DVSA MOT history, test of 2026-09-08".
    pub title: String,
    /// Who publishes it, or where it may be read.
    pub publisher: String,
    /// The day of the figure or record, when it has one.
    pub date: Option<NaiveDate>,
    /// Whether it is demonstration data.
    pub demonstration: bool,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The text, in Markdown.
    pub text: String,
    /// The model that answered, as it names itself.
    pub model: String,
    /// Why it stopped.
    pub finish_reason: FinishReason,
    /// Tokens used, when the provider says.
    pub usage: Option<Usage>,
    /// What it cost; no usage means no cost, never zero.
    pub cost: Option<Cost>,
    /// Records that the answer itself names; a remote model names none.
    pub sources: Vec<AnswerSource>,
    /// A documented statistic between 0 and 1, or absent; never invented.
    pub confidence: Option<f64>,
    /// The provider's own id of the request.
    pub provider_request_id: Option<String>,
}

impl Generated {
    /// An answer of which no more is known than its model and its text.
    pub fn of(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            model: model.into(),
            finish_reason: FinishReason::Stop,
            usage: None,
            cost: None,
            sources: Vec::new(),
            confidence: None,
            provider_request_id: None,
        }
    }

    /// The stream of a model that has its answer whole: the text in one piece, and the end.
    pub fn into_stream(self) -> BoxStream<'static, Result<Piece, ModelError>> {
        let text = Piece::Delta(self.text.clone());
        stream::iter([Ok(text), Ok(Piece::Done(Box::new(self)))]).boxed()
    }
}

/// A piece of a streamed answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Text to append.
    Delta(String),
    /// The end, with the whole. Its text is the concatenation of all deltas.
    Done(Box<Generated>),
}

/// Why a model gave no answer, sorted by what the caller should do next (see the provider facts, section 5).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Could not be reached, or failed on its side: the same again or another provider may work.
    #[error("unavailable: {detail}")]
    Unavailable {
        /// What happened; holds no secret and no personal text.
        detail: String,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
    },
    /// Too many requests: another provider may work, or the same after the wait.
    #[error("rate limited: {detail}")]
    RateLimited {
        /// What was exceeded.
        detail: String,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
    },
    /// It was not asked: it failed of late, and is left alone for a while.
    #[error("not asked: {detail}")]
    NotAsked {
        /// Since what.
        detail: String,
        /// How long it is still left alone.
        retry_after: Option<Duration>,
    },
    /// The account cannot be used: no quota, a bad key, no such model. Another provider may work; an operator must act.
    #[error("not usable: {detail}")]
    Misconfigured {
        /// What the operator should look at.
        detail: String,
    },
    /// It refused to answer on grounds of policy. Not an outage: no other provider is asked.
    #[error("refused: {detail}")]
    Refused {
        /// The reason it gave.
        detail: String,
    },
    /// It says that our request is wrong: a defect of ours.
    #[error("request rejected: {detail}")]
    Rejected {
        /// What it objected to.
        detail: String,
    },
    /// Its answer made no sense: no text, no end, not its protocol.
    #[error("malformed answer: {detail}")]
    Malformed {
        /// What was wrong with it.
        detail: String,
    },
    /// A streamed answer broke off before its end.
    #[error("answer broke off: {detail}")]
    Incomplete {
        /// Where.
        detail: String,
    },
    /// No answer in time.
    #[error("no answer within {waited:?}")]
    TimedOut {
        /// How long was waited.
        waited: Duration,
    },
    /// Whoever asked went away before the end.
    #[error("cancelled by the caller")]
    Cancelled,
}

impl ModelError {
    /// Whether the same request to the same model may succeed.
    pub const fn is_retryable(&self) -> bool {
        !matches!(
            self,
            Self::NotAsked { .. }
                | Self::Misconfigured { .. }
                | Self::Refused { .. }
                | Self::Rejected { .. }
                | Self::Cancelled
        )
    }

    /// Whether another provider should be asked.
    pub const fn allows_fallback(&self) -> bool {
        !matches!(self, Self::Refused { .. } | Self::Rejected { .. } | Self::Cancelled)
    }

    /// A stable `snake_case` code for answers, rows and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "provider_unavailable",
            Self::RateLimited { .. } => "provider_rate_limited",
            Self::NotAsked { .. } => "provider_not_asked",
            Self::Misconfigured { .. } => "provider_misconfigured",
            Self::Refused { .. } => "content_refused",
            Self::Rejected { .. } => "provider_rejected_request",
            Self::Malformed { .. } => "provider_answer_malformed",
            Self::Incomplete { .. } => "stream_incomplete",
            Self::TimedOut { .. } => "provider_timed_out",
            Self::Cancelled => Self::CANCELLED,
        }
    }

    /// The code of [`ModelError::Cancelled`].
    pub const CANCELLED: &'static str = "cancelled";

    /// How long the provider asks to be left alone.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. }
            | Self::RateLimited { retry_after, .. }
            | Self::NotAsked { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What happened, without the kind that [`ModelError::code`] gives.
    pub fn detail(&self) -> String {
        match self {
            Self::Unavailable { detail, .. }
            | Self::RateLimited { detail, .. }
            | Self::NotAsked { detail, .. }
            | Self::Misconfigured { detail }
            | Self::Refused { detail }
            | Self::Rejected { detail }
            | Self::Malformed { detail }
            | Self::Incomplete { detail } => detail.clone(),
            Self::TimedOut { waited } => format!("waited {} ms", waited.as_millis()),
            Self::Cancelled => self.to_string(),
        }
    }

    /// The error with this code and detail, as far as a stored failure keeps it: waits are not kept, and `waited` is the
    /// time that the failure took. A code that is not known is [`ModelError::Unavailable`].
    pub fn from_stored(code: &str, detail: String, waited: Duration) -> Self {
        match code {
            "provider_rate_limited" => Self::RateLimited { detail, retry_after: None },
            "provider_not_asked" => Self::NotAsked { detail, retry_after: None },
            "provider_misconfigured" => Self::Misconfigured { detail },
            "content_refused" => Self::Refused { detail },
            "provider_rejected_request" => Self::Rejected { detail },
            "provider_answer_malformed" => Self::Malformed { detail },
            "stream_incomplete" => Self::Incomplete { detail },
            "provider_timed_out" => Self::TimedOut { waited },
            Self::CANCELLED => Self::Cancelled,
            _ => Self::Unavailable { detail, retry_after: None },
        }
    }
}

/// Whether a model can be used, found without spending tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelHealth {
    /// Whether it answers.
    pub available: bool,
    /// What is wrong when it does not.
    pub detail: Option<String>,
    /// When this was found.
    pub checked_at: Timestamp,
}

impl ModelHealth {
    /// It can be used.
    pub const fn available(checked_at: Timestamp) -> Self {
        Self { available: true, detail: None, checked_at }
    }
}

/// Something that answers prompts.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait TextModel: Send + Sync {
    /// The provider's name, as clients and configuration spell it: `offline`, `openai`.
    fn provider(&self) -> &str;

    /// Names of the models it offers, the default first.
    fn models(&self) -> Vec<String>;

    /// The whole answer.
    async fn generate(&self, request: &Generation) -> Result<Generated, ModelError>;

    /// The answer as it is written: deltas, then [`Piece::Done`] or an error, after which nothing follows. Dropping the
    /// stream cancels the request.
    async fn stream(&self, request: &Generation) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError>;

    /// Whether it can be used now, found without spending tokens.
    async fn health(&self) -> ModelHealth;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_failure_gives_its_error_back() {
        let (detail, waited) = ("why".to_owned(), Duration::from_millis(7));
        for error in [
            ModelError::Unavailable { detail: detail.clone(), retry_after: None },
            ModelError::RateLimited { detail: detail.clone(), retry_after: None },
            ModelError::NotAsked { detail: detail.clone(), retry_after: None },
            ModelError::Misconfigured { detail: detail.clone() },
            ModelError::Refused { detail: detail.clone() },
            ModelError::Rejected { detail: detail.clone() },
            ModelError::Malformed { detail: detail.clone() },
            ModelError::Incomplete { detail },
            ModelError::TimedOut { waited },
            ModelError::Cancelled,
        ] {
            let back = ModelError::from_stored(error.code(), error.detail(), waited);
            assert_eq!((back.code(), back.to_string()), (error.code(), error.to_string()));
        }
    }
}
