//! Bodies of the AI routes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use driveever_core::{
    ai::{self, blocks::answer_blocks, breaker::BreakerState, text_model},
    id::Id,
    prompt::PromptCategory,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::blocks::AiBlock;
use crate::{
    http::documented::{ProviderName, one_of, one_of_or_null},
    request_body,
};

pub(crate) fn categories() -> Object {
    one_of("The question's category.", PromptCategory::ALL.iter().map(|category| category.as_str()))
}

fn optional_categories() -> Object {
    one_of_or_null("The question's category.", PromptCategory::ALL.iter().map(|category| category.as_str()))
}

/// What a question is about.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, remote = "Self")]
pub struct AiContext {
    /// One of the caller's vehicles: its record is added to the prompt and listed in `sources`.
    pub vehicle_id: Option<Uuid>,
    /// The client's session.
    #[schema(format = "line", max_length = 200)]
    pub session_id: Option<String>,
    /// The question's category.
    #[schema(schema_with = optional_categories)]
    pub category: Option<PromptCategory>,
}

crate::only_from_objects!(AiContext);

request_body! {
    /// A question.
    pub struct AiGenerateRequest {
        /// The rendered prompt.
        #[schema(format = "lines", min_length = 1, max_length = 200_000)]
        pub prompt: String => "prompt",
        /// The driver's question.
        #[schema(format = "lines", min_length = 1, max_length = 4_000)]
        pub question: String => "question",
        /// The provider to ask first; absent: the first configured.
        #[schema(format = "provider")]
        pub provider: Option<String> => "provider",
        /// One of its models; absent: its default.
        #[schema(format = "model", max_length = 200)]
        pub model: Option<String> => "model",
        /// What it is about.
        pub context: Option<AiContext> => "context",
    }
}

request_body! {
    /// A question to several providers.
    pub struct AiGenerateMultipleRequest {
        /// The rendered prompt.
        #[schema(format = "lines", min_length = 1, max_length = 200_000)]
        pub prompt: String => "prompt",
        /// The driver's question.
        #[schema(format = "lines", min_length = 1, max_length = 4_000)]
        pub question: String => "question",
        /// One of their models; absent: each one's default.
        #[schema(format = "model", max_length = 200)]
        pub model: Option<String> => "model",
        /// What it is about.
        pub context: Option<AiContext> => "context",
        /// Whom to ask, each once.
        #[schema(min_items = 1, max_items = 8, value_type = Vec<ProviderName>)]
        pub providers: Vec<String> => "providers",
    }
}

impl AiGenerateMultipleRequest {
    /// The question, and whom to ask.
    pub fn split(self) -> (AiGenerateRequest, Vec<String>) {
        let Self { prompt, question, model, context, providers } = self;
        (AiGenerateRequest { prompt, question, provider: None, model, context }, providers)
    }
}

request_body! {
    /// Whom to test.
    pub struct AiTestRequest {
        /// The provider; absent: the first.
        #[schema(format = "provider")]
        pub provider: Option<String> => "provider",
    }
}

request_body! {
    /// What a user thinks of an answer.
    pub struct AiFeedbackRequest {
        /// 1 to 5.
        #[schema(minimum = 1, maximum = 5)]
        pub rating: i64 => "rating",
        /// Whether it helped.
        pub helpful: Option<bool> => "helpful",
        /// In their words.
        #[schema(format = "lines", max_length = 2_000)]
        pub comment: Option<String> => "comment",
    }
}

/// A piece of a streamed answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct AiDelta {
    /// Text to append.
    pub text: String,
}

/// What a provider answered, or that it did not.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiResponseBody {
    /// Its id.
    pub id: Uuid,
    /// The library's prompt, when one was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<Uuid>,
    /// Its version's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<u32>,
    /// The vehicle, when it is one of the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_id: Option<Uuid>,
    /// Who asked; absent once they are erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Uuid>,
    /// Who answered, or was asked last.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// The question.
    pub question: String,
    /// The question's category, when it is known.
    #[schema(schema_with = categories)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<PromptCategory>,
    /// The answer in Markdown; empty or partial when it failed.
    pub answer: String,
    /// The answer as a tree of allow-listed blocks.
    pub answer_blocks: Vec<AiBlock>,
    /// Whether the answer is cut at the bound on its length.
    pub truncated: bool,
    /// A documented statistic, or absent.
    #[schema(minimum = 0, maximum = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Records that the prompt carried, and those that the answer names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<AiSource>,
    /// From asking to the whole answer, in milliseconds.
    pub response_time: u32,
    /// Tokens used: zeros for the offline advisor, which works without any; absent when the provider did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<AiUsage>,
    /// What it cost, when that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<AiCost>,
    /// Whether there is an answer.
    pub success: bool,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<AiError>,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Its circumstances.
    pub metadata: AiMetadata,
    /// Counts its changes.
    pub revision: u32,
}

/// A record that an answer rests on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiSource {
    /// What it is.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// The day of the figure or record, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// Whether it is demonstration data.
    pub demonstration: bool,
}

/// Tokens used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiUsage {
    /// Of the prompt.
    pub prompt_tokens: u64,
    /// Of the answer.
    pub completion_tokens: u64,
    /// All.
    pub total_tokens: u64,
    /// Of the prompt's, those that the provider had in its cache, when it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Of the answer's, those that went into thinking, when it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

/// What an answer cost.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiCost {
    /// Millionths of the currency's major unit.
    pub amount_micros: i64,
    /// ISO 4217.
    pub currency: String,
    /// The version of the price table that it was worked out by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_table: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct AiError {
    /// A stable `snake_case` code.
    pub code: String,
    /// What happened.
    pub detail: String,
}

/// An answer's circumstances.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiMetadata {
    /// The client's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// In which request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// The provider that was asked first, when another one answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_from: Option<String>,
}

impl From<ai::AiResponse> for AiResponseBody {
    fn from(response: ai::AiResponse) -> Self {
        Self {
            id: response.id.uuid(),
            prompt_id: response.prompt_id.map(Id::uuid),
            prompt_version: response.prompt_version,
            vehicle_id: response.vehicle_id.map(Id::uuid),
            user_id: response.user_id.map(Id::uuid),
            provider: response.provider,
            model: response.model,
            question: response.question,
            category: response.category,
            answer_blocks: answer_blocks(&response.answer).into_iter().map(Into::into).collect(),
            answer: response.answer,
            truncated: response.truncated,
            confidence: response.confidence,
            sources: response.sources.0.into_iter().map(Into::into).collect(),
            response_time: response.response_time_ms,
            usage: response.usage.map(Into::into),
            cost: response.cost.map(|cost| AiCost {
                amount_micros: cost.amount_micros,
                currency: cost.currency.code().to_owned(),
                price_table: cost.price_table,
            }),
            success: response.success,
            error: response.error.map(|error| AiError { code: error.code, detail: error.detail }),
            created_at: response.created_at,
            metadata: AiMetadata {
                session_id: response.session_id,
                request_id: response.request_id,
                fallback_from: response.fallback_from,
            },
            revision: response.revision.get(),
        }
    }
}

impl From<text_model::AnswerSource> for AiSource {
    fn from(source: text_model::AnswerSource) -> Self {
        let text_model::AnswerSource { title, publisher, date, demonstration } = source;
        Self { title, publisher, date, demonstration }
    }
}

impl From<text_model::Usage> for AiUsage {
    fn from(usage: text_model::Usage) -> Self {
        let text_model::Usage {
            prompt_tokens, completion_tokens, total_tokens, cached_tokens, reasoning_tokens, ..
        } = usage;
        Self { prompt_tokens, completion_tokens, total_tokens, cached_tokens, reasoning_tokens }
    }
}

/// The providers.
#[derive(Debug, Serialize, ToSchema)]
pub struct AiProvidersBody {
    /// In the order of fallback.
    pub providers: Vec<AiProvider>,
}

/// A provider as it is configured.
#[derive(Debug, Serialize, ToSchema)]
pub struct AiProvider {
    /// Its name.
    pub name: String,
    /// Its models, the default first.
    pub models: Vec<String>,
}

impl From<ai::ProviderInfo> for AiProvider {
    fn from(provider: ai::ProviderInfo) -> Self {
        Self { name: provider.name, models: provider.models }
    }
}

/// Whether each provider can be used, by name, and what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct AiProviderStatusBody {
    /// Whether it answers.
    #[serde(flatten)]
    pub available: BTreeMap<String, bool>,
    /// What was found, by name.
    pub details: BTreeMap<String, AiProviderDetail>,
}

/// What was found about a provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiProviderDetail {
    /// Whether it answers.
    pub available: bool,
    /// What is wrong when it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When this was found.
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: Timestamp,
    /// `open` while its default model is left alone because it failed of late, `half_open` while it is tried again.
    #[schema(schema_with = breaker_states)]
    pub breaker: BreakerState,
}

fn breaker_states() -> Object {
    one_of("Whether its default model is left alone.", BreakerState::ALL.iter().map(|state| state.as_str()))
}

impl From<ai::ProviderStatus> for AiProviderDetail {
    fn from(status: ai::ProviderStatus) -> Self {
        Self {
            available: status.available,
            detail: status.detail,
            checked_at: status.checked_at,
            breaker: status.breaker,
        }
    }
}

fn states() -> Object {
    one_of("How they are together.", ai::AiState::ALL.iter().map(|state| state.as_str()))
}

/// How the providers are, together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiHealthBody {
    /// Healthy when all answer, degraded when some do, unhealthy when none does.
    #[schema(schema_with = states)]
    pub status: ai::AiState,
    /// Whether each answers, by name.
    pub providers: BTreeMap<String, bool>,
    /// How many answer.
    pub available_count: usize,
    /// How many there are.
    pub total_count: usize,
}

impl From<ai::AiHealth> for AiHealthBody {
    fn from(health: ai::AiHealth) -> Self {
        Self {
            status: health.status,
            available_count: health.available_count(),
            total_count: health.providers.len(),
            providers: health.providers.into_iter().map(|provider| (provider.name, provider.available)).collect(),
        }
    }
}

/// A feedback as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiFeedbackBody {
    /// Its id.
    pub id: Uuid,
    /// Of which answer.
    pub response_id: Uuid,
    /// 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub rating: u8,
    /// Whether it helped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helpful: Option<bool>,
    /// In the user's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When it was first given.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was given as it stands.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub revision: u32,
}

impl From<ai::Feedback> for AiFeedbackBody {
    fn from(feedback: ai::Feedback) -> Self {
        Self {
            id: feedback.id.uuid(),
            response_id: feedback.response_id.uuid(),
            rating: feedback.rating,
            helpful: feedback.helpful,
            comment: feedback.comment,
            created_at: feedback.created_at,
            updated_at: feedback.updated_at,
            revision: feedback.revision.get(),
        }
    }
}
