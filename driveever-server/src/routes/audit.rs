//! The audit trail, and deliveries that kept failing.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use driveever_core::{
    Error,
    audit::{AuditEntry, AuditFilter},
    event::ParkedMessage,
    id::Id,
    query::Query,
    repository::RepositoryExt as _,
    request::Role,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    http::{
        body::NoBody,
        caller::User,
        documented::{CursorParameters, Missing, NoRole, PageParameters},
        page::PageBody,
        parameters::{NoParameters, PathId, QueryParameters},
        problem::Problem,
    },
    state::Services,
};

/// The routes of the audit.
pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_entries))
        .routes(routes!(list_parked_messages))
        .routes(routes!(delete_parked_message))
        .routes(routes!(replay_parked_message))
}

/// Which entries; what is absent restricts nothing.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParameters {
    /// By whom: `user:ID`, `system` or `anonymous`.
    #[param(pattern = "^(anonymous|system|user:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")]
    pub actor: Option<String>,
    /// To what kind of thing: `order`.
    #[param(format = "line", max_length = 100)]
    pub entity: Option<String>,
    /// To which one.
    #[param(rename = "entityId")]
    pub entity_id: Option<Uuid>,
    /// What happened: `order.paid`.
    #[param(rename = "type", format = "line", max_length = 100)]
    pub event_type: Option<String>,
    /// At or after this time.
    #[param(format = DateTime)]
    pub from: Option<String>,
    /// Before this time.
    #[param(format = DateTime)]
    pub to: Option<String>,
}

/// That somebody did something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub struct AuditEntryBody {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who: `user:ID`, `system` or `anonymous`.
    actor: String,
    /// What happened: `order.paid`.
    #[serde(rename = "type")]
    event_type: String,
    /// To what kind of thing.
    entity: String,
    /// To which one.
    entity_id: Uuid,
    /// Its revision after it.
    entity_revision: u32,
    /// In which request.
    request_id: String,
    /// Whose log it stands in.
    context: String,
    /// Ids, numbers and names of kinds.
    #[schema(value_type = Value)]
    details: serde_json::Value,
}

impl From<AuditEntry> for AuditEntryBody {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            actor: entry.actor.to_string(),
            event_type: entry.event_type,
            entity: entry.entity,
            entity_id: entry.entity_id,
            entity_revision: entry.entity_revision,
            request_id: entry.request_id,
            context: entry.context,
            details: entry.details,
        }
    }
}

/// Who did what to what, when, from which request; the newest first.
#[utoipa::path(
    get,
    path = "/audit",
    operation_id = "list_audit_entries",
    tag = "audit",
    params(AuditParameters, CursorParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Entries; go on with nextCursor", body = PageBody<AuditEntryBody>),
        NoRole,
    )
)]
async fn list_audit_entries(
    State(services): State<Services>,
    User(context): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<AuditEntryBody>>, Problem> {
    let filter = AuditFilter {
        actor: query.parsed("actor"),
        entity: query.text("entity"),
        entity_id: query.parsed::<Id<()>>("entityId").map(Id::uuid),
        event_type: query.text("type"),
        from: query.parsed("from"),
        to: query.parsed("to"),
    };
    let page = query.page();
    query.finish()?;
    let entries = services.audit.entries(&context, &filter, &page).await?;
    Ok(Json(PageBody::of(entries, AuditEntryBody::from)))
}

/// A delivery that kept failing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ParkedMessage)]
pub struct ParkedMessageBody {
    id: Uuid,
    /// Who could not handle it.
    consumer: String,
    event_id: Uuid,
    /// The context whose log has the event.
    event_context: String,
    /// What happened: `order.paid`.
    event_type: String,
    /// The last error, in words.
    error: String,
    /// How often it was tried.
    attempts: u32,
    #[schema(value_type = String, format = DateTime)]
    parked_at: Timestamp,
}

impl From<ParkedMessage> for ParkedMessageBody {
    fn from(message: ParkedMessage) -> Self {
        Self {
            id: message.id.uuid(),
            consumer: message.consumer,
            event_id: message.event_id,
            event_context: message.event_context,
            event_type: message.event_type,
            error: message.error,
            attempts: message.attempts,
            parked_at: message.parked_at,
        }
    }
}

/// Deliveries that kept failing, the oldest first.
#[utoipa::path(
    get,
    path = "/events/parked",
    operation_id = "list_parked_messages",
    tag = "audit",
    params(PageParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of deliveries", body = PageBody<ParkedMessageBody>),
        NoRole,
    )
)]
async fn list_parked_messages(
    State(services): State<Services>,
    User(context): User,
    mut query: QueryParameters,
) -> Result<Json<PageBody<ParkedMessageBody>>, Problem> {
    context.require(Role::Admin)?;
    let page = query.page();
    query.finish()?;
    let messages = services.parked.repository().page(Query::everything(), &page).await.map_err(Error::from)?;
    Ok(Json(PageBody::of(messages, ParkedMessageBody::from)))
}

/// Delivers a parked message once more, and forgets it when that succeeds.
#[utoipa::path(
    post,
    path = "/events/parked/{id}/replay",
    operation_id = "replay_parked_message",
    tag = "audit",
    params(("id" = Uuid, Path, description = "The delivery")),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is delivered"),
        NoRole, Missing,
    )
)]
async fn replay_parked_message(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<ParkedMessage>,
    _: NoParameters,
    _: NoBody,
) -> Result<StatusCode, Problem> {
    context.require(Role::Admin)?;
    let consumers = Arc::clone(&services.consumers);
    let replayed = services.parked.replay(id, services.log.as_ref(), |name| consumers(name)).await;
    match replayed {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error @ (Error::NotFound { .. } | Error::Store(_))) => Err(error.into()),
        // The consumer's own: it is what the list of parked messages tells admins, too.
        Err(error) => {
            let detail = format!("the consumer failed again, and the message stays: {error}");
            Err(Error::conflict("replay_failed", detail).into())
        }
    }
}

/// Forgets a parked message: it will not be delivered.
#[utoipa::path(
    delete,
    path = "/events/parked/{id}",
    operation_id = "delete_parked_message",
    tag = "audit",
    params(("id" = Uuid, Path, description = "The delivery")),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is forgotten"),
        NoRole, Missing,
    )
)]
async fn delete_parked_message(
    State(services): State<Services>,
    User(context): User,
    PathId(id): PathId<ParkedMessage>,
    _: NoParameters,
) -> Result<StatusCode, Problem> {
    context.require(Role::Admin)?;
    let repository = services.parked.repository();
    // A store deletes what is not there without a word.
    if repository.get(id).await.map_err(Error::from)?.is_none() {
        return Err(Error::NotFound { kind: "parked message" }.into());
    }
    repository.delete(id).await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
