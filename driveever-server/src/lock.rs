//! That a process is the only server on a database file.
//!
//! A server keeps in memory what only it hears of: tokens that were taken back, rankings, counters of attempts, open
//! sockets. Two of them on one file would answer differently. The lock is the operating system's, on a file beside the
//! database: it ends with the process, however that ends, and a command line beside the server does not need it.
//!
//! The file holds the name under which servers on this database hold their work. Whoever has the lock thus knows that
//! what is held under that name was left by a server that is dead.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// Added to the database file's name.
const SUFFIX: &str = ".lock";

/// Why a process may not serve a database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another one does.
    #[error(
        "another server{of} works on {database}: stop it first, or give this one a database of its own (DATABASE_URL)"
    )]
    Taken {
        /// The database.
        database: String,
        /// Its process, when it said so.
        of: String,
    },
    /// The lock's file.
    #[error("the file {path}, which keeps a second server away, cannot be used: {source}; make its folder writable")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Held by the one server on a database file, for as long as it lives.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
    worker: Uuid,
}

impl ServerLock {
    /// Takes it; `new_name` names the servers on this database when they have no name yet.
    ///
    /// # Errors
    /// [`LockError::Taken`] while another process has it.
    pub fn take(database: &Path, new_name: impl FnOnce() -> Uuid) -> Result<Self, LockError> {
        let path = beside(database);
        let unusable = |source| LockError::File { path: path.display().to_string(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let of = Content::read(&mut file).ok().and_then(|content| content.process);
                let of = of.map_or_else(String::new, |process| format!(" (process {process})"));
                return Err(LockError::Taken { database: database.display().to_string(), of });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let known = Content::read(&mut file).map_err(unusable)?;
        let worker = known.worker.unwrap_or_else(new_name);
        Content { worker: Some(worker), process: Some(std::process::id()) }.write(&mut file).map_err(unusable)?;
        Ok(Self { _file: file, worker })
    }

    /// The name under which servers on this database hold their work.
    pub const fn worker(&self) -> Uuid {
        self.worker
    }
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

/// What the file says; what cannot be read, as after a crash while it was written, is not there.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    worker: Option<Uuid>,
    process: Option<u32>,
}

impl Content {
    fn read(file: &mut File) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.take(1_024).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let value = |key| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        Ok(Self {
            worker: value("worker").and_then(|worker| worker.parse().ok()),
            process: value("process").and_then(|process| process.parse().ok()),
        })
    }

    fn write(&self, file: &mut File) -> std::io::Result<()> {
        let worker = self.worker.unwrap_or_default();
        let text = format!("worker: {worker}\nprocess: {}\n", self.process.unwrap_or_default());
        file.rewind()?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_under_a_name_that_lasts() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("driveever.db");
        let first = ServerLock::take(&database, || Uuid::from_u128(7)).unwrap();
        let second = ServerLock::take(&database, || Uuid::from_u128(8)).unwrap_err().to_string();
        assert!(second.contains("driveever.db") && second.contains(&format!("process {}", std::process::id())));
        assert_eq!(first.worker(), Uuid::from_u128(7));
        drop(first);
        assert_eq!(ServerLock::take(&database, || Uuid::from_u128(8)).unwrap().worker(), Uuid::from_u128(7));
        assert!(!database.exists());
    }

    #[test]
    fn a_file_that_says_nothing_gets_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("driveever.db");
        std::fs::write(beside(&database), b"worker: 0199\xff").unwrap();
        assert_eq!(ServerLock::take(&database, || Uuid::from_u128(8)).unwrap().worker(), Uuid::from_u128(8));
        assert!(matches!(
            ServerLock::take(&folder.path().join("none/driveever.db"), Uuid::nil),
            Err(LockError::File { .. })
        ));
    }
}
