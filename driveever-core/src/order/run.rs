//! A worker's hold on one order's saga, and the loop that takes it to its end.
//!
//! Each step ends in one commit that records its result and what comes next. A commit that loses to somebody else ends
//! the run: whoever was quicker goes on. A commit that fails ends it too: the lease runs out and recovery goes on.

use super::{
    AdviceSaga, Failure, Order, OrderContext, OrderDetails, OrderItem, OrderStatus, Orders, PaymentStatus, SagaKind,
    SagaStep, draft::Draft, payment::PaymentKey,
};
use crate::{
    ai::AiResponse,
    changes::Changes,
    entity::Entity,
    error::{Error, StoreError},
    request::RequestContext,
    time::Timestamp,
};
use futures_util::future::try_join;

/// How often a commit is tried again when somebody else changed the order or the user's balance meanwhile.
const RACES: u32 = 20;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing is left to do.
    Finished,
    /// It is to be tried again later.
    Waiting,
    /// Another worker has it.
    Lost,
}

/// What follows a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The step that is recorded now.
    Go,
    /// A pause.
    Wait,
}

/// Why a step came to no end.
#[derive(Debug)]
pub(super) enum Halt {
    /// Another worker has the saga.
    Lost,
    /// Another payment changed the books: look again.
    Race,
    /// Storage, or a defect.
    Error(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// An order, its saga, and whose hands they are in.
pub(super) struct Run<'a> {
    pub(super) orders: &'a Orders,
    /// In whose name the trail is written: the caller's, or the system's when it was taken up again.
    pub(super) request: RequestContext,
    pub(super) order: Order,
    pub(super) items: Vec<OrderItem>,
    pub(super) saga: AdviceSaga,
    pub(super) advice: Option<AiResponse>,
}

impl<'a> Run<'a> {
    pub(super) const fn new(
        orders: &'a Orders,
        request: RequestContext,
        order: Order,
        items: Vec<OrderItem>,
        saga: AdviceSaga,
    ) -> Self {
        Self { orders, request, order, items, saga, advice: None }
    }

    /// Goes on until there is nothing left to do, or not now.
    pub(super) async fn drive(&mut self) -> Result<End, Error> {
        while self.saga.active {
            let mut races = 0;
            let next = loop {
                // Boxed: a step's future holds other services' futures, and callers hold this one's.
                let step: futures_util::future::BoxFuture<'_, _> = match self.saga.step {
                    SagaStep::Authorise | SagaStep::Capture => Box::pin(self.pay()),
                    SagaStep::Prepare | SagaStep::Generate => Box::pin(self.advise()),
                    SagaStep::Compensate => Box::pin(self.compensate()),
                    SagaStep::Done => return Ok(End::Finished),
                };
                match step.await {
                    Err(Halt::Race) if races < RACES => races += 1,
                    Err(Halt::Race) => break self.wait().await,
                    other => break other,
                }
            };
            match next {
                Ok(Next::Go) => {}
                Ok(Next::Wait) => return Ok(End::Waiting),
                Err(Halt::Lost) => return Ok(End::Lost),
                Err(Halt::Race) => return Err(StoreError::Busy("too many payments of one user at a time").into()),
                Err(Halt::Error(error)) => return Err(error),
            }
        }
        Ok(End::Finished)
    }

    /// What the caller gets.
    pub(super) async fn result(self, end: End) -> Result<OrderDetails, Error> {
        if end == End::Lost {
            let order = self.orders.visible(&self.request, self.order.id).await?;
            let saga = self.orders.saga_of(order.id).await?.unwrap_or(self.saga);
            return self.orders.outcome(&self.request, order, &saga).await;
        }
        let failed = self.order.status == OrderStatus::Failed;
        if failed || self.order.response_id.is_some() && self.advice.is_none() {
            return self.orders.outcome(&self.request, self.order, &self.saga).await;
        }
        Ok(self.into_details())
    }

    pub(super) fn into_details(self) -> OrderDetails {
        OrderDetails { order: self.order, items: self.items, advice: self.advice }
    }

    /// The owner's request, in whose name other services are asked, also when it is the system that goes on.
    pub(super) fn owner(&self) -> RequestContext {
        RequestContext::user(self.order.user_id, self.saga.request_id.clone())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.orders.ports.clock.now()
    }

    pub(super) fn is_late(&self) -> bool {
        self.now() >= self.saga.deadline
    }

    pub(super) fn late(&self) -> Failure {
        Failure::late(self.orders.options.deadline)
    }

    pub(super) fn key(&self, operation: &str) -> PaymentKey {
        PaymentKey::of(self.order.id, self.saga.progress.payment_attempt, operation)
    }

    /// Until when the saga is ours, from now on, in this step.
    pub(super) fn lease_for(&self, step: SagaStep) -> Timestamp {
        let options = &self.orders.options;
        self.now().plus(if step == SagaStep::Generate { options.generate_lease } else { options.lease })
    }

    /// Commits what `decide` writes down, with `posted` beside it. `decide` is asked again when the order was changed
    /// meanwhile by somebody who does not hold the saga.
    pub(super) async fn commit(
        &mut self,
        posted: Changes<OrderContext>,
        decide: impl Fn(&mut Draft<'_>) -> Result<(), Error> + Send + Sync,
    ) -> Result<(), Halt> {
        for _ in 0..RACES {
            let scribe = self.orders.scribe(&self.request);
            let mut draft =
                Draft::of(scribe, self.order.clone(), &self.items, Some(self.saga.clone())).with(posted.clone());
            decide(&mut draft)?;
            let written = draft.write();
            match self.orders.ports.store.commit(written.changes).await {
                Ok(()) => {
                    self.order = written.order;
                    if let Some(saga) = written.saga {
                        self.saga = saga;
                    }
                    return Ok(());
                }
                Err(StoreError::Stale { kind, .. }) if kind == Order::SCHEMA.kind => self.read_again().await?,
                Err(StoreError::Stale { kind, .. }) if kind == AdviceSaga::SCHEMA.kind => return Err(Halt::Lost),
                Err(StoreError::Stale { .. }) => return Err(Halt::Race),
                Err(StoreError::Duplicate { kind, .. }) if kind.starts_with("ledger_") => return Err(Halt::Race),
                Err(error) => return Err(Halt::Error(error.into())),
            }
        }
        Err(Halt::Error(Error::Stale { kind: Order::SCHEMA.kind }))
    }

    async fn read_again(&mut self) -> Result<(), Halt> {
        let store = &self.orders.ports.store;
        let (order, saga) = try_join(store.get(self.order.id), store.get(self.saga.id)).await.map_err(Error::from)?;
        match (order, saga) {
            (Some(order), Some(saga)) if saga.revision == self.saga.revision => {
                self.order = order;
                Ok(())
            }
            _ => Err(Halt::Lost),
        }
    }

    /// Records why it fails; what follows is the compensation.
    pub(super) async fn fail(&mut self, failure: Failure) -> Result<Next, Halt> {
        let lease = self.lease_for(SagaStep::Compensate);
        let target = (self.saga.kind == SagaKind::Advice).then_some(OrderStatus::Failed);
        self.commit(Changes::new(), move |draft| {
            let saga = draft.saga()?;
            saga.step = SagaStep::Compensate;
            saga.lease_until = lease;
            saga.progress.failure = Some(failure.clone());
            saga.progress.target = target;
            saga.progress.by = None;
            Ok(())
        })
        .await?;
        Ok(Next::Go)
    }

    /// Gives the lease back until later.
    pub(super) async fn wait(&mut self) -> Result<Next, Halt> {
        let until = self.later();
        self.commit(Changes::new(), move |draft| {
            let saga = draft.saga()?;
            saga.lease_owner = None;
            saga.lease_until = until;
            Ok(())
        })
        .await?;
        Ok(Next::Wait)
    }

    /// When it should be tried again: the more often it was, the later; what is to be given up at its deadline, then at the
    /// latest.
    pub(super) fn later(&self) -> Timestamp {
        let options = &self.orders.options;
        let doubled = 1_u32.checked_shl(self.saga.attempts).unwrap_or(u32::MAX);
        let later = self.now().plus(options.backoff.saturating_mul(doubled).min(options.max_backoff));
        let is_undone = self.saga.step == SagaStep::Compensate || self.is_late();
        if is_undone { later } else { later.min(self.saga.deadline) }
    }

    /// How the payment stands when nothing is captured any more.
    pub(super) fn payment_after_undoing(&self, refunded: bool) -> PaymentStatus {
        if refunded || self.order.payment_status == PaymentStatus::Paid {
            PaymentStatus::Refunded
        } else {
            self.order.payment_status
        }
    }
}
