//! Bodies of the notification routes.

use std::collections::BTreeMap;

use driveever_core::{
    id::Id,
    notification::{IssuedTicket, Notification, NotificationKind, PreferenceView},
    time::Timestamp,
};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, Type, schema::AdditionalProperties},
};
use uuid::Uuid;

use crate::{http::documented::one_of, request_body};

fn kinds() -> Object {
    one_of("What it is about.", NotificationKind::ALL.iter().map(|kind| kind.as_str()))
}

/// An object with a boolean for each kind.
fn switches() -> Object {
    let switch = |kind: &NotificationKind| {
        let switch = ObjectBuilder::new().schema_type(Type::Boolean);
        // Nobody should miss that somebody else uses their account.
        if *kind == NotificationKind::SecurityAlert { switch.enum_values(Some([true])) } else { switch }
    };
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Whether each kind is on."))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    NotificationKind::ALL.iter().fold(object, |object, kind| object.property(kind.as_str(), switch(kind))).build()
}

request_body! {
    /// Kinds to switch on or off.
    pub struct NotificationPreferencesRequest {
        /// Kinds that are not named stay as they are.
        #[schema(schema_with = switches)]
        pub kinds: BTreeMap<NotificationKind, bool> => "kinds",
    }
}

/// What a user wants to hear of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationPreferencesBody {
    /// Whether each kind is on.
    #[schema(schema_with = switches)]
    pub kinds: BTreeMap<NotificationKind, bool>,
    /// When they were last changed; absent while they were never set.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Counts their changes; absent while they were never set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

impl From<PreferenceView> for NotificationPreferencesBody {
    fn from(view: PreferenceView) -> Self {
        let revision = view.revision.map(driveever_core::entity::Revision::get);
        Self { kinds: view.kinds, updated_at: view.updated_at, revision }
    }
}

/// Something that a user is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationBody {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    #[schema(schema_with = kinds)]
    pub kind: NotificationKind,
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub body: String,
    /// What it leads to.
    pub link: NotificationLinkBody,
    /// When it was read; absent until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Counts its changes.
    pub revision: u32,
}

/// What a notification leads to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationLinkBody {
    /// A vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_id: Option<Uuid>,
    /// An order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Uuid>,
    /// An answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_id: Option<Uuid>,
}

impl From<Notification> for NotificationBody {
    fn from(notification: Notification) -> Self {
        Self {
            id: notification.id.uuid(),
            kind: notification.kind,
            title: notification.title,
            body: notification.body,
            link: NotificationLinkBody {
                vehicle_id: notification.link.vehicle_id.map(Id::uuid),
                order_id: notification.link.order_id,
                response_id: notification.link.response_id.map(Id::uuid),
            },
            read_at: notification.read_at,
            created_at: notification.created_at,
            revision: notification.revision.get(),
        }
    }
}

/// How many notifications were marked as read.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationsReadBody {
    /// How many were not read before.
    pub marked: u64,
}

/// That a stream goes on from here.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationsReadyBody {}

/// A ticket for one socket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationTicketBody {
    /// To be given as `?ticket=` to `/notifications/ws`; good once.
    pub ticket: String,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for NotificationTicketBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotificationTicketBody").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl From<IssuedTicket> for NotificationTicketBody {
    fn from(issued: IssuedTicket) -> Self {
        Self { ticket: issued.ticket.expose_secret().to_owned(), expires_at: issued.expires_at }
    }
}
