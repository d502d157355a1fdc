//! Prompts, their versions and labels.
//!
//! A [`Prompt`] is a name and its standing; what it says is in its [`PromptVersion`]s, which never change. Labels point at
//! versions. Two of them are part of the prompt itself, because every reader needs them: `latest`, the newest version,
//! which moves by itself, and `production`, the one that is served. An editor's own labels are [`Label`]s. Every move of
//! any label but `latest` is a [`LabelMove`] for good.
//!
//! Every change of a prompt, its versions or its labels raises the prompt's revision, so that changes of one prompt are
//! made one after the other. What it earned by being used is not part of it: see [`record`](super::record).

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
/// A version's id.
pub type VersionId = Id<PromptVersion>;

/// The label of the version that is served.
pub const PRODUCTION: &str = "production";
/// The label of the newest version; moves by itself.
pub const LATEST: &str = "latest";

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
        unique [["name"], ["library_key"]],
        lookup ["category", "production_version_id"],
        search ["name", "description", "tags"],
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
        /// The newest version.
        pub latest_version_id: VersionId => LATEST_VERSION_ID,
        /// The number of the version that is served, when one is.
        pub production_version: Option<u32> => PRODUCTION_VERSION,
        /// The version that is served, when one is.
        pub production_version_id: Option<VersionId> => PRODUCTION_VERSION_ID,
        /// Its key in the golden library, when seeding made it; stays when it is renamed.
        pub library_key: Option<String> => LIBRARY_KEY,
        /// Whether an operator changed anything of it: seeding then leaves it alone.
        pub edited: bool => EDITED,
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
        unique [["prompt_id", "number"], ["prompt_id", "version"]], lookup ["prompt_id", "created_by"], search [],
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
        /// Who made it; absent for the system and for those who left.
        pub created_by: Option<UserId> => CREATED_BY,
        /// When.
        pub created_at: Timestamp => CREATED_AT,
    }
}

entity! {
    /// Where an editor's own label points now. `production` and `latest` are in the [`Prompt`].
    #[derive(PartialEq)]
    pub struct Label in PromptContext as versioned "label" in "prompt_labels" {
        unique [["prompt_id", "name"]], lookup ["prompt_id"], search [],
    } {
        /// Of which prompt.
        pub prompt_id: PromptId => PROMPT_ID,
        /// The label.
        pub name: String => NAME,
        /// The version that it points at.
        pub version_number: u32 => VERSION_NUMBER,
        /// The version that it points at.
        pub version_id: VersionId => VERSION_ID,
    }
}

entity! {
    /// That somebody moved a label.
    #[derive(PartialEq)]
    pub struct LabelMove in PromptContext as append_only "label_move" in "prompt_label_moves" {
        unique [], lookup ["prompt_id", "actor_id"], search [],
    } {
        /// Of which prompt.
        pub prompt_id: PromptId => PROMPT_ID,
        /// The label.
        pub label: String => LABEL,
        /// Where it pointed; absent when it was new.
        pub from_version: Option<u32> => FROM_VERSION,
        /// Where it points since; absent when it was removed.
        pub to_version: Option<u32> => TO_VERSION,
        /// Why, by the mover's word.
        pub reason: Option<String> => REASON,
        /// Whether a broken variable contract was accepted.
        pub forced: bool => FORCED,
        /// Who; absent for the system and for those who left.
        pub actor_id: Option<UserId> => ACTOR_ID,
        /// When.
        pub moved_at: Timestamp => MOVED_AT,
    }
}
