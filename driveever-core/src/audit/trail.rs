//! The audit over the event logs.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::{AuditEntry, AuditFilter, AuditService};
use crate::{
    error::Error,
    event::{EventLog, EventQuery, StoredEvent},
    page::{Cursor, Page, PageRequest},
    request::{RequestContext, Role},
    validate::{TextRule, Validator, Violation},
    value::Value,
};

/// The name of the list that its cursors belong to.
const LIST: &str = "audit-";
/// The longest name of a kind of entity or event, in characters.
const MAX_NAME_CHARS: usize = 100;

/// The audit over the logs of every context that a store keeps.
#[derive(Clone)]
pub struct AuditTrail {
    log: Arc<dyn EventLog>,
}

impl AuditTrail {
    /// Over these logs.
    pub const fn new(log: Arc<dyn EventLog>) -> Self {
        Self { log }
    }
}

#[async_trait]
impl AuditService for AuditTrail {
    async fn entries(
        &self,
        request: &RequestContext,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>, Error> {
        request.require(Role::Admin)?;
        let limit = page.limit();
        let query = query_of(filter, page)?;
        let mut found = self.log.read(&query).await?;
        // One more than asked for tells whether there is a next page.
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| more).map(|last| Cursor::at(LIST, vec![Value::Uuid(last.event.id)]));
        Ok(Page::Cursor { data: found.into_iter().map(entry).collect(), limit, next })
    }
}

fn query_of(filter: &AuditFilter, page: &PageRequest) -> Result<EventQuery, Vec<Violation>> {
    let mut check = Validator::new();
    let rule = TextRule::line(1, MAX_NAME_CHARS);
    let aggregate_type = check.optional_text("entity", filter.entity.as_deref(), rule);
    let event_type = check.optional_text("type", filter.event_type.as_deref(), rule);
    let in_order = filter.from.zip(filter.to).is_none_or(|(from, to)| from <= to);
    check.require("to", in_order, "must not be before from");
    let after = match page {
        PageRequest::Numbered { page, .. } => {
            check.require("page", *page == 1, "is not offered here: go on with cursor");
            None
        }
        PageRequest::First { .. } => None,
        PageRequest::After { cursor, .. } => {
            let key = cursor.key_in(LIST).and_then(uuid_in);
            key.map_err(|violation| check.extend([violation])).ok()
        }
    };
    check.finish()?;
    Ok(EventQuery {
        actor: filter.actor,
        aggregate_type,
        aggregate_id: filter.entity_id,
        event_type,
        from: filter.from,
        until: filter.to,
        after,
        newest_first: true,
        limit: page.limit().saturating_add(1),
        ..EventQuery::default()
    })
}

fn uuid_in(key: &[Value]) -> Result<Uuid, Violation> {
    match key {
        [Value::Uuid(id)] => Ok(*id),
        _ => Err(Violation::new("cursor", "is no cursor of this list")),
    }
}

fn entry(stored: StoredEvent) -> AuditEntry {
    let event = stored.event;
    AuditEntry {
        id: event.id,
        at: event.occurred_at,
        actor: event.actor(),
        entity: event.aggregate_type.into_owned(),
        entity_id: event.aggregate_id,
        entity_revision: event.aggregate_revision,
        event_type: event.event_type.into_owned(),
        context: event.context.into_owned(),
        // A body that is no JSON was not written by us; the entry stands without it.
        details: serde_json::from_str(&event.body).unwrap_or_default(),
        request_id: event.request_id,
    }
}
