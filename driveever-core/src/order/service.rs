//! What the order service offers.

use async_trait::async_trait;

use super::{CreditBalance, Metadata, Order, OrderId, OrderItem, OrderStatus, OrderTransition, Product, ProductId};
use crate::{
    ai::AiResponse,
    entity::Revision,
    error::Error,
    money::Money,
    page::{Page, PageRequest},
    prompt::PromptCategory,
    request::RequestContext,
    user::UserId,
    vehicle::VehicleId,
};

/// A line of a new order.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem {
    /// What.
    pub product_id: ProductId,
    /// How many, 1 to 100.
    pub quantity: i64,
    /// Anything that the client wants kept with it.
    pub metadata: Option<Metadata>,
}

/// A new order: items, a question, or both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewOrder {
    /// What is bought. Empty with a question: one answer.
    pub items: Vec<NewItem>,
    /// What the driver wants to know. With it, the items must have exactly one answer (`ai_response`), once.
    pub question: Option<String>,
    /// One of the driver's vehicles. Not together with a registration.
    pub vehicle_id: Option<VehicleId>,
    /// A registration, as it was typed.
    pub registration_number: Option<String>,
    /// What the question is about; absent: found out.
    pub category: Option<PromptCategory>,
    /// The provider to ask first.
    pub provider: Option<String>,
    /// Anything that the client wants kept with it. `sessionId` (text) is passed on with the question; `promptId` and
    /// `aiResponseId` are ours; `paymentTest` takes a [`TestValue`](super::TestValue) in the test mode.
    pub metadata: Option<Metadata>,
}

/// Which orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderFilter {
    /// With this status.
    pub status: Option<OrderStatus>,
    /// Of this user; only an admin may name another. Absent: an admin sees everybody's, anybody else their own.
    pub user_id: Option<UserId>,
}

/// A change of an order by an admin.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderUpdate {
    /// Where it should come to.
    pub status: Option<OrderStatus>,
    /// New metadata, instead of the old.
    pub metadata: Option<Metadata>,
}

/// An order with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderDetails {
    /// The order.
    pub order: Order,
    /// Its lines, in order.
    pub items: Vec<OrderItem>,
    /// The answer, when there is one and it was asked for: lists leave it out.
    pub advice: Option<AiResponse>,
}

/// What a round of recovery did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Sagas that came to their end.
    pub finished: usize,
    /// Sagas that wait for another try.
    pub waiting: usize,
    /// Sagas that another worker has meanwhile.
    pub lost: usize,
    /// Sagas whose round ended in an error of the store; they come again.
    pub errors: usize,
    /// Unpaid orders that were called off.
    pub expired: usize,
}

impl Recovered {
    /// Whether there was nothing to do.
    pub fn is_idle(&self) -> bool {
        *self == Self::default()
    }
}

/// Takes orders, has them paid, and fulfils those that ask a question.
///
/// Another's order is [`Error::NotFound`]; admins see all.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait OrderService: Send + Sync {
    /// What can be bought.
    async fn products(&self) -> Result<Vec<Product>, Error>;

    /// Places an order: [`begin`](Self::begin), then [`run`](Self::run). With a question, the order comes back delivered
    /// with its advice; when the outcome of the payment is not known yet, it comes back as it stands, and recovery goes
    /// on with it. An order of items alone waits as PENDING for [`pay`](Self::pay).
    ///
    /// The request's idempotency id is the order's id: the same request again gives the same order, resumes it when
    /// whoever ran it is gone, and makes no other.
    ///
    /// # Errors
    /// Those of `begin` and `run`.
    async fn place(&self, request: &RequestContext, new: NewOrder) -> Result<OrderDetails, Error>;

    /// Stores an order as PENDING, for [`run`](Self::run) to go on with.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault, [`Error::NotFound`] for a vehicle that is not the caller's.
    async fn begin(&self, request: &RequestContext, new: NewOrder) -> Result<OrderDetails, Error>;

    /// Goes on with an order that [`begin`](Self::begin) stored, to its end. Doing so again gives what came of it.
    ///
    /// # Errors
    /// [`Error::PaymentDeclined`] and [`Error::Model`] with the order's id, which is FAILED then and paid back;
    /// [`Error::Conflict`] with `order_in_progress` while another worker is at it.
    async fn run(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error>;

    /// An order, with its advice.
    async fn order(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error>;

    /// Orders, newest first; without their advice.
    async fn orders(
        &self,
        request: &RequestContext,
        filter: OrderFilter,
        page: &PageRequest,
    ) -> Result<Page<OrderDetails>, Error>;

    /// Every transition of an order, oldest first.
    async fn history(&self, request: &RequestContext, order: OrderId) -> Result<Vec<OrderTransition>, Error>;

    /// Changes status and metadata, by an admin. CANCELLED and REFUNDED do what [`cancel`](Self::cancel) and
    /// [`refund`](Self::refund) do; with them, metadata cannot be changed in the same call.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `illegal_transition`, or with `order_in_progress` while a saga is at it;
    /// [`Error::Stale`] when `expected` is not the present revision.
    async fn update(
        &self,
        request: &RequestContext,
        order: OrderId,
        expected: Option<Revision>,
        update: OrderUpdate,
    ) -> Result<OrderDetails, Error>;

    /// Pays an order of items that is PENDING; after a declined payment again.
    ///
    /// # Errors
    /// [`Error::PaymentDeclined`] with the order's id, which stays PENDING; [`Error::Conflict`] with
    /// `illegal_transition` when it is not the time.
    async fn pay(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error>;

    /// Calls an order off: its owner or an admin, before its fulfilment began. What was paid is given back.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `illegal_transition` when it is too late.
    async fn cancel(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error>;

    /// Pays an order back in full, by an admin. While the processor does not answer, the order stays as it is and the
    /// refund is tried again.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `illegal_transition` when there is nothing to pay back.
    async fn refund(&self, request: &RequestContext, order: OrderId) -> Result<OrderDetails, Error>;

    /// Gives a user credit, by an admin.
    async fn grant_credit(
        &self,
        request: &RequestContext,
        user: UserId,
        amount: Money,
        reason: &str,
    ) -> Result<CreditBalance, Error>;

    /// A user's credit: one's own, an admin anybody's.
    async fn credit(&self, request: &RequestContext, user: UserId) -> Result<Vec<CreditBalance>, Error>;

    /// One round of background work, at most `limit` orders of a kind: goes on with sagas whose worker is gone or whose
    /// wait is over, and calls off orders that nobody paid. Safe in any number of processes; call it at start and every
    /// 30 s.
    async fn recover(&self, limit: u32) -> Result<Recovered, Error>;
}
