//! What can happen to a database file: another process, a full disk, damage, a kill.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use driveever_core::{
    StoreError,
    changes::Changes,
    event::EventLog as _,
    query::{Filter, Query},
    repository::{ContextStore, Repository as _, RepositoryExt as _},
};
use driveever_sqlite::{SqliteConfig, SqliteStore};
use driveever_testkit::{
    Note, Sample, SampleContext,
    sample::{CONTEXT, event, full_sample, note, sample, uuid},
};
use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};

use crate::support::{open, open_at, open_with};

/// A connection of somebody else.
async fn other(path: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.busy_timeout(Duration::from_millis(100)).connect().await.unwrap()
}

async fn execute(connection: &mut SqliteConnection, sql: &str) {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(result: Result<T, StoreError>, says: &str) {
    match result {
        Err(error @ StoreError::Unavailable { .. }) if error.to_string().contains(says) => {}
        result => panic!("expected unavailable with `{says}`, got {result:?}"),
    }
}

async fn create(store: &SqliteStore, number: u64) -> Result<(), StoreError> {
    store.create(&sample(number), None).await
}

/// Why this file cannot be opened.
async fn refusal(path: &Path) -> Result<(), StoreError> {
    let mut config = SqliteConfig::at(path);
    config.busy_timeout = Duration::from_millis(50);
    SqliteStore::open(config).await.map(|_| ())
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let opened = open().await;
    let one = full_sample(1);
    opened.commit(Changes::new().insert(&one).causing(event(1, uuid(1), 1)).handling(uuid(7))).await.unwrap();
    opened.close().await;
    assert_unavailable(opened.store.get(one.id).await, "closed");
    assert_unavailable(opened.store.create(&sample(2), None).await, "closed");
    assert!(!opened.path().with_extension("db-wal").exists(), "closing leaves one file");

    let again = open_at(SqliteConfig::at(opened.path())).await;
    assert_eq!(again.get(one.id).await.unwrap(), Some(one));
    assert_eq!(again.unpublished(CONTEXT).await.unwrap(), 1);
    assert_eq!(ContextStore::<SampleContext>::handled(&again, &[uuid(7)]).await.unwrap(), [uuid(7)]);
    again.check().await.unwrap();
    again.close().await;
}

#[tokio::test]
async fn two_processes_share_one_file() {
    let server = open().await;
    let tool = open_at(SqliteConfig::at(server.path())).await;
    let writes = (0..100).map(|number| {
        let store = if number % 2 == 0 { &server.store } else { &tool };
        async move { store.create(&sample(number), Some(event(number, uuid(number), 1))).await }
    });
    for outcome in join_all(writes).await {
        outcome.unwrap();
    }
    for store in [&server.store, &tool] {
        assert_eq!(store.count(&Query::<Sample>::everything()).await.unwrap(), 100);
        assert_eq!(store.unpublished(CONTEXT).await.unwrap(), 100);
    }
    tool.close().await;
    server.create(&sample(1_000), None).await.unwrap();
    server.close().await;
}

#[tokio::test]
async fn two_processes_start_together_on_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("driveever.db");
    let starts = join_all((0..4).map(|_| SqliteStore::open(SqliteConfig::at(&path)))).await;
    for store in starts {
        store.unwrap().close().await;
    }
}

/// SQLite does not wait for the lock that a change of the journal needs: who starts on a new file has to ask again.
#[tokio::test]
async fn a_start_beside_a_writer_on_no_file_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("driveever.db");
    let start = |busy_timeout| SqliteStore::open(SqliteConfig { busy_timeout, ..SqliteConfig::at(&path) });
    let mut holder = other(&path).await;
    execute(&mut holder, "BEGIN IMMEDIATE").await;
    assert_unavailable(start(Duration::from_millis(50)).await, "locked by another process");
    let (store, ()) = tokio::join!(start(Duration::from_secs(5)), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        execute(&mut holder, "ROLLBACK").await;
    });
    store.unwrap().close().await;
}

#[tokio::test]
async fn a_lock_held_by_another_is_waited_for_and_then_said() {
    let store = open_with(|config| config.busy_timeout = Duration::from_millis(200)).await;
    let mut holder = other(&store.path()).await;
    execute(&mut holder, "BEGIN IMMEDIATE").await;
    let start = Instant::now();
    let refused = join_all((1..=20).map(|number| create(&store, number))).await;
    assert!(start.elapsed() < Duration::from_secs(5), "the whole group waits once");
    for outcome in refused {
        assert!(outcome.as_ref().is_err_and(StoreError::is_retryable));
        assert_unavailable(outcome, "locked by another process");
    }
    // Readers go on meanwhile, and writers when the lock is gone.
    assert_eq!(store.count(&Query::<Sample>::everything()).await.unwrap(), 0);
    assert_unavailable(store.writable().await, "locked by another process");
    execute(&mut holder, "ROLLBACK").await;
    store.writable().await.unwrap();
    store.create(&sample(1), None).await.unwrap();
    execute(&mut holder, "BEGIN IMMEDIATE").await;
    let (outcome, ()) = tokio::join!(create(&store, 2), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        execute(&mut holder, "ROLLBACK").await;
    });
    outcome.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_full_database_refuses_what_does_not_fit_and_keeps_the_rest() {
    let opened = open().await;
    opened.create(&sample(1), None).await.unwrap();
    opened.close().await;
    let bytes = fs::metadata(opened.path()).unwrap().len();
    let with_limit = |bytes| SqliteConfig { max_bytes: Some(bytes), ..SqliteConfig::at(opened.path()) };
    let store = SqliteStore::open(with_limit(bytes + 200_000)).await.unwrap();
    let large = |number| Sample { label: Some("x".repeat(1_000_000)), ..sample(number) };
    let (small, big) = (sample(2), large(3));
    let (kept, refused) = tokio::join!(store.create(&small, None), store.create(&big, None));
    kept.unwrap();
    assert!(refused.as_ref().is_err_and(StoreError::is_retryable));
    assert_unavailable(refused, "full");
    assert_unavailable(store.create_many(&[sample(4), large(5)]).await, "full");
    let found: Vec<Sample> = store.find(&Query::everything()).await.unwrap();
    assert_eq!(found, [sample(1), sample(2)]);
    store.close().await;
    let store = SqliteStore::open(with_limit(bytes + 5_000_000)).await.unwrap();
    store.create(&large(3), None).await.unwrap();
    store.check().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_file_that_was_deleted_or_replaced_is_noticed_before_a_write_is_lost() {
    let store = open().await;
    store.create(&sample(1), None).await.unwrap();
    store.in_place().unwrap();
    fs::remove_file(store.path()).unwrap();
    assert_unavailable(store.in_place(), "deleted or replaced");
    assert_unavailable(store.create(&sample(2), None).await, "deleted or replaced");
    fs::write(store.path(), "").unwrap();
    assert_unavailable(store.create(&sample(2), None).await, "deleted or replaced");
}

#[tokio::test]
async fn damage_is_refused_at_the_start() {
    let store = open().await;
    store.create_many(&(0..3_000).map(full_sample).collect::<Vec<_>>()).await.unwrap();
    store.close().await;
    let sound = fs::read(store.path()).unwrap();
    let damaged = store.folder.path().join("damaged.db");

    fs::write(
        &damaged,
        "this is a letter, not a database; it is long enough to have a header of its own, which is wrong",
    )
    .unwrap();
    assert_unavailable(refusal(&damaged).await, "no SQLite database");
    fs::write(&damaged, &sound[..sound.len() / 2]).unwrap();
    assert_unavailable(refusal(&damaged).await, "damaged");
    fs::write(&damaged, &sound[..50]).unwrap();
    assert_unavailable(refusal(&damaged).await, "damaged.db");
    fs::write(&damaged, &sound).unwrap();
    let mut file = fs::OpenOptions::new().write(true).open(&damaged).unwrap();
    for page in (8..sound.len() as u64 / 4_096).step_by(3) {
        file.seek(SeekFrom::Start(page * 4_096)).unwrap();
        file.write_all(&[0xa5; 2_048]).unwrap();
    }
    drop(file);
    assert_unavailable(refusal(&damaged).await, "damaged");
    fs::write(&damaged, &sound).unwrap();
    refusal(&damaged).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    assert_unavailable(
        refusal(&folder.path().join("no/such/folder/driveever.db")).await,
        "does not exist: make it first",
    );
    assert_unavailable(refusal(folder.path()).await, "cannot be opened");

    let foreign = folder.path().join("foreign.db");
    let mut owner = other(&foreign).await;
    execute(&mut owner, "CREATE TABLE theirs (id)").await;
    owner.close().await.unwrap();
    let before = fs::read(&foreign).unwrap();
    assert_unavailable(refusal(&foreign).await, "another program's database");
    assert_eq!(fs::read(&foreign).unwrap(), before, "somebody else's file is left as it was");

    let locked = folder.path().join("locked.db");
    refusal(&locked).await.unwrap();
    let mut owner = other(&locked).await;
    execute(&mut owner, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").await;
    assert_unavailable(refusal(&locked).await, "locked by another process");
}

#[tokio::test]
async fn a_newer_or_edited_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("driveever.db");
    for (change, says) in [
        ("PRAGMA user_version = 999", "newer (version 999)"),
        ("UPDATE driveever_migrations SET checksum = 'x' WHERE version = 2", "migration 0002_prompt was changed"),
        ("UPDATE driveever_migrations SET name = 'x' WHERE version = 3", "migration 0003_ai was changed"),
        ("DELETE FROM driveever_migrations WHERE version = 1", "not complete"),
        ("DROP TABLE driveever_migrations", "driveever.db"),
    ] {
        refusal(&path).await.unwrap();
        let mut other = other(&path).await;
        execute(&mut other, change).await;
        other.close().await.unwrap();
        assert_unavailable(refusal(&path).await, says);
        fs::remove_file(&path).unwrap();
    }
}

/// Says to the test below that it is the process that it kills, and which file to write.
const KILLED: &str = "DRIVEEVER_TEST_KILLED";

/// The other half of the test below: writes until it is killed, and says what was acknowledged.
#[expect(clippy::print_stdout, reason = "the test below reads it")]
async fn write_until_killed(path: std::ffi::OsString) {
    let store = std::sync::Arc::new(open_at(SqliteConfig::at(path)).await);
    let writers = (0..16_u64).map(|writer| {
        let store = std::sync::Arc::clone(&store);
        tokio::spawn(async move {
            for round in 0.. {
                let one = sample(1 + writer + round * 16);
                let number = one.count.unsigned_abs();
                let changes =
                    Changes::new().insert(&one).insert(&note(&one, 1)).causing(event(number, one.id.uuid(), 1));
                store.commit(changes.handling(uuid(number))).await.unwrap();
                println!("\nacknowledged {number}");
            }
        })
    });
    join_all(writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_that_was_acknowledged_and_leaves_nothing_half() {
    if let Some(path) = std::env::var_os(KILLED) {
        return write_until_killed(path).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("driveever.db");
    for enough in [1, 150, 700] {
        for entry in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "faults::a_kill_loses_nothing_that_was_acknowledged_and_leaves_nothing_half"])
            .args(["--nocapture"])
            .env(KILLED, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut acknowledged = Vec::new();
        let mut line = String::new();
        while acknowledged.len() < enough && output.read_line(&mut line).unwrap() > 0 {
            acknowledged
                .extend(line.strip_prefix("acknowledged ").and_then(|number| number.trim().parse::<u64>().ok()));
            line.clear();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        let whole = rest.lines().filter_map(|line| line.strip_prefix("acknowledged "));
        // The last line may have been cut off.
        acknowledged.extend(whole.filter_map(|number| number.parse::<u64>().ok()).filter(|_| rest.ends_with('\n')));
        assert!(acknowledged.len() >= enough);

        let store = open_at(SqliteConfig::at(&path)).await;
        store.check().await.unwrap();
        for number in acknowledged {
            assert!(store.get(sample(number).id).await.unwrap().is_some(), "{number} was acknowledged and is lost");
        }
        let samples: Vec<Sample> = store.find(&Query::everything()).await.unwrap();
        let marks: Vec<_> = samples.iter().map(|one| uuid(one.count.unsigned_abs())).collect();
        let notes = store.count(&Query::<Note>::filter(Filter::everything())).await.unwrap();
        assert_eq!(notes, samples.len() as u64);
        assert_eq!(store.unpublished(CONTEXT).await.unwrap(), samples.len() as u64);
        assert_eq!(ContextStore::<SampleContext>::handled(&store, &marks).await.unwrap(), marks);
        store.close().await;
    }
}
