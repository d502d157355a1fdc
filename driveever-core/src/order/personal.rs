//! What the order service does with a person's data.
//!
//! Orders, their trail and the ledger are kept as long as tax law demands of records of sales (six years, HMRC); after an
//! erasure they name nobody: a user id without an account. What the person said goes: metadata, the question, and the
//! reasons of grants. An order that is under way loses its question too; it is undone unless its answer is stored.

use async_trait::async_trait;
use futures_util::{TryStreamExt, future::try_join3};
use serde_json::{Value, json};

use super::{AdviceSaga, LedgerTransaction, Order, OrderContext, OrderItem, OrderTransition, Orders};
use crate::{
    changes::Changes,
    error::{Error, StoreError},
    query::Query,
    repository::RepositoryExt,
    user::{PersonalData, UserId},
};

/// How often an order's erasure is tried again when a worker changes the order meanwhile.
const ATTEMPTS: u32 = 10;

#[async_trait]
impl PersonalData for Orders {
    fn context(&self) -> &'static str {
        "order"
    }

    async fn export(&self, user: UserId) -> Result<Value, Error> {
        let mut orders = Vec::new();
        let mut stream = self.ports.store.stream(of_user(user));
        while let Some(order) = stream.try_next().await? {
            let (items, trail, saga) = try_join3(
                async { Ok::<_, Error>(self.items(order.id).await?) },
                async { Ok(self.trail(order.id).await?) },
                self.saga_of(order.id),
            )
            .await?;
            orders.push(order_json(&order, &items, &trail, saga.as_ref()));
        }
        let credit = self.ports.ledger.credit(user).await?;
        let statement = self.ports.ledger.statement(user).await?;
        Ok(json!({
            "orders": orders,
            "credit": credit,
            "transactions": statement.iter().map(transaction_json).collect::<Vec<_>>(),
        }))
    }

    async fn erase(&self, user: UserId) -> Result<(), Error> {
        let orders: Vec<Order> = self.ports.store.stream(of_user(user)).try_collect().await?;
        for order in orders {
            self.erase_order(order).await?;
        }
        for transaction in self.ports.ledger.statement(user).await? {
            // A grant's reason is an admin's words about the person.
            if transaction.order_id.is_none() && transaction.note.is_some() {
                let anonymous = LedgerTransaction { note: None, ..transaction };
                self.ports.store.commit(Changes::new().delete(anonymous.id).insert(&anonymous)).await?;
            }
        }
        Ok(())
    }
}

fn of_user(user: UserId) -> Query<Order> {
    Query::filter(Order::USER_ID.eq(user))
}

impl Orders {
    async fn erase_order(&self, order: Order) -> Result<(), Error> {
        let id = order.id;
        let mut found = Some(order);
        for _ in 0..ATTEMPTS {
            let Some(order) = found else { return Ok(()) };
            let changes = self.erasure_of(order).await?;
            if changes.is_empty() {
                return Ok(());
            }
            match self.ports.store.commit(changes).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Stale { .. }) => found = self.ports.store.get(id).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Stale { kind: "order" })
    }

    async fn erasure_of(&self, mut order: Order) -> Result<Changes<OrderContext>, Error> {
        let (items, saga) = (self.items(order.id).await?, self.saga_of(order.id).await?);
        let mut changes = Changes::new();
        if order.metadata.take().is_some() {
            changes = changes.update(&mut order);
        }
        for item in items.into_iter().filter(|item| item.metadata.is_some()) {
            let anonymous = OrderItem { metadata: None, ..item };
            changes = changes.delete(anonymous.id).insert(&anonymous);
        }
        if let Some(mut saga) = saga.filter(|saga| saga.input.is_some()) {
            saga.input = None;
            if saga.active {
                // Whoever has it loses it here; recovery takes it up at once.
                saga.lease_owner = None;
                saga.lease_until = self.ports.clock.now();
            }
            changes = changes.update(&mut saga);
        }
        Ok(changes)
    }
}

fn order_json(order: &Order, items: &[OrderItem], trail: &[OrderTransition], saga: Option<&AdviceSaga>) -> Value {
    let input = saga.and_then(|saga| saga.input.as_ref());
    json!({
        "id": order.id,
        "status": order.status,
        "paymentStatus": order.payment_status,
        "totalAmount": order.total_minor,
        "currency": order.currency.code(),
        "promptId": order.prompt_id,
        "aiResponseId": order.response_id,
        "metadata": order.metadata,
        "question": input.map(|input| &input.question),
        "vehicleId": input.and_then(|input| input.vehicle_id),
        "registrationNumber": input.and_then(|input| input.registration_number.as_ref()),
        "sessionId": input.and_then(|input| input.session_id.as_ref()),
        "createdAt": order.created_at,
        "updatedAt": order.updated_at,
        "items": items.iter().map(item_json).collect::<Vec<_>>(),
        "history": trail.iter().map(transition_json).collect::<Vec<_>>(),
    })
}

fn item_json(item: &OrderItem) -> Value {
    json!({
        "productId": item.product_id,
        "productType": item.product_type,
        "name": item.name,
        "quantity": item.quantity,
        "unitPrice": item.unit_price_minor,
        "totalPrice": item.total_minor,
        "metadata": item.metadata,
    })
}

fn transition_json(transition: &OrderTransition) -> Value {
    json!({
        "from": transition.from_status,
        "to": transition.to_status,
        "paymentStatus": transition.payment_status,
        "reason": transition.reason,
        "at": transition.occurred_at,
    })
}

fn transaction_json(transaction: &LedgerTransaction) -> Value {
    json!({
        "operation": transaction.operation,
        "orderId": transaction.order_id,
        "amount": transaction.amount_minor,
        "currency": transaction.currency.code(),
        "note": transaction.note,
        "at": transaction.created_at,
    })
}
