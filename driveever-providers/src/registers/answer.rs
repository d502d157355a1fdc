//! What an answer means: by the service's own code first, then by its status.

use std::time::Duration;

use driveever_core::{
    time::Timestamp,
    vehicle::{
        source::SourceError,
        wire::{FaultKind, Reply, ServiceFault, WireError},
    },
};
use reqwest::StatusCode;

use super::{
    line::{Answered, Line},
    meter::until_tomorrow,
};
use crate::http;

/// How long "wait some minutes" is.
const SOME_MINUTES: Duration = Duration::from_mins(2);
/// The DVSA's code for too many requests in a short time.
const TOO_MANY_FOR_MINUTES: &str = "MOTH-RL-02";

/// Whether the same may be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would be the same.
    No,
    /// After a wait of our own.
    Soon,
    /// After the wait that it asks for.
    After(Duration),
}

/// A try that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) error: SourceError,
    pub(super) again: Again,
    /// For how long nobody is to ask.
    pub(super) hold: Option<Duration>,
    /// Whether a new token may help.
    pub(super) token: bool,
}

impl Failed {
    pub(super) const fn of(error: SourceError, again: Again) -> Self {
        Self { error, again, hold: None, token: false }
    }
}

/// Reads an answer: the vehicle, or nothing where the service does not know it.
pub(super) fn read<T>(
    line: &Line,
    answered: &Answered,
    parse: impl FnOnce(&[u8]) -> Result<Reply<T>, WireError>,
) -> Result<Option<T>, Failed> {
    let status = answered.status;
    let fault = match parse(&answered.body) {
        Ok(Reply::Found(vehicle)) if status.is_success() => return Ok(Some(vehicle)),
        Ok(Reply::NotFound) if status.is_success() || status == StatusCode::NOT_FOUND => return Ok(None),
        Ok(Reply::Fault(fault)) => Some(fault),
        Err(unreadable) if status.is_success() => {
            return Err(Failed::of(SourceError::Unavailable { detail: line.says(unreadable) }, Again::No));
        }
        Ok(Reply::Found(_) | Reply::NotFound) | Err(_) => None,
    };
    let now = line.clock.now();
    let wait = http::wait(&answered.headers, now);
    match fault {
        Some(fault) => Err(failed(line, with_status(fault, status), status, wait, now)),
        None => Err(nothing_said(line, status, wait, now)),
    }
}

/// A fault without a code was told from its words; the status is surer.
fn with_status(fault: ServiceFault, status: StatusCode) -> ServiceFault {
    let sure = fault.code.is_some() && fault.kind != FaultKind::Unknown;
    let kind = FaultKind::of_status(status.as_u16()).filter(|_| !sure).unwrap_or(fault.kind);
    ServiceFault { kind, ..fault }
}

/// An answer whose body is none of the service's: a gateway's page, or another server.
fn nothing_said(line: &Line, status: StatusCode, wait: Option<Duration>, now: Timestamp) -> Failed {
    let Some(kind) = FaultKind::of_status(status.as_u16()).filter(|_| status != StatusCode::NOT_FOUND) else {
        let detail = line.says(format!("it answered {} and is no such service: see to its address", status.as_u16()));
        return Failed::of(SourceError::Misconfigured { detail }, Again::No);
    };
    let code = Some(status.as_u16().to_string());
    failed(line, ServiceFault { kind, code, request_id: None }, status, wait, now)
}

fn failed(line: &Line, fault: ServiceFault, status: StatusCode, asked: Option<Duration>, now: Timestamp) -> Failed {
    let kind = fault.kind;
    let minutes = fault.code.as_deref() == Some(TOO_MANY_FOR_MINUTES);
    let mut error = SourceError::from(fault);
    let wait = match kind {
        FaultKind::AllowanceUsed => Some(asked.unwrap_or_else(|| until_tomorrow(now))),
        FaultKind::RateLimited if minutes => Some(asked.unwrap_or(SOME_MINUTES)),
        FaultKind::RateLimited | FaultKind::Unavailable => asked,
        _ => None,
    };
    if let SourceError::RateLimited { retry_after, .. } = &mut error {
        *retry_after = wait;
    }
    if let SourceError::Unavailable { detail }
    | SourceError::RateLimited { detail, .. }
    | SourceError::Misconfigured { detail }
    | SourceError::Rejected { detail } = &mut error
    {
        *detail = line.says(&*detail);
    }
    let passing = matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
        || matches!(kind, FaultKind::RateLimited | FaultKind::Unavailable);
    let again = match (kind, wait) {
        (FaultKind::RateLimited | FaultKind::AllowanceUsed | FaultKind::Unavailable, Some(wait)) => Again::After(wait),
        (FaultKind::RateLimited | FaultKind::Unavailable | FaultKind::Unknown, None) if passing => Again::Soon,
        _ => Again::No,
    };
    Failed { error, again, hold: wait, token: kind == FaultKind::Unauthorised }
}
