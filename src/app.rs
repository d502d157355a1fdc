//! DriveEver, put together.

use std::{fmt, sync::Arc};

use driveever_core::{
    Error, RequestContext,
    ai::{AiService, Answers},
    analytics::{AnalyticsService, Projections},
    audit::AuditService,
    event::{EventHandler, EventLog, ParkedMessages, Relay},
    id::IdGenerator,
    idempotency::IdempotencyKeys,
    notification::{NotificationService, Reminders},
    order::{Ledger, NewOrder, OrderDetails, OrderService, Orders, QuestionClassifier},
    prompt::{PromptLibrary, PromptService, SeedReport},
    time::Clock,
    user::{PersonalData, UserService},
    vehicle::GarageService,
};

use crate::{Builder, Store};

/// Everything that the builder made.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) classify: QuestionClassifier,
    pub(crate) users: Arc<dyn UserService>,
    pub(crate) road_prompts: Arc<dyn PromptService>,
    pub(crate) library: Arc<dyn PromptLibrary>,
    #[cfg_attr(not(feature = "runtime"), expect(dead_code, reason = "swept by background work"))]
    pub(crate) answers: Arc<Answers>,
    pub(crate) ai: Arc<dyn AiService>,
    pub(crate) garage: Arc<dyn GarageService>,
    pub(crate) notifications: Arc<dyn NotificationService>,
    /// Reminders by the built-in notifications, when nobody's own stand in their place.
    #[cfg_attr(not(feature = "runtime"), expect(dead_code, reason = "made by background work"))]
    pub(crate) reminders: Option<Reminders>,
    pub(crate) projections: Projections,
    pub(crate) analytics: Arc<dyn AnalyticsService>,
    pub(crate) audit: Arc<dyn AuditService>,
    pub(crate) orders: Arc<dyn OrderService>,
    /// The built-in order service, when nobody's own stands in its place.
    pub(crate) built_in_orders: Option<Arc<Orders>>,
    pub(crate) ledger: Ledger,
    pub(crate) idempotency: IdempotencyKeys,
    pub(crate) parked: ParkedMessages,
    pub(crate) consumers: Vec<Arc<dyn EventHandler>>,
    pub(crate) relay: Relay,
    pub(crate) contexts: Vec<&'static str>,
    pub(crate) personal: Vec<Arc<dyn PersonalData>>,
    #[cfg(feature = "auth")]
    pub(crate) accounts: Option<crate::login::Accounts>,
}

/// DriveEver in one process: its services, and what runs in the background.
///
/// It is cheap to clone, and there is no global state: several live side by side.
#[derive(Clone)]
pub struct DriveEver {
    pub(crate) parts: Arc<Parts>,
}

impl fmt::Debug for DriveEver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriveEver").finish_non_exhaustive()
    }
}

/// A driver's question.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// In the driver's words.
    pub text: String,
    /// The vehicle's registration mark, as it was typed.
    pub registration: Option<String>,
    /// The category, when the driver named one.
    pub category: Option<driveever_core::prompt::PromptCategory>,
    /// The provider to ask first.
    pub provider: Option<String>,
}

impl Question {
    /// A question about no vehicle in particular.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// About the vehicle with this registration mark.
    pub fn about(mut self, registration: impl Into<String>) -> Self {
        self.registration = Some(registration.into());
        self
    }
}

impl DriveEver {
    /// Chooses what it is made of.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn of(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Seeds the golden library; a second time changes nothing, and what an editor changed stays as it is.
    ///
    /// # Errors
    /// The store's.
    pub async fn prepare(&self) -> Result<SeedReport, Error> {
        self.parts.library.seed(&RequestContext::system("prepare")).await
    }

    /// Takes up at once what an earlier process left, instead of when its leases end: its orders, its requests with
    /// idempotency keys, its deliveries of events. For a process that knows that it is the only one to serve this store
    /// and that has the name of the earlier one ([`Builder::worker`]); call it before anything else runs.
    ///
    /// # Errors
    /// The store's.
    pub async fn take_over(&self) -> Result<(), Error> {
        if let Some(orders) = &self.parts.built_in_orders {
            orders.release_former().await?;
        }
        self.parts.idempotency.release().await?;
        for context in crate::CONTEXTS {
            self.parts.store.release(context).await?;
        }
        Ok(())
    }

    /// The main road: facts, prompt, answer, order.
    ///
    /// # Errors
    /// See [`OrderService::place`].
    pub async fn ask(&self, request: &RequestContext, question: Question) -> Result<OrderDetails, Error> {
        let order = NewOrder {
            question: Some(question.text),
            registration_number: question.registration,
            category: question.category,
            provider: question.provider,
            ..NewOrder::default()
        };
        self.parts.orders.place(request, order).await
    }

    /// Hands every waiting event to its consumers, until none waits; gives how many. For tests and short-lived programs;
    /// a server runs [`DriveEver::background`].
    ///
    /// # Errors
    /// The store's.
    pub async fn settle(&self) -> Result<usize, Error> {
        let mut moved = 0;
        loop {
            let mut now = 0;
            for context in self.parts.contexts.iter().copied() {
                now += self.parts.relay.run_once(context).await?;
            }
            if now == 0 {
                return Ok(moved);
            }
            moved += now;
        }
    }

    /// Golden prompts, rendering and outcomes.
    pub fn prompts(&self) -> Arc<dyn PromptService> {
        self.parts.road_prompts.clone()
    }

    /// The prompt library: editing, versions, labels, records.
    pub fn library(&self) -> Arc<dyn PromptLibrary> {
        self.parts.library.clone()
    }

    /// Answers and feedback.
    pub fn ai(&self) -> Arc<dyn AiService> {
        self.parts.ai.clone()
    }

    /// Users' vehicles.
    pub fn garage(&self) -> Arc<dyn GarageService> {
        self.parts.garage.clone()
    }

    /// Orders and credit.
    pub fn orders(&self) -> Arc<dyn OrderService> {
        self.parts.orders.clone()
    }

    /// Who users are.
    pub fn users(&self) -> Arc<dyn UserService> {
        self.parts.users.clone()
    }

    /// DriveEver's own accounts, when [`Builder::login`] was set.
    #[cfg(feature = "auth")]
    pub fn accounts(&self) -> Option<&crate::login::Accounts> {
        self.parts.accounts.as_ref()
    }

    /// Notifications.
    pub fn notifications(&self) -> Arc<dyn NotificationService> {
        self.parts.notifications.clone()
    }

    /// Statistics.
    pub fn analytics(&self) -> Arc<dyn AnalyticsService> {
        self.parts.analytics.clone()
    }

    /// What the statistics are made of, and how they are rebuilt from the logs.
    pub fn projections(&self) -> &Projections {
        &self.parts.projections
    }

    /// The audit trail.
    pub fn audit(&self) -> Arc<dyn AuditService> {
        self.parts.audit.clone()
    }

    /// The ledger behind credit and the test processor.
    pub fn ledger(&self) -> &Ledger {
        &self.parts.ledger
    }

    /// Idempotency keys.
    pub fn idempotency(&self) -> &IdempotencyKeys {
        &self.parts.idempotency
    }

    /// Deliveries that kept failing.
    pub fn parked(&self) -> &ParkedMessages {
        &self.parts.parked
    }

    /// The consumer of events with this name.
    pub fn consumer(&self, name: &str) -> Option<Arc<dyn EventHandler>> {
        self.parts.consumers.iter().find(|consumer| consumer.consumer() == name).cloned()
    }

    /// The event logs.
    pub fn log(&self) -> Arc<dyn EventLog> {
        self.parts.store.clone()
    }

    /// Every context that keeps personal data, for an application that erases its users itself.
    pub fn personal_data(&self) -> &[Arc<dyn PersonalData>] {
        &self.parts.personal
    }

    /// Which category a question is of.
    pub fn classify(&self, question: &str) -> driveever_core::prompt::PromptCategory {
        (self.parts.classify)(question)
    }

    /// The present.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.parts.clock
    }

    /// New ids.
    pub fn ids(&self) -> &Arc<dyn IdGenerator> {
        &self.parts.ids
    }
}
