//! The decisions: from what the ledger has of an order, and a user's balance, to new transactions. No store, no await.

use super::{LedgerOperation, LedgerTransaction, TestValue};
use crate::{
    money::Money,
    order::{
        OrderId,
        payment::{Authorisation, Authorise, Capture, PaymentError, PaymentKey, PaymentOutcome, Refund, Void},
    },
    time::Timestamp,
    user::UserId,
};

/// What a user may spend and what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Balance {
    pub(super) available: i64,
    pub(super) held: i64,
}

impl Balance {
    /// The balance after a transaction; none when one side would fall below zero or out of range.
    pub(super) fn after(self, operation: LedgerOperation, amount: i64) -> Option<Self> {
        let (available, held) = match operation {
            LedgerOperation::Grant | LedgerOperation::Refund => (self.available.checked_add(amount)?, self.held),
            LedgerOperation::Authorise => (self.available.checked_sub(amount)?, self.held.checked_add(amount)?),
            LedgerOperation::Revoke => (self.available.checked_sub(amount)?, self.held),
            LedgerOperation::Capture => (self.available, self.held.checked_sub(amount)?),
            LedgerOperation::Void => (self.available.checked_add(amount)?, self.held.checked_sub(amount)?),
            LedgerOperation::Decline => (self.available, self.held),
        };
        (available >= 0 && held >= 0).then_some(Self { available, held })
    }
}

/// Where a payment's money comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Funding {
    /// What the user may spend.
    Balance,
    /// The test mode, which grants the amount first, unless the order's test value says otherwise.
    Test(Option<TestValue>),
}

/// The part of an authorisation's key under which a test payment is funded.
const FUND: &str = "fund";

/// An order's transactions, those there are and those to add, and the balance that they lead to.
pub(super) struct Book {
    pub(super) now: Timestamp,
    /// Those that the store has.
    pub(super) stored: Vec<LedgerTransaction>,
    /// Those to add.
    pub(super) added: Vec<LedgerTransaction>,
    pub(super) balance: Balance,
}

/// What a new transaction is about.
struct Entry<'a> {
    key: &'a PaymentKey,
    operation: LedgerOperation,
    user: UserId,
    order: OrderId,
    amount: Money,
    reference: Option<String>,
    note: Option<String>,
}

impl Book {
    fn all(&self) -> impl Iterator<Item = &LedgerTransaction> {
        self.stored.iter().chain(&self.added)
    }

    fn with_key(&self, key: &PaymentKey) -> Option<&LedgerTransaction> {
        self.all().find(|transaction| transaction.key == key.as_str())
    }

    fn with_id(&self, operation: LedgerOperation, id: &str) -> Option<&LedgerTransaction> {
        self.all().find(|transaction| transaction.operation == operation && transaction.id.to_string() == id)
    }

    fn following(&self, operation: LedgerOperation, reference: &str) -> impl Iterator<Item = &LedgerTransaction> {
        let reference = reference.to_owned();
        self.all().filter(move |transaction| {
            transaction.operation == operation && transaction.reference.as_ref() == Some(&reference)
        })
    }

    fn add(&mut self, entry: Entry<'_>) -> Result<LedgerTransaction, PaymentError> {
        let balance = self.balance.after(entry.operation, entry.amount.minor);
        self.balance = balance.ok_or(PaymentError::Rejected("the balance does not allow it"))?;
        let holds = entry.operation == LedgerOperation::Authorise;
        let transaction = LedgerTransaction {
            id: LedgerTransaction::id_of(entry.key.as_str()),
            key: entry.key.as_str().to_owned(),
            operation: entry.operation,
            user_id: entry.user,
            order_id: Some(entry.order),
            amount_minor: entry.amount.minor,
            currency: entry.amount.currency,
            reference: entry.reference,
            note: entry.note,
            expires_at: holds.then(|| self.now.plus(super::HOLD)),
            created_at: self.now,
        };
        self.added.push(transaction.clone());
        Ok(transaction)
    }

    /// Holds.
    pub(super) fn authorise(&mut self, call: &Authorise, funding: Funding) -> Result<Authorisation, PaymentError> {
        if call.amount.minor <= 0 {
            return Err(PaymentError::Rejected("an amount must be more than nothing"));
        }
        if let Some(before) = self.with_key(&call.key) {
            let same = before.amount() == call.amount && before.user_id == call.user;
            return match outcome(before) {
                PaymentOutcome::Authorised { id, expires_at } if same => {
                    Ok(Authorisation::Authorised { id, expires_at })
                }
                PaymentOutcome::Declined { code } if same => Ok(Authorisation::Declined { code }),
                _ => Err(PaymentError::KeyReused),
            };
        }
        if self.following(LedgerOperation::Void, call.key.as_str()).next().is_some() {
            return Ok(Authorisation::Declined { code: "voided".to_owned() });
        }
        let declined = match funding {
            Funding::Test(Some(TestValue::Decline)) => Some("card_declined"),
            Funding::Test(Some(TestValue::Unknown)) => {
                return Err(PaymentError::Unknown("test value: unknown".to_owned()));
            }
            Funding::Test(Some(TestValue::Delay)) if self.now < call.asked_at.plus(super::DELAY) => {
                return Err(PaymentError::Unknown("test value: delay".to_owned()));
            }
            Funding::Test(_) => None,
            Funding::Balance => (self.balance.available < call.amount.minor).then_some("insufficient_funds"),
        };
        let entry = |key, operation, note: Option<&str>| Entry {
            key,
            operation,
            user: call.user,
            order: call.order,
            amount: call.amount,
            reference: None,
            note: note.map(str::to_owned),
        };
        if let Some(code) = declined {
            self.add(entry(&call.key, LedgerOperation::Decline, Some(code)))?;
            return Ok(Authorisation::Declined { code: code.to_owned() });
        }
        if matches!(funding, Funding::Test(_)) {
            let key = call.key.part(FUND);
            self.add(Entry { key: &key, ..entry(&call.key, LedgerOperation::Grant, Some("test")) })?;
        }
        let held = self.add(entry(&call.key, LedgerOperation::Authorise, None))?;
        let expires_at = held.expires_at.unwrap_or(self.now);
        Ok(Authorisation::Authorised { id: held.id.to_string(), expires_at })
    }

    /// Takes what is held, once; releases what is not taken.
    pub(super) fn capture(&mut self, call: &Capture) -> Result<String, PaymentError> {
        if let Some(before) = self.with_key(&call.key) {
            let same = before.operation == LedgerOperation::Capture
                && before.amount() == call.amount
                && before.reference.as_ref() == Some(&call.authorisation);
            return if same { Ok(before.id.to_string()) } else { Err(PaymentError::KeyReused) };
        }
        let held = self.with_id(LedgerOperation::Authorise, &call.authorisation).cloned();
        let held = held.ok_or(PaymentError::Rejected("there is no such hold"))?;
        if self.following(LedgerOperation::Capture, &call.authorisation).next().is_some() {
            return Err(PaymentError::Rejected("the hold was taken already"));
        }
        if self.following(LedgerOperation::Void, &held.key).next().is_some() {
            return Err(PaymentError::Rejected("the hold was let go"));
        }
        if held.expires_at.is_some_and(|expiry| expiry <= self.now) {
            return Err(PaymentError::Rejected("the hold has expired"));
        }
        let rest = held.amount().minus(call.amount).ok().filter(|rest| !rest.is_negative());
        let rest = rest.filter(|_| call.amount.minor > 0);
        let rest =
            rest.ok_or(PaymentError::Rejected("the amount must be more than nothing and at most what is held"))?;
        let entry = |key, operation, amount, reference| Entry {
            key,
            operation,
            user: held.user_id,
            order: call.order,
            amount,
            reference: Some(reference),
            note: None,
        };
        let taken = self.add(entry(&call.key, LedgerOperation::Capture, call.amount, call.authorisation.clone()))?;
        if !rest.is_zero() {
            let key = call.key.part("rest");
            let rest = self.add(entry(&key, LedgerOperation::Void, rest, held.key.clone()))?;
            self.revoke(&key, &rest, &held.key)?;
        }
        Ok(taken.id.to_string())
    }

    /// Lets go what is held, or notes that nothing was.
    pub(super) fn void(&mut self, call: &Void) -> Result<(), PaymentError> {
        if let Some(before) = self.with_key(&call.key) {
            let same = before.operation == LedgerOperation::Void
                && before.reference.as_deref() == Some(call.authorise_key.as_str());
            return if same { Ok(()) } else { Err(PaymentError::KeyReused) };
        }
        let held = self.with_key(&call.authorise_key);
        let held = held.filter(|held| held.operation == LedgerOperation::Authorise).cloned();
        if let Some(held) = &held {
            if self.following(LedgerOperation::Capture, &held.id.to_string()).next().is_some() {
                return Err(PaymentError::Rejected("the hold was taken already"));
            }
            if self.following(LedgerOperation::Void, &held.key).next().is_some() {
                return Ok(());
            }
        }
        let released = self.add(Entry {
            key: &call.key,
            operation: LedgerOperation::Void,
            user: call.user,
            order: call.order,
            amount: held.map_or(Money::zero(call.amount.currency), |held| held.amount()),
            reference: Some(call.authorise_key.as_str().to_owned()),
            note: None,
        })?;
        self.revoke(&call.key, &released, call.authorise_key.as_str())
    }

    /// Takes back what a test payment was funded with, as it returns: else whoever cancels a test order would have credit.
    fn revoke(
        &mut self,
        key: &PaymentKey,
        returned: &LedgerTransaction,
        authorise_key: &str,
    ) -> Result<(), PaymentError> {
        let fund = format!("{authorise_key}:{FUND}");
        let order = returned.order_id.filter(|_| returned.amount_minor > 0);
        let Some(order) = order.filter(|_| self.all().any(|transaction| transaction.key == fund)) else {
            return Ok(());
        };
        self.add(Entry {
            key: &key.part("revoke"),
            operation: LedgerOperation::Revoke,
            user: returned.user_id,
            order,
            amount: returned.amount(),
            reference: Some(returned.id.to_string()),
            note: None,
        })?;
        Ok(())
    }

    /// Gives back what was taken, in all at most that.
    pub(super) fn refund(&mut self, call: &Refund) -> Result<String, PaymentError> {
        if let Some(before) = self.with_key(&call.key) {
            let same = before.operation == LedgerOperation::Refund
                && before.amount() == call.amount
                && before.reference.as_ref() == Some(&call.capture);
            return if same { Ok(before.id.to_string()) } else { Err(PaymentError::KeyReused) };
        }
        let taken = self.with_id(LedgerOperation::Capture, &call.capture).cloned();
        let taken = taken.ok_or(PaymentError::Rejected("there is no such capture"))?;
        let refunded = self.following(LedgerOperation::Refund, &call.capture).map(LedgerTransaction::amount);
        let refunded = Money::sum(taken.currency, refunded).and_then(|sum| sum.plus(call.amount));
        let left = refunded.and_then(|refunded| taken.amount().minus(refunded)).ok();
        if call.amount.minor <= 0 || left.is_none_or(Money::is_negative) {
            return Err(PaymentError::Rejected("the amount must be more than nothing and at most what was taken"));
        }
        let given = self.add(Entry {
            key: &call.key,
            operation: LedgerOperation::Refund,
            user: taken.user_id,
            order: call.order,
            amount: call.amount,
            reference: Some(call.capture.clone()),
            note: None,
        })?;
        let held = taken.reference.as_deref().and_then(|id| self.with_id(LedgerOperation::Authorise, id));
        if let Some(key) = held.map(|held| held.key.clone()) {
            self.revoke(&call.key, &given, &key)?;
        }
        Ok(given.id.to_string())
    }
}

/// What a stored transaction says came of its call.
pub(super) fn outcome(transaction: &LedgerTransaction) -> PaymentOutcome {
    let id = transaction.id.to_string();
    match transaction.operation {
        LedgerOperation::Authorise => {
            PaymentOutcome::Authorised { id, expires_at: transaction.expires_at.unwrap_or(transaction.created_at) }
        }
        LedgerOperation::Capture => PaymentOutcome::Captured { id },
        LedgerOperation::Refund => PaymentOutcome::Refunded { id },
        LedgerOperation::Decline => PaymentOutcome::Declined { code: transaction.note.clone().unwrap_or_default() },
        LedgerOperation::Void | LedgerOperation::Grant | LedgerOperation::Revoke => PaymentOutcome::Voided,
    }
}

#[cfg(test)]
mod tests;
