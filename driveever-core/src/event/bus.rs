//! The way from the relay to the consumers.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use futures_util::future::join_all;
use uuid::Uuid;

use super::{ParkedMessages, StoredEvent};
use crate::error::{Error, StoreError};

/// A consumer of events: one a context.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// The consumer's name, which is its context's: `analytics`.
    fn consumer(&self) -> &'static str;

    /// Kinds of event that it wants.
    fn wants(&self, event_type: &str) -> bool;

    /// Handles events in their order, all or none: effects and the marks of the handled ids in one commit. Called again
    /// with events that it has handled before when a delivery was cut off; [`new_events`](super::new_events) leaves those out.
    async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error>;
}

/// Receives events as they pass, for open sockets: nothing is kept and nothing acknowledged.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait LiveSink: Send + Sync {
    /// Must not block.
    fn push(&self, events: &[Arc<StoredEvent>]);
}

/// What came of publishing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Events that at least one consumer has not handled and that should come again.
    pub undelivered: HashSet<Uuid>,
    /// How many were parked.
    pub parked: usize,
}

/// Carries events to the consumers.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Delivers events, in order; returns when every consumer has handled or refused them, or when they are safe with
    /// a broker.
    async fn publish(&self, events: &[Arc<StoredEvent>]) -> Result<DeliveryReport, StoreError>;
}

/// Delivers within the process: the relay's own future drives the consumers, side by side, each in order.
///
/// A consumer that fails gets its batch one by one, so that one bad message does not hold up the rest; what keeps failing
/// is parked after `max_attempts` deliveries. Whoever embeds it wraps consumers in a timeout where one might hang.
pub struct InProcessBus {
    handlers: Vec<Arc<dyn EventHandler>>,
    sinks: Vec<Arc<dyn LiveSink>>,
    parked: ParkedMessages,
    max_attempts: u32,
}

impl InProcessBus {
    /// A bus without consumers; messages are parked after this many failed deliveries.
    pub const fn new(parked: ParkedMessages, max_attempts: u32) -> Self {
        Self { handlers: Vec::new(), sinks: Vec::new(), parked, max_attempts }
    }

    /// Adds a consumer.
    pub fn with_handler(mut self, handler: Arc<dyn EventHandler>) -> Self {
        self.handlers.push(handler);
        self
    }

    /// Adds a listener for open sockets.
    pub fn with_sink(mut self, sink: Arc<dyn LiveSink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// The consumer with this name.
    pub fn handler(&self, consumer: &str) -> Option<&Arc<dyn EventHandler>> {
        self.handlers.iter().find(|handler| handler.consumer() == consumer)
    }

    async fn deliver(
        &self,
        handler: &dyn EventHandler,
        events: &[Arc<StoredEvent>],
    ) -> Result<DeliveryReport, StoreError> {
        let mut report = DeliveryReport::default();
        let wanted: Vec<_> = events.iter().filter(|event| handler.wants(&event.event.event_type)).cloned().collect();
        if wanted.is_empty() || handler.handle(&wanted).await.is_ok() {
            return Ok(report);
        }
        let mut held = HashSet::new();
        for event in wanted {
            // What follows a failed message of the same aggregate waits for it.
            if held.contains(&event.event.aggregate_id) {
                report.undelivered.insert(event.event.id);
                continue;
            }
            let Err(error) = handler.handle(std::slice::from_ref(&event)).await else { continue };
            if event.attempts >= self.max_attempts {
                self.parked.park(handler.consumer(), &event, &error).await?;
                report.parked += 1;
            } else {
                held.insert(event.event.aggregate_id);
                report.undelivered.insert(event.event.id);
            }
        }
        Ok(report)
    }
}

#[async_trait]
impl EventBus for InProcessBus {
    async fn publish(&self, events: &[Arc<StoredEvent>]) -> Result<DeliveryReport, StoreError> {
        let first: Vec<_> = events.iter().filter(|event| event.attempts <= 1).cloned().collect();
        let reports = join_all(self.handlers.iter().map(|handler| self.deliver(handler.as_ref(), events))).await;
        let mut whole = DeliveryReport::default();
        for report in reports {
            let report = report?;
            whole.undelivered.extend(report.undelivered);
            whole.parked += report.parked;
        }
        // Sockets learn of an event after its read models do, so that whoever reads on hearing of it sees it.
        if !first.is_empty() {
            self.sinks.iter().for_each(|sink| sink.push(&first));
        }
        Ok(whole)
    }
}
