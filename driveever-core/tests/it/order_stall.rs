//! A worker that stands still for longer than its lease while it works in another context, and goes on when it is too
//! late: the order was undone, and nothing of what the late one does may count.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use driveever_core::{
    Error, RequestContext, StoreError,
    changes::Changes,
    entity::{Context, Entity},
    id::Id,
    order::{OrderService, OrderStatus, PaymentStatus},
    prompt::{Exposure, PromptLibrary, PromptOptions, PromptService, Prompts, VersionPerformance},
    query::{Deleted, Query},
    reads::{Found, Reads},
    repository::{ContextStore, Repository},
};
use driveever_memory::MemoryStore;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use crate::{
    order_support::{Shop, question, test_shop},
    support::request_by,
};

/// Longer than any lease and than the deadline.
const TOO_LATE: Duration = Duration::from_mins(20);

/// A store whose commits stand still until they may go on.
struct Stalled {
    inner: Arc<MemoryStore>,
    reached: Notify,
    may_go_on: Semaphore,
}

#[async_trait]
impl<C: Context> ContextStore<C> for Stalled {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        self.reached.notify_one();
        let permit = self.may_go_on.acquire().await;
        let done = self.inner.commit(changes).await;
        drop(permit);
        done
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        self.inner.find_all(reads).await
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        ContextStore::<C>::handled(self.inner.as_ref(), events).await
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for Stalled {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        self.inner.get(id).await
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        self.inner.find(query).await
    }

    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        self.inner.count(query).await
    }
}

/// A prompt service of a process of its own, over this store.
fn prompts(shop: &Shop, store: Arc<dyn driveever_core::prompt::PromptRepository>) -> Arc<Prompts> {
    Arc::new(Prompts::new(store, shop.clock.clone(), shop.ids.clone(), PromptOptions::default()))
}

async fn exposures(shop: &Shop, deleted: Deleted) -> Vec<Exposure> {
    shop.store.find(&Query::everything().deleted(deleted)).await.unwrap()
}

#[tokio::test]
async fn a_prompt_that_is_chosen_after_its_order_was_undone_is_not_counted() {
    let shop = test_shop();
    let prompts_in_time = prompts(&shop, shop.store.clone());
    prompts_in_time.seed(&RequestContext::system("prepare")).await.unwrap();
    let stalled = Arc::new(Stalled { inner: shop.store.clone(), reached: Notify::new(), may_go_on: Semaphore::new(0) });
    let slow = shop.orders_choosing(prompts(&shop, stalled.clone()));
    let (request, late) = (request_by(1), request_by(1));
    let placing = tokio::spawn(async move { slow.place(&late, question()).await });
    stalled.reached.notified().await;

    shop.clock.advance(TOO_LATE);
    let quick = shop.orders_choosing(prompts_in_time.clone());
    assert_eq!(quick.recover(10).await.unwrap().finished, 1);
    let order = shop.all_orders().await.remove(0);
    assert_eq!((order.status, order.payment_status), (OrderStatus::Failed, PaymentStatus::Refunded));

    stalled.may_go_on.add_permits(1);
    let told = placing.await.unwrap();
    assert!(matches!(told, Err(Error::Model { order: Some(_), .. })), "the late one tells what came of it: {told:?}");
    let counted: Vec<_> = exposures(&shop, Deleted::Excluded).await;
    assert!(counted.iter().all(|exposure| exposure.withdrawn), "{counted:?}");
    let records: Vec<VersionPerformance> = shop.store.find(&Query::everything()).await.unwrap();
    assert!(records.iter().all(|record| record.totals.uses == 0));
    let again = prompts_in_time.withdraw(&request, order.id.cast()).await;
    assert!(again.is_ok(), "{again:?}");
    assert_eq!(exposures(&shop, Deleted::Included).await.len(), 1, "what keeps the id from being used");
}
