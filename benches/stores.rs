//! What each store takes for a read by id, a page at 10,000 rows, and a commit.
//!
//! `cargo xtask bench stores`
#![expect(clippy::expect_used, reason = "a benchmark that cannot run has nothing to measure")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use criterion::{Criterion, criterion_group, criterion_main};
use driveever::{
    Store,
    core::{
        StoreError, notification::Notification, page::PageRequest, query::Query, repository::RepositoryExt as _,
        uuid::Uuid, value::Value,
    },
    memory::MemoryStore,
    sqlite::{SqliteConfig, SqliteStore},
};
use driveever_testkit::{cases::entities::fixture, sample::uuid};
use tokio::runtime::Runtime;

const ROWS: u64 = 10_000;
/// Rows are shared out among so many users.
const USERS: u64 = 10;
const PAGE: u32 = 20;

fn user(number: u64) -> Uuid {
    uuid(1_000_000 + number % USERS)
}

fn notification(number: u64) -> Notification {
    let named = [
        ("user_id", Value::Uuid(user(number))),
        ("kind", Value::Text("advice_ready".to_owned())),
        ("link", Value::Json("{}".to_owned())),
    ];
    fixture(number, &named)
}

async fn fill(store: &dyn Store) -> Result<(), StoreError> {
    let rows: Vec<Notification> = (1..=ROWS).map(notification).collect();
    for batch in rows.chunks(1_000) {
        store.create_many(batch).await?;
    }
    Ok(())
}

fn measure(criterion: &mut Criterion, runtime: &Runtime, name: &str, store: &Arc<dyn Store>) {
    runtime.block_on(fill(store.as_ref())).expect("rows");
    let mut group = criterion.benchmark_group(format!("stores/{name}"));
    let number = AtomicU64::new(0);
    let next = || number.fetch_add(1, Ordering::Relaxed);

    group.bench_function("get", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            let id = notification(1 + next() % ROWS).id;
            store.get(id).await.expect("a read").expect("a row")
        });
    });
    group.bench_function("page", |bencher| {
        let newest_first = Query::<Notification>::everything().sort(Notification::ID.descending());
        bencher.to_async(runtime).iter(|| async {
            let query = Query {
                filter: Notification::USER_ID.eq(driveever::core::id::Id::new(user(next()))),
                ..newest_first.clone()
            };
            store.page(query, &PageRequest::First { limit: PAGE }).await.expect("a page")
        });
    });
    group.bench_function("page with total", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            let request = PageRequest::Numbered { page: 1 + u32::try_from(next() % 100).unwrap_or(0), limit: PAGE };
            store.page(Query::<Notification>::everything(), &request).await.expect("a page")
        });
    });
    let number = AtomicU64::new(ROWS + 1);
    group.bench_function("insert", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            let row = notification(number.fetch_add(1, Ordering::Relaxed));
            store.create(&row, None).await.expect("a commit");
        });
    });
    group.finish();
}

fn memory(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    measure(criterion, &runtime, "memory", &store);
}

fn sqlite(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let store = runtime.block_on(open(folder.path())).expect("a store");
    let ports: Arc<dyn Store> = store.clone();
    measure(criterion, &runtime, "sqlite", &ports);
    runtime.block_on(store.close());
}

async fn open(folder: &Path) -> Result<Arc<SqliteStore>, StoreError> {
    SqliteStore::open(SqliteConfig::at(folder.join("driveever.db"))).await.map(Arc::new)
}

criterion_group!(benches, memory, sqlite);
criterion_main!(benches);
