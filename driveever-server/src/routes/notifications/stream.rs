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

use super::{
    body::{NotificationBody, NotificationsReadyBody},
    feed::Feed,
};
use crate::{
    event_schema,
    http::{
        caller::{OwnSession, User},
        documented::NoRole,
        event_stream::{self, SentEvent},
        parameters::QueryParameters,
        problem::Problem,
    },
    state::Services,
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

event_schema! {
    /// An event of the caller's notifications.
    NotificationStreamEvent { "ready" => NotificationsReadyBody, "notification" => NotificationBody, "error" => Problem }
}

/// The caller's notifications as they come.
///
/// Server-sent events: one `ready`, then a `notification` with its id for each. `Last-Event-ID` goes on where a stream
/// ended. A stream ends after some minutes: come back with a fresh token.
#[utoipa::path(
    get, path = "/notifications/stream", operation_id = "stream_notifications", tag = "notifications",
    params((
        "Last-Event-ID" = Option<String>, Header, nullable = false, format = "event-id",
        pattern = "^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$",
        description = "The id of the last event that came; empty for none."
    )),
    responses(
        (status = 200, description = "The events.", body = NotificationStreamEvent, content_type = "text/event-stream"),
        NoRole,
    ),
    security(("bearer" = []))
)]
pub(super) async fn stream_notifications(
    State(services): State<Services>,
    User(request): User,
    OwnSession(session): OwnSession,
    headers: HeaderMap,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.finish()?;
    let feed = Feed::open(services, request, session, last_event_id(&headers)?).await?;
    Ok(event_stream::answer(events(feed)))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<NotificationId>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let wrong = || Problem::invalid([Violation::new("Last-Event-ID", "must be the id of an event of this stream")]);
    let text = value.to_str().map_err(|_| wrong())?;
    // A browser that had no id yet may send an empty one.
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse().map(Some);
    parsed.map_err(|_| wrong())
}

fn events(feed: Feed) -> impl Stream<Item = SentEvent> {
    // Its id lets a client go on from here that never had a notification.
    let ready = Event::default().id(feed.last().to_string()).event("ready").json_data(NotificationsReadyBody {});
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
