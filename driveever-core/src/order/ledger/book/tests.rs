use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::{id::Id, order::ledger::AccountName};

fn order() -> OrderId {
    Id::new(uuid::Uuid::from_u128(1))
}

fn book(available: i64) -> Book {
    let balance = Balance { available, held: 0 };
    Book { now: Timestamp::from_micros(0), stored: Vec::new(), added: Vec::new(), balance }
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

fn held(book: &mut Book, name: &str, pence: i64) -> String {
    match book.authorise(&authorise(name, pence), Funding::Balance) {
        Ok(Authorisation::Authorised { id, .. }) => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_call_gives_the_first_outcome_and_moves_nothing() {
    let mut book = book(100);
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
    let mut book = book(100);
    let id = held(&mut book, "auth", 60);
    assert!(matches!(book.authorise(&authorise("auth", 61), Funding::Balance), Err(PaymentError::KeyReused)));
    let taken = book.capture(&capture("capture", &id, 60)).unwrap();
    assert!(matches!(book.capture(&capture("capture", &id, 59)), Err(PaymentError::KeyReused)));
    assert!(matches!(book.void(&void("capture", "auth")), Err(PaymentError::KeyReused)));
    assert!(matches!(book.refund(&refund("auth", &taken, 60)), Err(PaymentError::KeyReused)));
}

#[test]
fn a_key_is_of_one_call_in_every_argument() {
    let mut book = book(200);
    let reused = |result| matches!(result, Err(PaymentError::KeyReused));
    let (one, other) = (held(&mut book, "one", 60), held(&mut book, "other", 60));
    let by_another = Authorise { user: Id::new(uuid::Uuid::from_u128(3)), ..authorise("one", 60) };
    assert!(reused(book.authorise(&by_another, Funding::Balance).map(drop)));
    book.authorise(&authorise("declined", 500), Funding::Balance).unwrap();
    assert!(reused(book.authorise(&authorise("declined", 501), Funding::Balance).map(drop)));
    let taken = book.capture(&capture("capture", &one, 60)).unwrap();
    assert!(reused(book.capture(&capture("capture", &other, 60)).map(drop)));
    book.void(&void("void", "other")).unwrap();
    assert!(reused(book.void(&void("void", "one"))));
    book.refund(&refund("refund", &taken, 10)).unwrap();
    assert!(reused(book.refund(&refund("refund", &taken, 11)).map(drop)));
    assert!(reused(book.refund(&refund("refund", &other, 10)).map(drop)));
    assert_eq!(book.balance, Balance { available: 150, held: 0 });
}

#[test]
fn payments_are_told_apart_by_what_they_follow() {
    let mut book = book(100);
    let (one, other) = (held(&mut book, "one", 60), held(&mut book, "other", 40));
    assert_eq!(book.balance, Balance { available: 0, held: 100 }, "all of a balance can be held");
    let rejected = |result: Result<String, PaymentError>| matches!(result, Err(PaymentError::Rejected(_)));
    assert!(rejected(book.capture(&capture("of nothing", "no id", 10))));
    let first = book.capture(&capture("first", &one, 60)).unwrap();
    assert!(rejected(book.capture(&capture("of a capture", &first, 10))));
    let second = book.capture(&capture("second", &other, 40)).unwrap();
    assert!(rejected(book.refund(&refund("of a hold", &one, 10))));
    book.refund(&refund("first back", &first, 60)).unwrap();
    assert!(rejected(book.refund(&refund("first again", &first, 1))));
    book.refund(&refund("second back", &second, 40)).unwrap();
    assert_eq!(book.balance, Balance { available: 100, held: 0 });
}

#[test]
fn nothing_and_less_are_no_amounts() {
    let mut book = book(100);
    let hold = held(&mut book, "hold", 60);
    let taken = held(&mut book, "taken", 10);
    let taken = book.capture(&capture("capture", &taken, 10)).unwrap();
    for pence in [0, -1] {
        assert!(book.authorise(&authorise("bad", pence), Funding::Balance).is_err(), "{pence}");
        assert!(book.capture(&capture("bad", &hold, pence)).is_err(), "{pence}");
        assert!(book.refund(&refund("bad", &taken, pence)).is_err(), "{pence}");
    }
    assert_eq!((book.added.len(), book.balance), (3, Balance { available: 30, held: 60 }));
}

#[test]
fn neither_side_of_a_balance_falls_below_nothing() {
    use LedgerOperation::{Authorise, Capture, Grant, Refund, Void};
    let after = |operation, amount| {
        let balance = Balance { available: 10, held: 5 }.after(operation, amount)?;
        Some((balance.available, balance.held))
    };
    assert_eq!((after(Authorise, 10), after(Authorise, 11)), (Some((0, 15)), None));
    assert_eq!((after(Capture, 5), after(Capture, 6)), (Some((10, 0)), None));
    assert_eq!((after(Void, 5), after(Void, 6)), (Some((15, 0)), None));
    assert_eq!((after(Grant, 1), after(Refund, 1)), (Some((11, 5)), Some((11, 5))));
    assert_eq!((after(Grant, i64::MAX), after(LedgerOperation::Decline, 99)), (None, Some((10, 5))));
}

#[test]
fn a_hold_that_arrives_after_its_void_is_declined() {
    let mut book = book(100);
    book.void(&void("void", "auth")).unwrap();
    book.void(&void("void", "auth")).unwrap();
    let late = book.authorise(&authorise("auth", 50), Funding::Balance).unwrap();
    assert_eq!(late, Authorisation::Declined { code: "voided".into() });
    assert_eq!((book.added.len(), book.balance.available), (1, 100));
}

#[test]
fn a_hold_is_taken_once_and_in_time_and_its_rest_released() {
    let mut book = book(100);
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
fn what_a_test_payment_gives_back_is_no_credit() {
    let paid = |name: &str| {
        let mut book = book(5);
        let id = match book.authorise(&authorise(name, 60), Funding::Test(None)) {
            Ok(Authorisation::Authorised { id, .. }) => id,
            other => panic!("{other:?}"),
        };
        (book, id)
    };
    let (mut voided, _) = paid("auth");
    voided.void(&void("void", "auth")).unwrap();
    voided.void(&void("void", "auth")).unwrap();
    assert_eq!(voided.balance, Balance { available: 5, held: 0 });
    let (mut refunded, id) = paid("auth");
    let taken = refunded.capture(&capture("capture", &id, 50)).unwrap();
    assert_eq!(refunded.balance, Balance { available: 5, held: 0 }, "the rest goes back where it came from");
    refunded.refund(&refund("refund", &taken, 20)).unwrap();
    refunded.refund(&refund("other", &taken, 30)).unwrap();
    assert_eq!(refunded.balance, Balance { available: 5, held: 0 });
    let revoked = refunded.added.iter().filter(|added| added.operation == LedgerOperation::Revoke);
    assert_eq!(revoked.map(|added| added.amount_minor).sum::<i64>(), 60, "as much as was granted");
}

#[test]
fn test_values_decline_delay_and_stay_unknown() {
    let mut book = book(0);
    let mut with = |name: &str, value| book.authorise(&authorise(name, 50), Funding::Test(value));
    assert!(matches!(with("a", Some(TestValue::Decline)), Ok(Authorisation::Declined { .. })));
    assert!(matches!(with("b", Some(TestValue::Unknown)), Err(PaymentError::Unknown(_))));
    assert!(matches!(with("c", Some(TestValue::Delay)), Err(PaymentError::Unknown(_))));
    assert!(matches!(with("d", None), Ok(Authorisation::Authorised { .. })));
    book.now = book.now.plus(super::super::DELAY);
    let delayed = book.authorise(&authorise("c", 50), Funding::Test(Some(TestValue::Delay)));
    assert!(matches!(delayed, Ok(Authorisation::Authorised { .. })));
    let mut ids: Vec<_> = book.added.iter().map(|transaction| transaction.id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((all, ids.len()), (5, 5), "a decline, and twice a grant and its hold, each with an id of its own");
}

proptest! {
    #[test]
    fn whatever_is_called_the_books_balance(
        calls in proptest::collection::vec((0_u8..4, 0_u8..3, 0_u8..3, -5_i64..80), 0..60)
    ) {
        let mut book = book(100);
        for (operation, name, of, pence) in calls {
            let id_of = |book: &Book, operation| {
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
