//! Where notifications are kept.

use super::{Notification, Preferences, Ticket};
use crate::repository::Repository;

/// The notification service's storage. Reads that must stay fast: a user's notifications by id, newest first, all or
/// unread; by cause; tickets by hash.
pub trait NotificationRepository: Repository<Notification> + Repository<Preferences> + Repository<Ticket> {}

impl<T: Repository<Notification> + Repository<Preferences> + Repository<Ticket> + ?Sized> NotificationRepository for T {}
