//! A prompt's versions: their history, comparison, rollback.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use driveever_core::{
    page::Page,
    prompt::{FieldChange, Prompt, VersionDiff},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::prompt_body::{PromptBody, PromptVersionBody, VersionNumber, tag_of};
use crate::{
    http::{
        body::Body,
        caller::User,
        etag::{IfMatch, changed},
        openapi::{
            Always, BadBody, BadParameters, ChangeCondition, Conditional, Keyed, Missing, NoRole, PageParameters,
        },
        page::PageBody,
        parameters::{PathId, PathParameters, QueryParameters},
        problem::Problem,
    },
    request_body,
    state::Services,
};

/// The routes of versions.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_prompt_versions))
        .routes(routes!(get_prompt_version))
        .routes(routes!(compare_prompt_versions))
        .routes(routes!(roll_back_prompt))
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
        BadParameters, NoRole, Missing, Always,
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
    let versions: Page<_> = services.library.versions(&context, id, page).await?;
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
        BadParameters, NoRole, Missing, Always,
    )
)]
async fn get_prompt_version(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    path: PathParameters,
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
        BadParameters, NoRole, Missing, Always,
    )
)]
async fn compare_prompt_versions(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    path: PathParameters,
) -> Result<Json<PromptVersionDiff>, Problem> {
    let (VersionNumber(from), VersionNumber(to)) = (path.parsed("number")?, path.parsed("other")?);
    Ok(Json(services.library.diff(&context, id, from, to).await?.into()))
}

request_body! {
    /// A return of `production` to an earlier version.
    pub struct RollBackPromptRequest {
        /// The number of a version that was in production before.
        #[schema(minimum = 1)]
        pub version: u32 => "version",
        /// Why, for the history.
        #[schema(min_length = 1, max_length = 500)]
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
        BadBody, NoRole, Missing, Keyed, Conditional, Always,
    )
)]
async fn roll_back_prompt(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    if_match: IfMatch,
    Body(RollBackPromptRequest { version, reason }): Body<RollBackPromptRequest>,
) -> Result<Response, Problem> {
    let details = services.library.rollback(&context, id, version, reason, if_match.0).await;
    let details = details.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, tag_of(&details), PromptBody::from(details)))
}
