//! The built-in payment processor: credit in a double-entry ledger.
//!
//! Four accounts take part: `system:grants` (where credit comes from), `user:U:available`, `user:U:held` and
//! `system:revenue`. A [`LedgerTransaction`] is one operation on them; its two [`Posting`]s follow from the operation and
//! sum to zero, so that a transaction out of balance cannot be written down at all. Transactions are only ever added,
//! each under a unique key. A balance is the sum of its postings; of users it is kept in a [`LedgerAccount`] too, which
//! changes in the commit of its postings under optimistic concurrency, so that no two payments spend the same penny.
//! System accounts have no row: every payment would wait for it. [`Ledger::check`] adds everything up anew.
//!
//! In [`PaymentMode::Test`] each payment is funded by a grant of its own from `system:grants`, and the order's metadata
//! may name a test value ([`TestValue`]); in [`PaymentMode::Credit`] users spend what an admin granted them.
//!
//! Why one row a transaction and not one a posting: every operation moves one amount from one account to another, so
//! that rows of postings would say the same thing three times, at the price of three writes.

mod book;
mod check;
mod credit;
mod model;
mod processor;

use std::{sync::Arc, time::Duration};

use super::OrderRepository;
use crate::{id::IdGenerator, text_enum, time::Clock};

pub use check::LedgerReport;
pub use credit::{CreditBalance, CreditLimits};
pub use model::{AccountName, LedgerAccount, LedgerOperation, LedgerTransaction, Posting};

text_enum! {
    /// Where the money comes from.
    pub enum PaymentMode {
        /// Every order is funded from a test processor: no money is involved.
        Test = "test",
        /// Users spend credit that an admin granted them.
        Credit = "credit",
    }
}

text_enum! {
    /// What the test mode does on demand, when an order's metadata has it under `paymentTest`.
    pub enum TestValue {
        /// Declines with `card_declined`.
        Decline = "decline",
        /// Answers that the outcome is not known until [`DELAY`] has passed since payment was asked for; then approves.
        Delay = "delay",
        /// Answers that the outcome is not known, for ever: a processor that times out.
        Unknown = "unknown",
    }
}

/// How long [`TestValue::Delay`] waits.
pub const DELAY: Duration = Duration::from_secs(5);
/// The key of the order's metadata that holds a [`TestValue`].
pub const TEST_KEY: &str = "paymentTest";

/// How long a hold stands.
const HOLD: Duration = Duration::from_hours(7 * 24);

/// The built-in payment processor; see the [module](self).
#[derive(Clone)]
pub struct Ledger {
    store: Arc<dyn OrderRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    mode: PaymentMode,
    limits: CreditLimits,
}

impl Ledger {
    /// A ledger in the order context's store.
    pub fn new(
        store: Arc<dyn OrderRepository>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        mode: PaymentMode,
    ) -> Self {
        Self { store, clock, ids, mode, limits: CreditLimits::default() }
    }

    /// With these limits on grants.
    pub const fn with_limits(mut self, limits: CreditLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Where the money comes from.
    pub const fn mode(&self) -> PaymentMode {
        self.mode
    }
}
