//! Entity tags (RFC 9110, section 8.8.3): a strong one a revision, `"7"`.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use driveever_core::{Error, entity::Revision, validate::Violation};
use serde::Serialize;

use super::problem::Problem;

/// The revision that `If-Match` names; none when the header is absent or `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<Revision>);

impl IfMatch {
    /// A stale revision is 412 where the client named one.
    pub fn problem(self, error: Error) -> Problem {
        match (self.0, error) {
            (Some(_), error @ Error::Stale { .. }) => {
                Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", error.to_string())
            }
            (_, error) => error.into(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        // A weak tag never matches strongly, and no revision is 4294967295: such a condition is simply not met.
        let revision = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let revision = revision.and_then(|text| text.parse().ok()).and_then(Revision::new);
        match revision {
            Some(revision) => Ok(Self(Some(revision))),
            None if text.starts_with("W/\"") || text.starts_with('"') => Ok(Self(Revision::new(u32::MAX))),
            None => Err(Problem::invalid([Violation::new(
                "If-Match",
                "must be an entity tag in quotes, such as \"3\", or *",
            )])),
        }
    }
}

/// An object with its entity tag; 304 without a body when `If-None-Match` names it.
pub fn tagged<T: Serialize>(request: &HeaderMap, revision: Revision, body: impl FnOnce() -> T) -> Response {
    let tag = tag_of(revision);
    let mut response =
        if is_named(request, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { Json(body()).into_response() };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// A changed or new object with its entity tag.
pub fn changed<T: Serialize>(status: StatusCode, revision: Revision, body: T) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(&tag_of(revision)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

fn tag_of(revision: Revision) -> String {
    format!("\"{revision}\"")
}

/// `If-None-Match` compares weakly.
fn is_named(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|named| named == "*" || named.trim_start_matches("W/") == tag)
}
