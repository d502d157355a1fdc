//! A router over the whole of DriveEver in memory, with a model that can be told to wait or to fail.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use crate::support::behind_the_door;
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, Method, Request, StatusCode},
};
use driveever::{
    DriveEver, Login, TrustedUsers,
    auth::{Argon2Options, KeyEncryptionKey},
};
use driveever_core::{
    Error, Role,
    ai::text_model::{FinishReason, Generated, Generation, ModelError, ModelHealth, Piece, TextModel},
    id::Id,
    order::PaymentMode,
    prompt::classify::Classifier,
    request::Roles,
    time::{FixedClock, Timestamp},
    user::{Identity, UserId, UserOptions},
};
use driveever_server::{
    http::caller::Authenticate,
    live::Live,
    routes,
    state::{Offered, Services},
};
use futures_util::stream::BoxStream;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::sync::Semaphore;
use tower::ServiceExt;
use uuid::Uuid;

/// 2026-06-01T12:00:00Z.
const NOW: i64 = 1_780_315_200_000_000;

/// A model that answers, once it may.
pub(crate) struct TestModel {
    /// A permit an answer; closed: as many as are asked for.
    pub(crate) gate: Semaphore,
    pub(crate) error: Mutex<Option<ModelError>>,
    gated: AtomicBool,
}

impl TestModel {
    fn new() -> Self {
        Self { gate: Semaphore::new(0), error: Mutex::new(None), gated: AtomicBool::new(false) }
    }

    /// From now on, no answer without a permit.
    pub(crate) fn hold(&self) {
        self.gated.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl TextModel for TestModel {
    fn provider(&self) -> &'static str {
        "offline"
    }

    fn models(&self) -> Vec<String> {
        vec!["test-1".to_owned()]
    }

    async fn generate(&self, request: &Generation) -> Result<Generated, ModelError> {
        if self.gated.load(Ordering::SeqCst) {
            self.gate.acquire().await.expect("open").forget();
        }
        if let Some(error) = self.error.lock().unwrap().clone() {
            return Err(error);
        }
        Ok(Generated {
            text: format!("# Answer\n\nAbout: {}", request.question),
            model: "test-1".to_owned(),
            finish_reason: FinishReason::Stop,
            usage: None,
            cost: None,
            sources: Vec::new(),
            confidence: None,
            provider_request_id: None,
        })
    }

    async fn stream(&self, _request: &Generation) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        Err(ModelError::Unavailable { detail: "not in these tests".to_owned(), retry_after: None })
    }

    async fn health(&self) -> ModelHealth {
        ModelHealth { available: true, detail: None, checked_at: Timestamp::from_micros(NOW) }
    }
}

/// A model that fails is not asked again: what these tests script is one try.
pub(crate) fn one_try() -> driveever::Options {
    let mut options = driveever::Options::default();
    options.ai.retry.tries = 1;
    options
}

/// Knows the tokens `user-1`, `admin-1`, `editor-1` and so on.
struct Tokens;

/// The user with this number.
pub(crate) fn user_id(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(0x5e4_0000_0000_7000_8000_0000_0000_0000 | number))
}

#[async_trait]
impl Authenticate for Tokens {
    async fn verify(&self, token: &str) -> Result<Identity, Error> {
        let refused = || Error::Unauthenticated { code: "invalid_token", detail: "the token is not good" };
        let (name, number) = token.split_once('-').ok_or_else(refused)?;
        let role = match name {
            "user" => Role::User,
            "editor" => Role::PromptEditor,
            "admin" => Role::Admin,
            _ => return Err(refused()),
        };
        let number: u128 = number.parse().map_err(|_| refused())?;
        let base = if role == Role::User { 0 } else { 1_000 };
        let user_id = user_id(base + number);
        Ok(Identity { user_id, roles: Roles::of([role]), session_id: Id::new(user_id.uuid()) })
    }
}

/// What a test holds.
pub(crate) struct World {
    pub(crate) app: DriveEver,
    pub(crate) services: Services,
    pub(crate) model: Arc<TestModel>,
    pub(crate) clock: FixedClock,
    router: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::paying(PaymentMode::Test).await
    }

    pub(crate) async fn paying(payment: PaymentMode) -> Self {
        let live = Live::default();
        let model = Arc::new(TestModel::new());
        let (builder, _, clock) = driveever::testing::builder(Timestamp::from_micros(NOW));
        let hashing = Argon2Options { memory_kib: 64, passes: 1, ..Argon2Options::default() };
        let key = KeyEncryptionKey::generate().unwrap();
        let app = builder
            .payment(payment)
            .options(one_try())
            .model(model.clone())
            .users(Arc::new(TrustedUsers))
            .login(Login::new(key, hashing, UserOptions::default()).unwrap())
            .sink(Arc::new(live.clone()))
            .build()
            .unwrap();
        app.prepare().await.unwrap();
        let services = services(&app, live);
        let router = router(&app, services.clone());
        Self { app, services, model, clock, router }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn call(&self, call: Call) -> Answer {
        let (parts, body) = self.send(call.request()).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(Call::get(path).token(token)).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(Call::post(path).token(token).json(&body)).await
    }
}

fn services(app: &DriveEver, live: Live) -> Services {
    let accounts = app.accounts().unwrap();
    let consumers = app.clone();
    Services::from(Offered {
        order_wait: std::time::Duration::ZERO,
        users: app.users(),
        accounts: accounts.users.clone(),
        auth: accounts.users.clone(),
        privacy: accounts.privacy.clone(),
        prompts: app.prompts(),
        library: app.library(),
        classify: Arc::new(|question| Classifier::bundled().classify(question).scores),
        ai: app.ai(),
        garage: app.garage(),
        orders: app.orders(),
        notifications: app.notifications(),
        analytics: app.analytics(),
        audit: app.audit(),
        parked: app.parked().clone(),
        log: app.log(),
        consumers: Arc::new(move |name| consumers.consumer(name)),
        live,
        clock: app.clock().clone(),
        tasks: tokio_util::task::TaskTracker::new(),
        stop: tokio_util::sync::CancellationToken::new(),
    })
}

fn router(app: &DriveEver, services: Services) -> Router {
    let (router, _) = routes::orders::routes().split_for_parts();
    let users: Arc<dyn Authenticate> = Arc::new(Tokens);
    behind_the_door(router.with_state(services), app.ids().clone(), users, app.idempotency().clone())
}

/// A request in the making.
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Body,
}

impl Call {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: HeaderMap::new(), body: Body::empty() }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    pub(crate) fn put(path: &str) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// JSON that need be none.
    pub(crate) fn text(mut self, body: &str) -> Self {
        self.body = Body::from(body.to_owned());
        self.header("content-type", "application/json")
    }

    pub(crate) fn request(self) -> Request<Body> {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers;
        request
    }
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body, when the status is as expected.
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The code of the problem, when the status is as expected.
    pub(crate) fn problem(self, status: u16) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        self.expect(status)
    }

    /// The code of the problem.
    pub(crate) fn code(self, status: u16) -> String {
        self.problem(status)["code"].as_str().unwrap().to_owned()
    }

    /// The bad fields.
    pub(crate) fn fields(self) -> Vec<String> {
        let problem = self.problem(400);
        let mut fields: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap().to_owned())
            .collect();
        fields.sort_unstable();
        fields
    }
}
