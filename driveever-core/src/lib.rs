//! DriveEver's domain: types, storage ports, service traits and the services' logic, without any I/O.
//!
//! A folder is a bounded context (`prompt`, `ai`, `vehicle`, `order`, `user`, `analytics`, `notification`, `audit`), and each
//! looks the same: `model`, the port down to storage (`repository`), the `service` trait and its implementation, the events
//! that it tells (`event`). What they share is beside them: [`entity`](mod@entity) and [`value`] map types to rows,
//! [`changes`] is a write as a value, [`query`] and [`page`] ask, [`event`] carries what happened.
//!
//! Two kinds of trait meet here. A *repository* ([`repository`]) is the port down to storage; any store that implements
//! [`ContextStore`](repository::ContextStore) and [`Repository`](repository::Repository) once, generically, keeps every
//! context. A *service*, such as [`OrderService`](order::OrderService), is the port up to callers: who holds an
//! `Arc<dyn OrderService>` cannot tell the logic here from one of their own, or from one behind a network.
//!
//! The crate `driveever` puts the services together; depend on it unless you write an adapter.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod changes;
pub mod entity;
pub mod error;
pub mod event;
pub mod id;
pub mod idempotency;
#[cfg(feature = "mock")]
pub mod mock;
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

// Crates whose types and macros stand in this one's signatures, so that an adapter or a service has the same versions.
pub use async_trait::async_trait;
pub use chrono;
pub use futures_util;
pub use secrecy;
pub use serde_json;
pub use uuid;

pub use error::{Error, StoreError};
pub use request::{Actor, RequestContext, Role, Roles};
