//! What handlers work with: the services, behind their traits.

use std::{fmt, ops::Deref, sync::Arc, time::Duration};

use driveever_core::{
    ai::AiService,
    analytics::AnalyticsService,
    audit::AuditService,
    event::{EventHandler, EventLog, ParkedMessages},
    notification::NotificationService,
    order::OrderService,
    prompt::{PromptCategory, PromptLibrary, PromptService},
    time::Clock,
    user::{AccountService, AuthService, PrivacyService, UserService},
    vehicle::GarageService,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::live::Live;

/// Gives the categories of a question with their scores.
pub type Classify = dyn Fn(&str) -> Vec<(PromptCategory, f64)> + Send + Sync;

/// Gives the consumer with a name.
pub type Consumers = dyn Fn(&str) -> Option<Arc<dyn EventHandler>> + Send + Sync;

/// The services that this process offers, shared by all requests.
#[derive(Debug, Clone)]
pub struct Services(Arc<Offered>);

impl From<Offered> for Services {
    fn from(offered: Offered) -> Self {
        Self(Arc::new(offered))
    }
}

impl Deref for Services {
    type Target = Offered;

    fn deref(&self) -> &Offered {
        &self.0
    }
}

/// What there is to offer. Which implementation stands behind a trait, handlers cannot tell.
pub struct Offered {
    /// Accounts.
    pub users: Arc<dyn UserService>,
    /// Registration, roles.
    pub accounts: Arc<dyn AccountService>,
    /// Login and sessions.
    pub auth: Arc<dyn AuthService>,
    /// Export and erasure.
    pub privacy: Arc<dyn PrivacyService>,
    /// Golden prompts and outcomes.
    pub prompts: Arc<dyn PromptService>,
    /// The prompt library.
    pub library: Arc<dyn PromptLibrary>,
    /// Categories of a question with their scores, the likeliest first.
    pub classify: Arc<Classify>,
    /// Answers.
    pub ai: Arc<dyn AiService>,
    /// Users' vehicles.
    pub garage: Arc<dyn GarageService>,
    /// Orders and credit.
    pub orders: Arc<dyn OrderService>,
    /// Notifications.
    pub notifications: Arc<dyn NotificationService>,
    /// Statistics.
    pub analytics: Arc<dyn AnalyticsService>,
    /// The audit trail.
    pub audit: Arc<dyn AuditService>,
    /// Deliveries that kept failing.
    pub parked: ParkedMessages,
    /// The event logs.
    pub log: Arc<dyn EventLog>,
    /// Consumers by name, for the replay of a parked message.
    pub consumers: Arc<Consumers>,
    /// Events as they pass, for open sockets.
    pub live: Live,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// How long a client who places an order waits for its end when that is not known at once.
    pub order_wait: Duration,
    /// Work that must come to its end although its client is gone; the server waits for it before it stops.
    pub tasks: TaskTracker,
    /// Cancelled when the server begins to stop: open streams end.
    pub stop: CancellationToken,
}

impl fmt::Debug for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offered").finish_non_exhaustive()
    }
}
