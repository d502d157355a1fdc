//! Several queries at once: each finds what it would find alone, and what belongs to another's rows.

use driveever_core::{
    changes::Changes,
    id::Id,
    query::{Deleted, Query, Start},
    reads::Reads,
    repository::RepositoryExt as _,
};

use crate::{
    sample::{Colour, Note, Sample, SampleContext, SampleStore, note, sample, time, uuid},
    strategy::{a_query, expected, pick, runner, samples},
};

/// Random pairs of queries tried.
const PAIRS: u32 = 200;

/// Together, queries give what each gives alone, and one that asks for what belongs to the rows of another gives those
/// of its own rows whose column holds one of the other's keys.
pub async fn any_reads<S: SampleStore + ?Sized>(store: &S) {
    let keyed = |(number, sample): (usize, Sample)| Sample {
        maybe_owner: (number % 3 != 0).then(|| uuid(number as u64 / 2 + 1)),
        ..sample
    };
    let rows: Vec<Sample> = samples(40).into_iter().enumerate().map(keyed).collect();
    store.create_many(&rows).await.unwrap();
    let (mut runner, queries) = (runner(), a_query(rows.clone()));
    let mut related = 0;
    for _ in 0..PAIRS {
        let (one, other) = (pick(&mut runner, &queries), pick(&mut runner, &queries));
        let mut reads = Reads::<SampleContext>::new();
        let first = reads.find(&one);
        let second = reads.find(&other);
        let owned = reads.find_of(first, Sample::MAYBE_OWNER, Sample::ID, &other);
        let mut found = store.find_all(reads).await.unwrap();
        let firsts = found.take(first).unwrap();
        assert_eq!(firsts, expected(&rows, &one), "{one:?}");
        assert_eq!(found.take(second).unwrap(), expected(&rows, &other), "{other:?}");
        let keys: Vec<_> = firsts.iter().filter_map(|row| row.maybe_owner).collect();
        let belongs = |row: &&Sample| keys.contains(&row.id.uuid());
        let belonging: Vec<Sample> = rows.iter().filter(belongs).cloned().collect();
        related += belonging.len();
        assert_eq!(found.take(owned).unwrap(), expected(&belonging, &other), "{other:?} of {one:?}");
    }
    assert!(related > PAIRS as usize, "only {related} rows belonged to others");
}

/// One row and what belongs to it, and to that again; null belongs to nothing, and a deleted row is seen by none.
pub async fn what_belongs_together<S: SampleStore + ?Sized>(store: &S) {
    let one = Sample { maybe_owner: Some(uuid(2)), ..sample(1) };
    let two = sample(2);
    store.create_many(&[one.clone(), two.clone(), sample(3)]).await.unwrap();
    let notes: Vec<Note> = [&one, &two].iter().flat_map(|sample| (1..=3).map(|number| note(sample, number))).collect();
    store.create_many(&notes).await.unwrap();
    let all = || Query::<Note>::everything();
    let mut reads = Reads::<SampleContext>::new();
    let head = reads.find(&Query::filter(Sample::ID.eq(one.id)));
    let next = reads.find_of(head, Sample::MAYBE_OWNER, Sample::ID, &Query::everything());
    let after = reads.find_of(next, Sample::MAYBE_OWNER, Sample::ID, &Query::everything());
    let of_head = reads.find_of(head, Sample::ID, Note::SAMPLE_ID, &all().sort(Note::NUMBER.descending()));
    let of_next = reads.find_of(next, Sample::ID, Note::SAMPLE_ID, &all().limit(2));
    let second = reads.find_of(next, Sample::ID, Note::SAMPLE_ID, &all().start(Start::Offset(2)));
    let mut found = store.find_all(reads.clone()).await.unwrap();
    assert_eq!(found.take(head).unwrap(), std::slice::from_ref(&one));
    assert_eq!(found.take(head).unwrap(), [], "an answer is taken once");
    assert_eq!(found.take(next).unwrap(), std::slice::from_ref(&two));
    assert_eq!(found.take(after).unwrap(), []);
    assert!(found.take(of_head).unwrap().iter().eq(notes.iter().take(3).rev()));
    assert!(found.take(of_next).unwrap().iter().eq(notes.iter().skip(3).take(2)));
    assert!(found.take(second).unwrap().iter().eq(notes.iter().skip(5)));

    store.commit(Changes::new().soft_delete(&mut two.clone(), time(9))).await.unwrap();
    let mut found = store.find_all(reads).await.unwrap();
    assert_eq!(found.take(next).unwrap(), []);
    assert_eq!(found.take(of_next).unwrap(), []);
    assert_eq!(found.take(of_head).unwrap().len(), 3);
}

/// Nothing asked is nothing found; what is not there is found by none, however much was asked for.
pub async fn nothing_and_much<S: SampleStore + ?Sized>(store: &S) {
    store.find_all(Reads::<SampleContext>::new()).await.unwrap();
    let rows: Vec<Sample> = (1..=20).map(sample).collect();
    store.create_many(&rows).await.unwrap();
    let mut reads = Reads::<SampleContext>::new();
    let absent = reads.find(&Query::filter(Sample::ID.eq(Id::new(uuid(99)))));
    let of_absent = reads.find_of(absent, Sample::ID, Sample::ID, &Query::everything().deleted(Deleted::Included));
    let many: Vec<_> = rows.iter().map(|row| reads.find(&Query::filter(Sample::ID.eq(row.id)))).collect();
    let red = reads.find(&Query::filter(Sample::COLOUR.eq(Colour::Red)).limit(0));
    let mut found = store.find_all(reads).await.unwrap();
    assert_eq!(found.take(absent).unwrap(), []);
    assert_eq!(found.take(of_absent).unwrap(), []);
    for (asked, row) in many.into_iter().zip(&rows) {
        assert_eq!(found.take(asked).unwrap(), std::slice::from_ref(row));
    }
    assert_eq!(found.take(red).unwrap(), []);
}
