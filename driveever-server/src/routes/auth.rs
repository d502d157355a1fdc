//! Log-in, sessions, passwords, and the keys that verify access tokens.
//!
//! With the header `X-Session: cookie` the refresh token travels in a cookie and in no body; see
//! `http::session_cookie`.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use driveever_core::{
    time::Timestamp,
    user::{self, Login, PasswordChange, TokenPair},
    validate::Violation,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    http::{
        body::{Body, OptionalBody},
        caller::{Anyone, OwnSession, Peer, User},
        documented::Missing,
        idempotency::Secret,
        parameters::{NoParameters, PathId},
        problem::Problem,
        session_cookie::{self, SessionMode},
    },
    request_body,
    state::Services,
};

/// How long a verifier may keep the published keys: far shorter than a new key is published before it signs.
const KEYS_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// The routes of sessions.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(create_session))
        .routes(routes!(refresh_session))
        .routes(routes!(delete_session))
        .routes(routes!(list_own_sessions))
        .routes(routes!(delete_own_session))
        .routes(routes!(change_own_password))
        .routes(routes!(get_signing_keys))
}

/// Where the refresh token travels.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum SessionModeName {
    /// In a cookie.
    Cookie,
}

/// The header that asks for the cookie.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct SessionParameters {
    /// `cookie`: the refresh token travels in a cookie and in no body. For pages of the server's own origin.
    #[param(rename = "X-Session", inline, value_type = SessionModeName, required = false)]
    pub x_session: Option<String>,
}

/// What a session is used with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenPair)]
pub struct TokenPairBody {
    /// For the Authorization header.
    access_token: String,
    /// Is exchanged for the next pair, once. Absent when it travels in the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// `Bearer`.
    token_type: &'static str,
    /// How long the access token is valid, in seconds.
    expires_in: u64,
}

fn answer(pair: &TokenPair, mode: SessionMode) -> Response {
    let cookie = match mode {
        SessionMode::Cookie => session_cookie::keep(&pair.refresh_token, pair.refresh_expires_in),
        SessionMode::Body => None,
    };
    let body = TokenPairBody {
        access_token: pair.access_token.expose_secret().to_owned(),
        refresh_token: (mode == SessionMode::Body).then(|| pair.refresh_token.expose_secret().to_owned()),
        token_type: "Bearer",
        expires_in: pair.expires_in.as_secs(),
    };
    with_cookie(Json(body).into_response(), cookie)
}

/// An answer about a session, which is nothing to be kept.
fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.extensions_mut().insert(Secret);
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The refresh token of a request, from where its mode has it; none when the cookie is not there.
fn shown_token(
    mode: SessionMode,
    headers: &HeaderMap,
    body: Option<SecretString>,
) -> Result<Option<SecretString>, Problem> {
    let refused = |message: &str| Err(Problem::invalid([Violation::new("refreshToken", message)]));
    match (mode, body) {
        (SessionMode::Body, Some(token)) => Ok(Some(token)),
        (SessionMode::Body, None) => refused("is required"),
        (SessionMode::Cookie, None) => Ok(session_cookie::refresh_token(headers)),
        (SessionMode::Cookie, Some(_)) => refused("must be left out: the cookie carries it"),
    }
}

request_body! {
    /// A log-in.
    pub struct LoginRequest {
        /// In any case.
        #[schema(format = "line", min_length = 1, max_length = 254)]
        pub email: String => "email",
        /// The password.
        #[schema(value_type = String, format = Password, write_only, min_length = 1, max_length = 128)]
        pub password: SecretString => "password",
    }
}

/// Opens a session.
#[utoipa::path(
    post,
    path = "/auth/login",
    operation_id = "create_session",
    tag = "auth",
    params(SessionParameters),
    request_body = LoginRequest,
    responses(
        (status = 200, description = "The session's tokens", body = TokenPairBody, headers(("Set-Cookie", description = "With `X-Session: cookie`: the refresh token"))),
        (status = 403, description = "The cookie was asked for from another site", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_session(
    State(services): State<Services>,
    Anyone(context): Anyone,
    Peer(client): Peer,
    mode: SessionMode,
    _: NoParameters,
    Body(LoginRequest { email, password }): Body<LoginRequest>,
) -> Result<Response, Problem> {
    let pair = services.auth.login(&context, Login { email, password }, &client).await?;
    Ok(answer(&pair, mode))
}

request_body! {
    /// A refresh token.
    pub struct RefreshTokenRequest {
        /// Required, unless the cookie carries it.
        #[schema(value_type = Option<String>, write_only, max_length = 128)]
        pub refresh_token: Option<SecretString> => "refreshToken",
    }
}

/// Exchanges a refresh token for a new pair. The old one dies; showing it again ends the session.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    operation_id = "refresh_session",
    tag = "auth",
    params(SessionParameters),
    request_body = Option<RefreshTokenRequest>,
    responses(
        (status = 200, description = "The session's next tokens", body = TokenPairBody, headers(("Set-Cookie", description = "With `X-Session: cookie`: the refresh token"))),
        (status = 403, description = "The cookie was asked for from another site", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn refresh_session(
    State(services): State<Services>,
    Anyone(context): Anyone,
    mode: SessionMode,
    headers: HeaderMap,
    _: NoParameters,
    OptionalBody(body): OptionalBody<RefreshTokenRequest>,
) -> Result<Response, Problem> {
    // An empty token is refused like any that is not good.
    let token = shown_token(mode, &headers, body.refresh_token)?.unwrap_or_else(|| SecretString::from(""));
    let pair = services.auth.refresh(&context, &token).await?;
    Ok(answer(&pair, mode))
}

/// Ends the session of a refresh token. Nothing happens for one that is unknown or another user's.
#[utoipa::path(
    post,
    path = "/auth/logout",
    operation_id = "delete_session",
    tag = "auth",
    params(SessionParameters),
    request_body = Option<RefreshTokenRequest>,
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The session is over", headers(("Set-Cookie", description = "With `X-Session: cookie`: takes the cookie away"))),
        (status = 403, description = "The cookie was asked for from another site", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_session(
    State(services): State<Services>,
    User(context): User,
    mode: SessionMode,
    headers: HeaderMap,
    _: NoParameters,
    OptionalBody(body): OptionalBody<RefreshTokenRequest>,
) -> Result<Response, Problem> {
    if let Some(token) = shown_token(mode, &headers, body.refresh_token)? {
        services.auth.logout(&context, &token).await?;
    }
    let cookie = (mode == SessionMode::Cookie).then(session_cookie::forget).flatten();
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), cookie))
}

/// A log-in on one client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub struct SessionBody {
    id: Uuid,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it ends in any case.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Whether this request is made with it.
    current: bool,
}

/// The caller's living sessions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionList)]
pub struct SessionListBody {
    /// Last used first.
    data: Vec<SessionBody>,
}

/// The caller's living sessions, last used first; their number is bounded.
#[utoipa::path(
    get,
    path = "/users/me/sessions",
    operation_id = "list_own_sessions",
    tag = "auth",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The sessions", body = SessionListBody),
    )
)]
async fn list_own_sessions(
    State(services): State<Services>,
    User(context): User,
    OwnSession(own): OwnSession,
    _: NoParameters,
) -> Result<Json<SessionListBody>, Problem> {
    let sessions = services.auth.sessions(&context).await?;
    let body = |session: user::Session| SessionBody {
        current: Some(session.id) == own,
        id: session.id.uuid(),
        client: session.client,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        expires_at: session.expires_at,
    };
    Ok(Json(SessionListBody { data: sessions.into_iter().map(body).collect() }))
}

/// Ends one of the caller's sessions; its tokens hold no longer.
#[utoipa::path(
    delete,
    path = "/users/me/sessions/{id}",
    operation_id = "delete_own_session",
    tag = "auth",
    params(("id" = Uuid, Path, description = "The session")),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The session is over"),
        Missing,
    )
)]
async fn delete_own_session(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<user::Session>,
    _: NoParameters,
) -> Result<StatusCode, Problem> {
    services.auth.end_session(&context, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

request_body! {
    /// A change of the password.
    pub struct ChangePasswordRequest {
        /// The present one.
        #[schema(value_type = String, format = Password, write_only, min_length = 1, max_length = 128)]
        pub current_password: SecretString => "currentPassword",
        /// The next one: not a well-known one, and without the name or the address in it.
        #[schema(value_type = String, format = Password, write_only, min_length = 15, max_length = 128)]
        pub new_password: SecretString => "newPassword",
    }
}

/// Changes the caller's password and ends their other sessions.
#[utoipa::path(
    post,
    path = "/users/me/password",
    operation_id = "change_own_password",
    tag = "auth",
    request_body = ChangePasswordRequest,
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The password is changed; other sessions are over"),
        (status = 403, description = "`wrong_current_password`.", body = Problem, content_type = "application/problem+json"),
        Missing,
    )
)]
async fn change_own_password(
    State(services): State<Services>,
    User(context): User,
    OwnSession(keep): OwnSession,
    Peer(client): Peer,
    _: NoParameters,
    Body(body): Body<ChangePasswordRequest>,
) -> Result<Response, Problem> {
    let change = PasswordChange { current: body.current_password, new: body.new_password, keep };
    services.auth.change_password(&context, change, &client).await?;
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), None))
}

/// A public key (RFC 7517, RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JsonWebKey)]
pub struct JsonWebKeyBody {
    /// `OKP`.
    kty: String,
    /// `Ed25519`.
    crv: String,
    /// The key: 32 bytes in base64url.
    x: String,
    /// Which tokens name.
    kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    usage: String,
    /// `EdDSA`.
    alg: String,
}

/// Public keys (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JsonWebKeySet)]
pub struct JsonWebKeySetBody {
    /// Those that sign, signed lately, or will sign.
    keys: Vec<JsonWebKeyBody>,
}

/// The keys that verify access tokens.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "get_signing_keys",
    tag = "auth",
    responses(
        (status = 200, description = "The keys", body = JsonWebKeySetBody, headers(("Cache-Control", description = "How long they may be kept"))),
    )
)]
async fn get_signing_keys(State(services): State<Services>, _: NoParameters) -> Result<Response, Problem> {
    let keys = services.auth.published_keys().await?;
    let body = |key: user::Jwk| JsonWebKeyBody {
        kty: key.kty,
        crv: key.crv,
        x: key.x,
        kid: key.kid,
        usage: key.usage,
        alg: key.alg,
    };
    let keys = JsonWebKeySetBody { keys: keys.into_iter().map(body).collect() };
    Ok(([(header::CACHE_CONTROL, KEYS_CACHE)], Json(keys)).into_response())
}
