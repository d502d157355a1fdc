//! The application under test, and requests to it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
    middleware::from_fn_with_state,
    response::Response,
};
use driveever_auth::{Argon2Hasher, Argon2Options, JwtReader, JwtSigner, KeyEncryptionKey, SystemSecrets};
use driveever_core::{
    Error, Role, Roles,
    ai::{AiOptions, Answers},
    analytics::{AnalyticsOptions, Statistics},
    audit::AuditTrail,
    event::{EventHandler, InProcessBus, ParkedMessages, Relay, RelayOptions, StoredEvent},
    id::{Id, IdGenerator, SequentialIds},
    idempotency::{IdempotencyKeys, IdempotencyOptions},
    notification::{NotificationOptions, Notifications, TicketSecrets},
    prompt::{PromptCategory, PromptOptions, Prompts},
    time::FixedClock,
    user::{
        Authenticator, Identity, MemoryAttemptLimiter, PersonalData, Privacy, SignatureVerifier, UserId, UserOptions,
        UserPorts, Users,
    },
    vehicle::{VehicleOptions, Vehicles},
};
use driveever_memory::MemoryStore;
use driveever_server::{
    http::{
        admit::{Door, admit},
        caller::Authenticate,
        headers::envelope,
        idempotency::IdempotencyState,
        rate_limit::RateLimit,
    },
    live::Live,
    routes,
    state::{Offered, Services},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// A good password.
pub(crate) const PASSWORD: &str = "seven lanterns over the ford";

/// The application with the ports it stands on.
pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) users: Arc<Users>,
    pub(crate) flaky: Arc<Flaky>,
    relay: Relay,
}

/// Tokens such as `editor-1` beside real ones: the user's number, and what they may do.
struct Tokens(Authenticator);

#[async_trait]
impl Authenticate for Tokens {
    async fn verify(&self, token: &str) -> Result<Identity, Error> {
        let role = |name: &str| match name {
            "user" => Some(Role::User),
            "editor" => Some(Role::PromptEditor),
            "analyst" => Some(Role::Analyst),
            "admin" => Some(Role::Admin),
            _ => None,
        };
        let named = token.split_once('-').and_then(|(name, number)| Some((role(name)?, number.parse().ok()?)));
        match named {
            Some((role, number)) => Ok(Identity {
                user_id: user_id(number),
                roles: Roles::of([Role::User, role]),
                session_id: Id::new(Uuid::from_u128(number)),
            }),
            None => self.0.authenticate(token).await,
        }
    }
}

/// The user with this number.
pub(crate) fn user_id(number: u128) -> UserId {
    Id::new(Uuid::from_u128(0xffff_0000 + number))
}

struct FixedTickets;

impl TicketSecrets for FixedTickets {
    fn secret(&self) -> [u8; 32] {
        [7; 32]
    }
}

/// A consumer that fails as long as it is told to.
#[derive(Default)]
pub(crate) struct Flaky {
    pub(crate) failing: Mutex<bool>,
}

#[async_trait]
impl EventHandler for Flaky {
    fn consumer(&self) -> &'static str {
        "flaky"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == "prompt.created"
    }

    async fn handle(&self, _events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        if *self.failing.lock().unwrap() { Err(Error::internal("no paper")) } else { Ok(()) }
    }
}

/// The documented routes.
pub(crate) fn documented() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .merge(routes::users::routes())
        .merge(routes::auth::routes())
        .merge(routes::prompts::routes())
        .merge(routes::prompt_versions::routes())
        .merge(routes::prompt_labels::routes())
        .merge(routes::prompt_use::routes())
        .merge(routes::prompt_use::outcome_routes())
        .merge(routes::prompt_records::routes())
        .merge(routes::audit::routes())
}

/// A new application at 2026-11-23T09:30:00Z.
pub(crate) fn app() -> App {
    let store = Arc::new(MemoryStore::new());
    let clock = Arc::new(FixedClock::at("2026-11-23T09:30:00Z".parse().unwrap()));
    let ids = Arc::new(SequentialIds::new());
    let options = UserOptions::default();
    let hard = Argon2Options { memory_kib: 64, passes: 1, ..Argon2Options::default() };
    let ports = UserPorts {
        repository: store.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        hasher: Arc::new(Argon2Hasher::new(hard).unwrap()),
        secrets: Arc::new(SystemSecrets),
        signer: Arc::new(JwtSigner::new(KeyEncryptionKey::new([7; 32]))),
        limiter: Arc::new(MemoryAttemptLimiter::new(clock.clone())),
    };
    let users = Arc::new(Users::new(ports, options.clone()));
    let prompts = Arc::new(Prompts::new(store.clone(), clock.clone(), ids.clone(), PromptOptions::default()));
    let parked = ParkedMessages::new(store.clone(), clock.clone(), ids.clone());
    let flaky = Arc::new(Flaky::default());
    let handlers: Vec<Arc<dyn EventHandler>> = vec![prompts.clone(), flaky.clone()];
    let bus =
        handlers.iter().fold(InProcessBus::new(parked.clone(), 1), |bus, handler| bus.with_handler(handler.clone()));
    let relay = Relay::new(store.clone(), Arc::new(bus), clock.clone(), ids.as_ref(), RelayOptions::default());
    let personal: Vec<Arc<dyn PersonalData>> = vec![prompts.clone()];
    let vehicles = Vehicles::new(store.clone(), None, clock.clone(), ids.clone(), VehicleOptions::default());
    let notifications = Notifications::new(
        store.clone(),
        clock.clone(),
        ids.clone(),
        Arc::new(FixedTickets),
        NotificationOptions::default(),
    );
    let services = Services::from(Offered {
        order_wait: std::time::Duration::ZERO,
        users: users.clone(),
        accounts: users.clone(),
        auth: users.clone(),
        privacy: Arc::new(Privacy::new(users.clone(), personal)),
        prompts: prompts.clone(),
        library: prompts,
        classify: Arc::new(classify),
        ai: Arc::new(
            Answers::new(store.clone(), Vec::new(), clock.clone(), ids.clone(), AiOptions::default()).unwrap(),
        ),
        garage: Arc::new(vehicles),
        notifications: Arc::new(notifications),
        analytics: Arc::new(Statistics::new(store.clone(), clock.clone(), AnalyticsOptions::default())),
        audit: Arc::new(AuditTrail::new(store.clone())),
        parked,
        orders: orders_over(store.clone()),
        stop: tokio_util::sync::CancellationToken::new(),
        tasks: tokio_util::task::TaskTracker::new(),
        log: store.clone(),
        consumers: Arc::new(move |name| handlers.iter().find(|handler| handler.consumer() == name).cloned()),
        live: Live::default(),
        clock: clock.clone(),
    });
    let tokens = options.tokens;
    let verifier = SignatureVerifier::new(users.keys().clone(), Arc::new(JwtReader::new()), tokens.clone());
    let authenticator = Authenticator::new(Arc::new(verifier), users.revocations().clone(), clock.clone(), tokens);
    let authenticate: Arc<dyn Authenticate> = Arc::new(Tokens(authenticator));
    let keys = IdempotencyKeys::new(store.clone(), clock.clone(), ids.clone(), IdempotencyOptions::default());
    let envelope_ids: Arc<dyn IdGenerator> = ids.clone();
    let (router, _) = documented().split_for_parts();
    let router = behind_the_door(router.with_state(services), envelope_ids, authenticate, keys);
    App { router, clock, users, flaky, relay }
}

/// Routes behind what every request passes, without limits.
pub(crate) fn behind_the_door(
    router: Router,
    ids: Arc<dyn IdGenerator>,
    authenticate: Arc<dyn Authenticate>,
    keys: IdempotencyKeys,
) -> Router {
    let keys = IdempotencyState { keys, max_body: 1 << 20 };
    let door = Door { authenticate, requests: RateLimit::off("requests"), keys };
    router.layer(from_fn_with_state(Arc::new(door), admit)).layer(from_fn_with_state(ids, envelope))
}

/// Knows emergencies, and everything else is a general inquiry.
fn classify(question: &str) -> Vec<(PromptCategory, f64)> {
    let emergency: f64 = if question.contains("smoke") { 0.9 } else { 0.1 };
    let mut scores =
        vec![(PromptCategory::EmergencyGuidance, emergency), (PromptCategory::GeneralInquiry, 1.0 - emergency)];
    scores.sort_by(|a, b| b.1.total_cmp(&a.1));
    scores
}

impl App {
    /// A request to be sent.
    pub(crate) fn request<'a>(&'a self, method: &'a str, path: &'a str) -> Sending<'a> {
        Sending { app: self, method, path, headers: Vec::new(), body: None, address: [192, 0, 2, 1].into() }
    }

    pub(crate) fn get<'a>(&'a self, path: &'a str) -> Sending<'a> {
        self.request("GET", path)
    }

    pub(crate) fn post<'a>(&'a self, path: &'a str) -> Sending<'a> {
        self.request("POST", path)
    }

    /// Delivers the events that wait.
    pub(crate) async fn deliver(&self, context: &'static str) {
        while self.relay.run_once(context).await.unwrap() > 0 {}
    }
}

/// A request on its way.
pub(crate) struct Sending<'a> {
    app: &'a App,
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'a str, String)>,
    body: Option<String>,
    address: Ipv4Addr,
}

impl<'a> Sending<'a> {
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(body.to_string())
    }

    /// A body as it stands, said to be JSON.
    pub(crate) fn text(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", "application/json")
    }

    pub(crate) fn from(mut self, address: [u8; 4]) -> Self {
        self.address = address.into();
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let request = Request::builder().method(self.method).uri(self.path);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let mut request = request.body(self.body.map_or_else(Body::empty, Body::from)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((self.address, 4_000))));
        Answer::of(self.app.router.clone().oneshot(request).await.unwrap()).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        if parts.status.is_client_error() || parts.status.is_server_error() {
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json", "{text}");
        }
        assert_ne!(parts.status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
        Self { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The body, when the status is as expected.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem's code, when the status is as expected.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> String {
        self.expect(status)["code"].as_str().unwrap().to_owned()
    }

    /// The names of the bad fields.
    #[track_caller]
    pub(crate) fn bad_fields(&self) -> Vec<String> {
        let problem = self.expect(400);
        let mut fields: Vec<String> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap().to_owned())
            .collect();
        fields.sort();
        fields
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Orders over a store, for tests that are not about them.
pub(crate) fn orders_over(store: Arc<MemoryStore>) -> Arc<dyn driveever_core::order::OrderService> {
    driveever::DriveEver::builder().store(store).build().unwrap().orders()
}
