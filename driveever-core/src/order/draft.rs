//! One decision on an order and its saga, being written down: state, trail and events together.

use super::{
    AdviceSaga, Metadata, Order, OrderContext, OrderItem, OrderStatus, OrderTransition, PaymentStatus, ProductType,
    event::{
        OrderCancelled, OrderCreated, OrderDelivered, OrderFailed, OrderPaid, OrderProcessing, OrderRefunded,
        OrderShipped,
    },
    transition::{self, Move, Mover},
};
use crate::{
    changes::Changes,
    error::Error,
    event::{EventBody, EventFactory},
    id::IdGenerator,
    request::{Actor, RequestContext},
    time::Clock,
};

/// Where ids and times come from, and in whose name things happen.
#[derive(Clone, Copy)]
pub(super) struct Scribe<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) ids: &'a dyn IdGenerator,
    pub(super) request: &'a RequestContext,
}

/// An order and its saga as they are to become, with everything that has to be stored with them.
pub(super) struct Draft<'a> {
    pub(super) order: Order,
    /// Absent for an order that never had one.
    pub(super) saga: Option<AdviceSaga>,
    scribe: Scribe<'a>,
    items: &'a [OrderItem],
    changes: Changes<OrderContext>,
    order_changed: bool,
    saga_changed: bool,
    new: bool,
}

/// What a draft comes to.
pub(super) struct Written {
    pub(super) order: Order,
    pub(super) saga: Option<AdviceSaga>,
    pub(super) changes: Changes<OrderContext>,
}

impl<'a> Draft<'a> {
    /// A decision on what is stored.
    pub(super) fn of(scribe: Scribe<'a>, order: Order, items: &'a [OrderItem], saga: Option<AdviceSaga>) -> Self {
        let changes = Changes::new();
        Self { order, saga, scribe, items, changes, order_changed: false, saga_changed: false, new: false }
    }

    /// The creation of an order.
    pub(super) fn creation(scribe: Scribe<'a>, order: Order, items: &'a [OrderItem], saga: Option<AdviceSaga>) -> Self {
        let mut draft = Self { new: true, ..Self::of(scribe, order, items, saga) };
        draft.changes = Changes::new().insert(&draft.order).insert_all(items);
        if let Some(saga) = &draft.saga {
            draft.changes = draft.changes.insert(saga);
        }
        draft.note_transition(scribe.request.actor, None, None);
        let order = &draft.order;
        let body = OrderCreated {
            order_id: order.id,
            user_id: order.user_id,
            total_amount: order.total_minor,
            currency: order.currency,
            product_types: draft.product_types(),
            has_question: draft.saga.is_some(),
        };
        draft.tell(&body);
        draft
    }

    /// Adds what else has to be stored, such as ledger entries.
    pub(super) fn with(mut self, changes: Changes<OrderContext>) -> Self {
        self.changes = self.changes.and(changes);
        self
    }

    /// Moves the order, tells of it, and notes it in the trail: as the system's own doing where nobody else moves it,
    /// whoever's request it is that the system works on.
    pub(super) fn move_to(
        &mut self,
        to: OrderStatus,
        payment: PaymentStatus,
        mover: Mover,
        reason: Option<&str>,
    ) -> Result<(), Error> {
        let from = self.order.status;
        let needs_shipping = self.items.iter().any(|item| item.requires_shipping);
        transition::check(&Move { from, to, payment, mover, needs_shipping })?;
        self.order.status = to;
        self.order.payment_status = payment;
        self.touch();
        let actor = if mover == Mover::System { Actor::System } else { self.scribe.request.actor };
        self.note_transition(actor, Some(from), reason);
        self.tell_status(actor, reason);
        Ok(())
    }

    /// Notes how the payment stands, while the order stays where it is.
    pub(super) fn set_payment(&mut self, payment: PaymentStatus) {
        self.order.payment_status = payment;
        self.touch();
    }

    /// Replaces the metadata.
    pub(super) fn set_metadata(&mut self, metadata: Option<Metadata>) {
        self.order.metadata = metadata;
        self.touch();
    }

    /// Marks the order as changed, so that whoever read it before is refused.
    pub(super) fn touch(&mut self) {
        self.order.updated_at = self.scribe.clock.now();
        self.order_changed = true;
    }

    /// The saga, to be changed.
    pub(super) fn saga(&mut self) -> Result<&mut AdviceSaga, Error> {
        self.saga_changed = true;
        let now = self.scribe.clock.now();
        let saga = self.saga.as_mut().ok_or_else(|| Error::internal("an order without a saga was to go on"))?;
        saga.updated_at = now;
        Ok(saga)
    }

    /// Gives the order a saga.
    pub(super) fn add_saga(&mut self, saga: AdviceSaga) {
        self.changes = std::mem::take(&mut self.changes).insert(&saga);
        self.saga = Some(saga);
        self.saga_changed = false;
    }

    /// Adds an event of the order.
    pub(super) fn tell<B: EventBody>(&mut self, body: &B) {
        self.tell_as(self.scribe.request.actor, body);
    }

    fn tell_as<B: EventBody>(&mut self, actor: Actor, body: &B) {
        let Scribe { clock, ids, request } = self.scribe;
        let request = RequestContext { actor, ..request.clone() };
        let revision = if self.new { self.order.revision } else { self.order.revision.next() };
        let event = EventFactory::new(clock, ids, &request).event(&self.order, revision, body);
        self.changes = std::mem::take(&mut self.changes).causing(event);
    }

    /// The whole, to be committed.
    pub(super) fn write(mut self) -> Written {
        if self.order_changed {
            self.changes = self.changes.update(&mut self.order);
        }
        if self.saga_changed
            && let Some(saga) = &mut self.saga
        {
            self.changes = self.changes.update(saga);
        }
        Written { order: self.order, saga: self.saga, changes: self.changes }
    }

    fn product_types(&self) -> Vec<ProductType> {
        self.items.iter().map(|item| item.product_type).collect()
    }

    fn note_transition(&mut self, actor: Actor, from: Option<OrderStatus>, reason: Option<&str>) {
        let Scribe { clock, ids, request } = self.scribe;
        let transition = OrderTransition {
            id: ids.id(),
            order_id: self.order.id,
            from_status: from,
            to_status: self.order.status,
            payment_status: self.order.payment_status,
            actor,
            reason: reason.map(str::to_owned),
            request_id: request.request_id.clone(),
            occurred_at: clock.now(),
        };
        self.changes = std::mem::take(&mut self.changes).insert(&transition);
    }

    fn tell_status(&mut self, actor: Actor, reason: Option<&str>) {
        let order = &self.order;
        let (order_id, user_id, total_amount, currency) = (order.id, order.user_id, order.total_minor, order.currency);
        let (payment_status, reason) = (order.payment_status, reason.map(str::to_owned));
        let progress = self.saga.as_ref().map(|saga| &saga.progress);
        let category = progress.and_then(|progress| progress.category);
        let prompt_id = progress.and_then(|progress| progress.prompt_id);
        let prompt_version = progress.and_then(|progress| progress.prompt_version);
        match order.status {
            // Told at its creation, which is no transition.
            OrderStatus::Pending => {}
            OrderStatus::Paid => self.tell_as(actor, &OrderPaid { order_id, user_id, total_amount, currency }),
            OrderStatus::Processing => self.tell_as(actor, &OrderProcessing { order_id, user_id }),
            OrderStatus::Shipped => self.tell_as(actor, &OrderShipped { order_id, user_id }),
            OrderStatus::Delivered => self.tell_delivered(actor),
            OrderStatus::Cancelled => {
                self.tell_as(
                    actor,
                    &OrderCancelled { order_id, user_id, total_amount, currency, payment_status, reason },
                );
            }
            OrderStatus::Refunded => {
                let provider = progress.and_then(|progress| progress.provider.clone());
                self.tell_as(
                    actor,
                    &OrderRefunded {
                        order_id,
                        user_id,
                        total_amount,
                        currency,
                        category,
                        prompt_id,
                        prompt_version,
                        provider,
                    },
                );
            }
            OrderStatus::Failed => {
                self.tell_as(
                    actor,
                    &OrderFailed {
                        order_id,
                        user_id,
                        total_amount,
                        currency,
                        payment_status,
                        reason,
                        category,
                        prompt_id,
                        prompt_version,
                    },
                );
            }
        }
    }

    fn tell_delivered(&mut self, actor: Actor) {
        let order = &self.order;
        let progress = self.saga.as_ref().map(|saga| &saga.progress);
        let duration = self.scribe.clock.now().since(order.created_at);
        let body = OrderDelivered {
            order_id: order.id,
            user_id: order.user_id,
            total_amount: order.total_minor,
            currency: order.currency,
            product_types: self.product_types(),
            ai_response_id: order.response_id,
            prompt_id: order.prompt_id,
            prompt_version: progress.and_then(|progress| progress.prompt_version),
            exposure_id: progress.and_then(|progress| progress.exposure_id),
            category: progress.and_then(|progress| progress.category),
            provider: progress.and_then(|progress| progress.provider.clone()),
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        };
        self.tell_as(actor, &body);
    }
}
