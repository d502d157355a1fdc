//! Moves committed events from the logs to the bus.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{EventBus, EventLog};
use crate::{error::StoreError, id::IdGenerator, time::Clock};

/// How a relay works.
#[derive(Debug, Clone, Copy)]
pub struct RelayOptions {
    /// Events a claim, at most.
    pub batch: u32,
    /// How long a claim holds; afterwards another relay may take the events.
    pub lease: Duration,
    /// How long an undelivered event waits the first time; doubled at each attempt, up to `max_backoff`.
    pub backoff: Duration,
    /// The longest wait.
    pub max_backoff: Duration,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self {
            batch: 256,
            lease: Duration::from_secs(30),
            backoff: Duration::from_millis(200),
            max_backoff: Duration::from_mins(1),
        }
    }
}

/// Moves one store's committed events to a bus: at least once, in order for each aggregate.
///
/// It keeps nothing in memory: killed between commit and publish, or between publish and mark, the next one claims the
/// same events again when the lease ends. Any number may run side by side.
pub struct Relay {
    log: Arc<dyn EventLog>,
    bus: Arc<dyn EventBus>,
    clock: Arc<dyn Clock>,
    worker: Uuid,
    options: RelayOptions,
}

impl Relay {
    /// A relay from `log` to `bus`.
    pub fn new(
        log: Arc<dyn EventLog>,
        bus: Arc<dyn EventBus>,
        clock: Arc<dyn Clock>,
        ids: &dyn IdGenerator,
        options: RelayOptions,
    ) -> Self {
        Self { log, bus, clock, worker: ids.uuid(), options }
    }

    /// Moves one batch of a context's events; gives how many were claimed. Zero means that nothing waits.
    ///
    /// # Errors
    /// The log's or the bus's; what was claimed comes again when its lease ends.
    pub async fn run_once(&self, context: &'static str) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let lease = now.plus(self.options.lease);
        let claimed = self.log.claim(context, self.worker, now, lease, self.options.batch).await?;
        let claimed: Vec<_> = claimed.into_iter().map(Arc::new).collect();
        if claimed.is_empty() {
            return Ok(0);
        }
        let report = self.bus.publish(&claimed).await?;
        let (late, published): (Vec<_>, Vec<_>) =
            claimed.iter().partition(|event| report.undelivered.contains(&event.event.id));
        let published: Vec<Uuid> = published.iter().map(|event| event.event.id).collect();
        self.log.mark_published(context, &published).await?;
        for event in late {
            let until = self.clock.now().plus(self.backoff(event.attempts));
            self.log.postpone(context, &[event.event.id], until).await?;
        }
        Ok(claimed.len())
    }

    fn backoff(&self, attempts: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        self.options.backoff.saturating_mul(doubled).min(self.options.max_backoff)
    }
}
