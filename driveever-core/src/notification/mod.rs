//! Notifications and reminders.
