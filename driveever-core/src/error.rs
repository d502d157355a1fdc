//! What can go wrong: [`StoreError`] at the ports down to storage, [`Error`] at the services.
//!
//! Neither knows a status code; the server maps them. A message says what was wrong, where, and what would be right, and
//! holds no secret and no personal text.

use std::time::Duration;

use uuid::Uuid;

use crate::{ai::text_model::ModelError, money::MoneyError, validate::Violation, value::ValueError};

/// A fault behind an error, kept for the log.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What storage can answer instead of a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An id or a unique value is taken, or a message was handled before.
    #[error("{kind} exists already (unique: {columns})")]
    Duplicate {
        /// What the row is.
        kind: &'static str,
        /// Which columns collide, separated by commas.
        columns: String,
    },
    /// The row has another revision than the one that was read, or was deleted or restored meanwhile.
    #[error("{kind} {id} was changed meanwhile")]
    Stale {
        /// What the row is.
        kind: &'static str,
        /// Which row.
        id: Uuid,
    },
    /// There is no such row to change.
    #[error("{kind} {id} does not exist")]
    Missing {
        /// What the row is.
        kind: &'static str,
        /// Which row.
        id: Uuid,
    },
    /// A value that no store keeps; see [`Schema::check`](crate::entity::Schema::check).
    #[error("a {kind} cannot be stored: {detail}")]
    Unstorable {
        /// What the row is.
        kind: &'static str,
        /// Which column, and what is wrong with its value.
        detail: String,
    },
    /// A cursor that belongs to another list.
    #[error("bad cursor: {}", .0.message)]
    Cursor(Violation),
    /// A stored row does not fit its type.
    #[error("a stored {kind} cannot be read: {source}")]
    Corrupt {
        /// What the row is.
        kind: &'static str,
        /// Where and how.
        source: ValueError,
    },
    /// Too many writes wait; the store takes no more at present.
    #[error("the store is busy: {0}")]
    Busy(&'static str),
    /// The store cannot be reached or used.
    #[error("the store is unavailable: {detail}")]
    Unavailable {
        /// What an operator should look at.
        detail: String,
        /// The fault behind it.
        #[source]
        source: Option<Source>,
    },
}

impl StoreError {
    /// Whether the same call may succeed later, without a change by the caller.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unavailable { .. })
    }

    /// Whether somebody else was quicker: reading again and deciding anew may succeed.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Stale { .. } | Self::Duplicate { .. })
    }
}

/// What a service can answer instead of a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Refused, although the input is well-formed and the caller has the role: the code says why.
    #[error("{detail}")]
    Denied {
        /// A stable `snake_case` code.
        code: &'static str,
        /// What was wrong.
        detail: &'static str,
    },
    /// Bad input; every fault at once.
    #[error("invalid input: {}", list(.0))]
    Invalid(Vec<Violation>),
    /// There is no such thing, or it is somebody else's.
    #[error("{kind} not found")]
    NotFound {
        /// What was looked for.
        kind: &'static str,
    },
    /// It cannot be done in the present state.
    #[error("{detail}")]
    Conflict {
        /// A stable snake_case code.
        code: &'static str,
        /// Why, and what would be possible.
        detail: String,
    },
    /// The caller read another revision than the present one.
    #[error("{kind} was changed meanwhile: read it again")]
    Stale {
        /// What was to be changed.
        kind: &'static str,
    },
    /// Who calls is not known: no, expired or invalid credentials. One answer for all of them.
    #[error("{detail}")]
    Unauthenticated {
        /// A stable snake_case code.
        code: &'static str,
        /// What is wanted.
        detail: &'static str,
    },
    /// The caller may not do this.
    #[error("needs the role {needs}")]
    Forbidden {
        /// The role that may.
        needs: &'static str,
    },
    /// Too often.
    #[error("too many {what}: try again in {} s", .retry_after.as_secs().max(1))]
    RateLimited {
        /// Of what.
        what: &'static str,
        /// How long to wait.
        retry_after: Duration,
    },
    /// A payment was declined.
    #[error("the payment was declined: {code}")]
    PaymentDeclined {
        /// The processor's code.
        code: String,
        /// The order that it was for.
        order: Option<Uuid>,
    },
    /// No model gave an answer.
    #[error("no answer: {source}")]
    Model {
        /// What the last one said.
        source: ModelError,
        /// Where the failed answer is stored.
        response: Option<Uuid>,
        /// The order that failed with it.
        order: Option<Uuid>,
    },
    /// Something that the request needs is not available now.
    #[error("{what} is not available: {detail}")]
    Unavailable {
        /// What.
        what: &'static str,
        /// Why, as far as a client may know.
        detail: String,
    },
    /// Storage failed.
    #[error(transparent)]
    Store(StoreError),
    /// A defect of ours; the message is for the log only.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// One fault of one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, message)])
    }

    /// A conflict with this code.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    /// A defect of ours.
    pub fn internal(detail: impl std::fmt::Display) -> Self {
        Self::Internal(detail.to_string())
    }

    /// Whether the same call may succeed later, without a change by the caller.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable() || error.is_conflict(),
            Self::Model { source, .. } => source.is_retryable(),
            Self::RateLimited { .. } | Self::Unavailable { .. } => true,
            _ => false,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cursor(violation) => Self::Invalid(vec![violation]),
            StoreError::Stale { kind, .. } => Self::Stale { kind },
            other => Self::Store(other),
        }
    }
}

impl From<Vec<Violation>> for Error {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

impl From<MoneyError> for Error {
    fn from(error: MoneyError) -> Self {
        Self::invalid("amount", error.to_string())
    }
}

fn list(violations: &[Violation]) -> String {
    violations
        .iter()
        .map(|violation| format!("{} {}", violation.field, violation.message))
        .collect::<Vec<_>>()
        .join("; ")
}
