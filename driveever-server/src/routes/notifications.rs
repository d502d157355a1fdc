//! What users are told: `/notifications`, as a list, as server-sent events and over a WebSocket.

pub mod body;
mod feed;
mod socket;
mod stream;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use driveever_core::{
    Error,
    notification::{Notification, PreferenceView},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::body::{
    NotificationBody, NotificationPreferencesBody, NotificationPreferencesRequest, NotificationTicketBody,
    NotificationsReadBody,
};
use crate::{
    http::{
        body::{Body, NoBody},
        caller::User,
        documented::{ChangeCondition, Conditional, IdParameter, Missing, NoRole, PageParameters},
        etag::{IfMatch, changed},
        page::PageBody,
        parameters::{NoParameters, PathId, QueryParameters},
        problem::Problem,
    },
    state::Services,
};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications))
        .routes(routes!(read_notification))
        .routes(routes!(read_all_notifications))
        .routes(routes!(get_notification_preferences, set_notification_preferences))
        .routes(routes!(issue_notification_ticket))
        .routes(routes!(stream::stream_notifications))
        .routes(routes!(socket::open_notification_socket))
}

/// The caller's notifications, newest first.
#[utoipa::path(
    get, path = "/notifications", operation_id = "list_notifications", tag = "notifications",
    params(("unread" = Option<bool>, Query, description = "Only those not read (true) or read (false)."), PageParameters),
    responses((status = 200, description = "A page.", body = PageBody<NotificationBody>), NoRole),
    security(("bearer" = []))
)]
async fn list_notifications(
    State(services): State<Services>,
    User(request): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<NotificationBody>>, Problem> {
    let (unread, page) = (query.flag("unread"), query.page());
    query.finish()?;
    let page = services.notifications.notifications(&request, unread, &page).await?;
    Ok(Json(PageBody::of(page, NotificationBody::from)))
}

/// Marks a notification as read.
#[utoipa::path(
    post, path = "/notifications/{id}/read", operation_id = "read_notification", tag = "notifications",
    params(IdParameter),
    responses(
        (status = 200, description = "The notification.", body = NotificationBody, headers(("ETag" = String))),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
async fn read_notification(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Notification>,
    _: NoParameters,
    _: NoBody,
) -> Result<Response, Problem> {
    let notification = services.notifications.mark_read(&request, id).await?;
    Ok(changed(StatusCode::OK, notification.revision, NotificationBody::from(notification)))
}

/// Marks all notifications of the caller as read.
#[utoipa::path(
    post, path = "/notifications/read-all", operation_id = "read_all_notifications", tag = "notifications",
    responses(
        (status = 200, description = "How many were not.", body = NotificationsReadBody),
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn read_all_notifications(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    _: NoBody,
) -> Result<Json<NotificationsReadBody>, Problem> {
    Ok(Json(NotificationsReadBody { marked: services.notifications.mark_all_read(&request).await? }))
}

fn answered(view: PreferenceView) -> Response {
    let revision = view.revision;
    let body = NotificationPreferencesBody::from(view);
    match revision {
        Some(revision) => changed(StatusCode::OK, revision, body),
        None => Json(body).into_response(),
    }
}

/// What the caller wants to hear of.
#[utoipa::path(
    get, path = "/notifications/preferences", operation_id = "get_notification_preferences", tag = "notifications",
    responses(
        (status = 200, description = "Every kind; with an entity tag once they were set.",
            body = NotificationPreferencesBody),
        NoRole,
    ),
    security(("bearer" = []))
)]
async fn get_notification_preferences(
    State(services): State<Services>,
    User(request): User,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.finish()?;
    Ok(answered(services.notifications.preferences(&request).await?))
}

/// Switches kinds on or off.
///
/// Kinds that are not named stay as they are; `security_alert` cannot be switched off.
#[utoipa::path(
    put, path = "/notifications/preferences", operation_id = "set_notification_preferences", tag = "notifications",
    params(ChangeCondition),
    request_body = NotificationPreferencesRequest,
    responses(
        (status = 200, description = "Every kind.", body = NotificationPreferencesBody, headers(("ETag" = String))),
        NoRole, Conditional,
    ),
    security(("bearer" = []))
)]
async fn set_notification_preferences(
    State(services): State<Services>,
    User(request): User,
    if_match: IfMatch,
    _: NoParameters,
    Body(body): Body<NotificationPreferencesRequest>,
) -> Result<Response, Problem> {
    let set = services.notifications.set_preferences(&request, body.kinds, if_match.0).await;
    let view = set.map_err(|error| if_match.problem(within_kinds(error)))?;
    Ok(answered(view))
}

/// The service names a kind; the client wrote it in `kinds`.
fn within_kinds(error: Error) -> Error {
    match error {
        Error::Invalid(mut violations) => {
            for violation in &mut violations {
                violation.field.insert_str(0, "kinds.");
            }
            Error::Invalid(violations)
        }
        other => other,
    }
}

/// A ticket that lets one WebSocket of the caller's in, once and within half a minute.
#[utoipa::path(
    post, path = "/notifications/ws-ticket", operation_id = "issue_notification_ticket", tag = "notifications",
    responses((status = 200, description = "The ticket.", body = NotificationTicketBody), NoRole),
    security(("bearer" = []))
)]
async fn issue_notification_ticket(
    State(services): State<Services>,
    User(request): User,
    _: NoParameters,
    _: NoBody,
) -> Result<Json<NotificationTicketBody>, Problem> {
    Ok(Json(services.notifications.issue_ticket(&request).await?.into()))
}
