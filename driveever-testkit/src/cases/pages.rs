//! Pages and streams: every row once, whatever happens meanwhile.

use driveever_core::{
    error::StoreError,
    page::{Page, PageRequest},
    query::{Filter, Query},
    repository::RepositoryExt as _,
};
use futures_util::TryStreamExt as _;

use crate::sample::{Colour, Sample, SampleStore, sample};

/// Reads page by page; after each, `meanwhile` is called with the number of pages read.
async fn walk<S: SampleStore + ?Sized, F: Future<Output = ()>>(
    store: &S,
    query: &Query<Sample>,
    limit: i64,
    meanwhile: impl Fn(u64) -> F,
) -> Vec<Sample> {
    let mut request = PageRequest::parse(None, Some(limit), Some("")).unwrap();
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let Page::Cursor { data, next, .. } = store.page(query.clone(), &request).await.unwrap() else {
            panic!("a numbered page for a cursor");
        };
        assert!(data.len() <= usize::try_from(limit).unwrap());
        seen.extend(data);
        pages += 1;
        let Some(next) = next else { return seen };
        assert!(pages < 1_000, "the walk does not end");
        meanwhile(pages).await;
        request = PageRequest::parse(None, Some(limit), Some(&next.to_string())).unwrap();
    }
}

/// Rows with four different keys, so that most tie.
fn tied(number: u64) -> Sample {
    let colour = Colour::ALL[usize::try_from(number % 3).unwrap()];
    Sample { colour, count: i64::try_from(number % 4).unwrap(), ratio: 0.5, ..sample(number) }
}

/// A walk over tied sort keys sees every row once, in order, in every direction, one or mixed.
pub async fn walks_over_ties<S: SampleStore + ?Sized>(store: &S) {
    store.create_many(&(1..=103).map(tied).collect::<Vec<_>>()).await.unwrap();
    let all = || Query::everything();
    for query in [
        all(),
        all().sort(Sample::ID.descending()),
        all().sort(Sample::COUNT.ascending()),
        all().sort(Sample::COUNT.descending()),
        all().sort(Sample::RATIO.descending()),
        all().sort(Sample::COLOUR.ascending()).sort(Sample::COUNT.descending()),
        all().sort(Sample::COUNT.descending()).sort(Sample::ID.ascending()),
        all().sort(Sample::COLOUR.descending()).sort(Sample::COUNT.ascending()).sort(Sample::AT.descending()),
    ] {
        let whole = store.find(&query).await.unwrap();
        assert_eq!(whole.len(), 103);
        assert_eq!(walk(store, &query, 10, |_| async {}).await, whole, "{query:?}");
        assert_eq!(walk(store, &query, 1, |_| async {}).await, whole, "{query:?}");
        assert_eq!(walk(store, &query, 100, |_| async {}).await, whole, "{query:?}");
        let streamed: Vec<Sample> = store.stream(query).try_collect().await.unwrap();
        assert_eq!(streamed, whole);
    }
}

/// An empty list is one empty page; a list of a page's length has no next one.
pub async fn empty_and_full_pages<S: SampleStore + ?Sized>(store: &S) {
    let nothing = Query::filter(Filter::any([]));
    assert_eq!(walk(store, &nothing, 10, |_| async { panic!("a next page of nothing") }).await, []);
    store.create_many(&(1..=10).map(sample).collect::<Vec<_>>()).await.unwrap();
    let all = walk(store, &Query::everything(), 10, |_| async { panic!("a page after the last row") }).await;
    assert_eq!(all.len(), 10);
    let request = PageRequest::parse(Some(3), Some(4), None).unwrap();
    let page = store.page(Query::<Sample>::everything(), &request).await.unwrap();
    assert_eq!(page, Page::Numbered { data: vec![sample(9), sample(10)], total: 10, page: 3, limit: 4 });
    let beyond = PageRequest::parse(Some(1_000_000_000), Some(100), None).unwrap();
    let page = store.page(Query::<Sample>::everything(), &beyond).await.unwrap();
    assert_eq!(page, Page::Numbered { data: vec![], total: 10, page: 1_000_000_000, limit: 100 });
}

/// Rows that come and go during a walk neither hide others nor show them twice.
pub async fn walks_while_rows_come_and_go<S: SampleStore + ?Sized>(store: &S) {
    let key = |number: u64, count: i64| Sample { count, ..sample(number) };
    let rows: Vec<Sample> = (0..40).map(|number| key(number, i64::try_from(number).unwrap() / 4)).collect();
    store.create_many(&rows).await.unwrap();
    let query = Query::everything().sort(Sample::COUNT.ascending());
    let seen = walk(store, &query, 5, |page| async move {
        // One before everything, one at the end, and the last row read goes: the walk goes on after it all the same.
        store.create_many(&[key(1_000 + page, -1), key(2_000 + page, 100)]).await.unwrap();
        if page <= 7 {
            store.delete(sample(page * 5 - 1).id).await.unwrap();
        }
    })
    .await;
    assert_eq!(seen[..40], rows);
    assert!(seen[40..].iter().all(|row| row.count == 100));
    let mut ids: Vec<_> = seen.iter().map(|row| row.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), seen.len());
}

/// A cursor of another list, and one with values of other kinds, is refused.
pub async fn foreign_cursors<S: SampleStore + ?Sized>(store: &S) {
    store.create_many(&[sample(1), sample(2)]).await.unwrap();
    let first = PageRequest::First { limit: 1 };
    let by_count = Query::everything().sort(Sample::COUNT.ascending());
    let Page::Cursor { next: Some(cursor), .. } = store.page(by_count.clone(), &first).await.unwrap() else { panic!() };
    let after = PageRequest::After { cursor, limit: 1 };
    assert_eq!(store.page(by_count, &after).await.unwrap().data(), [sample(2)]);
    for other in [Query::everything(), Query::everything().sort(Sample::AT.ascending())] {
        assert!(matches!(store.page(other, &after).await, Err(StoreError::Cursor(_))));
    }
}

/// A stream over more rows than it reads at a time.
pub async fn streams<S: SampleStore + ?Sized>(store: &S) {
    for number in [0_u64, 1, 499, 500, 501, 1_000, 1_203] {
        let present = store.count(&Query::<Sample>::everything()).await.unwrap();
        store.create_many(&(present..number).map(sample).collect::<Vec<_>>()).await.unwrap();
        let all: Vec<Sample> = store.stream(Query::everything()).try_collect().await.unwrap();
        assert_eq!(all, (0..number).map(sample).collect::<Vec<_>>());
    }
}
