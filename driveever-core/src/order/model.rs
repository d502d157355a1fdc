//! Orders, their lines and the trail of their transitions.

use serde_json::{Map, Value};

use super::{ProductId, ProductType};
use crate::{
    ai::ResponseId,
    entity,
    entity::Context,
    id::Id,
    money::{Currency, Money},
    prompt::PromptId,
    request::Actor,
    text_enum,
    time::Timestamp,
    user::UserId,
};

/// The order service's tables.
#[derive(Debug)]
pub struct OrderContext;
impl Context for OrderContext {
    const NAME: &'static str = "order";
}

/// An order's id.
pub type OrderId = Id<Order>;

/// What a client says about an order or a line, in a form of its choosing; bounded by
/// [`OrderLimits`](super::OrderLimits).
pub type Metadata = Map<String, Value>;

text_enum! {
    /// Where an order stands. See [`transition`](super::transition) for what may follow what.
    pub enum OrderStatus {
        /// Stored, not paid.
        Pending = "PENDING",
        /// Paid, not begun.
        Paid = "PAID",
        /// Being fulfilled.
        Processing = "PROCESSING",
        /// On its way; only orders with a line that needs shipping.
        Shipped = "SHIPPED",
        /// Fulfilled.
        Delivered = "DELIVERED",
        /// Called off before fulfilment began.
        Cancelled = "CANCELLED",
        /// Paid back.
        Refunded = "REFUNDED",
        /// Could not be paid or fulfilled.
        Failed = "FAILED",
    }
}

text_enum! {
    /// Where an order's payment stands.
    pub enum PaymentStatus {
        /// Nothing captured yet.
        Pending = "pending",
        /// Captured in full.
        Paid = "paid",
        /// Refused; nothing captured.
        Failed = "failed",
        /// Captured and paid back in full.
        Refunded = "refunded",
    }
}

entity! {
    /// An order.
    #[derive(PartialEq)]
    pub struct Order in OrderContext as versioned "order" in "order_orders" {
        unique [], lookup ["user_id", "status"], search [],
    } {
        /// Whose. Stays after an erasure, as the ledger's account does: it names nobody once the account is gone.
        pub user_id: UserId => USER_ID,
        /// Where it stands.
        pub status: OrderStatus => STATUS,
        /// Where its payment stands.
        pub payment_status: PaymentStatus => PAYMENT_STATUS,
        /// The sum of its lines, in minor units of the currency.
        pub total_minor: i64 => TOTAL_MINOR,
        /// The currency of every line.
        pub currency: Currency => CURRENCY,
        /// The prompt that the answer was made with.
        pub prompt_id: Option<PromptId> => PROMPT_ID,
        /// The answer; a delivered advice order has exactly one.
        pub response_id: Option<ResponseId> => RESPONSE_ID,
        /// What the client said about it; gone after an erasure.
        pub metadata: Option<Metadata> => METADATA,
        /// When it was placed.
        pub created_at: Timestamp => CREATED_AT,
        /// When it last changed.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}

impl Order {
    /// The sum of its lines.
    pub const fn total(&self) -> Money {
        Money::new(self.total_minor, self.currency)
    }
}

entity! {
    /// One line of an order. Never changes, except that an erasure takes its metadata.
    #[derive(PartialEq)]
    pub struct OrderItem in OrderContext as append_only "order_item" in "order_items" {
        unique [["order_id", "line"]], lookup ["order_id"], search [],
    } {
        /// Of which order.
        pub order_id: OrderId => ORDER_ID,
        /// From 1.
        pub line: u32 => LINE,
        /// What was bought.
        pub product_id: ProductId => PRODUCT_ID,
        /// What kind of thing that is.
        pub product_type: ProductType => PRODUCT_TYPE,
        /// Its name at the time.
        pub name: String => NAME,
        /// Its description at the time.
        pub description: String => DESCRIPTION,
        /// Whether it is sent by post.
        pub requires_shipping: bool => REQUIRES_SHIPPING,
        /// How many, 1 to 100.
        pub quantity: u32 => QUANTITY,
        /// The price of one at the time, in minor units of the order's currency.
        pub unit_price_minor: i64 => UNIT_PRICE_MINOR,
        /// Price times quantity.
        pub total_minor: i64 => TOTAL_MINOR,
        /// What the client said about it; gone after an erasure.
        pub metadata: Option<Metadata> => METADATA,
    }
}

entity! {
    /// That an order came to a status. No status is entered twice, which the store enforces.
    #[derive(PartialEq)]
    pub struct OrderTransition in OrderContext as append_only "order_transition" in "order_transitions" {
        unique [["order_id", "to_status"]], lookup ["order_id"], search [],
    } {
        /// Which order.
        pub order_id: OrderId => ORDER_ID,
        /// From where; absent for its creation.
        pub from_status: Option<OrderStatus> => FROM_STATUS,
        /// To where.
        pub to_status: OrderStatus => TO_STATUS,
        /// How the payment stood after it.
        pub payment_status: PaymentStatus => PAYMENT_STATUS,
        /// Who did it; the system when a saga was resumed.
        pub actor: Actor => ACTOR,
        /// Why, as a stable snake_case code, where there is something to say.
        pub reason: Option<String> => REASON,
        /// In which request.
        pub request_id: String => REQUEST_ID,
        /// When.
        pub occurred_at: Timestamp => OCCURRED_AT,
    }
}
