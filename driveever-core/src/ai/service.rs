//! What the AI service offers.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::{AiResponse, Feedback, ResponseId, breaker::BreakerState, rules::Groundwork};
use crate::{
    error::Error,
    page::{Page, PageRequest},
    prompt::{ExposureId, PromptCategory, PromptId},
    request::RequestContext,
    time::Timestamp,
    vehicle::{VehicleId, record::VehicleRecord},
};

/// What is to be answered.
#[derive(Debug, Clone, Default)]
pub struct GenerateRequest {
    /// The identity that the stored answer must have. When an answer with it is stored already, that one is given and no
    /// provider is asked. Absent: a new one.
    pub response_id: Option<ResponseId>,
    /// The rendered prompt.
    pub prompt: String,
    /// The driver's question.
    pub question: String,
    /// The library's prompt, its version and the exposure, when it is one of the library's.
    pub prompt_id: Option<PromptId>,
    /// The version's number.
    pub prompt_version: Option<u32>,
    /// The exposure whose outcome this is.
    pub exposure_id: Option<ExposureId>,
    /// The question's category, when it is known.
    pub category: Option<PromptCategory>,
    /// The user's vehicle.
    pub vehicle_id: Option<VehicleId>,
    /// The facts that the prompt carries.
    pub record: Option<Arc<VehicleRecord>>,
    /// What was worked out on the question already: see [`Groundwork`].
    pub groundwork: Option<Groundwork>,
    /// The provider to ask first; absent: the first configured.
    pub provider: Option<String>,
    /// The model; absent: the provider's default.
    pub model: Option<String>,
    /// Whether other providers are asked in turn when one fails.
    pub fallback: bool,
    /// The client's session.
    pub session_id: Option<String>,
}

/// What a user thinks of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewFeedback {
    /// 1 to 5.
    pub rating: i64,
    /// Whether it helped.
    pub helpful: Option<bool>,
    /// In their words.
    pub comment: Option<String>,
}

/// An event of a streamed answer: any number of deltas, then exactly one of the others, after which nothing follows.
#[derive(Debug)]
pub enum StreamEvent {
    /// Text to append.
    Delta(String),
    /// The end: the answer as it is stored.
    Done(Box<AiResponse>),
    /// The end without an answer.
    Failed {
        /// Why.
        error: Error,
        /// Where the failure and the text so far are stored; absent only when they could not be.
        response_id: Option<ResponseId>,
    },
}

/// A streamed answer. Dropping it cancels the request at the provider.
pub type AnswerStream = BoxStream<'static, StreamEvent>;

/// A provider as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Its name.
    pub name: String,
    /// Its models, the default first.
    pub models: Vec<String>,
}

/// Whether a provider can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderStatus {
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub available: bool,
    /// What is wrong when it does not.
    pub detail: Option<String>,
    /// When this was found.
    pub checked_at: Timestamp,
    /// Whether its default model is left alone because it failed of late.
    pub breaker: BreakerState,
}

crate::text_enum! {
    /// How the providers are, together.
    pub enum AiState {
        /// All of them answer.
        Healthy = "healthy",
        /// Some answer.
        Degraded = "degraded",
        /// None answers.
        Unhealthy = "unhealthy",
    }
}

/// How the providers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiHealth {
    /// Together.
    pub status: AiState,
    /// Each, in configured order.
    pub providers: Vec<ProviderStatus>,
}

impl AiHealth {
    /// How many answer.
    pub fn available_count(&self) -> usize {
        self.providers.iter().filter(|provider| provider.available).count()
    }
}

/// Answers questions through whichever provider is up, and keeps the answers.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AiService: Send + Sync {
    /// Asks, stores and gives the answer. A failure is stored too. An answer or failure that is stored already under
    /// `response_id` is given again and nobody is asked; of calls side by side with one id, one is stored and all give it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all faults; [`Error::Model`] with the stored failure's id when no provider answered;
    /// [`Error::NotFound`] when the id is somebody else's.
    async fn generate(&self, request: &RequestContext, generate: GenerateRequest) -> Result<AiResponse, Error>;

    /// Puts one question to several providers side by side: one stored entry each, in the order named, the failed ones
    /// with `success: false`. `provider` and `fallback` of the request play no part.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no, too many, unknown or repeated providers.
    async fn generate_multiple(
        &self,
        request: &RequestContext,
        generate: GenerateRequest,
        providers: Vec<String>,
    ) -> Result<Vec<AiResponse>, Error>;

    /// Asks and gives the answer as it is written. With `fallback`, another provider is asked only while nothing was
    /// given yet. A stream that its reader drops is stored as a failure with the code `cancelled` and the text so far, under its
    /// `response_id` when one was wanted.
    ///
    /// # Errors
    /// As [`AiService::generate`], for what is found before the first provider is asked; all else ends the stream.
    async fn stream(&self, request: &RequestContext, generate: GenerateRequest) -> Result<AnswerStream, Error>;

    /// A stored answer, the caller's own (an admin's: anybody's).
    async fn response(&self, request: &RequestContext, id: ResponseId) -> Result<AiResponse, Error>;

    /// The caller's own answers, newest first.
    async fn responses(&self, request: &RequestContext, page: &PageRequest) -> Result<Page<AiResponse>, Error>;

    /// Rates an answer of the caller's; a later feedback replaces the earlier, which stays in the history.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's answer, [`Error::Conflict`] (`no_answer`) for a failed one.
    async fn give_feedback(
        &self,
        request: &RequestContext,
        id: ResponseId,
        feedback: NewFeedback,
    ) -> Result<Feedback, Error>;

    /// The caller's feedback on an answer of theirs, when they gave one.
    async fn feedback(&self, request: &RequestContext, id: ResponseId) -> Result<Option<Feedback>, Error>;

    /// The providers, in configured order, which is the order of fallback.
    async fn providers(&self, request: &RequestContext) -> Result<Vec<ProviderInfo>, Error>;

    /// Whether each can be used.
    async fn status(&self, request: &RequestContext) -> Result<Vec<ProviderStatus>, Error>;

    /// How they are together; for everybody, and therefore without what is wrong with each.
    async fn health(&self) -> Result<AiHealth, Error>;

    /// Puts a sample question to a provider (absent: the first) and stores the answer as any other. The same caller gets the
    /// same answer again as long as a finding about health is good.
    async fn test(&self, request: &RequestContext, provider: Option<String>) -> Result<AiResponse, Error>;
}
