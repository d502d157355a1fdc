//! An order's steps as they happen, as server-sent events.
//!
//! The first event tells how the order stands; each one after it a step, in order, until no further one follows by
//! itself. Steps come from the broadcast of events. Whatever that does not bring (a socket that was too slow, an event
//! that another process relayed) is made good by reading the order: when the broadcast says that something was missed, and
//! every [`BEAT`].

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use driveever_core::{
    Error, RequestContext,
    entity::{Context, Entity},
    event::{DomainEvent, EventBody, StoredEvent},
    order::{
        Order, OrderContext, OrderId, OrderStatus, PaymentStatus,
        event::{
            CompensationDelayed, OrderCancelled, OrderDelivered, OrderFailed, OrderPaid, OrderProcessing,
            OrderRefunded, OrderShipped, PaymentFailed, PaymentRefunded,
        },
    },
    time::Timestamp,
};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval_at},
};
use utoipa::ToSchema;

use super::{
    problems::ReadProblems,
    schema::{OrderStatusName, PaymentStatusName},
};
use crate::{
    http::{caller::User, parameters::PathId, problem::Problem},
    state::Services,
};

/// How often a quiet stream shows that it lives, and looks whether it missed something.
const BEAT: Duration = Duration::from_secs(15);

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

/// Each step of an order as it happens.
///
/// Events are named `step` and carry an `OrderStepBody` as JSON: first how the order stands, then each step, until it is
/// DELIVERED, CANCELLED, REFUNDED or FAILED. An event named `error` carries a problem and ends the stream.
#[utoipa::path(
    get, path = "/orders/{id}/stream", operation_id = "stream_order", tag = "orders",
    params(("id" = uuid::Uuid, Path, description = "The order.")),
    responses(
        (status = 200, description = "Steps, until the order comes to its end.", body = String, content_type = "text/event-stream"),
        ReadProblems
    ),
    security(("bearer" = []))
)]
pub(super) async fn stream_order(
    State(services): State<Services>,
    User(request): User,
    PathId(id): PathId<Order>,
) -> Result<impl IntoResponse, Problem> {
    // Listen first, so that nothing falls between the reading and the listening.
    let receiver = services.live.subscribe();
    let order = services.orders.order(&request, id).await?.order;
    Ok(Sse::new(Watch::of(services, request, &order, receiver).into_stream()))
}

/// One client that watches one order.
struct Watch {
    services: Services,
    request: RequestContext,
    receiver: Receiver<Arc<StoredEvent>>,
    beat: Interval,
    /// The last step told.
    last: OrderStepBody,
    /// What the order's revision was when it was last read: older events tell nothing new.
    read_at: u32,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    Steps,
    Over,
}

impl Watch {
    fn of(services: Services, request: RequestContext, order: &Order, receiver: Receiver<Arc<StoredEvent>>) -> Self {
        let mut beat = interval_at(tokio::time::Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let last = OrderStepBody::present(order);
        Self { services, request, receiver, beat, read_at: last.revision, last, stage: Stage::First }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watch| async move {
            let event = watch.next().await?;
            Some((Ok(event), watch))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        let told = match self.stage {
            Stage::Over => return None,
            Stage::First => Ok(Some(self.last.clone())),
            Stage::Steps => {
                let stop = self.services.stop.clone();
                tokio::select! {
                    () = stop.cancelled() => return None,
                    told = self.step() => told,
                }
            }
        };
        self.stage = Stage::Steps;
        let event = told.and_then(|step| {
            let Some(step) = step else { return Ok(Event::default().comment("")) };
            if step.is_last() {
                self.stage = Stage::Over;
            }
            let event = Event::default().event("step").json_data(&step).map_err(Error::internal)?;
            self.last = step;
            Ok(event)
        });
        Some(event.unwrap_or_else(|error| {
            self.stage = Stage::Over;
            let problem = Problem::from(error);
            let event = Event::default().event("error");
            event.json_data(&problem).unwrap_or_default()
        }))
    }

    /// The next step; nothing when a beat passed without one.
    async fn step(&mut self) -> Result<Option<OrderStepBody>, Error> {
        loop {
            tokio::select! {
                received = self.receiver.recv() => match received {
                    Ok(event) => {
                        if let Some(step) = self.told_by(&event.event)? {
                            return Ok(Some(step));
                        }
                    }
                    Err(RecvError::Lagged(_)) => {
                        if let Some(step) = self.read().await? {
                            return Ok(Some(step));
                        }
                    }
                    Err(RecvError::Closed) => return Err(Error::internal("the broadcast of events ended")),
                },
                _ = self.beat.tick() => return self.read().await,
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
