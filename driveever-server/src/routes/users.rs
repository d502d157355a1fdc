//! Accounts: made, read, changed, exported, erased; roles.

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use driveever_core::{
    request::Role,
    time::Timestamp,
    user::{self, ErasureState, NewUser, UserEdit, UserFilter},
};
use secrecy::SecretString;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    http::{
        body::Body,
        caller::{Admin, Anyone, Peer, User},
        documented::{
            ChangeCondition, Conditional, ErasureStateName, GivenRoleName, Missing, NoRole, PageParameters,
            ReadCondition, RoleName,
        },
        etag::{IfMatch, changed, created, tagged},
        idempotency::About,
        page::PageBody,
        parameters::{NoParameters, PathId, QueryParameters},
        problem::Problem,
    },
    request_body,
    state::Services,
};

/// The routes of accounts.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(register_user))
        .routes(routes!(get_own_user, update_own_user, delete_own_user))
        .routes(routes!(export_own_user))
        .routes(routes!(list_users))
        .routes(routes!(get_user))
        .routes(routes!(set_user_roles))
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserBody {
    id: Uuid,
    /// In lower case.
    email: String,
    /// What they are called.
    name: String,
    #[schema(value_type = Vec<RoleName>)]
    roles: Vec<Role>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Rises with every change; the entity tag.
    revision: u32,
}

impl From<user::User> for UserBody {
    fn from(user: user::User) -> Self {
        Self {
            id: user.id.uuid(),
            email: user.email,
            name: user.name,
            roles: user.roles.iter().collect(),
            created_at: user.created_at,
            updated_at: user.updated_at,
            revision: user.revision.get(),
        }
    }
}

request_body! {
    /// An account to be made.
    pub struct RegisterUserRequest {
        /// Not yet used by another account, in whatever case.
        #[schema(format = Email, max_length = 254)]
        pub email: String => "email",
        /// Not a well-known one, and without the name or the address in it.
        #[schema(value_type = String, format = Password, write_only, min_length = 15, max_length = 128)]
        pub password: SecretString => "password",
        /// What they are called.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub name: String => "name",
    }
}

/// Makes an account with the role `user`.
#[utoipa::path(
    post,
    path = "/users/register",
    operation_id = "register_user",
    tag = "users",
    request_body = RegisterUserRequest,
    responses(
        (status = 201, description = "The new account", body = UserBody, headers(("Location", description = "Its address"), ("ETag", description = "Its revision"))),
    )
)]
async fn register_user(
    State(services): State<Services>,
    Anyone(context): Anyone,
    Peer(client): Peer,
    OriginalUri(uri): OriginalUri,
    _: NoParameters,
    Body(body): Body<RegisterUserRequest>,
) -> Result<Response, Problem> {
    let RegisterUserRequest { email, password, name } = body;
    let user = services.accounts.register(&context, NewUser { email, password, name }, &client).await?;
    let parent = uri.path().rsplit_once('/').map_or("", |(parent, _)| parent);
    let about = About(user.id);
    Ok(about.mark(created(&format!("{parent}/me"), user.revision, UserBody::from(user))))
}

/// The caller's own account.
#[utoipa::path(
    get,
    path = "/users/me",
    operation_id = "get_own_user",
    tag = "users",
    params(ReadCondition),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account", body = UserBody, headers(("ETag", description = "Its revision"))),
        (status = 304, description = "If-None-Match names the present one"),
        Missing,
    )
)]
async fn get_own_user(
    State(services): State<Services>,
    User(context): User,
    headers: HeaderMap,
    _: NoParameters,
) -> Result<Response, Problem> {
    let user = services.users.user(&context, context.user_id()?).await?;
    Ok(tagged(&headers, user.revision, || UserBody::from(user)))
}

request_body! {
    /// What changes of the caller's own account; what is absent stays.
    pub struct UpdateUserRequest {
        /// What they are called.
        #[schema(format = "line", min_length = 1, max_length = 100)]
        pub name: Option<String> => "name",
    }
}

/// Changes the caller's own account.
#[utoipa::path(
    patch,
    path = "/users/me",
    operation_id = "update_own_user",
    tag = "users",
    params(ChangeCondition),
    request_body = UpdateUserRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account as it is now", body = UserBody, headers(("ETag", description = "Its revision"))),
        Missing, Conditional,
    )
)]
async fn update_own_user(
    State(services): State<Services>,
    User(context): User,
    if_match: IfMatch,
    _: NoParameters,
    Body(UpdateUserRequest { name }): Body<UpdateUserRequest>,
) -> Result<Response, Problem> {
    let user = services.accounts.update_me(&context, UserEdit { name }, if_match.0).await;
    let user = user.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, user.revision, UserBody::from(user)))
}

/// How an erasure stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub struct ErasureBody {
    #[schema(value_type = ErasureStateName)]
    state: ErasureState,
    /// The same in words.
    message: &'static str,
}

/// Closes the caller's own account for good and erases their personal data everywhere.
#[utoipa::path(
    delete,
    path = "/users/me",
    operation_id = "delete_own_user",
    tag = "users",
    params(ChangeCondition),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Everything is erased", body = ErasureBody),
        (status = 202, description = "The account is closed; what is left is erased in the background", body = ErasureBody),
        Missing, Conditional,
    )
)]
async fn delete_own_user(
    State(services): State<Services>,
    User(context): User,
    if_match: IfMatch,
    _: NoParameters,
) -> Result<(StatusCode, Json<ErasureBody>), Problem> {
    let state = services.privacy.erase(&context, context.user_id()?, if_match.0).await;
    let state = state.map_err(|error| if_match.problem(error))?;
    let (status, message) = match state {
        ErasureState::Done => (StatusCode::OK, "the account is closed and its personal data erased"),
        ErasureState::Erasing => {
            (StatusCode::ACCEPTED, "the account is closed; the rest of its personal data is being erased")
        }
    };
    Ok((status, Json(ErasureBody { state, message })))
}

/// Everything that is kept about a user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserExport {
    /// Whose.
    user_id: Uuid,
    /// When it was put together.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Timestamp,
    /// What each context keeps, by the context's name.
    #[schema(value_type = Object)]
    data: serde_json::Map<String, serde_json::Value>,
}

/// Everything that is kept about the caller, for them to take along.
#[utoipa::path(
    get,
    path = "/users/me/export",
    operation_id = "export_own_user",
    tag = "users",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The caller's data, by context", body = UserExport),
        Missing,
    )
)]
async fn export_own_user(
    State(services): State<Services>,
    User(context): User,
    _: NoParameters,
) -> Result<Response, Problem> {
    // The service's document is the answer as it stands: its form is `UserExport`.
    let export = services.privacy.export(&context, context.user_id()?).await?;
    let attachment = HeaderValue::from_static("attachment; filename=\"driveever-export.json\"");
    Ok(([(header::CONTENT_DISPOSITION, attachment)], Json(export)).into_response())
}

/// All accounts, oldest first.
#[utoipa::path(
    get,
    path = "/users",
    operation_id = "list_users",
    tag = "users",
    params(PageParameters, ("email" = Option<String>, Query, format = "line", max_length = 254, description = "With exactly this address, in any case")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of accounts", body = PageBody<UserBody>),
        NoRole,
    )
)]
async fn list_users(
    State(services): State<Services>,
    User(context): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<UserBody>>, Problem> {
    let (page, email) = (query.page(), query.text("email"));
    query.finish()?;
    let users = services.accounts.users(&context, UserFilter { email }, &page).await?;
    Ok(Json(PageBody::of(users, UserBody::from)))
}

/// An account.
#[utoipa::path(
    get,
    path = "/users/{id}",
    operation_id = "get_user",
    tag = "users",
    params(("id" = Uuid, Path, description = "The user"), ReadCondition),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account", body = UserBody, headers(("ETag", description = "Its revision"))),
        (status = 304, description = "If-None-Match names the present one"),
        NoRole, Missing,
    )
)]
async fn get_user(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<user::User>,
    headers: HeaderMap,
    _: NoParameters,
) -> Result<Response, Problem> {
    // The service lets everybody read their own account, which has a path of its own.
    context.require(Role::Admin)?;
    let user = services.users.user(&context, id).await?;
    Ok(tagged(&headers, user.revision, || UserBody::from(user)))
}

request_body! {
    /// A user's roles from now on.
    pub struct SetUserRolesRequest {
        /// All of them: others are taken away. `service` cannot be given.
        #[schema(value_type = Vec<GivenRoleName>, min_items = 1)]
        pub roles: Vec<Role> => "roles",
    }
}

/// Gives a user these roles and no others.
#[utoipa::path(
    put,
    path = "/users/{id}/roles",
    operation_id = "set_user_roles",
    tag = "users",
    params(("id" = Uuid, Path, description = "The user"), ChangeCondition),
    request_body = SetUserRolesRequest,
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account as it is now", body = UserBody, headers(("ETag", description = "Its revision"))),
        NoRole, Missing, Conditional,
    )
)]
async fn set_user_roles(
    State(services): State<Services>,
    Admin(context): Admin,
    PathId(id): PathId<user::User>,
    if_match: IfMatch,
    _: NoParameters,
    Body(SetUserRolesRequest { roles }): Body<SetUserRolesRequest>,
) -> Result<Response, Problem> {
    let user = services.accounts.set_roles(&context, id, roles, if_match.0).await;
    let user = user.map_err(|error| if_match.problem(error))?;
    Ok(changed(StatusCode::OK, user.revision, UserBody::from(user)))
}
