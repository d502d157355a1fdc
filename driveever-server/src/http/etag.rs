//! Entity tags (RFC 9110, section 8.8.3): a strong one a revision, `"7"`.
//!
//! An object that shows figures which others keep, as a prompt shows its record, changes while its revision stays. Its tag
//! has a second number then, `"7.12"`: `If-None-Match` compares all of it, so that no figure is stale, and `If-Match` the
//! revision alone, so that a rating does not make an editor's change fail.

use std::fmt;

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
        if text.contains("\",") {
            let fault = "must be one entity tag: name the state that you know";
            return Err(Problem::invalid([Violation::new("If-Match", fault)]));
        }
        // A weak tag never matches strongly, and no revision is 4294967295: such a condition is simply not met.
        let tag = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let revision = tag.and_then(|tag| tag.split('.').next()).and_then(|text| text.parse().ok());
        let revision = revision.and_then(Revision::new);
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

/// What an entity tag is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// The object's revision.
    pub revision: Revision,
    /// How often the figures that it shows beside were written; up to 1 for never since it was made.
    pub figures: u32,
}

impl From<Revision> for Tag {
    fn from(revision: Revision) -> Self {
        Self { revision, figures: 0 }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.figures {
            0 | 1 => write!(f, "\"{}\"", self.revision),
            figures => write!(f, "\"{}.{figures}\"", self.revision),
        }
    }
}

/// An object with its entity tag; 304 without a body when `If-None-Match` names it.
pub fn tagged<T: Serialize>(request: &HeaderMap, tag: impl Into<Tag>, body: impl FnOnce() -> T) -> Response {
    let tag = tag.into().to_string();
    let mut response =
        if is_named(request, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { Json(body()).into_response() };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// A changed or new object with its entity tag.
pub fn changed<T: Serialize>(status: StatusCode, tag: impl Into<Tag>, body: T) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(&tag.into().to_string()) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// A new object with its entity tag, found at `location`.
pub fn created<T: Serialize>(location: &str, tag: impl Into<Tag>, body: T) -> Response {
    let mut response = changed(StatusCode::CREATED, tag, body);
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// `If-None-Match` compares weakly.
fn is_named(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|named| named == "*" || named.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn if_match(text: &str) -> Option<u32> {
        let request = Request::builder().header(header::IF_MATCH, text).body(()).unwrap();
        let IfMatch(revision) = IfMatch::from_request_parts(&mut request.into_parts().0, &()).await.unwrap();
        revision.map(Revision::get)
    }

    #[tokio::test]
    async fn a_condition_names_the_revision_whatever_the_figures() {
        assert_eq!(if_match("\"7\"").await, Some(7));
        assert_eq!(if_match("\"7.12\"").await, Some(7));
        assert_eq!(if_match("*").await, None);
        for never_met in ["W/\"7\"", "\"\"", "\"x\"", "\"0\"", "\"7", "\"-1\""] {
            assert_eq!(if_match(never_met).await, Some(u32::MAX), "{never_met}");
        }
    }

    #[tokio::test]
    async fn several_states_are_no_condition() {
        for value in ["\"9\",\"1\"", "W/\"9\", \"1\"", "1"] {
            let request = Request::builder().header(header::IF_MATCH, value).body(()).unwrap();
            let refused = IfMatch::from_request_parts(&mut request.into_parts().0, &()).await;
            assert_eq!(refused.unwrap_err().status, 400, "{value}");
        }
    }

    #[test]
    fn a_tag_changes_with_the_figures() {
        let revision = Revision::new(7).unwrap();
        let tag = |figures| Tag { revision, figures }.to_string();
        assert_eq!([tag(0), tag(1), tag(2)], ["\"7\"", "\"7\"", "\"7.2\""]);
    }
}
