//! Which buckets a request covers: pure.

use super::{AnalyticsOptions, Bucket, Granularity};
use crate::{
    time::Timestamp,
    validate::{Validator, Violation},
};

/// A checked range of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) granularity: Granularity,
    /// The first bucket's start.
    pub(super) from: Timestamp,
    /// The last bucket's end.
    pub(super) to: Timestamp,
    /// One bucket's length, in microseconds.
    length: i64,
}

impl Range {
    /// The buckets that `from` to `to` touch; absent ends are now and, by bucket, 48 hours or 30 days before the end.
    pub(super) fn parse(
        bucket: Bucket,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        now: Timestamp,
        options: &AnalyticsOptions,
    ) -> Result<Self, Vec<Violation>> {
        let (granularity, default, most) = match bucket {
            Bucket::Hour => (Granularity::Hour, 48, options.max_hours),
            Bucket::Day => (Granularity::Day, 30, options.max_days),
        };
        let length = granularity.micros().unwrap_or(1);
        let to = to.unwrap_or(now);
        let from = from.unwrap_or_else(|| Timestamp::from_micros(to.as_micros().saturating_sub(default * length)));
        let mut check = Validator::new();
        check.require("to", from < to, "must be after from");
        let start = granularity.start_of(from).as_micros();
        let end = to.as_micros().saturating_add(length - 1).div_euclid(length) * length;
        let buckets = (end - start) / length;
        if from < to && buckets > i64::from(most) {
            check.fault("from", format!("must be at most {most} {bucket}s before to, not {buckets}"));
        }
        check.finish()?;
        Ok(Self { granularity, from: Timestamp::from_micros(start), to: Timestamp::from_micros(end), length })
    }

    /// The buckets' starts, in order.
    pub(super) fn starts(self) -> impl Iterator<Item = Timestamp> {
        let step = usize::try_from(self.length).unwrap_or(usize::MAX);
        (self.from.as_micros()..self.to.as_micros()).step_by(step).map(Timestamp::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "it stands for an optional parameter")]
    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    fn parse(bucket: Bucket, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Range, Vec<Violation>> {
        Range::parse(bucket, from, to, at("2026-11-23T09:30:00Z").unwrap(), &AnalyticsOptions::default())
    }

    #[test]
    fn a_range_covers_whole_buckets() {
        let range = parse(Bucket::Hour, at("2026-11-23T07:59:59Z"), at("2026-11-23T09:00:00Z")).unwrap();
        let starts: Vec<_> = range.starts().map(|start| start.to_string()).collect();
        assert_eq!(starts, ["2026-11-23T07:00:00.000000Z", "2026-11-23T08:00:00.000000Z"]);
        assert_eq!(parse(Bucket::Day, None, None).unwrap().starts().count(), 31);
        assert_eq!(parse(Bucket::Hour, None, None).unwrap().starts().count(), 49);
        let before_1970 = parse(Bucket::Day, at("1969-12-31T12:00:00Z"), at("1969-12-31T13:00:00Z")).unwrap();
        assert_eq!(before_1970.from.to_string(), "1969-12-31T00:00:00.000000Z");
    }

    #[test]
    fn a_range_is_bounded_and_forward() {
        assert!(parse(Bucket::Hour, at("2026-11-23T09:00:00Z"), at("2026-11-23T09:00:00Z")).is_err());
        assert!(parse(Bucket::Day, Some(Timestamp::MIN), Some(Timestamp::MAX)).is_err());
        assert!(parse(Bucket::Day, Some(Timestamp::MAX), None).is_err());
        assert!(parse(Bucket::Hour, at("2026-10-12T17:00:00Z"), at("2026-11-23T09:00:00Z")).is_ok());
        assert!(parse(Bucket::Hour, at("2026-10-12T16:59:00Z"), at("2026-11-23T09:00:00Z")).is_err());
    }
}
