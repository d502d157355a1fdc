//! Tells users what concerns them: exactly one notification a cause, however often the cause is delivered.
//!
//! [`Notifications`] serves what users were told and consumes the events that lead to it; [`Reminders`] is the step that
//! reminds of what is due. Open sockets are served by whoever has them: they follow `notification.created` and, when they
//! come back, [`NotificationService::since`]. A new kind is a variant of [`NotificationKind`] and its words in
//! `compose`.

mod compose;
pub mod event;
mod model;
mod notifications;
mod options;
mod personal;
mod reminders;
mod repository;
mod service;
mod tickets;

pub use model::{
    Kinds, Link, Notification, NotificationContext, NotificationId, NotificationKind, Preferences, Ticket,
};
pub use notifications::Notifications;
pub use options::NotificationOptions;
#[cfg(feature = "mock")]
pub use reminders::MockReminderSource;
pub use reminders::{DueCursor, DueVehicle, ReminderKind, ReminderSource, Reminders};
pub use repository::NotificationRepository;
#[cfg(feature = "mock")]
pub use service::MockNotificationService;
pub use service::{IssuedTicket, NotificationService, PreferenceView};
#[cfg(feature = "mock")]
pub use tickets::MockTicketSecrets;
pub use tickets::TicketSecrets;

use crate::entity::{Entity, Schema};

/// The tables of this context.
pub const SCHEMAS: &[&Schema] = &[Notification::SCHEMA, Preferences::SCHEMA, Ticket::SCHEMA];
