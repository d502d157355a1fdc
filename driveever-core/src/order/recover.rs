//! Background work: sagas whose worker is gone, and orders that nobody paid.

use futures_util::{StreamExt, stream};

use super::{
    AdviceSaga, Order, OrderStatus, Orders, PaymentStatus, Recovered, SagaStep,
    draft::Draft,
    run::{End, Run},
    transition::Mover,
};
use crate::{
    changes::Changes,
    error::{Error, StoreError},
    query::{Filter, Query},
    request::RequestContext,
};

/// How many leases one commit ends.
const RELEASED_AT_ONCE: u32 = 256;

/// In whose name the trail is written.
fn system() -> RequestContext {
    RequestContext::system("recovery")
}

impl Orders {
    pub(super) async fn recover_orders(&self, limit: u32) -> Result<Recovered, Error> {
        let mut recovered = self.resume_due(limit).await?;
        recovered.expired = self.call_off_unpaid(limit).await?;
        Ok(recovered)
    }

    /// Goes on with the orders whose time has come: whose payment was not known, or whose worker is gone. A part of
    /// [`recover`](super::OrderService::recover) that costs little when nothing is due, to be called every second or so.
    ///
    /// # Errors
    /// The store's.
    pub async fn resume_due(&self, limit: u32) -> Result<Recovered, Error> {
        let mut recovered = Recovered::default();
        let now = self.ports.clock.now();
        let left = Filter::all([AdviceSaga::ACTIVE.eq(true), AdviceSaga::LEASE_UNTIL.at_most(now)]);
        let left = Query::filter(left).sort(AdviceSaga::LEASE_UNTIL.ascending()).limit(limit);
        let sagas = self.ports.store.find(&left).await?;
        let side_by_side = self.options.recover_side_by_side.max(1);
        let mut ends = stream::iter(sagas).map(|saga| self.take_up(saga)).buffer_unordered(side_by_side);
        while let Some(end) = ends.next().await {
            match end {
                Ok(End::Finished) => recovered.finished += 1,
                Ok(End::Waiting) => recovered.waiting += 1,
                Ok(End::Lost) => recovered.lost += 1,
                Err(_) => recovered.errors += 1,
            }
        }
        drop(ends);
        Ok(recovered)
    }

    /// Ends the leases that an earlier process of this worker's name left, so that recovery takes its orders up at once;
    /// gives how many. For a name that no other living process has, before the first order.
    ///
    /// # Errors
    /// The store's.
    pub async fn release_former(&self) -> Result<usize, Error> {
        let mut released = 0;
        loop {
            let now = self.ports.clock.now();
            let held = Filter::all([
                AdviceSaga::ACTIVE.eq(true),
                AdviceSaga::LEASE_OWNER.eq(Some(self.worker)),
                AdviceSaga::LEASE_UNTIL.greater(now),
            ]);
            let mut sagas = self.ports.store.find(&Query::filter(held).limit(RELEASED_AT_ONCE)).await?;
            if sagas.is_empty() {
                return Ok(released);
            }
            let changes = sagas.iter_mut().fold(Changes::new(), |changes, saga| {
                (saga.lease_owner, saga.lease_until) = (None, now);
                changes.update(saga)
            });
            self.ports.store.commit(changes).await?;
            released += sagas.len();
        }
    }

    async fn take_up(&self, saga: AdviceSaga) -> Result<End, Error> {
        let Some(mut saga) = self.acquire(saga).await? else { return Ok(End::Lost) };
        let Some(order) = self.ports.store.get(saga.id.cast::<Order>()).await? else {
            // Its order is gone for good: nothing can be done for it.
            saga.step = SagaStep::Done;
            saga.active = false;
            self.ports.store.commit(Changes::new().update(&mut saga)).await?;
            return Ok(End::Finished);
        };
        let items = self.items(order.id).await?;
        Run::new(self, system(), order, items, saga).drive().await
    }

    /// Calls off orders that stayed unpaid for too long.
    async fn call_off_unpaid(&self, limit: u32) -> Result<usize, Error> {
        let before = self.ports.clock.now().minus(self.options.unpaid_for);
        let unpaid = Filter::all([Order::STATUS.eq(OrderStatus::Pending), Order::CREATED_AT.less(before)]);
        let unpaid = Query::filter(unpaid).limit(limit);
        let mut expired = 0;
        for order in self.ports.store.find(&unpaid).await? {
            let saga = self.saga_of(order.id).await?;
            if saga.as_ref().is_some_and(|saga| saga.active) {
                continue;
            }
            let items = self.items(order.id).await?;
            let payment: PaymentStatus = order.payment_status;
            let request = system();
            let mut draft = Draft::of(self.scribe(&request), order, &items, saga);
            draft.move_to(OrderStatus::Cancelled, payment, Mover::System, Some("unpaid"))?;
            match self.ports.store.commit(draft.write().changes).await {
                Ok(()) => expired += 1,
                // Paid or cancelled at this moment.
                Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(expired)
    }
}
