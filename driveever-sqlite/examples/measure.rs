//! Measures the store on this machine: `cargo run --release -p driveever-sqlite --example measure [FOLDER [ROWS]]`.
//!
//! Writes are one row and one event each, made durable before they are acknowledged; the folder should be on the disk
//! that matters. ROWS (100,000) is how large the table gets before pages and start are measured.

#![expect(clippy::print_stdout, reason = "it reports to a terminal")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to report")]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use driveever_core::{
    entity::Revision,
    id::Id,
    page::PageRequest,
    query::{Query, Start},
    repository::{Repository as _, RepositoryExt as _},
    request::{Role, Roles},
    user::User,
};
use driveever_sqlite::{SqliteConfig, SqliteStore};
use driveever_testkit::sample::{event, time, uuid};

const WRITERS: u64 = 64;
const TIME: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let rows: u64 = arguments.next().map_or(100_000, |rows| rows.parse().unwrap());
    let folder = tempfile::tempdir_in(folder).unwrap();
    let config = SqliteConfig::at(folder.path().join("measure.db"));
    let store = Arc::new(SqliteStore::open(config.clone()).await.unwrap());

    let mut number = one_writer(&store).await;
    number = many_writers(&store, number).await;
    while number < rows {
        let batch: Vec<User> = (number..number + 5_000).map(user).collect();
        store.create_many(&batch).await.unwrap();
        number += 5_000;
        if number.is_multiple_of(10_000) && number <= 20_000 {
            pages(&store, number).await;
        }
    }
    pages(&store, number).await;
    gets(&store, number).await;
    store.close().await;
    let start = Instant::now();
    let store = SqliteStore::open(config).await.unwrap();
    println!("open with {number} rows: {:?}", start.elapsed());
    store.close().await;
}

fn user(number: u64) -> User {
    User {
        id: Id::new(uuid(number)),
        revision: Revision::FIRST,
        deleted_at: None,
        email: format!("driver.{number}@example.org"),
        name: "Ann Driver".to_owned(),
        roles: Roles::of([Role::User]),
        created_at: time(number),
        updated_at: time(number),
    }
}

/// One write after the other: what a caller waits.
async fn one_writer(store: &SqliteStore) -> u64 {
    let (mut times, mut number) = (Vec::new(), 0);
    let end = Instant::now() + TIME;
    while Instant::now() < end {
        number += 1;
        let start = Instant::now();
        store.create(&user(number), Some(event(number, uuid(number), 1))).await.unwrap();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100];
    println!("one writer: {} commits, median {:?}, p99 {:?}", times.len(), at(50), at(99));
    number
}

/// Many who write side by side: how many writes a second.
async fn many_writers(store: &Arc<SqliteStore>, from: u64) -> u64 {
    let start = Instant::now();
    let end = start + TIME;
    let tasks = (0..WRITERS).map(|writer| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let mut written = 0;
            let mut longest = Duration::ZERO;
            while Instant::now() < end {
                let number = from + 1 + writer + written * WRITERS;
                let began = Instant::now();
                store.create(&user(number), Some(event(number, uuid(number), 1))).await.unwrap();
                longest = longest.max(began.elapsed());
                written += 1;
            }
            (written, longest)
        })
    });
    let (mut written, mut longest, mut most) = (0_u64, Duration::ZERO, 0);
    for task in tasks.collect::<Vec<_>>() {
        let (own, slowest) = task.await.unwrap();
        written += own;
        most = most.max(own);
        longest = longest.max(slowest);
    }
    let per_second = u128::from(written) * 1_000 / start.elapsed().as_millis();
    println!("{WRITERS} writers: {per_second} commits/s, slowest {longest:?}");
    (from + WRITERS * (most + 1)).next_multiple_of(5_000)
}

/// Reads by id, one after the other.
async fn gets(store: &SqliteStore, rows: u64) {
    let reads = 30_000;
    let start = Instant::now();
    for read in 0..reads {
        let found = store.get(user(rows - 1 - read % 4_000).id).await.unwrap();
        assert!(found.is_some());
    }
    println!("get by id: {:?}", start.elapsed() / u32::try_from(reads).unwrap());
}

/// Pages of 20, by keyset and with a total.
async fn pages(store: &SqliteStore, rows: u64) {
    let reads = 300;
    let query = Query::<User>::everything().sort(User::CREATED_AT.descending());
    let middle = query.clone().limit(20).start(Start::After(query.key_of(&user(rows - 2_500))));
    let start = Instant::now();
    for _ in 0..reads {
        assert_eq!(store.find(&middle).await.unwrap().len(), 20);
    }
    let keyset = start.elapsed() / reads;
    let request = PageRequest::parse(Some(2), Some(20), None).unwrap();
    let start = Instant::now();
    for _ in 0..reads {
        assert_eq!(store.page(query.clone(), &request).await.unwrap().data().len(), 20);
    }
    println!("{rows} rows: page of 20 after a key {keyset:?}, with a total {:?}", start.elapsed() / reads);
}
