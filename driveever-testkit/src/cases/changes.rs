//! What a commit does: all or nothing, with conflicts detected.

use driveever_core::{
    changes::Changes,
    entity::Revision,
    id::Id,
    query::{Deleted, Query},
    repository::RepositoryExt as _,
};

use super::{assert_duplicate, assert_missing, assert_stale, side_by_side};
use crate::sample::{CONTEXT, Note, Sample, SampleContext, SampleStore, event, full_sample, note, sample, time, uuid};

fn changes() -> Changes<SampleContext> {
    Changes::new()
}

/// What was written is read, column by column, empty ones too.
pub async fn round_trip<S: SampleStore + ?Sized>(store: &S) {
    for written in [sample(1), full_sample(2)] {
        store.create(&written, None).await.unwrap();
        assert_eq!(store.get(written.id).await.unwrap(), Some(written));
    }
    let written = note(&sample(1), 1);
    store.create(&written, None).await.unwrap();
    assert_eq!(store.get(written.id).await.unwrap(), Some(written));
}

/// The ports work through a pointer to the trait.
pub async fn works_behind_dyn<S: SampleStore>(store: &S) {
    let store: &dyn SampleStore = store;
    let mut written = sample(1);
    store.create(&written, Some(event(1, written.id.uuid(), 1))).await.unwrap();
    store.update(&mut written, None).await.unwrap();
    assert_eq!(store.get(written.id).await.unwrap(), Some(written));
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 1);
}

/// What is not there is absent, and no error.
pub async fn absent<S: SampleStore + ?Sized>(store: &S) {
    assert_eq!(store.get(sample(1).id).await.unwrap(), None);
    assert_eq!(store.get(Id::<Note>::new(uuid(1))).await.unwrap(), None);
    assert_eq!(store.find(&Query::<Sample>::everything()).await.unwrap(), []);
    assert_eq!(store.count(&Query::<Note>::everything()).await.unwrap(), 0);
    assert!(store.handled(&[uuid(1)]).await.unwrap().is_empty());
    store.delete(sample(1).id).await.unwrap();
}

/// A commit of nothing does nothing.
pub async fn nothing<S: SampleStore + ?Sized>(store: &S) {
    store.commit(changes()).await.unwrap();
    store.create_many(&Vec::<Sample>::new()).await.unwrap();
}

/// An id or a unique set that is taken is refused, also within one commit, and its columns are named.
pub async fn duplicates<S: SampleStore + ?Sized>(store: &S) {
    let one = Sample { slot: Some(1), ..sample(1) };
    store.create(&one, None).await.unwrap();
    let same_id = Sample { id: one.id, ..sample(2) };
    assert_duplicate(store.create(&same_id, None).await, "sample", "id");
    let same_name = Sample { name: one.name.clone(), ..sample(2) };
    assert_duplicate(store.create(&same_name, None).await, "sample", "name");
    let same_slot = Sample { owner: one.owner, slot: one.slot, ..sample(2) };
    assert_duplicate(store.create(&same_slot, None).await, "sample", "owner, slot");

    assert_duplicate(store.create_many(&[sample(3), sample(3)]).await, "sample", "id");
    let twins = [sample(3), Sample { name: sample(3).name, ..sample(4) }];
    assert_duplicate(store.create_many(&twins).await, "sample", "name");
    let again = [note(&one, 1), Note { id: Id::new(uuid(9)), ..note(&one, 1) }];
    assert_duplicate(store.create_many(&again).await, "note", "sample_id, number");
    assert_eq!(store.count(&Query::<Sample>::everything()).await.unwrap(), 1);
    assert_eq!(store.count(&Query::<Note>::everything()).await.unwrap(), 0);

    // An update can collide as well.
    let mut other = sample(5);
    store.create(&other, None).await.unwrap();
    other.name.clone_from(&one.name);
    assert_duplicate(store.update(&mut other, None).await, "sample", "name");
    assert_eq!(other.revision, Revision::FIRST);
}

/// Where a column of a unique set is null the row collides with none.
pub async fn nulls_are_not_unique<S: SampleStore + ?Sized>(store: &S) {
    let owner = uuid(7);
    store.create_many(&[1, 2, 3].map(|number| Sample { owner, slot: None, ..sample(number) })).await.unwrap();
    assert_eq!(store.count(&Query::filter(Sample::OWNER.eq(owner))).await.unwrap(), 3);
}

/// Unique values can be passed on within one commit, in the order of its writes.
pub async fn unique_values_are_passed_on<S: SampleStore + ?Sized>(store: &S) {
    let (mut one, mut two) = (sample(1), sample(2));
    store.create_many(&[one.clone(), two.clone()]).await.unwrap();
    let freed = std::mem::replace(&mut one.name, "a new name".into());
    two.name.clone_from(&freed);
    store.commit(changes().update(&mut one).update(&mut two)).await.unwrap();
    assert_eq!(store.find_one_by(Sample::NAME.eq(freed)).await.unwrap(), Some(two));
}

/// A revision that was not read is refused, and nothing is overwritten.
pub async fn stale_revision<S: SampleStore + ?Sized>(store: &S) {
    let mut one = sample(1);
    store.create(&one, None).await.unwrap();
    let mut stale = one.clone();
    one.count = 100;
    store.update(&mut one, None).await.unwrap();
    assert_eq!(one.revision.get(), 2);
    stale.count = 200;
    assert_stale(store.update(&mut stale, None).await);
    assert_stale(store.soft_delete(&mut stale, time(1)).await);
    assert_stale(store.restore(&mut stale).await);
    let mut early = Sample { revision: Revision::new(9).unwrap(), ..one.clone() };
    assert_stale(store.update(&mut early, None).await);
    // Living: there is nothing to restore.
    assert_stale(store.restore(&mut one.clone()).await);
    assert_eq!(store.get(one.id).await.unwrap(), Some(one));
}

/// What is not there cannot be changed; deleting it for good is no error.
pub async fn missing<S: SampleStore + ?Sized>(store: &S) {
    let mut ghost = sample(1);
    assert_missing(store.update(&mut ghost, None).await);
    assert_missing(store.soft_delete(&mut ghost, time(1)).await);
    assert_missing(store.restore(&mut ghost).await);
    assert_eq!(ghost, sample(1), "a refused change leaves the caller's entity as it was");
    store.delete(ghost.id).await.unwrap();
}

/// A soft-deleted row is out of sight, cannot be changed, frees its unique values, and comes back as it was.
pub async fn soft_delete_and_restore<S: SampleStore + ?Sized>(store: &S) {
    let mut one = full_sample(1);
    store.create(&one, None).await.unwrap();
    store.soft_delete(&mut one, time(5)).await.unwrap();
    assert_eq!((one.revision.get(), one.deleted_at), (2, Some(time(5))));
    assert_eq!(store.get(one.id).await.unwrap(), None);
    assert_eq!(store.find_one_by(Sample::ID.eq(one.id)).await.unwrap(), None);
    assert_eq!(store.find(&Query::<Sample>::everything().deleted(Deleted::Only)).await.unwrap(), [one.clone()]);
    assert_eq!(store.count(&Query::<Sample>::everything().deleted(Deleted::Included)).await.unwrap(), 1);
    assert_stale(store.update(&mut one.clone(), None).await);
    assert_stale(store.soft_delete(&mut one.clone(), time(6)).await);
    assert_duplicate(store.create(&Sample { id: one.id, ..sample(9) }, None).await, "sample", "id");

    let mut heir = Sample { name: one.name.clone(), owner: one.owner, slot: one.slot, ..sample(2) };
    store.create(&heir, None).await.unwrap();
    let refused = store.restore(&mut one.clone()).await;
    assert!(refused.is_err_and(|error| error.is_conflict()));
    store.soft_delete(&mut heir, time(7)).await.unwrap();
    store.restore(&mut one).await.unwrap();
    assert_eq!((one.revision.get(), one.deleted_at), (3, None));
    assert_eq!(store.get(one.id).await.unwrap(), Some(one));
}

/// Deleted for good, twice; then the id and the unique values are free.
pub async fn delete_twice<S: SampleStore + ?Sized>(store: &S) {
    let mut one = full_sample(1);
    store.create(&one, None).await.unwrap();
    store.soft_delete(&mut one, time(1)).await.unwrap();
    store.delete(one.id).await.unwrap();
    store.delete(one.id).await.unwrap();
    assert_eq!(store.count(&Query::<Sample>::everything().deleted(Deleted::Included)).await.unwrap(), 0);
    assert_missing(store.restore(&mut one).await);
    store.create(&full_sample(1), None).await.unwrap();
    assert_eq!(store.get(one.id).await.unwrap(), Some(full_sample(1)));
}

/// One write that is refused takes back every other, the events and the marks.
pub async fn all_or_nothing<S: SampleStore + ?Sized>(store: &S) {
    let (mut kept, mut gone) = (full_sample(1), sample(2));
    store.create_many(&[kept.clone(), gone.clone()]).await.unwrap();
    store.soft_delete(&mut gone, time(1)).await.unwrap();
    let (before, deleted) = (kept.clone(), gone.clone());
    let mut stale = Sample { revision: Revision::new(7).unwrap(), ..kept.clone() };
    kept.label = Some("changed".into());
    let refused = changes()
        .insert(&sample(3))
        .insert(&note(&kept, 1))
        .update(&mut kept)
        .restore(&mut gone)
        .delete(deleted.id)
        .causing(event(1, kept.id.uuid(), 2))
        .handling(uuid(50))
        .update(&mut stale);
    assert_stale(store.commit(refused).await);
    assert_eq!(store.find(&Query::<Sample>::everything()).await.unwrap(), [before]);
    assert_eq!(store.find(&Query::<Sample>::everything().deleted(Deleted::Only)).await.unwrap(), [deleted]);
    assert_eq!(store.count(&Query::<Note>::everything()).await.unwrap(), 0);
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 0);
    assert!(store.replay(CONTEXT, 0, 10).await.unwrap().is_empty());
    assert!(store.handled(&[uuid(50)]).await.unwrap().is_empty());

    // What was refused left no trace that could stand in the way.
    store.commit(changes().insert(&sample(3)).causing(event(1, uuid(1), 2)).handling(uuid(50))).await.unwrap();
    assert_eq!(store.handled(&[uuid(49), uuid(50)]).await.unwrap(), [uuid(50)]);
}

/// The same row written several times in one commit: each write sees the one before.
pub async fn one_row_several_times<S: SampleStore + ?Sized>(store: &S) {
    let mut one = sample(1);
    let mut all = changes().insert(&one);
    one.count = 5;
    all = all.update(&mut one).soft_delete(&mut one, time(1)).restore(&mut one);
    store.commit(all).await.unwrap();
    assert_eq!(one.revision.get(), 4);
    assert_eq!(store.get(one.id).await.unwrap(), Some(one.clone()));
    store.commit(changes().delete(one.id).insert(&sample(1))).await.unwrap();
    assert_eq!(store.get(one.id).await.unwrap(), Some(sample(1)));
}

/// A message that was handled before is refused with everything beside it; so is one named twice.
pub async fn handled_once<S: SampleStore + ?Sized>(store: &S) {
    store.commit(changes().handling(uuid(1)).insert(&sample(1))).await.unwrap();
    let again = changes().insert(&sample(2)).handling(uuid(2)).handling(uuid(1)).causing(event(1, uuid(1), 1));
    assert_duplicate(store.commit(again).await, "handled message", "event_id");
    assert_duplicate(store.commit(changes().handling(uuid(3)).handling(uuid(3))).await, "handled message", "event_id");
    assert_eq!(store.handled(&[uuid(3), uuid(2), uuid(1)]).await.unwrap(), [uuid(1)]);
    assert_eq!(store.count(&Query::<Sample>::everything()).await.unwrap(), 1);
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 0);
}

/// Of updates from one revision side by side, one wins.
pub async fn one_update_wins<S: SampleStore + ?Sized>(store: &S) {
    let one = sample(1);
    store.create(&one, None).await.unwrap();
    let results = side_by_side(16, |number| {
        let mut mine = Sample { count: i64::try_from(number).unwrap(), ..one.clone() };
        let told = event(100 + number, mine.id.uuid(), 2);
        async move { store.update(&mut mine, Some(told)).await.map(|()| mine) }
    });
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 15));
    lost.into_iter().for_each(assert_stale);
    assert_eq!(store.get(one.id).await.unwrap(), won.into_iter().next().unwrap().ok());
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 1);
}

/// Of inserts of one unique value side by side, one wins; those of different ones all do.
pub async fn one_insert_wins<S: SampleStore + ?Sized>(store: &S) {
    let results = side_by_side(16, |number| async move {
        let mine = Sample { name: format!("name {}", number / 8), ..sample(number) };
        store.create(&mine, None).await
    });
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 2);
    for error in lost {
        assert_duplicate(error, "sample", "name");
    }
    assert_eq!(store.count(&Query::<Sample>::everything()).await.unwrap(), 2);
}

/// Writers who read and try again until they win lose no update.
pub async fn no_update_is_lost<S: SampleStore + ?Sized>(store: &S) {
    store.create(&Sample { count: 0, ..sample(1) }, None).await.unwrap();
    side_by_side(8, |_| async {
        for _ in 0..10 {
            loop {
                let mut mine: Sample = store.get(sample(1).id).await.unwrap().unwrap();
                mine.count += 1;
                match store.update(&mut mine, None).await {
                    Ok(()) => break,
                    Err(error) => assert!(error.is_conflict(), "{error}"),
                }
            }
        }
    });
    let last = store.get(sample(1).id).await.unwrap().unwrap();
    assert_eq!((last.count, last.revision.get()), (80, 81));
}

/// A large commit, of many rows and events.
pub async fn a_large_commit<S: SampleStore + ?Sized>(store: &S) {
    let samples: Vec<Sample> = (1..=1_000).map(sample).collect();
    let all = (1..)
        .zip(&samples)
        .fold(changes(), |all, (number, one)| all.insert(one).causing(event(number, one.id.uuid(), 1)));
    store.commit(all).await.unwrap();
    assert_eq!(store.find(&Query::<Sample>::everything()).await.unwrap(), samples);
    assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 1_000);
    let mut last = samples.clone();
    last.push(Sample { name: "sample 1".into(), ..sample(2_000) });
    last.remove(0);
    assert!(store.create_many(&last).await.is_err());
    assert_eq!(store.count(&Query::<Sample>::everything()).await.unwrap(), 1_000);
}

/// The conveniences that change by a filter.
pub async fn by_filter<S: SampleStore + ?Sized>(store: &S) {
    store.create_many(&(1..=1_100).map(sample).collect::<Vec<_>>()).await.unwrap();
    let updated = store.update_by(Sample::COUNT.greater(50_i64), &|one| one.flag = true).await.unwrap();
    assert_eq!(updated, 1_050);
    assert_eq!(store.count(&Query::filter(Sample::FLAG.eq(true))).await.unwrap(), 1_050);
    assert!(store.exists(Sample::COUNT.eq(50_i64)).await.unwrap());
    assert_eq!(store.delete_by(Sample::FLAG.eq(true)).await.unwrap(), 1_050);
    assert_eq!(store.count(&Query::<Sample>::everything()).await.unwrap(), 50);
}
