//! How HTTP is spoken: problems, bodies, parameters, entity tags, pages, limits.
//!
//! Nothing here knows a business rule; handlers in [`routes`](crate::routes) parse with these, call a service and map.

pub mod admit;
pub mod body;
mod bounds;
pub mod caller;
pub mod documented;
pub mod etag;
pub mod event_stream;
pub mod headers;
pub mod idempotency;
pub mod page;
pub mod parameters;
pub mod problem;
pub mod rate_limit;
pub mod session_cookie;
pub mod trace;
