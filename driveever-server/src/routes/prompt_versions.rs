//! A prompt's versions: one by label or number, their history, comparison, rollback.

use std::num::NonZeroU32;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use driveever_core::{
    prompt::{FieldChange, Prompt, VersionDiff, VersionSelector},
    validate::{TextRule, Validator, Violation},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::prompt_body::{PromptBody, PromptVersionBody, VersionNumber, tag_of};
use crate::{
    http::{
        body::Body,
        caller::{Editor, User},
        documented::{ChangeCondition, Conditional, Missing, NoRole, PageParameters, ReadCondition},
        etag::{IfMatch, changed, tagged},
        page::PageBody,
        parameters::{NoParameters, PathId, PathParameters, QueryParameters},
        problem::Problem,
    },
    request_body,
    state::Services,
};

/// The longest label, in characters.
const MAX_LABEL: usize = 50;

/// The routes of versions.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(get_prompt_by_name))
        .routes(routes!(list_prompt_versions))
        .routes(routes!(get_prompt_version))
        .routes(routes!(compare_prompt_versions))
        .routes(routes!(roll_back_prompt))
}

/// Which version is wanted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionParameters {
    /// The version that this label points at; `production` unless given. Not together with `version`.
    #[param(format = "line", min_length = 1, max_length = 50)]
    pub label: Option<String>,
    /// The version with this number.
    #[param(minimum = 1)]
    pub version: Option<u32>,
}

/// A prompt by its name. A label that is not there is 404, never another version.
#[utoipa::path(
    get,
    path = "/prompts/by-name/{name}",
    operation_id = "get_prompt_by_name",
    tag = "prompts",
    params(("name" = String, Path, description = "The prompt's name"), VersionParameters, ReadCondition),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The prompt with that version", body = PromptBody, headers(("ETag", description = "Its revision, and after a dot how often its record was written"))),
        (status = 304, description = "If-None-Match names the present one"),
        NoRole, Missing,
    )
)]
async fn get_prompt_by_name(
    State(services): State<Services>,
    User(context): User,
    path: PathParameters,
    mut query: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name: String = path.parsed("name")?;
    let (label, version) = (query.text("label"), query.parsed("version"));
    query.finish()?;
    let details = services
        .library
        .by_name(&context, &name, selector(label, version.map(|VersionNumber(number)| number))?)
        .await?;
    Ok(tagged(&headers, tag_of(&details), || PromptBody::from(details)))
}

/// The version that a label or a number names.
pub(super) fn selector(label: Option<String>, version: Option<u32>) -> Result<VersionSelector, Problem> {
    match (label, version) {
        (None, None) => Ok(VersionSelector::Production),
        (Some(label), None) => {
            let mut check = Validator::new();
            let label = check.text("label", &label, TextRule::line(1, MAX_LABEL));
            check.finish().map_err(Problem::invalid)?;
            Ok(VersionSelector::Label(label))
        }
        (None, Some(number)) => Ok(VersionSelector::Number(number)),
        (Some(_), Some(_)) => {
            let fault = Violation::new("version", "cannot be combined with label");
            Err(Problem::invalid([fault]))
        }
    }
}

/// A prompt's versions, the newest first.
#[utoipa::path(
    get,
    path = "/prompts/{id}/versions",
    operation_id = "list_prompt_versions",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt"), PageParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of versions", body = PageBody<PromptVersionBody>),
        NoRole, Missing,
    )
)]
async fn list_prompt_versions(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    mut query: QueryParameters,
) -> Result<Json<PageBody<PromptVersionBody>>, Problem> {
    let page = query.page();
    query.finish()?;
    let versions = services.library.versions(&context, id, page).await?;
    Ok(Json(PageBody::of(versions, PromptVersionBody::from)))
}

/// One version of a prompt.
#[utoipa::path(
    get,
    path = "/prompts/{id}/versions/{number}",
    operation_id = "get_prompt_version",
    tag = "prompts",
    params(
        ("id" = Uuid, Path, description = "The prompt"),
        ("number" = u32, Path, minimum = 1, description = "The version's number"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The version", body = PromptVersionBody),
        NoRole, Missing,
    )
)]
async fn get_prompt_version(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    path: PathParameters,
    _: NoParameters,
) -> Result<Json<PromptVersionBody>, Problem> {
    let VersionNumber(number) = path.parsed("number")?;
    Ok(Json(services.library.version(&context, id, number).await?.into()))
}

/// A change of one field between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromptFieldChange {
    /// `template`, `variables.NAME` or `expectedOutput`.
    field: String,
    /// Before; absent when it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    from: Option<serde_json::Value>,
    /// After; absent when it was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    to: Option<serde_json::Value>,
}

/// How two versions differ.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptVersionDiff {
    prompt_id: Uuid,
    /// The number of the one compared.
    from: u32,
    /// The number of the other.
    to: u32,
    /// The templates as a unified diff; empty when they are equal.
    unified: String,
    /// Which fields differ.
    fields: Vec<PromptFieldChange>,
}

impl From<VersionDiff> for PromptVersionDiff {
    fn from(diff: VersionDiff) -> Self {
        let change = |FieldChange { field, from, to }| PromptFieldChange { field, from, to };
        Self {
            prompt_id: diff.prompt_id.uuid(),
            from: diff.from,
            to: diff.to,
            unified: diff.unified,
            fields: diff.fields.into_iter().map(change).collect(),
        }
    }
}

/// Compares two versions of a prompt: the templates line by line, everything field by field.
#[utoipa::path(
    get,
    path = "/prompts/{id}/versions/{number}/diff/{other}",
    operation_id = "compare_prompt_versions",
    tag = "prompts",
    params(
        ("id" = Uuid, Path, description = "The prompt"),
        ("number" = u32, Path, minimum = 1, description = "The number of the version compared"),
        ("other" = u32, Path, minimum = 1, description = "The number of the other version"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "How they differ", body = PromptVersionDiff),
        NoRole, Missing,
    )
)]
async fn compare_prompt_versions(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    path: PathParameters,
    _: NoParameters,
) -> Result<Json<PromptVersionDiff>, Problem> {
    let (VersionNumber(from), VersionNumber(to)) = (path.parsed("number")?, path.parsed("other")?);
    Ok(Json(services.library.diff(&context, id, from, to).await?.into()))
}

request_body! {
    /// A return of `production` to an earlier version.
    pub struct RollBackPromptRequest {
        /// The number of a version that was in production before.
        #[schema(value_type = u32, minimum = 1)]
        pub version: NonZeroU32 => "version",
        /// Why, for the history.
        #[schema(format = "lines", min_length = 1, max_length = 500)]
        pub reason: String => "reason",
    }
}

/// Moves `production` back to an earlier version that was in production before.
#[utoipa::path(
    post,
    path = "/prompts/{id}/rollback",
    operation_id = "roll_back_prompt",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt"), ChangeCondition),
    request_body = RollBackPromptRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The prompt as it is now", body = PromptBody, headers(("ETag", description = "Its revision"))),
        NoRole, Missing, Conditional,
    )
)]
async fn roll_back_prompt(
    State(services): State<Services>,
    Editor(context): Editor,
    PathId(id): PathId<Prompt>,
    if_match: IfMatch,
    _: NoParameters,
    Body(RollBackPromptRequest { version, reason }): Body<RollBackPromptRequest>,
) -> Result<Response, Problem> {
    let details = services.library.rollback(&context, id, version.get(), reason, if_match.0).await;
    let details = details.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, tag_of(&details), PromptBody::from(details)))
}
