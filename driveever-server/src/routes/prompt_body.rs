//! Prompts as clients see them.

use std::{collections::BTreeMap, str::FromStr};

use driveever_core::{
    page::Page,
    prompt::{
        OptimizationLevel, PerformanceSummary, PromptCategory, PromptDetails, PromptMetadata, PromptVersion,
        SavedPrompt, Variable, VariableType,
    },
    time::Timestamp,
    user::UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    documented::{CategoryName, OptimizationLevelName, VariableTypeName},
    etag::Tag,
    page::PageBody,
};

/// A variable that a template declares.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct PromptVariable {
    /// Its name in the template: `{{name}}`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z_][A-Za-z0-9_]*$")]
    name: String,
    /// What kind of value it takes.
    #[serde(rename = "type")]
    #[schema(value_type = VariableTypeName)]
    kind: VariableType,
    /// Whether a value must be given.
    required: bool,
    /// What it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "line", max_length = 300)]
    description: Option<String>,
}

crate::only_from_objects!(PromptVariable);

impl Serialize for PromptVariable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl From<Variable> for PromptVariable {
    fn from(variable: Variable) -> Self {
        let Variable { name, kind, required, description } = variable;
        Self { name, kind, required, description }
    }
}

impl From<PromptVariable> for Variable {
    fn from(variable: PromptVariable) -> Self {
        let PromptVariable { name, kind, required, description } = variable;
        Self { name, kind, required, description }
    }
}

/// Variables as core has them.
pub(super) fn variables_of(variables: Vec<PromptVariable>) -> Vec<Variable> {
    variables.into_iter().map(Into::into).collect()
}

/// What an author says about a prompt.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, remote = "Self")]
#[schema(as = PromptMetadata)]
pub struct PromptMetadataBody {
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "line", max_length = 200)]
    author: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "line", max_length = 200)]
    source: Option<String>,
    /// How much work went into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OptimizationLevelName>)]
    optimization_level: Option<OptimizationLevel>,
    /// Results of tests, in a form of the author's choosing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    test_results: Option<serde_json::Value>,
}

crate::only_from_objects!(PromptMetadataBody);

impl Serialize for PromptMetadataBody {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl From<PromptMetadata> for PromptMetadataBody {
    fn from(metadata: PromptMetadata) -> Self {
        let PromptMetadata { author, source, optimization_level, test_results } = metadata;
        Self { author, source, optimization_level, test_results }
    }
}

impl From<PromptMetadataBody> for PromptMetadata {
    fn from(metadata: PromptMetadataBody) -> Self {
        let PromptMetadataBody { author, source, optimization_level, test_results } = metadata;
        Self { author, source, optimization_level, test_results }
    }
}

/// The record of the version in production, in short. What has no data is null.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptPerformanceSummary {
    /// The mean rating, 1 to 5.
    #[schema(required)]
    average_rating: Option<f64>,
    /// How often it was served.
    total_uses: u64,
    /// The share of answers given, 0 to 1.
    #[schema(required)]
    success_rate: Option<f64>,
    /// The mean response time in milliseconds.
    #[schema(required)]
    average_response_time: Option<f64>,
    /// When it was last served.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_tested: Option<Timestamp>,
}

impl From<PerformanceSummary> for PromptPerformanceSummary {
    fn from(summary: PerformanceSummary) -> Self {
        Self {
            average_rating: summary.average_rating,
            total_uses: summary.total_uses,
            success_rate: summary.success_rate,
            average_response_time: summary.average_response_time_ms,
            last_tested: summary.last_tested,
        }
    }
}

/// A prompt with one of its versions: the newest, unless another was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Prompt)]
pub struct PromptBody {
    id: Uuid,
    /// Unique among living prompts.
    name: String,
    /// What it is for.
    description: String,
    /// What questions it answers.
    #[schema(value_type = CategoryName)]
    category: PromptCategory,
    /// The version shown, as SemVer.
    version: String,
    /// Its number, from 1.
    version_number: u32,
    /// The text with `{{variable}}`s.
    template: String,
    variables: Vec<PromptVariable>,
    /// What a good answer looks like.
    expected_output: String,
    performance: PromptPerformanceSummary,
    /// Free keywords.
    tags: Vec<String>,
    /// The number of the version that each label points at.
    labels: BTreeMap<String, u32>,
    /// Whether it may be chosen for traffic.
    is_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<PromptMetadataBody>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_updated: Timestamp,
    /// Rises with every change of the prompt, its versions and its labels.
    revision: u32,
}

impl From<PromptDetails> for PromptBody {
    fn from(details: PromptDetails) -> Self {
        let PromptDetails { prompt, version, labels, performance } = details;
        Self {
            id: prompt.id.uuid(),
            name: prompt.name,
            description: prompt.description,
            category: prompt.category,
            version: version.version.to_string(),
            version_number: version.number,
            template: version.template,
            variables: version.variables.0.into_iter().map(Into::into).collect(),
            expected_output: version.expected_output,
            performance: performance.into(),
            tags: prompt.tags,
            labels,
            is_active: prompt.is_active,
            metadata: prompt.metadata.map(Into::into),
            created_at: prompt.created_at,
            last_updated: prompt.last_updated,
            revision: prompt.revision.get(),
        }
    }
}

/// A version's number in a path or query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VersionNumber(pub(super) u32);

/// The text is no version number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a version's number, a whole one from 1")]
pub(super) struct ParseVersionNumberError;

impl FromStr for VersionNumber {
    type Err = ParseVersionNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().ok().filter(|number| *number > 0).map(Self).ok_or(ParseVersionNumberError)
    }
}

/// A prompt's entity tag: it shows its record, which others keep.
pub(super) fn tag_of(details: &PromptDetails) -> Tag {
    Tag { revision: details.prompt.revision, figures: details.performance.revision }
}

/// A page of prompts.
pub(super) fn page_of(page: Page<PromptDetails>) -> PageBody<PromptBody> {
    PageBody::of(page, PromptBody::from)
}

/// A prompt that was saved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedPrompt)]
pub struct SavedPromptBody {
    #[serde(flatten)]
    prompt: PromptBody,
    /// What its author should look at: variables that are declared and not used.
    warnings: Vec<String>,
}

impl From<SavedPrompt> for SavedPromptBody {
    fn from(saved: SavedPrompt) -> Self {
        Self { prompt: saved.details.into(), warnings: saved.warnings }
    }
}

/// One version of what a prompt says. Never changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PromptVersion)]
pub struct PromptVersionBody {
    id: Uuid,
    prompt_id: Uuid,
    /// As SemVer.
    version: String,
    /// From 1.
    version_number: u32,
    /// The text with `{{variable}}`s.
    template: String,
    variables: Vec<PromptVariable>,
    /// What a good answer looks like.
    expected_output: String,
    /// What changed, by its author's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    change_note: Option<String>,
    /// The user who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<PromptVersion> for PromptVersionBody {
    fn from(version: PromptVersion) -> Self {
        Self {
            id: version.id.uuid(),
            prompt_id: version.prompt_id.uuid(),
            version: version.version.to_string(),
            version_number: version.number,
            template: version.template,
            variables: version.variables.0.into_iter().map(Into::into).collect(),
            expected_output: version.expected_output,
            change_note: version.change_note,
            created_by: version.created_by.map(UserId::uuid),
            created_at: version.created_at,
        }
    }
}
