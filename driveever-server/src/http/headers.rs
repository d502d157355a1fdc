//! What every answer carries: a request id, security headers, and problems that know their request.

use std::time::Instant;

use axum::{
    Json,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use driveever_core::id::IdGenerator;
use tracing::Instrument;

use crate::telemetry;

use super::{
    problem::Problem,
    trace::{TRACERESPONSE, Trace},
};

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request at hand: the client's, or one that we made.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Security headers of every answer (the domain's authentication page, section 7).
const SECURITY: [(HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("geolocation=(), camera=(), microphone=()"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The outermost layer: names the request, logs it, completes its problem, adds the headers.
pub async fn envelope(
    State(ids): State<std::sync::Arc<dyn IdGenerator>>,
    mut request: Request,
    next: Next,
) -> Response {
    let request_id = request_id_of(request.headers()).unwrap_or_else(|| ids.uuid().to_string());
    let trace = Trace::of(request.headers(), ids.as_ref());
    let path = request.uri().path().to_owned();
    // The route's template and never the path or query, which may carry what nobody should read in a log.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let answering = telemetry::Answering::begin(request.method(), route.as_ref().map(MatchedPath::as_str));
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let span = tracing::info_span!(
        "request", method = answering.method(), route = answering.route(), request_id, trace_id = %trace.id
    );

    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    complete_problem(&mut response, &path, &request_id, &trace);
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    if let Some(value) = trace.header() {
        headers.insert(TRACERESPONSE, value);
    }
    let status = response.status();
    span.in_scope(|| tracing::info!(status = status.as_u16(), milliseconds = took.as_secs_f64() * 1e3, "answered"));
    answering.end(status, took);
    response
}

/// The client's request id, if it is fit to be logged and echoed.
fn request_id_of(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fit = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fit.then(|| text.to_owned())
}

/// Adds path, request id and trace to a problem, and makes one of an error that a layer or the router answered in plain
/// text.
fn complete_problem(response: &mut Response, path: &str, request_id: &str, trace: &Trace) {
    if let Some(problem) = plain_problem(response) {
        let mut answered = problem.into_response();
        let headers = std::mem::take(response.headers_mut());
        let said = |name: &HeaderName| *name == header::CONTENT_LENGTH || *name == header::CONTENT_TYPE;
        for (name, value) in headers.iter().filter(|(name, _)| !said(name)) {
            answered.headers_mut().append(name, value.clone());
        }
        *response = answered;
    }
    let Some(mut problem) = response.extensions_mut().remove::<Problem>() else { return };
    problem.instance = Some(path.to_owned());
    problem.request_id = Some(request_id.to_owned());
    problem.trace_id = Some(trace.id.to_string());
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Json(problem).into_response().into_body();
}

/// The problem that an answer in plain text stands for.
fn plain_problem(response: &Response) -> Option<Problem> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<Problem>().is_some() {
        return None;
    }
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    // Health says more than a problem does; a kept problem is replayed as it was.
    if content_type.is_some_and(|value| value.starts_with("application/")) {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => Problem::new(status, "not_found", "there is nothing at this path"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(status, "method_not_allowed", "this path does not take this method; see Allow")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(status, "body_too_large", "the body is larger than this server takes")
        }
        // Of the layers, only the one that watches the time answers so without a problem.
        StatusCode::SERVICE_UNAVAILABLE => Problem::timed_out(),
        _ => Problem::new(status, "error", status.canonical_reason().unwrap_or("error")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn only_fit_request_ids_are_taken() {
        assert_eq!(request_id_of(&headers(REQUEST_ID, "abc-1")), Some("abc-1".into()));
        assert_eq!(request_id_of(&headers(REQUEST_ID, "a b")), None);
        assert_eq!(request_id_of(&headers(REQUEST_ID, &"x".repeat(129))), None);
    }
}
