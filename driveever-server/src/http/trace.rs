//! The trace that a request is part of (W3C Trace Context, level 1): `traceparent` is taken or a trace is begun.
//!
//! The trace's id stands in log lines and problems beside the request's id. Answers carry `traceresponse`, as the Trace
//! Context group's draft of response headers has it, so that a caller which sent no trace learns of ours. Nothing is
//! exported from here, and so the `sampled` flag is the caller's, passed on as it came.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use driveever_core::id::IdGenerator;

/// The header that a trace comes with.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header that it is told with.
pub const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// A trace's id: 32 hexadecimal digits, not all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A request's place in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub id: TraceId,
    /// The work on this request.
    span: u64,
    sampled: bool,
}

impl Trace {
    /// The caller's trace, or one that begins here.
    pub fn of(headers: &HeaderMap, ids: &dyn IdGenerator) -> Self {
        // Version 7 UUIDs end in 62 random bits, and the bits before them are never all zero.
        let (_, span) = ids.uuid().as_u64_pair();
        let taken = the_only(headers).and_then(parse);
        let (id, sampled) = taken.unwrap_or_else(|| (TraceId(ids.uuid().as_u128().max(1)), false));
        Self { id, span: span.max(1), sampled }
    }

    /// The value of `traceresponse`.
    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(format!("00-{}-{:016x}-{:02x}", self.id, self.span, u8::from(self.sampled))).ok()
    }
}

/// The header's text, when there is one header and no more.
fn the_only(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

/// The trace's id and whether it is sampled: `00-<32 hex>-<16 hex>-<2 hex>`, in lower case. A later version may say more
/// behind it.
fn parse(text: &str) -> Option<(TraceId, bool)> {
    let mut parts = text.split('-');
    let version = hexadecimal(parts.next()?, 2).filter(|version| *version != 0xff)?;
    let trace = hexadecimal(parts.next()?, 32).filter(|trace| *trace != 0)?;
    hexadecimal(parts.next()?, 16).filter(|parent| *parent != 0)?;
    let flags = hexadecimal(parts.next()?, 2)?;
    (version != 0 || parts.next().is_none()).then_some((TraceId(trace), flags & 1 == 1))
}

fn hexadecimal(text: &str, length: usize) -> Option<u128> {
    let fits = text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    fits.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use driveever_core::id::SequentialIds;

    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn trace(values: &[&str]) -> Trace {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        Trace::of(&headers, &SequentialIds::new())
    }

    #[test]
    fn a_good_trace_is_taken_with_its_flag_and_a_span_of_our_own() {
        let taken = trace(&[&format!("00-{ID}-00f067aa0ba902b7-01")]);
        assert_eq!(taken.id.to_string(), ID);
        let told = taken.header().unwrap();
        let told = told.to_str().unwrap();
        assert!(told.starts_with(&format!("00-{ID}-")) && told.ends_with("-01"), "{told}");
        assert!(!told.contains("00f067aa0ba902b7"), "{told}");
        assert_eq!(told.len(), 55);
        // A later version may say more, and what is known of it holds.
        assert_eq!(trace(&[&format!("cc-{ID}-00f067aa0ba902b7-00-more")]).id.to_string(), ID);
    }

    #[test]
    fn another_trace_begins_where_none_can_be_taken() {
        let good = format!("00-{ID}-00f067aa0ba902b7-01");
        let bad = [
            String::new(),
            "00-0-0-0".to_owned(),
            format!("ff-{ID}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", ID.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{ID}-0000000000000000-01"),
            format!("00-{ID}-00f067aa0ba902b7-01-more"),
            format!("00-{ID}-00f067aa0ba902b7"),
            format!("00-{ID}-00f067aa0ba902b7-0x"),
            format!("00-+{}-00f067aa0ba902b7-01", &ID[1..]),
        ];
        for text in bad {
            let begun = trace(&[&text]);
            assert_ne!(begun.id.to_string(), ID, "{text}");
            assert_ne!(begun.id.0, 0);
            assert!(!begun.sampled);
        }
        assert_ne!(trace(&[&good, &good]).id.to_string(), ID, "two headers");
    }
}
