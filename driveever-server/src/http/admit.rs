//! The door: what a request passes before its route, in one layer.
//!
//! One and not four, because axum boxes what stands behind a layer and copies it for every request, layer by layer.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    caller::{Authenticate, identify},
    idempotency::{IdempotencyState, once_a_key},
    rate_limit::RateLimit,
};

/// What the door knows.
pub struct Door {
    /// Who verifies tokens.
    pub authenticate: Arc<dyn Authenticate>,
    /// The limit of all requests.
    pub requests: RateLimit,
    /// Idempotency keys.
    pub keys: IdempotencyState,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("requests", &self.requests).finish_non_exhaustive()
    }
}

/// The layer that finds out who calls, holds them to the limit of all requests, and executes what has an idempotency key
/// once.
pub async fn admit(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    if let Err(problem) = identify(&door.authenticate, &mut request).await {
        return problem.into_response();
    }
    let below_api = request.uri().path().starts_with("/api/");
    let taken = door.requests.take(&request);
    let mut response = match taken.as_ref().and_then(super::rate_limit::Taken::refusal) {
        Some(problem) => problem.into_response(),
        None => once_a_key(&door.keys, request, next).await,
    };
    if let Some(taken) = taken {
        taken.tell(response.headers_mut());
    }
    if below_api {
        place_below_api(&mut response);
    }
    response
}

/// Routes name places as their service has them; the gateway serves those below `/api`.
fn place_below_api(response: &mut Response) {
    let place = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let moved = place.filter(|place| place.starts_with('/') && !place.starts_with("/api/"));
    if let Some(moved) = moved.and_then(|place| HeaderValue::try_from(format!("/api{place}")).ok()) {
        response.headers_mut().insert(header::LOCATION, moved);
    }
}
