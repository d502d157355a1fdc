//! What the prompt library offers.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{ExposureId, Prompt, PromptCategory, PromptId, PromptVersion};
use crate::{error::Error, request::RequestContext};

/// Which prompt is wanted for traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenRequest {
    /// For a question of this category.
    pub category: PromptCategory,
    /// Whose request; the same key sees the same arm while an experiment runs.
    pub assignment_key: Option<String>,
    /// The identity that the exposure must have; asking again with it gives the first choice again. Absent: a new one.
    pub exposure_id: Option<ExposureId>,
}

/// The prompt to use now, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenChoice {
    /// The prompt.
    pub prompt: Prompt,
    /// The version.
    pub version: PromptVersion,
    /// Why this one, in words with its figures.
    pub reason: String,
    /// The experiment that chose, when one did.
    pub experiment_id: Option<uuid::Uuid>,
    /// Its arm.
    pub arm: Option<uuid::Uuid>,
    /// With which probability it was chosen; 1 for plain selection.
    pub propensity: f64,
    /// Under which its outcome is reported.
    pub exposure_id: ExposureId,
}

/// A rendered prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Of which prompt.
    pub prompt_id: PromptId,
    /// Which version.
    pub version_number: u32,
    /// Declared and unused variables, and the like.
    pub warnings: Vec<String>,
}

/// Values for a template's variables. Values are data: never template text.
pub type VariableValues = BTreeMap<String, serde_json::Value>;

/// What came of an exposure; what is absent is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Whether an answer was given.
    pub success: Option<bool>,
    /// 1 to 5.
    pub rating: Option<u8>,
    /// In milliseconds.
    pub response_time_ms: Option<u32>,
}

/// The prompt library.
#[async_trait]
pub trait PromptService: Send + Sync {
    /// The prompt to use now for a category; records an exposure.
    async fn golden(&self, request: &RequestContext, golden: GoldenRequest) -> Result<GoldenChoice, Error>;

    /// Renders a version of a prompt.
    async fn render(
        &self,
        request: &RequestContext,
        prompt: PromptId,
        version_number: u32,
        values: &VariableValues,
    ) -> Result<Rendered, Error>;

    /// Takes an exposure back: the request failed before its prompt was used. Doing so again changes nothing.
    async fn withdraw(&self, request: &RequestContext, exposure: ExposureId) -> Result<(), Error>;

    /// Reports what came of an exposure.
    async fn record_outcome(
        &self,
        request: &RequestContext,
        exposure: ExposureId,
        outcome: Outcome,
    ) -> Result<(), Error>;
}
