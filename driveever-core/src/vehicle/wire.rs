//! The JSON of the DVLA Vehicle Enquiry Service ([`parse_ves`]) and of the DVSA MOT history service ([`parse_dvsa`]), read
//! into types.
//!
//! Both functions take the bytes of a body, of whatever status, and say what it is: the vehicle, "no such vehicle", a fault
//! of the service, or nothing that can be read ([`WireError`]). They never panic. They are bounded ([`WireLimits`]) and
//! forgiving: numbers may come as text, values may be null, unknown fields are skipped. A field whose value makes no sense is
//! left out and named in `unreadable`; one bad field does not cost the record, and nothing is guessed for it.
//!
//! Texts come from outside. Control and direction-changing characters are removed and lengths bounded, but they stay
//! untrusted. Faults and errors carry codes only, because the services' messages repeat the registration mark.
//!
//! Values pass through one tolerant scalar type instead of one type a field, so that "number or text or null" is said once.

mod dvsa;
mod scalar;
mod ves;

use std::fmt;

use serde::Deserialize;

pub use dvsa::{DvsaVehicle, parse_dvsa, parse_dvsa_within};
use scalar::Scalar;
pub use ves::{VesVehicle, parse_ves, parse_ves_within};

/// Bounds on a body. Nesting is bounded by the JSON reader, at 128 levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WireLimits {
    /// Most bytes of a body.
    pub max_bytes: usize,
    /// Most MOT tests of a vehicle.
    pub max_tests: usize,
    /// Most defects of a test.
    pub max_defects: usize,
    /// Most characters of a defect's text; a longer one is cut, which an ellipsis shows.
    pub max_defect_text: usize,
    /// Most characters of any other text, cut likewise.
    pub max_text: usize,
}

impl Default for WireLimits {
    /// 1 MiB, 500 tests, 200 defects a test, 1,000 characters a defect, 100 characters elsewhere: several times what a
    /// vehicle of forty years has.
    fn default() -> Self {
        Self { max_bytes: 1024 * 1024, max_tests: 500, max_defects: 200, max_defect_text: 1_000, max_text: 100 }
    }
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<T> {
    /// The vehicle.
    Found(T),
    /// The service works and does not know the vehicle.
    NotFound,
    /// The service gave an error.
    Fault(ServiceFault),
}

/// An error that a service gave, without its text, which may hold a registration mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFault {
    /// What it means for us.
    pub kind: FaultKind,
    /// The service's own code: `ENQ103`, `MOTH-RL-02`, `503`.
    pub code: Option<String>,
    /// The id under which the service's support finds the request.
    pub request_id: Option<String>,
}

impl fmt::Display for ServiceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FaultKind::BadRequest => "it found the request wrong",
            FaultKind::Unauthorised => "the access token was missing, wrong or expired",
            FaultKind::Forbidden => "the API key or account was refused",
            FaultKind::RateLimited => "too many requests in a short time",
            FaultKind::AllowanceUsed => "the day's allowance of requests is used up",
            FaultKind::Unavailable => "it is down or failed on its side",
            FaultKind::Unknown => "it gave an error of an unknown kind",
        })?;
        if let Some(code) = &self.code {
            write!(f, " (code {code})")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

/// What a service's error means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request was wrong; the same again will be too.
    BadRequest,
    /// The access token; a new one may help.
    Unauthorised,
    /// The key or the account's rights; an operator must act.
    Forbidden,
    /// Too many requests in a short time.
    RateLimited,
    /// The day's allowance is used up.
    AllowanceUsed,
    /// Maintenance, or a failure on its side.
    Unavailable,
    /// None of these.
    Unknown,
}

impl FaultKind {
    /// What an HTTP status means where the body says nothing; nothing where it is no error.
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            401 => Some(Self::Unauthorised),
            403 => Some(Self::Forbidden),
            429 => Some(Self::RateLimited),
            400..=499 => Some(Self::BadRequest),
            500..=599 => Some(Self::Unavailable),
            _ => None,
        }
    }
}

/// Why a body could not be read. Holds no part of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// More bytes than [`WireLimits::max_bytes`].
    #[error("the answer has {bytes} bytes; at most {limit} are read")]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many are read.
        limit: usize,
    },
    /// A list longer than its limit.
    #[error("the answer lists more than {limit} {what}")]
    TooMany {
        /// Of what: `MOT tests`, `defects of a test`.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
    /// Not JSON, cut short, or nested too deeply; perhaps a gateway's page.
    #[error("the answer is no readable JSON ({problem} at line {line}, column {column})")]
    Malformed {
        /// What kind of problem.
        problem: &'static str,
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// JSON that is neither a vehicle nor an error of the service.
    #[error("the answer is JSON, but neither a vehicle nor an error of the service")]
    Unrecognised,
}

impl From<serde_json::Error> for WireError {
    fn from(error: serde_json::Error) -> Self {
        let problem = match error.classify() {
            serde_json::error::Category::Syntax => "a syntax error or too deep nesting",
            serde_json::error::Category::Data => "a value of the wrong type",
            serde_json::error::Category::Eof => "the end",
            serde_json::error::Category::Io => "a read error",
        };
        Self::Malformed { problem, line: error.line(), column: error.column() }
    }
}

/// One entry of an `errors` list, or of a bare list of errors.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorItem {
    status: Scalar,
    code: Scalar,
    title: Scalar,
    message: Scalar,
}

/// Bytes within the limit and without a byte order mark, and whether they hold a JSON list.
fn body<'a>(bytes: &'a [u8], limits: &WireLimits) -> Result<(&'a [u8], bool), WireError> {
    if bytes.len() > limits.max_bytes {
        return Err(WireError::TooLarge { bytes: bytes.len(), limit: limits.max_bytes });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok((bytes, first == Some(&b'[')))
}

/// What a list of errors says; nothing when it is empty.
fn reply_to_errors<T>(errors: &[ErrorItem]) -> Option<Reply<T>> {
    let first = errors.first()?;
    // `status` is the HTTP status; some copies of the service give it in `code`.
    let number = [&first.status, &first.code].into_iter().find_map(|scalar| scalar.as_text()?.parse::<u16>().ok());
    if number == Some(404) {
        return Some(Reply::NotFound);
    }
    let title = first.title.as_text().or(first.message.as_text()).unwrap_or_default();
    let kind = number.and_then(FaultKind::of_status).unwrap_or_else(|| kind_of_words(title));
    let code = first.code.code().or_else(|| first.status.code());
    Some(Reply::Fault(ServiceFault { kind, code, request_id: None }))
}

/// What a gateway's `{"message": ...}` says. Its "Not Found" is about the address, not about the vehicle.
fn fault_of_message(message: &str) -> ServiceFault {
    ServiceFault { kind: kind_of_words(message), code: None, request_id: None }
}

fn kind_of_words(words: &str) -> FaultKind {
    let words = words.to_ascii_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    if has(&["too many", "limit exceeded"]) {
        FaultKind::RateLimited
    } else if has(&["unauthorized", "unauthorised", "expired"]) {
        FaultKind::Unauthorised
    } else if has(&["forbidden", "authentication"]) {
        FaultKind::Forbidden
    } else if has(&["maintenance", "internal", "unavailable", "timed out", "timeout", "bad gateway"]) {
        FaultKind::Unavailable
    } else if has(&["bad request", "invalid"]) {
        FaultKind::BadRequest
    } else {
        FaultKind::Unknown
    }
}

#[cfg(test)]
mod tests;
