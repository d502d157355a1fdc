//! Doubles of every port, for unit tests (feature `mock`, which no shipped crate turns on): each has the name of its trait
//! after `Mock` and is told what to expect as [mockall] documents.
//!
//! A port down to storage is the repositories of its entities and one way to write, so its double has a part for each:
//!
//! ```
//! use driveever_core::{id::Id, mock::MockVehicleRepository, repository::Repository, vehicle::Vehicle};
//! # futures_util::FutureExt::now_or_never(async {
//!
//! let mut repository = MockVehicleRepository::default();
//! repository.vehicles.expect_get().returning(|_| Ok(None));
//! let id = Id::<Vehicle>::new(uuid::Uuid::nil());
//! assert!(repository.get(id).await.is_ok_and(|found| found.is_none()));
//! # });
//! ```
//!
//! Where a test cares for what is stored and not for which calls were made, `driveever-memory` says more with less.

use async_trait::async_trait;
use mockall::mock;
use uuid::Uuid;

use crate::{
    ai::{
        AiContext, AiResponse, Feedback, FeedbackHistory,
        rules::{Consulted, Matter, RuleBook},
    },
    analytics::{AnalyticsContext, Projection},
    changes::Changes,
    entity::{Context, Entity},
    error::StoreError,
    event::{Events, ParkedMessage},
    id::Id,
    idempotency::{GatewayContext, IdempotencyRecord},
    notification::{Notification, NotificationContext, Preferences, Ticket},
    order::{AdviceSaga, LedgerAccount, LedgerTransaction, Order, OrderContext, OrderItem, OrderTransition},
    prompt::{
        CategoryPerformance, Exposure, Label, LabelMove, Prompt, PromptContext, PromptVersion, VersionPerformance,
    },
    query::Query,
    reads::{Found, Reads},
    repository::{ContextStore, Repository},
    user::{AdminRoster, Credential, Erasure, RefreshToken, Session, SigningKey, User, UserContext},
    vehicle::{Vehicle, VehicleContext},
};

pub use crate::{
    ai::{MockAiObserver, MockAiService, text_model::MockTextModel},
    analytics::MockAnalyticsService,
    audit::MockAuditService,
    event::{MockEventBus, MockEventHandler, MockEventLog, MockLiveSink},
    id::MockIdGenerator,
    notification::{MockNotificationService, MockReminderSource, MockTicketSecrets},
    order::{MockOrderService, payment::MockPaymentProcessor},
    prompt::{MockPromptLibrary, MockPromptService},
    time::{MockClock, MockTimer},
    user::{
        MockAccountService, MockAttemptLimiter, MockAuthService, MockKeySource, MockPasswordHasher, MockPersonalData,
        MockPrivacyService, MockSecretGenerator, MockTokenReader, MockTokenSigner, MockTokenVerifier, MockUserService,
    },
    vehicle::{MockGarageService, MockVehicleService, source::MockVehicleDataSource},
};

mock! {
    /// A body of rules.
    pub RuleBook {}

    impl RuleBook for RuleBook {
        // The lifetime is named for the macro, which finds no hidden ones.
        fn consult<'a>(&self, matter: &Matter<'a>) -> Consulted;
    }
}

mock! {
    /// What a [`Repository`] of one entity answers.
    pub Reads<E: Entity> {
        /// As [`Repository::get`].
        pub async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError>;
        /// As [`Repository::find`].
        pub async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError>;
        /// As [`Repository::count`].
        pub async fn count(&self, query: &Query<E>) -> Result<u64, StoreError>;
    }
}

mock! {
    /// What a [`ContextStore`] does with changes, and finds of several entities.
    pub Writes<C: Context> {
        /// As [`ContextStore::commit`].
        pub async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError>;
        /// As [`ContextStore::find_all`].
        pub async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError>;
        /// As [`ContextStore::handled`].
        pub async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError>;
    }
}

/// Declares the double of a context's repository: one part for writes, one for the reads of each entity.
macro_rules! repositories {
    ($($name:ident of $context:ty { $($field:ident: $entity:ty),+ })+) => {
        $(
            #[doc = concat!("A double of the port that `", stringify!($name), "` is named after.")]
            #[derive(Default)]
            pub struct $name {
                /// Changes that are committed.
                pub writes: MockWrites<$context>,
                $(
                    #[doc = concat!("Reads of a [`", stringify!($entity), "`].")]
                    pub $field: MockReads<$entity>,
                )+
            }

            #[async_trait]
            impl ContextStore<$context> for $name {
                async fn commit(&self, changes: Changes<$context>) -> Result<(), StoreError> {
                    self.writes.commit(changes).await
                }

                async fn find_all(&self, reads: Reads<$context>) -> Result<Found<$context>, StoreError> {
                    self.writes.find_all(reads).await
                }

                async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
                    self.writes.handled(events).await
                }
            }

            $(
                #[async_trait]
                impl Repository<$entity> for $name {
                    async fn get(&self, id: Id<$entity>) -> Result<Option<$entity>, StoreError> {
                        self.$field.get(id).await
                    }

                    async fn find(&self, query: &Query<$entity>) -> Result<Vec<$entity>, StoreError> {
                        self.$field.find(query).await
                    }

                    async fn count(&self, query: &Query<$entity>) -> Result<u64, StoreError> {
                        self.$field.count(query).await
                    }
                }
            )+
        )+
    };
}

repositories! {
    MockAiRepository of AiContext {
        responses: AiResponse, feedback: Feedback, feedback_history: FeedbackHistory
    }
    MockAnalyticsRepository of AnalyticsContext { projections: Projection }
    MockIdempotencyRepository of GatewayContext { records: IdempotencyRecord }
    MockNotificationRepository of NotificationContext {
        notifications: Notification, preferences: Preferences, tickets: Ticket
    }
    MockOrderRepository of OrderContext {
        orders: Order, items: OrderItem, transitions: OrderTransition, sagas: AdviceSaga,
        ledger_transactions: LedgerTransaction, ledger_accounts: LedgerAccount
    }
    MockParkedRepository of Events { messages: ParkedMessage }
    MockPromptRepository of PromptContext {
        prompts: Prompt, versions: PromptVersion, labels: Label, label_moves: LabelMove, exposures: Exposure,
        version_performances: VersionPerformance, category_performances: CategoryPerformance
    }
    MockUserRepository of UserContext {
        users: User, credentials: Credential, sessions: Session, refresh_tokens: RefreshToken, signing_keys: SigningKey,
        admin_rosters: AdminRoster, erasures: Erasure
    }
    MockVehicleRepository of VehicleContext { vehicles: Vehicle }
}
