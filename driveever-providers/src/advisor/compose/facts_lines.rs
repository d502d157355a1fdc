//! Facts of a record as lines, each with its source; shared by the topics.

use driveever_core::time::london_day;
use driveever_core::vehicle::record::{DefectSeverity, FuelType, ReadingOutcome, RecallStatus, RecordSource, Sourced};

use crate::advisor::{
    compose::Case,
    draft::{Basis, Draft, Line},
    facts::{Facts, Mot, Note, Tax, Test},
    mileage::{Anomaly, Oddity},
};

/// The record, or a note that there is none.
pub(super) fn record<'f>(case: &Case<'f>, draft: &mut Draft) -> Option<&'f Facts<'f>> {
    let facts = case.facts.filter(|facts| facts.record.is_known());
    if facts.is_none() {
        if let Some(facts) = case.facts {
            draft.lead(
                Line::new("Nothing is on record for ")
                    .quote(&facts.record.registration_number)
                    .say(", so nothing can be said of this vehicle; only the general rules apply."),
            );
            draft.step(Line::new("Check the registration against the V5C for a slip, and ask again."));
        } else {
            draft.step(Line::new("Name the registration, so that the vehicle's own record can be weighed."));
        }
        draft.unknown(match case.facts {
            None => Line::new("No vehicle was named, so nothing here is about a particular one: ask with its registration to have its record read."),
            Some(facts) => Line::new("Nothing is on record for ").quote(&facts.record.registration_number).say(": no source knows this registration or could be read, so nothing is said of the vehicle itself."),
        });
    }
    facts
}

/// What a fact of the record rests on.
pub(super) fn basis<T>(fact: &Sourced<T>) -> Basis {
    Basis::Reading(fact.source, london_day(fact.fetched_at))
}

/// What the state of the MOT rests on.
pub(super) fn mot_basis(facts: &Facts<'_>) -> Basis {
    facts.record.mot_expiry_date.as_ref().map_or_else(|| basis(&facts.record.mot_status), basis)
}

/// The state of the MOT.
pub(super) fn mot_line(facts: &Facts<'_>) -> Line {
    let sourced = |line: Line| match &facts.record.mot_expiry_date {
        Some(fact) => line.cite(fact),
        None => line.cite(&facts.record.mot_status),
    };
    sourced(match facts.mot {
        Mot::Valid(day) => match facts.days_to(day) {
            0 => Line::new("The MOT runs out today, ").date(day),
            days => Line::new("The MOT runs until ").date(day).say(", ").days(days).say(" from today"),
        },
        Mot::FirstDue(day) => Line::new("No MOT is needed yet: the first is due by ")
            .date(day)
            .say(", ")
            .days(facts.days_to(day))
            .say(" from today"),
        Mot::Expired(day) => {
            Line::new("The MOT ran out, or was due, on ").date(day).say(", ").days(-facts.days_to(day)).say(" ago")
        }
        Mot::NotValid => Line::new("The record says that the MOT is not valid"),
        Mot::Unknown => Line::new("No source states whether there is an MOT; that does not mean that there is none"),
    })
}

/// Why there is no test to speak of.
pub(super) fn no_tests(facts: &Facts<'_>) -> Line {
    match (facts.mot, facts.outcome(RecordSource::Dvsa)) {
        (Mot::FirstDue(_), _) => Line::new("It has not needed an MOT test yet, so no examiner's finding exists"),
        (_, Some(ReadingOutcome::Failed)) => {
            Line::new("Its MOT tests could not be read, so what they found is not known here")
        }
        _ => Line::new("No MOT test of it is on record here, so no examiner's finding can be weighed"),
    }
}

/// The state of the tax.
pub(super) fn tax_line(facts: &Facts<'_>) -> Line {
    let line = match facts.tax {
        Tax::Taxed(Some(day)) => {
            Line::new("It is taxed until ").date(day).say(", ").days(facts.days_to(day)).say(" from today")
        }
        Tax::Taxed(None) => Line::new("It is taxed; no due date is stated"),
        Tax::Lapsed(day) => Line::new("The record says taxed, but its due date ")
            .date(day)
            .say(" passed ")
            .days(-facts.days_to(day))
            .say(" ago: read it anew"),
        Tax::Untaxed(Some(day)) => Line::new("It is untaxed; tax was due on ").date(day),
        Tax::Untaxed(None) => Line::new("It is untaxed"),
        Tax::Sorn => Line::new("It is declared off the road (SORN)"),
        Tax::NotForRoad => Line::new("It is not taxed for use on roads"),
        Tax::Unknown => return Line::new("No source states whether it is taxed"),
    };
    match &facts.record.tax_status {
        Some(fact) => line.cite(fact),
        None => line,
    }
}

/// The recall state, in words that never say "none".
pub(super) fn recall_line(facts: &Facts<'_>) -> Option<Line> {
    let fact = facts.record.recall.as_ref()?;
    let line = match fact.value {
        RecallStatus::Outstanding => Line::new("A safety recall is outstanding: at least one was not put right"),
        RecallStatus::AllFixed => Line::new("There were safety recalls, and all are recorded as put right"),
        RecallStatus::Unknown => Line::new(
            "Whether a safety recall applies is unknown: none was found, which does not mean that there is none",
        ),
        RecallStatus::Unavailable => {
            Line::new("Whether a safety recall applies is unknown: the recall service gave no answer")
        }
    };
    Some(line.cite(fact))
}

/// How a test went.
pub(super) fn test_line(test: &Test<'_>) -> Line {
    let line = Line::new(if test.entry.passed { "Passed" } else { "Failed" });
    let line = match test.entry.odometer {
        Some(odometer) => line.say(" at ").number(odometer.miles).say(if odometer.was_kilometres {
            " miles (given in kilometres)"
        } else {
            " miles"
        }),
        None => line.say(", odometer not read"),
    };
    let failures = test.notes().iter().filter(|note| note.is_failure()).count();
    let others = test.notes().len() - failures;
    let line = match (failures, others) {
        (0, 0) => line.say(", no defects recorded"),
        (0, n) => line.say(", notes: ").count(count(n)),
        (n, 0) => line.say(", reasons to fail: ").count(count(n)),
        (n, m) => line.say(", reasons to fail: ").count(count(n)).say(", other notes: ").count(count(m)),
    };
    line.cite_test(test)
}

/// A number of things.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A severity in words.
pub(super) fn severity(severity: &DefectSeverity) -> &'static str {
    match severity {
        DefectSeverity::Dangerous => "Dangerous",
        DefectSeverity::Major => "Major",
        DefectSeverity::Fail => "Failure (scheme before the present one)",
        DefectSeverity::Minor => "Minor",
        DefectSeverity::Advisory => "Advisory",
        DefectSeverity::RectifiedAtStation => "Put right during the test",
        DefectSeverity::UserEntered => "Tester's note",
        _ => "Note",
    }
}

/// A note of the newest test, with its urgency and where it was made before.
pub(super) fn note_line(note: &Note<'_>, test: &Test<'_>, facts: &Facts<'_>) -> Line {
    let line = Line::new("**")
        .say(note.concern.label())
        .say("**: ")
        .say(severity(&note.defect.severity))
        .say(": “")
        .quote(&note.defect.text)
        .say("”");
    let before = facts.noted_before(note);
    let line = match (before.last(), before.len()) {
        (Some(oldest), 1) => line.say("; a similar note on ").date(*oldest),
        (Some(oldest), n) => line.say("; similar notes on ").count(count(n)).say(" earlier days since ").date(*oldest),
        (None, _) => line,
    };
    line.cite_test(test)
}

/// A note of any test.
pub(super) fn plain_note(note: &Note<'_>, test: &Test<'_>) -> Line {
    Line::new(severity(&note.defect.severity)).say(": “").quote(&note.defect.text).say("”").cite_test(test)
}

/// Readings that do not fit.
pub(super) fn anomaly_line(odd: &Anomaly, facts: &Facts<'_>) -> Line {
    let line = Line::new("")
        .number(odd.from.miles)
        .say(" miles on ")
        .date(odd.from.day)
        .say(", then ")
        .number(odd.to.miles)
        .say(" on ")
        .date(odd.to.day)
        .say(": ");
    let difference = (i64::from(odd.to.miles) - i64::from(odd.from.miles)).abs();
    let line = match odd.kind {
        Oddity::Drop => {
            let line = line.count(difference).say(" miles lower");
            match (odd.slip, odd.kilometres) {
                (true, true) => line.say("; the higher reading may be a slip of typing, or kilometres"),
                (true, false) => line.say("; the higher reading alone does not fit, so it may be a slip of typing"),
                (false, true) => line.say("; the higher reading would fit if it was in kilometres"),
                (false, false) => line.say("; neither a single slip nor kilometres explains it"),
            }
        }
        Oddity::Leap => line.count(difference).say(" miles more, an unusually large rise"),
        Oddity::Standstill => line.say("only ").count(difference).say(" miles more, after ordinary use before"),
    };
    let test = |index: usize, line: Line| match facts.tests.get(index) {
        Some(test) => line.on(Basis::Test(test.day)),
        None => line,
    };
    test(odd.to.test, test(odd.from.test, line))
}

/// What it is, in a sentence without its end.
pub(super) fn identity_line(facts: &Facts<'_>) -> Option<Line> {
    let record = facts.record;
    let make = record.make.as_ref()?;
    let line = Line::new("It is a ").quote(&make.value);
    let line = record.model.iter().fold(line, |line, model| line.say(" ").quote(&model.value));
    let line = record.colour.iter().fold(line, |line, colour| line.say(", ").quote(&colour.value));
    let line = facts.fuel().into_iter().fold(line, |line, fuel| fuel_words(line.say(", "), fuel));
    let line = record.engine_cc.iter().fold(line, |line, cc| line.say(", ").number(cc.value).say(" cc"));
    Some(line.cite(make))
}

/// Make, model, colour, fuel, engine and age.
pub(super) fn identity_lines(facts: &Facts<'_>, draft: &mut Draft) {
    let record = facts.record;
    let text = |name: &'static str, fact: &Option<Sourced<String>>| {
        fact.as_ref().map(|fact| Line::new(name).quote(&fact.value).cite(fact))
    };
    let texts = [text("Make: ", &record.make), text("Model: ", &record.model), text("Colour: ", &record.colour)];
    texts.into_iter().flatten().for_each(|line| draft.known(line));
    if let Some(fact) = &record.fuel_type {
        draft.known(fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    if let Some(fact) = &record.engine_cc {
        draft.known(Line::new("Engine size: ").number(fact.value).say(" cc").cite(fact));
    }
    draft.known(registered_line(facts));
    if let Some(fact) = &record.manufacture_year {
        draft.known(Line::new("Year of manufacture: ").year(fact.value).cite(fact));
    }
}

/// A fuel in words.
pub(super) fn fuel_words(line: Line, fuel: &FuelType) -> Line {
    match fuel {
        FuelType::Petrol => line.say("petrol"),
        FuelType::Diesel => line.say("diesel"),
        FuelType::Electric => line.say("electric"),
        FuelType::HybridElectric => line.say("hybrid electric"),
        FuelType::Gas => line.say("gas"),
        FuelType::Hydrogen => line.say("hydrogen"),
        FuelType::Other(other) => line.quote(other),
        _ => line.say("of another kind"),
    }
}

/// First registration and age.
pub(super) fn registered_line(facts: &Facts<'_>) -> Option<Line> {
    let fact = facts.record.first_registered.as_ref()?;
    let line = Line::new("First registered on ").date(fact.value);
    let line = match facts.age_years() {
        Some(0) => line.say(", less than a year ago"),
        Some(1) => line.say(", a year ago"),
        Some(years) => line.say(", ").count(i64::from(years)).say(" years ago"),
        None => line,
    };
    Some(line.cite(fact))
}

/// The Euro standard.
pub(super) fn euro_line(facts: &Facts<'_>) -> Option<Line> {
    facts.record.euro_status.as_ref().map(|fact| Line::new("Emission standard: ").quote(&fact.value).cite(fact))
}

/// The CO2 figure.
pub(super) fn co2_line(facts: &Facts<'_>) -> Option<Line> {
    facts.record.co2_emissions.as_ref().map(|fact| Line::new("CO2: ").number(fact.value).say(" g/km").cite(fact))
}

/// The newest mileage.
pub(super) fn mileage_line(facts: &Facts<'_>) -> Option<Line> {
    let reading = facts.mileage.latest()?;
    let test = facts.tests.get(reading.test)?;
    Some(Line::new("Newest mileage: ").number(reading.miles).say(" miles").cite_test(test))
}
