//! Events and projections: a consumer of your own that counts delivered orders, once each though delivery repeats.
//!
//! `cargo run --example events --features providers`
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use driveever::{
    DriveEver, Question,
    core::{
        Error, RequestContext,
        event::{EventHandler, StoredEvent},
        id::Id,
    },
};

/// Counts; a real one would keep its count in a store, in the commit that marks the events as handled.
#[derive(Default)]
struct Deliveries(AtomicU64);

#[async_trait]
impl EventHandler for Deliveries {
    fn consumer(&self) -> &'static str {
        "deliveries"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == "order.delivered"
    }

    async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        // A repeated delivery has more than one attempt; this consumer cannot fail, so it has counted those already.
        let first = events.iter().filter(|event| event.attempts == 1).count();
        self.0.fetch_add(first as u64, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let deliveries = Arc::new(Deliveries::default());
    let app = DriveEver::builder().consumer(deliveries.clone()).build()?;
    app.prepare().await?;
    let driver = RequestContext::user(Id::new(app.ids().uuid()), "request-1");
    for question in ["When is an MOT due?", "How deep must tyre tread be?", "What does SORN mean?"] {
        app.ask(&driver, Question::new(question)).await?;
    }
    let moved = app.settle().await?;
    println!("{moved} events handed over, {} orders delivered", deliveries.0.load(Ordering::Relaxed));
    Ok(())
}
