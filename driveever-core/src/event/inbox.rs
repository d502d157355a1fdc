//! Handling each message once: what was handled is marked in the commit of its effect.

use std::{collections::HashSet, sync::Arc};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::StoredEvent;
use crate::{
    changes::Changes,
    entity::Context,
    error::{Error, StoreError},
    repository::ContextStore,
};

/// How often a batch is decided anew when another writer was quicker.
const TRIES: usize = 8;

/// Events that a context has not handled yet. Only a repeated delivery asks the store.
pub async fn new_events<C: Context>(
    store: &(impl ContextStore<C> + ?Sized),
    events: &[Arc<StoredEvent>],
) -> Result<Vec<Arc<StoredEvent>>, StoreError> {
    if events.iter().all(|event| event.attempts <= 1) {
        Ok(events.to_vec())
    } else {
        unhandled_events(store, events).await
    }
}

/// Events that a context has not handled yet, by its store.
pub async fn unhandled_events<C: Context>(
    store: &(impl ContextStore<C> + ?Sized),
    events: &[Arc<StoredEvent>],
) -> Result<Vec<Arc<StoredEvent>>, StoreError> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.event.id).collect();
    let handled: HashSet<Uuid> = store.handled(&ids).await?.into_iter().collect();
    Ok(events.iter().filter(|event| !handled.contains(&event.event.id)).cloned().collect())
}

/// Applies the effect of a batch, each event once, in one commit: `decide` reads what it needs and gives the changes of
/// the events that are new, which are marked as handled here.
///
/// When another writer was quicker (a row changed, an event already handled), the store is asked what is still new and
/// `decide` is called again, a bounded number of times.
///
/// # Errors
/// The store's, the last conflict included, and `decide`'s.
pub async fn commit_once<'a, C: Context, S: ContextStore<C> + ?Sized>(
    store: &S,
    events: &[Arc<StoredEvent>],
    decide: impl Fn(Vec<Arc<StoredEvent>>) -> BoxFuture<'a, Result<Changes<C>, Error>> + Send + Sync,
) -> Result<(), Error> {
    let mut fresh = new_events(store, events).await?;
    let mut tries = TRIES;
    while !fresh.is_empty() {
        tries -= 1;
        let changes = decide(fresh.clone()).await?;
        let changes = fresh.iter().fold(changes, |changes, event| changes.handling(event.event.id));
        match store.commit(changes).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_conflict() && tries > 0 => fresh = unhandled_events(store, events).await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
