//! Orders, payments and the advice saga.
//!
//! An [`Order`] has lines with the server's prices, a status (see [`transition`]), and a payment. With a question it is an
//! advice order: an [`AdviceSaga`] takes it from PENDING to DELIVERED, or to FAILED with its money given back, across
//! crashes. An order of items waits to be paid. Money is moved by a [`payment::PaymentProcessor`]; the built-in one is the
//! [`Ledger`].
//!
//! # The saga in commits
//!
//! | commit | what |
//! |---|---|
//! | 1 | the order as PENDING, its lines, trail and event; the saga: *authorise* is next |
//! | 2 | the ledger's entries (hold and capture), PAID, PROCESSING, both events; *prepare* is next |
//! | 3 | facts, prompt, version, exposure, the text's hash; *generate* is next |
//! | 4 | DELIVERED with the answer, its event; nothing is next |
//!
//! Between 2 and 3 the prompt context stores the exposure, between 3 and 4 the AI context the answer: six commits in all.
//! With a payment processor outside the hold and the capture are two calls, and commit 2 becomes two, so that each call
//! is recorded before the next. Exposure and answer have the order's UUID as their id, and payment keys are made from
//! it, so that whoever repeats a step makes the same call.
//!
//! # Retention
//!
//! Orders, their trail and the ledger are kept for six years after the end of the tax year. Metadata and questions are
//! the person's: they go when the person leaves.

mod catalogue;
mod draft;
pub mod event;
mod ledger;
mod manage;
mod model;
mod new_order;
mod orders;
pub mod payment;
mod personal;
mod place;
mod recover;
mod repository;
mod run;
mod run_advice;
mod run_payment;
mod run_undo;
mod saga;
mod service;
pub mod transition;
mod variables;

use crate::entity::{Entity, Schema};

pub use catalogue::{Catalogue, Product, ProductId, ProductType};
pub use ledger::{
    AccountName, CreditBalance, CreditLimits, DELAY, Ledger, LedgerAccount, LedgerOperation, LedgerReport,
    LedgerTransaction, PaymentMode, Posting, TEST_KEY, TestValue,
};
pub use model::{Metadata, Order, OrderContext, OrderId, OrderItem, OrderStatus, OrderTransition, PaymentStatus};
pub use new_order::OrderLimits;
pub use orders::{OrderOptions, OrderPorts, Orders, QuestionClassifier};
pub use repository::OrderRepository;
pub use saga::{AdviceSaga, CompensationBy, Failure, SagaId, SagaInput, SagaKind, SagaProgress, SagaStep};
#[cfg(feature = "mock")]
pub use service::MockOrderService;
pub use service::{NewItem, NewOrder, OrderDetails, OrderFilter, OrderService, OrderUpdate, Recovered};

/// The order context's tables.
pub const SCHEMAS: &[&Schema] = &[
    Order::SCHEMA,
    OrderItem::SCHEMA,
    OrderTransition::SCHEMA,
    AdviceSaga::SCHEMA,
    LedgerTransaction::SCHEMA,
    LedgerAccount::SCHEMA,
];
