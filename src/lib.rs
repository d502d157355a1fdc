//! DriveEver answers a driver's question about a vehicle with the best-proven prompt of its library, through whichever
//! language model is up, bills the answer as an order, and learns from ratings which prompt deserves the traffic.
//!
//! This crate puts the others together. A builder takes a store, models, a vehicle source and a clock, each with a default,
//! and gives the services and [`DriveEver::ask`]:
//!
//! ```
//! # #[cfg(all(feature = "memory", feature = "providers"))]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), driveever::core::Error> {
//! use driveever::{DriveEver, Question, core::{RequestContext, id::Id}};
//!
//! let app = DriveEver::builder().build()?; // in memory, with the offline advisor
//! app.prepare().await?; // seeds the golden library
//! let driver = RequestContext::user(Id::new(app.ids().uuid()), "request-1");
//! let order = app.ask(&driver, Question::new("How deep must my tyre tread be?")).await?;
//! let answer = order.advice.map(|advice| advice.answer).unwrap_or_default();
//! assert!(answer.contains("1.6 mm"), "{answer}");
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "memory", feature = "providers")))]
//! # fn main() {}
//! ```
//!
//! # A store that lasts
//!
//! Any object with the ports of [`Store`] will do; feature `sqlite` has one that needs nothing installed
//! (`sqlite::SqliteStore`). In tests, `testing::testing` gives a DriveEver in memory with a clock that stands.
//!
//! # Background work
//!
//! Events reach their consumers, orders of a dead process are resumed and reminders are made by one future (feature
//! `runtime`): spawn `DriveEver::background` and cancel its token to end it. A short-lived program calls
//! [`DriveEver::settle`] instead.
//!
//! # Your own parts
//!
//! Every service on the road can be replaced in the [`Builder`]: users, prompts, vehicles, models, payments, the classifier.
//! There is no global state: several live side by side in one process.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub use driveever_core as core;

#[cfg(feature = "auth")]
pub use driveever_auth as auth;
#[cfg(feature = "memory")]
pub use driveever_memory as memory;
#[cfg(feature = "providers")]
pub use driveever_providers as providers;
#[cfg(feature = "sqlite")]
pub use driveever_sqlite as sqlite;

mod app;
mod background;
mod builder;
#[cfg(feature = "auth")]
mod login;
mod ports;
mod store;
#[cfg(feature = "memory")]
pub mod testing;

pub use app::{DriveEver, Question};
#[cfg(feature = "runtime")]
pub use background::BackgroundOptions;
pub use builder::{Builder, Options};
#[cfg(feature = "auth")]
pub use login::{Accounts, Login};
pub use ports::TrustedUsers;
pub use store::{CONTEXTS, Store};
