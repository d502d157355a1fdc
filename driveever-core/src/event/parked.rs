//! Messages that kept failing: kept with their error, to be replayed or dropped by an admin.

use std::sync::Arc;

use super::{EventHandler, EventLog, EventQuery, StoredEvent};
use crate::{
    changes::Changes,
    entity,
    entity::Context,
    error::{Error, StoreError},
    id::{Id, IdGenerator},
    repository::{Repository, RepositoryExt},
    time::{Clock, Timestamp},
};

/// The kernel's own tables: parked messages.
#[derive(Debug)]
pub struct Events;
impl Context for Events {
    const NAME: &'static str = "events";
}

entity! {
    /// A delivery that kept failing.
    #[derive(PartialEq)]
    pub struct ParkedMessage in Events as append_only "parked_message" in "events_parked" {
        unique [["consumer", "event_id"]], lookup [], search [],
    } {
        /// Who could not handle it.
        pub consumer: String => CONSUMER,
        /// The event.
        pub event_id: uuid::Uuid => EVENT_ID,
        /// The context whose log has it.
        pub event_context: String => EVENT_CONTEXT,
        /// What happened.
        pub event_type: String => EVENT_TYPE,
        /// The last error, in words.
        pub error: String => ERROR,
        /// How often it was tried.
        pub attempts: u32 => ATTEMPTS,
        /// Since when it is parked.
        pub parked_at: Timestamp => PARKED_AT,
    }
}

/// Where parked messages are kept.
pub trait ParkedRepository: Repository<ParkedMessage> {}
impl<T: Repository<ParkedMessage> + ?Sized> ParkedRepository for T {}

/// Parks, replays and drops messages.
#[derive(Clone)]
pub struct ParkedMessages {
    repository: Arc<dyn ParkedRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// The longest error text kept, in characters.
const MAX_ERROR_CHARS: usize = 500;

impl ParkedMessages {
    /// Over this repository.
    pub fn new(repository: Arc<dyn ParkedRepository>, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { repository, clock, ids }
    }

    /// Where they are kept.
    pub fn repository(&self) -> &dyn ParkedRepository {
        self.repository.as_ref()
    }

    /// Parks a message. Parking the same one again changes nothing.
    pub async fn park(&self, consumer: &str, event: &StoredEvent, error: &Error) -> Result<(), StoreError> {
        let message = ParkedMessage {
            id: self.ids.id(),
            consumer: consumer.to_owned(),
            event_id: event.event.id,
            event_context: event.event.context.to_string(),
            event_type: event.event.event_type.to_string(),
            error: error.to_string().chars().take(MAX_ERROR_CHARS).collect(),
            attempts: event.attempts,
            parked_at: self.clock.now(),
        };
        match self.repository.commit(Changes::new().insert(&message)).await {
            Err(StoreError::Duplicate { .. }) => Ok(()),
            other => other,
        }
    }

    /// Delivers a parked message once more and forgets it when that succeeds.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown message, or when its consumer or event is no longer there; the consumer's own
    /// error when it fails again, in which case the message stays.
    pub async fn replay(
        &self,
        id: Id<ParkedMessage>,
        log: &dyn EventLog,
        handler: impl Fn(&str) -> Option<Arc<dyn EventHandler>>,
    ) -> Result<(), Error> {
        let message = self.repository.get(id).await?.ok_or(Error::NotFound { kind: "parked message" })?;
        let handler = handler(&message.consumer).ok_or(Error::NotFound { kind: "consumer" })?;
        let query = EventQuery { ids: vec![message.event_id], limit: 1, ..EventQuery::default() };
        let mut event = log.read(&query).await?.pop().ok_or(Error::NotFound { kind: "event" })?;
        // A repeated delivery: the consumer asks its inbox.
        event.attempts = message.attempts.saturating_add(1).max(2);
        handler.handle(&[Arc::new(event)]).await?;
        self.repository.delete(id).await?;
        Ok(())
    }
}
