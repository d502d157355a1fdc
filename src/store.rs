//! What a store must be.

use driveever_core::{
    ai::AiRepository, analytics::AnalyticsRepository, event::EventLog, event::ParkedRepository,
    idempotency::IdempotencyRepository, notification::NotificationRepository, order::OrderRepository,
    prompt::PromptRepository, user::UserRepository, vehicle::VehicleRepository,
};

/// Every port down to storage in one object. Whatever implements the ports is one; there is nothing to write.
pub trait Store:
    PromptRepository
    + AiRepository
    + VehicleRepository
    + OrderRepository
    + UserRepository
    + NotificationRepository
    + AnalyticsRepository
    + ParkedRepository
    + IdempotencyRepository
    + EventLog
{
}

impl<T> Store for T where
    T: PromptRepository
        + AiRepository
        + VehicleRepository
        + OrderRepository
        + UserRepository
        + NotificationRepository
        + AnalyticsRepository
        + ParkedRepository
        + IdempotencyRepository
        + EventLog
        + ?Sized
{
}

/// The contexts that have events, in the order in which a relay looks after them.
pub const CONTEXTS: [&str; 6] = ["order", "ai", "prompt", "user", "vehicle", "notification"];
