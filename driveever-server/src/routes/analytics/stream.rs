//! The overview as it changes: `GET /analytics/stream`.

use std::time::Duration;

use axum::{extract::State, response::Response};
use driveever_core::{Error, request::RequestContext};
use futures_util::{Stream, stream::unfold};

use super::body::AnalyticsFiguresBody;
use crate::{
    event_schema,
    http::{
        caller::{OwnSession, User},
        documented::NoRole,
        event_stream::{self, SentEvent},
        parameters::QueryParameters,
        problem::Problem,
    },
    live::{Holder, Passing, Socket},
    state::Services,
};

/// How long after one overview the next may follow.
const PACE: Duration = Duration::from_secs(1);
/// Contexts whose events the figures come from.
const COUNTED: [&str; 2] = ["ai", "order"];

event_schema! {
    /// An event of the overview.
    AnalyticsStreamEvent { "overview" => AnalyticsFiguresBody, "error" => Problem }
}

/// The overview as it changes.
///
/// Server-sent events: `overview` at once and whenever it has changed, at most one a second. A stream ends after some
/// minutes: come back with a fresh token.
#[utoipa::path(
    get, path = "/analytics/stream", operation_id = "stream_analytics", tag = "analytics",
    responses(
        (status = 200, description = "The events.", body = AnalyticsStreamEvent, content_type = "text/event-stream"),
        NoRole,
    ),
    security(("bearer" = []))
)]
pub(super) async fn stream_analytics(
    State(services): State<Services>,
    User(request): User,
    OwnSession(session): OwnSession,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.finish()?;
    let live = services.live.open(Holder::of(&request, session)?)?;
    let first = services.analytics.overview(&request).await?.into();
    Ok(event_stream::answer(events(Watch { services, request, live, ready: Some(first), sent: None })))
}

struct Watch {
    services: Services,
    request: RequestContext,
    live: Socket,
    ready: Option<AnalyticsFiguresBody>,
    sent: Option<AnalyticsFiguresBody>,
}

impl Watch {
    /// The next overview that differs from the one before, or the end.
    async fn next(&mut self) -> Result<Option<&AnalyticsFiguresBody>, Error> {
        while self.ready.is_none() || self.ready == self.sent {
            // What happened during the rest waits in the subscription.
            if !(self.live.rest(PACE).await && self.something_counts().await) {
                return Ok(None);
            }
            self.ready = Some(self.services.analytics.overview(&self.request).await?.into());
        }
        self.sent = self.ready.take();
        Ok(self.sent.as_ref())
    }

    /// Waits for an event that figures come from; false at the end.
    async fn something_counts(&mut self) -> bool {
        loop {
            match self.live.next().await {
                Passing::Closed => return false,
                Passing::Missed => return true,
                Passing::Event(stored) if COUNTED.contains(&stored.event.context.as_ref()) => return true,
                Passing::Event(_) => {}
            }
        }
    }
}

fn events(watch: Watch) -> impl Stream<Item = SentEvent> {
    unfold(Some(watch), |watch| async move {
        let mut watch = watch?;
        match watch.next().await {
            Ok(Some(overview)) => {
                let event = event_stream::event("overview", overview);
                Some((event, Some(watch)))
            }
            Ok(None) => None,
            Err(error) => Some((event_stream::event("error", &Problem::from(error)), None)),
        }
    })
}
