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

use super::problem::Problem;

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

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
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    // The route's template and never the path or query, which may carry what nobody should read in a log.
    let route = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let trace_id = trace_id_of(request.headers()).unwrap_or_default().to_owned();
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let span = tracing::info_span!("request", %method, route, request_id, trace_id);

    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    complete_problem(&mut response, &path, &request_id);
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, milliseconds = took.as_secs_f64() * 1e3, "answered"));
    let labels = [("method", method.to_string()), ("route", route), ("status", status.to_string())];
    metrics::counter!("driveever_http_requests_total", &labels).increment(1);
    metrics::histogram!("driveever_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    response
}

/// The client's request id, if it is fit to be logged and echoed.
fn request_id_of(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fit = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fit.then(|| text.to_owned())
}

/// The trace id of a W3C `traceparent`: `00-<32 hex>-<16 hex>-<2 hex>`, not all zero.
fn trace_id_of(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(TRACEPARENT)?.to_str().ok()?;
    let mut parts = text.split('-');
    let (_version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            && part.bytes().any(|byte| byte != b'0')
    };
    (is_hex(trace, 32) && is_hex(span, 16)).then_some(trace)
}

/// Adds path and request id to a problem, and makes one of an error that a layer or the router answered in plain text.
fn complete_problem(response: &mut Response, path: &str, request_id: &str) {
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| plain_problem(response));
    let Some(mut problem) = problem else { return };
    problem.instance = Some(path.to_owned());
    problem.request_id = Some(request_id.to_owned());
    let (mut parts, _) = std::mem::take(response).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    parts.status = status;
    *response = Response::from_parts(parts, Json(problem).into_response().into_body());
}

fn plain_problem(response: &Response) -> Option<Problem> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type.is_some_and(|value| value.starts_with("application/problem+json")) {
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
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
            Problem::new(status, "timed_out", "the request took longer than this server allows")
        }
        StatusCode::SERVICE_UNAVAILABLE => Problem::overloaded("the server has as much to do as it can"),
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

    #[test]
    fn trace_ids_are_read_or_ignored() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_id_of(&headers(TRACEPARENT, good)), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        for bad in ["", "00-0-0-0", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"] {
            assert_eq!(trace_id_of(&headers(TRACEPARENT, bad)), None, "{bad}");
        }
    }
}
