//! What the record holds of a time that the question names: the tests and mileages of a year, a drop, a yearly use.

use chrono::Datelike;
use driveever_core::vehicle::report::{AnomalyKind, Component, MileageReading};

use super::{
    Case,
    facts_lines::{anomaly_line, average_line},
    market::compare,
    notes::quoted,
};
use crate::advisor::{
    draft::{Basis, Draft, Line},
    facts::{Facts, Test},
    topics::{Intent, Topic},
};

/// How many tests of a year are told.
const TOLD_TESTS: usize = 3;
/// Words that ask why or whether a mileage fell.
const FALLS: &[&str] = &[
    "down",
    "drop",
    "drops",
    "dropped",
    "fell",
    "fall",
    "fallen",
    "lower",
    "less",
    "decrease",
    "decreased",
    "backwards",
];

/// Words that ask whether a reading is right.
const ODD: &[&str] = &["wrong", "typed", "typo", "mistake", "error", "odd", "strange", "weird", "why", "fit"];

/// What the record holds of the years that the question names; of what is asked, before the answer in general.
pub(super) fn of_named_years(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    let about = |topics: &[Topic]| topics.iter().any(|topic| case.ask.is_about(*topic));
    let parts: Vec<Component> = parts(case);
    let of_tests =
        about(&[Topic::MotHistory, Topic::Failures, Topic::Advisories, Topic::NextTest]) || !parts.is_empty();
    let of_mileage = about(&[Topic::Mileage]);
    if let ([first, second], true) = (years(case).as_slice(), of_mileage) {
        between(*first.min(second), *first.max(second), facts, draft);
    }
    let used = case.measured.has(&["do", "did", "done", "drive", "driven", "cover", "covered"]);
    if let ([year], true) = (years(case).as_slice(), of_mileage && used) {
        between(*year - 1, *year, facts, draft);
    }
    for year in years(case) {
        if of_mileage && !case.measured.has(FALLS) {
            mileage_of(year, facts, draft);
        }
        if of_tests {
            tests_of(year, &parts, facts, draft);
        }
    }
}

fn parts(case: &Case<'_>) -> Vec<Component> {
    let part = |topic: &Topic| if let Topic::Part(part) = topic { Some(*part) } else { None };
    case.ask.topics.iter().filter_map(part).collect()
}

/// The years that are named, other than that of the vehicle itself.
fn years(case: &Case<'_>) -> Vec<i32> {
    let own = case.stated.year.map(i32::from);
    let mut years = case.measured.years(case.today.year());
    years.retain(|year| Some(*year) != own);
    years
}

/// How far it was driven from the first reading of a year to the last of a later one, where the readings rise.
fn between(from: i32, to: i32, facts: &Facts<'_>, draft: &mut Draft) {
    let readings = &facts.mileage().readings;
    let first = readings.iter().find(|reading| reading.date.year() == from);
    let last = readings.iter().rev().find(|reading| reading.date.year() == to);
    let Some((first, last)) = first.zip(last) else { return };
    let Some(miles) = last.miles.checked_sub(first.miles) else { return };
    draft.lead(
        Line::new("Between the tests of ")
            .date(first.date)
            .say(" and ")
            .date(last.date)
            .say(": ")
            .count(i64::from(miles))
            .say(" miles.")
            .on(Basis::Test(Some(first.date)))
            .on(Basis::Test(Some(last.date))),
    );
}

fn mileage_of(year: i32, facts: &Facts<'_>, draft: &mut Draft) {
    let readings = &facts.mileage().readings;
    let told = |line: Line, reading: &MileageReading| {
        line.date(reading.date).say(": ").number(reading.miles).say(" miles").on(Basis::Test(Some(reading.date)))
    };
    let of_year: Vec<&MileageReading> = readings.iter().filter(|reading| reading.date.year() == year).collect();
    for reading in of_year.iter().take(TOLD_TESTS) {
        draft.lead(told(Line::new("At the test of "), reading).say("."));
    }
    let Some(named) = u16::try_from(year).ok().filter(|_| of_year.is_empty()) else { return };
    let line = Line::new("No mileage of ").stated_year(named).say(" is on record");
    let before = readings.iter().rev().find(|reading| reading.date.year() < year);
    let after = readings.iter().find(|reading| reading.date.year() > year);
    let line = before.into_iter().fold(line, |line, reading| told(line.say("; before it, "), reading));
    let line = after.into_iter().fold(line, |line, reading| told(line.say("; after it, "), reading));
    draft.lead(line.say("."));
}

fn tests_of(year: i32, parts: &[Component], facts: &Facts<'_>, draft: &mut Draft) {
    let of_year: Vec<&Test<'_>> =
        facts.tests.iter().filter(|test| test.day.is_some_and(|day| day.year() == year)).collect();
    for test in of_year.iter().rev().take(TOLD_TESTS) {
        let line = Line::new(if test.entry.passed { "It passed" } else { "It failed" });
        let line = test.day.iter().fold(line, |line, day| line.say(" on ").date(*day)).on(Basis::Test(test.day));
        let line = match test.entry.odometer {
            Some(odometer) => line.say(", at ").number(odometer.miles).say(" miles"),
            None => line,
        };
        let wanted =
            |note: &&super::super::facts::Note<'_>| parts.is_empty() || parts.iter().any(|part| note.concerns(*part));
        let notes: Vec<_> = test.notes().iter().filter(wanted).collect();
        let line = if notes.is_empty() {
            line.say(if test.hides_defects() {
                "; its defects are not published"
            } else if parts.is_empty() {
                ", without any note"
            } else {
                ", without a note on that"
            })
        } else {
            quoted(line.say(", with "), &notes)
        };
        draft.lead(line.say("."));
    }
    if let Some(named) = u16::try_from(year).ok().filter(|_| of_year.is_empty()) {
        draft.lead(Line::new("No test of ").stated_year(named).say(" is on record."));
    }
}

/// In which unit the readings were given.
fn units(facts: &Facts<'_>, draft: &mut Draft) {
    let readings = &facts.mileage().readings;
    let metric: Vec<_> = readings.iter().filter(|reading| reading.was_kilometres).collect();
    draft.lead(match metric.as_slice() {
        [] => Line::new("All readings on record were given in miles."),
        [one] if readings.len() > 1 => Line::new("In miles, but for the reading of ")
            .date(one.date)
            .say(", which was given in kilometres and is shown here in miles.")
            .on(Basis::Test(Some(one.date))),
        more => Line::new("Readings that were given in kilometres, and are shown here in miles: ")
            .count(i64::try_from(more.len()).unwrap_or(i64::MAX))
            .say("."),
    });
}

/// A drop, where the question asks for one, and the yearly use with a verdict, where it asks for that: before the rest.
pub(super) fn asked_of_mileage(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    if case.measured.has(FALLS) || case.measured.has(ODD) {
        let mut odd: Vec<_> = facts.mileage().anomalies.iter().collect();
        odd.sort_by_key(|odd| odd.kind == AnomalyKind::NearZeroUse);
        odd.iter().take(2).for_each(|odd| draft.lead(anomaly_line(odd).say(".")));
        if odd.is_empty() {
            draft.lead(Line::new("No reading on record is lower than an earlier one, or does not fit otherwise."));
        }
    }
    if case.measured.has(&["km", "kilometres", "kilometers", "kms"]) {
        units(facts, draft);
    }
    let yearly = case.measured.has(&["year", "yearly", "annual", "annually", "average"]);
    let compared = case.ask.wants(Intent::Compare) && !case.measured.has(ODD);
    if let Some(line) = average_line(Line::new("Average use is "), facts).filter(|_| yearly || compared) {
        draft.lead(line.say("."));
        compare(case, facts, draft);
    }
}
