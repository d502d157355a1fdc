//! The order service: what it stands on, and what it answers without changing anything.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::{TryFutureExt, future::try_join};
use uuid::Uuid;

use super::{
    Catalogue, CreditBalance, Ledger, NewOrder, Order, OrderDetails, OrderFilter, OrderId, OrderItem, OrderLimits,
    OrderRepository, OrderService, OrderTransition, OrderUpdate, Product, Recovered, draft::Scribe,
    payment::PaymentProcessor,
};
use crate::{
    ai::{AiResponse, AiService, rules::RuleBook},
    entity::Revision,
    error::{Error, StoreError},
    id::IdGenerator,
    money::Money,
    page::{Page, PageRequest},
    prompt::{PromptCategory, PromptService},
    query::{Filter, Query},
    repository::RepositoryExt,
    request::{RequestContext, Role},
    time::Clock,
    user::{UserId, UserService},
    validate::Validator,
    vehicle::VehicleService,
};

/// Tells what a question is about.
pub type QuestionClassifier = Arc<dyn Fn(&str) -> PromptCategory + Send + Sync>;

/// What the order service stands on.
#[derive(Clone)]
pub struct OrderPorts {
    /// Where orders are kept.
    pub store: Arc<dyn OrderRepository>,
    /// Who is asked whether a user lives.
    pub users: Arc<dyn UserService>,
    /// Who knows vehicles.
    pub vehicles: Arc<dyn VehicleService>,
    /// Who chooses and renders prompts.
    pub prompts: Arc<dyn PromptService>,
    /// Who answers.
    pub ai: Arc<dyn AiService>,
    /// The rules that an answer may cite.
    pub rules: Arc<dyn RuleBook>,
    /// Who tells what a question is about.
    pub classify: QuestionClassifier,
    /// Who moves the money: the ledger itself, or a processor outside.
    pub payments: Arc<dyn PaymentProcessor>,
    /// Where credit is kept.
    pub ledger: Ledger,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// How orders are taken and fulfilled.
#[derive(Debug, Clone)]
pub struct OrderOptions {
    /// What is sold.
    pub catalogue: Catalogue,
    /// Bounds on what a client sends.
    pub limits: OrderLimits,
    /// For how long a worker has a saga, from its last write; longer than a step other than asking the model.
    pub lease: Duration,
    /// The same while the model is asked; longer than the AI service takes with all its fallbacks.
    pub generate_lease: Duration,
    /// How long an order may take, from its beginning, before it is undone.
    pub deadline: Duration,
    /// How often a step is tried at once when another service does not answer.
    pub step_attempts: u32,
    /// How long a saga waits before it is tried again; doubled each time, up to `max_backoff`.
    pub backoff: Duration,
    /// The longest wait.
    pub max_backoff: Duration,
    /// How long an order may stay unpaid before it is called off.
    pub unpaid_for: Duration,
    /// How many sagas a round of recovery works on at a time.
    pub recover_side_by_side: usize,
}

impl Default for OrderOptions {
    fn default() -> Self {
        Self {
            catalogue: Catalogue::default(),
            limits: OrderLimits::default(),
            lease: Duration::from_secs(30),
            generate_lease: Duration::from_secs(110),
            deadline: Duration::from_mins(5),
            step_attempts: 2,
            backoff: Duration::from_secs(5),
            max_backoff: Duration::from_mins(10),
            unpaid_for: Duration::from_hours(24),
            recover_side_by_side: 8,
        }
    }
}

/// The order service.
#[derive(Clone)]
pub struct Orders {
    pub(super) ports: OrderPorts,
    pub(super) options: Arc<OrderOptions>,
    /// Names this instance in leases.
    pub(super) worker: Uuid,
}

impl Orders {
    /// An order service on these ports.
    pub fn new(ports: OrderPorts, options: OrderOptions) -> Self {
        let worker = ports.ids.uuid();
        Self { ports, options: Arc::new(options), worker }
    }

    /// Under this name in leases, which may last beyond this process; see [`Orders::release_former`].
    pub fn named(self, worker: Uuid) -> Self {
        Self { worker, ..self }
    }

    pub(super) fn scribe<'a>(&'a self, request: &'a RequestContext) -> Scribe<'a> {
        Scribe { clock: self.ports.clock.as_ref(), ids: self.ports.ids.as_ref(), request }
    }

    /// An order that the caller may see.
    pub(super) async fn visible(&self, request: &RequestContext, id: OrderId) -> Result<Order, Error> {
        request.require(Role::User)?;
        let order = self.ports.store.get(id).await?;
        order.filter(|order| request.may_see(order.user_id)).ok_or(Error::NotFound { kind: "order" })
    }

    /// The lines of an order.
    pub(super) async fn items(&self, order: OrderId) -> Result<Vec<OrderItem>, StoreError> {
        let query = Query::filter(OrderItem::ORDER_ID.eq(order)).sort(OrderItem::LINE.ascending());
        self.ports.store.find(&query).await
    }

    /// An order with its lines and its answer.
    pub(super) async fn details(&self, request: &RequestContext, order: Order) -> Result<OrderDetails, Error> {
        let items = self.items(order.id).map_err(Error::from);
        let (items, advice) = try_join(items, self.advice(request, &order)).await?;
        Ok(OrderDetails { order, items, advice })
    }

    async fn advice(&self, request: &RequestContext, order: &Order) -> Result<Option<AiResponse>, Error> {
        let Some(id) = order.response_id else { return Ok(None) };
        match self.ports.ai.response(request, id).await {
            Ok(response) => Ok(Some(response)),
            // Erased since.
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn list(
        &self,
        request: &RequestContext,
        filter: OrderFilter,
        page: &PageRequest,
    ) -> Result<Page<OrderDetails>, Error> {
        request.require(Role::User)?;
        let owner = match filter.user_id {
            Some(user) if !request.may_see(user) => return Err(Error::NotFound { kind: "user" }),
            Some(user) => Some(user),
            None if request.roles.has(Role::Admin) => None,
            None => Some(request.user_id()?),
        };
        let owner = owner.map(|owner| Order::USER_ID.eq(owner));
        let status = filter.status.map(|status| Order::STATUS.eq(status));
        // Ids ascend with time, and the indexes by owner and status end in them.
        let query = Query::filter(Filter::all(owner.into_iter().chain(status))).sort(Order::ID.descending());
        let page = self.ports.store.page(query, page).await?;
        let ids = page.data().iter().map(|order| order.id);
        let lines = Query::filter(OrderItem::ORDER_ID.one_of(ids)).sort(OrderItem::LINE.ascending());
        let lines = if page.data().is_empty() { Vec::new() } else { self.ports.store.find(&lines).await? };
        let mut items: HashMap<OrderId, Vec<OrderItem>> = HashMap::new();
        for line in lines {
            items.entry(line.order_id).or_default().push(line);
        }
        Ok(page.map(|order| {
            let items = items.remove(&order.id).unwrap_or_default();
            OrderDetails { order, items, advice: None }
        }))
    }

    pub(super) async fn trail(&self, order: OrderId) -> Result<Vec<OrderTransition>, StoreError> {
        let query = Query::filter(OrderTransition::ORDER_ID.eq(order)).sort(OrderTransition::OCCURRED_AT.ascending());
        self.ports.store.find(&query).await
    }
}

#[async_trait]
impl OrderService for Orders {
    async fn products(&self) -> Result<Vec<Product>, Error> {
        Ok(self.options.catalogue.products().to_vec())
    }

    async fn place(&self, request: &RequestContext, new: NewOrder) -> Result<OrderDetails, Error> {
        self.place_order(request, new).await
    }

    async fn begin(&self, request: &RequestContext, new: NewOrder) -> Result<OrderDetails, Error> {
        self.store_order(request, new).await
    }

    async fn run(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error> {
        let order = self.visible(request, order).await?;
        self.resume(request, order, true).await
    }

    async fn order(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error> {
        let order = self.visible(request, order).await?;
        self.details(request, order).await
    }

    async fn orders(
        &self,
        request: &RequestContext,
        filter: OrderFilter,
        page: &PageRequest,
    ) -> Result<Page<OrderDetails>, Error> {
        self.list(request, filter, page).await
    }

    async fn history(&self, request: &RequestContext, order: OrderId) -> Result<Vec<OrderTransition>, Error> {
        let order = self.visible(request, order).await?;
        Ok(self.trail(order.id).await?)
    }

    async fn update(
        &self,
        request: &RequestContext,
        order: OrderId,
        expected: Option<Revision>,
        update: OrderUpdate,
    ) -> Result<OrderDetails, Error> {
        self.update_order(request, order, expected, update).await
    }

    async fn pay(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error> {
        self.pay_order(request, order).await
    }

    async fn cancel(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error> {
        self.cancel_order(request, order, None).await
    }

    async fn refund(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error> {
        self.refund_order(request, order, None).await
    }

    async fn grant_credit(
        &self,
        request: &RequestContext,
        user: UserId,
        amount: Money,
        reason: &str,
    ) -> Result<CreditBalance, Error> {
        request.require(Role::Admin)?;
        self.ports.users.user(request, user).await?;
        let mut check = Validator::new();
        self.ports.ledger.check_grant(&mut check, amount, reason);
        let billed = self.options.catalogue.currencies();
        if !billed.contains(&amount.currency.code()) {
            let billed: Vec<&str> = billed.into_iter().collect();
            check.fault("currency", format!("must be one in which this service bills: {}", billed.join(", ")));
        }
        check.finish()?;
        self.ports.ledger.grant(request, user, amount, reason).await
    }

    async fn credit(&self, request: &RequestContext, user: UserId) -> Result<Vec<CreditBalance>, Error> {
        request.require(Role::User)?;
        if !request.may_see(user) {
            return Err(Error::NotFound { kind: "user" });
        }
        self.ports.ledger.credit(user).await
    }

    async fn recover(&self, limit: u32) -> Result<Recovered, Error> {
        self.recover_orders(limit).await
    }
}

/// That another worker is at it.
pub(super) fn in_progress() -> Error {
    Error::conflict("order_in_progress", "the order is being worked on: read it again in a moment")
}
