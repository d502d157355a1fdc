//! What follows from a vehicle's record and today's date, before any question is looked at.
//!
//! Nothing here is guessed: where the record is silent, the state is `Unknown`. Dates decide over a stored status, since
//! a record that was read last month says "valid" of a certificate that ran out yesterday.

use std::cell::OnceCell;

use chrono::{Datelike, Months, NaiveDate};
use driveever_core::{
    time::london_day,
    vehicle::record::{
        DefectSeverity, FuelType, MotDefect, MotStatus, MotTest, ReadingOutcome, RecordSource, TaxStatus,
        TestAuthority, VehicleRecord,
    },
    vehicle::report::{
        AnomalyKind, Component, DefectReading, Driving, DrivingGround, MileageHistory, RecurringFinding,
    },
};

use crate::rules::{Rules, Urgency};

/// How many tests are read, newest first: forty years of yearly ones.
const MAX_TESTS: usize = 40;
/// How many defects of one test are read.
const MAX_DEFECTS: usize = 40;
/// A record is called old from this many days on: tax and MOT may have changed meanwhile.
pub(super) const OLD_AFTER_DAYS: i64 = 30;

/// State of the MOT today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mot {
    /// A certificate that runs until this day.
    Valid(NaiveDate),
    /// The source says "valid" and no date.
    ValidUndated,
    /// Too new to need one; the first is due on this day.
    FirstDue(NaiveDate),
    /// It ran out on this day.
    Expired(NaiveDate),
    /// The first was due by this day, and none is on record.
    FirstOverdue(NaiveDate),
    /// The source says "not valid" and no date.
    NotValid,
    /// No source knows.
    Unknown,
}

/// State of the tax today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tax {
    /// Taxed, until this day when it is known.
    Taxed(Option<NaiveDate>),
    /// The record says taxed, but this due date has passed since.
    Lapsed(NaiveDate),
    /// Not taxed, since this day when it is known.
    Untaxed(Option<NaiveDate>),
    /// Declared off the road.
    Sorn,
    /// Not taxed for use on roads.
    NotForRoad,
    /// No source knows.
    Unknown,
}

impl Mot {
    /// Whether one is needed and missing, unless the vehicle is exempt.
    pub(super) const fn is_lacking(self) -> bool {
        matches!(self, Self::Expired(_) | Self::FirstOverdue(_) | Self::NotValid)
    }

    /// Whether none is missing.
    pub(super) const fn is_in_order(self) -> bool {
        matches!(self, Self::Valid(_) | Self::ValidUndated | Self::FirstDue(_))
    }
}

impl Tax {
    /// Whether it may not be used on a road for want of tax.
    pub(super) const fn is_lacking(self) -> bool {
        matches!(self, Self::Untaxed(_) | Self::Sorn | Self::NotForRoad)
    }
}

/// How the odometer readings of the tests go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Each is at least as high as the one before.
    Rising,
    /// They rise, with a leap or a standstill.
    Uneven,
    /// One does not fit, and a unit or a digit would explain it.
    Explained,
    /// A later one is lower, and nothing simple explains it.
    Lower,
}

/// What kind of vehicle its type approval makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Passenger car.
    Car,
    /// Goods vehicle up to 3.5 tonnes.
    Van,
    /// Heavy goods vehicle or bus.
    Heavy,
    /// Motorcycle and its like.
    Motorcycle,
    /// The record does not say.
    Unknown,
}

/// A defect with what was read from its text.
#[derive(Debug)]
pub(super) struct Note<'a> {
    pub(super) defect: &'a MotDefect,
    pub(super) reading: DefectReading,
    pub(super) concern: Urgency,
}

impl Note<'_> {
    /// Whether it was a reason to fail.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self.defect.severity, DefectSeverity::Fail | DefectSeverity::Major | DefectSeverity::Dangerous)
    }

    /// Whether it concerns the part.
    pub(super) fn concerns(&self, part: Component) -> bool {
        self.reading.parts.has(part)
    }
}

/// A test; its notes are read when they are first asked for, because most questions need those of a few tests only.
#[derive(Debug)]
pub(super) struct Test<'a> {
    pub(super) entry: &'a MotTest,
    pub(super) day: Option<NaiveDate>,
    notes: OnceCell<Vec<Note<'a>>>,
}

impl<'a> Test<'a> {
    /// Its notes.
    pub(super) fn notes(&self) -> &[Note<'a>] {
        self.notes.get_or_init(|| {
            let read = |defect: &'a MotDefect| {
                let reading = DefectReading::of(&defect.text);
                Note { concern: reading.urgency(&defect.severity).into(), defect, reading }
            };
            self.entry.defects.iter().take(MAX_DEFECTS).map(read).collect()
        })
    }

    /// Whether its defects are not published: those of Northern Ireland are not.
    pub(super) fn hides_defects(&self) -> bool {
        self.entry.authority == TestAuthority::DvaNi
    }
}

/// A record, thought through.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) record: &'a VehicleRecord,
    pub(super) today: NaiveDate,
    pub(super) tests: Vec<Test<'a>>,
    pub(super) mot: Mot,
    pub(super) tax: Tax,
    pub(super) kind: Kind,
    driving: OnceCell<Driving>,
    mileage: OnceCell<MileageHistory>,
    recurring: OnceCell<Vec<RecurringFinding>>,
}

impl<'a> Facts<'a> {
    /// Thinks a record through.
    pub(super) fn of(record: &'a VehicleRecord, today: NaiveDate) -> Self {
        let test = |entry: &'a MotTest| {
            let day = entry.completed_at.map(london_day);
            Test { entry, day, notes: OnceCell::new() }
        };
        let tests: Vec<Test<'a>> = record.mot_tests.iter().take(MAX_TESTS).map(test).collect();
        Self {
            record,
            today,
            mot: mot_state(record, today),
            tax: tax_state(record, today),
            kind: kind_of(record),
            driving: OnceCell::new(),
            mileage: OnceCell::new(),
            recurring: OnceCell::new(),
            tests,
        }
    }

    /// The newest test.
    pub(super) fn latest(&self) -> Option<&Test<'a>> {
        self.tests.first()
    }

    /// Notes of the newest test, most pressing first; equal ones by part.
    pub(super) fn open_notes(&self) -> Vec<&Note<'a>> {
        let mut notes: Vec<&Note<'a>> = self.latest().map(|test| test.notes().iter().collect()).unwrap_or_default();
        notes.sort_by_key(|note| {
            (std::cmp::Reverse(note.concern), note.reading.parts.first().is_none(), note.reading.parts.first())
        });
        notes
    }

    /// How far it was driven, as the vehicle's report has it.
    pub(super) fn mileage(&self) -> &MileageHistory {
        self.mileage.get_or_init(|| MileageHistory::of(&self.record.mot_tests))
    }

    /// The day since when the average use is counted: that of the first reading after the last unexplained drop.
    pub(super) fn average_since(&self) -> Option<NaiveDate> {
        let history = self.mileage();
        let drops = history.anomalies.iter().filter(|anomaly| anomaly.kind == AnomalyKind::LowerThanEarlier);
        let drop = drops.map(|anomaly| anomaly.date).max();
        drop.or_else(|| history.yearly.first().map(|span| span.from))
    }

    /// How its readings go together.
    pub(super) fn fit(&self) -> Fit {
        let history = self.mileage();
        let has = |kind| history.anomalies.iter().any(|anomaly| anomaly.kind == kind);
        let drops = history.readings.windows(2).any(|pair| matches!(pair, [a, b] if b.miles < a.miles));
        if has(AnomalyKind::LowerThanEarlier) {
            Fit::Lower
        } else if drops || has(AnomalyKind::DigitSlip) {
            Fit::Explained
        } else if has(AnomalyKind::ImplausibleRise) || has(AnomalyKind::NearZeroUse) {
            Fit::Uneven
        } else {
            Fit::Rising
        }
    }

    /// How many of the newest tests are without a reading.
    pub(super) fn newest_without_reading(&self) -> usize {
        self.tests.iter().take_while(|test| test.entry.odometer.is_none()).count()
    }

    /// Earlier occasions on which a note of the newest test was made, as the vehicle's report counts them.
    pub(super) fn recurring(&self, note: &Note<'_>) -> Option<&RecurringFinding> {
        let all = self.recurring.get_or_init(|| RecurringFinding::of(self.record));
        all.iter().find(|finding| finding.is_open && finding.text == note.defect.text)
    }

    /// Whether it may be driven, as the vehicle's report decides it: nothing here decides it anew.
    pub(super) fn driving(&self) -> &Driving {
        self.driving.get_or_init(|| Driving::of(self.record, self.today))
    }

    /// Whether a dangerous defect of the newest test forbids driving.
    pub(super) fn is_dangerous(&self) -> bool {
        self.driving().reason(DrivingGround::DangerousDefect).is_some()
    }

    /// Whether the want of an MOT alone forbids driving: it does not where the vehicle's age may exempt it.
    pub(super) fn is_barred_by_mot(&self) -> bool {
        self.driving().reason(DrivingGround::NoCurrentMot).is_some_and(|reason| reason.prohibits)
    }

    /// Days from today until `day`; negative when it has passed.
    pub(super) fn days_to(&self, day: NaiveDate) -> i64 {
        day.signed_duration_since(self.today).num_days()
    }

    /// The day on which the record's first registration is.
    pub(super) fn registered(&self) -> Option<NaiveDate> {
        self.record.first_registered.as_ref().map(|fact| fact.value)
    }

    /// Whole years from first registration, or from the end of the year of manufacture, until today.
    pub(super) fn age_years(&self) -> Option<u32> {
        let built = self.registered().or_else(|| {
            let year = self.record.manufacture_year.as_ref()?.value;
            NaiveDate::from_ymd_opt(i32::from(year), 12, 31)
        })?;
        self.today.years_since(built)
    }

    /// Whether it is old enough for the exemption from the MOT, as the vehicle's report decides it.
    pub(super) fn is_past_mot_age(&self) -> Option<bool> {
        Driving::exempt_by_age(self.record, self.today)
    }

    /// The first day on which it is free of tax as historic, when the year it was built (or registered) is known: 1 April
    /// after the year in which it reaches the age of the rules.
    pub(super) fn historic_from(&self, rules: &Rules) -> Option<NaiveDate> {
        let age = rules.get("tax.historic")?.figure("age")?.value?;
        let built = self
            .record
            .manufacture_year
            .as_ref()
            .map(|fact| i32::from(fact.value))
            .or_else(|| self.registered().map(|day| day.year()))?;
        let age = (0..200).find(|years| f64::from(*years) >= age)?;
        NaiveDate::from_ymd_opt(built.checked_add(age)?.checked_add(1)?, 4, 1)
    }

    /// Whether it runs without an engine.
    pub(super) fn is_zero_emission(&self) -> bool {
        self.fuel().is_some_and(|fuel| matches!(fuel, FuelType::Electric | FuelType::Hydrogen))
    }

    /// Whether its recorded fuel means a traction battery.
    pub(super) fn has_traction_battery(&self) -> bool {
        self.fuel()
            .is_some_and(|fuel| matches!(fuel, FuelType::Electric | FuelType::HybridElectric | FuelType::Hydrogen))
    }

    /// Its fuel.
    pub(super) fn fuel(&self) -> Option<&FuelType> {
        self.record.fuel_type.as_ref().map(|fact| &fact.value)
    }

    /// Whether any of its tests was made in Northern Ireland.
    pub(super) fn is_northern_irish(&self) -> bool {
        self.tests.iter().any(|test| test.entry.authority == TestAuthority::DvaNi)
    }

    /// Whether its newest test was made in Northern Ireland, where defects are not published.
    pub(super) fn hides_defects(&self) -> bool {
        self.latest().is_some_and(Test::hides_defects)
    }

    /// Whether its newest test was failed.
    pub(super) fn has_failed(&self) -> bool {
        self.driving().reason(DrivingGround::FailedLatestTest).is_some()
    }

    /// The first day on which a new MOT keeps the old date.
    pub(super) fn renewable_from(&self) -> Option<NaiveDate> {
        let Mot::Valid(expiry) = self.mot else { return None };
        expiry.checked_sub_months(Months::new(1))?.succ_opt()
    }

    /// Days since the record was read.
    pub(super) fn record_age_days(&self) -> Option<i64> {
        let read = self.record.fetched_at().map(london_day)?;
        Some(self.today.signed_duration_since(read).num_days().max(0))
    }

    /// What came of asking a source.
    pub(super) fn outcome(&self, source: RecordSource) -> Option<ReadingOutcome> {
        self.record.readings.iter().find(|reading| reading.source == source).map(|reading| reading.outcome)
    }
}

fn mot_state(record: &VehicleRecord, today: NaiveDate) -> Mot {
    let expiry = record.mot_expiry_date.as_ref();
    let certified = record.mot_tests.iter().any(|test| test.passed);
    match (record.mot_status.value, expiry.map(|fact| fact.value)) {
        // Only the MOT history names the day of a first test.
        (_, Some(day)) if day < today => match expiry.map(|fact| fact.source) {
            Some(RecordSource::Dvsa) if !certified => Mot::FirstOverdue(day),
            _ => Mot::Expired(day),
        },
        (MotStatus::NotValid, _) => Mot::NotValid,
        (MotStatus::NotYetDue, Some(day)) => Mot::FirstDue(day),
        (_, Some(day)) => Mot::Valid(day),
        (MotStatus::Valid, None) => Mot::ValidUndated,
        (_, None) => Mot::Unknown,
    }
}

fn tax_state(record: &VehicleRecord, today: NaiveDate) -> Tax {
    let due = record.tax_due_date.as_ref().map(|fact| fact.value);
    match record.tax_status.as_ref().map(|fact| fact.value) {
        Some(TaxStatus::Taxed) => match due {
            Some(day) if day < today => Tax::Lapsed(day),
            due => Tax::Taxed(due),
        },
        Some(TaxStatus::Untaxed) => Tax::Untaxed(due),
        Some(TaxStatus::Sorn) => Tax::Sorn,
        Some(TaxStatus::NotTaxedForRoadUse) => Tax::NotForRoad,
        None => Tax::Unknown,
    }
}

fn kind_of(record: &VehicleRecord) -> Kind {
    let approval = record.type_approval.as_ref().map(|fact| fact.value.to_ascii_uppercase()).unwrap_or_default();
    let is = |prefix: &str| approval.starts_with(prefix);
    if is("M1") {
        Kind::Car
    } else if is("N1") {
        Kind::Van
    } else if is("N2")
        || is("N3")
        || is("M2")
        || is("M3")
        || record.revenue_weight_kg.as_ref().is_some_and(|fact| fact.value > 3_500)
    {
        Kind::Heavy
    } else if is("L") {
        Kind::Motorcycle
    } else {
        Kind::Unknown
    }
}
