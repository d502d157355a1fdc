//! The kernel over the in-memory store: conflicts, rollback, pages, streams, the relay.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use driveever_core::{
    Error, Role, StoreError,
    changes::Changes,
    entity::Revision,
    event::{
        EventFactory, EventHandler, EventLog, InProcessBus, ParkedMessage, ParkedMessages, Relay, RelayOptions,
        StoredEvent,
    },
    event_body,
    page::{Page, PageRequest},
    query::{Filter, Query},
    repository::{ContextStore, Repository, RepositoryExt},
    request::Roles,
    time::Clock,
    user::{User, UserContext},
};
use futures_util::TryStreamExt;

use crate::support::{World, request_by, world};

event_body! {
    /// For these tests.
    pub struct UserRenamed as "user.renamed" {
        /// Nothing personal.
        pub letters: usize,
    }
}

fn user(world: &World, email: &str) -> User {
    let ids: &dyn driveever_core::id::IdGenerator = world.ids.as_ref();
    User {
        id: ids.id(),
        revision: Revision::FIRST,
        deleted_at: None,
        email: email.into(),
        name: "Ann".into(),
        roles: Roles::of([Role::User]),
        created_at: world.clock.now(),
        updated_at: world.clock.now(),
    }
}

fn renamed(world: &World, user: &User) -> driveever_core::event::DomainEvent {
    let request = request_by(1);
    EventFactory::new(world.clock.as_ref(), world.ids.as_ref(), &request).event(
        user,
        user.revision,
        &UserRenamed { letters: 3 },
    )
}

#[tokio::test]
async fn a_stale_update_is_refused_and_rolls_everything_back() {
    let world = world();
    let mut ann = user(&world, "ann@example.org");
    world.store.create(&ann, None).await.unwrap();
    let mut stale = ann.clone();
    ann.name = "Anne".into();
    world.store.update(&mut ann, None).await.unwrap();
    assert_eq!(ann.revision.get(), 2);

    stale.name = "Annie".into();
    let bob = user(&world, "bob@example.org");
    let changes = Changes::<UserContext>::new().insert(&bob).update(&mut stale).causing(renamed(&world, &bob));
    assert!(matches!(world.store.commit(changes).await, Err(StoreError::Stale { kind: "user", .. })));
    assert_eq!(world.store.get(ann.id).await.unwrap().unwrap().name, "Anne");
    assert!(!world.store.exists(User::EMAIL.eq("bob@example.org")).await.unwrap());
    assert_eq!(world.store.unpublished("user").await.unwrap(), 0);
}

#[tokio::test]
async fn pages_and_streams_see_every_row_once() {
    let world = world();
    let users: Vec<User> = (0..1_203).map(|number| user(&world, &format!("user{number}@example.org"))).collect();
    world.store.create_many(&users).await.unwrap();
    let all: Vec<User> = world.store.stream(Query::everything()).try_collect().await.unwrap();
    assert_eq!(all, users);

    let query = Query::everything().sort(User::NAME.descending());
    let mut request = PageRequest::parse(None, Some(100), Some("")).unwrap();
    let mut seen = Vec::new();
    loop {
        let Page::Cursor { data, next, .. } = world.store.page(query.clone(), &request).await.unwrap() else {
            panic!()
        };
        seen.extend(data);
        let Some(next) = next else { break };
        request = PageRequest::parse(None, Some(100), Some(&next.to_string())).unwrap();
    }
    seen.sort_by_key(|user: &User| user.id);
    assert_eq!(seen, users);
    let other = Query::<User>::everything();
    assert!(matches!(world.store.page(other, &request).await, Err(StoreError::Cursor(_))));
}

#[tokio::test]
async fn a_deleted_row_is_out_of_sight_until_it_is_restored() {
    let world = world();
    let mut ann = user(&world, "ann@example.org");
    world.store.create(&ann, None).await.unwrap();
    world.store.soft_delete(&mut ann, world.clock.now()).await.unwrap();
    assert_eq!(world.store.get(ann.id).await.unwrap(), None);
    assert_eq!(world.store.count(&Query::<User>::everything()).await.unwrap(), 0);
    // Its address is free again, and taken from then on.
    let twin = user(&world, "ann@example.org");
    world.store.create(&twin, None).await.unwrap();
    assert!(matches!(world.store.restore(&mut ann).await, Err(StoreError::Duplicate { .. })));
    Repository::<User>::count(world.store.as_ref(), &Query::filter(Filter::everything())).await.unwrap();
    world.store.delete(twin.id).await.unwrap();
    world.store.restore(&mut ann).await.unwrap();
    assert_eq!(world.store.get(ann.id).await.unwrap(), Some(ann));
}

/// Fails as often as told, then notes what it gets.
struct Flaky {
    failures: Mutex<u32>,
    seen: Mutex<Vec<u32>>,
}

#[async_trait]
impl EventHandler for Flaky {
    fn consumer(&self) -> &'static str {
        "flaky"
    }

    fn wants(&self, _event_type: &str) -> bool {
        true
    }

    async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(Error::internal("not today"));
        }
        self.seen.lock().unwrap().extend(events.iter().map(|event| event.event.aggregate_revision));
        Ok(())
    }
}

fn relay(world: &World, handler: Arc<Flaky>) -> Relay {
    let parked = ParkedMessages::new(world.store.clone(), world.clock.clone(), world.ids.clone());
    let bus = InProcessBus::new(parked, 3).with_handler(handler);
    Relay::new(world.store.clone(), Arc::new(bus), world.clock.clone(), world.ids.as_ref(), RelayOptions::default())
}

async fn rename_twice(world: &World) {
    let mut ann = user(world, "ann@example.org");
    world.store.create(&ann, Some(renamed(world, &ann))).await.unwrap();
    let event = renamed(world, &User { revision: ann.revision.next(), ..ann.clone() });
    world.store.update(&mut ann, Some(event)).await.unwrap();
}

#[tokio::test]
async fn a_failing_consumer_gets_the_events_again_and_in_order() {
    let world = world();
    rename_twice(&world).await;
    // The batch fails, then its first event alone, which holds back the second.
    let handler = Arc::new(Flaky { failures: Mutex::new(2), seen: Mutex::default() });
    let relay = relay(&world, handler.clone());
    assert_eq!(relay.run_once("user").await.unwrap(), 2);
    assert_eq!(relay.run_once("user").await.unwrap(), 0, "not before the wait is over");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(relay.run_once("user").await.unwrap(), 2);
    assert_eq!(*handler.seen.lock().unwrap(), [1, 2]);
    assert_eq!(world.store.unpublished("user").await.unwrap(), 0);
}

#[tokio::test]
async fn what_keeps_failing_is_parked_and_can_be_replayed() {
    let world = world();
    rename_twice(&world).await;
    let handler = Arc::new(Flaky { failures: Mutex::new(6), seen: Mutex::default() });
    let relay = relay(&world, handler.clone());
    for _ in 0..6 {
        relay.run_once("user").await.unwrap();
        world.clock.advance(Duration::from_secs(10));
    }
    assert_eq!(world.store.unpublished("user").await.unwrap(), 0);
    let parked = Repository::<ParkedMessage>::find(world.store.as_ref(), &Query::everything()).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(*handler.seen.lock().unwrap(), [2]);

    let messages = ParkedMessages::new(world.store.clone(), world.clock.clone(), world.ids.clone());
    let consumer = handler.clone();
    let find = move |name: &str| (name == "flaky").then(|| consumer.clone() as Arc<dyn EventHandler>);
    messages.replay(parked[0].id, world.store.as_ref(), find).await.unwrap();
    assert_eq!(*handler.seen.lock().unwrap(), [2, 1]);
    assert!(!RepositoryExt::<ParkedMessage>::exists(world.store.as_ref(), Filter::everything()).await.unwrap());
}

#[tokio::test]
async fn a_claim_that_was_cut_off_comes_again_when_its_lease_ends() {
    let world = world();
    rename_twice(&world).await;
    let (now, lease) = (world.clock.now(), world.clock.now().plus(Duration::from_secs(30)));
    let worker = uuid::Uuid::from_u128(1);
    assert_eq!(world.store.claim("user", worker, now, lease, 1).await.unwrap().len(), 1);
    assert!(
        world.store.claim("user", worker, now, lease, 9).await.unwrap().is_empty(),
        "the second waits for the first"
    );
    let handler = Arc::new(Flaky { failures: Mutex::new(0), seen: Mutex::default() });
    world.clock.advance(Duration::from_secs(31));
    assert_eq!(relay(&world, handler.clone()).run_once("user").await.unwrap(), 2);
    assert_eq!(*handler.seen.lock().unwrap(), [1, 2]);
}
