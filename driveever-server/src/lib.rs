//! DriveEver's server and command line: configuration, HTTP routes and wiring.
//!
//! No business rule lives here: handlers parse, call a service of [`driveever_core`] and map its answer.

pub mod config;
pub mod http;
pub mod live;
pub mod routes;
pub mod state;
