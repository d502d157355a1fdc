//! Mileage over the tests: yearly use, and readings that do not fit.

use chrono::NaiveDate;

use super::facts::Test;

/// Shorter spans say nothing of yearly use.
const MIN_SPAN_DAYS: i64 = 180;
/// Yearly use below this counts as hardly any, when it was ordinary before.
const HARDLY_ANY: i64 = 500;
/// Yearly use above this counts as ordinary.
const ORDINARY: i64 = 3_000;
/// Yearly use above this is called unusual.
const UNUSUAL: i64 = 40_000;
/// Days in a year, for yearly use.
const YEAR_DAYS: i64 = 365;

/// A reading of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) day: NaiveDate,
    pub(super) miles: u32,
    /// Index of the test in the record's order.
    pub(super) test: usize,
    pub(super) was_kilometres: bool,
}

/// What is odd about two readings that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Oddity {
    /// The later one is lower.
    Drop,
    /// It rose more than is usual.
    Leap,
    /// Hardly any use after ordinary use.
    Standstill,
}

/// Two readings that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anomaly {
    pub(super) kind: Oddity,
    pub(super) from: Reading,
    pub(super) to: Reading,
    /// For a drop: leaving the higher reading out, the others rise, so that it may be a slip.
    pub(super) slip: bool,
    /// For a drop: the higher reading fits when it is taken as kilometres.
    pub(super) kilometres: bool,
}

/// Average use over a span without a drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) from: Reading,
    pub(super) to: Reading,
    /// Miles a year, rounded to hundreds.
    pub(super) a_year: i64,
}

/// The mileage of a vehicle.
#[derive(Debug, Default)]
pub(super) struct Mileage {
    /// Oldest first.
    pub(super) readings: Vec<Reading>,
    pub(super) anomalies: Vec<Anomaly>,
    /// Since the last drop, or since the first reading.
    pub(super) average: Option<Use>,
    /// Over the newest span of about a year.
    pub(super) recent: Option<Use>,
}

impl Mileage {
    /// Reads the mileage of tests, newest first.
    pub(super) fn of(tests: &[Test<'_>]) -> Self {
        let read = |(index, test): (usize, &Test<'_>)| {
            let odometer = test.entry.odometer?;
            Some(Reading {
                day: test.day?,
                miles: odometer.miles,
                test: index,
                was_kilometres: odometer.was_kilometres,
            })
        };
        let mut readings: Vec<Reading> = tests.iter().enumerate().filter_map(read).collect();
        readings.sort_by_key(|reading| (reading.day, std::cmp::Reverse(reading.test)));
        let anomalies = anomalies(&readings);
        let since_drop =
            anomalies.iter().rev().find(|anomaly| anomaly.kind == Oddity::Drop).map(|anomaly| anomaly.to.day);
        let sound = readings.iter().filter(|reading| since_drop.is_none_or(|day| reading.day >= day));
        let sound: Vec<Reading> = sound.copied().collect();
        let average = sound.first().zip(sound.last()).and_then(|(from, to)| usage(*from, *to));
        let recent = sound.last().and_then(|to| sound.iter().rev().find_map(|from| usage(*from, *to)));
        Self { readings, anomalies, average, recent }
    }

    /// The newest reading.
    pub(super) fn latest(&self) -> Option<&Reading> {
        self.readings.last()
    }

    /// Whether a reading is lower than the one before.
    pub(super) fn has_drop(&self) -> bool {
        self.anomalies.iter().any(|anomaly| anomaly.kind == Oddity::Drop)
    }
}

fn usage(from: Reading, to: Reading) -> Option<Use> {
    let days = to.day.signed_duration_since(from.day).num_days();
    let miles = i64::from(to.miles) - i64::from(from.miles);
    (days >= MIN_SPAN_DAYS && miles >= 0).then(|| Use { from, to, a_year: yearly(miles, days) })
}

/// Miles a year, rounded to hundreds.
fn yearly(miles: i64, days: i64) -> i64 {
    (miles * YEAR_DAYS + days * 50) / (days * 100) * 100
}

fn anomalies(readings: &[Reading]) -> Vec<Anomaly> {
    let mut found = Vec::new();
    for (index, pair) in readings.windows(2).enumerate() {
        let &[from, to] = pair else { continue };
        let before = index.checked_sub(1).and_then(|index| readings.get(index));
        let odd = |kind, slip, kilometres| Anomaly { kind, from, to, slip, kilometres };
        if to.miles < from.miles {
            let fits = |miles: f64| {
                before.is_none_or(|before| f64::from(before.miles) <= miles) && miles <= f64::from(to.miles)
            };
            let slip = before.is_some_and(|before| before.miles <= to.miles);
            found.push(odd(Oddity::Drop, slip, fits(f64::from(from.miles) / 1.609)));
            continue;
        }
        let earlier = before.and_then(|before| usage(*before, from));
        match usage(from, to) {
            Some(now) if now.a_year > UNUSUAL => found.push(odd(Oddity::Leap, false, false)),
            Some(now) if now.a_year < HARDLY_ANY && earlier.is_some_and(|earlier| earlier.a_year > ORDINARY) => {
                found.push(odd(Oddity::Standstill, false, false));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(day: &str, miles: u32) -> Reading {
        Reading { day: day.parse().unwrap(), miles, test: 0, was_kilometres: false }
    }

    #[test]
    fn a_drop_is_found_and_a_slip_is_told_from_it() {
        let clocked =
            anomalies(&[reading("2022-08-30", 87_344), reading("2023-09-05", 98_760), reading("2024-09-08", 71_230)]);
        assert_eq!(
            clocked.iter().map(|odd| (odd.kind, odd.slip, odd.kilometres)).collect::<Vec<_>>(),
            [(Oddity::Drop, false, false)]
        );
        let slip =
            anomalies(&[reading("2022-01-01", 50_000), reading("2023-01-01", 560_000), reading("2024-01-01", 62_000)]);
        assert!(slip.iter().any(|odd| odd.kind == Oddity::Drop && odd.slip));
        let mixed =
            anomalies(&[reading("2022-01-01", 50_000), reading("2023-01-01", 90_000), reading("2024-01-01", 60_000)]);
        assert!(mixed.iter().any(|odd| odd.kind == Oddity::Drop && odd.kilometres));
    }

    #[test]
    fn near_standstill_and_leaps_are_noticed() {
        let still =
            anomalies(&[reading("2021-01-01", 10_000), reading("2022-01-01", 20_000), reading("2023-01-01", 20_050)]);
        assert_eq!(still.iter().map(|odd| odd.kind).collect::<Vec<_>>(), [Oddity::Standstill]);
        let leap = anomalies(&[reading("2021-01-01", 10_000), reading("2022-01-01", 70_000)]);
        assert_eq!(leap.iter().map(|odd| odd.kind).collect::<Vec<_>>(), [Oddity::Leap]);
    }

    #[test]
    fn yearly_use_is_rounded_to_hundreds() {
        assert_eq!(yearly(10_000, 365), 10_000);
        assert_eq!(yearly(8_515, 371), 8_400);
        assert_eq!(yearly(0, 400), 0);
    }
}
