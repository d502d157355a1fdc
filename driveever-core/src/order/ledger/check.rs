//! Adding everything up anew.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt;

use super::{AccountName, Ledger, LedgerAccount, LedgerTransaction};
use crate::{
    error::Error,
    money::{Currency, Money},
    query::Query,
    repository::RepositoryExt,
};

/// What a recount found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerReport {
    /// How many transactions there are.
    pub transactions: u64,
    /// How many users' balances there are.
    pub accounts: u64,
    /// The balance of `system:grants` by currency: what was granted, below zero.
    pub grants: BTreeMap<&'static str, i64>,
    /// The balance of `system:revenue` by currency.
    pub revenue: BTreeMap<&'static str, i64>,
    /// What does not agree, in words; empty when all is well.
    pub faults: Vec<String>,
}

impl LedgerReport {
    /// Whether everything agrees.
    pub const fn is_balanced(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Ledger {
    /// Adds up all postings and compares: each transaction and each currency sums to zero, no user's account is below
    /// zero, and every kept balance is the sum of its postings. Reads everything, in batches; meant for a quiet store:
    /// payments made meanwhile may show as faults that are gone at the next check.
    ///
    /// # Errors
    /// The store's.
    pub async fn check(&self) -> Result<LedgerReport, Error> {
        let mut report = LedgerReport::default();
        let mut sums: HashMap<(AccountName, Currency), i64> = HashMap::new();
        let mut totals: HashMap<Currency, i64> = HashMap::new();
        let mut transactions = self.store.stream(Query::<LedgerTransaction>::everything());
        while let Some(transaction) = transactions.try_next().await? {
            report.transactions += 1;
            let postings = transaction.postings()?;
            if !Money::sum(transaction.currency, postings.iter().map(|posting| posting.amount))?.is_zero() {
                report.faults.push(format!("transaction {} does not sum to zero", transaction.key));
            }
            for posting in postings {
                *sums.entry((posting.account, transaction.currency)).or_default() += posting.amount.minor;
                *totals.entry(transaction.currency).or_default() += posting.amount.minor;
            }
        }
        drop(transactions);
        for (currency, total) in totals {
            if total != 0 {
                report.faults.push(format!("all postings in {} sum to {total}", currency.code()));
            }
        }
        self.check_accounts(&mut sums, &mut report).await?;
        for ((account, currency), sum) in sums {
            match account {
                AccountName::Grants => drop(report.grants.insert(currency.code(), sum)),
                AccountName::Revenue => drop(report.revenue.insert(currency.code(), sum)),
                // What is left has no row: users' accounts through which nothing but test payments went.
                AccountName::Available(_) | AccountName::Held(_) if sum == 0 => {}
                AccountName::Available(_) | AccountName::Held(_) => {
                    report.faults.push(format!("{account} has {sum} {} in postings and no balance", currency.code()));
                }
            }
        }
        Ok(report)
    }

    async fn check_accounts(
        &self,
        sums: &mut HashMap<(AccountName, Currency), i64>,
        report: &mut LedgerReport,
    ) -> Result<(), Error> {
        let mut accounts = self.store.stream(Query::<LedgerAccount>::everything());
        while let Some(account) = accounts.try_next().await? {
            report.accounts += 1;
            let sides = [
                (AccountName::Available(account.user_id), account.available_minor),
                (AccountName::Held(account.user_id), account.held_minor),
            ];
            for (name, kept) in sides {
                let sum = sums.remove(&(name, account.currency)).unwrap_or_default();
                if sum != kept {
                    report.faults.push(format!("{name} keeps {kept} and its postings sum to {sum}"));
                }
                if kept < 0 {
                    report.faults.push(format!("{name} is below zero: {kept}"));
                }
            }
        }
        Ok(())
    }
}
