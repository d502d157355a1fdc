//! What the question states of the vehicle: told as the asker's word, held against the record, and where there is no record
//! worked with.

use chrono::{Datelike, NaiveDate};
use driveever_core::{
    time::Timestamp,
    vehicle::record::{FuelType, RecordSource, Sourced, VehicleRecord},
};

use super::{
    Case, claims,
    facts_lines::{fuel_words, mot_basis, mot_words},
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Tax},
        stated::Said,
        tax::{YearlyTax, yearly_tax},
        topics::{Intent, Topic},
        zones::{Compliance, compliance},
    },
    rules::Urgency,
};

/// What the question states: listed, and where it bears on what is asked answered from.
pub(super) fn said(case: &Case<'_>, draft: &mut Draft) {
    if case.stated.says_nothing() {
        return;
    }
    claims::claims(case, draft);
    match case.facts.filter(|facts| facts.record.is_known()) {
        Some(facts) => against_record(case, facts, draft),
        None => work_with(case, draft),
    }
}

/// Where the question contradicts the record: told before the answer, which goes by the record.
fn against_record(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let mut found = contradictions(case, facts);
    found.extend(of_papers(case, facts));
    if found.is_empty() {
        return;
    }
    draft.reason(
        Urgency::Plan,
        Line::new("What you say and what the record says differ: clear that up before relying on either."),
    );
    let told = found.into_iter().fold(Line::default(), |told, line| told.then(line).say(" "));
    draft.lead(told.say("This answer goes by the record."));
}

fn contradictions(case: &Case<'_>, facts: &Facts<'_>) -> Vec<Line> {
    let mut found = Vec::new();
    let (stated, record) = (case.stated, facts.record);
    if let Some((said, fact)) = stated.make.zip(record.make.as_ref())
        && !fact.value.to_lowercase().contains(said)
    {
        let line = Line::new("You say ").stated(&said.to_uppercase()).say("; the record says ").quote(&fact.value);
        found.push(line.cite(fact).say(": check that the registration is the right one."));
    }
    if let Some((said, fact)) = stated.fuel.as_ref().zip(record.fuel_type.as_ref())
        && !is_same_fuel(said, &fact.value)
    {
        let line = Line::new("You say ").stated(said.describe()).say("; the record says ");
        found.push(fuel_words(line, &fact.value).cite(fact).say("."));
    }
    if let Some((said, years)) = stated.year.zip(years(facts))
        && !years.contains(&i32::from(said))
    {
        let line = Line::new("You say that it is of ").stated_year(said);
        let line = match (&record.first_registered, &record.manufacture_year) {
            (Some(fact), _) => line.say("; the record has its first registration on ").date(fact.value).cite(fact),
            (None, Some(fact)) => line.say("; the record has it built in ").year(fact.value).cite(fact),
            (None, None) => line,
        };
        found.push(line.say("."));
    }
    let newest = facts.mileage().readings.last();
    if let Some((said, newest)) = stated.miles.zip(newest).filter(|(said, newest)| *said < newest.miles) {
        let line = Line::new("You say ").stated_number(said).say(" miles; the test of ").date(newest.date);
        found.push(line.say(" read ").number(newest.miles).say(", which is more."));
    }
    found
}

/// The same of what is said of MOT and tax.
fn of_papers(case: &Case<'_>, facts: &Facts<'_>) -> Vec<Line> {
    let stated = case.stated;
    let mut found = Vec::new();
    if stated.says(Said::MotRanOut) && facts.mot.is_in_order() {
        let line = mot_words(Line::new("You say that the MOT has run out; by the record "), facts, false);
        found.push(line.on(mot_basis(facts)).say("."));
    }
    if stated.says(Said::Passed) && (facts.has_failed() || facts.mot.is_lacking()) {
        let line =
            "You say that it passed; the record has no such pass. If it was tested lately, have the record read anew.";
        found.push(Line::new(line));
    }
    if stated.says(Said::Taxed)
        && facts.tax.is_lacking()
        && let Some(fact) = &facts.record.tax_status
    {
        let what = if facts.tax == Tax::Sorn { "declared off the road" } else { "untaxed" };
        let line = Line::new("You say that it is taxed; by the record it is ").say(what).cite(fact);
        found.push(line.say(". If you taxed it since, have the record read anew."));
    }
    found
}

/// The years that a vehicle may be said to be of: built, registered, and sold as the next year's model.
pub(super) fn years(facts: &Facts<'_>) -> Option<std::ops::RangeInclusive<i32>> {
    let registered = facts.registered().map(|day| day.year());
    let built = facts.record.manufacture_year.as_ref().map(|fact| i32::from(fact.value));
    let least = built.or(registered)?;
    Some(least - 1..=registered.unwrap_or(least).max(least) + 1)
}

pub(super) fn is_same_fuel(said: &FuelType, recorded: &FuelType) -> bool {
    // A hybrid runs on petrol or diesel too; what else a source spells is not judged.
    said == recorded
        || matches!(
            (said, recorded),
            (FuelType::Petrol | FuelType::Diesel | FuelType::Electric, FuelType::HybridElectric)
                | (FuelType::Petrol | FuelType::Gas, FuelType::GasBiFuel)
                | (_, FuelType::Other(_))
        )
}

/// Without a record, what is asked is answered from what is stated, as far as that carries.
fn work_with(case: &Case<'_>, draft: &mut Draft) {
    if case.ask.is_about(Topic::Zones) {
        zones(case, draft);
    }
    if case.ask.is_about(Topic::Tax) && case.ask.wants(Intent::Cost) {
        tax(case, draft);
    }
    if case.ask.is_about(Topic::MotDate) || case.ask.is_about(Topic::MotExempt) {
        first_test(case, draft);
    }
    if case.ask.is_about(Topic::Mileage) || case.ask.is_about(Topic::TimingBelt) {
        mileage(case, draft);
    }
}

/// What a rule says of a vehicle as stated, if it says the same for the first and the last day of the stated year.
fn of_both_ends<T: PartialEq>(case: &Case<'_>, rule: impl Fn(&Facts<'_>) -> T) -> Option<T> {
    let at = |month, day| {
        let date = NaiveDate::from_ymd_opt(i32::from(case.stated.year?), month, day)?;
        let record = as_record(case, Some(date));
        Some(rule(&Facts::of(&record, case.today)))
    };
    let (first, last) = (at(1, 1)?, at(12, 31)?);
    (first == last).then_some(first)
}

/// What is stated in the form of a record, for the rules that read one; it is never shown.
fn as_record(case: &Case<'_>, registered: Option<NaiveDate>) -> VehicleRecord {
    let at = Timestamp::from(case.today.and_time(chrono::NaiveTime::MIN).and_utc());
    VehicleRecord {
        first_registered: registered.map(|day| of_owner(day, at)),
        fuel_type: case.stated.fuel.clone().map(|fuel| of_owner(fuel, at)),
        ..VehicleRecord::empty(String::new(), at)
    }
}

fn of_owner<T>(value: T, at: Timestamp) -> Sourced<T> {
    Sourced { value, source: RecordSource::Owner, fetched_at: at }
}

/// The words with which an answer from what is stated begins.
fn by_your_word(case: &Case<'_>) -> Line {
    let line = Line::new("By what you say");
    let line = match (&case.stated.fuel, case.stated.year) {
        (Some(fuel), Some(year)) => line.say(" (").stated(fuel.describe()).say(", of ").stated_year(year).say(")"),
        (Some(fuel), None) => line.say(" (").stated(fuel.describe()).say(")"),
        (None, Some(year)) => line.say(" (of ").stated_year(year).say(")"),
        (None, None) => line,
    };
    line.say(", ")
}

fn zones(case: &Case<'_>, draft: &mut Draft) {
    if case.stated.fuel.is_none() {
        return;
    }
    let likely = |facts: &Facts<'_>| match compliance(facts, case.rules) {
        Compliance::Likely(_) => Some(true),
        Compliance::Unlikely(_) => Some(false),
        Compliance::Unknown => None,
    };
    let of_electric = case.stated.fuel == Some(FuelType::Electric);
    let line = by_your_word(case);
    match of_both_ends(case, likely).or(of_electric.then_some(Some(true))) {
        Some(Some(true)) => draft.lead(line.say("it likely meets the ULEZ standard.")),
        Some(Some(false)) => {
            draft.lead(line.say("it likely does not meet the ULEZ standard, so a daily charge would apply."));
        }
        _ if case.stated.year.is_some() => draft.lead(line.say(
            "it cannot be told whether it meets the ULEZ standard: vehicles of that fuel and year were sold with and without it. The V5C may state the Euro standard.",
        )),
        _ => draft.lead(line.say("it depends on the year: the rule below names it.")),
    }
}

fn tax(case: &Case<'_>, draft: &mut Draft) {
    let by_end = |facts: &Facts<'_>| yearly_tax(facts, case.rules);
    match of_both_ends(case, by_end) {
        Some(YearlyTax::Rate { rule, figure, current, .. }) => {
            let line = by_your_word(case).say("and as a car, a year of tax costs ").amount(rule, figure);
            draft.lead(if current && !rule.is_outdated_on(case.today) {
                line.say(" at the rates of the present tax year.")
            } else {
                line.say(" at the newest rates held, which are not those of the present tax year.")
            });
            draft.rule_of_row(rule);
        }
        Some(YearlyTax::Historic) => {
            draft.lead(by_your_word(case).say("it is free of vehicle tax as a historic vehicle; it must still be taxed, at nil."));
            draft.rule(case.rules.get("tax.historic"));
        }
        Some(YearlyTax::Unknown(_)) => draft.lead(by_your_word(case).say(
            "the tax cannot be worked out yet: it goes by the CO2 figure or the size of the engine, which the V5C states; the tables are below.",
        )),
        None => {}
    }
}

/// When the first MOT is due, or whether age may exempt, by the stated year.
fn first_test(case: &Case<'_>, draft: &mut Draft) {
    let ireland = case.stated.says(Said::NorthernIreland) || case.ask.wants(Intent::NorthernIreland);
    let Some(rule) = case.rules.get(if ireland { "mot.first-test-ni" } else { "mot.first-test-gb" }) else { return };
    let years = rule.figure("first-test").and_then(|figure| figure.value);
    let Some((year, years)) = case.stated.year.zip(years) else { return };
    let Some(after) = (0_u16..10).find(|after| f64::from(*after) >= years) else { return };
    let due = i32::from(year) + i32::from(after);
    let line = by_your_word(case);
    let line = match due.cmp(&case.today.year()) {
        std::cmp::Ordering::Greater => {
            let due = year.saturating_add(after);
            line.say("as a car it needs its first MOT in ")
                .derived_year(due)
                .say(", by the anniversary of its first registration.")
        }
        std::cmp::Ordering::Equal => {
            line.say("as a car it needs its first MOT this year, by the anniversary of its first registration.")
        }
        std::cmp::Ordering::Less => match of_both_ends(case, |facts: &Facts<'_>| facts.is_past_mot_age()) {
            Some(Some(true)) => {
                line.say("it is old enough to be exempt from the MOT, if it was not substantially changed.")
            }
            _ => line.say("it is old enough to need an MOT every year."),
        },
    };
    draft.lead(line);
    draft.rule(Some(rule));
}

fn mileage(case: &Case<'_>, draft: &mut Draft) {
    let Some(miles) = case.stated.miles else { return };
    if case.ask.is_about(Topic::TimingBelt) {
        let limit = case.rules.get("timing-belt.interval").and_then(|rule| rule.figure("belt-miles"));
        let past = limit.and_then(|figure| figure.value).is_some_and(|limit| f64::from(miles) >= limit);
        draft.lead(Line::new("At the ").stated_number(miles).say(" miles that you state ").say(if past {
            "it is past the typical interval of a first belt, so proof of a change matters, if it has a belt."
        } else {
            "it has not reached the typical interval in miles of a first belt; years count too."
        }));
        return;
    }
    let age = case.stated.year.map(|year| case.today.year() - i32::from(year)).filter(|age| *age >= 2);
    let average = case.rules.get("mileage.average").and_then(|rule| Some((rule, rule.figure("average-2017")?)));
    if let Some((age, (rule, figure))) = age.zip(average) {
        let yearly = (i64::from(miles) / i64::from(age) + 50) / 100 * 100;
        let line =
            Line::new("By what you say, that is about ").count(yearly).say(" miles a year; the average car has ");
        draft.lead(line.amount(rule, figure).say(", a figure of MOT data of years ago."));
    }
}
