//! What the notification service offers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{Notification, NotificationId, NotificationKind};
use crate::{
    entity::Revision,
    error::Error,
    page::{Page, PageRequest},
    request::RequestContext,
    time::Timestamp,
    user::UserId,
};

/// What a user wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceView {
    /// Every kind and whether it is on.
    pub kinds: BTreeMap<NotificationKind, bool>,
    /// The revision to name when they are changed; absent while they were never set.
    pub revision: Option<Revision>,
    /// When they were last changed; absent while they were never set.
    pub updated_at: Option<Timestamp>,
}

/// A ticket for one socket, to be given to its user and to nobody else.
#[derive(Debug, Clone)]
pub struct IssuedTicket {
    /// The ticket; kept nowhere.
    pub ticket: SecretString,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Tells users what concerns them.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait NotificationService: Send + Sync {
    /// The caller's own, newest first; with `unread`, only those read (false) or not read (true).
    async fn notifications(
        &self,
        request: &RequestContext,
        unread: Option<bool>,
        page: &PageRequest,
    ) -> Result<Page<Notification>, Error>;

    /// One of the caller's own.
    async fn notification(&self, request: &RequestContext, id: NotificationId) -> Result<Notification, Error>;

    /// The caller's own that came after this one, oldest first and a bounded number at a time: for whoever comes back to a
    /// stream. Call again with the last until none comes. With several server processes, ids made within the same moment
    /// may be committed in another order; what a stream thereby misses is in the list.
    async fn since(&self, request: &RequestContext, last: NotificationId) -> Result<Vec<Notification>, Error>;

    /// Marks one as read; doing so again changes nothing.
    async fn mark_read(&self, request: &RequestContext, id: NotificationId) -> Result<Notification, Error>;

    /// Marks all of the caller's as read; gives how many were not.
    async fn mark_all_read(&self, request: &RequestContext) -> Result<u64, Error>;

    /// What the caller wants to hear of.
    async fn preferences(&self, request: &RequestContext) -> Result<PreferenceView, Error>;

    /// Switches kinds on or off; kinds that are not named stay as they are.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a kind that cannot be switched off, [`Error::Stale`] when `expected` is not the present
    /// revision.
    async fn set_preferences(
        &self,
        request: &RequestContext,
        kinds: BTreeMap<NotificationKind, bool>,
        expected: Option<Revision>,
    ) -> Result<PreferenceView, Error>;

    /// A ticket that lets one socket of the caller's in, once and soon.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when too many are open.
    async fn issue_ticket(&self, request: &RequestContext) -> Result<IssuedTicket, Error>;

    /// Whom a ticket lets in; from then on nobody.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for an unknown, used or expired one.
    async fn redeem_ticket(&self, ticket: &SecretString) -> Result<UserId, Error>;
}
