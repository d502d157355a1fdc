//! Where the database is and how it is used.

use std::{path::PathBuf, time::Duration};

/// How a [`SqliteStore`](crate::SqliteStore) is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteConfig {
    /// The database file. It is made when it is not there; its folder is not.
    pub path: PathBuf,
    /// Connections that read, at least 1: how many reads run side by side.
    pub readers: usize,
    /// Writes that may wait, at least 1; one more is refused as [`Busy`](driveever_core::StoreError::Busy).
    pub writer_queue: usize,
    /// Writes that share one commit, and so one disk flush, at least 1.
    pub group_max: usize,
    /// How long to wait for another process that holds the file's write lock.
    pub busy_timeout: Duration,
    /// The file grows to so many bytes at most; none: as large as the disk. A write that needs more is refused as on a
    /// full disk.
    pub max_bytes: Option<u64>,
    /// Memory for pages that the writer keeps, in KiB; each reader has SQLite's default of 2,000.
    pub writer_cache_kib: u32,
    /// Pages of the write-ahead log after which it is brought into the database. More make the file beside the database
    /// larger and write a page that changes often less often.
    pub checkpoint_pages: u32,
    /// How old the count of more than [`EXACT_COUNT`](crate::EXACT_COUNT) rows may be, and that of fewer where another
    /// process writes.
    pub count_cache_age: Duration,
}

impl Default for SqliteConfig {
    /// `driveever.db` in the current folder, 4 readers, a queue of 4,096, groups of 256, 5 seconds for both times, no
    /// limit of size, 8,000 KiB for pages, a log of 4,000 pages (16 MB).
    fn default() -> Self {
        Self {
            path: PathBuf::from("driveever.db"),
            readers: 4,
            writer_queue: 4_096,
            group_max: 256,
            busy_timeout: Duration::from_secs(5),
            max_bytes: None,
            writer_cache_kib: 8_000,
            checkpoint_pages: 4_000,
            count_cache_age: Duration::from_secs(5),
        }
    }
}

impl SqliteConfig {
    /// The defaults, with this file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}
