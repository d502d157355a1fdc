//! Stores in folders that vanish.

use std::{ops::Deref, path::PathBuf};

use driveever_core::entity::Entity as _;
use driveever_sqlite::{SqliteConfig, SqliteStore};
use driveever_testkit::{Note, Sample, sample::CONTEXT};
use tempfile::TempDir;

/// A store and the folder that holds it.
pub(crate) struct TestStore {
    pub(crate) store: SqliteStore,
    pub(crate) folder: TempDir,
}

impl Deref for TestStore {
    type Target = SqliteStore;

    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

impl TestStore {
    /// The database's file.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("driveever.db")
    }
}

/// An empty store with the sample tables.
pub(crate) async fn open() -> TestStore {
    open_with(|_| {}).await
}

/// The same, with settings of its own.
pub(crate) async fn open_with(change: impl FnOnce(&mut SqliteConfig)) -> TestStore {
    let folder = tempfile::tempdir().unwrap();
    let mut config = SqliteConfig::at(folder.path().join("driveever.db"));
    change(&mut config);
    let store = open_at(config).await;
    TestStore { store, folder }
}

/// A store at this place, with the sample tables.
pub(crate) async fn open_at(config: SqliteConfig) -> SqliteStore {
    let store = SqliteStore::open(config).await.unwrap();
    store.create_tables(CONTEXT, &[Sample::SCHEMA, Note::SCHEMA]).await.unwrap();
    store
}
