//! The routes of answers, vehicles, notifications and analytics over real services on the in-memory store.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::support::behind_the_door;
use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use driveever::{
    DriveEver, Login,
    auth::{Argon2Options, KeyEncryptionKey},
    providers::{offline::OfflineAdvisor, vehicle_files::DemonstrationVehicles},
    testing,
};
use driveever_core::{
    Error, Role,
    ai::{
        ModelError,
        text_model::{FinishReason, Generated, Generation, ModelHealth, Piece, TextModel, Usage},
    },
    event::{DomainEvent, StoredEvent},
    id::Id,
    request::Roles,
    time::{Clock, FixedClock},
    user::{Identity, UserId, UserOptions},
};
use driveever_server::{
    http::caller::Authenticate,
    live::Live,
    routes,
    state::{Offered, Services},
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The user with this number.
pub(crate) fn user_id(number: u128) -> UserId {
    Id::new(Uuid::from_u128(0xffff_0000 + number))
}

/// Tokens of the form `role-number`.
struct Tokens;

#[async_trait]
impl Authenticate for Tokens {
    async fn verify(&self, token: &str) -> Result<Identity, Error> {
        let refused = || Error::Unauthenticated { code: "invalid_token", detail: "the token is not good" };
        let (role, number) = token.split_once('-').ok_or_else(refused)?;
        let role: Role = role.parse().map_err(|_| refused())?;
        let number = number.parse().map_err(|_| refused())?;
        let (user_id, roles) = (user_id(number), Roles::of([Role::User, role]));
        Ok(Identity { user_id, roles, session_id: Id::new(Uuid::nil()) })
    }
}

/// A provider that does as it is told, and answers when it is told nothing.
pub(crate) struct Scripted {
    name: &'static str,
    clock: FixedClock,
    failures: Mutex<VecDeque<ModelError>>,
    /// What it was asked.
    pub(crate) asked: Mutex<Vec<Generation>>,
}

impl Scripted {
    /// Fails so the next time.
    pub(crate) fn fail(&self, error: ModelError) {
        self.failures.lock().unwrap().push_back(error);
    }

    fn generated(&self, request: &Generation) -> Result<Generated, ModelError> {
        self.asked.lock().unwrap().push(request.clone());
        self.clock.advance(Duration::from_millis(250));
        match self.failures.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => Ok(Generated {
                text: "Check the **brakes**.".to_owned(),
                model: "small-2026".to_owned(),
                finish_reason: FinishReason::Stop,
                usage: Some(Usage::of(10, 5)),
                cost: None,
                sources: Vec::new(),
                confidence: None,
                provider_request_id: None,
            }),
        }
    }
}

#[async_trait]
impl TextModel for Scripted {
    fn provider(&self) -> &str {
        self.name
    }

    fn models(&self) -> Vec<String> {
        vec!["small".to_owned(), "large".to_owned()]
    }

    async fn generate(&self, request: &Generation) -> Result<Generated, ModelError> {
        self.generated(request)
    }

    async fn stream(&self, request: &Generation) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        let whole = self.generated(request);
        let begun = Ok(Piece::Delta("Check the ".to_owned()));
        let rest = match whole {
            Ok(whole) => vec![begun, Ok(Piece::Delta("**brakes**.".to_owned())), Ok(Piece::Done(Box::new(whole)))],
            Err(error) => vec![begun, Err(error)],
        };
        Ok(stream::iter(rest).boxed())
    }

    async fn health(&self) -> ModelHealth {
        let available = self.name != "second";
        let detail = (!available).then(|| "key refused".to_owned());
        ModelHealth { available, detail, checked_at: self.clock.now() }
    }
}

/// What a client was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The id of an object.
    pub(crate) fn id(&self) -> String {
        self.json["id"].as_str().unwrap().to_owned()
    }

    /// The bad fields of a problem, sorted.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let errors = self.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut fields: Vec<&str> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        fields
    }
}

/// The server's routes and what stands behind them.
pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) document: OpenApi,
    pub(crate) services: Services,
    pub(crate) driveever: DriveEver,
    pub(crate) clock: FixedClock,
    pub(crate) first: Arc<Scripted>,
}

/// An empty store at 2026-11-23T09:30:00Z, with the providers `first`, `second` and `offline` and the demonstration
/// vehicles.
pub(crate) fn app() -> App {
    app_with(Live::default())
}

pub(crate) fn app_with(live: Live) -> App {
    let (builder, _, clock) = testing::builder("2026-11-23T09:30:00Z".parse().unwrap());
    let scripted =
        |name| Arc::new(Scripted { name, clock: clock.clone(), failures: Mutex::default(), asked: Mutex::default() });
    let first = scripted("first");
    let time: Arc<dyn Clock> = Arc::new(clock.clone());
    let key = KeyEncryptionKey::generate().unwrap();
    let driveever = builder
        .options(crate::orders_support::one_try())
        .model(first.clone())
        .model(scripted("second"))
        .model(Arc::new(OfflineAdvisor::new(time.clone())))
        .vehicle_source(Arc::new(DemonstrationVehicles::new(time)))
        .login(Login::new(key, Argon2Options::default(), UserOptions::default()).unwrap())
        .sink(Arc::new(live.clone()))
        .build()
        .unwrap();
    let accounts = driveever.accounts().unwrap();
    let services = Services::from(Offered {
        order_wait: std::time::Duration::ZERO,
        users: accounts.users.clone(),
        accounts: accounts.users.clone(),
        auth: accounts.users.clone(),
        privacy: accounts.privacy.clone(),
        prompts: driveever.prompts(),
        library: driveever.library(),
        classify: Arc::new(|_| Vec::new()),
        ai: driveever.ai(),
        garage: driveever.garage(),
        orders: driveever.orders(),
        notifications: driveever.notifications(),
        analytics: driveever.analytics(),
        audit: driveever.audit(),
        parked: driveever.parked().clone(),
        log: driveever.log(),
        consumers: Arc::new(|_| None),
        live,
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
        clock: driveever.clock().clone(),
    });
    let (router, document) = OpenApiRouter::new()
        .merge(routes::ai::routes())
        .merge(routes::ai::sample_routes())
        .merge(routes::vehicles::routes())
        .merge(routes::notifications::routes())
        .merge(routes::analytics::routes())
        .split_for_parts();
    let tokens: Arc<dyn Authenticate> = Arc::new(Tokens);
    let keys = driveever.idempotency().clone();
    let router = behind_the_door(router.with_state(services.clone()), driveever.ids().clone(), tokens, keys);
    App { router, document, services, driveever, clock, first }
}

/// A request; `call` is its method and path.
pub(crate) fn request(call: &str, token: &str, headers: &[(&str, &str)], body: Option<Value>) -> Request<Body> {
    let (method, path) = call.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()
}

impl App {
    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Sends a request with these headers whose answer is JSON or nothing.
    pub(crate) async fn call_with(
        &self,
        call: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let (status, headers, text) = self.send(request(call, token, headers, body)).await;
        let json = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(headers["content-type"], "application/problem+json", "{call}");
        }
        Answer { status, headers, json }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call_with(&format!("GET {path}"), token, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call_with(&format!("POST {path}"), token, &[], Some(body)).await
    }

    /// Opens a stream of events.
    pub(crate) async fn open(&self, path: &str, token: &str, headers: &[(&str, &str)]) -> Events {
        let request = request(&format!("GET {path}"), token, headers, None);
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events { body: response.into_body(), text: String::new() }
    }

    /// Delivers every event that waits.
    pub(crate) async fn settle(&self) {
        self.driveever.settle().await.unwrap();
    }

    /// Tells a user of a security alert, and everybody who listens that it was made.
    pub(crate) async fn alert(&self, user: UserId) {
        let id = self.driveever.ids().uuid();
        let event = Arc::new(StoredEvent {
            position: 1,
            attempts: 1,
            event: DomainEvent {
                id,
                context: "user".into(),
                aggregate_type: "user".into(),
                aggregate_id: user.uuid(),
                aggregate_revision: 1,
                event_type: "user.security_alert".into(),
                actor: "system".to_owned(),
                request_id: "request-1".to_owned(),
                occurred_at: self.clock.now(),
                body: serde_json::json!({ "userId": user, "kind": "refresh_token_reused" }).to_string(),
            },
        });
        self.driveever.consumer("notification").unwrap().handle(&[event]).await.unwrap();
        self.settle().await;
    }
}

/// A server-sent event.
#[derive(Debug)]
pub(crate) struct SentEvent {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

/// An open stream of events.
pub(crate) struct Events {
    body: Body,
    text: String,
}

impl Events {
    /// The next event; none at the end.
    pub(crate) async fn next(&mut self) -> Option<SentEvent> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(event) = events(&block).pop() {
                    return Some(event);
                }
                continue;
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("an event or the end")?;
            let data = frame.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// Whether nothing comes for a while.
    pub(crate) async fn is_silent(&mut self, time: Duration) -> bool {
        self.text.is_empty() && tokio::time::timeout(time, self.body.frame()).await.is_err()
    }
}

/// The events of a stream's text.
pub(crate) fn events(text: &str) -> Vec<SentEvent> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_start_matches(':').trim_start().to_owned()).unwrap_or_default()
    };
    let blocks = text.split("\n\n").filter(|block| block.contains("data"));
    blocks
        .map(|block| SentEvent {
            name: field(block, "event"),
            id: field(block, "id"),
            data: serde_json::from_str(&field(block, "data")).unwrap(),
        })
        .collect()
}

/// Everything under a key with this name in a document.
fn values_of<'a>(json: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match json {
        Value::Object(object) => {
            for (key, value) in object {
                match value.as_str() {
                    Some(text) if key == name => found.push(text),
                    _ => values_of(value, name, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| values_of(value, name, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_whole() {
    let mut document = app().document;
    driveever_server::openapi::complete(&mut document);
    let document = serde_json::to_value(document).unwrap();
    let mut references = Vec::new();
    values_of(&document, "$ref", &mut references);
    assert!(references.len() > 100);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let mut operations = Vec::new();
    values_of(&document, "operationId", &mut operations);
    let count = operations.len();
    operations.sort_unstable();
    operations.dedup();
    assert_eq!(operations.len(), count, "each operation has its own id");
    let body = &document["components"]["schemas"]["AiGenerateRequest"];
    assert_eq!(body["additionalProperties"], false);
    assert_eq!(body["required"], serde_json::json!(["prompt", "question"]));
}

#[tokio::test]
async fn every_route_but_health_wants_a_token() {
    let app = app();
    let mut document = app.document.clone();
    driveever_server::openapi::complete(&mut document);
    let document = serde_json::to_value(document).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let call = format!("{} {}", method.to_uppercase(), path.replace("{id}", &Uuid::nil().to_string()));
            let body = operation.get("requestBody").is_some().then(|| serde_json::json!({}));
            if path == "/ai/health" {
                assert_eq!(app.call_with(&call, "", &[], body).await.status, 200);
                continue;
            }
            for token in ["", "nobody"] {
                let answer = app.call_with(&call, token, &[], body.clone()).await;
                assert_eq!(answer.status, 401, "{call}");
                assert!(operation["responses"]["401"].is_object(), "{call}");
            }
        }
    }
}
