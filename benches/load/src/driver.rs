//! The open-loop driver.

use std::{sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, header};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use crate::Fault;

/// An HTTP client with kept connections.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

/// A request to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: Option<Arc<str>>,
    pub(crate) body: Option<String>,
}

impl Http {
    pub(crate) fn new(base: String) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), base }
    }

    /// Sends a request and reads its answer to the end.
    pub(crate) async fn send(&self, call: &Call) -> Result<(u16, Bytes), Fault> {
        let mut request = Request::builder().method(call.method).uri(format!("{}{}", self.base, call.path));
        if let Some(token) = &call.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(call.body.clone().unwrap_or_default()));
        let response = self.client.request(request.body(body)?).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Latencies of good answers, from the moment at which each request was due.
    pub(crate) latencies: Vec<Duration>,
    /// Answers that were not 2xx, and requests without an answer.
    pub(crate) failed: u64,
    /// Requests that were due while too many were open.
    pub(crate) dropped: u64,
}

/// Sends requests at a fixed rate for some time; those of the first fifth are not counted.
pub(crate) async fn drive(
    http: &Http,
    rate: u32,
    duration: Duration,
    connections: usize,
    call: impl Fn(u64) -> Call,
) -> Measured {
    let open = Arc::new(Semaphore::new(connections));
    let began = Instant::now();
    let warm = began + duration / 5;
    let end = warm + duration;
    let step = Duration::from_secs(1) / rate.max(1);
    // Timers tick in milliseconds: what became due since the last tick is sent together.
    let mut ticks = interval(Duration::from_millis(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut running: JoinSet<Option<(bool, Instant, Duration)>> = JoinSet::new();
    let mut measured = Measured::default();
    let mut sent = 0_u64;
    while Instant::now() < end {
        ticks.tick().await;
        loop {
            let due = began + step * u32::try_from(sent).unwrap_or(u32::MAX);
            if due > Instant::now() {
                break;
            }
            let number = sent;
            sent += 1;
            let Ok(permit) = open.clone().try_acquire_owned() else {
                measured.dropped += u64::from(due >= warm);
                continue;
            };
            let (http, call) = (http.clone(), call(number));
            running.spawn(async move {
                let answer = http.send(&call).await;
                drop(permit);
                let good = answer.is_ok_and(|(status, _)| (200..300).contains(&status));
                Some((good, due, Instant::now() - due))
            });
        }
        while let Some(done) = running.try_join_next() {
            count(&mut measured, done.ok().flatten(), warm);
        }
    }
    sleep_until(end).await;
    while let Some(done) = running.join_next().await {
        count(&mut measured, done.ok().flatten(), warm);
    }
    measured.latencies.sort_unstable();
    measured
}

fn count(measured: &mut Measured, done: Option<(bool, Instant, Duration)>, warm: Instant) {
    match done {
        Some((_, due, _)) if due < warm => {}
        Some((true, _, latency)) => measured.latencies.push(latency),
        Some((false, ..)) | None => measured.failed += 1,
    }
}
