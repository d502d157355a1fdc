//! What happened: domain events, the log that keeps them, and the way they travel to whoever is concerned.
//!
//! A context's events commit together with the state that they tell of (see [`changes`](crate::changes)). The log is the
//! audit trail, the outbox and what read models are rebuilt from. A [`Relay`] moves committed events to an [`EventBus`]:
//! at least once, in order for each aggregate. A consumer marks what it has handled in the commit of its effect, so that
//! a second delivery changes nothing. A message that keeps failing is parked with its error and can be replayed.
//!
//! An event's body carries ids, numbers and names of kinds: no secrets and no personal text, so that the log can be kept
//! when a person's data is erased.

mod bus;
mod inbox;
mod parked;
mod relay;

use std::borrow::Cow;

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    entity::{Context, Entity, Revision},
    error::{Error, StoreError},
    id::IdGenerator,
    request::{Actor, RequestContext},
    time::{Clock, Timestamp},
};

pub use bus::{DeliveryReport, EventBus, EventHandler, InProcessBus, LiveSink};
#[cfg(feature = "mock")]
pub use bus::{MockEventBus, MockEventHandler, MockLiveSink};
pub use inbox::{commit_once, new_events, unhandled_events};
pub use parked::{Events, ParkedMessage, ParkedMessages, ParkedRepository};
pub use relay::{Relay, RelayOptions};

/// The body of one kind of event.
pub trait EventBody: Serialize + DeserializeOwned {
    /// The kind's name: `order.paid`.
    const TYPE: &'static str;
}

/// Declares a kind of event: its body as it stands, and its name.
#[macro_export]
macro_rules! event_body {
    ($(#[$meta:meta])* pub struct $name:ident as $type:literal { $($(#[$field_meta:meta])* pub $field:ident: $field_type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $field_type),*
        }

        impl $crate::event::EventBody for $name {
            const TYPE: &'static str = $type;
        }
    };
}

/// Something that happened to an aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainEvent {
    /// Identity; version 7, so that ids sort by time.
    pub id: Uuid,
    /// The context that tells it: `order`.
    pub context: Cow<'static, str>,
    /// What it happened to: `order`.
    pub aggregate_type: Cow<'static, str>,
    /// To which one.
    pub aggregate_id: Uuid,
    /// The aggregate's revision after it.
    pub aggregate_revision: u32,
    /// What happened: `order.paid`.
    pub event_type: Cow<'static, str>,
    /// Who did it, as [`Actor`] writes it.
    pub actor: String,
    /// In which request.
    pub request_id: String,
    /// When.
    pub occurred_at: Timestamp,
    /// The body as JSON text.
    pub body: String,
}

impl DomainEvent {
    /// The body, read as one kind's.
    ///
    /// # Errors
    /// [`Error::Internal`] when it does not fit.
    pub fn read<B: EventBody>(&self) -> Result<B, Error> {
        serde_json::from_str(&self.body)
            .map_err(|error| Error::internal(format!("event {} ({}): {error}", self.id, self.event_type)))
    }

    /// The body, read as one kind's, when the event is of that kind.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is, and does not fit.
    pub fn as_kind<B: EventBody>(&self) -> Result<Option<B>, Error> {
        if self.event_type == B::TYPE { self.read().map(Some) } else { Ok(None) }
    }

    /// Refuses an event that not every store could keep; each adapter asks this before it writes one.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`] when a text of it holds NUL.
    pub fn check(&self) -> Result<(), StoreError> {
        let texts = [self.aggregate_type.as_ref(), self.event_type.as_ref(), &self.actor, &self.request_id, &self.body];
        if texts.iter().any(|text| text.contains('\0')) {
            return Err(StoreError::Unstorable { kind: "event", detail: "its text must not contain NUL".to_owned() });
        }
        Ok(())
    }

    /// Who did it.
    pub fn actor(&self) -> Actor {
        self.actor.parse().unwrap_or(Actor::Anonymous)
    }
}

/// Makes events with their id and time, for one request.
#[derive(Clone, Copy)]
pub struct EventFactory<'a> {
    clock: &'a dyn Clock,
    ids: &'a dyn IdGenerator,
    request: &'a RequestContext,
}

impl<'a> EventFactory<'a> {
    /// For this request.
    pub const fn new(clock: &'a dyn Clock, ids: &'a dyn IdGenerator, request: &'a RequestContext) -> Self {
        Self { clock, ids, request }
    }

    /// An event that happened to `aggregate`, which is at `revision` after it.
    pub fn event<E: Entity, B: EventBody>(&self, aggregate: &E, revision: Revision, body: &B) -> DomainEvent {
        DomainEvent {
            id: self.ids.uuid(),
            context: Cow::Borrowed(<E::Context as Context>::NAME),
            aggregate_type: Cow::Borrowed(E::SCHEMA.kind),
            aggregate_id: aggregate.id().uuid(),
            aggregate_revision: revision.get(),
            event_type: Cow::Borrowed(B::TYPE),
            actor: self.request.actor.to_string(),
            request_id: self.request.request_id.clone(),
            occurred_at: self.clock.now(),
            // Bodies are our own plain structs, whose serialisation cannot fail.
            body: serde_json::to_string(body).unwrap_or_else(|_| "null".to_owned()),
        }
    }
}

/// An event as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in its context's log. Later events may have smaller places when several writers commit side by side, so
    /// "everything above the highest place seen" is no way to find what is new.
    pub position: u64,
    /// How often it was claimed for delivery, as the claim that gave it counts; what other reads say of it is not defined.
    pub attempts: u32,
    /// The event.
    pub event: DomainEvent,
}

/// Which events of the logs.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// Of these contexts; none: of all that the log keeps.
    pub contexts: Vec<&'static str>,
    /// With these ids; none: any.
    pub ids: Vec<Uuid>,
    /// By this actor.
    pub actor: Option<Actor>,
    /// To this kind of aggregate.
    pub aggregate_type: Option<String>,
    /// To this aggregate.
    pub aggregate_id: Option<Uuid>,
    /// Of this kind.
    pub event_type: Option<String>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// After this event, in the order of the query.
    pub after: Option<Uuid>,
    /// Newest first; else oldest first. The order is that of event ids.
    pub newest_first: bool,
    /// At most so many.
    pub limit: u32,
}

impl EventQuery {
    /// Whether an event is one of those asked for, wherever the answer ends: the meaning that every adapter keeps.
    pub fn wants(&self, event: &DomainEvent) -> bool {
        let is_after = |last: Uuid| if self.newest_first { event.id < last } else { event.id > last };
        (self.contexts.is_empty() || self.contexts.contains(&event.context.as_ref()))
            && (self.ids.is_empty() || self.ids.contains(&event.id))
            && self.actor.is_none_or(|actor| event.actor == actor.to_string())
            && self.aggregate_type.as_ref().is_none_or(|kind| event.aggregate_type == *kind)
            && self.aggregate_id.is_none_or(|id| event.aggregate_id == id)
            && self.event_type.as_ref().is_none_or(|kind| event.event_type == *kind)
            && self.from.is_none_or(|from| event.occurred_at >= from)
            && self.until.is_none_or(|until| event.occurred_at < until)
            && self.after.is_none_or(is_after)
    }
}

/// The logs of all contexts that a store keeps.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Takes up to `limit` unpublished events of a context for delivery, oldest first, and holds them for `worker` until
    /// `lease`; counts the attempt. An event is left out while an earlier one of its aggregate is unpublished and not
    /// part of the same claim, so that each aggregate's events are delivered in order with any number of workers.
    async fn claim(
        &self,
        context: &'static str,
        worker: Uuid,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// Marks events as published.
    async fn mark_published(&self, context: &'static str, events: &[Uuid]) -> Result<(), StoreError>;

    /// Gives claimed events back, to be claimed again from `until` on.
    async fn postpone(&self, context: &'static str, events: &[Uuid], until: Timestamp) -> Result<(), StoreError>;

    /// Ends every hold on a context's events, of claims and of postponements, so that they can be claimed at once. For
    /// whoever knows that the relays that held them are dead; were one alive, its events would be delivered twice.
    async fn release(&self, context: &'static str) -> Result<(), StoreError>;

    /// How many events of a context are not published yet.
    async fn unpublished(&self, context: &'static str) -> Result<u64, StoreError>;

    /// Events by a query.
    async fn read(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, StoreError>;

    /// A context's events after a place in its log, in the log's order: for rebuilding read models.
    async fn replay(&self, context: &'static str, after: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError>;
}
