//! Placing an order, and finding it again when the request is repeated.

use super::{
    AdviceSaga, Metadata, NewOrder, Order, OrderDetails, OrderId, OrderItem, OrderStatus, Orders, PaymentStatus,
    SagaInput, SagaKind, SagaProgress, SagaStep,
    draft::Draft,
    new_order::{self, ValidOrder},
    orders::in_progress,
    run::Run,
};
use crate::{
    entity::{Entity, Revision},
    error::{Error, StoreError},
    id::Id,
    request::{RequestContext, Role},
    time::Timestamp,
    user::UserId,
    vehicle::FactsRequest,
};
use futures_util::future::join;

/// What placing led to.
enum Begun<'a> {
    /// A new order whose saga is ours.
    Saga(Box<Run<'a>>),
    /// A new order that waits to be paid.
    Waiting(Box<OrderDetails>),
    /// An order that the same request made before.
    Existing(Box<Order>),
}

impl Orders {
    pub(super) async fn place_order(&self, request: &RequestContext, new: NewOrder) -> Result<OrderDetails, Error> {
        match self.begin_order(request, new).await? {
            Begun::Saga(mut run) => {
                let end = run.drive().await?;
                run.result(end).await
            }
            Begun::Waiting(details) => Ok(*details),
            Begun::Existing(order) => self.resume(request, *order, false).await,
        }
    }

    pub(super) async fn store_order(&self, request: &RequestContext, new: NewOrder) -> Result<OrderDetails, Error> {
        match self.begin_order(request, new).await? {
            Begun::Saga(run) => Ok(run.into_details()),
            Begun::Waiting(details) => Ok(*details),
            Begun::Existing(order) => self.details(request, *order).await,
        }
    }

    async fn begin_order<'a>(&'a self, request: &'a RequestContext, new: NewOrder) -> Result<Begun<'a>, Error> {
        request.require(Role::User)?;
        let user = request.user_id()?;
        let facts = FactsRequest {
            vehicle_id: new.vehicle_id,
            registration_number: new.registration_number.clone().filter(|_| new.vehicle_id.is_none()),
        };
        let providers = self.providers_for(request, &new).await?;
        let valid = new_order::parse(new, &self.options.catalogue, &self.options.limits, providers.as_deref());
        let valid = self.check_with_others(request, user, &facts, valid).await?;
        let now = self.ports.clock.now();
        let order = new_order(request, user, &valid, now, || self.ports.ids.id());
        let items: Vec<OrderItem> = valid
            .items
            .into_iter()
            .zip(1_u32..)
            .map(|(item, line)| OrderItem {
                id: self.ports.ids.id(),
                order_id: order.id,
                line,
                product_id: item.product.id,
                product_type: item.product.product_type,
                name: item.product.name,
                description: item.product.description,
                requires_shipping: item.product.requires_shipping,
                quantity: item.quantity,
                unit_price_minor: item.product.unit_price.minor,
                total_minor: item.total.minor,
                metadata: item.metadata,
            })
            .collect();
        let saga = valid.input.map(|input| self.new_saga(request, order.id, SagaKind::Advice, Some(input)));
        let written = Draft::creation(self.scribe(request), order, &items, saga).write();
        match self.ports.store.commit(written.changes).await {
            Ok(()) => {}
            // The same request was here before.
            Err(StoreError::Duplicate { kind, .. }) if kind == Order::SCHEMA.kind => {
                let existing = self.visible(request, written.order.id).await?;
                return Ok(Begun::Existing(Box::new(existing)));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(match written.saga {
            Some(saga) => Begun::Saga(Box::new(Run::new(self, request.clone(), written.order, items, saga))),
            None => Begun::Waiting(Box::new(OrderDetails { order: written.order, items, advice: None })),
        })
    }

    /// The providers that may be named, when one is.
    async fn providers_for(&self, request: &RequestContext, new: &NewOrder) -> Result<Option<Vec<String>>, Error> {
        if new.provider.is_none() {
            return Ok(None);
        }
        let providers = self.ports.ai.providers(request).await?;
        Ok(Some(providers.into_iter().map(|provider| provider.name).collect()))
    }

    /// Asks who else has a say, side by side; their faults and ours are told together.
    async fn check_with_others(
        &self,
        request: &RequestContext,
        user: UserId,
        facts: &FactsRequest,
        valid: Result<ValidOrder, Vec<crate::validate::Violation>>,
    ) -> Result<ValidOrder, Error> {
        let asks = facts.vehicle_id.is_some() || facts.registration_number.is_some();
        let vehicle = async { if asks { self.ports.vehicles.check(request, facts).await } else { Ok(()) } };
        let (known, vehicle) = join(self.ports.users.user(request, user), vehicle).await;
        match (valid, vehicle) {
            (Err(mut faults), Err(Error::Invalid(more))) => {
                let new = more.into_iter().filter(|fault| faults.iter().all(|known| known.field != fault.field));
                let new: Vec<_> = new.collect();
                faults.extend(new);
                Err(Error::Invalid(faults))
            }
            (Err(faults), _) => Err(Error::Invalid(faults)),
            (Ok(_), Err(error)) => Err(error),
            (Ok(valid), Ok(())) => known.map(|_| valid),
        }
    }

    /// A saga at its beginning, ours for as long as a lease is.
    pub(super) fn new_saga(
        &self,
        request: &RequestContext,
        order: OrderId,
        kind: SagaKind,
        input: Option<SagaInput>,
    ) -> AdviceSaga {
        let now = self.ports.clock.now();
        AdviceSaga {
            id: order.cast(),
            revision: Revision::FIRST,
            deleted_at: None,
            kind,
            step: SagaStep::Authorise,
            active: true,
            input,
            progress: SagaProgress { payment_attempt: 1, begun_by: request.idempotency, ..SagaProgress::default() },
            lease_owner: Some(self.worker),
            lease_until: now.plus(self.options.lease),
            deadline: now.plus(self.options.deadline),
            attempts: 0,
            request_id: request.request_id.clone(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Goes on with an order, or gives what came of it. `fresh`: whoever calls may be the one for whom `begin` took the
    /// lease.
    pub(super) async fn resume(
        &self,
        request: &RequestContext,
        order: Order,
        fresh: bool,
    ) -> Result<OrderDetails, Error> {
        let Some(saga) = self.ports.store.get(Id::<AdviceSaga>::new(order.id.uuid())).await? else {
            return self.details(request, order).await;
        };
        if !saga.active {
            return self.outcome(request, order, &saga).await;
        }
        let mine = fresh && saga.lease_owner == Some(self.worker) && saga.revision == Revision::FIRST;
        let saga = if mine {
            saga
        } else if saga.is_leased(self.ports.clock.now()) {
            return Err(in_progress());
        } else {
            self.acquire(saga).await?.ok_or_else(in_progress)?
        };
        let items = self.items(order.id).await?;
        let mut run = Run::new(self, request.clone(), order, items, saga);
        let end = run.drive().await?;
        run.result(end).await
    }

    /// What came of an order: itself, or why it failed.
    pub(super) async fn outcome(
        &self,
        request: &RequestContext,
        order: Order,
        saga: &AdviceSaga,
    ) -> Result<OrderDetails, Error> {
        match &saga.progress.failure {
            Some(failure) if order.status == OrderStatus::Failed => Err(failure.to_error(order.id.uuid())),
            _ => self.details(request, order).await,
        }
    }

    /// Takes a saga's lease; nothing when another worker was quicker.
    pub(super) async fn acquire(&self, mut saga: AdviceSaga) -> Result<Option<AdviceSaga>, Error> {
        let now = self.ports.clock.now();
        saga.lease_owner = Some(self.worker);
        saga.lease_until = now.plus(self.options.lease);
        saga.attempts = saga.attempts.saturating_add(1);
        saga.updated_at = now;
        let changes = crate::changes::Changes::new().update(&mut saga);
        match self.ports.store.commit(changes).await {
            Ok(()) => Ok(Some(saga)),
            Err(StoreError::Stale { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn new_order(
    request: &RequestContext,
    user: UserId,
    valid: &ValidOrder,
    now: Timestamp,
    id: impl FnOnce() -> OrderId,
) -> Order {
    let metadata: Option<Metadata> = valid.metadata.clone().filter(|metadata| !metadata.is_empty());
    Order {
        id: request.idempotency.map_or_else(id, Id::new),
        revision: Revision::FIRST,
        deleted_at: None,
        user_id: user,
        status: OrderStatus::Pending,
        payment_status: PaymentStatus::Pending,
        total_minor: valid.total.minor,
        currency: valid.total.currency,
        prompt_id: None,
        response_id: None,
        metadata,
        created_at: now,
        updated_at: now,
    }
}
