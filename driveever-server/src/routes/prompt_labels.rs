//! Labels: moved, taken away, and who moved them.

use std::num::NonZeroU32;

use axum::{Json, extract::State, http::StatusCode, response::Response};
use driveever_core::{
    RequestContext,
    prompt::{ExpectedVersion, LabelChange, LabelMove, MoveLabel, Prompt, PromptId},
    time::Timestamp,
    user::UserId,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    prompt_body::{PromptBody, tag_of},
    prompt_versions::PromptVersionDiff,
};
use crate::{
    http::{
        body::{Body, OptionalBody},
        caller::{Editor, User},
        documented::{ChangeCondition, Conditional, Missing, NoRole, PageParameters},
        etag::{IfMatch, changed},
        page::PageBody,
        parameters::{PathId, PathParameters, QueryParameters},
        problem::Problem,
    },
    request_body,
    state::Services,
};

/// The routes of labels.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_prompt_label_moves))
        .routes(routes!(move_prompt_label, delete_prompt_label))
}

/// That somebody moved a label.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptLabelMove {
    id: Uuid,
    label: String,
    /// The number of the version that it pointed at; absent when it was new.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    /// The number of the version that it points at since; absent when it was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
    /// Why, by the mover's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whether a broken variable contract was accepted.
    forced: bool,
    /// The user who moved it; absent for the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_by: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    moved_at: Timestamp,
}

impl From<LabelMove> for PromptLabelMove {
    fn from(made: LabelMove) -> Self {
        Self {
            id: made.id.uuid(),
            label: made.label,
            from: made.from_version,
            to: made.to_version,
            reason: made.reason,
            forced: made.forced,
            moved_by: made.actor_id.map(UserId::uuid),
            moved_at: made.moved_at,
        }
    }
}

/// Who moved which label from where to where, when and why; the newest first.
#[utoipa::path(
    get,
    path = "/prompts/{id}/labels/history",
    operation_id = "list_prompt_label_moves",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt"), PageParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of moves", body = PageBody<PromptLabelMove>),
        NoRole, Missing,
    )
)]
async fn list_prompt_label_moves(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    mut query: QueryParameters,
) -> Result<Json<PageBody<PromptLabelMove>>, Problem> {
    let page = query.page();
    query.finish()?;
    let moves = services.library.label_history(&context, id, page).await?;
    Ok(Json(PageBody::of(moves, PromptLabelMove::from)))
}

/// What a move of a label changed, or would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromptLabelChange {
    label: String,
    /// The number of the version that it pointed at; absent when it was new.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    /// The number of the version that it points at; absent when it is taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
    /// Whether it was moved: not by a dry run, nor when it pointed there already.
    moved: bool,
    /// Variables that the new version requires and the present one does not declare.
    broken_contract: Vec<String>,
    /// What differs between the two versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<PromptVersionDiff>,
    /// The prompt as it is now.
    prompt: PromptBody,
}

impl From<LabelChange> for PromptLabelChange {
    fn from(change: LabelChange) -> Self {
        Self {
            label: change.label,
            from: change.from,
            to: change.to,
            moved: change.moved,
            broken_contract: change.broken_contract,
            diff: change.diff.map(Into::into),
            prompt: change.details.into(),
        }
    }
}

/// How a label is moved.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MoveParameters {
    /// Whether only to answer what would change.
    #[param(rename = "dryRun")]
    pub dry_run: Option<bool>,
}

/// Moves a label, or answers what the move would change.
async fn answer(
    services: &Services,
    context: &RequestContext,
    prompt: PromptId,
    change: MoveLabel,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    let change = services.library.move_label(context, prompt, change, if_match.0).await;
    let change = change.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, tag_of(&change.details), PromptLabelChange::from(change)))
}

fn expected(version: Option<u32>) -> ExpectedVersion {
    match version {
        None => ExpectedVersion::Any,
        Some(0) => ExpectedVersion::Absent,
        Some(number) => ExpectedVersion::Version(number),
    }
}

fn dry_run(mut query: QueryParameters) -> Result<bool, Problem> {
    let dry_run = query.flag("dryRun").unwrap_or_default();
    query.finish()?;
    Ok(dry_run)
}

request_body! {
    /// A move of a label.
    pub struct MovePromptLabelRequest {
        /// The number of the version to point at.
        #[schema(value_type = u32, minimum = 1)]
        pub version: NonZeroU32 => "version",
        /// The number of the version that it must point at now; 0 when it must be new. Anything unless given.
        pub expected: Option<u32> => "expected",
        /// Why, for the history.
        #[schema(format = "lines", max_length = 500)]
        pub reason: Option<String> => "reason",
        /// Whether to move it though the version requires variables that the present one does not declare.
        pub force: Option<bool> => "force",
    }
}

/// Points a label at a version. `latest` moves by itself only.
#[utoipa::path(
    put,
    path = "/prompts/{id}/labels/{label}",
    operation_id = "move_prompt_label",
    tag = "prompts",
    params(
        ("id" = Uuid, Path, description = "The prompt"),
        ("label" = String, Path, pattern = "^[a-z0-9][a-z0-9._-]{0,49}$", description = "The label"),
        MoveParameters,
        ChangeCondition,
    ),
    request_body = MovePromptLabelRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What changed, or would change", body = PromptLabelChange, headers(("ETag", description = "The prompt's revision"))),
        NoRole, Missing, Conditional,
    )
)]
async fn move_prompt_label(
    State(services): State<Services>,
    Editor(context): Editor,
    PathId(id): PathId<Prompt>,
    path: PathParameters,
    query: QueryParameters,
    if_match: IfMatch,
    Body(body): Body<MovePromptLabelRequest>,
) -> Result<Response, Problem> {
    let change = MoveLabel {
        label: path.parsed("label")?,
        version: Some(body.version.get()),
        expected: expected(body.expected),
        reason: body.reason,
        force: body.force.unwrap_or_default(),
        dry_run: dry_run(query)?,
    };
    answer(&services, &context, id, change, if_match).await
}

request_body! {
    /// How a label is taken away.
    pub struct DeletePromptLabelRequest {
        /// The number of the version that it must point at now. Anything unless given.
        pub expected: Option<u32> => "expected",
        /// Why, for the history.
        #[schema(format = "lines", max_length = 500)]
        pub reason: Option<String> => "reason",
    }
}

/// Takes a label away. An active prompt keeps its `production`.
#[utoipa::path(
    delete,
    path = "/prompts/{id}/labels/{label}",
    operation_id = "delete_prompt_label",
    tag = "prompts",
    params(
        ("id" = Uuid, Path, description = "The prompt"),
        ("label" = String, Path, pattern = "^[a-z0-9][a-z0-9._-]{0,49}$", description = "The label"),
        MoveParameters,
        ChangeCondition,
    ),
    request_body = Option<DeletePromptLabelRequest>,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What changed, or would change", body = PromptLabelChange, headers(("ETag", description = "The prompt's revision"))),
        NoRole, Missing, Conditional,
    )
)]
async fn delete_prompt_label(
    State(services): State<Services>,
    Editor(context): Editor,
    PathId(id): PathId<Prompt>,
    path: PathParameters,
    query: QueryParameters,
    if_match: IfMatch,
    OptionalBody(body): OptionalBody<DeletePromptLabelRequest>,
) -> Result<Response, Problem> {
    let change = MoveLabel {
        label: path.parsed("label")?,
        version: None,
        expected: expected(body.expected),
        reason: body.reason,
        force: false,
        dry_run: dry_run(query)?,
    };
    answer(&services, &context, id, change, if_match).await
}
