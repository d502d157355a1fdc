//! Prompts, their versions, labels and exposures.

use serde::{Deserialize, Serialize};

use super::PromptCategory;
use crate::{entity, entity::Context, id::Id, text_enum, time::Timestamp, user::UserId};

/// The prompt service's tables.
#[derive(Debug)]
pub struct PromptContext;
impl Context for PromptContext {
    const NAME: &'static str = "prompt";
}

/// A prompt's id.
pub type PromptId = Id<Prompt>;
/// An exposure's id.
pub type ExposureId = Id<Exposure>;

text_enum! {
    /// What kind of value a template's variable takes.
    pub enum VariableType {
        /// Text.
        Text = "text",
        /// A finite number.
        Number = "number",
        /// True or false.
        Boolean = "boolean",
        /// A list of texts.
        List = "list",
    }
}

/// A variable that a template declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Variable {
    /// Its name in the template.
    pub name: String,
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub kind: VariableType,
    /// Whether a value must be given.
    pub required: bool,
    /// What it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The variables of a version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Variables(pub Vec<Variable>);

text_enum! {
    /// How much work went into a prompt, by its author's word.
    pub enum OptimizationLevel {
        /// A first draft.
        Basic = "basic",
        /// Tried and improved.
        Intermediate = "intermediate",
        /// Measured against others.
        Advanced = "advanced",
    }
}

/// What an author says about a prompt.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PromptMetadata {
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How much work went into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimization_level: Option<OptimizationLevel>,
    /// Results of tests, in a form of the author's choosing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_results: Option<serde_json::Value>,
}

crate::json_column!(Variables, PromptMetadata);

entity! {
    /// A prompt: its name and standing. What it says is in its [`PromptVersion`]s.
    #[derive(PartialEq)]
    pub struct Prompt in PromptContext as versioned "prompt" in "prompt_prompts" {
        unique [["name"]], lookup ["category"], search ["name", "description", "tags"],
    } {
        /// Unique name among living prompts.
        pub name: String => NAME,
        /// What it is for.
        pub description: String => DESCRIPTION,
        /// What questions it answers.
        pub category: PromptCategory => CATEGORY,
        /// Free keywords.
        pub tags: Vec<String> => TAGS,
        /// Whether it may be chosen for traffic.
        pub is_active: bool => IS_ACTIVE,
        /// What its author says about it.
        pub metadata: Option<PromptMetadata> => METADATA,
        /// The newest version's number.
        pub latest_version: u32 => LATEST_VERSION,
        /// The version that is served, when one is.
        pub production_version: Option<u32> => PRODUCTION_VERSION,
        /// The pooled mean rating of the served version, kept for searching by rating; null without ratings.
        pub average_rating: Option<f64> => AVERAGE_RATING,
        /// When it was made.
        pub created_at: Timestamp => CREATED_AT,
        /// When anything of it last changed.
        pub last_updated: Timestamp => LAST_UPDATED,
    }
}

entity! {
    /// One version of what a prompt says. Never changes.
    #[derive(PartialEq)]
    pub struct PromptVersion in PromptContext as append_only "prompt_version" in "prompt_versions" {
        unique [["prompt_id", "number"], ["prompt_id", "version"]], lookup ["prompt_id"], search [],
    } {
        /// Whose.
        pub prompt_id: PromptId => PROMPT_ID,
        /// From 1.
        pub number: u32 => NUMBER,
        /// SemVer; 1.0.0 first.
        pub version: semver::Version => VERSION,
        /// The text with `{{variable}}`s.
        pub template: String => TEMPLATE,
        /// The variables that it declares.
        pub variables: Variables => VARIABLES,
        /// What a good answer looks like.
        pub expected_output: String => EXPECTED_OUTPUT,
        /// What changed, by its author's word.
        pub change_note: Option<String> => CHANGE_NOTE,
        /// Who made it; absent for the system.
        pub created_by: Option<UserId> => CREATED_BY,
        /// When.
        pub created_at: Timestamp => CREATED_AT,
    }
}

entity! {
    /// That a prompt was served for a request, and what came of it.
    #[derive(PartialEq)]
    pub struct Exposure in PromptContext as versioned "exposure" in "prompt_exposures" {
        unique [], lookup ["prompt_id"], search [],
    } {
        /// Which prompt.
        pub prompt_id: PromptId => PROMPT_ID,
        /// Which version.
        pub version_number: u32 => VERSION_NUMBER,
        /// For which category.
        pub category: PromptCategory => CATEGORY,
        /// Whose request: the key under which an experiment keeps its choice.
        pub assignment_key: Option<String> => ASSIGNMENT_KEY,
        /// The experiment that chose, when one did.
        pub experiment_id: Option<uuid::Uuid> => EXPERIMENT_ID,
        /// Its arm.
        pub arm: Option<uuid::Uuid> => ARM,
        /// With which probability this one was chosen; 1 for plain selection.
        pub propensity: f64 => PROPENSITY,
        /// Whether the answer was given; absent until known.
        pub success: Option<bool> => SUCCESS,
        /// The rating, 1 to 5; absent until rated.
        pub rating: Option<u8> => RATING,
        /// How long the answer took, in milliseconds; absent until known.
        pub response_time_ms: Option<u32> => RESPONSE_TIME_MS,
        /// When it was served.
        pub served_at: Timestamp => SERVED_AT,
        /// Taken back: the request failed before the prompt was used.
        pub withdrawn: bool => WITHDRAWN,
    }
}
