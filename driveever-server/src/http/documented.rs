//! What many operations have in common in the OpenAPI document: parameters, problems, enumerations.

use serde_json::Value;
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{Object, ObjectBuilder, Type, schema::SchemaType},
};
use uuid::Uuid;

use super::problem::Problem;

/// What every operation may answer instead of its result.
#[derive(Debug, IntoResponses)]
pub enum AnyProblems {
    /// Bad input: every bad field is named.
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(Problem),
    /// Too many requests; see `Retry-After`.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// A fault of the server's.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// The server, its store or what it needs is busy or down; see `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
    /// It took longer than this server allows.
    #[response(status = 504, content_type = "application/problem+json")]
    TimedOut(Problem),
}

/// What an operation that needs a token may answer instead.
#[derive(Debug, IntoResponses)]
pub enum TokenProblems {
    /// No token, or one that is not good now.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(Problem),
    /// The caller lacks the role.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
}

/// What an operation with a body may answer instead.
#[derive(Debug, IntoResponses)]
pub enum BodyProblems {
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is not `application/json`.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(Problem),
}

/// What an operation on one object may answer instead.
#[derive(Debug, IntoResponses)]
pub enum ObjectProblems {
    /// There is no such object, or it is somebody else's.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
}

/// What an operation that depends on the present state may answer instead.
#[derive(Debug, IntoResponses)]
pub enum ConflictProblems {
    /// It cannot be done in the present state.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
}

/// What a change of one object may answer instead.
#[derive(Debug, IntoResponses)]
pub enum ChangeProblems {
    /// It cannot be done in the present state.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// `If-Match` names another revision than the present one.
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(Problem),
}

/// What an operation that pays, and may ask a model, may answer instead.
#[derive(Debug, IntoResponses)]
pub enum SagaProblems {
    /// `payment_declined`; `orderId` names the order.
    #[response(status = 402, content_type = "application/problem+json")]
    Declined(Problem),
    /// No provider gave an answer; `orderId` names the failed order, which is paid back. 503 and 504 may say so as well.
    #[response(status = 502, content_type = "application/problem+json")]
    NoAnswer(Problem),
}

/// The id in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct IdParameter {
    /// The object's id.
    pub id: Uuid,
}

/// Which page of a list that has no cursors.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NumberedPageParameters {
    /// The page's number.
    #[param(minimum = 1, maximum = 1_000_000_000, default = 1)]
    pub page: Option<u32>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<u32>,
}

/// Which page of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The page's number; not together with `cursor`.
    #[param(minimum = 1, maximum = 1_000_000_000, default = 1)]
    pub page: Option<u32>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<u32>,
    /// Walks the list by cursor: empty for the first page, then `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// The condition of a read.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfNoneMatchHeader {
    /// Entity tags that the client has; 304 when one of them is the present one.
    #[param(rename = "If-None-Match")]
    pub if_none_match: Option<String>,
}

/// The condition of a change.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatchHeader {
    /// The entity tag of the revision that the client read; 412 when it is not the present one.
    #[param(rename = "If-Match", pattern = r#"^(\*|(W/)?"[!#-~]*")$"#)]
    pub if_match: Option<String>,
}

/// The schema of one of these words.
pub fn one_of<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Object {
    let words: Vec<&str> = words.into_iter().collect();
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(words)).build()
}

/// The schema of one of these words in a body that may leave it out, which null does as well.
pub fn one_of_or_null<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Object {
    let words = words.into_iter().map(Value::from).chain([Value::Null]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(description))
        .enum_values(Some(words))
        .build()
}
