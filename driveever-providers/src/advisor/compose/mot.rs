//! Topics of the MOT as a duty: dates, exemptions, retests, fees.

use chrono::{Months, NaiveDate};
use driveever_core::vehicle::report::SOON_DAYS;

use super::{
    Case,
    driving::{self, papers_steps},
    facts_lines::{mot_basis, mot_line, mot_words, record, registered_line, test_line},
    notes::{failure_notes, hidden_defects},
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Kind, Mot, Tax},
        topics::Intent,
    },
    rules::{Rule, Urgency},
};

/// How long the MOT runs, when it can be renewed, and what happens after.
pub(super) fn date(case: &Case<'_>, draft: &mut Draft) {
    let asked_of_ireland = case.ask.wants(Intent::NorthernIreland);
    let northern = asked_of_ireland || case.facts.is_some_and(Facts::is_northern_irish);
    let first = if northern { "mot.first-test-ni" } else { "mot.first-test-gb" };
    let asked_where = northern && case.ask.wants(Intent::Where);
    let leads = (asked_of_ireland && !draft.answers()) || asked_where;
    if let Some(rule) = case.rules.get("mot.first-test-ni").filter(|_| leads) {
        draft.lead_rule(rule);
    }
    let Some(facts) = record(case, draft) else {
        let touched = case.ask.touched_of("mot").or_else(|| case.rules.get(first));
        if let Some(rule) = touched.filter(|_| !draft.answers()) {
            draft.lead_rule(rule);
        }
        draft.rule(case.rules.get(first));
        draft.rule(case.rules.get("mot.renew-early"));
        draft.rule(case.rules.get("mot.expired"));
        return;
    };
    let line = match facts.mot {
        _ if !case.ask.wants(Intent::InForce) || facts.mot == Mot::Unknown => mot_line(facts),
        _ => {
            let yes = if facts.mot.is_in_order() { "Yes: " } else { "No: " };
            let line = mot_words(Line::new(yes), facts, false);
            match &facts.record.mot_expiry_date {
                Some(fact) => line.cite(fact),
                None => line.cite(&facts.record.mot_status),
            }
        }
    };
    super::contradictions::asked_of(case, facts, draft);
    // What bars driving was said before everything else, with its day.
    if !(driving::is_asked(case) && facts.mot.is_lacking()) {
        draft.lead(line.say("."));
    }
    state_reason(case, facts, draft, true);
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    match facts.mot {
        Mot::Valid(_) if facts.has_failed() => failed_meanwhile(case, facts, draft),
        Mot::Valid(_) => valid(case, facts, draft),
        Mot::ValidUndated => draft.step(Line::new("Look the expiry date up on GOV.UK with the registration.")),
        Mot::FirstDue(_) => {
            draft.rule(case.rules.get(first));
            draft.known(registered_line(facts).unwrap_or_else(|| mot_line(facts)));
            draft.step(Line::new("Put the date in the diary; the test may be made earlier."));
        }
        Mot::Expired(_) | Mot::FirstOverdue(_) | Mot::NotValid => {
            draft.rule(case.rules.get("mot.expired"));
            draft.rule(case.rules.get("mot.no-mot-penalty"));
            papers_steps(facts, draft);
        }
        Mot::Unknown => {
            draft.rule(case.rules.get(first));
            draft.step(Line::new("Check the MOT on GOV.UK with the registration."));
        }
    }
    if facts.is_past_mot_age() == Some(true) {
        exemption(case, draft);
    }
    if northern {
        draft.rule(case.rules.get("mot.first-test-ni"));
        hidden_defects(facts, draft);
    }
}

/// A certificate that still runs although the newest test failed.
fn failed_meanwhile(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    draft.lead(Line::new(
        "But its newest test failed, so the certificate runs on paper only: see what has to be repaired.",
    ));
    failure_notes(facts, draft);
    draft.rule(case.rules.get(if facts.is_dangerous() { "mot.dangerous-driving" } else { "mot.major-driving" }));
    draft.rule(case.rules.get("mot.retest"));
    if !facts.is_dangerous() {
        draft.step_by_road(Line::new("Book the repair and the retest together, and drive only there."));
    }
}

/// From when on a new test keeps the date of the present one, as a fact.
pub(super) fn keeps_date(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let Some(from) = facts.renewable_from().filter(|_| !facts.has_failed()) else { return };
    draft.rule(case.rules.get("mot.renew-early"));
    draft.known(
        Line::new("A new test keeps the present MOT date from ").derived_date(from).say(" on").on(mot_basis(facts)),
    );
}

fn valid(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.renew-early"));
    if let Some(from) = facts.renewable_from() {
        let line = if from <= case.today {
            Line::new("A new test made now keeps the date: that has been so since ").derived_date(from).say(".")
        } else {
            Line::new("A new test keeps the present date if it is made from ").derived_date(from).say(" on.")
        };
        draft.lead(line);
        draft.step(if from <= case.today {
            Line::new("Book the test now.")
        } else {
            Line::new("Book the test for ").derived_date(from).say(" or a day after it.")
        });
    }
    if !facts.open_notes().is_empty() {
        draft.step(Line::new(
            "Deal with the notes of the last test before the next one; ask for the advisories to see them.",
        ));
    }
}

/// Why the state of the MOT is urgent; `strict` when driving or the MOT itself was asked about.
pub(super) fn state_reason(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft, strict: bool) {
    let parked = facts.tax == Tax::Sorn;
    let basis = mot_basis(facts);
    let lacking = || mot_words(Line::default(), facts, true).on(basis);
    // Nor is what bars it from the road said twice.
    let state = mot_words(Line::default(), facts, false).text;
    if facts.mot.is_lacking() && draft.reasons.iter().any(|(_, there)| there.text.contains(&state)) {
        return;
    }
    match facts.mot {
        // What bars driving was said before everything else.
        mot if mot.is_lacking() && driving::is_asked(case) => {}
        mot if mot.is_lacking() && parked => {
            draft.reason(Urgency::Plan, lacking().say("; declared off the road, it needs one before it returns."));
        }
        mot if mot.is_lacking() && !facts.is_barred_by_mot() => draft.reason(
            if strict { Urgency::Soon } else { Urgency::Plan },
            lacking().say(": by its age it may be exempt; make sure of that before it is driven."),
        ),
        mot if mot.is_lacking() => {
            let line = lacking().say(if facts.tax.is_lacking() {
                ": no driving on a road, except to a booked test"
            } else {
                ": no driving on a road, except to a booked test or to or from repair"
            });
            let known_age = facts.is_past_mot_age().is_some();
            let line = if known_age { line.say(".") } else { line.say(", unless the vehicle is exempt.") };
            draft.reason(if strict { Urgency::StopNow } else { Urgency::Soon }, line);
        }
        Mot::Valid(day) | Mot::FirstDue(day) if facts.days_to(day) <= SOON_DAYS => {
            draft.reason(
                Urgency::Soon,
                Line::new("The MOT is due within ").days(facts.days_to(day)).say(", by ").date(day).say(".").on(basis),
            );
        }
        Mot::Valid(day) if strict => {
            draft.reason(Urgency::Information, Line::new("The MOT is current until ").date(day).say(".").on(basis));
        }
        _ => {}
    }
}

/// Retests.
pub(super) fn retest(case: &Case<'_>, draft: &mut Draft) {
    if let Some(rule) = case.rules.get("mot.retest") {
        draft.lead_rule(rule);
    }
    draft.rule(case.rules.get("mot.major-driving"));
    draft.step(Line::new("Ask the test station for its retest terms before taking the vehicle away."));
    let Some(facts) = record(case, draft) else { return };
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
        if latest.entry.passed {
            draft.lead(Line::new("Its newest test was a pass, so no retest is due on record."));
        } else if let Some(day) = latest.day {
            draft.lead(
                Line::new("Its newest test failed on ").date(day).say(", ").days(-facts.days_to(day)).say(" ago."),
            );
            failure_notes(facts, draft);
        }
    }
    draft.known(mot_line(facts));
}

/// Whether age exempts it.
pub(super) fn exemption(case: &Case<'_>, draft: &mut Draft) {
    let rule = case.rules.get("mot.age-exemption");
    let old = |rule: &Rule| {
        let years = rule.figure("age").and_then(|figure| figure.value);
        years.zip(case.stated.age).is_some_and(|(years, age)| f64::from(age) > years)
    };
    let by_age = rule.filter(|rule| case.ask.touches(&rule.id) || old(rule));
    if let Some(rule) = by_age.filter(|_| case.facts.is_none() && !draft.answers()) {
        draft.lead_rule(rule);
    }
    draft.rule(case.rules.get("mot.age-exemption"));
    let asked_of_ireland = case.ask.wants(Intent::NorthernIreland);
    if let Some(rule) = case.rules.get("mot.first-test-ni").filter(|_| asked_of_ireland && !draft.answers()) {
        draft.lead_rule(rule);
    }
    let Some(facts) = record(case, draft) else {
        let touched = case.ask.touched_of("mot").or_else(|| case.rules.get("mot.first-test-gb"));
        if let Some(rule) = touched.filter(|_| !draft.answers()) {
            draft.lead_rule(rule);
        }
        draft.rule(case.rules.get("mot.first-test-gb"));
        return;
    };
    state_reason(case, facts, draft, true);
    if facts.is_northern_irish() || case.ask.wants(Intent::NorthernIreland) {
        draft.rule(case.rules.get("mot.age-exemption-ni"));
    }
    draft.known(mot_line(facts));
    draft.known(registered_line(facts));
    match (facts.is_past_mot_age(), facts.mot) {
        (Some(true), _) => {
            draft.lead(Line::new("By its age it may need no MOT, if it has not been substantially changed."));
            draft.unknown(Line::new("Whether it was substantially changed: no record here holds that."));
            draft.step(Line::new(
                "Declare the exemption when taxing it, or keep testing it by choice: it must be roadworthy either way.",
            ));
        }
        (Some(false), _) if case.ask.wants(Intent::When) && exempt_from(facts, rule).is_some() => {
            if let Some((rule, from)) = rule.zip(exempt_from(facts, rule)) {
                let line = Line::new("By its age not before ").derived_date(from);
                let line = line
                    .say(", when it is over ")
                    .amount_of(rule, "age")
                    .say(" years old, and only if it was not substantially changed.");
                draft.lead(line);
            }
            draft.lead(mot_words(Line::new("Until then it needs an MOT: "), facts, false).say("."));
            draft.unknown(Line::new("Whether it was substantially changed: no record here holds that."));
            draft.step(Line::new("Keep it tested until then, and declare the exemption when you tax it."));
        }
        (Some(false), Mot::FirstDue(_)) => {
            draft.lead(Line::new("It needs no MOT yet, because it is too new; it is not exempt by age."));
        }
        (Some(false), _) => {
            let yes = if facts.mot.is_in_order() { "Yes, and it has one: " } else { "Yes, it needs an MOT: " };
            draft.lead(mot_words(Line::new(yes), facts, false).say(". It is not exempt by age."));
            draft.rule(case.rules.get("mot.first-test-gb"));
            papers_steps(facts, draft);
        }
        (None, _) => {
            draft.unknown(Line::new("Its age: neither first registration nor year of manufacture is on record."));
        }
    }
    if facts.kind == Kind::Heavy {
        draft.unknown(Line::new("Rules for heavy vehicles: only cars, vans and motorcycles are covered here."));
    }
}

/// The first day on which its age may exempt it.
fn exempt_from(facts: &Facts<'_>, rule: Option<&Rule>) -> Option<NaiveDate> {
    let years = rule?.figure("age")?.value?;
    let years = (0_u32..200).find(|whole| f64::from(*whole) >= years)?;
    facts.registered()?.checked_add_months(Months::new(years * 12))?.succ_opt()
}

/// The fee, and the fine for having none.
pub(super) fn fee(case: &Case<'_>, draft: &mut Draft) {
    let penalty_only = case.ask.wants(Intent::Penalty) && !case.ask.wants(Intent::Cost);
    let told = draft.answers();
    let motorcycle =
        case.ask.wants(Intent::Motorcycle) || case.facts.is_some_and(|facts| facts.kind == Kind::Motorcycle);
    let heavier = case.facts.is_some_and(|facts| matches!(facts.kind, Kind::Heavy | Kind::Van));
    if let Some(rule) = case.rules.get("mot.fee")
        && let Some(figure) = rule.figure(if motorcycle { "motorcycle" } else { "car" })
    {
        let what = if motorcycle { "motorcycle" } else { "car" };
        if case.ask.wants(Intent::Penalty)
            && let Some(rule) = case.rules.get("mot.no-mot-penalty")
        {
            draft.lead_rule(rule);
        }
        if penalty_only || told {
            draft.rule(Some(rule));
        } else if heavier {
            draft.lead(Line::new("The fee for goods vehicles is not held here, only those of cars and motorcycles: ask the test station."));
        } else {
            draft.lead(
                Line::new("The MOT of a ")
                    .say(what)
                    .say(" costs at most ")
                    .amount(rule, figure)
                    .say(" in Great Britain; many stations ask less."),
            );
        }
        if !heavier {
            draft.cost(Line::new("MOT test of a ").say(what).say(", at most: ").amount(rule, figure));
        }
    }
    for id in ["mot.fee", "mot.no-mot-penalty", "mot.retest"] {
        draft.rule(case.rules.get(id));
    }
    if heavier {
        draft.unknown(Line::new("The fee for goods vehicles: only those of cars and motorcycles are held here."));
    }
    if case.facts.is_some_and(Facts::is_northern_irish) || case.ask.wants(Intent::NorthernIreland) {
        draft.unknown(Line::new("The fee in Northern Ireland: it is not held here."));
    }
    if let Some(facts) = record(case, draft) {
        draft.known(mot_line(facts));
        state_reason(case, facts, draft, true);
        if facts.is_dangerous() {
            failure_notes(facts, draft);
        }
    }
    if !penalty_only {
        draft.step(Line::new("Compare test stations: the maximum is set, the price is not."));
    }
}
