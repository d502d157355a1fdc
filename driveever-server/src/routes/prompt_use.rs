//! Prompts in use: the golden one, what came of it, classification, rendering.

use std::{collections::BTreeMap, num::NonZeroU32};

use axum::{Json, extract::State, http::StatusCode};
use driveever_core::{
    Error,
    prompt::{
        DraftTemplate, Exposure, GoldenRequest, Outcome, Prompt, PromptCategory, Rendered, RenderedDraft,
        VariableSupply, VariableUse, VersionSelector,
    },
    request::Role,
    validate::{TextRule, Validator},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    prompt_body::{PromptBody, PromptVariable, variables_of},
    prompt_versions::selector,
};
use crate::{
    http::{
        body::Body,
        caller::{Editor, User},
        documented::{CategoryName, Conflicting, Missing, NoRole},
        parameters::{NoParameters, PathId, PathParameters, QueryParameters},
        problem::Problem,
    },
    request_body,
    state::Services,
};

/// The longest question that is classified, in characters.
const MAX_QUESTION: usize = 4_000;

/// The routes of prompts in use.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(choose_prompt))
        .routes(routes!(classify_question))
        .routes(routes!(render_prompt))
        .routes(routes!(render_template))
}

/// The route by which outcomes are reported: anybody may call it, and it moves records.
pub fn outcome_routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(record_prompt_outcome))
}

/// For whom a prompt is chosen.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GoldenParameters {
    /// Whose request it is; the same key sees the same arm while an experiment runs.
    #[param(rename = "assignmentKey", format = "line", min_length = 1, max_length = 200)]
    pub assignment_key: Option<String>,
}

/// The prompt to use now, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoldenPrompt {
    /// The prompt with the version chosen.
    prompt: PromptBody,
    /// The number of the version chosen.
    version: u32,
    /// Why this one, in words with its figures.
    reason: String,
    /// The experiment that chose, when one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment_id: Option<Uuid>,
    /// Its arm.
    #[serde(skip_serializing_if = "Option::is_none")]
    arm: Option<Uuid>,
    /// With which probability it was chosen; 1 for plain selection.
    propensity: f64,
    /// Under which its outcome is reported.
    exposure_id: Uuid,
}

/// The prompt to use now for questions of a category, and why. Records that it was served.
#[utoipa::path(
    get,
    path = "/prompts/golden/{category}",
    operation_id = "choose_prompt",
    tag = "prompts",
    params(("category" = CategoryName, Path, description = "The category"), GoldenParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The prompt", body = GoldenPrompt),
        NoRole, Missing,
    )
)]
async fn choose_prompt(
    State(services): State<Services>,
    User(context): User,
    path: PathParameters,
    mut query: QueryParameters,
) -> Result<Json<GoldenPrompt>, Problem> {
    let category: PromptCategory = path.parsed("category")?;
    let assignment_key = query.text("assignmentKey");
    query.finish()?;
    let golden = GoldenRequest { category, assignment_key, exposure_id: None, supply: VariableSupply::Any };
    let choice = services.prompts.golden(&context, golden).await?;
    let version = choice.version.number;
    let details = services.library.by_name(&context, &choice.prompt.name, VersionSelector::Number(version)).await?;
    Ok(Json(GoldenPrompt {
        prompt: details.into(),
        version,
        reason: choice.reason.to_string(),
        experiment_id: choice.experiment_id,
        arm: choice.arm,
        propensity: choice.propensity,
        exposure_id: choice.exposure_id.uuid(),
    }))
}

request_body! {
    /// What came of a prompt that was served; at least one part.
    pub struct PromptOutcomeRequest {
        /// Whether an answer was given.
        pub success: Option<bool> => "success",
        /// 1 to 5. Of one user's ratings of one version the latest counts.
        #[schema(minimum = 1, maximum = 5)]
        pub rating: Option<u8> => "rating",
        /// In milliseconds.
        pub response_time: Option<u32> => "responseTime",
    }
}

/// Reports what came of a prompt that was served, once: all of it or in parts, late and in any order. For callers that run
/// their own model.
///
/// The same report again changes nothing; one that contradicts what was told is 409 `outcome_recorded`. A user's word about
/// a version counts once, however many exposures they report on.
#[utoipa::path(
    post,
    path = "/prompts/exposures/{id}/outcome",
    operation_id = "record_prompt_outcome",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The exposure")),
    request_body = PromptOutcomeRequest,
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is recorded"),
        NoRole, Missing, Conflicting,
    )
)]
async fn record_prompt_outcome(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Exposure>,
    _: NoParameters,
    Body(body): Body<PromptOutcomeRequest>,
) -> Result<StatusCode, Problem> {
    let outcome = Outcome { success: body.success, rating: body.rating, response_time_ms: body.response_time };
    services.prompts.record_outcome(&context, id, outcome).await?;
    Ok(StatusCode::NO_CONTENT)
}

request_body! {
    /// A question to be classified.
    pub struct ClassifyQuestionRequest {
        /// In the driver's own words.
        #[schema(format = "lines", min_length = 1, max_length = 4000)]
        pub question: String => "question",
    }
}

/// What a question is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionCategory {
    /// The likeliest category.
    #[schema(value_type = CategoryName)]
    category: PromptCategory,
    /// The score of each category.
    #[schema(value_type = BTreeMap<String, f64>)]
    scores: BTreeMap<PromptCategory, f64>,
}

/// Says what a question is about.
#[utoipa::path(
    post,
    path = "/prompts/classify",
    operation_id = "classify_question",
    tag = "prompts",
    request_body = ClassifyQuestionRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The category and all scores", body = QuestionCategory),
        NoRole,
    )
)]
async fn classify_question(
    State(services): State<Services>,
    User(context): User,
    _: NoParameters,
    Body(ClassifyQuestionRequest { question }): Body<ClassifyQuestionRequest>,
) -> Result<Json<QuestionCategory>, Problem> {
    context.require(Role::User)?;
    let mut check = Validator::new();
    let question = check.text("question", &question, TextRule::lines(1, MAX_QUESTION));
    check.finish().map_err(Problem::invalid)?;
    let scores = (services.classify)(&question);
    let (category, _) = *scores.first().ok_or_else(|| Error::internal("the classifier knows no category"))?;
    Ok(Json(QuestionCategory { category, scores: scores.into_iter().collect() }))
}

request_body! {
    /// Values for a prompt's variables.
    pub struct RenderPromptRequest {
        /// By name. They are data: never template text.
        #[schema(value_type = Object)]
        pub variables: BTreeMap<String, serde_json::Value> => "variables",
        /// The number of the version; the one in production unless given. Not together with `label`.
        #[schema(value_type = Option<u32>, minimum = 1)]
        pub version: Option<NonZeroU32> => "version",
        /// The version that this label points at.
        #[schema(format = "line", min_length = 1, max_length = 50)]
        pub label: Option<String> => "label",
    }
}

/// A rendered prompt.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderedPrompt {
    text: String,
    prompt_id: Uuid,
    /// The version's number.
    version: u32,
    /// Variables that are declared and not used, and the like.
    warnings: Vec<String>,
}

impl From<Rendered> for RenderedPrompt {
    fn from(rendered: Rendered) -> Self {
        let Rendered { text, prompt_id, version_number, warnings } = rendered;
        Self { text, prompt_id: prompt_id.uuid(), version: version_number, warnings }
    }
}

/// Renders a version of a prompt. Missing, unknown and wrong-typed values are named.
#[utoipa::path(
    post,
    path = "/prompts/{id}/render",
    operation_id = "render_prompt",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt")),
    request_body = RenderPromptRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The text", body = RenderedPrompt),
        NoRole, Missing,
    )
)]
async fn render_prompt(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    _: NoParameters,
    Body(body): Body<RenderPromptRequest>,
) -> Result<Json<RenderedPrompt>, Problem> {
    let version = selector(body.label, body.version.map(NonZeroU32::get))?;
    Ok(Json(services.library.render_version(&context, id, version, &body.variables).await?.into()))
}

request_body! {
    /// An unsaved template to be tried.
    pub struct RenderTemplateRequest {
        /// The text with `{{variable}}`s, each of them declared.
        #[schema(format = "template", min_length = 1, max_length = 20000)]
        pub template: String => "template",
        /// What the template may use.
        #[schema(max_items = 50)]
        pub declared: Vec<PromptVariable> => "declared",
        /// Values by name.
        #[schema(value_type = Object)]
        pub variables: BTreeMap<String, serde_json::Value> => "variables",
    }
}

/// Which declared variables a template uses.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromptVariableUse {
    /// In the order of declaration.
    declared: Vec<String>,
    /// In the order of first use.
    used: Vec<String>,
    /// Used and not declared.
    undeclared: Vec<String>,
    /// Declared and not used.
    unused: Vec<String>,
}

/// A rendered unsaved template.
#[derive(Debug, Serialize, ToSchema)]
pub struct RenderedTemplate {
    text: String,
    variables: PromptVariableUse,
    /// Variables that are declared and not used, and the like.
    warnings: Vec<String>,
}

impl From<RenderedDraft> for RenderedTemplate {
    fn from(rendered: RenderedDraft) -> Self {
        let VariableUse { declared, used, undeclared, unused } = rendered.variables;
        let variables = PromptVariableUse { declared, used, undeclared, unused };
        Self { text: rendered.text, variables, warnings: rendered.warnings }
    }
}

/// Renders an unsaved template: refused for what saving it would refuse too.
#[utoipa::path(
    post,
    path = "/prompts/render",
    operation_id = "render_template",
    tag = "prompts",
    request_body = RenderTemplateRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The text", body = RenderedTemplate),
        NoRole,
    )
)]
async fn render_template(
    State(services): State<Services>,
    Editor(context): Editor,
    _: NoParameters,
    Body(body): Body<RenderTemplateRequest>,
) -> Result<Json<RenderedTemplate>, Problem> {
    let draft =
        DraftTemplate { template: body.template, declared: variables_of(body.declared), values: body.variables };
    Ok(Json(services.library.render_draft(&context, draft).await?.into()))
}
