//! Errors as clients see them: RFC 9457 `application/problem+json`.
//!
//! One place maps the errors of services to statuses and stable codes. What is internal is logged here, once, and never
//! sent.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use driveever_core::{Error, StoreError, ai::ModelError, validate::Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::telemetry;

/// One bad field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field's path: `items[0].quantity`; of a header or parameter, its name.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// What may have been meant, where that can be guessed: to be offered, never to be taken silently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        let Violation { field, message, suggestions } = violation;
        Self { field, message, suggestions }
    }
}

/// A problem, as RFC 9457 has it, with `code`, `requestId` and, for bad input, every bad field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words; the same for every problem of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time.
    pub detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// A stable `snake_case` code.
    pub code: String,
    /// The request's id: quote it when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The id of the trace that the request is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Every bad field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The stored answer that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_id: Option<Uuid>,
    /// The order that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Uuid>,
    /// When to try again.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem with this status, code and detail.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("https://driveever.dev/problems/{}", code.replace('_', "-")),
            title: title_of(code),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            code: code.to_owned(),
            request_id: None,
            trace_id: None,
            errors: Vec::new(),
            response_id: None,
            order_id: None,
            retry_after: None,
        }
    }

    /// Bad input.
    pub fn invalid(errors: impl IntoIterator<Item = Violation>) -> Self {
        let errors: Vec<FieldError> = errors.into_iter().map(Into::into).collect();
        let detail = match errors.as_slice() {
            [only] => format!("{} {}", only.field, only.message),
            all => format!("{} fields are wrong", all.len()),
        };
        Self { errors, ..Self::new(StatusCode::BAD_REQUEST, "invalid_input", detail) }
    }

    /// The body's media type is not JSON.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send application/json in UTF-8, not compressed",
        )
    }

    /// The body is larger than the server takes.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// The server has as much to do as it can.
    pub fn overloaded(detail: &str) -> Self {
        let retry_after = Some(Duration::from_secs(1));
        Self { retry_after, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail) }
    }

    /// Whether it asks for the same request again, and nothing came of this one.
    pub const fn asks_again(&self) -> bool {
        self.retry_after.is_some() && self.order_id.is_none() && self.response_id.is_none()
    }

    /// The request took longer than the server allows.
    pub fn timed_out() -> Self {
        let retry_after = Some(Duration::from_secs(1));
        let detail = "the request took longer than this server allows";
        Self { retry_after, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "timed_out", detail) }
    }

    fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }
}

/// The code in words.
fn title_of(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Invalid(violations) => Self::invalid(violations),
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            Error::Conflict { code: "idempotency_key_reused", detail } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)
            }
            Error::Conflict { code, detail } => {
                let passes = matches!(code, "request_in_progress" | "order_in_progress");
                let retry_after = passes.then_some(Duration::from_secs(1));
                Self::new(StatusCode::CONFLICT, code, detail).with_retry_after(retry_after)
            }
            Error::Stale { .. } => Self::new(StatusCode::CONFLICT, "stale_revision", detail),
            Error::Unauthenticated { code, detail } => Self::new(StatusCode::UNAUTHORIZED, code, detail),
            Error::Denied { code, detail } => Self::new(StatusCode::FORBIDDEN, code, detail),
            Error::Forbidden { .. } => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            Error::RateLimited { retry_after, what } => {
                telemetry::rate_limited(what);
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).with_retry_after(Some(retry_after))
            }
            Error::PaymentDeclined { order, .. } => {
                Self { order_id: order, ..Self::new(StatusCode::PAYMENT_REQUIRED, "payment_declined", detail) }
            }
            Error::Model { source, response, order } => {
                Self { response_id: response, order_id: order, ..model_problem(&source) }
            }
            Error::Unavailable { .. } => {
                let retry_after = Some(Duration::from_secs(5));
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).with_retry_after(retry_after)
            }
            Error::Store(error) => store_problem(&error),
            other => internal(&other),
        }
    }
}

fn model_problem(error: &ModelError) -> Problem {
    let status = match error {
        ModelError::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
        ModelError::RateLimited { .. } | ModelError::NotAsked { .. } | ModelError::Misconfigured { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::BAD_GATEWAY,
    };
    let wait = error.retry_after();
    Problem::new(status, error.code(), format!("no provider answered: {error}")).with_retry_after(wait)
}

fn store_problem(error: &StoreError) -> Problem {
    match error {
        StoreError::Duplicate { kind, columns } => {
            Problem::new(StatusCode::CONFLICT, "already_exists", format!("a {kind} with this {columns} exists already"))
        }
        StoreError::Busy(_) => {
            telemetry::store_refused("busy");
            Problem::overloaded("the store takes no more writes at present")
        }
        StoreError::Unavailable { .. } => {
            tracing::error!(%error, "the store is unavailable");
            telemetry::store_refused("unavailable");
            let retry_after = Some(Duration::from_secs(5));
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "the store cannot be used at present")
                .with_retry_after(retry_after)
        }
        other => internal(other),
    }
}

fn internal(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "internal error");
    telemetry::internal_error();
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal_error",
        "something went wrong on our side; the request id names it",
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after.map(|wait| wait.as_secs().max(1));
        let challenge = (status == StatusCode::UNAUTHORIZED).then(|| match self.code.as_str() {
            "invalid_token" => HeaderValue::from_static("Bearer error=\"invalid_token\""),
            _ => HeaderValue::from_static("Bearer"),
        });
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        // The outermost layer adds what only it knows: the path and the request's id.
        response.extensions_mut().insert(self);
        response
    }
}
