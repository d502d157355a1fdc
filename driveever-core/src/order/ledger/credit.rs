//! Credit: what an admin grants and a user may spend.

use serde::Serialize;

use super::{Ledger, LedgerAccount, LedgerOperation, LedgerTransaction};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    event::EventFactory,
    money::{Currency, Money},
    order::event::CreditGranted,
    query::Query,
    repository::RepositoryExt,
    request::RequestContext,
    user::UserId,
    validate::{TextRule, Validator},
};

/// Bounds on grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditLimits {
    /// The most that one grant gives, in minor units.
    pub max_grant_minor: i64,
    /// The longest reason, in characters.
    pub max_reason: usize,
}

impl Default for CreditLimits {
    fn default() -> Self {
        Self { max_grant_minor: 10_000_000, max_reason: 200 }
    }
}

/// A user's credit in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditBalance {
    /// The currency.
    pub currency: Currency,
    /// What may be spent, in minor units.
    pub available: i64,
    /// What payments hold, in minor units.
    pub held: i64,
}

impl From<&LedgerAccount> for CreditBalance {
    fn from(account: &LedgerAccount) -> Self {
        Self { currency: account.currency, available: account.available_minor, held: account.held_minor }
    }
}

/// How often a grant is tried again when the user's payments change the balance meanwhile.
const ATTEMPTS: u32 = 10;

impl Ledger {
    /// Gives a user credit. The request's idempotency id makes it the same grant.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an amount that is not above zero or too large and for a bad reason;
    /// [`Error::Conflict`] with `idempotency_key_reused` when the same id granted something else.
    pub async fn grant(
        &self,
        request: &RequestContext,
        user: UserId,
        amount: Money,
        reason: &str,
    ) -> Result<CreditBalance, Error> {
        let mut check = Validator::new();
        let reason = self.check_grant(&mut check, amount, reason);
        check.finish()?;
        let id = request.idempotency.unwrap_or_else(|| self.ids.uuid());
        let key = format!("grant:{id}");
        let transaction = LedgerTransaction {
            id: LedgerTransaction::id_of(&key),
            key,
            operation: LedgerOperation::Grant,
            user_id: user,
            order_id: None,
            amount_minor: amount.minor,
            currency: amount.currency,
            reference: None,
            note: Some(reason),
            expires_at: None,
            created_at: self.clock.now(),
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_grant(request, &transaction).await {
                Err(Error::Stale { .. }) if tries < ATTEMPTS => {}
                Err(Error::Store(StoreError::Duplicate { kind, .. })) if tries < ATTEMPTS => {
                    if kind == "ledger_transaction" {
                        return self.granted_before(&transaction).await;
                    }
                }
                other => return other,
            }
        }
    }

    /// Notes what is wrong with a grant; gives the reason as it is kept.
    pub(crate) fn check_grant(&self, check: &mut Validator, amount: Money, reason: &str) -> String {
        if !(1..=self.limits.max_grant_minor).contains(&amount.minor) {
            check.fault("amount", format!("must be between 1 and {}", self.limits.max_grant_minor));
        }
        check.text("reason", reason, TextRule::line(1, self.limits.max_reason))
    }

    async fn try_grant(&self, request: &RequestContext, granted: &LedgerTransaction) -> Result<CreditBalance, Error> {
        let (user, currency) = (granted.user_id, granted.currency);
        let body = CreditGranted { user_id: user, amount: granted.amount_minor, currency };
        let events = EventFactory::new(self.clock.as_ref(), self.ids.as_ref(), request);
        let changes = Changes::new().insert(granted).causing(events.event(granted, Revision::FIRST, &body));
        let account = self.account(user, currency).await?;
        let before = account.as_ref().map_or(0, |account| account.available_minor);
        let after = before.checked_add(granted.amount_minor).ok_or(crate::money::MoneyError::Overflow)?;
        let (account, changes) = if let Some(mut account) = account {
            account.available_minor = after;
            account.updated_at = granted.created_at;
            let changes = changes.update(&mut account);
            (account, changes)
        } else {
            let account = LedgerAccount {
                id: self.ids.id(),
                revision: Revision::FIRST,
                deleted_at: None,
                user_id: user,
                currency,
                available_minor: after,
                held_minor: 0,
                updated_at: granted.created_at,
            };
            let changes = changes.insert(&account);
            (account, changes)
        };
        self.store.commit(changes).await?;
        Ok(CreditBalance::from(&account))
    }

    async fn granted_before(&self, wanted: &LedgerTransaction) -> Result<CreditBalance, Error> {
        let before = self.store.get(wanted.id).await?;
        let same = before.is_some_and(|before| before.user_id == wanted.user_id && before.amount() == wanted.amount());
        if !same {
            return Err(Error::conflict("idempotency_key_reused", "this request granted something else before"));
        }
        let account = self.account(wanted.user_id, wanted.currency).await?;
        Ok(account
            .as_ref()
            .map_or(CreditBalance { currency: wanted.currency, available: 0, held: 0 }, CreditBalance::from))
    }

    /// A user's credit: one balance for each currency in which there ever was one.
    ///
    /// # Errors
    /// The store's.
    pub async fn credit(&self, user: UserId) -> Result<Vec<CreditBalance>, Error> {
        let accounts = self.store.find(&Query::filter(LedgerAccount::USER_ID.eq(user))).await?;
        Ok(accounts.iter().map(CreditBalance::from).collect())
    }

    /// Everything that moved on a user's accounts, oldest first, in one currency or all.
    pub(crate) async fn statement(&self, user: UserId) -> Result<Vec<LedgerTransaction>, StoreError> {
        use futures_util::TryStreamExt;
        self.store.stream(Query::filter(LedgerTransaction::USER_ID.eq(user))).try_collect().await
    }
}
