//! The decisions: from what the ledger has of an order, and a user's balance, to new transactions. No store, no await.

use super::{LedgerOperation, LedgerTransaction, TestValue};
use crate::{
    id::IdGenerator,
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

/// An order's transactions, those there are and those to add, and the balance that they lead to.
pub(super) struct Book<'a> {
    pub(super) ids: &'a dyn IdGenerator,
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

impl Book<'_> {
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
            id: self.ids.id(),
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
            let key = call.key.part("fund");
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
            self.add(entry(&call.key.part("rest"), LedgerOperation::Void, rest, held.key.clone()))?;
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
        self.add(Entry {
            key: &call.key,
            operation: LedgerOperation::Void,
            user: call.user,
            order: call.order,
            amount: held.map_or(Money::zero(call.amount.currency), |held| held.amount()),
            reference: Some(call.authorise_key.as_str().to_owned()),
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
        LedgerOperation::Void | LedgerOperation::Grant => PaymentOutcome::Voided,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        id::{Id, SequentialIds},
        order::ledger::AccountName,
    };

    fn order() -> OrderId {
        Id::new(uuid::Uuid::from_u128(1))
    }

    fn book(ids: &SequentialIds, available: i64) -> Book<'_> {
        let balance = Balance { available, held: 0 };
        Book { ids, now: Timestamp::from_micros(0), stored: Vec::new(), added: Vec::new(), balance }
    }

    fn key(name: &str) -> PaymentKey {
        PaymentKey::of(order(), 1, name)
    }

    fn authorise(name: &str, pence: i64) -> Authorise {
        Authorise {
            key: key(name),
            order: order(),
            user: Id::new(uuid::Uuid::from_u128(2)),
            amount: Money::gbp(pence),
            asked_at: Timestamp::from_micros(0),
            instruction: None,
        }
    }

    fn void(name: &str, of: &str) -> Void {
        let call = authorise(of, 0);
        Void { key: key(name), order: order(), user: call.user, authorise_key: call.key, amount: Money::gbp(50) }
    }

    fn capture(name: &str, authorisation: &str, pence: i64) -> Capture {
        let amount = Money::gbp(pence);
        Capture { key: key(name), order: order(), authorisation: authorisation.to_owned(), amount }
    }

    fn refund(name: &str, capture: &str, pence: i64) -> Refund {
        Refund { key: key(name), order: order(), capture: capture.to_owned(), amount: Money::gbp(pence) }
    }

    fn held(book: &mut Book<'_>, name: &str, pence: i64) -> String {
        match book.authorise(&authorise(name, pence), Funding::Balance) {
            Ok(Authorisation::Authorised { id, .. }) => id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_same_call_gives_the_first_outcome_and_moves_nothing() {
        let ids = SequentialIds::new();
        let mut book = book(&ids, 100);
        let first = held(&mut book, "auth", 60);
        assert_eq!(held(&mut book, "auth", 60), first);
        let declined = Authorisation::Declined { code: "insufficient_funds".into() };
        assert_eq!(book.authorise(&authorise("other", 60), Funding::Balance).unwrap(), declined);
        book.balance.available += 1_000;
        assert_eq!(book.authorise(&authorise("other", 60), Funding::Balance).unwrap(), declined, "a decline stays one");
        let taken = book.capture(&capture("capture", &first, 60)).unwrap();
        assert_eq!(book.capture(&capture("capture", &first, 60)).unwrap(), taken);
        let back = book.refund(&refund("refund", &taken, 60)).unwrap();
        assert_eq!(book.refund(&refund("refund", &taken, 60)).unwrap(), back);
        assert_eq!(book.balance, Balance { available: 1_100, held: 0 });
        assert_eq!(book.added.len(), 4);
    }

    #[test]
    fn a_key_with_other_arguments_is_refused() {
        let ids = SequentialIds::new();
        let mut book = book(&ids, 100);
        let id = held(&mut book, "auth", 60);
        assert!(matches!(book.authorise(&authorise("auth", 61), Funding::Balance), Err(PaymentError::KeyReused)));
        let taken = book.capture(&capture("capture", &id, 60)).unwrap();
        assert!(matches!(book.capture(&capture("capture", &id, 59)), Err(PaymentError::KeyReused)));
        assert!(matches!(book.void(&void("capture", "auth")), Err(PaymentError::KeyReused)));
        assert!(matches!(book.refund(&refund("auth", &taken, 60)), Err(PaymentError::KeyReused)));
    }

    #[test]
    fn a_hold_that_arrives_after_its_void_is_declined() {
        let ids = SequentialIds::new();
        let mut book = book(&ids, 100);
        book.void(&void("void", "auth")).unwrap();
        book.void(&void("void", "auth")).unwrap();
        let late = book.authorise(&authorise("auth", 50), Funding::Balance).unwrap();
        assert_eq!(late, Authorisation::Declined { code: "voided".into() });
        assert_eq!((book.added.len(), book.balance.available), (1, 100));
    }

    #[test]
    fn a_hold_is_taken_once_and_in_time_and_its_rest_released() {
        let ids = SequentialIds::new();
        let mut book = book(&ids, 100);
        let id = held(&mut book, "auth", 60);
        assert!(matches!(book.capture(&capture("more", &id, 61)), Err(PaymentError::Rejected(_))));
        book.capture(&capture("capture", &id, 40)).unwrap();
        assert_eq!(book.balance, Balance { available: 60, held: 0 });
        assert!(matches!(book.capture(&capture("again", &id, 10)), Err(PaymentError::Rejected(_))));
        let late = held(&mut book, "late", 10);
        book.now = book.now.plus(super::super::HOLD);
        assert!(matches!(book.capture(&capture("late capture", &late, 10)), Err(PaymentError::Rejected(_))));
        book.void(&void("late void", "late")).unwrap();
        assert_eq!(book.balance, Balance { available: 60, held: 0 });
    }

    #[test]
    fn test_values_decline_delay_and_stay_unknown() {
        let ids = SequentialIds::new();
        let mut book = book(&ids, 0);
        let mut with = |name: &str, value| book.authorise(&authorise(name, 50), Funding::Test(value));
        assert!(matches!(with("a", Some(TestValue::Decline)), Ok(Authorisation::Declined { .. })));
        assert!(matches!(with("b", Some(TestValue::Unknown)), Err(PaymentError::Unknown(_))));
        assert!(matches!(with("c", Some(TestValue::Delay)), Err(PaymentError::Unknown(_))));
        assert!(matches!(with("d", None), Ok(Authorisation::Authorised { .. })));
        book.now = book.now.plus(super::super::DELAY);
        let delayed = book.authorise(&authorise("c", 50), Funding::Test(Some(TestValue::Delay)));
        assert!(matches!(delayed, Ok(Authorisation::Authorised { .. })));
    }

    proptest! {
        #[test]
        fn whatever_is_called_the_books_balance(
            calls in proptest::collection::vec((0_u8..4, 0_u8..3, 0_u8..3, -5_i64..80), 0..60)
        ) {
            let ids = SequentialIds::new();
            let mut book = book(&ids, 100);
            for (operation, name, of, pence) in calls {
                let id_of = |book: &Book<'_>, operation| {
                    let found = book.all().filter(|transaction| transaction.operation == operation);
                    found.map(|transaction| transaction.id.to_string()).nth(usize::from(of)).unwrap_or_default()
                };
                // Errors are fine; what they leave behind is not to be.
                let _ = match operation {
                    0 => book.authorise(&authorise(&format!("auth{name}"), pence), Funding::Balance).map(drop),
                    1 => {
                        let id = id_of(&book, LedgerOperation::Authorise);
                        book.capture(&capture(&format!("capture{name}"), &id, pence)).map(drop)
                    }
                    2 => book.void(&void(&format!("void{name}"), &format!("auth{of}"))),
                    _ => {
                        let id = id_of(&book, LedgerOperation::Capture);
                        book.refund(&refund(&format!("refund{name}"), &id, pence)).map(drop)
                    }
                };
            }
            let user: UserId = authorise("any", 1).user;
            let mut sums: HashMap<AccountName, i64> = HashMap::from([(AccountName::Available(user), 100)]);
            for transaction in &book.added {
                let postings = transaction.postings().unwrap();
                prop_assert_eq!(postings.iter().map(|posting| posting.amount.minor).sum::<i64>(), 0);
                for posting in postings {
                    *sums.entry(posting.account).or_default() += posting.amount.minor;
                }
            }
            let sum = |account| sums.get(&account).copied().unwrap_or_default();
            prop_assert_eq!(sum(AccountName::Available(user)), book.balance.available);
            prop_assert_eq!(sum(AccountName::Held(user)), book.balance.held);
            prop_assert!(book.balance.available >= 0 && book.balance.held >= 0);
            prop_assert!((0..=100).contains(&sum(AccountName::Revenue)));
        }
    }
}
