//! What prompts earned by being used: records, statistics, promotion on evidence.

use axum::{Json, extract::State};
use driveever_core::prompt::{
    CategoryUsage, CostRecord, Evidence, OptimizeDecision, OptimizeOutcome, OptimizeReason, Prompt, PromptCategory,
    UsageStatistics, VersionRecord, statistics::Estimate,
};
use driveever_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    http::{
        body::NoBody,
        caller::{Editor, User},
        documented::{CategoryName, Missing, NoRole, OptimizeReasonName},
        parameters::{NoParameters, PathId},
        problem::Problem,
    },
    state::Services,
};

/// The routes of records.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(get_prompt_performance))
        .routes(routes!(get_prompt_usage))
        .routes(routes!(optimize_prompt))
}

/// A figure with the interval that holds the true one with 95 % confidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromptEstimate {
    /// The mean of what was seen.
    mean: f64,
    /// The interval's lower end.
    lower: f64,
    /// The interval's upper end.
    upper: f64,
}

impl From<Estimate> for PromptEstimate {
    fn from(estimate: Estimate) -> Self {
        let Estimate { mean, lower, upper } = estimate;
        Self { mean, lower, upper }
    }
}

/// What answers cost in one currency, in millionths of its major unit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptCost {
    /// ISO 4217 code.
    currency: String,
    /// How many answers' cost is known.
    count: u64,
    total_micros: i64,
    mean_micros: f64,
}

impl From<CostRecord> for PromptCost {
    fn from(cost: CostRecord) -> Self {
        let CostRecord { currency, count, total_micros, mean_micros } = cost;
        Self { currency, count, total_micros, mean_micros }
    }
}

/// The record of a version. What has no data is null.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptVersionRecord {
    /// As SemVer.
    version: String,
    version_number: u32,
    /// Which labels point at it.
    labels: Vec<String>,
    /// How often it was served.
    uses: u64,
    /// Of how many of these it is known whether an answer was given.
    outcomes: u64,
    /// How many answers were given.
    successes: u64,
    /// The share of answers given, 0 to 1.
    #[schema(required)]
    success: Option<PromptEstimate>,
    /// How many ratings there are.
    ratings: u64,
    /// The mean rating, 1 to 5.
    #[schema(required)]
    rating: Option<PromptEstimate>,
    /// The mean response time in milliseconds.
    #[schema(required)]
    average_response_time: Option<f64>,
    /// By currency.
    costs: Vec<PromptCost>,
    /// When it was last served.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_served_at: Option<Timestamp>,
}

impl From<VersionRecord> for PromptVersionRecord {
    fn from(record: VersionRecord) -> Self {
        Self {
            version: record.version.to_string(),
            version_number: record.version_number,
            labels: record.labels,
            uses: record.uses,
            outcomes: record.outcomes,
            successes: record.successes,
            success: record.success.map(Into::into),
            ratings: record.ratings,
            rating: record.rating.map(Into::into),
            average_response_time: record.mean_response_time_ms,
            costs: record.costs.into_iter().map(Into::into).collect(),
            last_served_at: record.last_served_at,
        }
    }
}

/// The records of a prompt's versions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptPerformance {
    prompt_id: Uuid,
    /// The newest first.
    versions: Vec<PromptVersionRecord>,
}

/// The record of each version of a prompt: uses, outcomes, rating and success with their intervals, time, cost.
#[utoipa::path(
    get,
    path = "/prompts/{id}/performance",
    operation_id = "get_prompt_performance",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The records", body = PromptPerformance),
        NoRole, Missing,
    )
)]
async fn get_prompt_performance(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    _: NoParameters,
) -> Result<Json<PromptPerformance>, Problem> {
    let records = services.library.performance(&context, id).await?;
    let versions = records.into_iter().map(Into::into).collect();
    Ok(Json(PromptPerformance { prompt_id: id.uuid(), versions }))
}

/// How a category is used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptCategoryUsage {
    #[schema(value_type = CategoryName)]
    category: PromptCategory,
    /// Its living prompts.
    prompts: u64,
    /// Those that may be chosen.
    active: u64,
    /// How often its prompts were served.
    uses: u64,
    /// Their mean rating; null without one.
    #[schema(required)]
    average_rating: Option<f64>,
}

impl From<CategoryUsage> for PromptCategoryUsage {
    fn from(usage: CategoryUsage) -> Self {
        let CategoryUsage { category, prompts, active, uses, average_rating } = usage;
        Self { category, prompts, active, uses, average_rating }
    }
}

/// How the library is used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptUsage {
    /// Living prompts.
    total_prompts: u64,
    /// Those that may be chosen.
    active_prompts: u64,
    /// The mean of all ratings; null without one.
    #[schema(required)]
    average_rating: Option<f64>,
    /// The category that was served most; null before the first use.
    #[schema(required, value_type = Option<CategoryName>)]
    top_category: Option<PromptCategory>,
    /// Every category.
    by_category: Vec<PromptCategoryUsage>,
}

impl From<UsageStatistics> for PromptUsage {
    fn from(usage: UsageStatistics) -> Self {
        Self {
            total_prompts: usage.total_prompts,
            active_prompts: usage.active_prompts,
            average_rating: usage.average_rating,
            top_category: usage.top_category,
            by_category: usage.by_category.into_iter().map(Into::into).collect(),
        }
    }
}

/// How the library is used.
#[utoipa::path(
    get,
    path = "/prompts/stats/usage",
    operation_id = "get_prompt_usage",
    tag = "prompts",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The figures", body = PromptUsage),
        NoRole,
    )
)]
async fn get_prompt_usage(
    State(services): State<Services>,
    User(context): User,
    _: NoParameters,
) -> Result<Json<PromptUsage>, Problem> {
    Ok(Json(services.library.usage_statistics(&context).await?.into()))
}

/// What was known of a version when it was compared.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptEvidence {
    version_number: u32,
    ratings: u64,
    /// Null without ratings.
    #[schema(required)]
    average_rating: Option<f64>,
    /// Null without outcomes.
    #[schema(required)]
    success_rate: Option<f64>,
}

impl From<Evidence> for PromptEvidence {
    fn from(evidence: Evidence) -> Self {
        let Evidence { version_number, ratings, average_rating, success_rate } = evidence;
        Self { version_number, ratings, average_rating, success_rate }
    }
}

/// What was compared, and what followed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptOptimizeDecision {
    #[schema(value_type = OptimizeReasonName)]
    reason: OptimizeReason,
    /// The version that served.
    #[serde(skip_serializing_if = "Option::is_none")]
    production: Option<PromptEvidence>,
    /// The best other version, when one could be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate: Option<PromptEvidence>,
    /// The probability that the candidate's mean rating is above production's.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability_better: Option<f64>,
    /// The probability that a promotion needs.
    required_probability: f64,
    /// The ratings that each side needs.
    required_ratings: u32,
}

impl From<OptimizeDecision> for PromptOptimizeDecision {
    fn from(decision: OptimizeDecision) -> Self {
        Self {
            reason: decision.reason,
            production: decision.production.map(Into::into),
            candidate: decision.candidate.map(Into::into),
            probability_better: decision.probability_better,
            required_probability: decision.required_probability,
            required_ratings: decision.required_ratings,
        }
    }
}

/// What was done on evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromptOptimization {
    /// Whether production moved.
    optimized: bool,
    /// What was done, or why nothing was, with figures.
    message: String,
    /// The same in parts.
    decision: PromptOptimizeDecision,
}

impl From<OptimizeOutcome> for PromptOptimization {
    fn from(outcome: OptimizeOutcome) -> Self {
        Self { optimized: outcome.optimized, message: outcome.message, decision: outcome.decision.into() }
    }
}

/// Moves `production` to the version with the better record, when the evidence suffices; says why, or why not.
#[utoipa::path(
    post,
    path = "/prompts/{id}/optimize",
    operation_id = "optimize_prompt",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What was done", body = PromptOptimization),
        NoRole, Missing,
    )
)]
async fn optimize_prompt(
    State(services): State<Services>,
    Editor(context): Editor,
    PathId(id): PathId<Prompt>,
    _: NoParameters,
    _: NoBody,
) -> Result<Json<PromptOptimization>, Problem> {
    Ok(Json(services.library.optimize(&context, id).await?.into()))
}
