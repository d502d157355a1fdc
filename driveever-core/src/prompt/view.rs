//! What the prompt library answers.

use std::collections::BTreeMap;

use super::{
    LATEST, PRODUCTION, Prompt, PromptCategory, PromptId, PromptVersion, VariableUse,
    record::{Totals, VersionPerformance},
    statistics::{Estimate, rating_estimate, ratio, success_estimate},
};
use crate::time::Timestamp;

/// A prompt as it is shown: with one of its versions, its labels and the record of the version that is served.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptDetails {
    /// The prompt.
    pub prompt: Prompt,
    /// The newest version, or the one that was selected.
    pub version: PromptVersion,
    /// Every label and the version that it points at, `production` and `latest` among them.
    pub labels: BTreeMap<String, u32>,
    /// The record of the version that is served; empty while none is.
    pub performance: PerformanceSummary,
}

/// `production` and `latest` of a prompt.
pub(super) fn own_labels(prompt: &Prompt) -> BTreeMap<String, u32> {
    let latest = (LATEST.to_owned(), prompt.latest_version);
    let production = prompt.production_version.map(|number| (PRODUCTION.to_owned(), number));
    production.into_iter().chain([latest]).collect()
}

/// A record in short. What has no data has no figure.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PerformanceSummary {
    /// How often it was served.
    pub total_uses: u64,
    /// The mean rating.
    pub average_rating: Option<f64>,
    /// The share of answers given, 0 to 1.
    pub success_rate: Option<f64>,
    /// The mean response time in milliseconds.
    pub average_response_time_ms: Option<f64>,
    /// When it was last served.
    pub last_tested: Option<Timestamp>,
    /// How often the record was written: tells a changed one from an unchanged one, beside the prompt's revision.
    pub revision: u32,
}

impl From<&VersionPerformance> for PerformanceSummary {
    fn from(record: &VersionPerformance) -> Self {
        let totals = &record.totals;
        Self {
            total_uses: count(totals.uses),
            average_rating: totals.mean_rating(),
            success_rate: ratio(totals.successes, totals.outcomes),
            average_response_time_ms: ratio(totals.response_time_sum_ms, totals.response_times),
            last_tested: record.last_served_at,
            revision: record.revision.get(),
        }
    }
}

/// A total as a count; never negative once every event arrived.
pub(super) fn count(total: i64) -> u64 {
    u64::try_from(total).unwrap_or(0)
}

/// A prompt that was saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedPrompt {
    /// The prompt as it is now.
    pub details: PromptDetails,
    /// Whether a new version was made.
    pub new_version: bool,
    /// Declared and unused variables.
    pub warnings: Vec<String>,
}

/// A change of one field between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// `template`, `variables.NAME` or `expectedOutput`.
    pub field: String,
    /// Before; absent when it was added.
    pub from: Option<serde_json::Value>,
    /// After; absent when it was removed.
    pub to: Option<serde_json::Value>,
}

/// How two versions differ.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionDiff {
    /// The prompt.
    pub prompt_id: PromptId,
    /// The one compared.
    pub from: u32,
    /// The other.
    pub to: u32,
    /// The templates as a unified diff; empty when they are equal.
    pub unified: String,
    /// Which fields differ.
    pub fields: Vec<FieldChange>,
}

/// What a move of a label changed, or would change.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelChange {
    /// The label.
    pub label: String,
    /// Where it pointed.
    pub from: Option<u32>,
    /// Where it points.
    pub to: Option<u32>,
    /// Whether it was moved: not by a dry run, nor when it pointed there already.
    pub moved: bool,
    /// Variables that the new version requires and the present one does not declare.
    pub broken_contract: Vec<String>,
    /// What differs between the two versions.
    pub diff: Option<VersionDiff>,
    /// The prompt as it is now.
    pub details: PromptDetails,
}

/// A rendered unsaved template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedDraft {
    /// The text.
    pub text: String,
    /// Declared and used variables.
    pub variables: VariableUse,
    /// Declared and unused variables, and the like.
    pub warnings: Vec<String>,
}

/// The mean cost in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CostRecord {
    /// ISO 4217 code.
    pub currency: String,
    /// How many answers' cost is known.
    pub count: u64,
    /// What they cost in all, in millionths of the currency's major unit.
    pub total_micros: i64,
    /// The mean, in the same unit.
    pub mean_micros: f64,
}

/// The record of a version. What has no data has no figure.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionRecord {
    /// The version's number.
    pub version_number: u32,
    /// Its SemVer.
    pub version: semver::Version,
    /// Which labels point at it.
    pub labels: Vec<String>,
    /// How often it was served.
    pub uses: u64,
    /// Of how many of these it is known whether an answer was given.
    pub outcomes: u64,
    /// How many answers were given.
    pub successes: u64,
    /// The share of answers given, 0 to 1, with its 95 % interval.
    pub success: Option<Estimate>,
    /// How many ratings there are.
    pub ratings: u64,
    /// The mean rating with its 95 % interval.
    pub rating: Option<Estimate>,
    /// The mean response time in milliseconds.
    pub mean_response_time_ms: Option<f64>,
    /// What answers cost, by currency.
    pub costs: Vec<CostRecord>,
    /// When it was last served.
    pub last_served_at: Option<Timestamp>,
}

impl VersionRecord {
    pub(super) fn new(version: &PromptVersion, labels: Vec<String>, record: Option<&VersionPerformance>) -> Self {
        let nothing = Totals::default();
        let totals = record.map_or(&nothing, |record| &record.totals);
        let cost = |(currency, cost): (&String, &super::record::CostTotal)| {
            let mean_micros = ratio(cost.amount_micros, cost.count)?;
            Some(CostRecord {
                currency: currency.clone(),
                count: count(cost.count),
                total_micros: cost.amount_micros,
                mean_micros,
            })
        };
        Self {
            version_number: version.number,
            version: version.version.clone(),
            labels,
            uses: count(totals.uses),
            outcomes: count(totals.outcomes),
            successes: count(totals.successes),
            success: success_estimate(totals),
            ratings: count(totals.ratings),
            rating: rating_estimate(totals),
            mean_response_time_ms: ratio(totals.response_time_sum_ms, totals.response_times),
            costs: totals.costs.iter().filter_map(cost).collect(),
            last_served_at: record.and_then(|record| record.last_served_at),
        }
    }
}

/// How a category is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CategoryUsage {
    /// Which.
    pub category: PromptCategory,
    /// Its living prompts.
    pub prompts: u64,
    /// Those that may be chosen.
    pub active: u64,
    /// How often its prompts were served, deleted ones too.
    pub uses: u64,
    /// Their mean rating.
    pub average_rating: Option<f64>,
}

/// How the library is used.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageStatistics {
    /// Living prompts.
    pub total_prompts: u64,
    /// Those that may be chosen.
    pub active_prompts: u64,
    /// The mean of all ratings.
    pub average_rating: Option<f64>,
    /// The category that was served most; the first of the list when several were; absent before the first use.
    pub top_category: Option<PromptCategory>,
    /// Every category.
    pub by_category: Vec<CategoryUsage>,
}

/// What seeding did, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeedReport {
    /// Prompts that were not there.
    pub created: Vec<String>,
    /// Prompts that nobody had edited and that the library has anew.
    pub updated: Vec<String>,
    /// Prompts that are as the library has them.
    pub unchanged: Vec<String>,
    /// Prompts that an operator edited, deleted or made under the same name: left alone.
    pub kept: Vec<String>,
}
