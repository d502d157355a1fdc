//! Bounds and settings of the prompt service.

use std::time::Duration;

use super::values::FillLimits;
use crate::validate::TextRule;

/// How much of everything a prompt may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptLimits {
    /// A prompt's name.
    pub name: TextRule,
    /// Its description.
    pub description: TextRule,
    /// A template's text, in characters.
    pub template: TextRule,
    /// Lines of a template, which bounds the cost of comparing two.
    pub template_lines: usize,
    /// Substitutions in a template: its fuel.
    pub substitutions: usize,
    /// The expected output.
    pub expected_output: TextRule,
    /// Declared variables.
    pub variables: usize,
    /// A variable's description.
    pub variable_description: TextRule,
    /// Tags.
    pub tags: usize,
    /// One tag.
    pub tag: TextRule,
    /// Author and source in the metadata.
    pub metadata: TextRule,
    /// The metadata's test results as JSON, in bytes.
    pub test_results_bytes: usize,
    /// A change note or the reason of a move.
    pub note: TextRule,
    /// Versions of one prompt.
    pub versions: u32,
    /// Labels of one prompt beside `production` and `latest`.
    pub labels: u32,
    /// A label's name, in characters.
    pub label_chars: usize,
    /// An assignment key.
    pub assignment_key: TextRule,
    /// A text to search for.
    pub search: TextRule,
    /// The most rated versions that a search by rating goes through.
    pub rated_versions: u32,
    /// One value given to a template, in bytes.
    pub value_bytes: usize,
    /// Items of a list given to a template.
    pub list_items: usize,
    /// A rendered text, in bytes.
    pub output_bytes: usize,
}

impl Default for PromptLimits {
    fn default() -> Self {
        Self {
            name: TextRule::line(1, 120),
            description: TextRule::lines(1, 2_000),
            template: TextRule::lines(1, 20_000),
            template_lines: 2_000,
            substitutions: 500,
            expected_output: TextRule::lines(0, 4_000),
            variables: 50,
            variable_description: TextRule::line(0, 300),
            tags: 20,
            tag: TextRule::line(1, 50),
            metadata: TextRule::line(1, 200),
            test_results_bytes: 20_000,
            note: TextRule::lines(1, 500),
            versions: 1_000,
            labels: 20,
            label_chars: 50,
            assignment_key: TextRule::line(1, 200),
            search: TextRule::line(1, 200),
            rated_versions: 5_000,
            value_bytes: 100_000,
            list_items: 1_000,
            output_bytes: 400_000,
        }
    }
}

impl PromptLimits {
    pub(super) const fn fill(&self) -> FillLimits {
        FillLimits { value_bytes: self.value_bytes, list_items: self.list_items, output_bytes: self.output_bytes }
    }
}

/// Settings of the prompt service.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptOptions {
    /// Bounds.
    pub limits: PromptLimits,
    /// How old a ranking may get before it is read anew. Own changes renew it at once; this bounds how late the changes
    /// of another process are seen.
    pub ranking_age: Duration,
    /// How many parsed versions are kept at hand.
    pub parsed_versions: usize,
    /// How many active prompts of a category compete, those changed last first.
    pub candidates: u32,
    /// How often a write is tried again when another one was quicker: outcomes and records only.
    pub retries: u32,
    /// How many ratings a version needs before it can be promoted or replaced on evidence.
    pub promotion_ratings: u32,
    /// The probability of being better that a promotion needs.
    pub promotion_confidence: f64,
}

impl Default for PromptOptions {
    fn default() -> Self {
        Self {
            limits: PromptLimits::default(),
            ranking_age: Duration::from_secs(5),
            parsed_versions: 512,
            candidates: 1_000,
            retries: 16,
            promotion_ratings: 30,
            promotion_confidence: 0.95,
        }
    }
}
