//! Every port has a double, and doubles do what they are for: faults that no store makes at will.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use driveever_core::{
    Error, RequestContext, StoreError,
    ai::{self, AiObserver, AiRepository, AiService},
    analytics::{AnalyticsRepository, AnalyticsService},
    audit::AuditService,
    event::{EventBus, EventHandler, EventLog, LiveSink, ParkedRepository},
    id::{Id, IdGenerator, SystemIds},
    idempotency::IdempotencyRepository,
    mock::*,
    notification::{NotificationRepository, NotificationService, ReminderSource, TicketSecrets},
    order::{OrderRepository, OrderService, payment::PaymentProcessor},
    prompt::{PromptLibrary, PromptRepository, PromptService},
    time::{Clock, SystemClock, Timer},
    user::{
        AccountService, AttemptLimiter, AuthService, KeySource, PasswordHasher, PersonalData, PrivacyService,
        SecretGenerator, TokenReader, TokenSigner, TokenVerifier, UserRepository, UserService,
    },
    vehicle::{self, GarageService, VehicleRepository, VehicleService, Vehicles},
};

/// Names each port, once its double is seen to be one.
macro_rules! doubled {
    ($($port:path => $double:ident),+ $(,)?) => {
        [$({
            let _: Box<dyn $port> = Box::new($double::default());
            stringify!($port).rsplit("::").next().unwrap().trim()
        }),+]
    };
}

/// Traits that are no ports: what entities are, what is generic over them, and what follows from others.
const NO_PORTS: [&str; 9] = [
    "Column",
    "Context",
    "ContextStore",
    "Entity",
    "EventBody",
    "Repository",
    "RepositoryExt",
    "Sortable",
    "Versioned",
];

fn traits_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            traits_in(&entry.path(), found);
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let names = text.lines().filter_map(|line| line.strip_prefix("pub trait "));
        found.extend(names.filter_map(|rest| rest.split([':', '<', ' ']).next()).map(str::to_owned));
    }
}

#[test]
fn every_port_has_a_double() {
    let doubled = doubled![
        AccountService => MockAccountService,
        AiObserver => MockAiObserver,
        AiRepository => MockAiRepository,
        AiService => MockAiService,
        AnalyticsRepository => MockAnalyticsRepository,
        AnalyticsService => MockAnalyticsService,
        AttemptLimiter => MockAttemptLimiter,
        AuditService => MockAuditService,
        AuthService => MockAuthService,
        Clock => MockClock,
        EventBus => MockEventBus,
        EventHandler => MockEventHandler,
        EventLog => MockEventLog,
        GarageService => MockGarageService,
        IdGenerator => MockIdGenerator,
        IdempotencyRepository => MockIdempotencyRepository,
        KeySource => MockKeySource,
        LiveSink => MockLiveSink,
        NotificationRepository => MockNotificationRepository,
        NotificationService => MockNotificationService,
        OrderRepository => MockOrderRepository,
        OrderService => MockOrderService,
        ParkedRepository => MockParkedRepository,
        PasswordHasher => MockPasswordHasher,
        PaymentProcessor => MockPaymentProcessor,
        PersonalData => MockPersonalData,
        PrivacyService => MockPrivacyService,
        PromptLibrary => MockPromptLibrary,
        PromptRepository => MockPromptRepository,
        PromptService => MockPromptService,
        ReminderSource => MockReminderSource,
        SecretGenerator => MockSecretGenerator,
        TicketSecrets => MockTicketSecrets,
        Timer => MockTimer,
        TokenReader => MockTokenReader,
        TokenSigner => MockTokenSigner,
        TokenVerifier => MockTokenVerifier,
        UserRepository => MockUserRepository,
        UserService => MockUserService,
        VehicleRepository => MockVehicleRepository,
        VehicleService => MockVehicleService,
        ai::rules::RuleBook => MockRuleBook,
        ai::text_model::TextModel => MockTextModel,
        vehicle::source::VehicleDataSource => MockVehicleDataSource,
    ];
    let mut traits = BTreeSet::new();
    traits_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut traits);
    let ports: Vec<&str> = traits.iter().map(String::as_str).filter(|name| !NO_PORTS.contains(name)).collect();
    assert_eq!(ports, doubled.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_store_that_fails_is_told_from_one_that_has_nothing() {
    let mut repository = MockVehicleRepository::default();
    let mut answers =
        [Ok(None), Err(StoreError::Unavailable { detail: "the disk is full".into(), source: None })].into_iter();
    repository.vehicles.expect_get().times(2).returning(move |_| answers.next().unwrap());
    let vehicles = Vehicles::new(
        Arc::new(repository),
        None,
        Arc::new(SystemClock),
        Arc::new(SystemIds),
        vehicle::VehicleOptions::default(),
    );
    let request = RequestContext::user(Id::new(uuid::Uuid::from_u128(1)), "request-1");
    let id = Id::new(uuid::Uuid::from_u128(2));
    assert!(matches!(vehicles.vehicle(&request, id).await, Err(Error::NotFound { kind: "vehicle" })));
    let failed = vehicles.vehicle(&request, id).await.unwrap_err();
    assert!(matches!(&failed, Error::Store(StoreError::Unavailable { .. })), "{failed:?}");
    assert!(failed.is_retryable());
}
