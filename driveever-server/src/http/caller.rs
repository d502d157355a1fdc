//! Who calls: the bearer token of a request, verified once.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use driveever_core::{
    Error,
    request::{Actor, RequestContext, Roles},
    user::UserId,
};

use super::{headers::RequestId, problem::Problem};

/// Verifies access tokens.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Whose token it is and what they may do.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every token that is not good now.
    async fn verify(&self, token: &str) -> Result<(UserId, Roles), Error>;
}

/// The caller of the request at hand, set by [`identify`].
#[derive(Debug, Clone)]
pub struct Caller {
    /// The context that services take.
    pub context: RequestContext,
}

/// The layer that finds out who calls. A request without a token is nobody's; a bad token is refused everywhere.
pub async fn identify(State(users): State<Arc<dyn Authenticate>>, mut request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    let context = match bearer(request.headers()) {
        Ok(None) => RequestContext::anonymous(request_id),
        Ok(Some(token)) => match users.verify(token).await {
            Ok((user, roles)) => RequestContext { actor: Actor::User(user), roles, request_id, idempotency: None },
            Err(error) => return Problem::from(error).into_response(),
        },
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(Caller { context });
    next.run(request).await
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let refused = Error::Unauthenticated { code: "invalid_token", detail: "send Authorization: Bearer <access token>" };
    token.filter(|token| !token.is_empty()).map(Some).ok_or_else(|| refused.into())
}

/// A logged-in caller; 401 without one.
#[derive(Debug, Clone)]
pub struct User(pub RequestContext);

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Anyone(context) = Anyone::from_request_parts(parts, state).await?;
        context.user_id()?;
        Ok(Self(context))
    }
}

/// Whoever calls, logged in or not.
#[derive(Debug, Clone)]
pub struct Anyone(pub RequestContext);

impl<S: Send + Sync> FromRequestParts<S> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Caller>();
        Ok(Self(caller.map_or_else(|| RequestContext::anonymous(String::new()), |caller| caller.context.clone())))
    }
}
