//! Transactions, their postings, and users' balances.

use std::fmt;

use super::super::{OrderContext, OrderId};
use crate::{
    entity,
    id::{Id, derived_uuid},
    money::{Currency, Money, MoneyError},
    text_enum,
    time::Timestamp,
    user::UserId,
};

text_enum! {
    /// What a transaction does.
    pub enum LedgerOperation {
        /// Gives credit: `system:grants` to `user:U:available`.
        Grant = "grant",
        /// Holds: `user:U:available` to `user:U:held`.
        Authorise = "authorise",
        /// Takes: `user:U:held` to `system:revenue`.
        Capture = "capture",
        /// Lets go: `user:U:held` to `user:U:available`. Of nothing, when the hold never arrived.
        Void = "void",
        /// Gives back: `system:revenue` to `user:U:available`.
        Refund = "refund",
        /// Takes a grant back: `user:U:available` to `system:grants`. What a test payment gives back is no credit.
        Revoke = "revoke",
        /// Notes that a hold was declined; nothing moves.
        Decline = "decline",
    }
}

/// An account's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountName {
    /// Where credit comes from; as far below zero as was granted.
    Grants,
    /// What was earned.
    Revenue,
    /// What a user may spend.
    Available(UserId),
    /// What a user's payments hold.
    Held(UserId),
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grants => f.write_str("system:grants"),
            Self::Revenue => f.write_str("system:revenue"),
            Self::Available(user) => write!(f, "user:{user}:available"),
            Self::Held(user) => write!(f, "user:{user}:held"),
        }
    }
}

/// One side of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: AccountName,
    /// What is added to its balance; below zero what is taken.
    pub amount: Money,
}

entity! {
    /// One operation on the ledger. Never changes. Its id follows from its key, so that no key is used twice.
    #[derive(PartialEq)]
    pub struct LedgerTransaction in OrderContext as append_only "ledger_transaction" in "order_ledger_transactions" {
        unique [], lookup ["order_id", "user_id"], search [],
    } {
        /// What makes it the same call.
        pub key: String => KEY,
        /// What it does.
        pub operation: LedgerOperation => OPERATION,
        /// Whose accounts it concerns.
        pub user_id: UserId => USER_ID,
        /// For which order; absent for an admin's grant.
        pub order_id: Option<OrderId> => ORDER_ID,
        /// How much moves, in minor units; of a decline, how much was asked for.
        pub amount_minor: i64 => AMOUNT_MINOR,
        /// The currency.
        pub currency: Currency => CURRENCY,
        /// What it follows: a capture's authorisation, a void's authorisation key, a refund's capture, what
        /// returned the money that a revocation takes.
        pub reference: Option<String> => REFERENCE,
        /// A decline's code, a grant's reason.
        pub note: Option<String> => NOTE,
        /// Until when an authorisation holds.
        pub expires_at: Option<Timestamp> => EXPIRES_AT,
        /// When.
        pub created_at: Timestamp => CREATED_AT,
    }
}

impl LedgerTransaction {
    /// The id of the transaction with this key.
    pub fn id_of(key: &str) -> Id<Self> {
        Id::new(derived_uuid([key]))
    }

    /// How much it is about.
    pub const fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// What it adds to which account: two postings that sum to zero; none of a decline.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] for an amount that has no negative, which is never written.
    pub fn postings(&self) -> Result<Vec<Posting>, MoneyError> {
        let user = self.user_id;
        let (debit, credit) = match self.operation {
            LedgerOperation::Grant => (AccountName::Grants, AccountName::Available(user)),
            LedgerOperation::Authorise => (AccountName::Available(user), AccountName::Held(user)),
            LedgerOperation::Capture => (AccountName::Held(user), AccountName::Revenue),
            LedgerOperation::Void => (AccountName::Held(user), AccountName::Available(user)),
            LedgerOperation::Refund => (AccountName::Revenue, AccountName::Available(user)),
            LedgerOperation::Revoke => (AccountName::Available(user), AccountName::Grants),
            LedgerOperation::Decline => return Ok(Vec::new()),
        };
        let amount = self.amount();
        Ok(vec![Posting { account: debit, amount: amount.negated()? }, Posting { account: credit, amount }])
    }
}

entity! {
    /// A user's balances in one currency.
    #[derive(PartialEq)]
    pub struct LedgerAccount in OrderContext as versioned "ledger_account" in "order_ledger_accounts" {
        unique [["user_id", "currency"]], lookup ["user_id"], search [],
    } {
        /// Whose.
        pub user_id: UserId => USER_ID,
        /// In which currency.
        pub currency: Currency => CURRENCY,
        /// What may be spent, in minor units; never below zero.
        pub available_minor: i64 => AVAILABLE_MINOR,
        /// What payments hold, in minor units; never below zero.
        pub held_minor: i64 => HELD_MINOR,
        /// When it last changed.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}
