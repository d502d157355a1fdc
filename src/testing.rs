//! A DriveEver for tests: in memory, with a clock that stands and ids that count.

use std::sync::Arc;

use driveever_core::{
    Error,
    id::SequentialIds,
    time::{FixedClock, Timestamp},
};
use driveever_memory::MemoryStore;

use crate::{Builder, DriveEver};

/// What a test holds beside the services.
#[derive(Debug)]
pub struct Testing {
    /// The services.
    pub app: DriveEver,
    /// The store, to look into.
    pub store: Arc<MemoryStore>,
    /// The clock, to move.
    pub clock: FixedClock,
}

/// A builder on an empty in-memory store at `now`, with what a test holds on to.
pub fn builder(now: Timestamp) -> (Builder, Arc<MemoryStore>, FixedClock) {
    let (store, clock) = (Arc::new(MemoryStore::new()), FixedClock::at(now));
    let builder =
        DriveEver::builder().store(store.clone()).clock(Arc::new(clock.clone())).ids(Arc::new(SequentialIds::new()));
    (builder, store, clock)
}

/// A DriveEver with its library seeded, at `now`.
///
/// # Errors
/// As [`Builder::build`] and [`DriveEver::prepare`].
pub async fn testing(now: Timestamp) -> Result<Testing, Error> {
    let (builder, store, clock) = builder(now);
    let app = builder.build()?;
    app.prepare().await?;
    Ok(Testing { app, store, clock })
}
