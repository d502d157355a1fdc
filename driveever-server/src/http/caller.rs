//! Who calls: the bearer token of a request, verified once.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use driveever_core::{
    Error,
    request::{RequestContext, Role},
    user::{Authenticator, Client, Identity, SessionId},
};

use super::{headers::RequestId, problem::Problem};

/// Verifies access tokens.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Whose token it is, what they may do, and of which session it is.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every token that is not good now.
    async fn verify(&self, token: &str) -> Result<Identity, Error>;
}

#[async_trait]
impl Authenticate for Authenticator {
    async fn verify(&self, token: &str) -> Result<Identity, Error> {
        self.authenticate(token).await
    }
}

/// The caller of the request at hand, noted before its handler runs.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The context that services take.
    pub context: RequestContext,
    /// The session of their token.
    pub session: Option<SessionId>,
}

/// Finds out who calls, and notes it with the request. A request without a token is nobody's; a bad token is refused
/// everywhere.
///
/// # Errors
/// The 401 of a header that is no bearer token, and of a token that is not good.
pub(super) async fn identify(users: &Arc<dyn Authenticate>, request: &mut Request) -> Result<(), Problem> {
    let request_id = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    let caller = match bearer(request.headers())? {
        None => Caller { context: RequestContext::anonymous(request_id), session: None },
        Some(token) => {
            let identity = users.verify(token).await?;
            Caller { context: identity.request(request_id), session: Some(identity.session_id) }
        }
    };
    request.extensions_mut().insert(caller);
    Ok(())
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

/// Declares a caller who has a role. Taken before a body is read: whoever may not change a thing learns nothing of what a
/// change has to look like.
macro_rules! with_role {
    ($(#[$meta:meta] $name:ident: $role:ident;)+) => {$(
        #[$meta]
        #[derive(Debug, Clone)]
        pub struct $name(pub RequestContext);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
                let User(context) = User::from_request_parts(parts, state).await?;
                context.require(Role::$role)?;
                Ok(Self(context))
            }
        }
    )+};
}

with_role! {
    /// A caller who is an admin; 403 for others.
    Admin: Admin;
    /// A caller who edits prompts; 403 for others.
    Editor: PromptEditor;
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

/// The session of the caller's token; none without a token.
#[derive(Debug, Clone, Copy)]
pub struct OwnSession(pub Option<SessionId>);

impl<S: Send + Sync> FromRequestParts<S> for OwnSession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Caller>().and_then(|caller| caller.session)))
    }
}

/// The client at the other end of the connection. Its address is the connection's: a header that names another one is
/// anybody's word.
#[derive(Debug, Clone)]
pub struct Peer(pub Client);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        let label = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self(Client { address, label }))
    }
}
