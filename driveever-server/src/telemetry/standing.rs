//! Figures that stand: read when somebody asks for them.

use driveever::{
    CONTEXTS,
    core::{StoreError, event::ParkedMessage, query::Query},
};
use metrics::{describe_gauge, gauge};

use crate::wiring::Wired;

pub(super) fn describe() {
    describe_gauge!("driveever_events_unpublished", "Events that wait for their delivery, by context");
    describe_gauge!("driveever_events_parked", "Deliveries that kept failing, by the event's context");
    describe_gauge!("driveever_store_writes_waiting", "Writes that wait for the store's one writer");
    metrics_process::Collector::default().describe();
}

/// Reads figures that stand.
#[derive(Debug, Clone)]
pub struct Standing {
    wired: Wired,
}

impl Standing {
    /// Of these services.
    pub const fn of(wired: Wired) -> Self {
        Self { wired }
    }

    /// Sets the gauges. A store that does not answer leaves them as they were; health says so.
    pub async fn read(&self) {
        metrics_process::Collector::default().collect();
        set("driveever_live_sockets", self.wired.live.open_sockets());
        if let Some(waiting) = self.wired.waiting_writes() {
            set("driveever_store_writes_waiting", waiting);
        }
        if let Err(error) = self.events().await {
            tracing::warn!(%error, "figures of events could not be read");
        }
    }

    async fn events(&self) -> Result<(), StoreError> {
        let app = &self.wired.app;
        let (log, parked) = (app.log(), app.parked().repository());
        for context in CONTEXTS {
            let unpublished = log.unpublished(context).await?;
            let parked = parked.count(&Query::filter(ParkedMessage::EVENT_CONTEXT.eq(context.to_owned()))).await?;
            gauge!("driveever_events_unpublished", "context" => context).set(as_float(unpublished));
            gauge!("driveever_events_parked", "context" => context).set(as_float(parked));
        }
        Ok(())
    }
}

fn set(name: &'static str, value: usize) {
    gauge!(name).set(as_float(value as u64));
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 of anything here")]
const fn as_float(count: u64) -> f64 {
    count as f64
}
