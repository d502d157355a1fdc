//! What a provider's headers say of how much of an allowance is left, and until when.

#[cfg(feature = "openai")]
use std::time::Duration;

use driveever_core::{
    ai::allowance::{Counted, Learned},
    time::Timestamp,
};
use reqwest::header::HeaderMap;

/// Reads the pairs of headers, whose names have the counted thing in the place of `{}`.
pub(super) fn learned(
    headers: &HeaderMap,
    remaining: &str,
    reset: &str,
    counted: &[(&str, Counted)],
    reset_at: impl Fn(&str) -> Option<Timestamp>,
) -> Vec<Learned> {
    let text = |pattern: &str, thing: &str| headers.get(pattern.replace("{}", thing))?.to_str().ok();
    counted
        .iter()
        .filter_map(|(thing, counted)| {
            Some(Learned {
                counted: *counted,
                remaining: text(remaining, thing)?.parse().ok()?,
                resets_at: reset_at(text(reset, thing)?)?,
            })
        })
        .collect()
}

/// A duration as OpenAI writes it: `12ms`, `6s`, `6m0s`, `1h2m3.5s`.
#[cfg(feature = "openai")]
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, unit_and_rest) = rest.split_at(digits);
        let units = unit_and_rest.find(|character: char| character.is_ascii_digit()).unwrap_or(unit_and_rest.len());
        let (unit, left) = unit_and_rest.split_at(units);
        let factor = match unit {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = left;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(all(test, feature = "openai"))]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        let of = |text: &str| duration(text).map(|duration| duration.as_millis());
        assert_eq!((of("12ms"), of("6s"), of("6m0s")), (Some(12), Some(6_000), Some(360_000)));
        assert_eq!((of("1h2m3.5s"), of("1d")), (Some(3_723_500), Some(86_400_000)));
        for bad in ["", "6", "s", "6x", "6é", "1.2.3s", "99999999999999999999d"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
