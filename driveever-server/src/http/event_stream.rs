//! Server-sent events (the HTML standard, section 9.2).
//!
//! A stream sends a comment every 15 s, so that whoever is in between keeps the connection and a dead client is found out.
//! Its bytes go out as its events come; a client that is slow to read slows its own stream only.

use std::time::Duration;

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::Stream;
use serde::Serialize;

const HEARTBEAT: Duration = Duration::from_secs(15);
/// Asks proxies of nginx's kind to pass events on as they come.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// An event's form on the wire; a failure ends the stream.
pub type SentEvent = Result<Event, axum::Error>;

/// The answer that sends these events.
pub fn answer(events: impl Stream<Item = SentEvent> + Send + 'static) -> Response {
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("still here");
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    response.headers_mut().insert(BUFFERING, HeaderValue::from_static("no"));
    response
}

/// An event of this name with JSON data.
pub fn event(name: &str, data: &impl Serialize) -> SentEvent {
    Event::default().event(name).json_data(data)
}
