//! The prompt library: prompts in immutable versions, labels that say which version is served, the choice of the golden
//! one, rendering, and what came of it all.
//!
//! - [`PromptService`] is what the road from a question to its answer needs: [`golden`](PromptService::golden),
//!   [`render`](PromptService::render), [`record_outcome`](PromptService::record_outcome). [`PromptLibrary`] is what editors
//!   need. [`Prompts`] is both, over a [`PromptRepository`].
//! - [`template`] is the template language, [`select`] the rule of the choice, [`statistics`] its mathematics, [`record`]
//!   what is counted and why the counts are exact, [`vote`] how much one user's word counts, [`optimize`] and [`seed`] what may change the library by itself.
//! - [`Prompts`] consumes events too: its own and those of the AI context, by which answers and ratings reach the records.
//!
//! An experiment chooses among arms where plain selection takes the first of the ranking; its choice is an [`Exposure`] with
//! experiment, arm and propensity, and its evidence comes by the same outcomes.

mod cache;
mod category;
mod choose;
pub mod classify;
mod content;
mod diff;
mod edit;
pub mod event;
pub mod golden;
mod labels;
mod library;
mod model;
pub mod optimize;
mod options;
mod outcome;
mod personal;
mod prompts;
mod read;
pub mod record;
mod repository;
pub mod seed;
pub mod select;
mod service;
pub mod statistics;
pub mod template;
mod values;
mod view;
pub mod vote;

pub use category::PromptCategory;
#[cfg(feature = "mock")]
pub use library::MockPromptLibrary;
pub use library::{
    Bump, DraftTemplate, EditPrompt, ExpectedVersion, MoveLabel, NewPrompt, PromptFilter, PromptLibrary, PromptSort,
    VersionSelector,
};
pub use model::{
    LATEST, Label, LabelMove, OptimizationLevel, PRODUCTION, Prompt, PromptContext, PromptId, PromptMetadata,
    PromptVersion, Variable, VariableType, Variables, VersionId,
};
pub use optimize::{Evidence, OptimizeDecision, OptimizeOutcome, OptimizeReason};
pub use options::{PromptLimits, PromptOptions};
pub use prompts::Prompts;
pub use record::{CategoryPerformance, CostTotal, Exposure, ExposureId, Outcome, Totals, VersionPerformance};
pub use repository::{PromptRepository, SCHEMAS};
#[cfg(feature = "mock")]
pub use service::MockPromptService;
pub use service::{GoldenChoice, GoldenRequest, PromptService, Rendered, VariableSupply, VariableValues};
pub use values::VariableUse;
pub use view::{
    CategoryUsage, CostRecord, FieldChange, LabelChange, PerformanceSummary, PromptDetails, RenderedDraft, SavedPrompt,
    SeedReport, UsageStatistics, VersionDiff, VersionRecord,
};
