//! Points in time, days, and where the present comes from.
//!
//! Services ask a [`Clock`] and never the system, so that a test decides what time it is. A [`Timestamp`] keeps whole
//! microseconds, because PostgreSQL keeps no more: a value that was stored and read compares equal to the one that was
//! written. A vehicle's days (MOT expiry, tax) are days in the United Kingdom: see [`london_day`].

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time in UTC, in whole microseconds; RFC 3339 with six decimals in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest one that has a text form, in the year 0000.
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// The latest one that has a text form, in the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// From microseconds since 1970-01-01T00:00:00Z; clamped to the years 0000 to 9999, which RFC 3339 can write.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// As chrono has it.
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// This much later.
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This much earlier.
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The time from `earlier` to this one; zero when it was not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Truncates to microseconds.
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no RFC 3339 time, such as 2026-11-23T09:30:00Z")]
pub struct ParseTimestampError;

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text).map(|time| time.to_utc().into()).map_err(|_| ParseTimestampError)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(Into::into).map_err(D::Error::custom)
    }
}

/// Where the present comes from.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

impl dyn Clock + '_ {
    /// The day that it is in the United Kingdom.
    pub fn today(&self) -> NaiveDate {
        london_day(self.now())
    }
}

/// Waits. Core has no timer of its own: whoever embeds it lends it one of their runtime's.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait::async_trait]
pub trait Timer: Send + Sync {
    /// Returns after this long.
    async fn sleep(&self, duration: Duration);
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port's implementation")]
    fn now(&self) -> Timestamp {
        Utc::now().into()
    }
}

/// A clock that stands until it is moved: for tests. Its clones are one clock.
///
/// ```
/// use driveever_core::time::{Clock, FixedClock};
/// use std::time::Duration;
/// let clock = FixedClock::at("2026-11-23T09:30:00Z".parse()?);
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().to_string(), "2026-11-23T09:31:00.000000Z");
/// # Ok::<(), driveever_core::time::ParseTimestampError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<Timestamp>>);

impl FixedClock {
    /// A clock that shows `time`.
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        let mut time = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *time = time.plus(by);
    }

    /// Sets it.
    pub fn set(&self, to: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The civil day in the United Kingdom at `time`: British Summer Time (UTC+1) from 01:00 UTC on the last Sunday of March
/// until 01:00 UTC on the last Sunday of October (Summer Time Order 2002), else Greenwich Mean Time.
///
/// A table of time zones is a large dependency for one rule that has stood since 1996.
///
/// ```
/// use driveever_core::time::london_day;
/// assert_eq!(london_day("2026-06-30T23:30:00Z".parse()?).to_string(), "2026-07-01");
/// assert_eq!(london_day("2026-11-30T23:30:00Z".parse()?).to_string(), "2026-11-30");
/// # Ok::<(), driveever_core::time::ParseTimestampError>(())
/// ```
pub fn london_day(time: Timestamp) -> NaiveDate {
    let utc = time.to_datetime();
    let summer = match (last_sunday(utc.year(), 3), last_sunday(utc.year(), 10)) {
        (Some(from), Some(until)) => {
            let changeover = |day: NaiveDate| day.and_hms_opt(1, 0, 0).map(|at| at.and_utc());
            changeover(from).is_some_and(|from| utc >= from) && changeover(until).is_some_and(|until| utc < until)
        }
        _ => false,
    };
    (utc + TimeDelta::hours(i64::from(summer))).date_naive()
}

fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    // March and October both have 31 days.
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    let back = last.weekday().days_since(Weekday::Sun);
    last.checked_sub_days(chrono::Days::new(u64::from(back)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_at_microseconds() {
        let time: Timestamp = "2026-11-23T09:30:00.1234567+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-23T08:30:00.123456Z");
        assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::MAX.plus(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.minus(Duration::MAX), Timestamp::MIN);
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn the_day_changes_with_summer_time() {
        for (utc, day) in [
            ("2026-03-28T23:59:59Z", "2026-03-28"),
            ("2026-03-29T00:59:59Z", "2026-03-29"),
            ("2026-03-29T23:00:00Z", "2026-03-30"),
            ("2026-10-24T23:00:00Z", "2026-10-25"),
            ("2026-10-25T23:30:00Z", "2026-10-25"),
        ] {
            assert_eq!(london_day(utc.parse().unwrap()).to_string(), day, "{utc}");
        }
    }
}
