//! What the notification service tells the others, and what it reads of theirs.

use serde::Deserialize;
use uuid::Uuid;

use super::{NotificationId, NotificationKind};
use crate::{ai::ResponseId, event_body, user::UserId};

event_body! {
    /// A user was told something: for open sockets.
    pub struct NotificationCreated as "notification.created" {
        /// Which notification.
        pub notification_id: NotificationId,
        /// Whose.
        pub user_id: UserId,
        /// About what.
        pub kind: NotificationKind,
    }
}

#[expect(clippy::struct_field_names, reason = "the names are the event's")]
/// The part of an `order.*` event that is read here. Fields that a kind of event lacks are absent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderChanged {
    pub(super) order_id: Uuid,
    pub(super) user_id: Option<UserId>,
    #[serde(default)]
    pub(super) ai_response_id: Option<ResponseId>,
}

/// The part of `user.security_alert` that is read here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityAlert {
    pub(super) user_id: UserId,
    /// What happened, as a code: `refresh_token_reused`.
    #[serde(default, alias = "code", alias = "reason", alias = "alert")]
    pub(super) kind: Option<String>,
}
