//! What every test needs: a store, a clock that stands, ids that count, and requests.

use std::sync::Arc;

use async_trait::async_trait;
use driveever_core::{
    RequestContext, Role, StoreError,
    changes::Changes,
    entity::{Context, Entity},
    event::{DomainEvent, StoredEvent},
    id::{Id, IdGenerator, SequentialIds},
    query::Query,
    reads::{Found, Reads},
    repository::{ContextStore, Repository},
    time::{Clock, FixedClock},
    user::UserId,
};
use driveever_memory::MemoryStore;
use uuid::Uuid;

/// The ports that tests stand on.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<SequentialIds>,
}

/// An empty store at 2026-11-23T09:30:00Z.
pub(crate) fn world() -> World {
    World {
        store: Arc::new(MemoryStore::new()),
        clock: Arc::new(FixedClock::at("2026-11-23T09:30:00Z".parse().unwrap())),
        ids: Arc::new(SequentialIds::new()),
    }
}

/// The user with this number.
pub(crate) fn user_id(number: u128) -> UserId {
    Id::new(Uuid::from_u128(0xffff_0000 + number))
}

/// A request by the user with this number.
pub(crate) fn request_by(number: u128) -> RequestContext {
    RequestContext::user(user_id(number), "request-1")
}

/// A request by a user who has these roles as well.
#[allow(dead_code, reason = "not every context has roles")]
pub(crate) fn request_as(number: u128, role: Role) -> RequestContext {
    request_by(number).with_roles([Role::User, role])
}

/// A store that lets other tasks run before every call, so that calls made side by side truly overlap.
pub(crate) struct Overlapping(pub(crate) Arc<MemoryStore>);

#[async_trait]
impl<C: Context> ContextStore<C> for Overlapping {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        self.0.commit(changes).await
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        tokio::task::yield_now().await;
        ContextStore::<C>::find_all(self.0.as_ref(), reads).await
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        tokio::task::yield_now().await;
        ContextStore::<C>::handled(self.0.as_ref(), events).await
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for Overlapping {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        tokio::task::yield_now().await;
        self.0.get(id).await
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        tokio::task::yield_now().await;
        self.0.find(query).await
    }

    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        tokio::task::yield_now().await;
        self.0.count(query).await
    }
}

/// An event as a context tells it, with a body of this test's choosing, delivered for the first time.
pub(crate) fn told(world: &World, event_type: &'static str, body: &serde_json::Value) -> Arc<StoredEvent> {
    let id = world.ids.uuid();
    let context = event_type.split('.').next().unwrap();
    Arc::new(StoredEvent {
        position: 1,
        attempts: 1,
        event: DomainEvent {
            id,
            context: context.into(),
            aggregate_type: context.into(),
            aggregate_id: id,
            aggregate_revision: 1,
            event_type: event_type.into(),
            actor: "system".to_owned(),
            request_id: "request-1".to_owned(),
            occurred_at: world.clock.now(),
            body: body.to_string(),
        },
    })
}

/// The same event, delivered again.
pub(crate) fn again(event: &Arc<StoredEvent>) -> Arc<StoredEvent> {
    Arc::new(StoredEvent { attempts: event.attempts + 1, ..event.as_ref().clone() })
}
