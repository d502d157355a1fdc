//! What orders tell: ids, numbers and names of kinds.

use super::{OrderId, OrderStatus, PaymentStatus, ProductType};
use crate::{
    ai::ResponseId,
    event_body,
    money::Currency,
    prompt::{ExposureId, PromptCategory, PromptId},
    user::UserId,
};

event_body! {
    /// An order was placed.
    pub struct OrderCreated as "order.created" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// Its sum in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
        /// What kinds of thing were bought, a line each.
        pub product_types: Vec<ProductType>,
        /// Whether it asks a question.
        pub has_question: bool,
    }
}

event_body! {
    /// An order was paid in full.
    pub struct OrderPaid as "order.paid" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// What was captured, in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
    }
}

event_body! {
    /// An order moved on: `order.processing`.
    pub struct OrderProcessing as "order.processing" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
    }
}

event_body! {
    /// An order was sent: `order.shipped`.
    pub struct OrderShipped as "order.shipped" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
    }
}

event_body! {
    /// An order was fulfilled.
    pub struct OrderDelivered as "order.delivered" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// Its sum in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
        /// What kinds of thing were bought, a line each.
        pub product_types: Vec<ProductType>,
        /// The answer, when it asked a question.
        pub ai_response_id: Option<ResponseId>,
        /// The prompt that the answer was made with.
        pub prompt_id: Option<PromptId>,
        /// Its version's number.
        pub prompt_version: Option<u32>,
        /// The exposure whose outcome the answer is.
        pub exposure_id: Option<ExposureId>,
        /// The question's category.
        pub category: Option<PromptCategory>,
        /// Who answered.
        pub provider: Option<String>,
        /// From placing to delivery, in milliseconds.
        pub duration_ms: u64,
    }
}

event_body! {
    /// An order was called off.
    pub struct OrderCancelled as "order.cancelled" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// Its sum in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
        /// How its payment stands.
        pub payment_status: PaymentStatus,
        /// Why, as a code.
        pub reason: Option<String>,
    }
}

event_body! {
    /// An order was paid back.
    pub struct OrderRefunded as "order.refunded" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// What was paid back, in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
        /// The question's category.
        pub category: Option<PromptCategory>,
        /// The prompt that the answer was made with.
        pub prompt_id: Option<PromptId>,
        /// Its version's number.
        pub prompt_version: Option<u32>,
        /// Who answered.
        pub provider: Option<String>,
    }
}

event_body! {
    /// An order could not be paid or fulfilled.
    pub struct OrderFailed as "order.failed" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// Its sum in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
        /// How its payment stands.
        pub payment_status: PaymentStatus,
        /// Why, as a code.
        pub reason: Option<String>,
        /// The question's category, when it got so far.
        pub category: Option<PromptCategory>,
        /// The prompt, when it got so far.
        pub prompt_id: Option<PromptId>,
        /// Its version's number.
        pub prompt_version: Option<u32>,
    }
}

event_body! {
    /// A payment was refused; the order stays and may be paid again, or fails.
    pub struct PaymentFailed as "order.payment_failed" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// What was to be paid, in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
        /// Why, as a code.
        pub reason: String,
    }
}

event_body! {
    /// What was captured for an order is given back.
    pub struct PaymentRefunded as "order.payment_refunded" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// What was given back, in minor units.
        pub total_amount: i64,
        /// The currency.
        pub currency: Currency,
    }
}

event_body! {
    /// Undoing an order did not succeed; it is tried again. An alarm.
    pub struct CompensationDelayed as "order.compensation_delayed" {
        /// The order.
        pub order_id: OrderId,
        /// Whose.
        pub user_id: UserId,
        /// Where the order stands.
        pub status: OrderStatus,
        /// What failed: `exposure` or `payment`.
        pub what: String,
    }
}

event_body! {
    /// An admin granted a user credit.
    pub struct CreditGranted as "order.credit_granted" {
        /// To whom.
        pub user_id: UserId,
        /// How much, in minor units.
        pub amount: i64,
        /// The currency.
        pub currency: Currency,
    }
}
