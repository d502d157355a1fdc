//! Server-sent events (the HTML standard, section 9.2).
//!
//! A stream sends a comment every 15 s, so that whoever is in between keeps the connection and a dead client is found out.
//! Its bytes go out as its events come; a client that is slow to read slows its own stream only.

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::Stream;
use serde::Serialize;
use utoipa::openapi::{
    Ref, RefOr, Schema,
    schema::{ObjectBuilder, OneOfBuilder, Type},
};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// Asks proxies of nginx's kind to pass events on as they come.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// An event's form on the wire; a failure ends the stream.
pub type SentEvent = Result<Event, axum::Error>;

/// Declares the schema of a stream's events by name: `event`, and `data` as JSON of a type.
#[macro_export]
macro_rules! event_schema {
    ($(#[$meta:meta])* $schema:ident { $($event:literal => $data:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $schema;

        impl utoipa::PartialSchema for $schema {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let kinds = [$(($event, <$data as utoipa::ToSchema>::name())),+];
                $crate::http::event_stream::schema(&kinds)
            }
        }

        impl utoipa::ToSchema for $schema {
            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                $(
                    let name = <$data as utoipa::ToSchema>::name().into_owned();
                    schemas.push((name, <$data as utoipa::PartialSchema>::schema()));
                    <$data as utoipa::ToSchema>::schemas(schemas);
                )+
            }
        }
    };
}

/// The schema of one event of a stream, by its name and that of its data's schema.
pub fn schema(kinds: &[(&str, Cow<'static, str>)]) -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let kinds = kinds.iter().fold(OneOfBuilder::new(), |kinds, (event, data)| {
        let data = text()
            .content_media_type("application/json")
            .content_schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(data.as_ref()))));
        let kind = ObjectBuilder::new()
            .property("id", text().description(Some("Where to go on from, in streams that can be resumed.")))
            .property("event", text().enum_values(Some([*event])))
            .property("data", data)
            .required("event")
            .required("data");
        kinds.item(kind)
    });
    kinds.into()
}

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
