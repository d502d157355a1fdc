//! Filters, orders and counts: what is found is what [`Filter::matches`] means.

use driveever_core::{
    changes::Changes,
    query::{Deleted, Filter, Query, Start, words},
    repository::RepositoryExt as _,
};

use crate::{
    sample::{Colour, Note, Sample, SampleContext, SampleStore, note, sample, time, uuid},
    strategy::{a_filter, a_query, expected, matching, pick, runner, samples},
};

/// No sample's number.
const NONE: [u64; 0] = [];
/// Random filters tried.
const FILTERS: u32 = 600;
/// Random queries tried.
const QUERIES: u32 = 600;

async fn found<S: SampleStore + ?Sized>(store: &S, filter: Filter<Sample>) -> Vec<u64> {
    let rows = store.find(&Query::filter(filter)).await.unwrap();
    rows.into_iter().map(|row| (1..=50).find(|number| sample(*number).id == row.id).unwrap()).collect()
}

/// Any filter finds, and counts, the rows for which it holds.
pub async fn any_filter<S: SampleStore + ?Sized>(store: &S) {
    let rows = samples(40);
    store.create_many(&rows).await.unwrap();
    let (mut runner, filters) = (runner(), a_filter());
    let mut hits = 0;
    for _ in 0..FILTERS {
        for deleted in [Deleted::Excluded, Deleted::Included, Deleted::Only] {
            let query = Query::filter(pick(&mut runner, &filters)).deleted(deleted);
            let expected: Vec<Sample> = matching(&rows, &query).into_iter().cloned().collect();
            assert_eq!(store.find(&query).await.unwrap(), expected, "{query:?}");
            assert_eq!(store.count(&query).await.unwrap(), expected.len() as u64, "{query:?}");
            hits += usize::from(!expected.is_empty() && expected.len() < rows.len());
        }
    }
    assert!(hits > FILTERS as usize / 2, "only {hits} filters told rows apart");
}

/// Any query gives the expected rows in the expected order, from any start.
pub async fn any_query<S: SampleStore + ?Sized>(store: &S) {
    let rows = samples(40);
    store.create_many(&rows).await.unwrap();
    let (mut runner, queries) = (runner(), a_query(rows.clone()));
    for _ in 0..QUERIES {
        let query = pick(&mut runner, &queries);
        assert_eq!(store.find(&query).await.unwrap(), expected(&rows, &query), "{query:?}");
    }
}

/// Nulls are equal to nothing and unequal to nothing, and a negation is the exact contrary.
pub async fn nulls_and_negation<S: SampleStore + ?Sized>(store: &S) {
    let labels = [None, Some("a"), Some("b")];
    let make = |(number, label): (u64, Option<&str>)| Sample { label: label.map(str::to_owned), ..sample(number) };
    store.create_many(&(1..).zip(labels).map(make).collect::<Vec<_>>()).await.unwrap();
    let a = || Some("a".to_owned());
    let eq = || Sample::LABEL.eq(a());
    assert_eq!(found(store, eq()).await, [2]);
    assert_eq!(found(store, eq().negated()).await, [1, 3]);
    assert_eq!(found(store, Sample::LABEL.not_eq(a())).await, [3]);
    assert_eq!(found(store, Sample::LABEL.not_eq(a()).negated()).await, [1, 2]);
    assert_eq!(found(store, Sample::LABEL.eq(None::<String>)).await, NONE);
    assert_eq!(found(store, Sample::LABEL.eq(None::<String>).negated()).await, [1, 2, 3]);
    assert_eq!(found(store, Sample::LABEL.less(Some("b".to_owned())).negated()).await, [1, 3]);
    assert_eq!(found(store, Sample::LABEL.one_of([a(), None])).await, [2]);
    assert_eq!(found(store, Sample::LABEL.one_of([a(), None]).negated()).await, [1, 3]);
    assert_eq!(found(store, Sample::LABEL.is_null(true)).await, [1]);
    assert_eq!(found(store, Sample::LABEL.is_null(false)).await, [2, 3]);
    assert_eq!(found(store, Filter::all([eq().negated(), Sample::LABEL.is_null(false)]).negated()).await, [1, 2]);
}

/// All of none is everything; any of none, and one of none, is nothing.
pub async fn empty_filters<S: SampleStore + ?Sized>(store: &S) {
    store.create_many(&[sample(1), sample(2)]).await.unwrap();
    assert_eq!(found(store, Filter::everything()).await, [1, 2]);
    assert_eq!(found(store, Filter::all([])).await, [1, 2]);
    assert_eq!(found(store, Filter::any([])).await, NONE);
    assert_eq!(found(store, Filter::any([]).negated()).await, [1, 2]);
    assert_eq!(found(store, Sample::COLOUR.one_of([])).await, NONE);
    assert_eq!(found(store, Sample::COLOUR.one_of([]).negated()).await, [1, 2]);
}

/// Long lists and deep or wide filters are answered like short ones.
pub async fn large_filters<S: SampleStore + ?Sized>(store: &S) {
    store.create_many(&[sample(1), sample(2), sample(3)]).await.unwrap();
    for length in [1, 3, 64, 65, 40_000] {
        let numbers = 2..2 + length;
        let ids = numbers.clone().map(|number| sample(number).id);
        let expected: &[u64] = if length == 1 { &[2] } else { &[2, 3] };
        assert_eq!(found(store, Sample::ID.one_of(ids)).await, expected, "{length} ids");
        assert_eq!(found(store, Sample::NAME.one_of(numbers.clone().map(|n| sample(n).name))).await, expected);
        assert_eq!(found(store, Sample::COUNT.one_of(numbers.clone().map(|n| sample(n).count))).await, expected);
        assert_eq!(found(store, Sample::AT.one_of(numbers.map(|n| sample(n).at))).await, expected);
    }
    let wide = |number: u64| (0..number).map(|n| Sample::COUNT.eq(i64::try_from(n).unwrap()));
    assert_eq!(found(store, Filter::any(wide(3_000))).await, [1, 2, 3]);
    assert_eq!(found(store, Filter::all(wide(3_000).map(Filter::negated))).await, NONE);
    let deep = (0..40).fold(Sample::COUNT.eq(2_i64), |filter, _| Filter::any([filter.negated()]));
    assert_eq!(found(store, deep).await, [2]);
}

/// A list has exactly the items that it has.
pub async fn lists<S: SampleStore + ?Sized>(store: &S) {
    let lists: [&[&str]; 4] = [&[], &["tyres"], &["winter tyres", "a\"b"], &["Tyres", "", "1"]];
    let make = |(number, tags): (u64, &[&str])| Sample {
        tags: tags.iter().map(ToString::to_string).collect(),
        ..sample(number)
    };
    store.create_many(&(1..).zip(lists).map(make).collect::<Vec<_>>()).await.unwrap();
    for (item, expected) in [
        ("tyres", &[2_u64][..]),
        ("Tyres", &[4]),
        ("winter tyres", &[3]),
        ("winter", &[]),
        ("a\"b", &[3]),
        ("", &[4]),
        ("1", &[4]),
    ] {
        assert_eq!(found(store, Sample::TAGS.has(item)).await, expected, "{item}");
    }
    assert_eq!(found(store, Sample::TAGS.has("tyres").negated()).await, [1, 3, 4]);
}

/// A search finds words by their beginnings, in any letter case, in all searchable columns together.
pub async fn search<S: SampleStore + ?Sized>(store: &S) {
    let rows = [
        Sample { name: "Brake pads".into(), label: Some("front & rear".into()), ..sample(1) },
        Sample { name: "naïve MOT-test".into(), tags: vec!["winter tyres".into()], ..sample(2) },
        Sample { name: "Straße 日本語".into(), label: Some("O'Neil 12.5".into()), ..sample(3) },
        Sample { name: "ΣΑΣ İstanbul".into(), label: Some("snake_case".into()), ..sample(4) },
    ];
    store.create_many(&rows).await.unwrap();
    for (text, expected) in [
        ("brake", &[1_u64][..]),
        ("BRA PAD", &[1]),
        ("pads front", &[1]),
        ("rake", &[]),
        ("mot", &[2]),
        ("test mot", &[2]),
        ("mottest", &[]),
        ("naï", &[2]),
        ("naive", &[]),
        ("tyres", &[2]),
        ("winter naïve", &[2]),
        ("strasse", &[]),
        ("straß", &[3]),
        ("日本", &[3]),
        ("本", &[]),
        ("neil 12 5", &[3]),
        ("o'neil", &[3]),
        ("σα", &[4]),
        ("i\u{307}s", &[4]),
        ("case", &[4]),
        ("snake_", &[4]),
        ("s", &[3, 4]),
        ("", &[]),
        (" -_'\"*&! ", &[]),
        ("brake \"", &[1]),
        ("brake OR tyres", &[]),
        ("name:brake", &[]),
        ("brake*", &[1]),
        ("NOT tyres", &[]),
        ("(brake", &[1]),
    ] {
        assert_eq!(found(store, Filter::search(text)).await, expected, "{text}");
        let contrary: Vec<u64> = (1..=4).filter(|number| !expected.contains(number)).collect();
        assert_eq!(found(store, Filter::search(text).negated()).await, contrary, "not {text}");
    }
    let many = "brake ".repeat(1_000);
    assert_eq!(found(store, Filter::search(many)).await, [1]);
}

/// A search follows changes, deletion and restoration, and a refused change leaves it as it was.
pub async fn search_follows_changes<S: SampleStore + ?Sized>(store: &S) {
    let mut one = Sample { name: "brake pads".into(), ..sample(1) };
    store.create(&one, None).await.unwrap();
    let mut stale = one.clone();
    one.name = "clutch".into();
    store.update(&mut one, None).await.unwrap();
    assert_eq!(found(store, Filter::search("brake")).await, NONE);
    assert_eq!(found(store, Filter::search("clutch")).await, [1]);
    stale.name = "exhaust".into();
    assert!(store.update(&mut stale, None).await.is_err());
    assert_eq!(found(store, Filter::search("exhaust")).await, NONE);
    store.soft_delete(&mut one, time(1)).await.unwrap();
    assert_eq!(found(store, Filter::search("clutch")).await, NONE);
    let deleted = Query::<Sample>::filter(Filter::search("clutch")).deleted(Deleted::Included);
    assert_eq!(store.find(&deleted).await.unwrap(), [one.clone()]);
    store.restore(&mut one).await.unwrap();
    assert_eq!(found(store, Filter::search("clutch")).await, [1]);
    store.delete(one.id).await.unwrap();
    assert_eq!(store.count(&deleted).await.unwrap(), 0);
    store.create(&Sample { name: "clutch".into(), ..sample(2) }, None).await.unwrap();
    assert_eq!(found(store, Filter::search("clutch")).await, [2]);
    // Words of a search are what the kernel says they are.
    assert_eq!(words("Clutch-plate, 2½").collect::<Vec<_>>(), ["clutch", "plate", "2½"]);
}

/// Append-only entities are filtered and searched like others; none of them is ever deleted softly.
pub async fn append_only<S: SampleStore + ?Sized>(store: &S) {
    let one = sample(1);
    let notes: Vec<Note> = (1..=5).map(|number| note(&one, number)).collect();
    store.create_many(&notes).await.unwrap();
    let of_one = Query::filter(Note::SAMPLE_ID.eq(one.id)).sort(Note::NUMBER.descending());
    assert!(store.find(&of_one).await.unwrap().into_iter().rev().eq(notes.clone()));
    assert_eq!(store.find(&Query::<Note>::filter(Filter::search("NOTE 3"))).await.unwrap(), [notes[2].clone()]);
    assert_eq!(store.find(&Query::filter(Note::AUTHOR.eq("Ann".to_owned()).negated())).await.unwrap(), notes);
    assert_eq!(store.count(&of_one.clone().deleted(Deleted::Included)).await.unwrap(), 5);
    assert_eq!(store.count(&of_one.deleted(Deleted::Only)).await.unwrap(), 0);
}

/// No limit but zero gives nothing, an offset beyond the end gives nothing, and a limit is kept.
pub async fn limits_and_offsets<S: SampleStore + ?Sized>(store: &S) {
    store.create_many(&(1..=5).map(sample).collect::<Vec<_>>()).await.unwrap();
    let all = || Query::<Sample>::everything();
    for (query, expected) in [
        (all().limit(0), &[][..]),
        (all().limit(2), &[1, 2]),
        (all().limit(u32::MAX), &[1, 2, 3, 4, 5]),
        (all().start(Start::Offset(3)), &[4, 5]),
        (all().start(Start::Offset(3)).limit(1), &[4]),
        (all().start(Start::Offset(5)), &[]),
        (all().start(Start::Offset(u64::MAX)), &[]),
    ] {
        let found = store.find(&query).await.unwrap();
        let expected: Vec<Sample> = expected.iter().map(|number| sample(*number)).collect();
        assert_eq!(found, expected, "{query:?}");
        assert_eq!(store.count(&query).await.unwrap(), 5);
    }
}

/// Above what has to be exact a count may be old, but it is no guess.
pub async fn counts<S: SampleStore + ?Sized>(store: &S) {
    let red = Query::filter(Sample::COLOUR.eq(Colour::Red));
    for batch in 0..10 {
        let samples: Vec<Sample> = (batch * 1_000..(batch + 1) * 1_000).map(sample).collect();
        store.create_many(&samples).await.unwrap();
        assert_eq!(store.count(&red).await.unwrap(), (batch + 1) * 1_000);
    }
    store.create_many(&(10_000..10_500).map(sample).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(store.count(&red).await.unwrap(), 10_500);
    store.delete(sample(1).id).await.unwrap();
    assert!([10_499, 10_500].contains(&store.count(&red).await.unwrap()));
}

/// Marks of handled messages are found among many.
pub async fn handled_among_many<S: SampleStore + ?Sized>(store: &S) {
    let mark = |number: u64| Changes::<SampleContext>::new().handling(uuid(number));
    let marks = (0..2_000).step_by(2).map(mark).reduce(Changes::and).unwrap();
    store.commit(marks).await.unwrap();
    let asked: Vec<_> = (0..2_000).map(uuid).collect();
    assert_eq!(store.handled(&asked).await.unwrap(), (0..2_000).step_by(2).map(uuid).collect::<Vec<_>>());
    assert!(store.handled(&[]).await.unwrap().is_empty());
}
