//! The ledger as a payment processor.

use async_trait::async_trait;
use futures_util::future::try_join;

use super::{
    Ledger, LedgerAccount, LedgerTransaction, PaymentMode, TestValue,
    book::{Balance, Book, Funding, outcome},
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::StoreError,
    money::Currency,
    order::{
        OrderContext, OrderId,
        payment::{
            Authorisation, Authorise, Capture, PaymentError, PaymentKey, PaymentOutcome, PaymentProcessor, Posted,
            Purchase, Refund, Void,
        },
    },
    query::{Filter, Query},
    repository::RepositoryExt,
    user::UserId,
};

impl Ledger {
    async fn transactions(&self, order: OrderId) -> Result<Vec<LedgerTransaction>, StoreError> {
        self.store.find(&Query::filter(LedgerTransaction::ORDER_ID.eq(order))).await
    }

    pub(super) async fn account(&self, user: UserId, currency: Currency) -> Result<Option<LedgerAccount>, StoreError> {
        let filter = Filter::all([LedgerAccount::USER_ID.eq(user), LedgerAccount::CURRENCY.eq(currency)]);
        self.store.find_one_by(filter).await
    }

    fn book(&self, stored: Vec<LedgerTransaction>, balance: Balance) -> Book {
        Book { now: self.clock.now(), stored, added: Vec::new(), balance }
    }

    /// The book of an order of this user, with their balance; their account's row when there is one.
    async fn open(
        &self,
        order: OrderId,
        user: UserId,
        currency: Currency,
    ) -> Result<(Book, Option<LedgerAccount>), StoreError> {
        let (stored, account) = try_join(self.transactions(order), self.account(user, currency)).await?;
        Ok((self.book(stored, balance_of(account.as_ref())), account))
    }

    /// What a book adds, with the change of the user's balance from `before` to the book's.
    pub(super) fn entries(
        &self,
        book: &Book,
        before: Balance,
        account: Option<LedgerAccount>,
        user: UserId,
        currency: Currency,
    ) -> Result<Changes<OrderContext>, PaymentError> {
        let changes = Changes::new().insert_all(&book.added);
        let (available, held) = (book.balance.available - before.available, book.balance.held - before.held);
        if (available, held) == (0, 0) {
            return Ok(changes);
        }
        let new = account.is_none();
        let mut account = account.unwrap_or_else(|| LedgerAccount {
            id: self.ids.id(),
            revision: Revision::FIRST,
            deleted_at: None,
            user_id: user,
            currency,
            available_minor: 0,
            held_minor: 0,
            updated_at: book.now,
        });
        let after = |balance: i64, by: i64| balance.checked_add(by).filter(|balance| *balance >= 0);
        let refused = PaymentError::Rejected("the balance does not allow it");
        let sides = after(account.available_minor, available).zip(after(account.held_minor, held));
        (account.available_minor, account.held_minor) = sides.ok_or(refused)?;
        account.updated_at = book.now;
        Ok(if new { changes.insert(&account) } else { changes.update(&mut account) })
    }

    /// Where the money comes from; in the test mode with what the order tells it to do.
    fn funding(&self, authorise: &Authorise) -> Funding {
        let told = || authorise.instruction.as_deref().and_then(|value| value.parse::<TestValue>().ok());
        match self.mode {
            PaymentMode::Test => Funding::Test(told()),
            PaymentMode::Credit => Funding::Balance,
        }
    }

    /// A test payment is funded by itself, whatever the balance; else the balance is read.
    async fn open_for(&self, authorise: &Authorise) -> Result<(Book, Option<LedgerAccount>), StoreError> {
        if self.mode == PaymentMode::Test {
            let stored = self.transactions(authorise.order).await?;
            return Ok((self.book(stored, Balance::default()), None));
        }
        self.open(authorise.order, authorise.user, authorise.amount.currency).await
    }
}

fn balance_of(account: Option<&LedgerAccount>) -> Balance {
    account
        .map_or(Balance::default(), |account| Balance { available: account.available_minor, held: account.held_minor })
}

/// The user and currency that an order's transactions are about.
fn subject(stored: &[LedgerTransaction]) -> Result<(UserId, Currency), PaymentError> {
    let first = stored.first().ok_or(PaymentError::Rejected("nothing was paid for this order"))?;
    Ok((first.user_id, first.currency))
}

#[async_trait]
impl PaymentProcessor for Ledger {
    async fn authorise(&self, call: &Authorise) -> Result<Posted<Authorisation>, PaymentError> {
        let (mut book, mut account) = self.open_for(call).await?;
        let before = book.balance;
        let outcome = book.authorise(call, self.funding(call))?;
        let (user, currency) = (call.user, call.amount.currency);
        if self.mode == PaymentMode::Test {
            account = self.account(user, currency).await?;
        }
        let changes = self.entries(&book, before, account, user, currency)?;
        Ok(Posted { outcome, changes })
    }

    async fn capture(&self, call: &Capture) -> Result<Posted<String>, PaymentError> {
        let (user, currency) = subject(&self.transactions(call.order).await?)?;
        let (mut book, account) = self.open(call.order, user, currency).await?;
        let before = book.balance;
        let outcome = book.capture(call)?;
        Ok(Posted { outcome, changes: self.entries(&book, before, account, user, currency)? })
    }

    async fn void(&self, call: &Void) -> Result<Posted<()>, PaymentError> {
        let (user, currency) = (call.user, call.amount.currency);
        let (mut book, account) = self.open(call.order, user, currency).await?;
        let before = book.balance;
        book.void(call)?;
        Ok(Posted { outcome: (), changes: self.entries(&book, before, account, user, currency)? })
    }

    async fn refund(&self, call: &Refund) -> Result<Posted<String>, PaymentError> {
        let (user, currency) = subject(&self.transactions(call.order).await?)?;
        let (mut book, account) = self.open(call.order, user, currency).await?;
        let before = book.balance;
        let outcome = book.refund(call)?;
        Ok(Posted { outcome, changes: self.entries(&book, before, account, user, currency)? })
    }

    async fn find(&self, _order: OrderId, key: &PaymentKey) -> Result<Option<PaymentOutcome>, PaymentError> {
        let found = self.store.get(LedgerTransaction::id_of(key.as_str())).await?;
        Ok(found.as_ref().map(outcome))
    }

    async fn purchase(
        &self,
        call: &Authorise,
        capture_key: &PaymentKey,
    ) -> Result<Option<Posted<Purchase>>, PaymentError> {
        let (mut book, account) = self.open_for(call).await?;
        let before = book.balance;
        let outcome = match book.authorise(call, self.funding(call))? {
            Authorisation::Declined { code } => Purchase::Declined { code },
            Authorisation::Authorised { id: authorisation, .. } => {
                let capture = book.capture(&Capture {
                    key: capture_key.clone(),
                    order: call.order,
                    authorisation: authorisation.clone(),
                    amount: call.amount,
                })?;
                Purchase::Captured { authorisation, capture }
            }
        };
        let changes = self.entries(&book, before, account, call.user, call.amount.currency)?;
        Ok(Some(Posted { outcome, changes }))
    }
}
