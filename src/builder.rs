//! Puts the services together.

use std::{fmt, sync::Arc};

use driveever_core::{
    Error,
    ai::{
        AiObserver, AiOptions, AiService, Answers,
        price::PriceTable,
        rules::{NoRules, RuleBook},
        text_model::TextModel,
    },
    analytics::{AnalyticsOptions, AnalyticsService, Projections, Statistics},
    audit::{AuditService, AuditTrail},
    entity::Context,
    event::{EventHandler, InProcessBus, LiveSink, ParkedMessages, Relay, RelayOptions},
    id::{IdGenerator, SystemIds},
    idempotency::{IdempotencyKeys, IdempotencyOptions},
    notification::{NotificationOptions, NotificationService, Notifications, Reminders},
    order::{
        Ledger, OrderOptions, OrderPorts, OrderService, Orders, PaymentMode, QuestionClassifier,
        payment::PaymentProcessor,
    },
    prompt::{PromptCategory, PromptLibrary, PromptOptions, PromptService, Prompts, classify::Classifier},
    time::{Clock, SystemClock},
    user::{PersonalData, UserService},
    vehicle::{
        GarageService, VehicleOptions, VehicleService, Vehicles, cache::CachedVehicleSource, source::VehicleDataSource,
    },
};
use uuid::Uuid;

use crate::{
    CONTEXTS, DriveEver, Store,
    app::Parts,
    ports::{TrustedUsers, UuidSecrets},
};

/// How often a message is delivered before it is parked.
const MAX_ATTEMPTS: u32 = 8;

/// Puts one prompt service around another.
type WrapPrompts = Box<dyn FnOnce(Arc<dyn PromptService>) -> Arc<dyn PromptService> + Send + Sync>;

/// Chooses what DriveEver is made of; every choice has a default. See [`DriveEver::builder`].
pub struct Builder {
    store: Option<Arc<dyn Store>>,
    models: Vec<Arc<dyn TextModel>>,
    rules: Option<Arc<dyn RuleBook>>,
    observer: Option<Arc<dyn AiObserver>>,
    prices: Option<PriceTable>,
    vehicle_source: Option<Arc<dyn VehicleDataSource>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    payment: PaymentMode,
    users: Option<Arc<dyn UserService>>,
    prompts: Option<Arc<dyn PromptService>>,
    wrap_prompts: Option<WrapPrompts>,
    ai: Option<Arc<dyn AiService>>,
    vehicles: Option<Arc<dyn VehicleService>>,
    library: Option<Arc<dyn PromptLibrary>>,
    garage: Option<Arc<dyn GarageService>>,
    orders: Option<Arc<dyn OrderService>>,
    notifications: Option<Arc<dyn NotificationService>>,
    analytics: Option<Arc<dyn AnalyticsService>>,
    audit: Option<Arc<dyn AuditService>>,
    personal: Vec<Arc<dyn PersonalData>>,
    contexts: Vec<&'static str>,
    payments: Option<Arc<dyn PaymentProcessor>>,
    classify: QuestionClassifier,
    consumers: Vec<Arc<dyn EventHandler>>,
    sinks: Vec<Arc<dyn LiveSink>>,
    #[cfg(feature = "auth")]
    login: Option<crate::login::Login>,
    worker: Option<Uuid>,
    options: Options,
}

/// Limits and times of every service.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The prompt library's.
    pub prompts: PromptOptions,
    /// The AI service's.
    pub ai: AiOptions,
    /// The vehicle service's.
    pub vehicles: VehicleOptions,
    /// The order service's.
    pub orders: OrderOptions,
    /// The notification service's.
    pub notifications: NotificationOptions,
    /// The statistics'.
    pub analytics: AnalyticsOptions,
    /// Idempotency keys'.
    pub idempotency: IdempotencyOptions,
    /// The relay's.
    pub relay: RelayOptions,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.models.iter().map(|model| model.provider()).collect();
        f.debug_struct("Builder").field("models", &models).field("payment", &self.payment).finish_non_exhaustive()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            store: None,
            models: Vec::new(),
            rules: None,
            observer: None,
            prices: None,
            vehicle_source: None,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            payment: PaymentMode::Test,
            users: None,
            prompts: None,
            wrap_prompts: None,
            ai: None,
            vehicles: None,
            library: None,
            garage: None,
            orders: None,
            notifications: None,
            analytics: None,
            audit: None,
            personal: Vec::new(),
            contexts: CONTEXTS.to_vec(),
            payments: None,
            classify: Arc::new(|question| Classifier::bundled().classify(question).category),
            consumers: Vec::new(),
            sinks: Vec::new(),
            #[cfg(feature = "auth")]
            login: None,
            worker: None,
            options: Options::default(),
        }
    }
}

impl Builder {
    /// Where everything is kept. Default: in memory (feature `memory`).
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Adds a model; those added first are asked first. Default: the offline advisor (feature `providers`).
    pub fn model(mut self, model: Arc<dyn TextModel>) -> Self {
        self.models.push(model);
        self
    }

    /// Who watches every try at a model and every breaker that moves. Default: nobody.
    pub fn observer(mut self, observer: Arc<dyn AiObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// What tokens cost. Default: nothing is known, and an answer has a cost only where its provider says one.
    pub fn prices(mut self, prices: PriceTable) -> Self {
        self.prices = Some(prices);
        self
    }

    /// The rules and figures that answers may cite. Default: those that ship with the offline advisor (feature
    /// `providers`), else none.
    pub fn rules(mut self, rules: Arc<dyn RuleBook>) -> Self {
        self.rules = Some(rules);
        self
    }

    /// Where vehicle records come from; what it says is remembered for a while. Default: nowhere, the owner's word is all.
    pub fn vehicle_source(mut self, source: Arc<dyn VehicleDataSource>) -> Self {
        self.vehicle_source = Some(source);
        self
    }

    /// The present. Default: the system's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// New ids. Default: version 7 UUIDs of the system.
    pub fn ids(mut self, ids: Arc<dyn IdGenerator>) -> Self {
        self.ids = ids;
        self
    }

    /// Where the built-in ledger takes the money from. Default: a test processor that funds every order.
    pub fn payment(mut self, mode: PaymentMode) -> Self {
        self.payment = mode;
        self
    }

    /// Limits and times.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Your own user service. Default: [`TrustedUsers`](crate::TrustedUsers), or DriveEver's accounts when
    /// [`Builder::login`] is set.
    pub fn users(mut self, users: Arc<dyn UserService>) -> Self {
        self.users = Some(users);
        self
    }

    /// Your own prompt service on the road of a question.
    pub fn prompts(mut self, prompts: Arc<dyn PromptService>) -> Self {
        self.prompts = Some(prompts);
        self
    }

    /// Puts something of yours around the prompt service on the road of a question: a cache, a measurement, a witness.
    pub fn wrap_prompts(
        mut self,
        wrap: impl FnOnce(Arc<dyn PromptService>) -> Arc<dyn PromptService> + Send + Sync + 'static,
    ) -> Self {
        self.wrap_prompts = Some(Box::new(wrap));
        self
    }

    /// Your own AI service.
    pub fn ai(mut self, ai: Arc<dyn AiService>) -> Self {
        self.ai = Some(ai);
        self
    }

    /// Your own vehicle service on the road of a question.
    pub fn vehicles(mut self, vehicles: Arc<dyn VehicleService>) -> Self {
        self.vehicles = Some(vehicles);
        self
    }

    /// Your own prompt library, for editors; [`DriveEver::prepare`] lets it seed itself.
    pub fn library(mut self, library: Arc<dyn PromptLibrary>) -> Self {
        self.library = Some(library);
        self
    }

    /// Your own garage, where users keep their vehicles.
    pub fn garage(mut self, garage: Arc<dyn GarageService>) -> Self {
        self.garage = Some(garage);
        self
    }

    /// Your own order service: [`DriveEver::ask`] places its orders there, and recovery calls it.
    pub fn orders(mut self, orders: Arc<dyn OrderService>) -> Self {
        self.orders = Some(orders);
        self
    }

    /// Your own notifications; the built-in ones take no events and make no reminders then. Yours learn of what happens as a
    /// [`consumer`](Self::consumer).
    pub fn notifications(mut self, notifications: Arc<dyn NotificationService>) -> Self {
        self.notifications = Some(notifications);
        self
    }

    /// Your own statistics; the built-in projections are still kept, for [`DriveEver::projections`].
    pub fn analytics(mut self, analytics: Arc<dyn AnalyticsService>) -> Self {
        self.analytics = Some(analytics);
        self
    }

    /// Your own audit trail.
    pub fn audit(mut self, audit: Arc<dyn AuditService>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Adds what your own tables keep about users to their export and erasure.
    pub fn personal_data(mut self, personal: Arc<dyn PersonalData>) -> Self {
        self.personal.push(personal);
        self
    }

    /// Your own payment processor. Default: the built-in ledger.
    pub fn payments(mut self, payments: Arc<dyn PaymentProcessor>) -> Self {
        self.payments = Some(payments);
        self
    }

    /// Your own classifier of questions. Default: the one that ships with the library.
    pub fn classify(mut self, classify: impl Fn(&str) -> PromptCategory + Send + Sync + 'static) -> Self {
        self.classify = Arc::new(classify);
        self
    }

    /// Adds a consumer of events.
    pub fn consumer(mut self, consumer: Arc<dyn EventHandler>) -> Self {
        self.consumers.push(consumer);
        self
    }

    /// Relays the events of a context of your own too, which its changes cause in the same store.
    pub fn context<C: Context>(mut self) -> Self {
        self.contexts.push(C::NAME);
        self
    }

    /// Adds a listener for events as they pass.
    pub fn sink(mut self, sink: Arc<dyn LiveSink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// The name under which this process holds the orders that it works on. Default: one of its own. A name that the next
    /// process has too lets that one take up at once what this one leaves: see [`DriveEver::take_over`].
    pub const fn worker(mut self, worker: Uuid) -> Self {
        self.worker = Some(worker);
        self
    }

    /// DriveEver's own accounts with passwords and tokens.
    #[cfg(feature = "auth")]
    pub fn login(mut self, login: crate::login::Login) -> Self {
        self.login = Some(login);
        self
    }

    /// Puts everything together. Nothing runs and nothing is written yet; see [`DriveEver::prepare`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is missing (a store, a model) or contradicts itself.
    pub fn build(mut self) -> Result<DriveEver, Error> {
        self.defaults()?;
        let store =
            self.store.take().ok_or_else(|| Error::invalid("store", "is required: the feature `memory` is off"))?;
        let (clock, ids) = (self.clock.clone(), self.ids.clone());
        let options = self.options.clone();

        let prompts = Arc::new(Prompts::new(store.clone(), clock.clone(), ids.clone(), options.prompts));
        let answers =
            Answers::new(store.clone(), std::mem::take(&mut self.models), clock.clone(), ids.clone(), options.ai)?;
        let answers = Arc::new(self.equipped(answers)?);
        let source = self.vehicle_source.take().map(|source| {
            Arc::new(CachedVehicleSource::new(source, clock.clone(), options.vehicles.ages))
                as Arc<dyn VehicleDataSource>
        });
        let vehicles = Arc::new(Vehicles::new(store.clone(), source, clock.clone(), ids.clone(), options.vehicles));
        let notifications =
            Notifications::new(store.clone(), clock.clone(), ids.clone(), Arc::new(UuidSecrets), options.notifications);
        let projections = Projections::new(store.clone());

        let idempotency = IdempotencyKeys::new(store.clone(), clock.clone(), ids.clone(), options.idempotency);
        #[cfg(feature = "auth")]
        let idempotency = match &self.login {
            Some(login) => idempotency.with_secret(login.fingerprints()),
            None => idempotency,
        };
        #[cfg(feature = "auth")]
        let accounts = self.login.take().map(|login| login.accounts(store.clone(), clock.clone(), ids.clone()));
        #[cfg(feature = "auth")]
        if let Some(accounts) = &accounts {
            self.users.get_or_insert(accounts.users.clone());
            self.sinks.push(accounts.users.revocations().clone());
        }

        let road_prompts = self.prompts.take().unwrap_or_else(|| prompts.clone());
        let road_prompts = match self.wrap_prompts.take() {
            Some(wrap) => wrap(road_prompts),
            None => road_prompts,
        };
        let ledger = Ledger::new(store.clone(), clock.clone(), ids.clone(), self.payment);
        let ports = OrderPorts {
            store: store.clone(),
            users: self.users.take().unwrap_or_else(|| Arc::new(TrustedUsers)),
            vehicles: self.vehicles.take().unwrap_or_else(|| vehicles.clone()),
            prompts: road_prompts.clone(),
            ai: self.ai.take().unwrap_or_else(|| answers.clone()),
            rules: self.rules.take().unwrap_or_else(|| Arc::new(NoRules)),
            classify: self.classify.clone(),
            payments: self.payments.take().unwrap_or_else(|| Arc::new(ledger.clone())),
            ledger: ledger.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let (users, ai) = (ports.users.clone(), ports.ai.clone());
        let orders = Orders::new(ports, options.orders);
        let orders = Arc::new(match self.worker {
            Some(worker) => orders.named(worker),
            None => orders,
        });

        let told = notifications.clone();
        let mut consumers: Vec<Arc<dyn EventHandler>> = vec![prompts.clone(), Arc::new(projections.clone())];
        if self.notifications.is_none() {
            consumers.push(Arc::new(told.clone()));
        }
        consumers.append(&mut self.consumers);
        let parked = ParkedMessages::new(store.clone(), clock.clone(), ids.clone());
        let bus = self.bus(&parked, &consumers);
        let relay = Relay::new(store.clone(), Arc::new(bus), clock.clone(), ids.as_ref(), options.relay);

        let mut personal: Vec<Arc<dyn PersonalData>> =
            vec![orders.clone(), answers.clone(), vehicles.clone(), prompts.clone(), Arc::new(told.clone())];
        personal.append(&mut self.personal);
        // After the others, whose requests under way may still keep an answer while those erase.
        personal.push(Arc::new(idempotency.clone()));
        Ok(DriveEver::of(Parts {
            audit: self.audit.unwrap_or_else(|| Arc::new(AuditTrail::new(store.clone()))),
            analytics: self
                .analytics
                .unwrap_or_else(|| Arc::new(Statistics::new(store.clone(), clock.clone(), options.analytics))),
            idempotency,
            reminders: self.notifications.is_none().then(|| Reminders::new(told, vehicles.clone())),
            notifications: self.notifications.unwrap_or_else(|| Arc::new(notifications)),
            #[cfg(feature = "auth")]
            accounts: accounts.map(|accounts| accounts.with_privacy(personal.clone())),
            personal,
            library: self.library.unwrap_or(prompts),
            garage: self.garage.unwrap_or(vehicles),
            built_in_orders: self.orders.is_none().then(|| orders.clone()),
            orders: self.orders.unwrap_or(orders),
            contexts: self.contexts,
            users,
            road_prompts,
            ai,
            answers,
            projections,
            ledger,
            parked,
            consumers,
            relay,
            store,
            clock,
            ids,
            classify: self.classify,
        }))
    }

    /// With what the AI service can do without.
    fn equipped(&mut self, mut answers: Answers) -> Result<Answers, Error> {
        #[cfg(feature = "runtime")]
        {
            answers = answers.with_timer(Arc::new(crate::background::TokioTimer));
        }
        if let Some(observer) = self.observer.take() {
            answers = answers.with_observer(observer);
        }
        match self.prices.take() {
            Some(prices) => answers.with_prices(prices),
            None => Ok(answers),
        }
    }

    fn bus(&mut self, parked: &ParkedMessages, consumers: &[Arc<dyn EventHandler>]) -> InProcessBus {
        let bus = consumers.iter().cloned().fold(InProcessBus::new(parked.clone(), MAX_ATTEMPTS), |bus, consumer| {
            bus.with_handler(crate::background::patient(consumer))
        });
        self.sinks.drain(..).fold(bus, InProcessBus::with_sink)
    }

    fn defaults(&mut self) -> Result<(), Error> {
        #[cfg(feature = "memory")]
        self.store.get_or_insert_with(|| Arc::new(driveever_memory::MemoryStore::new()));
        #[cfg(feature = "providers")]
        if self.models.is_empty() {
            self.models.push(Arc::new(driveever_providers::offline::OfflineAdvisor::new(self.clock.clone())));
        }
        #[cfg(feature = "providers")]
        self.rules.get_or_insert_with(|| Arc::new(driveever_providers::rulebook::EmbeddedRules));
        if self.models.is_empty() && self.ai.is_none() {
            return Err(Error::invalid("model", "at least one is required: the feature `providers` is off"));
        }
        Ok(())
    }
}
