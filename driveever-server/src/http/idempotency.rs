//! The `Idempotency-Key` header of POST requests (draft-ietf-httpapi-idempotency-key-header).

use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use driveever_core::{
    Error,
    idempotency::{Begin, IdempotencyKeys, IdempotencyRecord, KeptAnswer, KeyedRequest},
    user::UserId,
    validate::Violation,
};

use super::{caller::Caller, problem::Problem};
use crate::telemetry;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Headers that belong to an answer and are replayed with it.
const KEPT_HEADERS: [HeaderName; 4] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION, header::RETRY_AFTER];

/// Marks an answer that carries secrets, as an extension of its response: it is never kept, and the key stays free.
#[derive(Debug, Clone, Copy)]
pub struct Secret;

/// Names the person whom an answer is about where that may be another than the caller, as an extension of its response: a
/// kept answer goes when they leave.
#[derive(Debug, Clone, Copy)]
pub struct About(pub UserId);

impl About {
    /// Marks a response.
    pub fn mark(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

/// What it takes to keep keys.
#[derive(Clone)]
pub struct IdempotencyState {
    /// Where keys are kept.
    pub keys: IdempotencyKeys,
    /// The largest request body, in bytes.
    pub max_body: usize,
}

/// Executes a keyed request to a route once and replays its answer.
pub(super) async fn once_a_key(state: &IdempotencyState, request: Request, next: Next) -> Response {
    let may_have_a_key = request.method() == Method::POST && request.extensions().get::<MatchedPath>().is_some();
    let mut keys = request.headers().get_all(IDEMPOTENCY_KEY).iter().filter(|_| may_have_a_key).cloned();
    let (key, second) = (keys.next(), keys.next());
    if second.is_some() {
        let fault = Violation::new("Idempotency-Key", "must be given once");
        return Problem::invalid([fault]).into_response();
    }
    match key {
        None => next.run(request).await,
        Some(key) => keyed(state.clone(), &key, request, next).await.unwrap_or_else(IntoResponse::into_response),
    }
}

async fn keyed(state: IdempotencyState, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, state.max_body).await.map_err(|_| Problem::too_large(state.max_body))?;
    let Some(mut caller) = parts.extensions.get::<Caller>().cloned() else {
        return Ok(next.run(Request::from_parts(parts, Body::from(body))).await);
    };
    let text = unquoted(key);
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let keyed = KeyedRequest {
        actor: caller.context.actor,
        method: parts.method.as_str(),
        route: &route,
        key: text,
        path: parts.uri.path(),
        body: &body,
    };
    let begun = state.keys.begin(&keyed).await.inspect_err(|error| telemetry::idempotent(refusal(error)))?;
    match begun {
        Begin::Replay(answer) => {
            telemetry::idempotent("replayed");
            Ok(replay(answer))
        }
        Begin::Execute(record) => {
            telemetry::idempotent("executed");
            caller.context.idempotency = Some(record.result_id);
            parts.extensions.insert(caller);
            let request = Request::from_parts(parts, Body::from(body));
            // On a task of its own: a client that hangs up does not cut the execution off half-way.
            let task = tokio::spawn(async move { keep(&state, *record, next.run(request).await).await });
            task.await.map_err(|error| Error::internal(error).into())
        }
    }
}

/// The key's text. A structured-field string is quoted; a bare one is accepted too. One that is neither is no key.
fn unquoted(key: &HeaderValue) -> &str {
    let text = key.to_str().unwrap_or_default();
    let text = text.strip_prefix('"').map_or(Some(text), |text| text.strip_suffix('"'));
    text.filter(|text| !text.contains('"')).unwrap_or_default()
}

fn refusal(error: &Error) -> &'static str {
    match error {
        Error::Conflict { code: "idempotency_key_reused", .. } => "reused",
        Error::Conflict { .. } => "in_progress",
        Error::Invalid(_) => "invalid",
        _ => "failed",
    }
}

/// Whether an answer says that nothing was begun: such a one is not kept, and the key stays free.
const fn began(status: StatusCode) -> bool {
    !matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::TOO_MANY_REQUESTS
    )
}

async fn keep(state: &IdempotencyState, record: IdempotencyRecord, response: Response) -> Response {
    let streams = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "text/event-stream");
    let is_secret = response.extensions().get::<Secret>().is_some();
    if streams || is_secret || !began(response.status()) {
        log_failure(state.keys.abandon(&record).await);
        return response;
    }
    // What is busy or out of order now may not be then; what this execution created is found again by its result id.
    if response.extensions().get::<Problem>().is_some_and(Problem::asks_again) {
        log_failure(state.keys.give_back(record).await);
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Problem::overloaded("the answer could not be kept").into_response();
    };
    let header = |name: &HeaderName| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    let answer = KeptAnswer {
        status: parts.status.as_u16(),
        headers: KEPT_HEADERS.iter().filter_map(header).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let about = parts.extensions.get::<About>().map(|About(user)| *user);
    log_failure(state.keys.complete(record, answer, about).await);
    Response::from_parts(parts, Body::from(body))
}

/// An answer that could not be kept is still the client's; a repetition executes again under the same result id.
fn log_failure(result: Result<(), Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "an idempotency key could not be updated");
    }
}

fn replay(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // A problem names the request that asks now, not the one that failed then.
    let problem: Option<Problem> = if status.is_client_error() || status.is_server_error() {
        serde_json::from_str(&answer.body).ok()
    } else {
        None
    };
    let mut response = (status, answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    if let Some(problem) = problem {
        response.extensions_mut().insert(problem);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
