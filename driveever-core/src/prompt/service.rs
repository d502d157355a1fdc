//! What the prompt library offers to whoever answers questions with it; editing it is [`PromptLibrary`](super::PromptLibrary).

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use super::{ExposureId, Outcome, Prompt, PromptCategory, PromptId, PromptVersion, Variables};
use crate::{error::Error, request::RequestContext};

/// Which values whoever asks for a prompt can fill in. A version that requires another one is no candidate, so that an
/// editor's new prompt cannot stop a road that does not know its variables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VariableSupply {
    /// Any: the caller looks at the chosen version's variables.
    #[default]
    Any,
    /// Those of the road from a question to its advice:
    /// [`ADVICE_VARIABLES`](super::golden::ADVICE_VARIABLES).
    Advice,
    /// These.
    Only(Vec<String>),
}

impl VariableSupply {
    /// Whether a version with these variables can be filled in.
    pub fn suffices(&self, variables: &Variables) -> bool {
        let mut required =
            variables.0.iter().filter(|variable| variable.required).map(|variable| variable.name.as_str());
        match self {
            Self::Any => true,
            Self::Advice => required.all(|name| super::golden::ADVICE_VARIABLES.contains(&name)),
            Self::Only(names) => required.all(|name| names.iter().any(|known| known == name)),
        }
    }
}

/// Which prompt is wanted for traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenRequest {
    /// For a question of this category.
    pub category: PromptCategory,
    /// Whose request; the same key sees the same arm while an experiment runs. A key that is a user's id names the owner
    /// of the exposure when the system asks for them, as recovery does.
    pub assignment_key: Option<String>,
    /// The identity that the exposure must have; asking again with it gives the first choice again. Absent: a new one.
    pub exposure_id: Option<ExposureId>,
    /// Which values the caller can fill in.
    pub supply: VariableSupply,
}

/// The prompt to use now, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenChoice {
    /// The prompt.
    pub prompt: Arc<Prompt>,
    /// The version.
    pub version: Arc<PromptVersion>,
    /// Why this one, in words with its figures.
    pub reason: Arc<str>,
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

/// Chooses, renders and learns: what the road from a question to its answer needs of the prompt library.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PromptService: Send + Sync {
    /// The prompt to use now for a category; records an exposure. See [`select`](super::select) for the rule.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the category has no candidate, or the exposure is somebody else's;
    /// [`Error::Conflict`] `exposure_withdrawn` when it was taken back.
    async fn golden(&self, request: &RequestContext, golden: GoldenRequest) -> Result<GoldenChoice, Error>;

    /// Renders a version of a prompt. Does not ask whether the prompt still lives: what was begun with it ends with it.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a version; [`Error::Invalid`] naming every missing, unknown and wrong-typed value.
    async fn render(
        &self,
        request: &RequestContext,
        prompt: PromptId,
        version_number: u32,
        values: &VariableValues,
    ) -> Result<Rendered, Error>;

    /// Takes an exposure back: the request failed before its prompt was used. It counts nowhere then. Doing so again
    /// changes nothing. An id under which nothing was served yet is taken back as well: a choice under it that is still on
    /// its way is refused when it arrives.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the exposure is somebody else's.
    async fn withdraw(&self, request: &RequestContext, exposure: ExposureId) -> Result<(), Error>;

    /// Reports what came of an exposure, in parts, late, in any order and again: the first success and response time stay,
    /// a later rating replaces the one before. The records follow when the event is delivered.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a rating outside 1 to 5 or an empty report, [`Error::NotFound`] without such an exposure of
    /// the caller's, [`Error::Conflict`] `exposure_withdrawn` when it was taken back.
    async fn record_outcome(
        &self,
        request: &RequestContext,
        exposure: ExposureId,
        outcome: Outcome,
    ) -> Result<(), Error>;
}
