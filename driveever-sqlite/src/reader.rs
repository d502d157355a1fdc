//! Connections that read, shared by those who ask.
//!
//! Why not the driver's pool: it asks the connection's thread for a sign of life on each return and spawns a task to do
//! so, which costs more than a read by id.

use std::sync::Arc;

use driveever_core::{error::StoreError, value::Value};
use parking_lot::Mutex;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteRow};
use tokio::sync::Semaphore;

use crate::{
    SqliteConfig,
    connection::{open_reader, row, rows},
    error::refused,
};

/// A fixed number of read-only connections.
#[derive(Debug)]
pub(crate) struct Readers {
    config: SqliteConfig,
    /// Those that nobody uses; one that broke is replaced when it is next needed.
    idle: Mutex<Vec<SqliteConnection>>,
    permits: Semaphore,
}

impl Readers {
    /// Opens the first; the others are opened when they are needed.
    pub(crate) async fn open(config: &SqliteConfig) -> Result<Self, StoreError> {
        let first = open_reader(config).await?;
        Ok(Self {
            config: config.clone(),
            idle: Mutex::new(vec![first]),
            permits: Semaphore::new(config.readers.max(1)),
        })
    }

    /// All rows of a prepared statement.
    pub(crate) async fn rows(
        &self,
        sql: &Arc<str>,
        binds: Vec<Value>,
        kind: &'static str,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let _permit = self.permits.acquire().await.map_err(|_| refused("the store is closed"))?;
        let mut connection = self.take().await?;
        let found = rows(&mut connection, sql, binds, kind).await;
        self.give_back(connection, &found);
        found
    }

    /// The first row of a prepared statement.
    pub(crate) async fn row(
        &self,
        sql: &Arc<str>,
        binds: Vec<Value>,
        kind: &'static str,
    ) -> Result<Option<SqliteRow>, StoreError> {
        let _permit = self.permits.acquire().await.map_err(|_| refused("the store is closed"))?;
        let mut connection = self.take().await?;
        let found = row(&mut connection, sql, binds, kind).await;
        self.give_back(connection, &found);
        found
    }

    /// Closes every connection, those in use when they come back.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.config.readers.max(1)).unwrap_or(u32::MAX);
        let held = self.permits.acquire_many(all).await;
        self.permits.close();
        drop(held);
        let idle = std::mem::take(&mut *self.idle.lock());
        for connection in idle {
            let _ = connection.close().await;
        }
    }

    async fn take(&self) -> Result<SqliteConnection, StoreError> {
        let idle = self.idle.lock().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => open_reader(&self.config).await,
        }
    }

    /// Keeps a connection for the next, unless it met a fault: a new one starts clean.
    fn give_back<T>(&self, connection: SqliteConnection, outcome: &Result<T, StoreError>) {
        if outcome.is_ok() {
            self.idle.lock().push(connection);
        }
    }
}
