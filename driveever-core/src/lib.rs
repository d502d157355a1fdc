//! DriveEver's domain: types, storage ports, service traits and the services' logic, without any I/O.

pub mod changes;
pub mod entity;
pub mod error;
pub mod event;
pub mod id;
pub mod idempotency;
pub mod money;
pub mod page;
pub mod query;
pub mod reads;
pub mod repository;
pub mod request;
pub mod time;
pub mod validate;
pub mod value;

pub mod ai;
pub mod analytics;
pub mod audit;
pub mod notification;
pub mod order;
pub mod prompt;
pub mod user;
pub mod vehicle;

pub use error::{Error, StoreError};
pub use request::{Actor, RequestContext, Role, Roles};
