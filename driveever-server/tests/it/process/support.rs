//! Servers in processes of their own, and requests to them over a socket.

use std::{
    ffi::OsString,
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{body::Body, http::Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::orders_support::{Answer, Call};

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const ADMIN: &str = "admin@example.org";
pub(crate) const PASSWORD: &str = "seven lanterns over the ford";

/// What a server keeps, in a folder that vanishes.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("driveever.db")
    }

    /// The same content in another folder; no server may be at work on it.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.folder.path().join(entry.file_name())).unwrap();
        }
        copy
    }

    /// What a server here is told.
    pub(crate) fn settings(&self) -> Vec<(OsString, OsString)> {
        let settings = [
            ("DRIVEEVER_PORT", "0"),
            ("DRIVEEVER_ADMIN_EMAIL", ADMIN),
            ("DRIVEEVER_ADMIN_PASSWORD", PASSWORD),
            ("DRIVEEVER_RATE_LIMIT", "off"),
            ("DRIVEEVER_LOG", "warn"),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.into(), value.into()));
        settings.chain([("DRIVEEVER_DATA_DIR".into(), self.folder.path().into())]).collect()
    }

    /// The plain server.
    pub(crate) fn command(&self) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_driveever-server").as_ref())
    }

    /// A program that is told what a server is told, and nothing that this process was told.
    pub(crate) fn command_of(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let is_setting = text.ends_with("_API_KEY") || text.ends_with("_BASE_URL") || text == "DATABASE_URL";
            if text.starts_with("DRIVEEVER_") || is_setting {
                command.env_remove(&name);
            }
        }
        command.current_dir(self.folder.path()).envs(self.settings());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// A plain server at work.
    pub(crate) async fn start(&self) -> Server {
        Server::start(self.command()).await
    }

    /// A user with a token, on a server of its own that has ended since.
    pub(crate) async fn with_user() -> (Self, User) {
        let home = Self::new();
        let server = home.start().await;
        let user = server.user("ann@example.org").await;
        assert!(server.terminate().await.success());
        (home, user)
    }
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) token: String,
}

/// How a process ended, and what it said.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
}

type HttpClient = Client<HttpConnector, Body>;

/// A server's process. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
    client: HttpClient,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) async fn start(command: Command) -> Self {
        match Self::try_start(command).await {
            Ok(server) => server,
            Err(end) => panic!("the server ended: {end:?}"),
        }
    }

    /// Starts a server; its end, when it does not come to listen.
    pub(crate) async fn try_start(mut command: Command) -> Result<Self, End> {
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let errors = child.stderr.take();
        let hears = said.clone();
        let listening = tokio::spawn(async move {
            let Some(mut errors) = errors else { return };
            let mut buffer = [0; 4_096];
            while let Ok(bytes @ 1..) = errors.read(&mut buffer).await {
                hears.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..bytes]));
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                // A test harness may write into the line's beginning.
                if let Some((_, rest)) = line.split_once("listens on http://") {
                    return rest.split_whitespace().next().and_then(|address| address.parse().ok());
                }
            }
            None
        };
        let Some(address) = timeout(PATIENCE, address).await.expect("it listens or ends in time") else {
            let status = timeout(PATIENCE, child.wait()).await.expect("it ends in time").unwrap();
            listening.await.unwrap();
            let said = said.lock().unwrap().clone();
            return Err(End { status, said });
        };
        // Whoever writes to a pipe that nobody reads stops some time.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let mut client = Client::builder(TokioExecutor::new());
        let client = client.retry_canceled_requests(false).build_http();
        let server = Self { child, address, said, client };
        let ready = server.send(Call::get("/health/ready")).await.unwrap();
        assert_eq!(ready.status, 200, "{}", server.said());
        Ok(server)
    }

    /// What it wrote on its standard error so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> Pid {
        let id = self.child.id().expect("it has not been waited for");
        Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
    }

    /// Whoever sends requests to it, as long as it lives.
    pub(crate) fn client(&self) -> Caller {
        Caller { address: self.address, client: self.client.clone() }
    }

    /// An answer, unless the connection broke.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, String> {
        self.client().send(call).await
    }

    pub(crate) async fn get(&self, user: &User, path: &str) -> Answer {
        self.send(Call::get(path).token(&user.token)).await.unwrap()
    }

    pub(crate) async fn post(&self, user: &User, path: &str, body: &Value) -> Answer {
        self.send(Call::post(path).token(&user.token).json(body)).await.unwrap()
    }

    /// A new user, logged in.
    pub(crate) async fn user(&self, email: &str) -> User {
        let body = json!({ "email": email, "password": PASSWORD, "name": "Ann" });
        self.send(Call::post("/api/users/register").json(&body)).await.unwrap().expect(201);
        self.log_in(email).await
    }

    /// The first admin.
    pub(crate) async fn admin(&self) -> User {
        self.log_in(ADMIN).await
    }

    async fn log_in(&self, email: &str) -> User {
        let body = json!({ "email": email, "password": PASSWORD });
        let tokens = self.send(Call::post("/api/auth/login").json(&body)).await.unwrap().expect(200);
        User { token: tokens["accessToken"].as_str().unwrap().to_owned() }
    }

    /// Kills it as nothing can prevent, and waits for its end.
    pub(crate) async fn kill(mut self) -> ExitStatus {
        // It may have died already.
        let _ = self.child.start_kill();
        self.child.wait().await.unwrap()
    }

    /// Its end, which is near.
    pub(crate) async fn end(mut self) -> End {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").unwrap();
        End { status, said: self.said() }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Asks it to stop, and waits for its end.
    pub(crate) async fn terminate(self) -> ExitStatus {
        self.signal(Signal::TERM);
        let End { status, said } = self.end().await;
        assert!(status.success(), "{status}: {said}");
        status
    }
}

/// Sends requests to a server.
#[derive(Clone)]
pub(crate) struct Caller {
    address: SocketAddr,
    client: HttpClient,
}

impl Caller {
    /// The answer's head, and its body as it comes.
    pub(crate) async fn open(&self, call: Call) -> Result<Response<Incoming>, String> {
        let mut request = call.request();
        *request.uri_mut() = format!("http://{}{}", self.address, request.uri()).parse().unwrap();
        timeout(PATIENCE, self.client.request(request)).await.expect("an answer in time").map_err(|e| e.to_string())
    }

    /// An answer, unless the connection broke.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, String> {
        let (parts, body) = self.open(call).await?.into_parts();
        let body = timeout(PATIENCE, body.collect()).await.expect("a body in time").map_err(|e| e.to_string())?;
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }
}

/// Asks until the answer is what was hoped for.
pub(crate) async fn eventually<T, F: Future<Output = Result<T, String>>>(ask: impl Fn() -> F) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match ask().await {
            Ok(found) => return found,
            Err(why) => assert!(Instant::now() < end, "{why}"),
        }
        sleep(Duration::from_millis(25)).await;
    }
}
