//! How often a service is asked: a bucket of turns, a count of the day, and the waits that the service asks for.
//!
//! Guarantee: in any span of `t` seconds at most `burst + t · per_second` requests are let through, in a day at most
//! `per_day`, and none before a wait that the service asked for is over.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use driveever_core::time::Timestamp;

use super::settings::Pace;

/// What was used of the allowance.
#[derive(Debug)]
pub(super) struct Meter {
    pace: Pace,
    /// When the bucket is full again.
    full_at: Option<Timestamp>,
    held_until: Option<Timestamp>,
    day: Option<(NaiveDate, u64)>,
}

impl Meter {
    pub(super) const fn new(pace: Pace) -> Self {
        Self { pace, full_at: None, held_until: None, day: None }
    }

    /// Takes a turn.
    ///
    /// # Errors
    /// How long until there may be one.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), Duration> {
        if let Some(until) = self.held_until.filter(|until| *until > now) {
            return Err(until.since(now));
        }
        let today = now.to_datetime().date_naive();
        let used = self.day.filter(|(day, _)| *day == today).map_or(0, |(_, used)| used);
        if self.pace.per_day.is_some_and(|most| used >= most) {
            return Err(until_tomorrow(now));
        }
        // Rounded up to what a timestamp keeps.
        let each = Duration::from_micros(1_000_000_u64.div_ceil(u64::from(self.pace.per_second.get())));
        let room = each.saturating_mul(self.pace.burst.get() - 1);
        let from = self.full_at.filter(|full_at| *full_at > now).unwrap_or(now);
        let ahead = from.since(now);
        if ahead > room {
            return Err(ahead.saturating_sub(room));
        }
        self.full_at = Some(from.plus(each));
        self.day = Some((today, used + 1));
        Ok(())
    }

    /// Lets nobody through for this long: the service said so.
    pub(super) fn hold(&mut self, now: Timestamp, wait: Duration) {
        self.held_until = self.held_until.max(Some(now.plus(wait)));
    }
}

/// How long until the next day (UTC) begins.
pub(super) fn until_tomorrow(now: Timestamp) -> Duration {
    let tomorrow = now.to_datetime().date_naive().checked_add_days(Days::new(1));
    let begins = tomorrow.map(|day| Timestamp::from(day.and_time(chrono::NaiveTime::MIN).and_utc()));
    begins.map_or(Duration::from_hours(24), |begins| begins.since(now))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;

    fn pace(per_second: u32, burst: u32, per_day: Option<u64>) -> Pace {
        let number = |number| NonZeroU32::new(number).unwrap();
        Pace { per_second: number(per_second), burst: number(burst), per_day }
    }

    fn start() -> Timestamp {
        "2026-11-23T23:59:50Z".parse().unwrap()
    }

    #[test]
    fn a_burst_then_the_pace() {
        let mut meter = Meter::new(pace(2, 3, None));
        let taken = (0..5).map(|_| meter.take(start())).collect::<Vec<_>>();
        let half = Err(Duration::from_millis(500));
        assert_eq!(taken, [Ok(()), Ok(()), Ok(()), half, half]);
        assert_eq!(meter.take(start().plus(Duration::from_millis(500))), Ok(()));
    }

    #[test]
    fn a_day_has_its_allowance_and_waits_are_kept_to() {
        let mut meter = Meter::new(pace(100, 100, Some(2)));
        assert_eq!((meter.take(start()), meter.take(start())), (Ok(()), Ok(())));
        assert_eq!(meter.take(start()), Err(Duration::from_secs(10)), "until midnight");
        let midnight = start().plus(Duration::from_secs(10));
        assert_eq!(meter.take(midnight), Ok(()));
        meter.hold(midnight, Duration::from_secs(30));
        meter.hold(midnight, Duration::from_secs(5));
        assert_eq!(meter.take(midnight), Err(Duration::from_secs(30)), "the longer wait holds");
        assert_eq!(meter.take(midnight.plus(Duration::from_secs(30))), Ok(()));
    }

    proptest! {
        #[test]
        fn no_span_has_more_than_its_share(
            per_second in 1..20_u32, burst in 1..10_u32, steps in prop::collection::vec(0..400_u64, 1..200),
        ) {
            let mut meter = Meter::new(pace(per_second, burst, None));
            let (mut now, mut taken) = (start(), Vec::new());
            for step in steps {
                now = now.plus(Duration::from_millis(step));
                match meter.take(now) {
                    Ok(()) => taken.push(now),
                    Err(wait) => {
                        // Whoever waits as long as is said gets a turn.
                        let mut later = Meter { day: None, ..Meter::new(meter.pace) };
                        later.full_at = meter.full_at;
                        prop_assert_eq!(later.take(now.plus(wait)), Ok(()));
                    }
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (count, to) in (1_u32..).zip(&taken[first..]) {
                    let share = f64::from(burst) + to.since(*from).as_secs_f64() * f64::from(per_second);
                    prop_assert!(f64::from(count) <= share + 1e-9, "{count} in {:?}", to.since(*from));
                }
            }
        }
    }
}
