//! Facts of a record as lines, each with its source; shared by the topics.

use chrono::NaiveDate;
use driveever_core::{
    time::london_day,
    vehicle::{
        record::{DefectSeverity, FuelType, ReadingOutcome, RecallStatus, RecordSource, Sourced},
        report::MileageAnomaly,
    },
};

use crate::advisor::{
    compose::Case,
    draft::{Basis, Draft, Line},
    facts::{Facts, Mot, Note, Tax, Test},
};

/// The record, or a note that there is none.
pub(super) fn record<'f>(case: &Case<'f>, draft: &mut Draft) -> Option<&'f Facts<'f>> {
    let facts = case.facts.filter(|facts| facts.record.is_known());
    match case.facts {
        Some(_) if facts.is_some() => {}
        Some(unknown) => {
            let mark = &unknown.record.registration_number;
            if case.ask.emergencies.is_empty() {
                draft.lead(
                    Line::new("Nothing is on record for ")
                        .quote(mark)
                        .say(", so nothing can be said of this vehicle; only the general rules apply."),
                );
                draft.step(Line::new("Check the registration against the V5C for a slip, and ask again."));
            }
            draft.unknown(Line::new("Nothing is on record for ").quote(mark).say(
                ": no source knows this registration or could be read, so nothing is said of the vehicle itself.",
            ));
        }
        None => draft.unknown(Line::new("No vehicle's record was read, so nothing here is about a particular one: ask with its registration to have its record weighed.")),
    }
    facts
}

/// How long ago a day was: in days, or in years from two years on.
pub(super) fn ago(line: Line, day: NaiveDate, facts: &Facts<'_>) -> Line {
    match facts.today.years_since(day) {
        Some(years) if years >= 2 => line.count(i64::from(years)).say(" years ago"),
        _ => line.days(-facts.days_to(day)).say(" ago"),
    }
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
    let line = mot_words(Line::default(), facts, true);
    match &facts.record.mot_expiry_date {
        Some(fact) => line.cite(fact),
        None => line.cite(&facts.record.mot_status),
    }
}

/// The state of the MOT in words that go on with a line; `begins` says whether they begin a sentence.
pub(super) fn mot_words(line: Line, facts: &Facts<'_>, begins: bool) -> Line {
    let the = if begins { "The MOT" } else { "the MOT" };
    match facts.mot {
        Mot::Valid(day) => match facts.days_to(day) {
            0 => line.say(the).say(" runs out today, ").date(day),
            days => line.say(the).say(" runs until ").date(day).say(", ").days(days).say(" from today"),
        },
        Mot::ValidUndated => {
            line.say(the).say(" was stated to be valid when the record was read; until when is not on record")
        }
        Mot::FirstDue(day) => line
            .say(if begins { "No MOT" } else { "no MOT" })
            .say(" is needed yet: the first is due by ")
            .date(day)
            .say(", ")
            .days(facts.days_to(day))
            .say(" from today"),
        Mot::Expired(day) => ago(line.say(the).say(" ran out on ").date(day).say(", "), day, facts),
        Mot::FirstOverdue(day) => {
            let line = line.say(if begins { "The first MOT" } else { "the first MOT" });
            ago(line.say(" was due by ").date(day).say(", "), day, facts).say(", and none is on record")
        }
        Mot::NotValid => {
            line.say(if begins { "The record" } else { "the record" }).say(" says that the MOT is not valid")
        }
        Mot::Unknown => line
            .say(if begins { "No source" } else { "no source" })
            .say(" states whether there is an MOT; that does not mean that there is none"),
    }
}

/// Why there is no test to speak of.
pub(super) fn no_tests(facts: &Facts<'_>) -> Line {
    no_tests_after(Line::default(), facts)
}

/// Why there is no test to speak of, after some words or as the beginning of a sentence.
pub(super) fn no_tests_after(line: Line, facts: &Facts<'_>) -> Line {
    let begins = line.text.is_empty();
    let or = |start, within| if begins { start } else { within };
    match (facts.mot, facts.outcome(RecordSource::Dvsa)) {
        (Mot::FirstDue(_), _) => {
            line.say(or("It", "it")).say(" has not needed an MOT test yet, so no examiner's finding exists")
        }
        (_, Some(ReadingOutcome::Failed)) => {
            line.say(or("Its", "its")).say(" MOT tests could not be read, so what they found is not known here")
        }
        _ => line.say(or("No", "no")).say(" MOT test of it is on record here, so no examiner's finding can be weighed"),
    }
}

/// The state of the tax.
pub(super) fn tax_line(facts: &Facts<'_>) -> Line {
    let line = match facts.tax {
        Tax::Taxed(Some(day)) => match facts.days_to(day) {
            0 => Line::new("It is taxed; the tax is due today, ").date(day),
            days => Line::new("It is taxed; the tax is due on ").date(day).say(", ").days(days).say(" from today"),
        },
        Tax::Taxed(None) => Line::new("It is taxed; no due date is stated"),
        Tax::Lapsed(day) => {
            Line::new("The record says taxed, but its due date ").date(day).say(" has passed: read it anew")
        }
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
    let line = test.entry.earlier_mark.iter().fold(line, |line, mark| line.say(" under the earlier mark ").quote(mark));
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
        (0, 0) if test.hides_defects() => line.say(", defects not published (Northern Ireland)"),
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
        DefectSeverity::Dangerous => "dangerous",
        DefectSeverity::Major => "major",
        DefectSeverity::Fail => "failure of the scheme before the present one",
        DefectSeverity::Minor => "minor",
        DefectSeverity::Advisory => "advisory",
        DefectSeverity::RectifiedAtStation => "put right during the test",
        DefectSeverity::UserEntered => "tester's note",
        _ => "note",
    }
}

/// A note of the newest test, with its urgency and on how many occasions it was made.
pub(super) fn note_line(note: &Note<'_>, test: &Test<'_>, facts: &Facts<'_>) -> Line {
    let line = Line::new("**")
        .say(note.concern.label())
        .say("** (")
        .say(severity(&note.defect.severity))
        .say("): “")
        .quote(&note.defect.text)
        .say("”");
    let line = match facts.recurring(note) {
        Some(finding) => line
            .say("; noted on ")
            .count(i64::from(finding.occasions))
            .say(" occasions since ")
            .date(finding.first_seen)
            .on(Basis::Test(Some(finding.first_seen))),
        None => line,
    };
    line.cite_test(test)
}

/// A note of any test.
pub(super) fn plain_note(note: &Note<'_>, test: &Test<'_>) -> Line {
    let line = Line::new("Noted (").say(severity(&note.defect.severity)).say("): “");
    line.quote(&note.defect.text).say("”").cite_test(test)
}

/// Readings that do not fit, in the words of the vehicle's report.
pub(super) fn anomaly_line(odd: &MileageAnomaly) -> Line {
    Line::default().report_words(odd.text.trim_end_matches('.')).on(Basis::Test(Some(odd.date)))
}

/// What it is, in a sentence without its end.
pub(super) fn identity_line(facts: &Facts<'_>) -> Option<Line> {
    let record = facts.record;
    let make = record.make.as_ref()?;
    let mut readings = vec![reading(make)];
    let line = Line::new(if takes_an(&make.value) { "It is an " } else { "It is a " }).quote(&make.value);
    let line = record.model.iter().fold(line, |line, model| {
        readings.push(reading(model));
        line.say(" ").quote(&model.value)
    });
    let line = record.colour.iter().fold(line, |line, colour| {
        readings.push(reading(colour));
        line.say(", ").quote(&colour.value)
    });
    let line = record.fuel_type.iter().fold(line, |line, fuel| {
        readings.push(reading(fuel));
        fuel_words(line.say(", "), &fuel.value)
    });
    let line = record.engine_cc.iter().fold(line, |line, cc| {
        readings.push(reading(cc));
        line.say(", ").number(cc.value).say(" cc")
    });
    Some(line.cite_all(&readings))
}

/// Whether the indefinite article of a make is "an": before a vowel, and before letters that are spelt out and begin with
/// one, as in "an MG".
fn takes_an(make: &str) -> bool {
    const SPELT_WITH_A_VOWEL: &str = "FHLMNRSX";
    let is_vowel = |letter: char| "AEIOU".contains(letter.to_ascii_uppercase());
    let spelt_out = make.split(' ').next().is_some_and(|word| word.len() <= 3 && !word.chars().any(is_vowel));
    let first = make.chars().next().unwrap_or_default();
    is_vowel(first) || (spelt_out && SPELT_WITH_A_VOWEL.contains(first.to_ascii_uppercase()))
}

fn reading<T>(fact: &Sourced<T>) -> (RecordSource, NaiveDate) {
    (fact.source, london_day(fact.fetched_at))
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
        FuelType::GasBiFuel => line.say("gas and petrol (bi-fuel)"),
        FuelType::Hydrogen => line.say("hydrogen"),
        FuelType::Other(other) => line.quote(other),
        _ => line.say("of another kind"),
    }
}

/// First registration and age.
pub(super) fn registered_line(facts: &Facts<'_>) -> Option<Line> {
    let fact = facts.record.first_registered.as_ref()?;
    // The DVLA tells the month alone.
    let line = match fact.source {
        RecordSource::Dvla => Line::new("First registered in ").month(fact.value),
        _ => Line::new("First registered on ").date(fact.value),
    };
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
    let reading = facts.mileage().readings.last()?;
    let line =
        Line::new("Newest mileage: ").number(reading.miles).say(" miles, at the MOT test of ").date(reading.date);
    Some(line.on(Basis::Test(Some(reading.date))))
}

/// Miles a year in hundreds, with the day since when.
pub(super) fn average_line(line: Line, facts: &Facts<'_>) -> Option<Line> {
    let (average, since) = facts.mileage().miles_per_year.zip(facts.average_since())?;
    let latest = facts.mileage().readings.last()?.date;
    let hundreds = (i64::from(average) + 50) / 100 * 100;
    let line = line.say("about ").count(hundreds).say(" miles a year since ").date(since);
    Some(line.on(Basis::Test(Some(since))).on(Basis::Test(Some(latest))))
}
