//! The log: what is told is delivered, in order for each aggregate, and can be read and replayed.

use std::{collections::HashMap, time::Duration};

use driveever_core::{
    changes::Changes,
    event::{DomainEvent, EventQuery, StoredEvent},
    repository::RepositoryExt as _,
    request::Actor,
    time::Timestamp,
    user::UserId,
};
use uuid::Uuid;

use super::{assert_duplicate, side_by_side};
use crate::sample::{CONTEXT, SampleContext, SampleStore, event, sample, time, uuid};

fn told(events: impl IntoIterator<Item = DomainEvent>) -> Changes<SampleContext> {
    events.into_iter().fold(Changes::new(), Changes::causing)
}

fn ids(events: &[StoredEvent]) -> Vec<Uuid> {
    events.iter().map(|stored| stored.event.id).collect()
}

/// Claims at a second, with a lease of 30.
async fn claim<S: SampleStore + ?Sized>(store: &S, second: u64, limit: u32) -> Vec<StoredEvent> {
    store.claim(CONTEXT, uuid(9_999), time(second), time(second + 30), limit).await.unwrap()
}

/// An event is kept as it was told, with its place and its attempts.
pub async fn events_round_trip<S: SampleStore + ?Sized>(store: &S) {
    let mut odd = event(2, uuid(5), u32::MAX);
    odd.body = "{\"text\": \"ünï\\n\", \"number\": 1.5}".into();
    odd.request_id = "request ü".into();
    odd.occurred_at = Timestamp::MAX;
    let all = [event(1, uuid(4), 1), odd, DomainEvent { occurred_at: Timestamp::MIN, ..event(3, Uuid::nil(), 0) }];
    store.commit(told(all.clone())).await.unwrap();
    let replayed = store.replay(CONTEXT, 0, 10).await.unwrap();
    assert_eq!(replayed.iter().map(|stored| stored.event.clone()).collect::<Vec<_>>(), all);
    assert!(replayed.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert!(replayed.iter().all(|stored| stored.attempts == 0));
    assert!(replayed[0].position > 0);
    let claimed = claim(store, 0, 10).await;
    assert_eq!(ids(&claimed), ids(&replayed));
    assert!(claimed.iter().all(|stored| stored.attempts == 1));
}

/// An event's id is taken for good, also within one commit.
pub async fn event_ids_are_unique<S: SampleStore + ?Sized>(store: &S) {
    store.commit(told([event(1, uuid(1), 1)])).await.unwrap();
    let again = told([event(2, uuid(1), 2), event(1, uuid(1), 3)]).insert(&sample(1));
    assert_duplicate(store.commit(again).await, "event", "id");
    assert_duplicate(store.commit(told([event(3, uuid(1), 1), event(3, uuid(2), 1)])).await, "event", "id");
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 1);
    assert!(!store.exists(crate::Sample::ID.eq(sample(1).id)).await.unwrap());
}

/// What is claimed is held until the lease ends, and then comes again with one attempt more.
pub async fn claims_are_exclusive_until_the_lease_ends<S: SampleStore + ?Sized>(store: &S) {
    store.commit(told((1..=5).map(|number| event(number, uuid(number), 1)))).await.unwrap();
    assert_eq!(ids(&claim(store, 0, 2).await), [uuid(1), uuid(2)]);
    assert_eq!(ids(&claim(store, 1, 9).await), [uuid(3), uuid(4), uuid(5)]);
    assert!(claim(store, 29, 9).await.is_empty());
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 5);
    // The lease ends at second 30 exactly.
    let again = claim(store, 30, 9).await;
    assert_eq!(ids(&again), [uuid(1), uuid(2)]);
    assert!(again.iter().all(|stored| stored.attempts == 2));
    assert!(claim(store, 30, 0).await.is_empty());
    assert!(store.claim("user", uuid(1), time(0), time(1), 9).await.unwrap().is_empty(), "another context's log");
}

/// Published events never come again; marking them twice, or ones that are not there, changes nothing.
pub async fn publishing_is_idempotent<S: SampleStore + ?Sized>(store: &S) {
    store.commit(told((1..=3).map(|number| event(number, uuid(number), 1)))).await.unwrap();
    claim(store, 0, 2).await;
    for _ in 0..2 {
        store.mark_published(CONTEXT, &[uuid(1), uuid(2), uuid(77)]).await.unwrap();
        assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 1);
    }
    store.mark_published(CONTEXT, &[]).await.unwrap();
    // Giving a published one back does not bring it back.
    store.postpone(CONTEXT, &[uuid(1), uuid(78)], time(0)).await.unwrap();
    assert_eq!(ids(&claim(store, 100, 9).await), [uuid(3)]);
    assert_eq!(store.replay(CONTEXT, 0, 9).await.unwrap().len(), 3);
}

/// A postponed event comes when its time has come, and holds back what follows it in its aggregate.
pub async fn postponed_events_wait<S: SampleStore + ?Sized>(store: &S) {
    let all = [event(1, uuid(1), 1), event(2, uuid(1), 2), event(3, uuid(2), 1)];
    store.commit(told(all)).await.unwrap();
    assert_eq!(claim(store, 0, 9).await.len(), 3);
    store.mark_published(CONTEXT, &[uuid(2)]).await.unwrap();
    store.postpone(CONTEXT, &[uuid(1)], time(10)).await.unwrap();
    store.postpone(CONTEXT, &[uuid(3)], time(5)).await.unwrap();
    store.commit(told([event(4, uuid(1), 3)])).await.unwrap();
    assert!(claim(store, 4, 9).await.is_empty());
    assert_eq!(ids(&claim(store, 5, 9).await), [uuid(3)]);
    store.mark_published(CONTEXT, &[uuid(3)]).await.unwrap();
    let last = claim(store, 10, 9).await;
    assert_eq!(ids(&last), [uuid(1), uuid(4)]);
    assert_eq!(last.iter().map(|stored| stored.attempts).collect::<Vec<_>>(), [2, 1]);
}

/// Once released, what was claimed or postponed can be claimed at once, its attempts counted on; what was published
/// stays so, and so does another context's log.
pub async fn released_events_come_at_once<S: SampleStore + ?Sized>(store: &S) {
    store.release(CONTEXT).await.unwrap();
    store.commit(told((1..=3).map(|number| event(number, uuid(number), 1)))).await.unwrap();
    assert_eq!(claim(store, 0, 9).await.len(), 3);
    store.mark_published(CONTEXT, &[uuid(1)]).await.unwrap();
    store.postpone(CONTEXT, &[uuid(2)], time(1_000)).await.unwrap();
    store.release("user").await.unwrap();
    assert!(claim(store, 1, 9).await.is_empty());
    store.release(CONTEXT).await.unwrap();
    let again = claim(store, 1, 9).await;
    assert_eq!(ids(&again), [uuid(2), uuid(3)]);
    assert!(again.iter().all(|stored| stored.attempts == 2));
    assert!(claim(store, 1, 9).await.is_empty(), "held again");
}

/// With commits and claims interleaved, each aggregate's events are delivered in the order of its revisions, whatever
/// fails on the way.
pub async fn order_of_each_aggregate<S: SampleStore + ?Sized>(store: &S) {
    let (mut delivered, mut number) = (HashMap::<Uuid, u32>::new(), 0);
    let mut second = 0;
    let mut revisions = [0_u32; 7];
    for round in 0..60_u64 {
        for step in 0..3 {
            let aggregate = usize::try_from((round * 5 + step * 3) % 7).unwrap();
            number += 1;
            revisions[aggregate] += 1;
            store.commit(told([event(number, uuid(aggregate as u64), revisions[aggregate])])).await.unwrap();
        }
        second += 7;
        let claimed = claim(store, second, u32::try_from(round % 5).unwrap() + 1).await;
        let mut failed = Vec::new();
        for stored in claimed {
            let aggregate = stored.event.aggregate_id;
            // Every third event fails on its first attempt; what follows it in its aggregate waits with it.
            if failed.contains(&aggregate) || (stored.position % 3 == 0 && stored.attempts == 1) {
                failed.push(aggregate);
                store.postpone(CONTEXT, &[stored.event.id], time(second + 11)).await.unwrap();
                continue;
            }
            let last = delivered.entry(aggregate).or_default();
            assert_eq!(stored.event.aggregate_revision, *last + 1, "of {aggregate} after {last}");
            *last += 1;
            store.mark_published(CONTEXT, &[stored.event.id]).await.unwrap();
        }
    }
    for _ in 0..100 {
        second += 60;
        for stored in claim(store, second, 10).await {
            let last = delivered.entry(stored.event.aggregate_id).or_default();
            assert_eq!(stored.event.aggregate_revision, *last + 1);
            *last += 1;
            store.mark_published(CONTEXT, &[stored.event.id]).await.unwrap();
        }
    }
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 0);
    assert_eq!(delivered.values().sum::<u32>(), 180);
}

/// Workers side by side never hold one event together, and lose none, while others are told.
pub async fn workers_side_by_side<S: SampleStore + ?Sized>(store: &S) {
    let taken = side_by_side(6, |worker| async move {
        let mut taken = Vec::new();
        for round in 0..20_u64 {
            let number = worker * 100 + round;
            store.commit(told([event(number, uuid(number % 9), 1)])).await.unwrap();
            let claimed = store.claim(CONTEXT, uuid(worker), time(0), time(1_000), 7).await.unwrap();
            let ids = ids(&claimed);
            store.mark_published(CONTEXT, &ids).await.unwrap();
            taken.extend(ids);
        }
        taken
    });
    let mut taken: Vec<Uuid> = taken.into_iter().flatten().collect();
    loop {
        let rest = ids(&claim(store, 0, 100).await);
        if rest.is_empty() {
            break;
        }
        store.mark_published(CONTEXT, &rest).await.unwrap();
        taken.extend(rest);
    }
    assert_eq!(taken.len(), 120);
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), 120, "an event was claimed twice");
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 0);
}

/// A replay gives the whole log in its order, in pieces of any size.
pub async fn replay<S: SampleStore + ?Sized>(store: &S) {
    for batch in 0..5 {
        store.commit(told((0..20).map(|number| event(1_000 - batch * 20 - number, uuid(1), 1)))).await.unwrap();
    }
    claim(store, 0, 10).await;
    let whole = store.replay(CONTEXT, 0, 1_000).await.unwrap();
    assert_eq!(whole.len(), 100);
    // The order is that of the log, not of the ids.
    assert_eq!(whole[0].event.id, uuid(1_000));
    let (mut pieces, mut after) = (Vec::new(), 0);
    loop {
        let piece = store.replay(CONTEXT, after, 7).await.unwrap();
        let Some(last) = piece.last() else { break };
        after = last.position;
        pieces.extend(piece);
    }
    assert_eq!(pieces, whole);
    assert!(store.replay(CONTEXT, u64::MAX, 7).await.unwrap().is_empty());
    assert!(store.replay(CONTEXT, 0, 0).await.unwrap().is_empty());
    assert!(store.replay("user", 0, 7).await.unwrap().is_empty());
}

/// Every condition of a query, both orders, and going on after an event.
pub async fn reading_the_log<S: SampleStore + ?Sized>(store: &S) {
    let ann = Actor::User(UserId::new(uuid(500)));
    let make = |number: u64| DomainEvent {
        actor: if number.is_multiple_of(2) { ann.to_string() } else { "anonymous".into() },
        aggregate_type: if number.is_multiple_of(3) { "note".into() } else { "sample".into() },
        event_type: if number.is_multiple_of(5) { "sample.removed".into() } else { "sample.changed".into() },
        ..event(number, uuid(number % 4), 1)
    };
    // Told in another order than that of their ids.
    store.commit(told((1..=30).rev().map(make))).await.unwrap();
    let all = || EventQuery { limit: 100, ..EventQuery::default() };
    let wanted = |hold: &dyn Fn(u64) -> bool| (1..=30).filter(|number| hold(*number)).map(uuid).collect::<Vec<_>>();
    let cases: [(EventQuery, &dyn Fn(u64) -> bool); 13] = [
        (all(), &|_| true),
        (EventQuery { contexts: vec![CONTEXT], ..all() }, &|_| true),
        (EventQuery { contexts: vec!["user"], ..all() }, &|_| false),
        (EventQuery { ids: vec![uuid(3), uuid(29), uuid(77)], ..all() }, &|number| number == 3 || number == 29),
        (EventQuery { actor: Some(ann), ..all() }, &|number| number % 2 == 0),
        (EventQuery { actor: Some(Actor::System), ..all() }, &|_| false),
        (EventQuery { aggregate_type: Some("note".into()), ..all() }, &|number| number % 3 == 0),
        (EventQuery { aggregate_id: Some(uuid(2)), ..all() }, &|number| number % 4 == 2),
        (EventQuery { event_type: Some("sample.removed".into()), ..all() }, &|number| number % 5 == 0),
        (EventQuery { from: Some(time(10)), ..all() }, &|number| number >= 10),
        (EventQuery { until: Some(time(10)), ..all() }, &|number| number < 10),
        (EventQuery { after: Some(uuid(10)), ..all() }, &|number| number > 10),
        (
            EventQuery {
                contexts: vec!["user", CONTEXT],
                actor: Some(ann),
                aggregate_type: Some("sample".into()),
                aggregate_id: Some(uuid(2)),
                event_type: Some("sample.changed".into()),
                from: Some(time(3)),
                until: Some(time(27)),
                after: Some(uuid(5)),
                ..all()
            },
            &|number| number % 4 == 2 && number % 3 != 0 && number % 5 != 0 && (6..27).contains(&number),
        ),
    ];
    for (query, hold) in cases {
        let mut expected = wanted(hold);
        assert_eq!(ids(&store.read(&query).await.unwrap()), expected, "{query:?}");
        let newest = EventQuery { newest_first: true, after: None, ..query.clone() };
        if query.after.is_none() {
            expected.reverse();
            assert_eq!(ids(&store.read(&newest).await.unwrap()), expected, "{newest:?}");
        }
    }
    let newest = EventQuery { newest_first: true, after: Some(uuid(10)), limit: 3, ..all() };
    assert_eq!(ids(&store.read(&newest).await.unwrap()), [uuid(9), uuid(8), uuid(7)]);
    assert!(store.read(&EventQuery { limit: 0, ..all() }).await.unwrap().is_empty());
}

/// Times of leases need not be whole seconds.
pub async fn leases_to_the_microsecond<S: SampleStore + ?Sized>(store: &S) {
    store.commit(told([event(1, uuid(1), 1)])).await.unwrap();
    let end = time(0).plus(Duration::from_micros(3));
    assert_eq!(store.claim(CONTEXT, uuid(1), time(0), end, 1).await.unwrap().len(), 1);
    let before = time(0).plus(Duration::from_micros(2));
    assert!(store.claim(CONTEXT, uuid(2), before, end, 1).await.unwrap().is_empty());
    assert_eq!(store.claim(CONTEXT, uuid(2), end, time(60), 1).await.unwrap().len(), 1);
}
