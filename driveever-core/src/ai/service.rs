//! What the AI service offers.

use std::sync::Arc;

use async_trait::async_trait;

use super::{AiResponse, ResponseId};
use crate::{
    error::Error,
    prompt::{ExposureId, PromptCategory, PromptId},
    request::RequestContext,
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
    /// The provider to ask first; absent: the first configured.
    pub provider: Option<String>,
    /// The model; absent: the provider's default.
    pub model: Option<String>,
    /// Whether other providers are asked in turn when one fails.
    pub fallback: bool,
    /// The client's session.
    pub session_id: Option<String>,
}

/// Answers questions through whichever provider is up, and keeps the answers.
#[async_trait]
pub trait AiService: Send + Sync {
    /// Asks, stores and gives the answer. A failure is stored too.
    ///
    /// # Errors
    /// [`Error::Model`] with the stored failure's id when no provider answered.
    async fn generate(&self, request: &RequestContext, generate: GenerateRequest) -> Result<AiResponse, Error>;

    /// A stored answer, the caller's own (an admin's: anybody's).
    async fn response(&self, request: &RequestContext, id: ResponseId) -> Result<AiResponse, Error>;
}
