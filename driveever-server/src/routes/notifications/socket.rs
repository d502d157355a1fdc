//! Notifications over a WebSocket (RFC 6455): `GET /notifications/ws`.
//!
//! The socket only sends: each notification is a text frame of JSON. What a client sends is read in small frames and not
//! looked at. A client that does not answer pings, or takes too long to take a frame, is let go.

use std::time::Duration;

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use driveever_core::{notification::NotificationId, request::RequestContext};
use secrecy::SecretString;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{body::NotificationBody, feed::Feed};
use crate::{
    http::{
        caller::{Anyone, OwnSession},
        documented::NoRole,
        parameters::QueryParameters,
        problem::Problem,
    },
    state::Services,
};

/// The largest message that a client may send, in bytes.
const MAX_MESSAGE: usize = 1_024;
/// What may wait to be written, in bytes; far more than one notification.
const MAX_UNSENT: usize = 256 * 1_024;
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a client may take to take a frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// The caller's notifications over a WebSocket.
///
/// Each is a text frame with a notification in JSON. A browser, which can send no header, passes a one-time ticket from
/// `POST /notifications/ws-ticket`; everybody else may use their token. A socket is closed after some minutes: come back
/// with the id of the last notification.
#[utoipa::path(
    get, path = "/notifications/ws", operation_id = "open_notification_socket", tag = "notifications",
    params(
        ("ticket" = Option<String>, Query, description = "A one-time ticket, instead of a token."),
        ("lastEventId" = Option<uuid::Uuid>, Query, description = "The id of the last notification that came."),
    ),
    responses(
        (status = 101, description = "The socket is open."),
        (status = 426, description = "The request asks for no WebSocket.", body = Problem,
            content_type = "application/problem+json"),
        NoRole,
    ),
    security((), ("bearer" = []))
)]
pub(super) async fn open_notification_socket(
    State(services): State<Services>,
    Anyone(request): Anyone,
    OwnSession(session): OwnSession,
    mut query: QueryParameters,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let ticket = query.text("ticket").map(SecretString::from);
    let last: Option<NotificationId> = query.parsed("lastEventId");
    query.finish()?;
    if ticket.is_none() {
        request.user_id()?;
    }
    let Ok(upgrade) = upgrade else { return Ok(upgrade_required()) };
    // Not before it is sure that the socket can be opened: a ticket is good once.
    let request = match ticket {
        None => request,
        Some(ticket) => {
            let user = services.notifications.redeem_ticket(&ticket).await?;
            RequestContext::user(user, request.request_id)
        }
    };
    let feed = Feed::open(services, request, session, last).await?;
    let upgrade = upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE);
    let upgrade = upgrade.write_buffer_size(0).max_write_buffer_size(MAX_UNSENT);
    Ok(upgrade.on_upgrade(move |socket| serve(socket, feed)))
}

fn upgrade_required() -> Response {
    let detail = "open a WebSocket here: send Upgrade: websocket with its headers over HTTP/1.1";
    let problem = Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail);
    let mut response = problem.into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

async fn serve(mut socket: WebSocket, mut feed: Feed) {
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.tick().await;
    let mut answers = true;
    let farewell = loop {
        tokio::select! {
            next = feed.next() => {
                let notification = match next {
                    Ok(Some(notification)) => NotificationBody::from(notification),
                    Ok(None) => break (close_code::AWAY, "come back with a fresh ticket"),
                    Err(error) => {
                        tracing::warn!(%error, "a socket's notifications could not be read");
                        break (close_code::ERROR, "something went wrong on our side");
                    }
                };
                let Ok(json) = serde_json::to_string(&notification) else { return };
                if !sent(&mut socket, Message::Text(json.into())).await {
                    return;
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                // Pings are answered by the library; any sign of life will do.
                Some(Ok(_)) => answers = true,
            },
            _ = pings.tick() => {
                if !answers || !sent(&mut socket, Message::Ping(Vec::new().into())).await {
                    return;
                }
                answers = false;
            }
        }
    };
    let frame = CloseFrame { code: farewell.0, reason: farewell.1.into() };
    sent(&mut socket, Message::Close(Some(frame))).await;
}

async fn sent(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(SEND_TIMEOUT, socket.send(message)).await, Ok(Ok(())))
}
