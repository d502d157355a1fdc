//! DriveEver answers a driver's question about a vehicle with the best-proven prompt of its library, through whichever
//! language model is up, bills the answer as an order, and learns from ratings which prompt deserves the traffic.
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
