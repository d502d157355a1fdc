//! Connections: how each is opened, and what tells that the file is still the one that was opened.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use driveever_core::{error::StoreError, value::Value};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Either, Executor as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteRow, SqliteSynchronous},
};

use crate::{
    SqliteConfig,
    error::{refused, store_error},
    sql::arguments,
};

/// Prepared statements that a reader keeps. A list's text depends on its filter and order.
const CACHED_READS: usize = 128;
/// Texts of several prepared statements that the writer keeps. Some twenty make up nearly all of what is written; those of
/// what is written in bulk depend on its length, seldom come again, and each holds up to 16 statements of 10 KB.
const CACHED_WRITES: usize = 48;
/// Rows that the connection's thread may be ahead of the reader.
const ROWS_AHEAD: usize = 256;

/// SQLite's pages, unless a file was made otherwise.
const PAGE_BYTES: u64 = 4_096;

fn options(config: &SqliteConfig) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&config.path)
        .busy_timeout(config.busy_timeout)
        .foreign_keys(true)
        .statement_cache_capacity(CACHED_READS)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// The connection that writes; makes the file when it is not there.
pub(crate) async fn open_writer(config: &SqliteConfig) -> Result<SqliteConnection, StoreError> {
    let folder = config.path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(refused(format!("the folder {} does not exist: make it first", folder.display())));
    }
    make_private(&config.path);
    // The journal mode is set once it is known that the file is ours; it stays with the file.
    let mut options = options(config).create_if_missing(true).synchronous(SqliteSynchronous::Full);
    options = options.statement_cache_capacity(CACHED_WRITES);
    // What is erased is overwritten and not only given up: https://www.sqlite.org/pragma.html#pragma_secure_delete
    options = options.pragma("secure_delete", "ON");
    // A negative number counts KiB: https://www.sqlite.org/pragma.html#pragma_cache_size
    options = options
        .pragma("cache_size", format!("-{}", config.writer_cache_kib))
        .pragma("wal_autocheckpoint", config.checkpoint_pages.to_string());
    if let Some(bytes) = config.max_bytes {
        options = options.pragma("max_page_count", (bytes / PAGE_BYTES).max(1).to_string());
    }
    connect(&options, &config.path).await
}

/// A connection to a file that is there, which is left as it is: nothing is made, brought up to date or changed.
pub(crate) async fn open_existing(config: &SqliteConfig) -> Result<SqliteConnection, StoreError> {
    // One that may write brings a log that was left home when it closes; one that may only read leaves the files beside
    // the database that it needed. So each where it leaves no trace.
    let log_is_left = beside(&config.path, "-wal").exists();
    connect(&options(config).create_if_missing(false).read_only(log_is_left), &config.path).await
}

/// The path of a file that SQLite keeps beside the database.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes the file, empty, for its owner's eyes only; SQLite gives the files beside it the same permissions. One that is
/// there keeps those that it has, and what stands in the way is told by SQLite, which opens it next.
fn make_private(path: &Path) {
    let mut new = std::fs::OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    drop(new.open(path));
}

/// A connection that reads. Opened after the writer's, which makes the files that the write-ahead log needs.
pub(crate) async fn open_reader(config: &SqliteConfig) -> Result<SqliteConnection, StoreError> {
    connect(&options(config).read_only(true), &config.path).await
}

async fn connect(options: &SqliteConnectOptions, path: &Path) -> Result<SqliteConnection, StoreError> {
    SqliteConnection::connect_with(options).await.map_err(|error| at_path(store_error(error, "database"), path))
}

/// Says which file an error is about.
pub(crate) fn at_path(error: StoreError, path: &Path) -> StoreError {
    match error {
        StoreError::Unavailable { detail, source } => {
            StoreError::Unavailable { detail: format!("{}: {detail}", path.display()), source }
        }
        other => other,
    }
}

/// Runs one prepared statement and gives its rows.
pub(crate) async fn rows(
    connection: &mut SqliteConnection,
    sql: &Arc<str>,
    binds: Vec<Value>,
    kind: &'static str,
) -> Result<Vec<SqliteRow>, StoreError> {
    let query = sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), arguments(binds)?);
    let mut found = Vec::new();
    let mut stream = connection.fetch_many(query);
    while let Some(item) = stream.try_next().await.map_err(|error| store_error(error, kind))? {
        if let Either::Right(row) = item {
            found.push(row);
        }
    }
    Ok(found)
}

/// Runs one prepared statement and gives its first row.
pub(crate) async fn row(
    connection: &mut SqliteConnection,
    sql: &Arc<str>,
    binds: Vec<Value>,
    kind: &'static str,
) -> Result<Option<SqliteRow>, StoreError> {
    let query = sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), arguments(binds)?);
    connection.fetch_optional(query).await.map_err(|error| store_error(error, kind))
}

/// Runs statements that are not worth preparing.
pub(crate) async fn run(connection: &mut SqliteConnection, sql: &str) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(|_| ())
}

/// Which file was opened. When somebody deletes or replaces it, SQLite goes on writing to the one that has no name any
/// more, and what it acknowledges is lost with the process.
#[derive(Debug)]
pub(crate) struct FileIdentity {
    path: PathBuf,
    opened: Option<Identity>,
}

type Identity = (u64, u64);

impl FileIdentity {
    /// Notes which file is at the path now.
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), opened: identity(path) }
    }

    /// Refuses when it is not there any more.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.opened.is_none() || identity(&self.path) == self.opened {
            return Ok(());
        }
        Err(refused(format!(
            "{} was deleted or replaced while it was open: put it back, or start again with the one that is there",
            self.path.display()
        )))
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere a file that is open cannot be deleted.
#[cfg(not(unix))]
fn identity(_path: &Path) -> Option<Identity> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Cell as _;

    async fn pragma(connection: &mut SqliteConnection, name: &str) -> i64 {
        let found = row(connection, &format!("PRAGMA {name}").into(), Vec::new(), "pragma").await.unwrap().unwrap();
        i64::read(&found, 0).unwrap()
    }

    #[tokio::test]
    async fn the_writer_is_durable_and_readers_only_read() {
        let folder = tempfile::tempdir().unwrap();
        let config = SqliteConfig::at(folder.path().join("connection.db"));
        let mut writer = open_writer(&config).await.unwrap();
        // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
        assert_eq!(pragma(&mut writer, "synchronous").await, 2);
        assert_eq!(pragma(&mut writer, "busy_timeout").await, 5_000);
        assert_eq!(pragma(&mut writer, "secure_delete").await, 1);
        assert_eq!(pragma(&mut writer, "cache_size").await, -8_000);
        assert_eq!(pragma(&mut writer, "wal_autocheckpoint").await, 4_000);
        assert_eq!(pragma(&mut writer, "foreign_keys").await, 1);
        run(&mut writer, "PRAGMA journal_mode = WAL; CREATE TABLE t (id)").await.unwrap();
        let mut reader = open_reader(&config).await.unwrap();
        let refused = row(&mut reader, &"INSERT INTO t VALUES (1)".into(), Vec::new(), "row").await;
        assert!(refused.is_err_and(|error| error.to_string().contains("read-only")));
    }
}
