//! Topics of defects: what the tests found, how pressing it is, and whether the vehicle may be driven.

use super::{
    Case,
    facts_lines::{
        anomaly_line, count, mot_line, no_tests, note_line, plain_note, recall_line, record, tax_line, test_line,
    },
};
use crate::{
    advisor::{
        components::Component,
        draft::{Basis, Draft, Line},
        facts::{Facts, Mot, Note, Tax},
    },
    rules::Urgency,
};

/// How many tests a history shows.
const SHOWN_TESTS: usize = 10;

/// Whether it may be driven: law first, then what the newest test saw.
pub(super) fn driveable(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        if case.facts.is_none() {
            if let Some(rule) = case.ask.found.first() {
                draft.lead(Line::default().rule_words(rule, &rule.statement));
            }
            draft.lead(Line::new("Whether a particular vehicle may be driven cannot be told without its record; what the rules say in general is below."));
        }
        draft.rule(case.rules.get("mot.category-dangerous"));
        draft.rule(case.rules.get("mot.category-advisory"));
        draft.rule(case.rules.get("mot.expired"));
        return;
    };
    verdict(facts, draft);
    draft.known(mot_line(facts));
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    draft.known(tax_line(facts));
    notes(facts, draft, |_| true);
    draft.known(recall_line(facts));
    after_notes(case, facts, draft);
    match facts.mot {
        Mot::Expired(_) | Mot::NotValid => {
            draft.rule(case.rules.get("mot.expired"));
            draft.rule(case.rules.get("mot.no-mot-penalty"));
        }
        _ => draft.rule(case.rules.get("mot.category-advisory")),
    }
    match facts.tax {
        Tax::Sorn => draft.rule(case.rules.get("sorn.road-penalty")),
        Tax::Untaxed(_) | Tax::NotForRoad => draft.rule(case.rules.get("tax.untaxed-penalty")),
        _ => {}
    }
    draft.unknown(Line::new("Its condition today: a test shows the state on its own day only."));
    draft.unknown(Line::new("Whether it is insured: no record here holds that."));
}

/// The answer to "may I drive it", from what the record holds.
fn verdict(facts: &Facts<'_>, draft: &mut Draft) {
    if facts.is_dangerous() {
        draft.lead(Line::new("No: its newest test failed with a dangerous defect. It is not to be driven until that is repaired, even if an older certificate still runs."));
        return;
    }
    match (facts.mot, facts.tax) {
        (_, Tax::Sorn) => draft.lead(Line::new(
            "Not on a road: it is declared off the road (SORN). The only trip allowed is to a booked test, insured.",
        )),
        (Mot::Expired(_) | Mot::NotValid, _) => draft.lead(Line::new(
            "Not on a road: its MOT is not current. Only the way to a booked test, or to or from repair, is allowed.",
        )),
        (_, Tax::Untaxed(_) | Tax::NotForRoad) => {
            draft.lead(Line::new("Not on a road before it is taxed: the record says that it is not."));
        }
        (Mot::Unknown, _) => draft.lead(Line::new("That cannot be told: no source states an MOT for it.")),
        _ if facts.latest().is_some_and(|test| !test.entry.passed) => {
            draft.lead(Line::new("Not as if nothing was: its newest test failed, so drive it only to repair or to a retest. The older certificate still runs on paper, but the vehicle must be roadworthy."));
        }
        _ => pass_verdict(facts, draft),
    }
}

fn pass_verdict(facts: &Facts<'_>, draft: &mut Draft) {
    let Some(latest) = facts.latest() else {
        draft.lead(Line::new("Nothing on record forbids it, which says little of its condition."));
        draft.lead(no_tests(facts).say("."));
        return;
    };
    let open = facts.open_notes();
    let pressing = open.iter().filter(|note| note.concern >= Urgency::Soon).count();
    let line = Line::new("Nothing on record forbids driving it: its newest test was a pass");
    let line = match latest.day {
        Some(day) => line.say(", on ").date(day),
        None => line,
    };
    draft.lead(match (open.len(), pressing) {
        (0, _) => line.say(", without any note."),
        (_, 0) => line.say(". Its notes are to be watched."),
        (_, 1) => line.say(". That is not the same as safe for long: one of its notes should be dealt with soon."),
        _ => line
            .say(". That is not the same as safe for long: ")
            .count(count(pressing))
            .say(" of its notes should be dealt with soon."),
    });
    if let Some(first) =
        open.first().filter(|note| note.concern >= Urgency::Soon).and_then(|note| note.reading.parts.first())
    {
        draft.lead(Line::new("The most pressing concerns ").say(first.name()).say("."));
    }
}

/// Notes of the newest test that are wanted, most pressing first, with one reason for each degree of urgency.
pub(super) fn notes(facts: &Facts<'_>, draft: &mut Draft, wanted: impl Fn(&Note<'_>) -> bool) -> usize {
    let Some(latest) = facts.latest() else { return 0 };
    let open: Vec<&Note<'_>> = facts.open_notes().into_iter().filter(|note| wanted(note)).collect();
    let on = |line: Line, degree: Urgency, failures: bool| {
        let of_degree = open.iter().filter(|note| note.concern == degree && note.is_failure() == failures);
        let mut parts: Vec<Component> = of_degree.filter_map(|note| note.reading.parts.first()).collect();
        parts.dedup();
        parts_words(line, &parts).on(Basis::Test(latest.day))
    };
    let any = |degree: Urgency, failures: bool| {
        open.iter().any(|note| note.concern == degree && note.is_failure() == failures)
    };
    if any(Urgency::StopNow, true) {
        let line = on(Line::new("The newest test found a dangerous defect on "), Urgency::StopNow, true);
        if latest.entry.passed {
            draft.reason(
                Urgency::Soon,
                line.say(", though it was passed: have it confirmed as repaired before driving."),
            );
        } else {
            draft.reason(Urgency::StopNow, line.say(": do not drive the vehicle until it is repaired."));
        }
    }
    if any(Urgency::Soon, true) {
        let line = on(Line::new("The newest test found reasons to fail on "), Urgency::Soon, true);
        draft.reason(Urgency::Soon, line.say(": it needs repair and a retest."));
    }
    if any(Urgency::Soon, false) {
        let line = on(Line::new("The newest test notes wear or damage on "), Urgency::Soon, false);
        draft.reason(Urgency::Soon, line.say(" that should be looked at within days or weeks, not at the next test."));
    }
    if any(Urgency::Plan, false) {
        let line = on(Line::new("The newest test notes points to plan for on "), Urgency::Plan, false);
        draft.reason(Urgency::Plan, line.say("."));
    }
    for note in &open {
        draft.known(note_line(note, latest, facts));
    }
    open.len()
}

/// The reasons to fail of the newest test.
pub(super) fn failure_notes(facts: &Facts<'_>, draft: &mut Draft) {
    notes(facts, draft, is_failure);
}

// A function and not the method: the method's lifetime is not general enough for `notes`.
fn is_failure(note: &Note<'_>) -> bool {
    note.is_failure()
}

/// Names of parts as a list in words.
fn parts_words(line: Line, parts: &[Component]) -> Line {
    match parts {
        [] => line.say("a point that it describes"),
        [one] => line.say(one.name()),
        [first, rest @ .., last] => {
            let line = rest.iter().fold(line.say(first.name()), |line, part| line.say(", ").say(part.name()));
            line.say(if rest.is_empty() { " and " } else { ", and " }).say(last.name())
        }
    }
}

/// Steps, an earlier failure that was cured, and gaps that go with notes.
fn after_notes(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    draft.known(cured_failure(facts));
    let open = facts.open_notes();
    let part = open.first().and_then(|note| note.reading.parts.first());
    if facts.is_dangerous() {
        draft.rule(case.rules.get("mot.dangerous-driving"));
        draft.rule(case.rules.get("mot.retest"));
        return;
    }
    if facts.latest().is_some_and(|test| !test.entry.passed) {
        draft.rule(case.rules.get("mot.major-driving"));
        draft.rule(case.rules.get("mot.retest"));
        draft.step(Line::new("Book the repair and the retest together, and drive only there."));
        return;
    }
    match (part, open.first().map(|note| note.concern)) {
        (Some(part), Some(Urgency::Soon | Urgency::StopNow)) => {
            draft.step(
                Line::new("Have ")
                    .say(part.name())
                    .say(" measured or inspected first, and ask for the readings in writing."),
            );
            draft.step(Line::new("Then deal with the other notes in the order above; stop at once if braking, steering or a noise changes."));
        }
        (Some(_), _) => {
            draft.step(Line::new("Have the noted points looked at with the next service, and before the next test."));
        }
        (None, _) => {}
    }
    if !open.is_empty() {
        draft.unknown(Line::new(
            "Whether any noted point was repaired since: repairs are not on record until the next test.",
        ));
        draft.cost(Line::new(
            "No sourced figure for these repairs is held; ask for written quotes from more than one garage.",
        ));
    }
}

/// A failure shortly before the newest pass, so that its defects count as repaired.
fn cured_failure(facts: &Facts<'_>) -> Option<Line> {
    let [latest, before, ..] = facts.tests.as_slice() else { return None };
    if !latest.entry.passed || before.entry.passed {
        return None;
    }
    let (on, failed_on) = latest.day.zip(before.day)?;
    if on.signed_duration_since(failed_on).num_days() > 60 {
        return None;
    }
    let worst = before.notes().iter().filter(|note| note.is_failure()).max_by_key(|note| note.concern)?;
    let line = Line::new("The test before failed, among others for “")
        .quote(&worst.defect.text)
        .say("”; the pass after it does not list this, so it counts as repaired");
    Some(line.cite_test(before))
}

/// All notes of the newest test by urgency.
pub(super) fn advisories(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.category-advisory"));
    let Some(facts) = record(case, draft) else { return };
    let Some(latest) = facts.latest() else {
        draft.lead(no_tests(facts).say("."));
        draft.known(mot_line(facts));
        return;
    };
    let shown = notes(facts, draft, |_| true);
    if shown == 0 {
        draft.lead(Line::new("The newest test has no advisory and no defect on record."));
        draft.known(test_line(latest));
        if facts.is_northern_irish() {
            draft.unknown(Line::new("Defects of tests in Northern Ireland: its tests are recorded without them."));
        }
        earlier_notes(facts, draft, 4);
    } else if !draft.lead.iter().any(|line| line.text.starts_with("The newest test")) {
        draft.lead(Line::new("The newest test lists ").count(count(shown)).say(if shown == 1 {
            " note."
        } else {
            " notes; the most pressing comes first below."
        }));
    }
    let recurring = facts.open_notes().iter().filter(|note| !facts.noted_before(note).is_empty()).count();
    if recurring > 0 {
        draft.lead(Line::default().count(count(recurring)).say(if recurring == 1 {
            " of them was noted at an earlier test too, so it was likely left alone."
        } else {
            " of them were noted at earlier tests too, so they were likely left alone."
        }));
    }
    after_notes(case, facts, draft);
    dated_tests(facts, draft);
}

fn dated_tests(facts: &Facts<'_>, draft: &mut Draft) {
    let age = facts.latest().and_then(|test| test.day).map(|day| -facts.days_to(day));
    if let Some(days) = age.filter(|days| *days > 180) {
        draft.unknown(Line::new("How far the noted points have gone since: the test was ").days(days).say(" ago."));
    }
}

/// Notes of tests before the newest, newest first.
fn earlier_notes(facts: &Facts<'_>, draft: &mut Draft, limit: usize) {
    let notes = facts.tests.iter().skip(1).flat_map(|test| test.notes().iter().map(move |note| (test, note)));
    for (test, note) in notes.take(limit) {
        draft.known(plain_note(note, test));
    }
}

/// What failed, and what the categories mean.
pub(super) fn failures(case: &Case<'_>, draft: &mut Draft) {
    for id in ["mot.category-dangerous", "mot.category-major", "mot.category-minor", "mot.category-advisory"] {
        draft.rule(case.rules.get(id));
    }
    let Some(facts) = record(case, draft) else { return };
    let failed = facts.tests.iter().filter(|test| !test.entry.passed).count();
    if facts.tests.is_empty() {
        draft.lead(no_tests(facts).say("."));
        draft.known(mot_line(facts));
        return;
    }
    draft.lead(match failed {
        0 => Line::new("No failed test is on record, out of ").count(count(facts.tests.len())).say(" tests read."),
        1 => Line::new("One of the ").count(count(facts.tests.len())).say(" tests read was a failure."),
        _ => Line::default()
            .count(count(failed))
            .say(" of the ")
            .count(count(facts.tests.len()))
            .say(" tests read were failures."),
    });
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
        if !latest.entry.passed {
            failure_notes(facts, draft);
            after_notes(case, facts, draft);
            draft.known(mot_line(facts));
        }
    }
    if let Some(newest) = facts.tests.iter().find(|test| !test.entry.passed) {
        let mut parts: Vec<Component> = newest
            .notes()
            .iter()
            .filter(|note| note.is_failure())
            .filter_map(|note| note.reading.parts.first())
            .collect();
        parts.sort_unstable();
        parts.dedup();
        draft.lead(parts_words(Line::new("The newest failure was for "), &parts).cite_test(newest).say("."));
    }
    // The newest test was told above, if it was a failure.
    let told = usize::from(facts.latest().is_some_and(|latest| !latest.entry.passed));
    for test in facts.tests.iter().skip(told).filter(|test| !test.entry.passed).take(4) {
        draft.known(test_line(test));
        for note in test.notes().iter().filter(|note| note.is_failure()).take(5) {
            draft.known(plain_note(note, test));
        }
    }
}

/// All tests, newest first.
pub(super) fn history(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.scheme-2018"));
    let Some(facts) = record(case, draft) else { return };
    let Some(latest) = facts.latest() else {
        draft.lead(no_tests(facts).say("."));
        draft.known(mot_line(facts));
        return;
    };
    let passed = facts.tests.iter().filter(|test| test.entry.passed).count();
    draft.lead(
        Line::new("Tests on record: ")
            .count(count(facts.tests.len()))
            .say("; passed: ")
            .count(count(passed))
            .say("; failed: ")
            .count(count(facts.tests.len() - passed))
            .say("."),
    );
    draft.lead(
        Line::new("Newest: ").say(if latest.entry.passed { "passed" } else { "failed" }).cite_test(latest).say("."),
    );
    draft.known(test_line(latest));
    notes(facts, draft, |_| true);
    for test in facts.tests.iter().skip(1).take(SHOWN_TESTS) {
        draft.known(test_line(test));
    }
    for odd in facts.mileage.anomalies.iter().take(2) {
        draft.known(anomaly_line(odd, facts));
    }
    if facts.tests.len() > SHOWN_TESTS {
        draft.unknown(Line::new("Older tests are on record and not listed here."));
    }
    if facts.is_northern_irish() {
        draft.unknown(Line::new("Defects of tests in Northern Ireland: its tests are recorded without them."));
    }
}

/// What may stand in the way of the next pass.
pub(super) fn next_test(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.warning-lamps"));
    draft.rule(case.rules.get("tyres.tread-car"));
    draft.rule(case.rules.get("lights.failed"));
    draft.step(Line::new("Before the test: all lamps, tread and tyre damage, wipers and washers, horn, seat belts, number plates, no warning lamp on, fluids topped up."));
    let Some(facts) = record(case, draft) else { return };
    draft.known(mot_line(facts));
    let risky = facts.open_notes().iter().filter(|note| note.concern >= Urgency::Soon).count();
    let shown = notes(facts, draft, |_| true);
    draft.lead(match (facts.latest(), shown, risky) {
        (None, ..) => no_tests(facts).say("."),
        (Some(test), _, _) if !test.entry.passed => Line::new("As it was at its newest test it would fail again: the reasons to fail must be put right first."),
        (_, 0, _) => Line::new("Its newest test had no notes, so nothing on record points to a failure; the outcome still cannot be foretold."),
        (_, _, 0) => Line::new("Nothing pressing is on record; the noted points are those to look at first. The outcome cannot be foretold."),
        (_, _, n) => Line::new("Not surely. Points of its newest test that may have become failures by then: ").count(count(n)).say(". The outcome cannot be foretold."),
    });
    after_notes(case, facts, draft);
    if case.facts.is_some_and(Facts::is_northern_irish) {
        draft.unknown(Line::new("Defects of tests in Northern Ireland: its tests are recorded without them."));
    }
}
