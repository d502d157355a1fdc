//! Figures for an operator, in Prometheus' names: what requests, orders, models, events and the store are doing.
//!
//! What passes is counted where it passes: requests in the outermost layer, refusals where they become problems, orders and
//! generations from their events as the relay delivers them, so that core counts nothing. What stands (events that wait,
//! messages that are parked, writes that queue) is read when `/metrics` is asked for. No label has a value that a client can
//! make up, and none that is personal: methods and error codes that are not known are `other`, a path is its route's
//! template. `docs/operating.md` lists the names.

mod events;
mod models;
mod standing;

use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

pub use events::EventFigures;
pub use models::ModelFigures;
pub use standing::Standing;

/// Upper bounds in seconds, from a read that a cache answers to a model that takes its time.
const SECONDS: [f64; 15] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Starts to collect, for the whole process.
///
/// # Errors
/// When somebody else collects already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = builder()?.install_recorder()?;
    describe();
    Ok(handle)
}

/// A collector that nothing reports to unless it is made a thread's own: for tests, and a router that is never served.
///
/// # Errors
/// None that can happen.
pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    Ok(builder()?.build_recorder())
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
}

fn describe() {
    describe_counter!("driveever_http_requests_total", "Requests answered, by method, route and status");
    describe_histogram!(
        "driveever_http_request_seconds",
        "Until an answer begins, by method, route and class of status"
    );
    describe_gauge!("driveever_http_requests_in_flight", "Requests whose answer has not begun");
    describe_counter!("driveever_rate_limited_total", "Requests refused for being too many, by what was too many");
    describe_counter!("driveever_store_refusals_total", "Calls that the store refused, by reason");
    describe_counter!("driveever_idempotent_requests_total", "Requests with an Idempotency-Key, by what was done");
    describe_counter!("driveever_internal_errors_total", "Answers 500 and other defects that reached the boundary");
    describe_gauge!("driveever_live_sockets", "Open event streams and WebSockets");
    events::describe();
    models::describe();
    standing::describe();
}

/// A request while it is answered.
#[derive(Debug)]
pub struct Answering {
    method: &'static str,
    route: Option<String>,
}

impl Answering {
    /// A request with this method for the route with this template; none where no route fits.
    pub fn begin(method: &Method, route: Option<&str>) -> Self {
        gauge!("driveever_http_requests_in_flight").increment(1.0);
        Self { method: known(method), route: route.map(str::to_owned) }
    }

    /// The method, or `other`.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The route's template, or `unmatched`.
    pub fn route(&self) -> &str {
        self.route.as_deref().unwrap_or("unmatched")
    }

    /// The answer begins.
    pub fn end(&self, status: StatusCode, took: Duration) {
        let (method, route) = (self.method, self.route().to_owned());
        counter!("driveever_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.as_str().to_owned())
            .increment(1);
        histogram!("driveever_http_request_seconds", "method" => method, "route" => route, "status" => class(status))
            .record(took.as_secs_f64());
    }
}

impl Drop for Answering {
    /// Also of a client that hung up before.
    fn drop(&mut self) {
        gauge!("driveever_http_requests_in_flight").decrement(1.0);
    }
}

/// A client may make methods up, each of which would be a series of its own.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Something was asked for too often.
pub fn rate_limited(what: &'static str) {
    counter!("driveever_rate_limited_total", "what" => what).increment(1);
}

/// The store refused a call.
pub fn store_refused(reason: &'static str) {
    counter!("driveever_store_refusals_total", "reason" => reason).increment(1);
}

/// A request with an `Idempotency-Key` was executed, answered from before, or refused.
pub fn idempotent(outcome: &'static str) {
    counter!("driveever_idempotent_requests_total", "outcome" => outcome).increment(1);
}

/// A defect of ours reached the boundary.
pub fn internal_error() {
    counter!("driveever_internal_errors_total").increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_make_series_up() {
        assert_eq!(known(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(known(&Method::PATCH), "PATCH");
        assert_eq!(Answering::begin(&Method::GET, None).route(), "unmatched");
    }

    #[test]
    fn statuses_fall_into_classes() {
        let classes = [101, 204, 304, 429, 503].map(|status| class(StatusCode::from_u16(status).unwrap()));
        assert_eq!(classes, ["1xx", "2xx", "3xx", "4xx", "5xx"]);
    }
}
