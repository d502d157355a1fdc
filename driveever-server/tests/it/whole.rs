//! The whole server in this process: every layer, every route, real accounts, the store in memory.
//!
//! Requests are made up from the OpenAPI document, so that a route that is added is tested without a word here.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request},
};
use driveever::{CONTEXTS, core::event::EventQuery};
use driveever_server::{
    config::{Config, Sources},
    http::caller::Authenticate,
    routes::system::SystemState,
    server::{RateLimits, Surroundings, router},
    telemetry::{self, Standing},
    wiring::{Callers, Wired},
};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusRecorder;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "seven lanterns over the ford";
const ADMIN: &str = "admin@example.org";
/// An id that nothing has.
pub(crate) const NOWHERE: &str = "0197c9c5-0000-7000-8000-00000000dead";

/// The server.
pub(crate) struct Whole {
    router: Router,
    pub(crate) wired: Wired,
    pub(crate) document: Value,
    /// What `/api/metrics` renders; a test makes it its thread's own.
    pub(crate) recorder: PrometheusRecorder,
    _folder: tempfile::TempDir,
}

/// An operation of the document.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) raw: Value,
}

impl Operation {
    /// Its path with these ids, by the parameter's name, and something that nothing has for the rest.
    pub(crate) fn path_with(&self, ids: &[(&str, &str)]) -> String {
        let others = [
            ("id", NOWHERE),
            ("category", "vehicle_advice"),
            ("name", "no such prompt"),
            ("number", "1"),
            ("other", "1"),
            ("label", "next"),
        ];
        ids.iter().chain(&others).fold(self.path.clone(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), &value.replace(' ', "%20"))
        })
    }

    pub(crate) fn needs_token(&self) -> bool {
        self.raw["security"].as_array().is_some_and(|ways| ways.iter().all(|way| way.get("bearer").is_some()))
    }

    pub(crate) fn parameters(&self, place: &str) -> impl Iterator<Item = &Value> {
        self.raw["parameters"].as_array().into_iter().flatten().filter(move |parameter| parameter["in"] == place)
    }

    pub(crate) fn body(&self) -> Option<&Value> {
        self.raw.pointer("/requestBody/content/application~1json/schema")
    }
}

impl Whole {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = Sources::default();
        for (key, value) in [
            ("database_url", "memory:"),
            ("data_dir", folder.path().to_str().unwrap()),
            ("demo", "on"),
            ("rate_limit", "off"),
            ("admin_email", ADMIN),
        ] {
            sources.flag(key, value);
        }
        let config = Config::read(sources).unwrap();
        let wired = Wired::open(&config, Callers::Accounts).await.unwrap();
        wired.app.prepare().await.unwrap();
        let accounts = wired.app.accounts().unwrap();
        accounts.users.ensure_admin(ADMIN, Some(PASSWORD.into())).await.unwrap();
        let recorder = telemetry::recorder().unwrap();
        let authenticate: Arc<dyn Authenticate> = accounts.authenticator.clone();
        let around = Surroundings {
            limits: RateLimits::of(&config),
            authenticate,
            keys: wired.app.idempotency().clone(),
            system: Arc::new(SystemState {
                wired: wired.clone(),
                standing: Standing::of(wired.clone()),
                metrics: recorder.handle(),
                began: Instant::now(),
            }),
            config,
        };
        let (router, document) = router(wired.services().unwrap(), &around);
        let document = serde_json::to_value(document).unwrap();
        Self { router, wired, document, recorder, _folder: folder }
    }

    /// Every operation of the document.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        let paths = self.document["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(|(method, raw)| Operation {
                id: raw["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                raw: raw.clone(),
            })
        });
        operations.collect()
    }

    pub(crate) fn request<'a>(&'a self, method: &'a str, path: impl Into<String>) -> Asking<'a> {
        Asking { whole: self, method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// A token of an account that is made when it is not there.
    pub(crate) async fn log_in(&self, email: &str) -> String {
        self.tokens(email).await["accessToken"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn tokens(&self, email: &str) -> Value {
        if email != ADMIN {
            let account = json!({"email": email, "password": PASSWORD, "name": "Some One"});
            self.request("POST", "/api/users/register").json(&account).send().await;
        }
        let login = json!({"email": email, "password": PASSWORD});
        let answer = self.request("POST", "/api/auth/login").json(&login).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn admin(&self) -> String {
        self.log_in(ADMIN).await
    }

    /// A token of a user with this role beside `user`.
    pub(crate) async fn with_role(&self, role: &str) -> String {
        let email = format!("{role}@example.org");
        let token = self.log_in(&email).await;
        if role == "user" {
            return token;
        }
        let me = self.request("GET", "/api/users/me").token(&token).send().await.json();
        let path = format!("/api/users/{}/roles", me["id"].as_str().unwrap());
        let roles = json!({"roles": ["user", role]});
        let set = self.request("PUT", path).token(&self.admin().await).json(&roles).send().await;
        assert_eq!(set.status, 200, "{}", set.text);
        self.log_in(&email).await
    }

    /// How much there is of everything: events of every context, the newest of each.
    pub(crate) async fn stored(&self) -> BTreeMap<&'static str, (usize, Option<uuid::Uuid>)> {
        let mut stored = BTreeMap::new();
        for context in CONTEXTS {
            let query =
                EventQuery { contexts: vec![context], newest_first: true, limit: 10_000, ..EventQuery::default() };
            let events = self.wired.app.log().read(&query).await.unwrap();
            stored.insert(context, (events.len(), events.first().map(|stored| stored.event.id)));
        }
        stored
    }

    /// A schema of the document, with references followed.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.resolve(self.document.pointer(reference.strip_prefix('#').unwrap()).unwrap()),
            None => schema,
        }
    }

    /// The schema itself, of one that may be null too.
    pub(crate) fn filled<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let schema = self.resolve(schema);
        let kinds = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
        match kinds.and_then(|kinds| kinds.iter().find(|kind| kind["type"] != "null")) {
            Some(kind) => self.filled(kind),
            None => schema,
        }
    }

    /// The smallest value that fits a schema.
    pub(crate) fn sample(&self, schema: &Value) -> Value {
        let schema = self.filled(schema);
        if let Some(values) = schema["enum"].as_array() {
            // Of all currencies, the one in which the service bills.
            let billed = values.iter().find(|value| *value == "GBP");
            return billed.or(values.first()).unwrap().clone();
        }
        let is = |kind: &str| schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds[0] == kind);
        if is("object") || schema.get("properties").is_some() {
            let names = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
            let fields = names.map(|name| (name.to_owned(), self.sample(&schema["properties"][name])));
            Value::Object(fields.collect::<Map<_, _>>())
        } else if is("array") {
            let least = usize::from(schema["minItems"].as_u64().unwrap_or(0) > 0);
            Value::Array(vec![self.sample(&schema["items"]); least])
        } else if is("integer") || is("number") {
            json!(schema["minimum"].as_i64().unwrap_or(1).max(1))
        } else if is("boolean") {
            json!(true)
        } else {
            json!(match schema["format"].as_str() {
                Some("uuid") => NOWHERE,
                Some("email") => "somebody@example.org",
                Some("password") => PASSWORD,
                Some("date") => "2026-11-24",
                Some("date-time") => "2026-11-24T00:00:00Z",
                Some("registration-mark") => "AB12 XYZ",
                Some("provider") => "offline",
                _ => "words",
            })
        }
    }
}

/// A request on its way.
pub(crate) struct Asking<'a> {
    whole: &'a Whole,
    method: &'a str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asking<'_> {
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    pub(crate) fn bytes(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    pub(crate) async fn send(self) -> Said {
        let request = Request::builder().method(self.method).uri(&self.path);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let mut request = request.body(Body::from(self.body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_000))));
        let response = self.whole.router.clone().oneshot(request).await.unwrap();
        let (parts, mut body) = response.into_parts();
        let streams = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let mut bytes = Vec::new();
        // A stream goes on for ever: its first event shows what it is.
        while let Ok(Some(frame)) = tokio::time::timeout(Duration::from_secs(20), body.frame()).await {
            if let Ok(data) = frame.unwrap().into_data() {
                bytes.extend_from_slice(&data);
            }
            if streams {
                break;
            }
        }
        Said {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// Everything that is logged on this thread, at every level.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        tracing::subscriber::set_default(subscriber.with_writer(move || log.clone()).finish())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The problem: well-formed, of this status.
    #[track_caller]
    pub(crate) fn problem(&self, case: &str) -> Value {
        let kind = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{case}: {} {}", self.status, self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{case}");
        for field in ["type", "title", "detail", "code", "requestId", "traceId", "instance"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{case}: no {field} in {problem}");
        }
        assert_eq!(problem["requestId"].as_str(), self.headers["x-request-id"].to_str().ok(), "{case}");
        problem
    }
}
