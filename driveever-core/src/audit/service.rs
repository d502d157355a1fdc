//! What the audit offers.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    error::Error,
    page::{Page, PageRequest},
    request::{Actor, RequestContext},
    time::Timestamp,
};

/// Which entries; what is absent restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By whom.
    pub actor: Option<Actor>,
    /// To what kind of thing: `order`.
    pub entity: Option<String>,
    /// To which one.
    pub entity_id: Option<Uuid>,
    /// What happened: `order.paid`.
    pub event_type: Option<String>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time; not before `from`.
    pub to: Option<Timestamp>,
}

/// That somebody did something.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// The event's id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What happened: `order.paid`.
    pub event_type: String,
    /// To what kind of thing.
    pub entity: String,
    /// To which one.
    pub entity_id: Uuid,
    /// Its revision after it.
    pub entity_revision: u32,
    /// In which request.
    pub request_id: String,
    /// Whose log it stands in: `order`.
    pub context: String,
    /// The event's body: ids, numbers and names of kinds.
    pub details: serde_json::Value,
}

/// Reads the audit trail.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AuditService: Send + Sync {
    /// Entries, newest first, for admins. Pages go by cursor: counting a log that grows with traffic has no bound.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the role, [`Error::Invalid`] with all faults: a range that ends before it starts, a
    /// name that is too long, a page number above 1, another list's cursor.
    async fn entries(
        &self,
        request: &RequestContext,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>, Error>;
}
