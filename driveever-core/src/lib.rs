//! DriveEver's domain: types, storage ports, service traits and the services' logic, without any I/O.

pub mod id;
pub mod money;
pub mod time;

pub mod ai;
pub mod analytics;
pub mod audit;
pub mod notification;
pub mod order;
pub mod prompt;
pub mod user;
pub mod vehicle;
