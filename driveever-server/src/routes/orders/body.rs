//! What clients send about orders, and what they get.

use driveever_core::{
    id::Id,
    money::Currency,
    order::{
        CreditBalance, NewItem, NewOrder, Order, OrderDetails, OrderId, OrderItem, OrderStatus, OrderTransition,
        OrderUpdate, PaymentStatus, Product, ProductId, ProductType,
    },
    prompt::PromptCategory,
    time::Timestamp,
    vehicle::VehicleId,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::currency::{BilledCurrency, CurrencyCode};
use crate::{
    http::documented::{CategoryName, OrderStatusName, PaymentStatusName, ProductTypeName},
    request_body,
    routes::ai::body::AiResponseBody,
};

request_body! {
    /// A line of a new order.
    pub struct OrderItemRequest {
        /// Which product; see `GET /products`.
        #[schema(value_type = Uuid)]
        pub product_id: ProductId => "productId",
        /// How many.
        #[schema(minimum = 1, maximum = 100)]
        pub quantity: i64 => "quantity",
        /// Anything that you want kept with the line.
        pub metadata: Option<Map<String, Value>> => "metadata",
    }
}

request_body! {
    /// A new order: items, a question, or both.
    pub struct OrderCreateRequest {
        /// What is bought. Absent with a question: one answer.
        #[schema(max_items = 50)]
        pub items: Option<Vec<OrderItemRequest>> => "items",
        /// What you want to know.
        #[schema(format = "lines", min_length = 1, max_length = 4_000)]
        pub question: Option<String> => "question",
        /// One of your vehicles. Not together with `registrationNumber`.
        #[schema(value_type = Option<Uuid>)]
        pub vehicle_id: Option<VehicleId> => "vehicleId",
        /// A registration, as you would write it.
        #[schema(format = "registration-mark", min_length = 1, max_length = 20)]
        pub registration_number: Option<String> => "registrationNumber",
        /// What the question is about; absent: found out.
        #[schema(value_type = Option<CategoryName>)]
        pub category: Option<PromptCategory> => "category",
        /// The provider to ask first; see `GET /ai/providers`.
        #[schema(format = "provider", min_length = 1, max_length = 50)]
        pub provider: Option<String> => "provider",
        /// Anything that you want kept with the order: at most 8192 bytes of JSON, 5 deep. `sessionId` is text and is passed
        /// on with the question; `promptId` and `aiResponseId` are set by the server. In the payment mode `test`,
        /// `paymentTest` may be `decline`, `delay` or `unknown`.
        pub metadata: Option<Map<String, Value>> => "metadata",
    }
}

impl From<OrderCreateRequest> for NewOrder {
    fn from(body: OrderCreateRequest) -> Self {
        let item = |item: OrderItemRequest| NewItem {
            product_id: item.product_id,
            quantity: item.quantity,
            metadata: item.metadata,
        };
        Self {
            items: body.items.unwrap_or_default().into_iter().map(item).collect(),
            question: body.question,
            vehicle_id: body.vehicle_id,
            registration_number: body.registration_number,
            category: body.category,
            provider: body.provider,
            metadata: body.metadata,
        }
    }
}

request_body! {
    /// A change of an order; at least one field.
    pub struct OrderUpdateRequest {
        /// Where it should come to. `CANCELLED` and `REFUNDED` give back what was paid, and go without `metadata`.
        #[schema(value_type = Option<OrderStatusName>)]
        pub status: Option<OrderStatus> => "status",
        /// New metadata, instead of the old.
        pub metadata: Option<Map<String, Value>> => "metadata",
    }
}

impl From<OrderUpdateRequest> for OrderUpdate {
    fn from(body: OrderUpdateRequest) -> Self {
        Self { status: body.status, metadata: body.metadata }
    }
}

request_body! {
    /// Credit for a user.
    pub struct CreditGrantRequest {
        /// How much, in minor units of the currency: 50 GBP is £0.50.
        #[schema(minimum = 1, maximum = 10_000_000)]
        pub amount: i64 => "amount",
        /// The currency, one of those in which this service bills.
        #[schema(value_type = BilledCurrency)]
        pub currency: CurrencyCode => "currency",
        /// Why.
        #[schema(format = "line", min_length = 1, max_length = 200)]
        pub reason: String => "reason",
    }
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductBody {
    /// Identity.
    #[schema(value_type = Uuid)]
    id: ProductId,
    /// What kind of thing it is.
    #[schema(value_type = ProductTypeName)]
    product_type: ProductType,
    /// What it is called.
    name: String,
    /// What one gets.
    description: String,
    /// The price of one, in minor units of the currency.
    #[schema(minimum = 0)]
    unit_price: i64,
    /// The currency.
    #[schema(value_type = CurrencyCode)]
    currency: Currency,
}

impl From<Product> for ProductBody {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            product_type: product.product_type,
            name: product.name,
            description: product.description,
            unit_price: product.unit_price.minor,
            currency: product.unit_price.currency,
        }
    }
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderBody {
    /// Identity.
    #[schema(value_type = Uuid)]
    id: OrderId,
    /// Whose.
    user_id: Uuid,
    /// Its lines.
    items: Vec<OrderItemBody>,
    /// Where it stands.
    #[schema(value_type = OrderStatusName)]
    status: OrderStatus,
    /// The sum of its lines, in minor units of the currency.
    #[schema(minimum = 0)]
    total_amount: i64,
    /// The currency of every line.
    #[schema(value_type = CurrencyCode)]
    currency: Currency,
    /// Where its payment stands.
    #[schema(value_type = PaymentStatusName)]
    payment_status: PaymentStatus,
    /// The answer; lists leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<AiResponseBody>,
    /// What is kept with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<OrderMetadataBody>,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// The present revision; also the entity tag.
    #[schema(minimum = 1)]
    revision: u32,
}

impl From<OrderDetails> for OrderBody {
    fn from(details: OrderDetails) -> Self {
        let order = details.order;
        Self {
            id: order.id,
            user_id: order.user_id.uuid(),
            items: details.items.into_iter().map(Into::into).collect(),
            status: order.status,
            total_amount: order.total_minor,
            currency: order.currency,
            payment_status: order.payment_status,
            advice: details.advice.map(Into::into),
            created_at: order.created_at,
            updated_at: order.updated_at,
            revision: order.revision.get(),
            metadata: OrderMetadataBody::of(order),
        }
    }
}

/// What is kept with an order: what its client sent, and what the server found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderMetadataBody {
    /// The prompt that the answer was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_id: Option<Uuid>,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_response_id: Option<Uuid>,
    /// What the client sent, such as `sessionId` and `vehicleData`.
    #[serde(flatten)]
    sent: Map<String, Value>,
}

impl OrderMetadataBody {
    fn of(order: Order) -> Option<Self> {
        let mut sent = order.metadata.unwrap_or_default();
        // Only the server's word counts for these two.
        sent.remove("promptId");
        sent.remove("aiResponseId");
        let prompt_id = order.prompt_id.map(Id::uuid);
        let ai_response_id = order.response_id.map(Id::uuid);
        let empty = sent.is_empty() && prompt_id.is_none() && ai_response_id.is_none();
        (!empty).then_some(Self { prompt_id, ai_response_id, sent })
    }
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderItemBody {
    /// Identity.
    id: Uuid,
    /// What was bought.
    #[schema(value_type = Uuid)]
    product_id: ProductId,
    /// What kind of thing that is.
    #[schema(value_type = ProductTypeName)]
    product_type: ProductType,
    /// Its name at the time.
    name: String,
    /// Its description at the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// How many.
    #[schema(minimum = 1, maximum = 100)]
    quantity: u32,
    /// The price of one at the time, in minor units of the order's currency.
    #[schema(minimum = 0)]
    unit_price: i64,
    /// Price times quantity.
    #[schema(minimum = 0)]
    total_price: i64,
    /// What the client sent about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Map<String, Value>>,
}

impl From<OrderItem> for OrderItemBody {
    fn from(item: OrderItem) -> Self {
        Self {
            id: item.id.uuid(),
            product_id: item.product_id,
            product_type: item.product_type,
            name: item.name,
            description: Some(item.description).filter(|text| !text.is_empty()),
            quantity: item.quantity,
            unit_price: item.unit_price_minor,
            total_price: item.total_minor,
            metadata: item.metadata,
        }
    }
}

/// That an order came to a status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderTransitionBody {
    /// From where; absent for its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OrderStatusName>)]
    from: Option<OrderStatus>,
    /// To where.
    #[schema(value_type = OrderStatusName)]
    to: OrderStatus,
    /// How the payment stood after it.
    #[schema(value_type = PaymentStatusName)]
    payment_status: PaymentStatus,
    /// Who did it: `user:<id>`, or `system` where nobody asked for it.
    actor: String,
    /// Why, as a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// In which request.
    request_id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
}

impl From<OrderTransition> for OrderTransitionBody {
    fn from(transition: OrderTransition) -> Self {
        Self {
            from: transition.from_status,
            to: transition.to_status,
            payment_status: transition.payment_status,
            actor: transition.actor.to_string(),
            reason: transition.reason,
            request_id: transition.request_id,
            occurred_at: transition.occurred_at,
        }
    }
}

/// A user's credit in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreditBalanceBody {
    /// The currency.
    #[schema(value_type = CurrencyCode)]
    currency: Currency,
    /// What may be spent, in minor units.
    #[schema(minimum = 0)]
    available: i64,
    /// What payments hold, in minor units.
    #[schema(minimum = 0)]
    held: i64,
}

impl From<CreditBalance> for CreditBalanceBody {
    fn from(balance: CreditBalance) -> Self {
        Self { currency: balance.currency, available: balance.available, held: balance.held }
    }
}
