//! SQLite adapter of every DriveEver port: the embedded, durable store.
//!
//! [`SqliteStore`] keeps all contexts' tables in one file, each context's prefixed by its name. It is one generic
//! implementation: an entity's [`Schema`](driveever_core::entity::Schema) says which columns it has, and the statements
//! follow from it.
//!
//! What is acknowledged is durable: the file is in WAL mode with `synchronous=FULL`. One writer groups the writes that
//! wait into one commit (module `writer`); readers run beside it on connections of their own and see committed states
//! only. Another process may use the same file, a command line beside a server: writes wait for each other.
//!
//! To add an entity: write its table into its context's file in `migrations/` and its schema into the list in
//! `tests/it/schema.rs`, whose test prints the statements that are missing. To use the store for a context of your own,
//! call [`SqliteStore::create_tables`].
//!
//! ```
//! use driveever_core::{repository::RepositoryExt, user::User};
//! use driveever_sqlite::{SqliteConfig, SqliteStore};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let folder = tempfile::tempdir()?;
//! let store = SqliteStore::open(SqliteConfig::at(folder.path().join("driveever.db"))).await?;
//! let nobody = store.find_one_by(User::EMAIL.eq("ann@example.org")).await?;
//! assert_eq!(nobody, None);
//! store.close().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod connection;
mod count;
mod ddl;
mod error;
mod filter;
mod log;
mod migrate;
#[cfg(test)]
mod plans;
mod reader;
mod sql;
mod statement;
mod store;
mod transaction;
mod writer;

pub use config::SqliteConfig;
pub use count::EXACT_COUNT;
pub use ddl::{ddl, event_ddl};
pub use store::{Inspection, SqliteStore};
