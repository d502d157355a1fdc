//! One record from what the DVLA and the DVSA answered: who is believed for which field, and where they contradict.
//!
//! | field | first | then | contradiction |
//! |---|---|---|---|
//! | make | DVSA | DVLA | stated: perhaps a cloned or transferred plate |
//! | model, recall, tests | DVSA | | |
//! | colour, fuel | DVLA | DVSA | stated |
//! | engine size | DVLA | DVSA | stated above 50 cc |
//! | first registration | DVSA's day | DVLA's month | stated when the months differ: an import or an error |
//! | year of manufacture | DVLA | DVSA | |
//! | MOT expiry | latest certificate of the DVSA's tests | DVLA, then the DVSA's first due date | stated; the earlier holds |
//! | MOT status | from the expiry and today | DVLA | stated |
//! | tax, CO2, Euro, weight, V5C, export | DVLA | | |
//!
//! A newer failed test does not shorten a certificate that still runs; that the vehicle may be dangerous is the
//! [report](super::report)'s matter. An answer for another mark than the one asked for is not used at all.

use chrono::{Datelike as _, NaiveDate, NaiveTime};

use super::{
    record::{MotStatus, MotTest, ReadingOutcome, RecordSource, SourceReading, Sourced, VehicleRecord},
    registration::Registration,
    wire::{DvsaVehicle, Reply, VesVehicle, WireError},
};
use crate::time::Timestamp;

/// Difference in engine size that is rounding and not contradiction, in cubic centimetres.
const ENGINE_TOLERANCE_CC: u32 = 50;

/// What one service said, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    /// When it was read.
    pub fetched_at: Timestamp,
    /// What it said.
    pub answer: Answer<T>,
}

/// What one service said of the vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// It knows it.
    Found(T),
    /// It does not know it.
    NotFound,
    /// It could not be asked, or its answer could not be read.
    Failed,
}

impl<T> Reading<T> {
    /// From a body as [`wire`](super::wire) read it; a fault of the service or an unreadable body is a failed reading.
    pub fn of(body: Result<Reply<T>, WireError>, fetched_at: Timestamp) -> Self {
        let answer = match body {
            Ok(Reply::Found(vehicle)) => Answer::Found(vehicle),
            Ok(Reply::NotFound) => Answer::NotFound,
            Ok(Reply::Fault(_)) | Err(_) => Answer::Failed,
        };
        Self { fetched_at, answer }
    }

    fn outcome(&self, source: RecordSource) -> SourceReading {
        let outcome = match self.answer {
            Answer::Found(_) => ReadingOutcome::Found,
            Answer::NotFound => ReadingOutcome::NotFound,
            Answer::Failed => ReadingOutcome::Failed,
        };
        SourceReading { source, fetched_at: self.fetched_at, outcome }
    }
}

/// A vehicle of one service with what each of its facts is labelled with.
struct Stated<T> {
    vehicle: T,
    source: RecordSource,
    fetched_at: Timestamp,
}

impl<T> Stated<T> {
    fn fact<V>(&self, value: Option<V>) -> Option<Sourced<V>> {
        value.map(|value| Sourced { value, source: self.source, fetched_at: self.fetched_at })
    }
}

/// `pick` of a vehicle that may not be there.
fn fact<T, V>(stated: Option<&Stated<T>>, pick: impl FnOnce(&T) -> Option<V>) -> Option<Sourced<V>> {
    stated.and_then(|stated| stated.fact(pick(&stated.vehicle)))
}

/// Merges what the services said of `registration` into one record, by the module's table.
///
/// An absent reading means that the service was not asked. `today` (Europe/London) decides whether the MOT runs;
/// `demonstration` labels data that ships with DriveEver.
pub fn merge(
    registration: &Registration,
    ves: Option<Reading<VesVehicle>>,
    dvsa: Option<Reading<DvsaVehicle>>,
    today: NaiveDate,
    demonstration: bool,
) -> VehicleRecord {
    let mut conflicts = Vec::new();
    let mark = registration.as_str();
    let (ves_outcome, ves) = take(ves, RecordSource::Dvla, |ves| ves.registration == mark, &mut conflicts);
    let belongs = |dvsa: &DvsaVehicle| dvsa.registration.as_deref().is_none_or(|stated| stated == mark);
    let (dvsa_outcome, dvsa) = take(dvsa, RecordSource::Dvsa, belongs, &mut conflicts);
    let (ves, dvsa) = (ves.as_ref(), dvsa.as_ref());

    compare_descriptions(ves, dvsa, &mut conflicts);
    let first_registered = first_registered(registration, ves, dvsa, &mut conflicts);
    let mot = mot(ves, dvsa, today, &mut conflicts);
    let readings: Vec<_> = [ves_outcome, dvsa_outcome].into_iter().flatten().collect();
    let read_at = readings.iter().map(|reading| reading.fetched_at).max();
    // Nobody was asked: the unknown status dates from the day of asking.
    let read_at = read_at.unwrap_or_else(|| today.and_time(NaiveTime::MIN).and_utc().into());
    note_unreadable(ves, dvsa, &mut conflicts);

    VehicleRecord {
        registration_number: mark.to_owned(),
        demonstration,
        readings,
        make: fact(dvsa, |v| v.make.clone()).or(fact(ves, |v| v.make.clone())),
        model: fact(dvsa, |v| v.model.clone()),
        colour: fact(ves, |v| v.colour.clone()).or(fact(dvsa, |v| v.colour.clone())),
        fuel_type: fact(ves, |v| v.fuel_type.clone()).or(fact(dvsa, |v| v.fuel_type.clone())),
        engine_cc: fact(ves, |v| v.engine_cc).or(fact(dvsa, |v| v.engine_cc)),
        first_registered,
        manufacture_year: fact(ves, |v| v.manufacture_year).or(fact(dvsa, |v| v.manufacture_year)),
        mot_status: mot.status.unwrap_or(Sourced {
            value: MotStatus::Unknown,
            source: RecordSource::Derived,
            fetched_at: read_at,
        }),
        mot_expiry_date: mot.expiry,
        tax_status: fact(ves, |v| v.tax_status),
        tax_due_date: fact(ves, |v| v.tax_due_date),
        additional_tax_end_date: fact(ves, |v| v.additional_tax_end_date),
        co2_emissions: fact(ves, |v| v.co2_emissions),
        euro_status: fact(ves, |v| v.euro_status.clone()),
        type_approval: fact(ves, |v| v.type_approval.clone()),
        revenue_weight_kg: fact(ves, |v| v.revenue_weight_kg),
        marked_for_export: fact(ves, |v| v.marked_for_export),
        last_v5c_issued: fact(ves, |v| v.last_v5c_issued),
        recall: fact(dvsa, |v| v.recall),
        mot_tests: dvsa.map(|dvsa| newest_first(&dvsa.vehicle.tests)).unwrap_or_default(),
        conflicts,
    }
}

/// The reading's outcome and its vehicle, unless that is another vehicle.
fn take<T>(
    reading: Option<Reading<T>>,
    source: RecordSource,
    belongs: impl FnOnce(&T) -> bool,
    conflicts: &mut Vec<String>,
) -> (Option<SourceReading>, Option<Stated<T>>) {
    let Some(reading) = reading else { return (None, None) };
    let mut outcome = reading.outcome(source);
    let fetched_at = reading.fetched_at;
    match reading.answer {
        Answer::Found(vehicle) if belongs(&vehicle) => (Some(outcome), Some(Stated { vehicle, source, fetched_at })),
        Answer::Found(_) => {
            outcome.outcome = ReadingOutcome::Failed;
            conflicts.push(format!("The {} answered for another registration; its answer is not used.", name(source)));
            (Some(outcome), None)
        }
        Answer::NotFound | Answer::Failed => (Some(outcome), None),
    }
}

const fn name(source: RecordSource) -> &'static str {
    match source {
        RecordSource::Dvla => "DVLA",
        RecordSource::Dvsa => "DVSA",
        RecordSource::Owner => "owner",
        RecordSource::Derived => "record",
    }
}

fn compare_descriptions(
    ves: Option<&Stated<VesVehicle>>,
    dvsa: Option<&Stated<DvsaVehicle>>,
    conflicts: &mut Vec<String>,
) {
    let (Some(ves), Some(dvsa)) = (ves.map(|stated| &stated.vehicle), dvsa.map(|stated| &stated.vehicle)) else {
        return;
    };
    if let (Some(a), Some(b)) = (&ves.make, &dvsa.make)
        && a.to_lowercase() != b.to_lowercase()
    {
        conflicts.push(format!(
            "The make differs: the DVLA says {a}, the DVSA says {b}. The plate may be cloned or have been transferred; \
             compare the vehicle identification number (VIN) with the V5C."
        ));
    }
    if let (Some(a), Some(b)) = (&ves.colour, &dvsa.colour)
        && a.to_lowercase() != b.to_lowercase()
    {
        conflicts.push(format!("The colour differs: the DVLA says {a}, the DVSA says {b}. It may have been changed."));
    }
    if let (Some(a), Some(b)) = (&ves.fuel_type, &dvsa.fuel_type)
        && a != b
    {
        conflicts.push(format!(
            "The fuel differs: the DVLA says {}, the DVSA says {}. It may have been converted, or one may be wrong.",
            a.describe(),
            b.describe()
        ));
    }
    if let (Some(a), Some(b)) = (ves.engine_cc, dvsa.engine_cc)
        && a.abs_diff(b) > ENGINE_TOLERANCE_CC
    {
        conflicts.push(format!(
            "The engine size differs: the DVLA says {a} cc, the DVSA says {b} cc. The engine may have been changed, or one \
             may be wrong."
        ));
    }
}

fn first_registered(
    registration: &Registration,
    ves: Option<&Stated<VesVehicle>>,
    dvsa: Option<&Stated<DvsaVehicle>>,
    conflicts: &mut Vec<String>,
) -> Option<Sourced<NaiveDate>> {
    let day = fact(dvsa, |v| v.registered);
    let month = fact(ves, |v| v.first_registered_month);
    let here = fact(ves, |v| v.first_dvla_registration_month);
    // Of an import the DVSA may give the day of its registration here, where the DVLA gives both.
    let is_of = |day: &Sourced<NaiveDate>, month: &Sourced<NaiveDate>| day.value.with_day(1) == Some(month.value);
    let is_of_here = match (&day, &month, &here) {
        (Some(day), Some(month), Some(here)) => here.value > month.value && is_of(day, here),
        _ => false,
    };
    if let (Some(day), Some(month)) = (&day, &month)
        && !is_of(day, month)
        && !is_of_here
    {
        conflicts.push(format!(
            "The first registration differs: the DVLA says {}, the DVSA says {}. The vehicle may be an import, or one may \
             be wrong.",
            month.value.format("%B %Y"),
            day.value.format("%-d %B %Y")
        ));
    }
    if let (Some(anywhere), Some(here)) = (&month, &here)
        && here.value > anywhere.value
    {
        conflicts.push(format!(
            "The DVLA first registered it in {}, but it was first registered anywhere in {}: probably an import.",
            here.value.format("%B %Y"),
            anywhere.value.format("%B %Y")
        ));
    }
    let registered = if is_of_here { month } else { day.or(month) };
    // A mark must not make a vehicle look newer, and an import's mark goes by its registration here.
    let latest = registered.iter().chain(&here).map(|fact| fact.value).max();
    if let (Some(period), Some(latest)) = (registration.issued(), latest)
        && period.from > latest
    {
        conflicts.push(format!(
            "Marks like this were issued from {}, but the vehicle was registered in {}. A mark may not be newer than its \
             vehicle: check that it belongs to this one.",
            period.from.format("%B %Y"),
            latest.format("%B %Y")
        ));
    }
    registered
}

/// Expiry and status, each with its source.
struct Mot {
    expiry: Option<Sourced<NaiveDate>>,
    status: Option<Sourced<MotStatus>>,
}

fn mot(
    ves: Option<&Stated<VesVehicle>>,
    dvsa: Option<&Stated<DvsaVehicle>>,
    today: NaiveDate,
    conflicts: &mut Vec<String>,
) -> Mot {
    let certified = fact(dvsa, |v| v.tests.iter().filter(|test| test.passed).filter_map(|test| test.expiry_date).max());
    let held = fact(ves, |v| v.mot_expiry_date);
    let first_due = fact(dvsa, |v| v.first_test_due);
    let has_certificate = certified.is_some() || held.is_some();
    if let (Some(a), Some(b)) = (&certified, &held)
        && a.value != b.value
    {
        conflicts.push(format!(
            "The MOT expiry differs: the DVSA's tests say {}, the DVLA says {}. The earlier is used until both agree.",
            a.value.format("%-d %B %Y"),
            b.value.format("%-d %B %Y")
        ));
    }
    let expiry = match (certified, held) {
        (Some(certified), Some(held)) if held.value < certified.value => Some(held),
        (Some(certified), _) => Some(certified),
        (None, held) => held.or(first_due),
    };
    let stated = fact(ves, |v| v.mot_status).filter(|status| status.value != MotStatus::Unknown);
    let derived = expiry.as_ref().map(|expiry| {
        let value = match (expiry.value >= today, has_certificate) {
            (true, true) => MotStatus::Valid,
            (true, false) => MotStatus::NotYetDue,
            (false, _) => MotStatus::NotValid,
        };
        Sourced { value, source: RecordSource::Derived, fetched_at: expiry.fetched_at }
    });
    if let (Some(a), Some(b)) = (&derived, &stated)
        && (a.value == MotStatus::NotValid) != (b.value == MotStatus::NotValid)
    {
        let (dates, register) =
            if a.value == MotStatus::NotValid { ("expired", "valid") } else { ("current", "not valid") };
        conflicts.push(format!(
            "The MOT is {dates} by its dates, but the DVLA says {register}. Check before relying on it."
        ));
    }
    Mot { expiry, status: derived.or(stated) }
}

/// Newest first. Of two tests at one moment the passed one is the later: faults put right at the station leave both. Tests
/// without a time come last.
fn newest_first(tests: &[MotTest]) -> Vec<MotTest> {
    let mut tests = tests.to_vec();
    tests.sort_by(|a, b| (b.completed_at, b.passed, &b.test_number).cmp(&(a.completed_at, a.passed, &a.test_number)));
    tests
}

/// What was there but made no sense is said, so that its absence is not mistaken for "no such fact".
fn note_unreadable(ves: Option<&Stated<VesVehicle>>, dvsa: Option<&Stated<DvsaVehicle>>, conflicts: &mut Vec<String>) {
    let of_ves = ves.map(|stated| (stated.source, &stated.vehicle.unreadable));
    let of_dvsa = dvsa.map(|stated| (stated.source, &stated.vehicle.unreadable));
    for (source, unreadable) in of_ves.into_iter().chain(of_dvsa).filter(|(_, unreadable)| !unreadable.is_empty()) {
        conflicts.push(format!(
            "Part of the {}'s answer made no sense and is left out: {}.",
            name(source),
            unreadable.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests;
