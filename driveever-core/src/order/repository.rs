//! The port down to storage.

use super::{AdviceSaga, LedgerAccount, LedgerTransaction, Order, OrderItem, OrderTransition};
use crate::repository::Repository;

/// Where orders, their sagas and the ledger are kept: in one store, so that they change together.
pub trait OrderRepository:
    Repository<Order>
    + Repository<OrderItem>
    + Repository<OrderTransition>
    + Repository<AdviceSaga>
    + Repository<LedgerTransaction>
    + Repository<LedgerAccount>
{
}

impl<T> OrderRepository for T where
    T: Repository<Order>
        + Repository<OrderItem>
        + Repository<OrderTransition>
        + Repository<AdviceSaga>
        + Repository<LedgerTransaction>
        + Repository<LedgerAccount>
        + ?Sized
{
}
