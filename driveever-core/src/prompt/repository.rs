//! The prompt context's port down to storage.

use super::{CategoryPerformance, Exposure, Label, LabelMove, Prompt, PromptVersion, VersionPerformance};
use crate::{
    entity::{Entity, Schema},
    repository::Repository,
};

/// Where prompts, their versions, labels and records are kept. Every store that keeps these entities is one.
pub trait PromptRepository:
    Repository<Prompt>
    + Repository<PromptVersion>
    + Repository<Label>
    + Repository<LabelMove>
    + Repository<Exposure>
    + Repository<VersionPerformance>
    + Repository<CategoryPerformance>
{
}

impl<T> PromptRepository for T where
    T: Repository<Prompt>
        + Repository<PromptVersion>
        + Repository<Label>
        + Repository<LabelMove>
        + Repository<Exposure>
        + Repository<VersionPerformance>
        + Repository<CategoryPerformance>
        + ?Sized
{
}

/// The tables of the prompt context.
pub const SCHEMAS: &[&Schema] = &[
    Prompt::SCHEMA,
    PromptVersion::SCHEMA,
    Label::SCHEMA,
    LabelMove::SCHEMA,
    Exposure::SCHEMA,
    VersionPerformance::SCHEMA,
    CategoryPerformance::SCHEMA,
];
