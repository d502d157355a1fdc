//! Prompts: found, read, made, edited, deleted, restored.

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use driveever_core::prompt::{Bump, EditPrompt, NewPrompt, Prompt, PromptCategory, PromptFilter, PromptSort};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::prompt_body::{
    PromptBody, PromptMetadataBody, PromptVariable, SavedPromptBody, page_of, tag_of, variables_of,
};
use crate::{
    http::{
        body::{Body, NoBody},
        caller::{Editor, User},
        documented::{
            CategoryName, ChangeCondition, Conditional, Missing, NoRole, PageParameters, ReadCondition, TagName,
        },
        etag::{IfMatch, changed, created, tagged},
        page::PageBody,
        parameters::{NoParameters, PathId, PathParameters, QueryParameters},
        problem::Problem,
    },
    request_body,
    state::Services,
};

/// The routes of prompts.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_prompts, create_prompt))
        .routes(routes!(get_prompt, update_prompt, delete_prompt))
        .routes(routes!(restore_prompt))
        .routes(routes!(list_prompts_of_category))
}

/// Which prompts, in which order; every part that is given must hold.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PromptSearchParameters {
    /// Of this category.
    #[param(value_type = Option<CategoryName>)]
    pub category: Option<String>,
    /// Active or not.
    pub active: Option<bool>,
    /// With this tag.
    #[param(format = "line", max_length = 50)]
    pub tag: Option<String>,
    /// The served version is rated at least so; unrated prompts do not match.
    #[param(rename = "minRating", minimum = 1, maximum = 5)]
    pub min_rating: Option<f64>,
    /// With these words in name, description or tags.
    #[param(format = "line", max_length = 200)]
    pub q: Option<String>,
    /// `createdAt`, `lastUpdated` or `name`; with `-` in front in descending order. The newest first unless given.
    #[param(pattern = "^-?(createdAt|lastUpdated|name)$")]
    pub sort: Option<String>,
}

fn order(sort: Option<(&str, bool)>) -> PromptSort {
    match sort {
        Some(("createdAt", false)) => PromptSort::OldestFirst,
        Some(("lastUpdated", true)) => PromptSort::LastUpdatedFirst,
        Some(("lastUpdated", false)) => PromptSort::LastUpdatedLast,
        Some(("name", false)) => PromptSort::Name,
        Some(("name", true)) => PromptSort::NameDescending,
        _ => PromptSort::NewestFirst,
    }
}

/// Prompts that match, each with its newest version.
#[utoipa::path(
    get,
    path = "/prompts",
    operation_id = "list_prompts",
    tag = "prompts",
    params(PromptSearchParameters, PageParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of prompts", body = PageBody<PromptBody>),
        NoRole,
    )
)]
async fn list_prompts(
    State(services): State<Services>,
    User(context): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<PromptBody>>, Problem> {
    let filter = PromptFilter {
        category: query.parsed("category"),
        active: query.flag("active"),
        tag: query.text("tag"),
        min_rating: query.number("minRating", 1.0, 5.0),
        text: query.text("q"),
    };
    let sort = order(query.sort(&["createdAt", "lastUpdated", "name"]));
    let page = query.page();
    query.finish()?;
    Ok(Json(page_of(services.library.search(&context, filter, sort, page).await?)))
}

/// The active prompts of a category, last updated first.
#[utoipa::path(
    get,
    path = "/prompts/category/{category}",
    operation_id = "list_prompts_of_category",
    tag = "prompts",
    params(("category" = CategoryName, Path, description = "The category"), PageParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of prompts", body = PageBody<PromptBody>),
        NoRole,
    )
)]
async fn list_prompts_of_category(
    State(services): State<Services>,
    User(context): User,
    path: PathParameters,
    mut query: QueryParameters,
) -> Result<Json<PageBody<PromptBody>>, Problem> {
    let category: PromptCategory = path.parsed("category")?;
    let page = query.page();
    query.finish()?;
    Ok(Json(page_of(services.library.by_category(&context, category, page).await?)))
}

/// A prompt with its newest version.
#[utoipa::path(
    get,
    path = "/prompts/{id}",
    operation_id = "get_prompt",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt"), ReadCondition),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The prompt", body = PromptBody, headers(("ETag", description = "Its revision, and after a dot how often its record was written"))),
        (status = 304, description = "If-None-Match names the present one"),
        NoRole, Missing,
    )
)]
async fn get_prompt(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<Prompt>,
    headers: HeaderMap,
    _: NoParameters,
) -> Result<Response, Problem> {
    let details = services.library.get(&context, id).await?;
    Ok(tagged(&headers, tag_of(&details), || PromptBody::from(details)))
}

request_body! {
    /// A prompt to be made.
    pub struct CreatePromptRequest {
        /// Unique among living prompts.
        #[schema(format = "line", min_length = 1, max_length = 120)]
        pub name: String => "name",
        /// What it is for.
        #[schema(format = "lines", min_length = 1, max_length = 2000)]
        pub description: String => "description",
        /// What questions it answers.
        #[schema(value_type = CategoryName)]
        pub category: PromptCategory => "category",
        /// The text with `{{variable}}`s, each of them declared.
        #[schema(format = "template", min_length = 1, max_length = 20000)]
        pub template: String => "template",
        /// What the template may use.
        #[schema(max_items = 50)]
        pub variables: Vec<PromptVariable> => "variables",
        /// What a good answer looks like.
        #[schema(format = "lines", max_length = 4000)]
        pub expected_output: String => "expectedOutput",
        /// Free keywords, each of 1 to 50 characters.
        #[schema(max_items = 20, value_type = Vec<TagName>)]
        pub tags: Vec<String> => "tags",
        /// What its author says about it.
        pub metadata: Option<PromptMetadataBody> => "metadata",
    }
}

/// Makes a prompt. Its version 1.0.0 is served at once.
#[utoipa::path(
    post,
    path = "/prompts",
    operation_id = "create_prompt",
    tag = "prompts",
    request_body = CreatePromptRequest,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The new prompt", body = SavedPromptBody, headers(("Location", description = "Its address"), ("ETag", description = "Its revision"))),
        NoRole,
    )
)]
async fn create_prompt(
    State(services): State<Services>,
    Editor(context): Editor,
    OriginalUri(uri): OriginalUri,
    _: NoParameters,
    Body(body): Body<CreatePromptRequest>,
) -> Result<Response, Problem> {
    let prompt = NewPrompt {
        name: body.name,
        description: body.description,
        category: body.category,
        template: body.template,
        variables: variables_of(body.variables),
        expected_output: body.expected_output,
        tags: body.tags,
        metadata: body.metadata.map(Into::into),
    };
    let saved = services.library.create(&context, prompt).await?;
    let location = format!("{}/{}", uri.path(), saved.details.prompt.id);
    Ok(created(&location, tag_of(&saved.details), SavedPromptBody::from(saved)))
}

/// Which part of the version number goes up.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PromptBump {
    /// For callers of the old version, everything changes.
    Major,
    /// Something was added or improved.
    Minor,
    /// A correction.
    Patch,
}

impl From<PromptBump> for Bump {
    fn from(bump: PromptBump) -> Self {
        match bump {
            PromptBump::Major => Self::Major,
            PromptBump::Minor => Self::Minor,
            PromptBump::Patch => Self::Patch,
        }
    }
}

request_body! {
    /// What changes of a prompt; what is absent stays. Another template, other variables or another expected output make
    /// a new version.
    pub struct UpdatePromptRequest {
        /// A new name.
        #[schema(format = "line", min_length = 1, max_length = 120)]
        pub name: Option<String> => "name",
        /// A new description.
        #[schema(format = "lines", min_length = 1, max_length = 2000)]
        pub description: Option<String> => "description",
        /// Another category.
        #[schema(value_type = Option<CategoryName>)]
        pub category: Option<PromptCategory> => "category",
        /// Whether it may be chosen for traffic.
        pub is_active: Option<bool> => "isActive",
        /// Other tags.
        #[schema(max_items = 20, value_type = Option<Vec<TagName>>)]
        pub tags: Option<Vec<String>> => "tags",
        /// Other metadata; empty metadata takes it away.
        pub metadata: Option<PromptMetadataBody> => "metadata",
        /// A new template.
        #[schema(format = "template", min_length = 1, max_length = 20000)]
        pub template: Option<String> => "template",
        /// Other variables.
        #[schema(max_items = 50)]
        pub variables: Option<Vec<PromptVariable>> => "variables",
        /// Another expected output.
        #[schema(format = "lines", max_length = 4000)]
        pub expected_output: Option<String> => "expectedOutput",
        /// Which part of the version number goes up; `minor` unless given.
        pub bump: Option<PromptBump> => "bump",
        /// What changed, for the history.
        #[schema(format = "lines", max_length = 500)]
        pub change_note: Option<String> => "changeNote",
    }
}

/// Edits a prompt. A new version is `latest`; `production` stays where it is.
#[utoipa::path(
    put,
    path = "/prompts/{id}",
    operation_id = "update_prompt",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt"), ChangeCondition),
    request_body = UpdatePromptRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The prompt as it is now", body = SavedPromptBody, headers(("ETag", description = "Its revision"))),
        NoRole, Missing, Conditional,
    )
)]
async fn update_prompt(
    State(services): State<Services>,
    Editor(context): Editor,
    PathId(id): PathId<Prompt>,
    if_match: IfMatch,
    _: NoParameters,
    Body(body): Body<UpdatePromptRequest>,
) -> Result<Response, Problem> {
    let edit = EditPrompt {
        name: body.name,
        description: body.description,
        category: body.category,
        is_active: body.is_active,
        tags: body.tags,
        metadata: body.metadata.map(Into::into),
        template: body.template,
        variables: body.variables.map(variables_of),
        expected_output: body.expected_output,
        bump: body.bump.map(Bump::from).unwrap_or_default(),
        change_note: body.change_note,
    };
    let saved = services.library.edit(&context, id, edit, if_match.0).await;
    let saved = saved.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, tag_of(&saved.details), SavedPromptBody::from(saved)))
}

/// What was done, in words.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromptMessage {
    message: &'static str,
}

/// Deletes a prompt; it can be restored.
#[utoipa::path(
    delete,
    path = "/prompts/{id}",
    operation_id = "delete_prompt",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt"), ChangeCondition),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "It is deleted", body = PromptMessage),
        NoRole, Missing, Conditional,
    )
)]
async fn delete_prompt(
    State(services): State<Services>,
    Editor(context): Editor,
    PathId(id): PathId<Prompt>,
    if_match: IfMatch,
    _: NoParameters,
) -> Result<Json<PromptMessage>, Problem> {
    let deleted = services.library.delete(&context, id, if_match.0).await;
    deleted.map_err(|error| if_match.problem(error))?;
    Ok(Json(PromptMessage { message: "the prompt is deleted; it can be restored" }))
}

/// Brings a deleted prompt back, as it was.
#[utoipa::path(
    post,
    path = "/prompts/{id}/restore",
    operation_id = "restore_prompt",
    tag = "prompts",
    params(("id" = Uuid, Path, description = "The prompt"), ChangeCondition),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The prompt", body = PromptBody, headers(("ETag", description = "Its revision"))),
        NoRole, Missing, Conditional,
    )
)]
async fn restore_prompt(
    State(services): State<Services>,
    Editor(context): Editor,
    PathId(id): PathId<Prompt>,
    if_match: IfMatch,
    _: NoParameters,
    _: NoBody,
) -> Result<Response, Problem> {
    let details = services.library.restore(&context, id, if_match.0).await;
    let details = details.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, tag_of(&details), PromptBody::from(details)))
}
