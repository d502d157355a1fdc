//! The port to whoever moves the money.
//!
//! A [`PaymentProcessor`] authorises (holds), captures, voids and refunds. Every call carries a [`PaymentKey`]: the same
//! key with the same arguments gives the first outcome again, a decline too; with other arguments it is
//! [`PaymentError::KeyReused`]. A timeout is [`PaymentError::Unknown`], never a decline: whoever calls repeats the same
//! call until it knows. An authorisation that arrives after its void is declined.
//!
//! A processor outside acts when it is called and gives empty [`Posted::changes`]. One whose books are kept in the order
//! context's own store, such as the [`Ledger`](super::Ledger), gives its entries as changes that stand once the caller
//! commits them, together with what the caller has to record. Then there is no moment at which money has moved and
//! nobody wrote down why.
//!
//! To add a processor, implement the trait and hand it to [`OrderPorts`](super::OrderPorts).

use std::fmt;

use async_trait::async_trait;

use super::{OrderContext, OrderId};
use crate::{changes::Changes, error::StoreError, money::Money, time::Timestamp, user::UserId};

/// What makes a call the same call: derived from the order, so that a retry is the same call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PaymentKey(String);

impl PaymentKey {
    /// `order:ID:OPERATION`, and `order:ID:ATTEMPT:OPERATION` from the second attempt at paying on.
    pub fn of(order: OrderId, attempt: u32, operation: &str) -> Self {
        if attempt <= 1 {
            Self(format!("order:{order}:{operation}"))
        } else {
            Self(format!("order:{order}:{attempt}:{operation}"))
        }
    }

    /// Another key, at most 255 characters.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        ((1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(Self(text))
    }

    /// A key that belongs to this one.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        Self(format!("{}:{name}", self.0))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PaymentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hold an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorise {
    /// What makes it the same call.
    pub key: PaymentKey,
    /// For which order.
    pub order: OrderId,
    /// Whose money.
    pub user: UserId,
    /// How much, more than nothing.
    pub amount: Money,
    /// When the payment was asked for.
    pub asked_at: Timestamp,
    /// What the client told the processor, in the order's metadata under `paymentTest`; for tests.
    pub instruction: Option<String>,
}

/// Take what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// What makes it the same call.
    pub key: PaymentKey,
    /// For which order.
    pub order: OrderId,
    /// The authorisation's id.
    pub authorisation: String,
    /// How much: at most what is held. The rest is released.
    pub amount: Money,
}

/// Let go what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void {
    /// What makes it the same call.
    pub key: PaymentKey,
    /// For which order.
    pub order: OrderId,
    /// Whose money.
    pub user: UserId,
    /// The key of the authorisation, which may never have arrived.
    pub authorise_key: PaymentKey,
    /// How much was to be held.
    pub amount: Money,
}

/// Give back what was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// What makes it the same call.
    pub key: PaymentKey,
    /// For which order.
    pub order: OrderId,
    /// The capture's id.
    pub capture: String,
    /// How much: all refunds together at most what was captured.
    pub amount: Money,
}

/// What came of asking for a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorisation {
    /// Held.
    Authorised {
        /// The processor's id of it.
        id: String,
        /// Until when; afterwards it is released.
        expires_at: Timestamp,
    },
    /// Refused.
    Declined {
        /// Why: a stable snake_case code.
        code: String,
    },
}

/// What came of holding and taking at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purchase {
    /// Held and taken.
    Captured {
        /// The authorisation's id.
        authorisation: String,
        /// The capture's id.
        capture: String,
    },
    /// Refused.
    Declined {
        /// Why: a stable snake_case code.
        code: String,
    },
}

/// What came of a call that was made before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentOutcome {
    /// Held.
    Authorised {
        /// The processor's id of it.
        id: String,
        /// Until when.
        expires_at: Timestamp,
    },
    /// Refused.
    Declined {
        /// Why.
        code: String,
    },
    /// Taken.
    Captured {
        /// The processor's id of it.
        id: String,
    },
    /// Let go.
    Voided,
    /// Given back.
    Refunded {
        /// The processor's id of it.
        id: String,
    },
}

/// An outcome, and what must be committed for it to stand.
#[derive(Debug)]
pub struct Posted<T> {
    /// What came of it.
    pub outcome: T,
    /// Entries of a processor whose books are in the same store; empty for one outside.
    pub changes: Changes<OrderContext>,
}

impl<T> Posted<T> {
    /// An outcome that stands by itself.
    pub const fn done(outcome: T) -> Self {
        Self { outcome, changes: Changes::new() }
    }
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// It may have happened or not: make the same call again.
    #[error("the outcome is not known: {0}")]
    Unknown(String),
    /// Nothing happened, and the same call may succeed later.
    #[error("the payment processor is unavailable: {0}")]
    Unavailable(String),
    /// The key was used with other arguments.
    #[error("the payment key was used before with other arguments")]
    KeyReused,
    /// It cannot be done: more than was held or taken, a hold that is gone, and the like.
    #[error("the payment processor refuses: {0}")]
    Rejected(&'static str),
    /// The books could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PaymentError {
    /// Whether the same call should be made again.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unknown(_) | Self::Unavailable(_) => true,
            Self::Store(error) => error.is_retryable(),
            Self::KeyReused | Self::Rejected(_) => false,
        }
    }
}

/// Moves money.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PaymentProcessor: Send + Sync {
    /// Holds an amount.
    async fn authorise(&self, authorise: &Authorise) -> Result<Posted<Authorisation>, PaymentError>;

    /// Takes what is held, once; gives the capture's id.
    async fn capture(&self, capture: &Capture) -> Result<Posted<String>, PaymentError>;

    /// Lets go what is held and not taken. A hold that never arrived is noted and will be declined when it does.
    async fn void(&self, void: &Void) -> Result<Posted<()>, PaymentError>;

    /// Gives back what was taken; gives the refund's id.
    async fn refund(&self, refund: &Refund) -> Result<Posted<String>, PaymentError>;

    /// What came of the call with this key; nothing when it never arrived.
    async fn find(&self, order: OrderId, key: &PaymentKey) -> Result<Option<PaymentOutcome>, PaymentError>;

    /// Holds and takes at once, when that is one commit here; `None` for a processor outside, whose every call is
    /// recorded before the next.
    async fn purchase(
        &self,
        authorise: &Authorise,
        capture_key: &PaymentKey,
    ) -> Result<Option<Posted<Purchase>>, PaymentError> {
        let _ = (authorise, capture_key);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn keys_follow_the_order_and_the_attempt() {
        let order: OrderId = Id::new(uuid::Uuid::from_u128(7));
        assert_eq!(PaymentKey::of(order, 1, "auth").as_str(), "order:00000000-0000-0000-0000-000000000007:auth");
        assert_eq!(PaymentKey::of(order, 2, "auth").as_str(), "order:00000000-0000-0000-0000-000000000007:2:auth");
        assert!(PaymentKey::new("x".repeat(256)).is_none() && PaymentKey::new("").is_none());
        assert!(PaymentKey::new("a b").is_none());
    }

    #[test]
    fn what_may_be_tried_again() {
        assert!(PaymentError::Unknown("timeout".into()).is_retryable());
        assert!(!PaymentError::KeyReused.is_retryable() && !PaymentError::Rejected("gone").is_retryable());
    }
}
