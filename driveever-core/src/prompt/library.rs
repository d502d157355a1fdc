//! What the prompt library offers to those who keep it: editors, the console, the API.
//!
//! Reading needs the role `user`, changing `prompt_editor`. A trait of its own beside
//! [`PromptService`](super::PromptService), so that the road from a question to its answer, and a double of it in a test,
//! need not know how prompts are edited; [`Prompts`](super::Prompts) is both.

use async_trait::async_trait;

use super::{
    LabelChange, LabelMove, OptimizeOutcome, PromptCategory, PromptDetails, PromptId, PromptMetadata, PromptVersion,
    Rendered, RenderedDraft, SavedPrompt, SeedReport, UsageStatistics, Variable, VariableValues, VersionDiff,
    VersionRecord,
};
use crate::{
    entity::Revision,
    error::Error,
    page::{Page, PageRequest},
    request::RequestContext,
};

/// A prompt to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrompt {
    /// Unique among living prompts.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What questions it answers.
    pub category: PromptCategory,
    /// The text with `{{variable}}`s.
    pub template: String,
    /// Its variables; each that the template uses.
    pub variables: Vec<Variable>,
    /// What a good answer looks like.
    pub expected_output: String,
    /// Free keywords.
    pub tags: Vec<String>,
    /// What its author says about it.
    pub metadata: Option<PromptMetadata>,
}

/// Which part of the version number goes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bump {
    /// For callers of the old version, everything changes.
    Major,
    /// Something was added or improved.
    #[default]
    Minor,
    /// A correction.
    Patch,
}

/// Changes of a prompt; what is absent stays. A change of template, variables or expected output makes a new version.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EditPrompt {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another category.
    pub category: Option<PromptCategory>,
    /// Whether it may be chosen for traffic.
    pub is_active: Option<bool>,
    /// Other tags.
    pub tags: Option<Vec<String>>,
    /// Other metadata; empty metadata removes it.
    pub metadata: Option<PromptMetadata>,
    /// A new template.
    pub template: Option<String>,
    /// Other variables.
    pub variables: Option<Vec<Variable>>,
    /// Another expected output.
    pub expected_output: Option<String>,
    /// Which part of the version number goes up.
    pub bump: Bump,
    /// What changed, for the history.
    pub change_note: Option<String>,
}

/// A search; every part that is given must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PromptFilter {
    /// Of this category.
    pub category: Option<PromptCategory>,
    /// Active or not.
    pub active: Option<bool>,
    /// With this tag.
    pub tag: Option<String>,
    /// The served version is rated at least so, 1 to 5; unrated prompts do not match.
    pub min_rating: Option<f64>,
    /// With these words in name, description or tags.
    pub text: Option<String>,
}

/// In which order prompts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PromptSort {
    /// The newest first.
    #[default]
    NewestFirst,
    /// The oldest first.
    OldestFirst,
    /// Last changed first.
    LastUpdatedFirst,
    /// Longest unchanged first.
    LastUpdatedLast,
    /// By name.
    Name,
    /// By name, backwards.
    NameDescending,
}

/// Which version of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VersionSelector {
    /// The one that is served.
    #[default]
    Production,
    /// The one that a label points at.
    Label(String),
    /// By its number.
    Number(u32),
}

/// Where a label is expected to point before it is moved (compare-and-swap).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpectedVersion {
    /// Anywhere.
    #[default]
    Any,
    /// Nowhere: it is new.
    Absent,
    /// At this version.
    Version(u32),
}

/// A move of a label.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MoveLabel {
    /// The label: lower-case letters, digits, `.`, `_` and `-`. `latest` moves by itself only.
    pub label: String,
    /// The version to point at; absent removes the label. `production` stays while the prompt is active.
    pub version: Option<u32>,
    /// Where it must point now.
    pub expected: ExpectedVersion,
    /// Why, for the history.
    pub reason: Option<String>,
    /// Whether to move it though the version needs variables that the present one does not declare.
    pub force: bool,
    /// Whether only to answer what would change.
    pub dry_run: bool,
}

/// An unsaved template to be tried.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DraftTemplate {
    /// The text with `{{variable}}`s.
    pub template: String,
    /// Its variables.
    pub declared: Vec<Variable>,
    /// Values for them.
    pub values: VariableValues,
}

/// Keeps the prompt library.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PromptLibrary: Send + Sync {
    /// Makes a prompt. Its version 1.0.0 is `latest` and `production` at once, so that a new prompt can be used without a
    /// further step; later versions are served when `production` is moved to them.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault; [`Error::Conflict`] `name_taken`.
    async fn create(&self, request: &RequestContext, prompt: NewPrompt) -> Result<SavedPrompt, Error>;

    /// Edits a prompt. When what it says changes, a new version is made and `latest` moves to it; `production` stays.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault, [`Error::NotFound`], [`Error::Stale`] when it is not at `expected` or was changed
    /// meanwhile, [`Error::Conflict`] `name_taken` or `too_many_versions`.
    async fn edit(
        &self,
        request: &RequestContext,
        id: PromptId,
        edit: EditPrompt,
        expected: Option<Revision>,
    ) -> Result<SavedPrompt, Error>;

    /// A prompt with its newest version.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn get(&self, request: &RequestContext, id: PromptId) -> Result<PromptDetails, Error>;

    /// A prompt by its name, with the version selected.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the prompt, the label or the version; there is no fallback.
    async fn by_name(
        &self,
        request: &RequestContext,
        name: &str,
        version: VersionSelector,
    ) -> Result<PromptDetails, Error>;

    /// Prompts that match, each with its newest version.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bad filter or cursor.
    async fn search(
        &self,
        request: &RequestContext,
        filter: PromptFilter,
        sort: PromptSort,
        page: PageRequest,
    ) -> Result<Page<PromptDetails>, Error>;

    /// The active prompts of a category, last updated first.
    async fn by_category(
        &self,
        request: &RequestContext,
        category: PromptCategory,
        page: PageRequest,
    ) -> Result<Page<PromptDetails>, Error>;

    /// Deletes a prompt; it can be restored. It is no longer served.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`].
    async fn delete(&self, request: &RequestContext, id: PromptId, expected: Option<Revision>) -> Result<(), Error>;

    /// Brings a deleted prompt back, as it was.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none or it lives, [`Error::Stale`], [`Error::Conflict`] `name_taken`.
    async fn restore(
        &self,
        request: &RequestContext,
        id: PromptId,
        expected: Option<Revision>,
    ) -> Result<PromptDetails, Error>;

    /// A prompt's versions, the newest first.
    async fn versions(
        &self,
        request: &RequestContext,
        id: PromptId,
        page: PageRequest,
    ) -> Result<Page<PromptVersion>, Error>;

    /// One version.
    async fn version(&self, request: &RequestContext, id: PromptId, number: u32) -> Result<PromptVersion, Error>;

    /// Compares two versions.
    async fn diff(&self, request: &RequestContext, id: PromptId, from: u32, to: u32) -> Result<VersionDiff, Error>;

    /// Moves or removes a label; `expected_revision` is the prompt's.
    ///
    /// # Errors
    /// [`Error::NotFound`] for prompt, version, or a label to be removed; [`Error::Invalid`] for a bad label;
    /// [`Error::Stale`]; [`Error::Conflict`] `label_moved` when it does not point where expected, `variable_contract`,
    /// `label_reserved` for `latest`, `production_in_use`, `too_many_labels`.
    async fn move_label(
        &self,
        request: &RequestContext,
        id: PromptId,
        label: MoveLabel,
        expected_revision: Option<Revision>,
    ) -> Result<LabelChange, Error>;

    /// Who moved which label from where to where, when and why; the newest first.
    async fn label_history(
        &self,
        request: &RequestContext,
        id: PromptId,
        page: PageRequest,
    ) -> Result<Page<LabelMove>, Error>;

    /// Moves `production` back to an earlier version that was in production before. The variable contract is not asked:
    /// callers have served that version. Rolling back to the present version changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for prompt or version; [`Error::Invalid`] without a reason; [`Error::Stale`];
    /// [`Error::Conflict`] `not_a_rollback` for a later version or one that never was in production.
    async fn rollback(
        &self,
        request: &RequestContext,
        id: PromptId,
        version: u32,
        reason: String,
        expected: Option<Revision>,
    ) -> Result<PromptDetails, Error>;

    /// Renders the version selected of a living prompt.
    ///
    /// # Errors
    /// As [`PromptService::render`](super::PromptService::render) and [`PromptLibrary::by_name`].
    async fn render_version(
        &self,
        request: &RequestContext,
        id: PromptId,
        version: VersionSelector,
        values: &VariableValues,
    ) -> Result<Rendered, Error>;

    /// Renders an unsaved template.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what saving it would refuse too, and for its values.
    async fn render_draft(&self, request: &RequestContext, draft: DraftTemplate) -> Result<RenderedDraft, Error>;

    /// The record of each version, the newest first.
    async fn performance(&self, request: &RequestContext, id: PromptId) -> Result<Vec<VersionRecord>, Error>;

    /// How the library is used.
    async fn usage_statistics(&self, request: &RequestContext) -> Result<UsageStatistics, Error>;

    /// Moves `production` to the version with the better record, when the evidence suffices; says why, or why not. No
    /// figure is ever edited.
    async fn optimize(&self, request: &RequestContext, id: PromptId) -> Result<OptimizeOutcome, Error>;

    /// Puts the golden library into the store; see [`seed`](super::seed). Needs the role `admin`.
    async fn seed(&self, request: &RequestContext) -> Result<SeedReport, Error>;
}
