//! Notifications as server-sent events: `GET /notifications/stream`.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::{Response, sse::Event},
};
use driveever_core::{notification::NotificationId, validate::Violation};
use futures_util::{
    Stream, StreamExt,
    stream::{once, unfold},
};
use serde_json::json;

use super::{body::NotificationBody, feed::Feed};
use crate::{
    http::{
        caller::User,
        documented::{AnyProblems, TokenProblems},
        event_stream::{self, SentEvent},
        parameters::QueryParameters,
        problem::Problem,
    },
    state::Services,
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The caller's notifications as they come.
///
/// Server-sent events: one `ready`, then a `notification` with its id for each. `Last-Event-ID` goes on where a stream
/// ended. A stream ends after some minutes: come back with a fresh token.
#[utoipa::path(
    get, path = "/notifications/stream", operation_id = "stream_notifications", tag = "notifications",
    params(("Last-Event-ID" = Option<uuid::Uuid>, Header, description = "The id of the last event that came.")),
    responses(
        (status = 200, description = "The events.", body = String, content_type = "text/event-stream"),
        AnyProblems, TokenProblems,
    ),
    security(("bearer" = []))
)]
pub(super) async fn stream_notifications(
    State(services): State<Services>,
    User(request): User,
    headers: HeaderMap,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.finish()?;
    let feed = Feed::open(services, request, last_event_id(&headers)?).await?;
    Ok(event_stream::answer(events(feed)))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<NotificationId>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    // A browser that had no id yet may send an empty one.
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse().map(Some);
    parsed.map_err(|_| Problem::invalid([Violation::new("Last-Event-ID", "must be the id of an event of this stream")]))
}

fn events(feed: Feed) -> impl Stream<Item = SentEvent> {
    // Its id lets a client go on from here that never had a notification.
    let ready = Event::default().id(feed.last().to_string()).event("ready").json_data(json!({}));
    let rest = unfold(Some(feed), |feed| async move {
        let mut feed = feed?;
        match feed.next().await {
            Ok(Some(notification)) => {
                let event = Event::default().id(notification.id.to_string()).event("notification");
                Some((event.json_data(NotificationBody::from(notification)), Some(feed)))
            }
            Ok(None) => None,
            Err(error) => Some((event_stream::event("error", &Problem::from(error)), None)),
        }
    });
    once(async { ready }).chain(rest)
}
