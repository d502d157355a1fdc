//! An order service whose neighbours are fakes that can be told to fail, over a store that can be told to die.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use driveever_core::{
    Error, RequestContext, Role, StoreError,
    ai::{
        AiHealth, AiResponse, AiService, AnswerStream, Attempts, Feedback, GenerateRequest, ModelError, NewFeedback,
        ProviderInfo, ProviderStatus, ResponseError, ResponseId, Sources, rules::NoRules,
    },
    changes::Changes,
    entity::{Context, Entity, Revision},
    id::{Id, IdGenerator, SequentialIds},
    money::Money,
    order::{
        Ledger, NewOrder, Order, OrderContext, OrderId, OrderOptions, OrderPorts, Orders, PaymentMode,
        payment::{
            Authorisation, Authorise, Capture, PaymentError, PaymentKey, PaymentOutcome, PaymentProcessor, Posted,
            Refund, Void,
        },
    },
    page::{Page, PageRequest},
    prompt::{
        ExposureId, GoldenChoice, GoldenRequest, Outcome, Prompt, PromptCategory, PromptId, PromptService,
        PromptVersion, Rendered, Variable, VariableType, VariableValues, Variables,
    },
    query::Query,
    reads::{Found, Reads},
    repository::{ContextStore, Repository},
    request::Roles,
    time::{FixedClock, Timestamp},
    user::{User, UserId, UserService},
    vehicle::{FactsRequest, VehicleFacts, VehicleService},
};
use driveever_memory::MemoryStore;
use uuid::Uuid;

/// Failures to come, by the name of the call.
#[derive(Default)]
pub(crate) struct Script(Mutex<HashMap<&'static str, VecDeque<Fault>>>);

type Fault = fn() -> Error;

impl Script {
    pub(crate) fn fail(&self, call: &'static str, times: usize, error: Fault) {
        self.0.lock().unwrap().entry(call).or_default().extend(vec![error; times]);
    }

    fn check(&self, call: &'static str) -> Result<(), Error> {
        let next = self.0.lock().unwrap().get_mut(call).and_then(VecDeque::pop_front);
        next.map_or(Ok(()), |error| Err(error()))
    }
}

pub(crate) fn unavailable() -> Error {
    Error::Unavailable { what: "the other side", detail: "it does not answer".into() }
}

pub(crate) fn model_down() -> Error {
    Error::Model {
        source: ModelError::Unavailable { detail: "down".into(), retry_after: None },
        response: None,
        order: None,
    }
}

/// What the fakes remember: it outlives the order service's process.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) script: Script,
    pub(crate) exposures: Mutex<BTreeSet<ExposureId>>,
    pub(crate) withdrawn: Mutex<BTreeSet<ExposureId>>,
    /// Taken back before anything was served under them.
    pub(crate) never_served: Mutex<BTreeSet<ExposureId>>,
    pub(crate) rendered: Mutex<Vec<VariableValues>>,
    pub(crate) answers: Mutex<BTreeMap<ResponseId, AiResponse>>,
    pub(crate) generated: AtomicU32,
}

#[async_trait]
impl UserService for Outside {
    async fn user(&self, _request: &RequestContext, id: UserId) -> Result<User, Error> {
        self.script.check("user")?;
        let at = Timestamp::from_micros(0);
        Ok(User {
            id,
            revision: Revision::FIRST,
            deleted_at: None,
            email: "ann@example.org".into(),
            name: "Ann".into(),
            roles: Roles::of([Role::User]),
            created_at: at,
            updated_at: at,
        })
    }
}

#[async_trait]
impl VehicleService for Outside {
    async fn check(&self, _request: &RequestContext, facts: &FactsRequest) -> Result<(), Error> {
        self.script.check("check")?;
        if facts.registration_number.as_deref() == Some("!!!") {
            return Err(Error::invalid("registrationNumber", "is no registration"));
        }
        Ok(())
    }

    async fn facts(&self, _request: &RequestContext, facts: &FactsRequest) -> Result<VehicleFacts, Error> {
        self.script.check("facts")?;
        Ok(VehicleFacts { vehicle_id: facts.vehicle_id, record: None })
    }
}

fn prompt() -> Prompt {
    let at = Timestamp::from_micros(0);
    Prompt {
        id: Id::new(Uuid::from_u128(0xb001)),
        revision: Revision::FIRST,
        deleted_at: None,
        name: "safety".into(),
        description: String::new(),
        category: PromptCategory::SafetyAssessment,
        tags: Vec::new(),
        is_active: true,
        metadata: None,
        latest_version: 3,
        latest_version_id: Id::new(Uuid::from_u128(0xb003)),
        production_version: Some(3),
        production_version_id: Some(Id::new(Uuid::from_u128(0xb003))),
        library_key: None,
        edited: false,
        created_at: at,
        last_updated: at,
    }
}

fn version() -> PromptVersion {
    let variable =
        |name: &str| Variable { name: name.to_owned(), kind: VariableType::Text, required: true, description: None };
    PromptVersion {
        id: Id::new(Uuid::from_u128(0xb003)),
        prompt_id: prompt().id,
        number: 3,
        version: "1.2.0".parse().unwrap(),
        template: "{{question}} {{vehicle_facts}}".into(),
        variables: Variables(vec![variable("question"), variable("vehicle_facts")]),
        expected_output: String::new(),
        change_note: None,
        created_by: None,
        created_at: Timestamp::from_micros(0),
    }
}

#[async_trait]
impl PromptService for Outside {
    async fn golden(&self, _request: &RequestContext, golden: GoldenRequest) -> Result<GoldenChoice, Error> {
        self.script.check("golden")?;
        let exposure_id = golden.exposure_id.expect("the saga names the exposure");
        if self.never_served.lock().unwrap().contains(&exposure_id) {
            return Err(Error::conflict("exposure_withdrawn", "it was taken back"));
        }
        self.exposures.lock().unwrap().insert(exposure_id);
        Ok(GoldenChoice {
            prompt: Arc::new(prompt()),
            version: Arc::new(version()),
            reason: "the only one".into(),
            experiment_id: None,
            arm: None,
            propensity: 1.0,
            exposure_id,
        })
    }

    async fn render(
        &self,
        _request: &RequestContext,
        prompt_id: PromptId,
        version_number: u32,
        values: &VariableValues,
    ) -> Result<Rendered, Error> {
        self.script.check("render")?;
        self.rendered.lock().unwrap().push(values.clone());
        let text = values.values().filter_map(|value| value.as_str()).collect::<Vec<_>>().join(" ");
        Ok(Rendered { text, prompt_id, version_number, warnings: Vec::new() })
    }

    async fn withdraw(&self, _request: &RequestContext, exposure: ExposureId) -> Result<(), Error> {
        self.script.check("withdraw")?;
        let served = self.exposures.lock().unwrap().contains(&exposure);
        let taken_back = if served { &self.withdrawn } else { &self.never_served };
        taken_back.lock().unwrap().insert(exposure);
        Ok(())
    }

    async fn record_outcome(
        &self,
        _request: &RequestContext,
        _exposure: ExposureId,
        _outcome: Outcome,
    ) -> Result<(), Error> {
        Ok(())
    }
}

impl Outside {
    fn keep(&self, request: &RequestContext, generate: GenerateRequest, error: Option<ResponseError>) -> AiResponse {
        let answer = AiResponse {
            id: generate.response_id.expect("the saga names the answer"),
            revision: Revision::FIRST,
            deleted_at: None,
            user_id: request.user_id().ok(),
            prompt_id: generate.prompt_id,
            prompt_version: generate.prompt_version,
            exposure_id: generate.exposure_id,
            category: generate.category,
            vehicle_id: generate.vehicle_id,
            provider: "offline".into(),
            model: "offline-1".into(),
            question: generate.question,
            answer: "Have the brakes looked at.".into(),
            truncated: false,
            confidence: None,
            sources: Sources::default(),
            response_time_ms: 1,
            usage: None,
            cost: None,
            success: error.is_none(),
            error,
            fallback_from: None,
            attempts: Attempts::default(),
            session_id: generate.session_id,
            request_id: request.request_id.clone(),
            created_at: Timestamp::from_micros(0),
        };
        self.answers.lock().unwrap().insert(answer.id, answer.clone());
        answer
    }
}

#[async_trait]
impl AiService for Outside {
    async fn generate(&self, request: &RequestContext, generate: GenerateRequest) -> Result<AiResponse, Error> {
        let stored = generate.response_id.and_then(|id| self.answers.lock().unwrap().get(&id).cloned());
        if let Some(stored) = stored {
            return Ok(stored);
        }
        self.generated.fetch_add(1, Ordering::SeqCst);
        self.script.check("generate")?;
        if let Err(error) = self.script.check("model") {
            let detail = ResponseError { code: "provider_unavailable".into(), detail: "down".into() };
            let failed = self.keep(request, generate, Some(detail));
            let Error::Model { source, .. } = error else { return Err(error) };
            return Err(Error::Model { source, response: Some(failed.id.uuid()), order: None });
        }
        let answer = self.keep(request, generate, None);
        self.script.check("generated")?;
        Ok(answer)
    }

    async fn generate_multiple(
        &self,
        _request: &RequestContext,
        _generate: GenerateRequest,
        _providers: Vec<String>,
    ) -> Result<Vec<AiResponse>, Error> {
        Err(unavailable())
    }

    async fn stream(&self, _request: &RequestContext, _generate: GenerateRequest) -> Result<AnswerStream, Error> {
        Err(unavailable())
    }

    async fn responses(&self, _request: &RequestContext, _page: &PageRequest) -> Result<Page<AiResponse>, Error> {
        Err(unavailable())
    }

    async fn give_feedback(
        &self,
        _request: &RequestContext,
        _id: ResponseId,
        _feedback: NewFeedback,
    ) -> Result<Feedback, Error> {
        Err(unavailable())
    }

    async fn feedback(&self, _request: &RequestContext, _id: ResponseId) -> Result<Option<Feedback>, Error> {
        Err(unavailable())
    }

    async fn providers(&self, _request: &RequestContext) -> Result<Vec<ProviderInfo>, Error> {
        Ok(vec![ProviderInfo { name: "offline".into(), models: vec!["offline-1".into()] }])
    }

    async fn status(&self, _request: &RequestContext) -> Result<Vec<ProviderStatus>, Error> {
        Err(unavailable())
    }

    async fn health(&self) -> Result<AiHealth, Error> {
        Err(unavailable())
    }

    async fn test(&self, _request: &RequestContext, _provider: Option<String>) -> Result<AiResponse, Error> {
        Err(unavailable())
    }

    async fn response(&self, _request: &RequestContext, id: ResponseId) -> Result<AiResponse, Error> {
        self.script.check("response")?;
        self.answers.lock().unwrap().get(&id).cloned().ok_or(Error::NotFound { kind: "AI response" })
    }
}

/// When a store dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Instead of the commit with this number.
    Before(u32),
    /// Right after it: it is stored, and nobody is told.
    After(u32),
}

/// A store that counts the order context's commits and dies when told; what it kept stays.
pub(crate) struct MortalStore {
    pub(crate) inner: Arc<MemoryStore>,
    pub(crate) commits: AtomicU32,
    death: Option<Death>,
    dead: AtomicBool,
}

impl MortalStore {
    pub(crate) fn new(inner: Arc<MemoryStore>, death: Option<Death>) -> Self {
        Self { inner, commits: AtomicU32::new(0), death, dead: AtomicBool::new(false) }
    }

    pub(crate) fn died(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.died() {
            return Err(StoreError::Unavailable { detail: "the process is dead".into(), source: None });
        }
        Ok(())
    }
}

#[async_trait]
impl<C: Context> ContextStore<C> for MortalStore {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        self.alive()?;
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        if self.death == Some(Death::Before(number)) {
            self.dead.store(true, Ordering::SeqCst);
            return self.alive();
        }
        self.inner.commit(changes).await?;
        if self.death == Some(Death::After(number)) {
            self.dead.store(true, Ordering::SeqCst);
        }
        self.alive()
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        tokio::task::yield_now().await;
        self.alive()?;
        ContextStore::<C>::find_all(self.inner.as_ref(), reads).await
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        ContextStore::<C>::handled(self.inner.as_ref(), events).await
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for MortalStore {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        tokio::task::yield_now().await;
        self.alive()?;
        self.inner.get(id).await
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        tokio::task::yield_now().await;
        self.alive()?;
        self.inner.find(query).await
    }

    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        tokio::task::yield_now().await;
        self.alive()?;
        self.inner.count(query).await
    }
}

/// A payment processor outside: it acts when it is called, and remembers.
#[derive(Default)]
pub(crate) struct OutsideProcessor {
    pub(crate) script: Script,
    calls: Mutex<BTreeMap<String, PaymentOutcome>>,
}

impl OutsideProcessor {
    pub(crate) fn count(&self, wanted: impl Fn(&PaymentOutcome) -> bool) -> usize {
        self.calls.lock().unwrap().values().filter(|outcome| wanted(outcome)).count()
    }

    /// Does it, then may lose the answer.
    fn once(
        &self,
        call: &'static str,
        key: &PaymentKey,
        outcome: PaymentOutcome,
    ) -> Result<PaymentOutcome, PaymentError> {
        let failed = |error: Error| PaymentError::Unavailable(error.to_string());
        self.script.check(call).map_err(failed)?;
        let outcome = self.calls.lock().unwrap().entry(key.to_string()).or_insert(outcome).clone();
        self.script.check("answer").map_err(|_| PaymentError::Unknown("timeout".into()))?;
        Ok(outcome)
    }

    fn has(&self, key: &str) -> bool {
        self.calls.lock().unwrap().contains_key(key)
    }
}

#[async_trait]
impl PaymentProcessor for OutsideProcessor {
    async fn authorise(&self, call: &Authorise) -> Result<Posted<Authorisation>, PaymentError> {
        let expires_at = Timestamp::MAX;
        let outcome = match call.instruction.as_deref() {
            Some("decline") => PaymentOutcome::Declined { code: "card_declined".into() },
            _ if self.has(call.key.as_str().replace("auth", "void").as_str()) => {
                PaymentOutcome::Declined { code: "voided".into() }
            }
            _ => PaymentOutcome::Authorised { id: call.key.to_string(), expires_at },
        };
        Ok(Posted::done(match self.once("authorise", &call.key, outcome)? {
            PaymentOutcome::Authorised { id, expires_at } => Authorisation::Authorised { id, expires_at },
            PaymentOutcome::Declined { code } => Authorisation::Declined { code },
            _ => return Err(PaymentError::KeyReused),
        }))
    }

    async fn capture(&self, call: &Capture) -> Result<Posted<String>, PaymentError> {
        let id = call.key.to_string();
        self.once("capture", &call.key, PaymentOutcome::Captured { id: id.clone() })?;
        Ok(Posted::done(id))
    }

    async fn void(&self, call: &Void) -> Result<Posted<()>, PaymentError> {
        self.once("void", &call.key, PaymentOutcome::Voided)?;
        Ok(Posted::done(()))
    }

    async fn refund(&self, call: &Refund) -> Result<Posted<String>, PaymentError> {
        let id = call.key.to_string();
        self.once("refund", &call.key, PaymentOutcome::Refunded { id: id.clone() })?;
        Ok(Posted::done(id))
    }

    async fn find(&self, _order: OrderId, key: &PaymentKey) -> Result<Option<PaymentOutcome>, PaymentError> {
        Ok(self.calls.lock().unwrap().get(key.as_str()).cloned())
    }
}

/// How the money is moved in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payer {
    /// By the ledger, in this mode.
    Ledger(PaymentMode),
    /// By a processor outside.
    Outside,
}

/// Everything that outlives a process.
pub(crate) struct Shop {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<SequentialIds>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) processor: Arc<OutsideProcessor>,
    pub(crate) money: Payer,
    pub(crate) options: OrderOptions,
}

/// A shop without orders.
pub(crate) fn shop(money: Payer) -> Shop {
    let world = crate::support::world();
    Shop {
        store: world.store,
        clock: world.clock,
        ids: world.ids,
        outside: Arc::default(),
        processor: Arc::default(),
        money,
        options: OrderOptions::default(),
    }
}

/// A shop in the test mode.
pub(crate) fn test_shop() -> Shop {
    shop(Payer::Ledger(PaymentMode::Test))
}

impl Shop {
    pub(crate) fn ledger(&self) -> Ledger {
        let mode = match self.money {
            Payer::Ledger(mode) => mode,
            Payer::Outside => PaymentMode::Credit,
        };
        Ledger::new(self.store.clone(), self.clock.clone(), self.ids.clone(), mode)
    }

    /// A process over the store.
    pub(crate) fn orders(&self) -> Orders {
        self.orders_dying(None).0
    }

    /// A process that dies as told.
    pub(crate) fn orders_dying(&self, death: Option<Death>) -> (Orders, Arc<MortalStore>) {
        let (ports, store) = self.ports(death);
        (Orders::new(ports, self.options.clone()), store)
    }

    /// A process over the store that chooses its prompts with this service.
    pub(crate) fn orders_choosing(&self, prompts: Arc<dyn PromptService>) -> Orders {
        Orders::new(OrderPorts { prompts, ..self.ports(None).0 }, self.options.clone())
    }

    fn ports(&self, death: Option<Death>) -> (OrderPorts, Arc<MortalStore>) {
        let store = Arc::new(MortalStore::new(self.store.clone(), death));
        let mode = self.ledger().mode();
        let ledger = Ledger::new(store.clone(), self.clock.clone(), self.ids.clone(), mode);
        let payments: Arc<dyn PaymentProcessor> = match self.money {
            Payer::Ledger(_) => Arc::new(ledger.clone()),
            Payer::Outside => self.processor.clone(),
        };
        let ports = OrderPorts {
            store: store.clone(),
            users: self.outside.clone(),
            vehicles: self.outside.clone(),
            prompts: self.outside.clone(),
            ai: self.outside.clone(),
            rules: Arc::new(NoRules),
            classify: Arc::new(|_| PromptCategory::SafetyAssessment),
            payments,
            ledger,
            clock: self.clock.clone(),
            ids: self.ids.clone(),
        };
        (ports, store)
    }

    pub(crate) async fn all_orders(&self) -> Vec<Order> {
        self.store.find(&Query::everything()).await.unwrap()
    }

    /// The kinds of the events told so far, oldest first.
    pub(crate) async fn told(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.event_type.into_owned()).collect()
    }

    pub(crate) async fn events(&self) -> Vec<driveever_core::event::DomainEvent> {
        use driveever_core::event::{EventLog, EventQuery};
        let query = EventQuery { contexts: vec![OrderContext::NAME], limit: 10_000, ..EventQuery::default() };
        let events = EventLog::read(self.store.as_ref(), &query).await.unwrap();
        events.into_iter().map(|stored| stored.event).collect()
    }

    pub(crate) async fn grant(&self, user: u128, pence: i64) {
        let request = crate::support::request_as(99, Role::Admin);
        let ledger = self.ledger();
        ledger.grant(&request, crate::support::user_id(user), Money::gbp(pence), "welcome").await.unwrap();
    }

    pub(crate) fn new_uuid(&self) -> Uuid {
        self.ids.uuid()
    }
}

/// A question, and nothing else.
pub(crate) fn question() -> NewOrder {
    NewOrder { question: Some("Is it safe with worn brakes?".into()), ..NewOrder::default() }
}

/// A question whose payment does what the value says.
pub(crate) fn question_with_payment(value: &str) -> NewOrder {
    let metadata = serde_json::json!({ "paymentTest": value });
    NewOrder { metadata: metadata.as_object().cloned(), ..question() }
}
