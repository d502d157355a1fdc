//! Requests over the wire: one's turn, the allowance, timeouts, bounded bodies.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use driveever_core::{
    ai::{
        ModelError,
        allowance::{Allowance, Learned},
    },
    time::Clock,
};
use reqwest::{
    Client, Method, Response,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::http::{self, Broken, SettingsError};

use super::{
    protocol::malformed,
    settings::{RemoteSettings, Timeouts, WireLimits},
};

/// The largest error body that is read: what matters in it is short.
const ERROR_BODY: usize = 64 << 10;

pub(super) struct Transport {
    client: Client,
    address: String,
    headers: HeaderMap,
    pub(super) timeouts: Timeouts,
    pub(super) limits: WireLimits,
    turns: Arc<Semaphore>,
    allowance: Mutex<Allowance>,
    clock: Arc<dyn Clock>,
}

/// An answer that has begun, and one's turn, which lasts until it is read.
pub(super) struct Begun {
    pub(super) response: Response,
    pub(super) turn: OwnedSemaphorePermit,
}

impl Transport {
    pub(super) fn new(
        address: String,
        headers: HeaderMap,
        settings: &RemoteSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let client = http::client(settings.timeouts.connect)?;
        Ok(Self {
            client,
            address,
            headers,
            timeouts: settings.timeouts,
            limits: settings.limits,
            turns: Arc::new(Semaphore::new(settings.limits.concurrency.min(Semaphore::MAX_PERMITS))),
            allowance: Mutex::default(),
            clock,
        })
    }

    /// Sends a question, when it is its turn and the provider's allowance has room.
    pub(super) async fn ask(&self, path: &str, body: Vec<u8>, deadline: Instant) -> Result<Begun, ModelError> {
        let turn = self.turn(deadline).await?;
        self.take()?;
        let request = self
            .client
            .request(Method::POST, format!("{}{path}", self.address))
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"))
            .body(body);
        let by = deadline.min(Instant::now() + self.timeouts.first_byte);
        let began = Instant::now();
        let response = http::send(request, by).await.map_err(|broken| error_of(broken, began))?;
        Ok(Begun { response, turn })
    }

    /// Reads something small that costs nothing, such as the list of models.
    pub(super) async fn look(&self, path: &str) -> Result<Response, ModelError> {
        let began = Instant::now();
        let request = self.client.get(format!("{}{path}", self.address)).headers(self.headers.clone());
        http::send(request, began + self.timeouts.health).await.map_err(|broken| error_of(broken, began))
    }

    async fn turn(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, ModelError> {
        let by = deadline.min(Instant::now() + self.timeouts.queue);
        match timeout_at(by, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(ModelError::RateLimited {
                detail: format!("{} requests to it are under way already", self.limits.concurrency),
                retry_after: None,
            }),
        }
    }

    fn take(&self) -> Result<(), ModelError> {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        allowance.take(self.clock.now()).map_err(|wait| ModelError::RateLimited {
            detail: "it said that no more is left for now".to_owned(),
            retry_after: Some(wait),
        })
    }

    /// Takes in what an answer's headers said.
    pub(super) fn learn(&self, learned: Vec<Learned>) {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        for learned in learned {
            allowance.learn(learned);
        }
    }

    /// Asks nothing for this long: it said so.
    pub(super) fn hold(&self, wait: Duration) {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        allowance.hold(self.clock.now().plus(wait));
    }

    /// A whole body, up to the bound, by the deadline.
    pub(super) async fn body(&self, response: Response, deadline: Instant) -> Result<Bytes, ModelError> {
        let began = Instant::now();
        let body = http::body(response, self.limits.body, deadline, self.timeouts.idle).await;
        body.map_err(|broken| error_of(broken, began))
    }

    /// As much of an error's body as is of use; that it broke off does not change what it is.
    pub(super) async fn error_body(&self, mut response: Response, deadline: Instant) -> Bytes {
        let mut body = BytesMut::new();
        while body.len() < ERROR_BODY
            && let Ok(Some(piece)) = self.piece(&mut response, deadline).await
        {
            body.extend_from_slice(&piece);
        }
        body.freeze()
    }

    /// The next piece of a body; nothing at its end.
    pub(super) async fn piece(&self, response: &mut Response, deadline: Instant) -> Result<Option<Bytes>, ModelError> {
        let began = Instant::now();
        let piece = http::piece(response, deadline.min(began + self.timeouts.idle)).await;
        piece.map_err(|broken| error_of(broken, began))
    }
}

/// What a request that came to nothing is to the caller.
fn error_of(broken: Broken, began: Instant) -> ModelError {
    match broken {
        Broken::NotConnected | Broken::Closed => {
            ModelError::Unavailable { detail: broken.words().to_owned(), retry_after: None }
        }
        Broken::BrokeOff => ModelError::Incomplete { detail: "the connection broke off".to_owned() },
        Broken::Garbled | Broken::TooLarge => malformed(broken.words()),
        Broken::Late => ModelError::TimedOut { waited: began.elapsed() },
    }
}
