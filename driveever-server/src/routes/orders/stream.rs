//! An order's steps as they happen, as server-sent events.
//!
//! The first event tells how the order stands; each one after it a step, in order, until no further one follows by
//! itself. Steps come from the broadcast of events. Whatever that does not bring (a socket that was too slow, an event
//! that another process relayed) is made good by reading the order: when the socket says that something was missed, and
//! every fifteen seconds.

use std::time::Duration;

use axum::{extract::State, response::Response};
use driveever_core::{
    Error, RequestContext,
    entity::{Context, Entity},
    event::{DomainEvent, EventBody},
    order::{
        Order, OrderContext, OrderId, OrderStatus, PaymentStatus,
        event::{
            CompensationDelayed, OrderCancelled, OrderDelivered, OrderFailed, OrderPaid, OrderProcessing,
            OrderRefunded, OrderShipped, PaymentFailed, PaymentRefunded,
        },
    },
    time::Timestamp,
};
use futures_util::{Stream, stream::unfold};
use serde::Serialize;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use utoipa::ToSchema;

use crate::{
    event_schema,
    http::{
        caller::{OwnSession, User},
        documented::{IdParameter, Missing, NoRole, OrderStatusName, PaymentStatusName},
        event_stream::{self, SentEvent},
        parameters::{NoParameters, PathId},
        problem::Problem,
    },
    live::{Holder, Passing, Socket},
    state::Services,
};

/// How often a stream looks whether something passed it by.
const LOOK: Duration = Duration::from_secs(15);

/// A step of an order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderStepBody {
    /// Which order.
    #[schema(value_type = uuid::Uuid)]
    order_id: OrderId,
    /// What happened, such as `order.paid`; absent when this tells how the order stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    /// Where the order stands after it.
    #[schema(value_type = OrderStatusName)]
    status: OrderStatus,
    /// Where its payment stands after it.
    #[schema(value_type = PaymentStatusName)]
    payment_status: PaymentStatus,
    /// Why, as a stable code, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The order's revision after it.
    #[schema(minimum = 1)]
    revision: u32,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
}

impl OrderStepBody {
    fn present(order: &Order) -> Self {
        Self {
            order_id: order.id,
            event: None,
            status: order.status,
            payment_status: order.payment_status,
            reason: None,
            revision: order.revision.get(),
            occurred_at: order.updated_at,
        }
    }

    /// The step that an event of the same order tells of; none when it is of no kind that a client should know.
    fn after(&self, event: &DomainEvent) -> Result<Option<Self>, Error> {
        let (status, payment_status, reason) = match event.event_type.as_ref() {
            OrderPaid::TYPE => (OrderStatus::Paid, PaymentStatus::Paid, None),
            OrderProcessing::TYPE => (OrderStatus::Processing, PaymentStatus::Paid, None),
            OrderShipped::TYPE => (OrderStatus::Shipped, PaymentStatus::Paid, None),
            OrderDelivered::TYPE => (OrderStatus::Delivered, PaymentStatus::Paid, None),
            OrderRefunded::TYPE => (OrderStatus::Refunded, PaymentStatus::Refunded, None),
            OrderCancelled::TYPE => {
                let body: OrderCancelled = event.read()?;
                (OrderStatus::Cancelled, body.payment_status, body.reason)
            }
            OrderFailed::TYPE => {
                let body: OrderFailed = event.read()?;
                (OrderStatus::Failed, body.payment_status, body.reason)
            }
            PaymentFailed::TYPE => {
                let body: PaymentFailed = event.read()?;
                (self.status, PaymentStatus::Failed, Some(body.reason))
            }
            PaymentRefunded::TYPE => (self.status, PaymentStatus::Refunded, None),
            CompensationDelayed::TYPE => {
                let body: CompensationDelayed = event.read()?;
                (body.status, self.payment_status, Some(format!("{}_delayed", body.what)))
            }
            _ => return Ok(None),
        };
        Ok(Some(Self {
            order_id: self.order_id,
            event: Some(event.event_type.to_string()),
            status,
            payment_status,
            reason,
            revision: event.aggregate_revision,
            occurred_at: event.occurred_at,
        }))
    }

    /// Whether no further step follows by itself.
    const fn is_last(&self) -> bool {
        match self.status {
            OrderStatus::Delivered | OrderStatus::Cancelled | OrderStatus::Refunded | OrderStatus::Failed => true,
            OrderStatus::Pending | OrderStatus::Paid | OrderStatus::Processing | OrderStatus::Shipped => false,
        }
    }
}

event_schema! {
    /// An event of an order.
    OrderStreamEvent { "step" => OrderStepBody, "error" => Problem }
}

/// Each step of an order as it happens.
///
/// Events are named `step` and carry an `OrderStepBody` as JSON: first how the order stands, then each step, until it is
/// DELIVERED, CANCELLED, REFUNDED or FAILED. An event named `error` carries a problem and ends the stream. A stream ends
/// after some minutes: come back with a fresh token.
#[utoipa::path(
    get, path = "/orders/{id}/stream", operation_id = "stream_order", tag = "orders",
    params(IdParameter),
    responses(
        (status = 200, description = "The events.", body = OrderStreamEvent, content_type = "text/event-stream"),
        NoRole, Missing,
    ),
    security(("bearer" = []))
)]
pub(super) async fn stream_order(
    State(services): State<Services>,
    User(request): User,
    OwnSession(session): OwnSession,
    PathId(id): PathId<Order>,
    _: NoParameters,
) -> Result<Response, Problem> {
    // Listen first, so that nothing falls between the reading and the listening.
    let live = services.live.open(Holder::of(&request, session)?)?;
    let order = services.orders.order(&request, id).await?.order;
    Ok(event_stream::answer(events(Watch::of(services, request, &order, live))))
}

/// The order as it stands, its steps, and the end: after the last step, an error, or the socket's own.
fn events(watch: Watch) -> impl Stream<Item = SentEvent> {
    let first = watch.last.clone();
    unfold((Some(watch), Some(first)), |(watch, first)| async move {
        let mut watch = watch?;
        let step = match first {
            Some(first) => Ok(Some(first)),
            None => watch.next().await,
        };
        match step {
            Ok(Some(step)) => {
                let event = event_stream::event("step", &step);
                let rest = (!step.is_last()).then_some(watch);
                Some((event, (rest, None)))
            }
            Ok(None) => None,
            Err(error) => Some((event_stream::event("error", &Problem::from(error)), (None, None))),
        }
    })
}

/// One client that watches one order.
struct Watch {
    services: Services,
    request: RequestContext,
    live: Socket,
    look: Interval,
    /// The last step told.
    last: OrderStepBody,
    /// What the order's revision was when it was last read: older events tell nothing new.
    read_at: u32,
}

impl Watch {
    fn of(services: Services, request: RequestContext, order: &Order, live: Socket) -> Self {
        let mut look = interval_at(Instant::now() + LOOK, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let last = OrderStepBody::present(order);
        Self { services, request, live, look, read_at: last.revision, last }
    }

    /// The next step; none when the socket ends.
    async fn next(&mut self) -> Result<Option<OrderStepBody>, Error> {
        loop {
            let passing = tokio::select! {
                passing = self.live.next() => passing,
                _ = self.look.tick() => Passing::Missed,
            };
            let step = match passing {
                Passing::Event(event) => self.told_by(&event.event)?,
                Passing::Missed => self.read().await?,
                Passing::Closed => return Ok(None),
            };
            if let Some(step) = step {
                self.last = step.clone();
                return Ok(Some(step));
            }
        }
    }

    fn told_by(&self, event: &DomainEvent) -> Result<Option<OrderStepBody>, Error> {
        let ours = event.context == OrderContext::NAME
            && event.aggregate_type == Order::SCHEMA.kind
            && event.aggregate_id == self.last.order_id.uuid();
        if ours && event.aggregate_revision > self.read_at { self.last.after(event) } else { Ok(None) }
    }

    /// How the order stands, when that is news.
    async fn read(&mut self) -> Result<Option<OrderStepBody>, Error> {
        let order = self.services.orders.order(&self.request, self.last.order_id).await?.order;
        let news = order.revision.get() > self.last.revision;
        self.read_at = self.read_at.max(order.revision.get());
        Ok(news.then(|| OrderStepBody::present(&order)))
    }
}
