//! Migrations: hand-written, one file a context, applied in one transaction.
//!
//! A context's first file comes with its event log and inbox, which are alike for all (`migrations/events.sql`).
//!
//! SQLite changes tables transactionally, so that all pending files are applied or none: a database is never left half
//! migrated, and two processes that start together do not meet. Each applied file is remembered with its checksum; a
//! released file never changes, a change of tables is a new file. (Before version 1.0 files may still be edited, which
//! makes older databases unusable; the message says so.)
//!
//! Why not the driver's migrator: it applies file by file, takes no lock on SQLite, and marks a failed one as dirty for
//! somebody to repair.

use std::{fmt::Write as _, time::Duration};

use driveever_core::error::StoreError;
use sha2::{Digest as _, Sha256};
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use tokio::time::{Instant, sleep};

use crate::{
    connection::{rows, run},
    ddl::event_sql,
    error::{is_busy, refused, store_error},
    sql::Cell,
    statement::Step,
};

struct Migration {
    name: &'static str,
    /// The context whose event log and inbox it makes.
    context: Option<&'static str>,
    own: &'static str,
}

impl Migration {
    fn sql(&self) -> String {
        let mut sql = self.context.map(event_sql).unwrap_or_default();
        sql.push_str(self.own);
        sql
    }
}

macro_rules! migrations {
    ($($name:literal of $context:expr),+ $(,)?) => {
        &[$(Migration {
            name: $name,
            context: $context,
            own: include_str!(concat!("../migrations/", $name, ".sql")),
        }),+]
    };
}

/// In order; a migration's version is its place, from 1.
const MIGRATIONS: &[Migration] = migrations![
    "0001_kernel" of Some("events"),
    "0002_prompt" of Some("prompt"),
    "0003_ai" of Some("ai"),
    "0004_vehicle" of Some("vehicle"),
    "0005_user" of Some("user"),
    "0006_order" of Some("order"),
    "0007_notification" of Some("notification"),
    "0008_analytics" of Some("analytics"),
    "0009_gateway" of Some("gateway"),
];

/// The contexts whose tables the migrations make.
pub(crate) fn contexts() -> Vec<&'static str> {
    MIGRATIONS.iter().filter_map(|migration| migration.context).collect()
}

/// `DrEv`, in the file's header: whose database it is.
const APPLICATION_ID: i64 = 0x4472_4576;
/// A file up to so many bytes is checked whole when it is opened.
const CHECKED_BYTES: i64 = 16 * 1024 * 1024;

/// How long somebody waits who has to ask for a lock again, because SQLite does not wait for it.
const ASK_AGAIN: Duration = Duration::from_millis(5);

/// Checks a database that was opened and brings it up to date, waiting up to `patience` for others that do the same.
pub(crate) async fn prepare(connection: &mut SqliteConnection, patience: Duration) -> Result<(), StoreError> {
    check(connection).await?;
    verify(connection).await?;
    let mode = log_ahead(connection, Instant::now() + patience).await?;
    if mode != "wal" {
        return Err(refused(format!(
            "the file system does not support SQLite's write-ahead log (journal mode {mode}): use a local disk"
        )));
    }
    if number(connection, "PRAGMA user_version").await? < latest() {
        run(connection, "BEGIN IMMEDIATE").await.map_err(|error| store_error(error, "migration"))?;
        let applied = apply(connection).await;
        let end = if applied.is_ok() { "COMMIT" } else { "ROLLBACK" };
        run(connection, end).await.map_err(|error| store_error(error, "migration"))?;
        applied?;
        return Ok(());
    }
    // SQLite opens a file that it may only read without a word, and refuses the first write.
    let written = run(connection, &format!("BEGIN IMMEDIATE; PRAGMA user_version = {}; ROLLBACK", latest())).await;
    written.map_err(|error| store_error(error, "database"))
}

/// Chooses the write-ahead log, and gives the journal mode that the database has then. SQLite reads the file before it
/// locks it for this change, and who has read is not let wait for a lock: two that start on a new file would wait for each
/// other. So one of them is told that the other has it, and asks again.
async fn log_ahead(connection: &mut SqliteConnection, until: Instant) -> Result<String, StoreError> {
    loop {
        match text(connection, "PRAGMA journal_mode = WAL").await {
            Err(error) if is_busy(&error) && Instant::now() < until => sleep(ASK_AGAIN).await,
            outcome => return outcome,
        }
    }
}

/// Checks a database that was opened, and changes nothing. Gives the version that it has and the one that this program
/// brings it to.
pub(crate) async fn inspect(connection: &mut SqliteConnection) -> Result<(i64, i64), StoreError> {
    check(connection).await?;
    verify(connection).await?;
    Ok((number(connection, "PRAGMA user_version").await?, latest()))
}

/// Finds a damaged file without reading a large one whole: SQLite compares the file's size with its header, a small file
/// is checked in full, and of a large one the first row of each table is read.
async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let bytes = number(connection, "PRAGMA page_count").await? * number(connection, "PRAGMA page_size").await?;
    if bytes <= CHECKED_BYTES {
        return sound(&rows(connection, &"PRAGMA quick_check(1)".into(), Vec::new(), "database").await?);
    }
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0".into();
    for table in rows(connection, &tables, Vec::new(), "database").await? {
        let name = String::read(&table, 0).map_err(|source| StoreError::Corrupt { kind: "table", source })?;
        let first = format!("SELECT * FROM \"{}\" LIMIT 1", name.replace('"', "\"\"")).into();
        rows(connection, &first, Vec::new(), "database").await?;
    }
    Ok(())
}

/// The answer of SQLite's own checks.
pub(crate) fn sound(rows: &[SqliteRow]) -> Result<(), StoreError> {
    let first = rows.first().map_or(Ok(String::new()), |row| String::read(row, 0));
    match first.as_deref() {
        Ok("ok") => Ok(()),
        Ok(fault) => Err(refused(format!(
            "the database file is damaged ({fault}): stop, keep a copy of it, and restore a backup"
        ))),
        Err(source) => Err(StoreError::Corrupt { kind: "database", source: source.clone() }),
    }
}

/// Refuses what is not ours, is newer, or was made by other migrations.
async fn verify(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let owner = number(connection, "PRAGMA application_id").await?;
    let tables = number(connection, "SELECT COUNT(*) FROM sqlite_schema").await?;
    if owner == 0 && tables == 0 {
        return Ok(());
    }
    if owner != APPLICATION_ID {
        return Err(refused("this is another program's database: choose another path"));
    }
    let version = number(connection, "PRAGMA user_version").await?;
    if version > latest() {
        return Err(refused(format!(
            "the database is newer (version {version}) than this program knows (version {}): start the newer program, or \
             restore a backup that was made before the upgrade",
            latest()
        )));
    }
    let applied = rows(
        connection,
        &"SELECT version, name, checksum FROM driveever_migrations ORDER BY version".into(),
        Vec::new(),
        "migration",
    )
    .await?;
    let edited = |name: &str| {
        refused(format!(
            "migration {name} was changed after this database was made: start the program that made it, or begin with a \
             new file"
        ))
    };
    if i64::try_from(applied.len()) != Ok(version) {
        return Err(refused(
            "the list of applied migrations is not complete: restore a backup, or begin with a new file",
        ));
    }
    for (row, known) in applied.iter().zip(MIGRATIONS) {
        let read =
            |position| String::read(row, position).map_err(|source| StoreError::Corrupt { kind: "migration", source });
        if read(1)? != known.name || read(2)? != checksum(known) {
            return Err(edited(known.name));
        }
    }
    Ok(())
}

async fn apply(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    // Another process may have been quicker; its lock is over now.
    verify(connection).await?;
    let version = number(connection, "PRAGMA user_version").await?;
    let fault = |error| store_error(error, "migration");
    run(
        connection,
        "CREATE TABLE IF NOT EXISTS driveever_migrations (
            version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL
        ) STRICT",
    )
    .await
    .map_err(fault)?;
    for (place, migration) in (1..).zip(MIGRATIONS) {
        if place > version {
            run(connection, &migration.sql()).await.map_err(fault)?;
            let (name, checksum) = (migration.name, checksum(migration));
            let note = format!("INSERT INTO driveever_migrations VALUES ({place}, '{name}', '{checksum}')");
            run(connection, &note).await.map_err(fault)?;
        }
    }
    let header = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}", latest());
    run(connection, &header).await.map_err(fault)
}

/// A write that leaves everything as it is.
pub(crate) fn same_form() -> Step {
    Step::any(format!("PRAGMA user_version = {}", latest()).into(), Vec::new(), "database")
}

const fn latest() -> i64 {
    MIGRATIONS.len().cast_signed() as i64
}

fn checksum(migration: &Migration) -> String {
    let digest = Sha256::digest(migration.sql().as_bytes());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn number(connection: &mut SqliteConnection, sql: &str) -> Result<i64, StoreError> {
    let found = rows(connection, &sql.into(), Vec::new(), "database").await?;
    let number = found.first().map_or(Ok(0), |row| i64::read(row, 0));
    number.map_err(|source| StoreError::Corrupt { kind: "database", source })
}

async fn text(connection: &mut SqliteConnection, sql: &str) -> Result<String, StoreError> {
    let found = rows(connection, &sql.into(), Vec::new(), "database").await?;
    let text = found.first().map_or(Ok(String::new()), |row| String::read(row, 0));
    text.map_err(|source| StoreError::Corrupt { kind: "database", source })
}
