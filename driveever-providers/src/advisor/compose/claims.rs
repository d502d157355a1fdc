//! What the question states, item by item, under a heading that says how the record stands to it: it confirms it, it says
//! otherwise, or it does not tell. What the record holds is never listed as unconfirmed.

use driveever_core::time::london_day;

use super::{
    Case,
    facts_lines::{fuel_words, mot_basis, mot_words},
    said::{is_same_fuel, years},
};
use crate::advisor::{
    draft::{Basis, Draft, Line, Standing},
    facts::{Facts, Mot, Tax},
    stated::Said,
};

/// From how many days on a test is no longer one of "yesterday" or "last week".
const LATELY_DAYS: i64 = 21;
/// Words for a day shortly before today.
const LATELY: &[&str] = &["yesterday", "today", "just", "morning", "week", "weekend", "recently"];

/// Lists what the question states.
pub(super) fn claims(case: &Case<'_>, draft: &mut Draft) {
    let facts = case.facts.filter(|facts| facts.record.is_known());
    make(case, facts, draft);
    year(case, facts, draft);
    fuel(case, facts, draft);
    age(case, facts, draft);
    miles(case, facts, draft);
    if case.stated.says(Said::MotRanOut) {
        ran_out(facts, draft);
    }
    if case.stated.says(Said::Passed) {
        passed(case, facts, draft);
    }
    if case.stated.says(Said::Taxed) {
        taxed(facts, draft);
    }
    if case.stated.says(Said::NorthernIreland) {
        let northern = facts.is_some_and(Facts::is_northern_irish);
        let line = Line::new(if northern {
            "It is in Northern Ireland: it was tested there."
        } else {
            "It is in Northern Ireland."
        });
        draft.stated(if northern { Standing::Confirmed } else { Standing::Unconfirmed }, line);
    }
}

/// Confirmed or contradicted by a fact, or unconfirmed without one.
fn standing(agrees: Option<bool>) -> Standing {
    match agrees {
        Some(true) => Standing::Confirmed,
        Some(false) => Standing::Contradicted,
        None => Standing::Unconfirmed,
    }
}

fn make(case: &Case<'_>, facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let Some(said) = case.stated.make else { return };
    let fact = facts.and_then(|facts| facts.record.make.as_ref());
    let line = Line::new("Make: ").stated(&said.to_uppercase());
    let agrees = fact.map(|fact| fact.value.to_lowercase().contains(said));
    draft.stated(standing(agrees), fact.into_iter().fold(line, Line::cite));
}

fn year(case: &Case<'_>, facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let Some(said) = case.stated.year else { return };
    let agrees = facts.and_then(years).map(|years| years.contains(&i32::from(said)));
    draft.stated(standing(agrees), Line::new("Year: ").stated_year(said));
}

fn fuel(case: &Case<'_>, facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let Some(said) = &case.stated.fuel else { return };
    let fact = facts.and_then(|facts| facts.record.fuel_type.as_ref());
    let line = Line::new("Fuel: ").stated(said.describe());
    let agrees = fact.map(|fact| is_same_fuel(said, &fact.value));
    let line = match fact.filter(|fact| agrees == Some(true) && fact.value != *said) {
        Some(fact) => fuel_words(line.say("; the record has "), &fact.value),
        None => line,
    };
    draft.stated(standing(agrees), fact.into_iter().fold(line, Line::cite));
}

fn age(case: &Case<'_>, facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let Some(said) = case.stated.age else { return };
    let agrees = facts.and_then(Facts::age_years).map(|years| years.abs_diff(said) <= 1);
    draft.stated(standing(agrees), Line::new("Age: ").stated_number(said).say(" years"));
}

fn miles(case: &Case<'_>, facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let Some(said) = case.stated.miles else { return };
    let line = Line::new("Mileage: ").stated_number(said).say(" miles");
    let newest = facts.and_then(|facts| facts.mileage().readings.last());
    let Some(newest) = newest else {
        draft.stated(Standing::Unconfirmed, line);
        return;
    };
    let agrees = match said.cmp(&newest.miles) {
        std::cmp::Ordering::Less => Some(false),
        std::cmp::Ordering::Equal => Some(true),
        // Driven on since the test: it fits, and no record has it.
        std::cmp::Ordering::Greater => None,
    };
    let line = line.say("; the newest test read ").number(newest.miles).on(Basis::Test(Some(newest.date)));
    draft.stated(standing(agrees), line);
}

fn ran_out(facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let Some(facts) = facts.filter(|facts| facts.mot != Mot::Unknown) else {
        draft.stated(Standing::Unconfirmed, Line::new("The MOT has run out."));
        return;
    };
    let line = mot_words(Line::new("The MOT has run out: by the record "), facts, false).on(mot_basis(facts));
    draft.stated(standing(Some(facts.mot.is_lacking())), line.say("."));
}

fn passed(case: &Case<'_>, facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let line = Line::new("It passed a test");
    let latest = facts.and_then(|facts| Some((facts, facts.latest()?)));
    let Some((facts, test)) = latest else {
        draft.stated(Standing::Unconfirmed, line.say("."));
        return;
    };
    let old = test.day.is_some_and(|day| -facts.days_to(day) > LATELY_DAYS);
    let day =
        |line: Line| test.day.iter().fold(line, |line, day| line.say(", of ").date(*day)).on(Basis::Test(test.day));
    let (standing, line) = if !test.entry.passed {
        (Standing::Contradicted, day(line.say(": the newest on record")).say(", is a failure."))
    } else if old && case.measured.has(LATELY) {
        (Standing::Unconfirmed, day(line.say(" lately: the newest pass on record is older")).say("."))
    } else {
        (Standing::Confirmed, day(line.say(": the newest on record")).say(", is a pass."))
    };
    draft.stated(standing, line);
}

fn taxed(facts: Option<&Facts<'_>>, draft: &mut Draft) {
    let line = Line::new("It is taxed");
    let fact = facts.and_then(|facts| facts.record.tax_status.as_ref().map(|fact| (facts, fact)));
    let Some((facts, fact)) = fact else {
        draft.stated(Standing::Unconfirmed, line.say("."));
        return;
    };
    let agrees = match facts.tax {
        Tax::Taxed(_) => Some(true),
        tax if tax.is_lacking() => Some(false),
        _ => None,
    };
    let line = line.cite_all(&[(fact.source, london_day(fact.fetched_at))]);
    draft.stated(standing(agrees), line);
}
