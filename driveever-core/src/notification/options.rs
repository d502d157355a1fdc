//! How the notification service works.

use std::time::Duration;

/// Settings of the notification service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationOptions {
    /// How many days before the day something is due its owner is reminded; 0 is the day itself. In any order.
    pub reminder_days: Vec<u32>,
    /// Vehicles that one step of the reminders takes together.
    pub reminder_batch: u32,
    /// How long a socket's ticket is good.
    pub ticket_ttl: Duration,
    /// Unused tickets that a user may have at a time.
    pub tickets_a_user: u64,
    /// Notifications that one call gives to a reader who comes back to a stream.
    pub resume_batch: u32,
}

impl Default for NotificationOptions {
    fn default() -> Self {
        Self {
            reminder_days: vec![30, 14, 7, 1, 0],
            reminder_batch: 500,
            ticket_ttl: Duration::from_secs(30),
            tickets_a_user: 20,
            resume_batch: 200,
        }
    }
}
