//! What an embedder does through the facade alone: each part replaced by one of their own, several instances side by side,
//! background work that ends when it is told to.
#![cfg(all(feature = "memory", feature = "providers", feature = "runtime"))]
#![expect(clippy::unwrap_used, reason = "these are tests; the exception for tests covers test functions only")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use driveever::{
    BackgroundOptions, DriveEver, Question,
    core::{
        Error, RequestContext, StoreError,
        ai::text_model::{Generated, Generation, ModelError, ModelHealth, Piece, TextModel},
        async_trait,
        changes::Changes,
        entity::{Context, Entity},
        event::{EventHandler, EventLog, EventQuery, StoredEvent},
        futures_util::stream::BoxStream,
        id::Id,
        notification::NotificationService,
        order::OrderStatus,
        page::PageRequest,
        prompt::{
            ExposureId, GoldenChoice, GoldenRequest, Outcome, PromptCategory, PromptId, PromptService, Rendered,
            VariableValues,
        },
        query::Query,
        reads::{Found, Reads},
        repository::{ContextStore, Repository},
        time::{Clock, FixedClock, SystemClock, Timestamp},
        user::{User, UserId, UserService},
        uuid::Uuid,
        vehicle::{
            record::VehicleRecord,
            registration::Registration,
            source::{Freshness, SourceError, VehicleDataSource},
        },
    },
    memory::MemoryStore,
    providers::vehicle_files::DemonstrationVehicles,
    testing::testing,
};

const QUESTION: &str = "How deep must my tyre tread be?";

fn now() -> Timestamp {
    "2026-11-23T09:30:00Z".parse().unwrap()
}

fn driver(number: u128) -> RequestContext {
    RequestContext::user(Id::new(Uuid::from_u128(number)), format!("request-{number}"))
}

async fn prepared(builder: driveever::Builder) -> DriveEver {
    let app = builder.build().unwrap();
    app.prepare().await.unwrap();
    app
}

/// Counts what passes, and passes it on: a wrapper over every port of a store, written once.
#[derive(Default)]
struct Counting {
    inner: MemoryStore,
    commits: AtomicUsize,
}

#[async_trait]
impl<C: Context> ContextStore<C> for Counting {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.inner.commit(changes).await
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        self.inner.find_all(reads).await
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        ContextStore::<C>::handled(&self.inner, events).await
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for Counting {
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

#[async_trait]
impl EventLog for Counting {
    async fn claim(
        &self,
        context: &'static str,
        worker: Uuid,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.claim(context, worker, now, lease, limit).await
    }

    async fn mark_published(&self, context: &'static str, events: &[Uuid]) -> Result<(), StoreError> {
        self.inner.mark_published(context, events).await
    }

    async fn postpone(&self, context: &'static str, events: &[Uuid], until: Timestamp) -> Result<(), StoreError> {
        self.inner.postpone(context, events, until).await
    }

    async fn release(&self, context: &'static str) -> Result<(), StoreError> {
        self.inner.release(context).await
    }

    async fn unpublished(&self, context: &'static str) -> Result<u64, StoreError> {
        self.inner.unpublished(context).await
    }

    async fn read(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, StoreError> {
        EventLog::read(&self.inner, query).await
    }

    async fn replay(&self, context: &'static str, after: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.replay(context, after, limit).await
    }
}

/// A model that says which prompt it was given.
struct Echo;

#[async_trait]
impl TextModel for Echo {
    fn provider(&self) -> &'static str {
        "echo"
    }

    fn models(&self) -> Vec<String> {
        vec!["echo-1".to_owned()]
    }

    async fn generate(&self, request: &Generation) -> Result<Generated, ModelError> {
        Ok(Generated::of("echo-1", request.prompt.clone()))
    }

    async fn stream(&self, request: &Generation) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        Ok(self.generate(request).await?.into_stream())
    }

    async fn health(&self) -> ModelHealth {
        ModelHealth::available(SystemClock.now())
    }
}

/// Users of an application of one's own: one of them is let in.
struct OneUser(UserId);

#[async_trait]
impl UserService for OneUser {
    async fn user(&self, request: &RequestContext, id: UserId) -> Result<User, Error> {
        if id == self.0 {
            driveever::TrustedUsers.user(request, id).await
        } else {
            Err(Error::NotFound { kind: "user" })
        }
    }
}

/// A register of vehicles that counts its look-ups.
struct Register {
    inner: DemonstrationVehicles,
    lookups: AtomicUsize,
}

#[async_trait]
impl VehicleDataSource for Register {
    fn name(&self) -> &'static str {
        "register"
    }

    async fn lookup(&self, registration: &Registration, freshness: Freshness) -> Result<VehicleRecord, SourceError> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        self.inner.lookup(registration, freshness).await
    }
}

/// Prompts that go through to DriveEver's own, and are noted.
struct Noting {
    inner: Arc<dyn PromptService>,
    chosen: Mutex<Vec<PromptCategory>>,
}

#[async_trait]
impl PromptService for Noting {
    async fn golden(&self, request: &RequestContext, golden: GoldenRequest) -> Result<GoldenChoice, Error> {
        self.chosen.lock().unwrap().push(golden.category);
        self.inner.golden(request, golden).await
    }

    async fn render(
        &self,
        request: &RequestContext,
        prompt: PromptId,
        version_number: u32,
        values: &VariableValues,
    ) -> Result<Rendered, Error> {
        self.inner.render(request, prompt, version_number, values).await
    }

    async fn withdraw(&self, request: &RequestContext, exposure: ExposureId) -> Result<(), Error> {
        self.inner.withdraw(request, exposure).await
    }

    async fn record_outcome(&self, request: &RequestContext, id: ExposureId, outcome: Outcome) -> Result<(), Error> {
        self.inner.record_outcome(request, id, outcome).await
    }
}

#[tokio::test]
async fn ten_lines_are_enough() {
    let app = prepared(DriveEver::builder()).await;
    let order = app.ask(&driver(1), Question::new(QUESTION)).await.unwrap();
    assert_eq!(order.order.status, OrderStatus::Delivered);
    assert!(order.advice.unwrap().answer.contains("1.6 mm"));
}

#[tokio::test]
async fn a_store_of_ones_own_keeps_everything() {
    let store = Arc::new(Counting::default());
    let app = prepared(DriveEver::builder().store(store.clone())).await;
    let before = store.commits.load(Ordering::Relaxed);
    app.ask(&driver(1), Question::new(QUESTION)).await.unwrap();
    assert!(store.commits.load(Ordering::Relaxed) > before);
    assert!(app.settle().await.unwrap() > 0);
}

#[tokio::test]
async fn a_model_of_ones_own_is_asked_first_and_the_clock_is_ones_own() {
    let clock = FixedClock::at(now());
    let app = prepared(DriveEver::builder().clock(Arc::new(clock.clone())).model(Arc::new(Echo))).await;
    let order = app.ask(&driver(1), Question::new(QUESTION)).await.unwrap();
    let advice = order.advice.unwrap();
    assert_eq!((advice.provider.as_str(), advice.model.as_str()), ("echo", "echo-1"));
    assert!(advice.answer.contains(QUESTION), "the prompt carries the question");
    assert_eq!((order.order.created_at, advice.created_at), (now(), now()));
}

#[tokio::test]
async fn users_of_ones_own_decide_who_may_order() {
    let ann = driver(1);
    let users = Arc::new(OneUser(Id::new(Uuid::from_u128(1))));
    let app = prepared(DriveEver::builder().users(users)).await;
    assert!(app.ask(&ann, Question::new(QUESTION)).await.is_ok());
    let refused = app.ask(&driver(2), Question::new(QUESTION)).await;
    assert!(matches!(refused, Err(Error::NotFound { kind: "user" })), "{refused:?}");
}

#[tokio::test]
async fn vehicles_come_from_a_source_of_ones_own_and_are_remembered() {
    let clock = Arc::new(FixedClock::at(now()));
    let register =
        Arc::new(Register { inner: DemonstrationVehicles::new(clock.clone()), lookups: AtomicUsize::new(0) });
    let app = prepared(DriveEver::builder().clock(clock).vehicle_source(register.clone())).await;
    for _ in 0..3 {
        let advice = app.ask(&driver(1), Question::new(QUESTION).about("AA19 MOT")).await.unwrap().advice.unwrap();
        assert!(advice.sources.0.iter().any(|source| source.demonstration), "{:?}", advice.sources);
    }
    assert_eq!(register.lookups.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_service_on_the_road_is_replaced_by_a_wrapper_over_another_instance_of_it() {
    let store = Arc::new(MemoryStore::new());
    let inner = prepared(DriveEver::builder().store(store.clone())).await;
    let noting = Arc::new(Noting { inner: inner.prompts(), chosen: Mutex::default() });
    let outer = DriveEver::builder()
        .store(store)
        .prompts(noting.clone())
        .classify(|_| PromptCategory::EmergencyGuidance)
        .build()
        .unwrap();
    outer.ask(&driver(1), Question::new(QUESTION)).await.unwrap();
    assert_eq!(*noting.chosen.lock().unwrap(), [PromptCategory::EmergencyGuidance]);
}

#[tokio::test]
async fn services_beside_the_road_are_replaced() {
    let (other, store) = (prepared(DriveEver::builder()).await, Arc::new(MemoryStore::new()));
    let notifications: Arc<dyn NotificationService> = other.notifications();
    let app = DriveEver::builder()
        .store(store)
        .notifications(notifications)
        .orders(other.orders())
        .library(other.library())
        .garage(other.garage())
        .analytics(other.analytics())
        .audit(other.audit())
        .build()
        .unwrap();
    app.prepare().await.unwrap();
    let order = app.ask(&driver(1), Question::new(QUESTION)).await.unwrap();
    // The order is the other one's, and so is what follows from it.
    assert!(other.orders().order(&driver(1), order.order.id).await.is_ok());
    assert_eq!(app.settle().await.unwrap(), 0);
    other.settle().await.unwrap();
    let told = app.notifications().notifications(&driver(1), None, &PageRequest::default()).await.unwrap();
    assert!(!told.data().is_empty());
    assert_eq!(app.analytics().overview(&RequestContext::system("test")).await.unwrap().questions, 1);
}

#[tokio::test]
async fn two_instances_know_nothing_of_each_other() {
    let (one, two) = (prepared(DriveEver::builder()).await, prepared(DriveEver::builder()).await);
    let ann = driver(1);
    let (first, second) = tokio::join!(one.ask(&ann, Question::new(QUESTION)), two.ask(&ann, Question::new(QUESTION)));
    let (first, second) = (first.unwrap().order.id, second.unwrap().order.id);
    assert!(matches!(one.orders().order(&driver(1), second).await, Err(Error::NotFound { .. })));
    assert!(matches!(two.orders().order(&driver(1), first).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn the_preset_for_tests_is_the_same_each_time() {
    let ask = async || {
        let world = testing(now()).await.unwrap();
        let order = world.app.ask(&driver(1), Question::new(QUESTION).about("AA19MOT")).await.unwrap();
        world.clock.advance(Duration::from_mins(1));
        let later = world.app.ask(&driver(1), Question::new(QUESTION)).await.unwrap();
        assert_eq!(later.order.created_at.since(order.order.created_at), Duration::from_mins(1));
        (order.order.id, order.advice.unwrap().answer)
    };
    assert_eq!(ask().await, ask().await);
}

/// Notes that an event came.
#[derive(Default)]
struct Heard(tokio::sync::Notify);

#[async_trait]
impl EventHandler for Heard {
    fn consumer(&self) -> &'static str {
        "heard"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == "order.delivered"
    }

    async fn handle(&self, _events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        self.0.notify_one();
        Ok(())
    }
}

#[tokio::test]
async fn background_work_delivers_and_ends_when_it_is_told_to() {
    let heard = Arc::new(Heard::default());
    let app = prepared(DriveEver::builder().consumer(heard.clone())).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let work = app.background(BackgroundOptions::default(), stop.clone(), |what, error| panic!("{what}: {error}"));
    let work = tokio::spawn(work);
    app.ask(&driver(1), Question::new(QUESTION)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), heard.0.notified()).await.unwrap();
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), work).await.unwrap().unwrap();
}
