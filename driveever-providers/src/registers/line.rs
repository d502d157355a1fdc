//! The way to one service: turns, tries, waits, and when it is left alone.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use driveever_core::{
    ai::breaker::{Breaker, Signal},
    time::Clock,
    vehicle::{registration::Registration, source::SourceError},
};
use reqwest::{Client, RequestBuilder, StatusCode, header::HeaderMap};
use tokio::time::{Instant, sleep};

use super::{
    answer::{Again, Failed},
    meter::Meter,
    settings::{Pace, Patience, RegisterBreaker},
};
use crate::http::{self, Broken, SettingsError};

/// A service as it is asked, once a try.
#[async_trait::async_trait]
pub(super) trait Service: Send + Sync {
    /// What it tells of a vehicle.
    type Vehicle: Send;

    /// Asks once.
    async fn ask(&self, line: &Line, registration: &Registration, by: Instant)
    -> Result<Option<Self::Vehicle>, Failed>;
}

/// The way to one service.
pub(super) struct Line {
    name: &'static str,
    pub(super) client: Client,
    pub(super) clock: Arc<dyn Clock>,
    patience: Patience,
    max_body: usize,
    meter: Mutex<Meter>,
    breaker: Mutex<Breaker>,
    policy: RegisterBreaker,
}

/// An answer that came whole.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Line {
    pub(super) fn new(
        name: &'static str,
        clock: Arc<dyn Clock>,
        pace: Pace,
        (patience, policy, max_body): (Patience, RegisterBreaker, usize),
    ) -> Result<Self, SettingsError> {
        let client = http::client(patience.connect)?;
        let (meter, breaker) = (Mutex::new(Meter::new(pace)), Mutex::default());
        Ok(Self { name, client, clock, patience, max_body, meter, breaker, policy })
    }

    /// Asks, again where that may help, within the time that there is.
    pub(super) async fn ask<S: Service>(
        &self,
        service: &S,
        registration: &Registration,
    ) -> Result<Option<S::Vehicle>, SourceError> {
        let deadline = Instant::now() + self.patience.total;
        let (mut tries, mut last) = (0, None);
        loop {
            self.admit().map_err(|open| last.take().unwrap_or(open))?;
            if let Err(limited) = self.turn(deadline).await {
                self.report(Signal::Nothing);
                return Err(last.unwrap_or(limited));
            }
            tries += 1;
            let by = deadline.min(Instant::now() + self.patience.each);
            let failed = match service.ask(self, registration, by).await {
                Ok(found) => {
                    self.report(Signal::Good);
                    return Ok(found);
                }
                Err(failed) => failed,
            };
            self.report(signal(&failed.error));
            if let Some(hold) = failed.hold {
                self.meter().hold(self.clock.now(), hold);
            }
            let wait = match failed.again {
                Again::After(wait) => wait,
                Again::Soon => self.backoff(tries),
                Again::No => return Err(failed.error),
            };
            if tries >= self.patience.tries || Instant::now() + wait >= deadline {
                return Err(failed.error);
            }
            last = Some(failed.error);
            sleep(wait).await;
        }
    }

    /// Sends a request and takes in the whole answer.
    pub(super) async fn exchange(&self, request: RequestBuilder, by: Instant) -> Result<Answered, Failed> {
        let response = http::send(request, by).await.map_err(|broken| self.broken(broken))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = http::body(response, self.max_body, by, self.patience.each).await;
        let body = match body {
            Ok(body) => body,
            // Of an error the status says enough.
            Err(_) if !status.is_success() => Bytes::new(),
            Err(broken) => return Err(self.broken(broken)),
        };
        Ok(Answered { status, headers, body })
    }

    fn broken(&self, broken: Broken) -> Failed {
        let again = match broken {
            Broken::NotConnected | Broken::Closed | Broken::BrokeOff | Broken::Late => Again::Soon,
            Broken::Garbled | Broken::TooLarge => Again::No,
        };
        Failed::of(SourceError::Unavailable { detail: self.says(broken.words()) }, again)
    }

    /// In words, with the service's name.
    pub(super) fn says(&self, what: impl std::fmt::Display) -> String {
        format!("{}: {what}", self.name)
    }

    fn admit(&self) -> Result<(), SourceError> {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        breaker.admit(self.clock.now(), &self.policy.0).map_err(|wait| {
            let seconds = wait.as_secs() + 1;
            SourceError::Unavailable { detail: self.says(format!("it failed and is left alone for {seconds} s")) }
        })
    }

    fn report(&self, signal: Signal) {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        breaker.report(signal, self.clock.now(), &self.policy.0);
    }

    fn meter(&self) -> std::sync::MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn, if there is one before the deadline; else says how long it would be.
    pub(super) async fn turn(&self, deadline: Instant) -> Result<(), SourceError> {
        loop {
            let taken = self.meter().take(self.clock.now());
            match taken {
                Ok(()) => return Ok(()),
                Err(wait) if Instant::now() + wait < deadline => sleep(wait).await,
                Err(wait) => {
                    let detail = self.says("as many requests as it takes are made already");
                    return Err(SourceError::RateLimited { detail, retry_after: Some(wait) });
                }
            }
        }
    }

    /// Anything up to the wait after so many tries, so that many do not come back at once.
    fn backoff(&self, tries: u32) -> Duration {
        let most = self.patience.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(10));
        // The clock's last digits will do for a spread.
        let spread = u32::try_from(self.clock.now().as_micros().rem_euclid(1_000)).unwrap_or_default();
        most.saturating_mul(spread) / 1_000
    }
}

fn signal(error: &SourceError) -> Signal {
    match error {
        SourceError::Rejected { .. } => Signal::Good,
        SourceError::RateLimited { .. } => Signal::Nothing,
        SourceError::Misconfigured { .. } => Signal::Dead,
        _ => Signal::Bad,
    }
}
