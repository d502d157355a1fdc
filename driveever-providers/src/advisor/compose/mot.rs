//! Topics of the MOT as a duty: dates, exemptions, retests, fees.

use driveever_core::vehicle::record::DefectSeverity;

use super::{
    Case,
    defects::failure_notes,
    facts_lines::{mot_basis, mot_line, record, registered_line, test_line},
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Kind, Mot, Tax},
        topics::Intent,
    },
    rules::Urgency,
};

/// A certificate or tax that ends within this many days calls for action soon.
pub(super) const SOON_DAYS: i64 = 30;

/// How long the MOT runs, when it can be renewed, and what happens after.
pub(super) fn date(case: &Case<'_>, draft: &mut Draft) {
    let northern = case.ask.wants(Intent::NorthernIreland) || case.facts.is_some_and(Facts::is_northern_irish);
    let first = if northern { "mot.first-test-ni" } else { "mot.first-test-gb" };
    let Some(facts) = record(case, draft) else {
        draft.rule(case.rules.get(first));
        draft.rule(case.rules.get("mot.renew-early"));
        draft.rule(case.rules.get("mot.expired"));
        return;
    };
    draft.lead(mot_line(facts).say("."));
    state_reason(facts, draft, true);
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    match facts.mot {
        Mot::Valid(_) => valid(case, facts, draft),
        Mot::FirstDue(_) => {
            draft.rule(case.rules.get(first));
            draft.known(registered_line(facts).unwrap_or_else(|| mot_line(facts)));
            draft.step(Line::new("Put the date in the diary; the test may be made earlier."));
        }
        Mot::Expired(_) | Mot::NotValid => {
            draft.rule(case.rules.get("mot.expired"));
            draft.rule(case.rules.get("mot.no-mot-penalty"));
            draft.step(Line::new("Book a test now; drive only to it or to repair, or have the vehicle taken there."));
        }
        Mot::Unknown => {
            draft.rule(case.rules.get(first));
            draft.step(Line::new("Check the MOT on GOV.UK with the registration."));
        }
    }
    if facts.is_past_mot_age(case.rules) == Some(true) {
        exemption(case, draft);
    }
    if northern {
        draft.rule(case.rules.get("mot.first-test-ni"));
    }
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
            Line::new("Book the test for a day after ").derived_date(from).say(".")
        });
    }
    if !facts.open_notes().is_empty() {
        draft.step(Line::new(
            "Deal with the notes of the last test before the next one; ask for the advisories to see them.",
        ));
    }
}

/// Why the state of the MOT is urgent; `strict` when driving or the MOT itself was asked about.
pub(super) fn state_reason(facts: &Facts<'_>, draft: &mut Draft, strict: bool) {
    let parked = facts.tax == Tax::Sorn;
    let basis = mot_basis(facts);
    match facts.mot {
        Mot::Expired(day) if parked => draft.reason(
            Urgency::Plan,
            Line::new("The MOT ran out on ")
                .date(day)
                .say("; declared off the road, it needs one before it returns.")
                .on(basis),
        ),
        Mot::Expired(day) => {
            let urgency = if strict { Urgency::StopNow } else { Urgency::Soon };
            draft.reason(urgency, Line::new("The MOT ran out, or was due, on ").date(day).say(": no driving on a road, except to a booked test or to or from repair, unless the vehicle is exempt.").on(basis));
        }
        Mot::NotValid if !parked => {
            let urgency = if strict { Urgency::StopNow } else { Urgency::Soon };
            draft.reason(urgency, Line::new("The record says that the MOT is not valid: no driving on a road, except to a booked test or to or from repair, unless the vehicle is exempt.").on(basis));
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
    draft.rule(case.rules.get("mot.retest"));
    draft.rule(case.rules.get("mot.major-driving"));
    draft.lead(Line::new(
        "A retest can be free or partial, if the vehicle stays for repair or comes back within the window named below.",
    ));
    draft.step(Line::new("Ask the test station for its retest terms before taking the vehicle away."));
    let Some(facts) = record(case, draft) else { return };
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
        if latest.entry.passed {
            draft.lead(Line::new("Its newest test was a pass, so no retest is due on record."));
        } else if let Some(day) = latest.day {
            draft.lead(Line::new("Its newest test failed ").days(-facts.days_to(day)).say(" ago."));
            failure_notes(facts, draft);
        }
    }
    draft.known(mot_line(facts));
}

/// Whether age exempts it.
pub(super) fn exemption(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.age-exemption"));
    let Some(facts) = record(case, draft) else {
        draft.rule(case.rules.get("mot.first-test-gb"));
        return;
    };
    if facts.is_northern_irish() || case.ask.wants(Intent::NorthernIreland) {
        draft.rule(case.rules.get("mot.age-exemption-ni"));
    }
    draft.known(mot_line(facts));
    draft.known(registered_line(facts));
    match (facts.is_past_mot_age(case.rules), facts.mot) {
        (Some(true), _) => {
            draft.lead(Line::new("By its age it may need no MOT, if it has not been substantially changed."));
            draft.unknown(Line::new("Whether it was substantially changed: no record here holds that."));
            draft.step(Line::new(
                "Declare the exemption when taxing it, or keep testing it by choice: it must be roadworthy either way.",
            ));
        }
        (Some(false), Mot::FirstDue(_)) => {
            draft.lead(Line::new("It needs no MOT yet, because it is too new; it is not exempt by age."));
        }
        (Some(false), _) => {
            draft.lead(Line::new("Yes, it needs an MOT: it is not old enough for the exemption by age."));
            draft.rule(case.rules.get("mot.first-test-gb"));
        }
        (None, _) => {
            draft.unknown(Line::new("Its age: neither first registration nor year of manufacture is on record."));
        }
    }
    if facts.kind == Kind::Heavy {
        draft.unknown(Line::new("Rules for heavy vehicles: only cars, vans and motorcycles are covered here."));
    }
}

/// The fee, and the fine for having none.
pub(super) fn fee(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.fee"));
    draft.rule(case.rules.get("mot.no-mot-penalty"));
    draft.rule(case.rules.get("mot.retest"));
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
            draft.lead(Line::default().rule_words(rule, &rule.statement));
        }
        draft.lead(
            Line::new("The MOT of a ")
                .say(what)
                .say(" costs at most ")
                .amount(rule, figure)
                .say(" in Great Britain; many stations ask less."),
        );
        draft.cost(Line::new("MOT test of a ").say(what).say(", at most: ").amount(rule, figure));
    }
    if heavier {
        draft.unknown(Line::new("The fee for goods vehicles: only those of cars and motorcycles are held here."));
    }
    if case.facts.is_some_and(Facts::is_northern_irish) || case.ask.wants(Intent::NorthernIreland) {
        draft.unknown(Line::new("The fee in Northern Ireland: it is not held here."));
    }
    if let Some(facts) = record(case, draft) {
        draft.known(mot_line(facts));
        state_reason(facts, draft, true);
        if facts.latest().is_some_and(|test| test.has(&DefectSeverity::Dangerous) && !test.entry.passed) {
            failure_notes(facts, draft);
        }
    }
    draft.step(Line::new("Compare test stations: the maximum is set, the price is not."));
}
