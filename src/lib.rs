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
//! What came back is an order: paid, delivered, with its answer, on the record of the prompt that was chosen. Every call takes
//! a [`RequestContext`](core::RequestContext): who acts, in which roles, in which request. Whoever embeds DriveEver makes it for
//! whom they let in.
//!
//! # A vehicle's record
//!
//! A source knows vehicles by their registration mark; here one that ships with DriveEver, of vehicles that do not exist:
//!
//! ```
//! # #[cfg(all(feature = "memory", feature = "providers"))]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), driveever::core::Error> {
//! # use std::sync::Arc;
//! # use driveever::{DriveEver, Question, core::{RequestContext, id::Id, time::SystemClock}};
//! use driveever::providers::vehicle_files::DemonstrationVehicles;
//!
//! let source = Arc::new(DemonstrationVehicles::new(Arc::new(SystemClock)));
//! let app = DriveEver::builder().vehicle_source(source).build()?;
//! app.prepare().await?;
//! let driver = RequestContext::user(Id::new(app.ids().uuid()), "request-1");
//! let order = app.ask(&driver, Question::new("Is it safe to drive?").about("L2WPS")).await?;
//! let sources = order.advice.map(|advice| advice.sources.0).unwrap_or_default();
//! assert!(sources.iter().any(|source| source.title.starts_with("DVSA MOT history")));
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "memory", feature = "providers")))]
//! # fn main() {}
//! ```
//!
//! # The services
//!
//! [`DriveEver`] gives each as an `Arc<dyn ...>`: [`orders`](DriveEver::orders), [`ai`](DriveEver::ai),
//! [`prompts`](DriveEver::prompts) and the [`library`](DriveEver::library) behind them, the [`garage`](DriveEver::garage),
//! [`notifications`](DriveEver::notifications), [`analytics`](DriveEver::analytics), the [`audit`](DriveEver::audit) trail,
//! [`users`](DriveEver::users). A rating moves the record of the prompt that was served:
//!
//! ```
//! # #[cfg(all(feature = "memory", feature = "providers"))]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), driveever::core::Error> {
//! # use driveever::{DriveEver, Question, core::{Error, RequestContext, ai::NewFeedback, id::Id}};
//! # let app = DriveEver::builder().build()?;
//! # app.prepare().await?;
//! # let driver = RequestContext::user(Id::new(app.ids().uuid()), "request-1");
//! # let order = app.ask(&driver, Question::new("How deep must my tyre tread be?")).await?;
//! let answer = order.advice.ok_or_else(|| Error::internal("a delivered order has its answer"))?;
//! app.ai().give_feedback(&driver, answer.id, NewFeedback { rating: 5, ..NewFeedback::default() }).await?;
//! app.settle().await?; // hands the events over; a server runs `background` instead
//!
//! let prompt = answer.prompt_id.ok_or_else(|| Error::internal("the answer names its prompt"))?;
//! let served = &app.library().performance(&driver, prompt).await?[0];
//! assert_eq!((served.uses, served.ratings), (1, 1));
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "memory", feature = "providers")))]
//! # fn main() {}
//! ```
//!
//! # A store that lasts
//!
//! Any object with the ports of [`Store`] will do. Feature `sqlite` has one that needs nothing installed
//! (`sqlite::SqliteStore`); a store of your own implements three traits once and runs the suite of `driveever-testkit`.
//!
//! # Background work
//!
//! Events reach their consumers, orders of a dead process are resumed, reminders are made and what has expired is swept by one
//! future (feature `runtime`): spawn `DriveEver::background` and cancel its token to end it. A short-lived program calls
//! [`DriveEver::settle`] instead.
//!
//! # Your own parts
//!
//! Store, models, vehicle source, rules, clock, ids, payments, classifier, and every service can be replaced in the
//! [`Builder`]. There is no global state: several live side by side in one process. `testing::testing` gives one in memory with a
//! clock that stands, and the feature `mock` has a double of every port.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `memory` | yes | the in-memory store and `testing` |
//! | `providers` | yes | the offline advisor, vehicle records from files, demonstration vehicles |
//! | `openai`, `anthropic`, `gemini` | | models behind an address: OpenAI and every server compatible with it, Claude, Gemini |
//! | `runtime` | yes | background work on tokio |
//! | `sqlite` | | the durable store in one file |
//! | `auth` | | accounts: passwords, sessions, signed tokens |
//! | `markdown` | | answers as a tree of allow-listed blocks |
//! | `mock` | | doubles of every port, for dev-dependencies |

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

/// The code of the book, compiled and run.
#[cfg(all(doctest, feature = "memory", feature = "providers", feature = "runtime", feature = "sqlite"))]
mod book {
    #[doc = include_str!("../docs/embedding.md")]
    struct Embedding;
    #[doc = include_str!("../docs/prompts.md")]
    struct Prompts;
    #[doc = include_str!("../docs/orders.md")]
    struct Orders;
    #[doc = include_str!("../docs/vehicles.md")]
    struct Vehicles;
    #[doc = include_str!("../docs/privacy.md")]
    struct Privacy;
}
