//! How far a vehicle was driven between its tests, and which readings do not fit.
//!
//! A reading that is lower than an earlier one is a fact. What explains it is not known, so the innocent explanations are
//! tried first and offered as such: kilometres taken for miles, then a single mistyped digit between two sound readings. Only
//! what neither explains is left as plainly lower. Even then the instrument may have been replaced.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{day, test_day};
use crate::vehicle::record::MotTest;

/// Readings closer together than this say nothing of a year's use.
const SHORTEST_SPAN_DAYS: i64 = 60;
/// The average needs at least this many days.
const SHORTEST_AVERAGE_DAYS: i64 = 180;
/// More miles a year than this is taken for a misreading; a courier's van stays below it.
const MOST_MILES_PER_YEAR: i64 = 100_000;
/// Fewer miles a year than this is near-zero use.
const NEAR_ZERO_MILES_PER_YEAR: i64 = 500;
/// Near-zero use is spoken of from this many days on.
const NEAR_ZERO_DAYS: i64 = 300;

/// How far a vehicle was driven.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MileageHistory {
    /// Readings at tests, oldest first.
    pub readings: Vec<MileageReading>,
    /// Miles a year between tests at least 60 days apart, oldest first; spans with readings that do not fit are left out.
    pub yearly: Vec<MilesPerYear>,
    /// Miles a year over all readings since the last drop, when they span at least half a year.
    pub miles_per_year: Option<u32>,
    /// The latest reading in miles.
    pub latest_miles: Option<u32>,
    /// What does not fit, oldest first.
    pub anomalies: Vec<MileageAnomaly>,
}

/// An odometer reading at a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MileageReading {
    /// The day of the test.
    pub date: NaiveDate,
    /// In miles.
    pub miles: u32,
    /// Whether it was recorded in kilometres.
    pub was_kilometres: bool,
}

/// Use between two tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MilesPerYear {
    /// The earlier test.
    pub from: NaiveDate,
    /// The later test.
    pub to: NaiveDate,
    /// Miles between them.
    pub miles: u32,
    /// The same as a yearly figure, to the nearest mile.
    pub miles_per_year: u32,
}

/// Something about the readings that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MileageAnomaly {
    /// What kind.
    pub kind: AnomalyKind,
    /// The test at which it shows.
    pub date: NaiveDate,
    /// In words.
    pub text: String,
}

/// Kinds of anomalies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnomalyKind {
    /// Lower than an earlier reading, and neither units nor one digit explain it.
    LowerThanEarlier,
    /// Kilometres and miles were, or may have been, mixed.
    UnitMix,
    /// One mistyped digit would explain a reading that does not fit.
    DigitSlip,
    /// Higher than anyone drives.
    ImplausibleRise,
    /// No usable reading at a test.
    NoReading,
    /// Hardly driven between tests.
    NearZeroUse,
}

impl MileageHistory {
    /// That of these tests, newest first.
    pub fn of(tests: &[MotTest]) -> Self {
        history(tests)
    }
}

pub(super) fn history(tests: &[MotTest]) -> MileageHistory {
    let mut readings: Vec<_> = tests
        .iter()
        .rev()
        .filter_map(|test| {
            let odometer = test.odometer?;
            Some(MileageReading {
                date: test_day(test)?,
                miles: odometer.miles,
                was_kilometres: odometer.was_kilometres,
            })
        })
        .collect();
    readings.sort_by_key(|reading| reading.date);
    let (mut anomalies, suspects) = misfits(&readings);
    let sound: Vec<_> =
        readings.iter().enumerate().filter(|(at, _)| !suspects.contains(at)).map(|(_, reading)| *reading).collect();
    let yearly = yearly(&sound);
    anomalies.extend(near_zero(&yearly));
    anomalies.extend(unit_change(&readings));
    anomalies.extend(no_reading(tests));
    anomalies.sort_by_key(|anomaly| anomaly.date);
    MileageHistory {
        miles_per_year: average(&sound),
        latest_miles: readings.last().map(|reading| reading.miles),
        readings,
        yearly,
        anomalies,
    }
}

/// Readings that do not fit those around them, and the positions of those that are probably wrong themselves.
fn misfits(readings: &[MileageReading]) -> (Vec<MileageAnomaly>, Vec<usize>) {
    let mut anomalies = Vec::new();
    let mut suspects = Vec::new();
    for at in 1..readings.len() {
        let (Some(earlier), Some(current)) = (readings.get(at - 1), readings.get(at)) else { continue };
        let next_is_lower = readings.get(at + 1).is_some_and(|next| next.miles < current.miles);
        let dropped = current.miles < earlier.miles;
        // A rise that is taken back at the next test is judged there.
        if !dropped && (within_reach(earlier, current.miles, current.date) || next_is_lower) {
            continue;
        }
        // After a drop either the low reading or the high one before it may be wrong; after a rise only the high one.
        let candidates: &[usize] = if dropped { &[at - 1, at] } else { &[at] };
        let explained =
            candidates.iter().find_map(|suspect| explain(readings, *suspect, dropped).map(|kind| (*suspect, kind)));
        let kind = match explained {
            Some((suspect, kind)) => {
                suspects.push(suspect);
                kind
            }
            None if dropped => AnomalyKind::LowerThanEarlier,
            None => AnomalyKind::ImplausibleRise,
        };
        let suspect = explained.and_then(|(suspect, _)| readings.get(suspect)).unwrap_or(current);
        anomalies.push(MileageAnomaly { kind, date: current.date, text: words(kind, earlier, current, suspect) });
    }
    (anomalies, suspects)
}

/// What would make the reading at `suspect` fit between its neighbours: another unit, or one other digit. After a drop a
/// digit counts only between two neighbours, since with one of them almost every number has a digit that would do.
fn explain(readings: &[MileageReading], suspect: usize, dropped: bool) -> Option<AnomalyKind> {
    let reading = readings.get(suspect)?;
    let before = suspect.checked_sub(1).and_then(|at| readings.get(at));
    let after = readings.get(suspect + 1);
    let fits = |miles: u32| {
        miles != reading.miles
            && before.is_none_or(|before| within_reach(before, miles, reading.date))
            && after.is_none_or(|after| {
                let moved = MileageReading { miles, ..*reading };
                within_reach(&moved, after.miles, after.date)
            })
    };
    let miles = u64::from(reading.miles);
    let other_unit = if reading.was_kilometres { miles * 1_000_000 / 621_371 } else { miles * 621_371 / 1_000_000 };
    let may_slip = !reading.was_kilometres && (!dropped || (before.is_some() && after.is_some()));
    if u32::try_from(other_unit).is_ok_and(fits) {
        Some(AnomalyKind::UnitMix)
    } else if may_slip && one_digit_off(reading.miles).into_iter().any(fits) {
        Some(AnomalyKind::DigitSlip)
    } else {
        None
    }
}

/// Whether a vehicle that showed `from` may show `miles` on `date`: no less, and no more than anyone drives.
fn within_reach(from: &MileageReading, miles: u32, date: NaiveDate) -> bool {
    let days = (date - from.date).num_days().max(1);
    let driven = i64::from(miles) - i64::from(from.miles);
    // A week's allowance, so that tests of consecutive days are not held to a day's driving.
    driven >= 0 && driven <= MOST_MILES_PER_YEAR * (days + 7) / 365
}

/// Every number that one typing slip turns into this one: a digit changed, left out, typed twice or swapped with its
/// neighbour.
fn one_digit_off(number: u32) -> Vec<u32> {
    let digits = number.to_string();
    let mut texts = Vec::new();
    for at in 0..=digits.len() {
        let (head, tail) = digits.split_at(at);
        texts.extend(('0'..='9').map(|digit| format!("{head}{digit}{tail}")));
        let Some(rest) = tail.get(1..) else { continue };
        texts.extend(('0'..='9').map(|digit| format!("{head}{digit}{rest}")));
        texts.push(format!("{head}{rest}"));
        if let (Some(first), Some(second), Some(after)) = (tail.get(..1), tail.get(1..2), tail.get(2..)) {
            texts.push(format!("{head}{second}{first}{after}"));
        }
    }
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

fn words(kind: AnomalyKind, earlier: &MileageReading, current: &MileageReading, suspect: &MileageReading) -> String {
    let change = if current.miles < earlier.miles { "is lower than" } else { "is implausibly far above" };
    let fact = format!(
        "The reading of {}, {} miles, {change} the {} miles of {}.",
        day(current.date),
        thousands(current.miles),
        thousands(earlier.miles),
        day(earlier.date)
    );
    let meaning = match kind {
        AnomalyKind::UnitMix => {
            format!("The reading of {} would fit if kilometres and miles were mixed up.", day(suspect.date))
        }
        AnomalyKind::DigitSlip => format!(
            "The reading of {} would fit with one digit changed, so it may be a typing slip.",
            day(suspect.date)
        ),
        _ => {
            "A wrong reading, a replaced instrument and a turned-back odometer are all possible: ask for proof of the \
              mileage."
                .to_owned()
        }
    };
    format!("{fact} {meaning}")
}

/// `93,420`.
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `miles` in `days` as a yearly figure, to the nearest mile, with 365.25 days a year.
fn per_year(miles: i64, days: i64) -> u32 {
    let (miles, days) = (miles.max(0), days.max(1));
    u32::try_from((miles * 36_525 + days * 50) / (days * 100)).unwrap_or(u32::MAX)
}

fn yearly(readings: &[MileageReading]) -> Vec<MilesPerYear> {
    let mut spans = Vec::new();
    let mut readings = readings.iter();
    let Some(mut from) = readings.next() else { return spans };
    for to in readings {
        let days = (to.date - from.date).num_days();
        match to.miles.checked_sub(from.miles) {
            // A drop: the count begins anew.
            None => from = to,
            Some(miles) if days >= SHORTEST_SPAN_DAYS => {
                let miles_per_year = per_year(i64::from(miles), days);
                spans.push(MilesPerYear { from: from.date, to: to.date, miles, miles_per_year });
                from = to;
            }
            Some(_) => {}
        }
    }
    spans
}

fn average(readings: &[MileageReading]) -> Option<u32> {
    let drop = readings.windows(2).rposition(|pair| matches!(pair, [a, b] if b.miles < a.miles));
    let since = readings.get(drop.map_or(0, |at| at + 1)..)?;
    let (first, last) = (since.first()?, since.last()?);
    let days = (last.date - first.date).num_days();
    (days >= SHORTEST_AVERAGE_DAYS).then(|| per_year(i64::from(last.miles) - i64::from(first.miles), days))
}

fn near_zero(yearly: &[MilesPerYear]) -> Vec<MileageAnomaly> {
    let hardly_used = |span: &&MilesPerYear| {
        i64::from(span.miles_per_year) < NEAR_ZERO_MILES_PER_YEAR && (span.to - span.from).num_days() >= NEAR_ZERO_DAYS
    };
    let anomaly = |span: &MilesPerYear| MileageAnomaly {
        kind: AnomalyKind::NearZeroUse,
        date: span.to,
        text: format!(
            "Only {} miles between {} and {}. It may have stood, been kept off the road or hardly been used; tyres, brakes, \
             battery and fluids age all the same.",
            thousands(span.miles),
            day(span.from),
            day(span.to)
        ),
    };
    yearly.iter().filter(hardly_used).map(anomaly).collect()
}

fn unit_change(readings: &[MileageReading]) -> Option<MileageAnomaly> {
    let kilometres = readings.iter().filter(|reading| reading.was_kilometres).count();
    let last = readings.iter().rfind(|reading| reading.was_kilometres)?;
    (kilometres < readings.len()).then(|| MileageAnomaly {
        kind: AnomalyKind::UnitMix,
        date: last.date,
        text: format!(
            "Readings recorded in kilometres: {kilometres} of {}, last on {}; they are converted to miles here.",
            readings.len(),
            day(last.date)
        ),
    })
}

fn no_reading(tests: &[MotTest]) -> Option<MileageAnomaly> {
    let without: Vec<_> = tests.iter().filter(|test| test.odometer.is_none()).filter_map(test_day).collect();
    let newest = without.iter().max()?;
    Some(MileageAnomaly {
        kind: AnomalyKind::NoReading,
        date: *newest,
        text: format!(
            "Tests without a usable odometer reading: {} of {}, last on {}.",
            without.len(),
            tests.len(),
            day(*newest)
        ),
    })
}
