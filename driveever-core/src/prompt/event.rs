//! What the prompt context tells the others, and what it listens to.

use serde::Deserialize;

use super::{ExposureId, PromptCategory, PromptId, Totals, VersionId};
use crate::{ai::text_model::Cost, event_body};

event_body! {
    /// A prompt was made; its first version is served.
    pub struct PromptCreated as "prompt.created" {
        /// What questions it answers.
        pub category: PromptCategory,
        /// Its first version.
        pub version_number: u32,
    }
}

event_body! {
    /// A prompt was edited.
    pub struct PromptEdited as "prompt.edited" {
        /// Which fields changed.
        pub fields: Vec<String>,
        /// The new version's number, when what it says changed.
        pub version_number: Option<u32>,
    }
}

event_body! {
    /// A label was moved or removed.
    pub struct PromptLabelMoved as "prompt.label_moved" {
        /// The label.
        pub label: String,
        /// Where it pointed.
        pub from_version: Option<u32>,
        /// Where it points now.
        pub to_version: Option<u32>,
        /// Whether a broken variable contract was accepted.
        pub forced: bool,
    }
}

event_body! {
    /// A prompt was deleted; it can be restored.
    pub struct PromptDeleted as "prompt.deleted" {}
}

event_body! {
    /// A deleted prompt was brought back.
    pub struct PromptRestored as "prompt.restored" {}
}

event_body! {
    /// A prompt was served for a request.
    pub struct PromptExposed as "prompt.exposed" {
        /// The exposure.
        pub exposure_id: ExposureId,
        /// Which prompt.
        pub prompt_id: PromptId,
        /// Which version.
        pub version_id: VersionId,
        /// The version's number.
        pub version_number: u32,
        /// For which category.
        pub category: PromptCategory,
        /// The experiment that chose, when one did.
        pub experiment_id: Option<uuid::Uuid>,
        /// Its arm.
        pub arm: Option<uuid::Uuid>,
        /// With which probability this one was chosen.
        pub propensity: f64,
    }
}

event_body! {
    /// Something came of an exposure, or it was withdrawn: what that adds to the records.
    pub struct PromptOutcomeRecorded as "prompt.outcome_recorded" {
        /// The exposure.
        pub exposure_id: ExposureId,
        /// Which prompt.
        pub prompt_id: PromptId,
        /// Which version.
        pub version_id: VersionId,
        /// The version's number.
        pub version_number: u32,
        /// For which category.
        pub category: PromptCategory,
        /// After minus before.
        pub change: Totals,
        /// Whether the exposure was taken back.
        pub withdrawn: bool,
    }
}

/// An answer of the AI context, as far as it concerns an exposure.
pub(super) const RESPONSE_GENERATED: &str = "ai.response_generated";
/// A rating in the AI context, as far as it concerns an exposure.
pub(super) const FEEDBACK_GIVEN: &str = "ai.feedback_given";

/// What is read of [`RESPONSE_GENERATED`]; other fields may be there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResponseGenerated {
    #[serde(default)]
    pub(super) exposure_id: Option<ExposureId>,
    #[serde(default)]
    pub(super) success: Option<bool>,
    #[serde(default)]
    pub(super) response_time_ms: Option<u64>,
    #[serde(default)]
    cost: Option<serde_json::Value>,
}

impl ResponseGenerated {
    /// The cost, when it is told in the form that is known here.
    pub(super) fn cost(&self) -> Option<Cost> {
        self.cost.as_ref().and_then(|cost| Cost::deserialize(cost).ok())
    }
}

/// What is read of [`FEEDBACK_GIVEN`]; other fields may be there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FeedbackGiven {
    #[serde(default)]
    pub(super) exposure_id: Option<ExposureId>,
    #[serde(default)]
    pub(super) rating: Option<u8>,
}
