//! What owners and admins do with an order that stands: pay, cancel, refund, move on.
//!
//! Whatever involves money goes through the order's saga, so that a crash in between leaves something to resume. Giving
//! a saga work always changes the order's row too: of two commands that both read the order as free, one is refused.

use super::{
    AdviceSaga, CompensationBy, Order, OrderDetails, OrderId, OrderStatus, OrderUpdate, Orders, PaymentStatus,
    SagaKind, SagaProgress, SagaStep,
    draft::Draft,
    new_order,
    orders::in_progress,
    run::Run,
    transition::{self, Move, Mover},
};
use crate::{
    entity::Revision,
    error::{Error, StoreError},
    id::Id,
    request::{RequestContext, Role},
    validate::Validator,
};

/// How often a command is decided anew when somebody else changed the order meanwhile.
const ATTEMPTS: u32 = 5;

/// What a command comes to.
enum Taken<'a> {
    /// The order's saga has work to do, and it is ours.
    Begun(Box<Run<'a>>),
    /// It is done.
    Done(Box<Order>),
}

impl Orders {
    pub(super) async fn pay_order(&self, request: &RequestContext, id: OrderId) -> Result<OrderDetails, Error> {
        let order = self.visible(request, id).await?;
        let saga = self.saga_of(id).await?;
        if order.status != OrderStatus::Pending && is_repeated(request, saga.as_ref()) {
            return self.details(request, order).await;
        }
        check_move(request, &order, OrderStatus::Paid, PaymentStatus::Paid)?;
        if let Some(saga) = saga.as_ref().filter(|saga| saga.active) {
            if saga.kind == SagaKind::Advice || saga.step == SagaStep::Compensate {
                return Err(in_progress());
            }
            // A payment that was cut off.
            let details = self.resume(request, order, false).await?;
            return self.paid_or_not(details).await;
        }
        let items = self.items(id).await?;
        let mut draft = Draft::of(self.scribe(request), order, &items, saga);
        draft.set_payment(PaymentStatus::Pending);
        let fresh = self.new_saga(request, id, SagaKind::Payment, None);
        if draft.saga.is_some() {
            let saga = draft.saga()?;
            let payment_attempt = saga.progress.payment_attempt.saturating_add(1);
            let (id, revision) = (saga.id, saga.revision);
            *saga = AdviceSaga { id, revision, ..fresh };
            saga.progress.payment_attempt = payment_attempt;
        } else {
            draft.add_saga(fresh);
        }
        let written = draft.write();
        match self.ports.store.commit(written.changes).await {
            Ok(()) => {}
            // Somebody pays or cancels it at this moment.
            Err(error) if error.is_conflict() => return Err(in_progress()),
            Err(error) => return Err(error.into()),
        }
        let saga = written.saga.ok_or_else(|| Error::internal("a payment without a saga"))?;
        let mut run = Run::new(self, request.clone(), written.order, items, saga);
        let end = run.drive().await?;
        let details = run.result(end).await?;
        self.paid_or_not(details).await
    }

    /// A payment that was refused leaves the order PENDING, and is the caller's error.
    async fn paid_or_not(&self, details: OrderDetails) -> Result<OrderDetails, Error> {
        if details.order.payment_status != PaymentStatus::Failed {
            return Ok(details);
        }
        let saga = self.saga_of(details.order.id).await?;
        match saga.and_then(|saga| saga.progress.failure) {
            Some(failure) => Err(failure.to_error(details.order.id.uuid())),
            None => Ok(details),
        }
    }

    pub(super) async fn cancel_order(
        &self,
        request: &RequestContext,
        id: OrderId,
        expected: Option<Revision>,
    ) -> Result<OrderDetails, Error> {
        self.undo_order(request, id, expected, OrderStatus::Cancelled).await
    }

    pub(super) async fn refund_order(
        &self,
        request: &RequestContext,
        id: OrderId,
        expected: Option<Revision>,
    ) -> Result<OrderDetails, Error> {
        request.require(Role::Admin)?;
        self.undo_order(request, id, expected, OrderStatus::Refunded).await
    }

    async fn undo_order(
        &self,
        request: &RequestContext,
        id: OrderId,
        expected: Option<Revision>,
        target: OrderStatus,
    ) -> Result<OrderDetails, Error> {
        let mut tries = 1;
        loop {
            match self.try_undo(request, id, expected, target).await {
                Ok(Taken::Done(order)) => return self.details(request, *order).await,
                Ok(Taken::Begun(mut run)) => {
                    let end = run.drive().await?;
                    return run.result(end).await;
                }
                // With an expected revision there is nothing to decide anew.
                Err(Error::Stale { .. } | Error::Store(StoreError::Duplicate { .. }))
                    if expected.is_none() && tries < ATTEMPTS =>
                {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn try_undo<'a>(
        &'a self,
        request: &RequestContext,
        id: OrderId,
        expected: Option<Revision>,
        target: OrderStatus,
    ) -> Result<Taken<'a>, Error> {
        let order = self.visible(request, id).await?;
        let saga = self.saga_of(id).await?;
        if order.status == target && is_repeated(request, saga.as_ref()) {
            return Ok(Taken::Done(Box::new(order)));
        }
        expect(&order, expected)?;
        let paid = order.payment_status == PaymentStatus::Paid;
        let payment = if paid { PaymentStatus::Refunded } else { order.payment_status };
        let mover = check_move(request, &order, target, payment)?;
        let busy = saga.as_ref().is_some_and(|saga| saga.active);
        let items = self.items(id).await?;
        let payment = order.payment_status;
        let mut draft = Draft::of(self.scribe(request), order, &items, saga);
        if !busy && !paid {
            draft.move_to(target, payment, mover, None)?;
            let written = draft.write();
            self.ports.store.commit(written.changes).await?;
            return Ok(Taken::Done(Box::new(written.order)));
        }
        // A payment under way can still be called off; what is being undone, or fulfilled, cannot.
        if draft.saga.as_ref().is_some_and(|saga| saga.active && saga.step == SagaStep::Compensate) {
            return Err(in_progress());
        }
        let (worker, until) = (self.worker, self.ports.clock.now().plus(self.options.lease));
        let saga = draft.saga()?;
        saga.active = true;
        saga.step = SagaStep::Compensate;
        saga.lease_owner = Some(worker);
        saga.lease_until = until;
        saga.attempts = 0;
        saga.progress = SagaProgress {
            begun_by: request.idempotency,
            failure: None,
            target: Some(target),
            by: Some(if mover == Mover::Owner { CompensationBy::Owner } else { CompensationBy::Admin }),
            payment_undone: false,
            ..std::mem::take(&mut saga.progress)
        };
        draft.touch();
        let written = draft.write();
        self.ports.store.commit(written.changes).await?;
        let saga = written.saga.ok_or_else(|| Error::internal("a saga that vanished"))?;
        Ok(Taken::Begun(Box::new(Run::new(self, request.clone(), written.order, items, saga))))
    }

    pub(super) async fn update_order(
        &self,
        request: &RequestContext,
        id: OrderId,
        expected: Option<Revision>,
        update: OrderUpdate,
    ) -> Result<OrderDetails, Error> {
        request.require(Role::Admin)?;
        let mut check = Validator::new();
        if let Some(metadata) = &update.metadata {
            new_order::check_metadata(&mut check, "metadata", metadata, &self.options.limits);
            new_order::check_known_keys(&mut check, metadata);
        }
        let undoes = matches!(update.status, Some(OrderStatus::Cancelled | OrderStatus::Refunded));
        if undoes && update.metadata.is_some() {
            check.fault("metadata", "cannot be changed together with this status: make two calls");
        }
        if update == OrderUpdate::default() {
            check.fault("status", "is missing: give status, metadata or both");
        }
        check.finish()?;
        match update.status {
            Some(OrderStatus::Cancelled) => self.cancel_order(request, id, expected).await,
            Some(OrderStatus::Refunded) => self.refund_order(request, id, expected).await,
            _ => self.edit_order(request, id, expected, update).await,
        }
    }

    async fn edit_order(
        &self,
        request: &RequestContext,
        id: OrderId,
        expected: Option<Revision>,
        update: OrderUpdate,
    ) -> Result<OrderDetails, Error> {
        let mut tries = 1;
        loop {
            let order = self.visible(request, id).await?;
            expect(&order, expected)?;
            let items = self.items(id).await?;
            let payment = order.payment_status;
            // Read after the order: a saga that begins after this read has changed the order, and the commit is refused.
            let saga = self.saga_of(id).await?;
            let mut draft = Draft::of(self.scribe(request), order, &items, saga);
            if let Some(to) = update.status {
                let busy = draft.saga.as_ref().is_some_and(|saga| saga.active);
                draft.move_to(to, payment, Mover::Admin, None)?;
                if busy {
                    return Err(in_progress());
                }
            }
            if let Some(metadata) = &update.metadata {
                draft.set_metadata(Some(metadata.clone()).filter(|metadata| !metadata.is_empty()));
            }
            let written = draft.write();
            match self.ports.store.commit(written.changes).await {
                Ok(()) => return self.details(request, written.order).await,
                Err(StoreError::Stale { .. }) if expected.is_none() && tries < ATTEMPTS => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(super) async fn saga_of(&self, order: OrderId) -> Result<Option<AdviceSaga>, Error> {
        Ok(self.ports.store.get(Id::<AdviceSaga>::new(order.uuid())).await?)
    }
}

/// Checks a move by the caller; gives as whom they make it.
fn check_move(
    request: &RequestContext,
    order: &Order,
    to: OrderStatus,
    payment: PaymentStatus,
) -> Result<Mover, Error> {
    let own = request.user_id().is_ok_and(|user| user == order.user_id);
    let wanted = |mover| Move { from: order.status, to, payment, mover, needs_shipping: false };
    if own && transition::check(&wanted(Mover::Owner)).is_ok() {
        return Ok(Mover::Owner);
    }
    let mover = if request.roles.has(Role::Admin) { Mover::Admin } else { Mover::Owner };
    transition::check(&wanted(mover)).map(|()| mover)
}

/// Whether this request has been here before and did what it asks for.
fn is_repeated(request: &RequestContext, saga: Option<&AdviceSaga>) -> bool {
    request.idempotency.is_some() && saga.is_some_and(|saga| saga.progress.begun_by == request.idempotency)
}

fn expect(order: &Order, expected: Option<Revision>) -> Result<(), Error> {
    if expected.is_none_or(|expected| expected == order.revision) {
        Ok(())
    } else {
        Err(Error::Stale { kind: "order" })
    }
}
