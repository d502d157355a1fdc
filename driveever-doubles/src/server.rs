//! The server: takes connections, holds requests against their protocol, answers by script.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

use crate::{
    check::Checked,
    plan::{End, Plan, Sending, plan},
    protocol::{Protocol, Request},
    script::{Reply, Script},
    vehicles::Registers,
};

/// The largest request that is read.
const MAX_REQUEST: usize = 64 << 20;

/// A request that came.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// In whose protocol.
    pub protocol: Protocol,
    /// The path behind the protocol's own prefix, with the query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; null when it is no JSON.
    pub body: Value,
    /// What is wrong with it.
    pub violations: Vec<String>,
}

impl Received {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// What `POST /script` takes: `{"protocol": "openai", "script": {...}, "times": 3}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScriptOrder {
    /// For whose protocol.
    pub protocol: Protocol,
    /// What to do.
    pub script: Script,
    /// How often; absent: once. 0: for every request that has no other script.
    #[serde(default)]
    pub times: Option<u32>,
}

#[derive(Debug, Default)]
struct State {
    scripts: Mutex<HashMap<Protocol, Scripts>>,
    received: Mutex<Vec<Received>>,
    registers: Mutex<Registers>,
    /// Held by each answer that is being sent.
    open: Arc<()>,
}

#[derive(Debug, Default)]
struct Scripts {
    next: VecDeque<Script>,
    always: Option<Script>,
}

/// A server of this process, gone when this is dropped.
#[derive(Debug)]
pub struct Double {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Double {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> io::Result<Self> {
        Self::listen((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Listens here.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn listen(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let task = tokio::spawn(serve(listener, state.clone()));
        Ok(Self { address, state, task })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that the provider's clients are given instead of the provider's own.
    pub fn base_url(&self, protocol: Protocol) -> String {
        format!("http://{}{}{}", self.address, protocol.prefix(), protocol.base_path())
    }

    /// Adds a script for one request, behind those that wait.
    pub fn script(&self, protocol: Protocol, script: Script) {
        self.state.change(protocol, |scripts| scripts.next.push_back(script));
    }

    /// What every request without a script of its own gets from now on.
    pub fn always(&self, protocol: Protocol, script: Script) {
        self.state.change(protocol, |scripts| scripts.always = Some(script));
    }

    /// Lets a register know a vehicle: the body that it answers with for the mark, an error's included.
    pub fn know(&self, protocol: Protocol, mark: &str, body: Value) {
        self.state.registers().know(protocol, mark, body);
    }

    /// Lets the registers know the vehicles of a folder: `MARK.ves.json` and `MARK.dvsa.json` each. Gives how many files.
    ///
    /// # Errors
    /// When the folder or a file cannot be read.
    pub fn know_folder(&self, folder: &Path) -> io::Result<usize> {
        self.state.registers().know_folder(folder)
    }

    /// Ends all tokens that were given.
    pub fn expire_tokens(&self) {
        self.state.registers().expire();
    }

    /// What new tokens say of their life, in seconds; it is said only, [`Double::expire_tokens`] ends them.
    pub fn token_life(&self, seconds: u64) {
        self.state.registers().life = seconds;
    }

    /// How many requests came in this protocol.
    pub fn count(&self, protocol: Protocol) -> usize {
        self.received().iter().filter(|received| received.protocol == protocol).count()
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Questions that came so far, without look-ups of the models.
    pub fn questions(&self) -> usize {
        self.received().iter().filter(|received| !received.path.ends_with("/models")).count()
    }

    /// Answers that are being sent now; one whose reader is gone is not.
    pub fn open(&self) -> usize {
        Arc::strong_count(&self.state.open) - 1
    }

    /// Everything that was wrong with what came.
    pub fn violations(&self) -> Vec<String> {
        self.received().into_iter().flat_map(|received| received.violations).collect()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn change(&self, protocol: Protocol, change: impl FnOnce(&mut Scripts)) {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        change(scripts.entry(protocol).or_default());
    }

    fn registers(&self) -> MutexGuard<'_, Registers> {
        self.registers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The script for a request, where a register's ordinary answer is what it knows.
    fn script(&self, protocol: Protocol, checked: &Checked) -> Script {
        let mut script = self.next(protocol);
        if Protocol::VEHICLES.contains(&protocol) && matches!(script.reply, Reply::Answer(_)) {
            let (status, body) = self.registers().answer(protocol, &checked.mark);
            script.reply = Reply::Json { status, body };
        }
        script
    }

    fn next(&self, protocol: Protocol) -> Script {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let scripts = scripts.entry(protocol).or_default();
        scripts.next.pop_front().or_else(|| scripts.always.clone()).unwrap_or_else(Script::ordinary)
    }
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

async fn serve(listener: TcpListener, state: Arc<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let state = state.clone();
        tokio::spawn(async move { connection(stream, state).await });
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let Ok((stream, handle)) = doubled(stream) else { return };
    let service = service_fn(|request| answer(request, &state, &handle));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    // A broken connection is often what was asked for.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

/// A second handle on the socket, by which it can be reset while the connection has the first.
fn doubled(stream: TcpStream) -> io::Result<(TcpStream, std::net::TcpStream)> {
    let stream = stream.into_std()?;
    let handle = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, handle))
}

async fn answer(
    request: hyper::Request<Incoming>,
    state: &State,
    handle: &std::net::TcpStream,
) -> Result<Response<Body>, io::Error> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_REQUEST).collect().await else {
        return Ok(json_response(413, &json!({"error": {"message": "too large"}})));
    };
    let body = body.to_bytes();
    let path = parts.uri.path();
    let Some((protocol, path)) =
        Protocol::all().find_map(|protocol| Some((protocol, path.strip_prefix(protocol.prefix())?)))
    else {
        return Ok(control(state, parts.method.as_str(), path, &body));
    };
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let query = parts.uri.query().unwrap_or_default();
    let request = Request { method: parts.method.as_str(), path, query, headers: &headers, body: &body };
    let mut checked = protocol.check(&request);
    if protocol == Protocol::Dvsa {
        state.registers().check_token(&request, &mut checked);
    }
    let separator = if query.is_empty() { "" } else { "?" };
    state.received.lock().unwrap_or_else(PoisonError::into_inner).push(Received {
        protocol,
        path: format!("{path}{separator}{query}"),
        headers,
        body: checked.body.clone(),
        violations: checked.violations.clone(),
    });
    if !checked.violations.is_empty() {
        return Ok(json_response(checked.status, &protocol.refusal(checked.status, &checked.violations.join("; "))));
    }
    if let Some((status, body)) = checked.refused {
        return Ok(json_response(status, &body));
    }
    let script = state.script(protocol, &checked);
    sleep(Duration::from_millis(script.first_byte_ms)).await;
    match plan(protocol, &script, &checked) {
        Plan::Send(sending) => {
            Ok(response(protocol, sending, Duration::from_millis(script.chunk_ms), state.open.clone()))
        }
        Plan::Silent => std::future::pending().await,
        Plan::HangUp => Err(io::Error::other("hangs up")),
        Plan::Reset => {
            SockRef::from(handle).set_linger(Some(Duration::ZERO))?;
            Err(io::Error::other("resets"))
        }
    }
}

fn response(protocol: Protocol, sending: Sending, pause: Duration, open: Arc<()>) -> Response<Body> {
    let mut builder = Response::builder().status(sending.status);
    let id = match protocol {
        Protocol::Anthropic => Some("request-id"),
        Protocol::OpenAi => Some("x-request-id"),
        Protocol::Gemini | Protocol::Ves | Protocol::Dvsa | Protocol::DvsaToken => None,
    };
    for (name, value) in
        id.map(|name| (name.to_owned(), "req_double0001".to_owned())).into_iter().chain(sending.headers)
    {
        builder = builder.header(name, value);
    }
    let end = sending.end;
    let last = sending.pieces.last().cloned();
    // `open` is kept as long as the answer is.
    let pieces = stream::unfold((VecDeque::from(sending.pieces), true, open), move |(mut pieces, first, open)| {
        let last = last.clone();
        async move {
            if !first && !pause.is_zero() {
                sleep(pause).await;
            }
            if let Some(piece) = pieces.pop_front() {
                return Some((Ok(Frame::data(piece)), (pieces, false, open)));
            }
            match end {
                End::Clean => None,
                End::Abort => {
                    // Waiting once lets what was said before go out first.
                    tokio::task::yield_now().await;
                    Some((Err(io::Error::other("breaks off")), (pieces, false, open)))
                }
                End::Stall => std::future::pending().await,
                End::Endless => Some((Ok(Frame::data(last.unwrap_or_default())), (pieces, false, open))),
            }
        }
    });
    builder.body(BodyExt::boxed_unsync(StreamBody::new(pieces))).unwrap_or_else(|error| {
        json_response(500, &json!({"error": {"message": format!("the script has a bad header: {error}")}}))
    })
}

/// Scripts and what came, for other programs.
fn control(state: &State, method: &str, path: &str, body: &[u8]) -> Response<Body> {
    match (method, path) {
        ("POST", "/script") => match serde_json::from_slice::<ScriptOrder>(body) {
            Ok(order) => {
                state.change(order.protocol, |scripts| match order.times {
                    Some(0) => scripts.always = Some(order.script),
                    times => scripts.next.extend(std::iter::repeat_n(order.script, times.unwrap_or(1) as usize)),
                });
                json_response(200, &json!({"ok": true}))
            }
            Err(error) => json_response(400, &json!({"error": {"message": error.to_string()}})),
        },
        ("GET", "/received") => {
            let received = state.received.lock().unwrap_or_else(PoisonError::into_inner);
            json_response(200, &json!(*received))
        }
        _ => json_response(404, &json!({"error": {"message": format!("no such call: {method} {path}")}})),
    }
}

fn json_response(status: u16, body: &Value) -> Response<Body> {
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never: Infallible| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::BAD_REQUEST);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}
