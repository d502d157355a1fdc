//! DriveEver's server and command line: configuration, HTTP routes and wiring.
//!
//! No business rule lives here: handlers parse, call a service of [`driveever_core`] and map its answer.

pub mod cli;
pub mod commands;
pub mod config;
pub mod connections;
pub mod http;
pub mod live;
pub mod lock;
pub mod openapi;
pub mod routes;
pub mod server;
pub mod state;
pub mod telemetry;
pub mod wiring;
