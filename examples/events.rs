//! Events and projections: a read model of your own, kept from the events that pass, once each though delivery repeats, and
//! the same when it is worked out anew from the log.
//!
//! A consumer has a context of its own: a table for what it works out and an inbox of the events that it has handled. Both
//! change in one commit, so that an event counts once whatever is delivered again.
//!
//! `cargo run --example events`
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{collections::BTreeMap, sync::Arc};

use driveever::{
    DriveEver, Question,
    core::{
        Error, RequestContext, async_trait,
        changes::Changes,
        entity,
        entity::{Context, Revision},
        event::{EventBody as _, EventHandler, StoredEvent, commit_once},
        futures_util::FutureExt as _,
        id::Id,
        order::event::OrderDelivered,
        query::Query,
        repository::Repository,
        user::UserId,
    },
    memory::MemoryStore,
};

/// The consumer's context.
#[derive(Debug)]
pub struct Spending;
impl Context for Spending {
    const NAME: &'static str = "spending";
}

entity! {
    /// What a driver has spent; its id is the driver's.
    #[derive(PartialEq)]
    pub struct Spent in Spending as versioned "spent" in "spending_spent" {
        unique [], lookup [], search [],
    } {
        /// Orders delivered.
        pub orders: u64 => ORDERS,
        /// Their sum in minor units.
        pub minor: i64 => MINOR,
    }
}

/// Keeps [`Spent`] rows.
struct SpendingProjection {
    store: Arc<MemoryStore>,
}

/// What these events add to each driver's row: pure, and so the same for a delivery and for the whole log.
fn added(events: &[Arc<StoredEvent>]) -> Result<BTreeMap<UserId, (u64, i64)>, Error> {
    let mut sums = BTreeMap::new();
    for event in events {
        if let Some(delivered) = event.event.as_kind::<OrderDelivered>()? {
            let (orders, minor): &mut (u64, i64) = sums.entry(delivered.user_id).or_default();
            *orders += 1;
            *minor += delivered.total_amount;
        }
    }
    Ok(sums)
}

impl SpendingProjection {
    async fn decide(&self, events: Vec<Arc<StoredEvent>>) -> Result<Changes<Spending>, Error> {
        let mut changes = Changes::new();
        for (user, (orders, minor)) in added(&events)? {
            let id = user.cast::<Spent>();
            changes = match self.store.get(id).await? {
                None => changes.insert(&Spent { id, revision: Revision::FIRST, deleted_at: None, orders, minor }),
                Some(mut row) => {
                    row.orders += orders;
                    row.minor += minor;
                    changes.update(&mut row)
                }
            };
        }
        Ok(changes)
    }
}

#[async_trait]
impl EventHandler for SpendingProjection {
    fn consumer(&self) -> &'static str {
        Spending::NAME
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == OrderDelivered::TYPE
    }

    async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        // Leaves out what is handled already, marks the rest as handled, and decides anew when another was quicker.
        commit_once(&*self.store, events, |new| self.decide(new).boxed()).await
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let store = Arc::new(MemoryStore::new());
    let projection = Arc::new(SpendingProjection { store: store.clone() });
    let app = DriveEver::builder().store(store.clone()).consumer(projection.clone()).build()?;
    app.prepare().await?;

    for (name, questions) in [("Ann", 2), ("Ben", 1)] {
        let driver = RequestContext::user(Id::new(app.ids().uuid()), format!("request of {name}"));
        for _ in 0..questions {
            app.ask(&driver, Question::new("How deep must my tyre tread be?")).await?;
        }
    }
    println!("{} events handed over", app.settle().await?);
    let kept = store.find(&Query::<Spent>::everything()).await?;
    for row in &kept {
        println!("driver {}: {} orders, {} p", row.id, row.orders, row.minor);
    }

    // The relay delivers at least once: the same events again, as after a crash between effect and acknowledgement.
    let log: Vec<Arc<StoredEvent>> = app.log().replay("order", 0, 1_000).await?.into_iter().map(again).collect();
    projection.handle(&log).await?;
    let unchanged = store.find(&Query::<Spent>::everything()).await? == kept;
    println!("delivered once more, the rows are the same: {unchanged}");

    let anew = added(&log)?;
    let same = kept.iter().all(|row| anew.get(&row.id.cast()) == Some(&(row.orders, row.minor)));
    println!("worked out from the log's {} events they are the same: {}", log.len(), same && anew.len() == kept.len());
    Ok(())
}

/// An event as a second delivery hands it over.
fn again(event: StoredEvent) -> Arc<StoredEvent> {
    Arc::new(StoredEvent { attempts: event.attempts + 1, ..event })
}
