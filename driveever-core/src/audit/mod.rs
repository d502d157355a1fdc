//! Who did what to what, when, from which request: read from the event logs, which only grow.
//!
//! There is no table of its own: every change of state commits with its events, so that the logs are the audit trail
//! and nothing can happen beside it. Event bodies carry ids, numbers and names of kinds; a test holds every context to that.

mod service;
mod trail;

#[cfg(feature = "mock")]
pub use service::MockAuditService;
pub use service::{AuditEntry, AuditFilter, AuditService};
pub use trail::AuditTrail;
