//! Notifications, what users want to hear of, and tickets for sockets.

use serde::{Deserialize, Serialize};

use crate::{
    ai::ResponseId, entity, entity::Context, id::Id, text_enum, time::Timestamp, user::UserId, vehicle::VehicleId,
};

/// The notification service's tables.
#[derive(Debug)]
pub struct NotificationContext;
impl Context for NotificationContext {
    const NAME: &'static str = "notification";
}

/// A notification's id.
pub type NotificationId = Id<Notification>;

text_enum! {
    /// What a notification is about.
    pub enum NotificationKind {
        /// A vehicle's MOT runs out soon.
        MotDue = "mot_due",
        /// A vehicle's tax is due soon.
        TaxDue = "tax_due",
        /// An answer that was ordered is there.
        AdviceReady = "advice_ready",
        /// An order changed.
        OrderUpdated = "order_updated",
        /// An experiment came to an end.
        ExperimentConcluded = "experiment_concluded",
        /// Something on the account that its owner should know. Cannot be switched off: whoever took an account over
        /// would do that first.
        SecurityAlert = "security_alert",
    }
}

impl NotificationKind {
    /// Whether its user may do without it.
    pub const fn can_be_switched_off(self) -> bool {
        !matches!(self, Self::SecurityAlert)
    }
}

/// What a notification leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// A vehicle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle_id: Option<VehicleId>,
    /// An order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<uuid::Uuid>,
    /// An answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<ResponseId>,
}

/// Kinds of notification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kinds(pub Vec<NotificationKind>);

crate::json_column!(Link, Kinds);

entity! {
    /// Something that a user is told.
    #[derive(PartialEq)]
    pub struct Notification in NotificationContext as versioned "notification" in "notification_notifications" {
        unique [["cause_key", "user_id"]], lookup ["user_id", "cause_key"], search [],
    } {
        /// Whom.
        pub user_id: UserId => USER_ID,
        /// About what.
        pub kind: NotificationKind => KIND,
        /// In a few words.
        pub title: String => TITLE,
        /// In a sentence or two. Composed here from kinds, dates and the registration of the user's own vehicle.
        pub body: String => BODY,
        /// What it leads to.
        pub link: Link => LINK,
        /// What caused it: one notification a user and cause, however often the cause is delivered.
        pub cause_key: String => CAUSE_KEY,
        /// When it was read; absent until then.
        pub read_at: Option<Timestamp> => READ_AT,
        /// When it was made.
        pub created_at: Timestamp => CREATED_AT,
    }
}

entity! {
    /// What a user wants to hear of. Its id is the user's; without a row, everything.
    #[derive(PartialEq)]
    pub struct Preferences in NotificationContext as versioned "notification_preferences" in "notification_preferences" {
        unique [], lookup [], search [],
    } {
        /// What they do without.
        pub switched_off: Kinds => SWITCHED_OFF,
        /// When it was last changed.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}

entity! {
    /// A one-time ticket by which a socket that cannot send a header is let in. The ticket itself is not kept.
    #[derive(PartialEq)]
    pub struct Ticket in NotificationContext as versioned "socket_ticket" in "notification_tickets" {
        unique [["ticket_hash"]], lookup ["user_id", "ticket_hash"], search [],
    } {
        /// Whom it lets in.
        pub user_id: UserId => USER_ID,
        /// SHA-256 of the ticket, in base64url.
        pub ticket_hash: String => TICKET_HASH,
        /// Until when.
        pub expires_at: Timestamp => EXPIRES_AT,
        /// When it was used; absent until then.
        pub redeemed_at: Option<Timestamp> => REDEEMED_AT,
    }
}
