//! The port to whatever knows vehicles: the DVLA and DVSA over HTTP, files in their shapes, the demonstration set.
//!
//! A source answers one registration with one merged [`VehicleRecord`]. What it keeps and how fresh that is are its own
//! matter (a cache is a wrapper that is a source too); retries and fallbacks belong to such wrappers, not to callers.
//!
//! To add one: fetch each service's answer, read it with [`wire`](super::wire), and merge with
//! [`merge`](super::merge::merge), so that every source resolves conflicts alike.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    record::VehicleRecord,
    registration::Registration,
    wire::{FaultKind, ServiceFault},
};

/// Something that knows vehicles by their registration mark.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait VehicleDataSource: Send + Sync {
    /// What it is, for logs, metrics and answers: `demonstration`, `files`.
    fn name(&self) -> &str;

    /// What is known of a vehicle.
    ///
    /// A record whose readings are all [`NotFound`](super::record::ReadingOutcome::NotFound) says that nobody knows the
    /// vehicle ([`VehicleRecord::is_known`]); that is an answer and not an error. When one service answered and another
    /// failed, the record holds what there is and a reading says
    /// [`Failed`](super::record::ReadingOutcome::Failed).
    ///
    /// # Errors
    /// [`SourceError`] when no service answered, so that nothing can be said of the vehicle, not even that it is unknown.
    async fn lookup(&self, registration: &Registration, freshness: Freshness) -> Result<VehicleRecord, SourceError>;
}

/// How fresh an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Freshness {
    /// What is remembered will do, for as long as the memory thinks right; also an older answer where the source fails, marked
    /// as [`Stale`](super::record::ReadingOutcome::Stale).
    #[default]
    Remembered,
    /// It must be asked for now. A source without a memory asks either way.
    Anew,
}

/// Why a source could say nothing. No message holds a registration mark or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Could not be reached, failed on its side or gave an answer that cannot be read: later it may work.
    #[error("the vehicle register is unavailable: {detail}")]
    Unavailable {
        /// What happened.
        detail: String,
    },
    /// Too many requests.
    #[error("the vehicle register takes no more requests for now: {detail}")]
    RateLimited {
        /// What was exceeded.
        detail: String,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
    },
    /// It refuses us: a key, token or permission. An operator must act.
    #[error("the vehicle register refuses access: {detail}")]
    Misconfigured {
        /// What the operator should look at.
        detail: String,
    },
    /// It says that our request is wrong.
    #[error("the vehicle register rejects the request: {detail}")]
    Rejected {
        /// What it objected to.
        detail: String,
    },
}

impl SourceError {
    /// Whether the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::RateLimited { .. })
    }

    /// A stable `snake_case` code for API answers and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "vehicle_source_unavailable",
            Self::RateLimited { .. } => "vehicle_source_rate_limited",
            Self::Misconfigured { .. } => "vehicle_source_misconfigured",
            Self::Rejected { .. } => "vehicle_source_rejected_request",
        }
    }
}

impl From<ServiceFault> for SourceError {
    fn from(fault: ServiceFault) -> Self {
        let detail = fault.to_string();
        match fault.kind {
            FaultKind::BadRequest => Self::Rejected { detail },
            FaultKind::Unauthorised | FaultKind::Forbidden => Self::Misconfigured { detail },
            FaultKind::RateLimited | FaultKind::AllowanceUsed => Self::RateLimited { detail, retry_after: None },
            FaultKind::Unavailable | FaultKind::Unknown => Self::Unavailable { detail },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_whether_waiting_helps() {
        for (kind, retryable, code) in [
            (FaultKind::BadRequest, false, "vehicle_source_rejected_request"),
            (FaultKind::Unauthorised, false, "vehicle_source_misconfigured"),
            (FaultKind::Forbidden, false, "vehicle_source_misconfigured"),
            (FaultKind::RateLimited, true, "vehicle_source_rate_limited"),
            (FaultKind::AllowanceUsed, true, "vehicle_source_rate_limited"),
            (FaultKind::Unavailable, true, "vehicle_source_unavailable"),
            (FaultKind::Unknown, true, "vehicle_source_unavailable"),
        ] {
            let fault = ServiceFault { kind, code: Some("MOTH-XX-01".to_owned()), request_id: None };
            let error = SourceError::from(fault);
            assert_eq!((error.is_retryable(), error.code()), (retryable, code));
            assert!(error.to_string().contains("MOTH-XX-01"));
        }
    }
}
