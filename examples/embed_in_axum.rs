//! DriveEver inside your own axum application: your log-in, your routes and your errors, its services in your state, its
//! work in the background, and an end that drains.
//!
//! `cargo run --example embed_in_axum` calls the application and shows what it answers; `cargo run --example embed_in_axum
//! -- serve` listens on 127.0.0.1:8080:
//!
//! ```text
//! curl -H 'x-driver: 018f4e6c-0000-7000-8000-000000000001' -H 'content-type: application/json' \
//!      -d '{"question": "How deep must my tyre tread be?"}' http://127.0.0.1:8080/questions
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows its result")]

use std::{env, sync::Arc};

use axum::{
    Extension, Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use driveever::{
    BackgroundOptions, DriveEver, Question,
    core::{Error, RequestContext, id::Id, order::OrderId, time::SystemClock, uuid::Uuid},
    providers::vehicle_files::DemonstrationVehicles,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

type Failure = Box<dyn std::error::Error>;

/// DriveEver's errors as this application answers them.
struct Refusal(Error);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            Error::Invalid(_) => StatusCode::BAD_REQUEST,
            Error::NotFound { .. } => StatusCode::NOT_FOUND,
            Error::PaymentDeclined { .. } => StatusCode::PAYMENT_REQUIRED,
            Error::Conflict { .. } | Error::Stale { .. } => StatusCode::CONFLICT,
            error if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // What is ours to mend goes to the log and not to the client.
        let detail = if status.is_server_error() { "try again later".to_owned() } else { self.0.to_string() };
        (status, Json(json!({ "error": detail }))).into_response()
    }
}

/// Your log-in: whoever it lets in has an id, and DriveEver trusts it. Here it is a header.
async fn let_in(State(app): State<DriveEver>, mut request: Request, next: Next) -> Response {
    let header = request.headers().get("x-driver").and_then(|value| value.to_str().ok());
    let Some(driver) = header.and_then(|text| text.parse::<Uuid>().ok()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let context = RequestContext::user(Id::new(driver), app.ids().uuid().to_string());
    request.extensions_mut().insert(context);
    next.run(request).await
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    question: String,
    registration: Option<String>,
}

async fn ask(
    State(app): State<DriveEver>,
    Extension(driver): Extension<RequestContext>,
    Json(asked): Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let question = Question { text: asked.question, registration: asked.registration, ..Question::default() };
    let order = app.ask(&driver, question).await?;
    let answer = order.advice.as_ref().map(|advice| advice.answer.as_str());
    let total = order.order.total().to_string();
    Ok((StatusCode::CREATED, Json(json!({ "order": order.order.id, "total": total, "answer": answer }))))
}

async fn order(
    State(app): State<DriveEver>,
    Extension(driver): Extension<RequestContext>,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>, Refusal> {
    let order = app.orders().order(&driver, OrderId::new(id)).await?;
    Ok(Json(json!({ "status": order.order.status, "items": order.items.len() })))
}

fn routes(app: DriveEver) -> Router {
    Router::new()
        .route("/questions", post(ask))
        .route("/orders/{id}", get(order))
        .layer(from_fn_with_state(app.clone(), let_in))
        // Yours beside it.
        .route("/", get(|| async { "the workshop's own page" }))
        .with_state(app)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let source = Arc::new(DemonstrationVehicles::new(Arc::new(SystemClock)));
    let app = DriveEver::builder().vehicle_source(source).build()?;
    app.prepare().await?;

    let stop = CancellationToken::new();
    let background = app.background(BackgroundOptions::default(), stop.clone(), |work, error| {
        eprintln!("{work}: {error}");
    });
    let background = tokio::spawn(background);

    if env::args().nth(1).as_deref() == Some("serve") {
        let listener = TcpListener::bind("127.0.0.1:8080").await?;
        println!("listening on http://{}", listener.local_addr()?);
        let ended = async { drop(tokio::signal::ctrl_c().await) };
        axum::serve(listener, routes(app)).with_graceful_shutdown(ended).await?;
    } else {
        demonstrate(&routes(app)).await?;
    }
    stop.cancel();
    background.await?;
    Ok(())
}

/// Calls the application as clients do.
async fn demonstrate(routes: &Router) -> Result<(), Failure> {
    let (ann, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let question = json!({ "question": "Is my car safe to drive with these advisories?", "registration": "L2WPS" });
    let placed = call(routes, "POST", "/questions", Some(ann), Some(&question)).await?;
    let order = format!("/orders/{}", placed["order"].as_str().unwrap_or_default());
    call(routes, "GET", &order, Some(ann), None).await?;
    println!("another driver's order, an empty question, nobody:");
    call(routes, "GET", &order, Some(ben), None).await?;
    call(routes, "POST", "/questions", Some(ann), Some(&json!({ "question": " " }))).await?;
    call(routes, "GET", &order, None, None).await?;
    Ok(())
}

async fn call(
    routes: &Router,
    method: &str,
    path: &str,
    driver: Option<Uuid>,
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(driver) = driver {
        request = request.header("x-driver", driver.to_string());
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let response = routes.clone().oneshot(request.body(body)?).await?;
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await?;
    let text = String::from_utf8_lossy(&bytes);
    println!("{method} {path}: {status} {text}");
    Ok(serde_json::from_str(&text).unwrap_or_default())
}
