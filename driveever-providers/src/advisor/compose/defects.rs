//! Topics of defects: what the tests found, how pressing it is, and whether the vehicle may be driven.

use super::{
    Case,
    facts_lines::{
        anomaly_line, count, mot_line, mot_words, no_tests, note_line, plain_note, recall_line, record, tax_line,
        test_line,
    },
};
use crate::{
    advisor::{
        components::Component,
        draft::{Basis, Draft, Line},
        facts::{Facts, Mot, Note, Tax},
        topics::Intent,
    },
    rules::Urgency,
};

/// How reasons of the newest test begin, and those of its failure.
const NEWEST_TEST: &str = "The newest test ";
const FOUND: &str = "The newest test found ";

/// How many tests a history shows.
const SHOWN_TESTS: usize = 10;

/// Whether it may be driven: what the law says of its papers, and what the newest test saw; the one first that was asked.
pub(super) fn driveable(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Whether a particular vehicle may be driven cannot be told without its record; what the rules say in general is below."));
            draft.rule(case.rules.get("mot.category-dangerous"));
            draft.rule(case.rules.get("mot.category-advisory"));
        }
        draft.rule(case.rules.get("mot.expired"));
        return;
    };
    verdict(case, facts, draft);
    draft.known(mot_line(facts));
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    draft.known(tax_line(facts));
    papers_steps(case, facts, draft);
    notes(facts, draft, |_| true);
    draft.known(recall_line(facts));
    after_notes(case, facts, draft);
    if facts.mot.is_lacking() {
        draft.rule(case.rules.get("mot.expired"));
        draft.rule(case.rules.get("mot.no-mot-penalty"));
    } else {
        draft.rule(case.rules.get("mot.category-advisory"));
    }
    match facts.tax {
        Tax::Sorn => draft.rule(case.rules.get("sorn.road-penalty")),
        Tax::Untaxed(_) | Tax::NotForRoad => draft.rule(case.rules.get("tax.untaxed-penalty")),
        _ => {}
    }
    draft.unknown(Line::new("Its condition today: a test shows the state on its own day only."));
    draft.unknown(Line::new("Whether it is insured: no record here holds that."));
}

/// The answer to "may I drive it" or "is it safe", from what the record holds.
fn verdict(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    if facts.is_dangerous() {
        draft.lead(Line::new("No: its newest test failed with a dangerous defect. It is not to be driven until that is repaired, even if an older certificate still runs."));
        return;
    }
    let bar = papers_bar(case, facts);
    if case.ask.wants(Intent::Safety) {
        state_verdict(facts, draft);
        if let Some(bar) = bar {
            draft.lead(bar);
        }
        return;
    }
    match bar {
        Some(bar) => draft.lead(bar),
        None if facts.mot == Mot::Unknown => {
            draft.lead(Line::new("That cannot be told: no source states an MOT for it."));
        }
        None => state_verdict(facts, draft),
    }
}

/// What stands against driving it on paper, in a sentence.
fn papers_bar(case: &Case<'_>, facts: &Facts<'_>) -> Option<Line> {
    let untaxed = matches!(facts.tax, Tax::Untaxed(_) | Tax::NotForRoad);
    if facts.tax == Tax::Sorn {
        return Some(Line::new(
            "Not on a road: it is declared off the road (SORN). The only trip allowed is to a booked test, insured.",
        ));
    }
    if facts.mot.is_lacking() && facts.is_past_mot_age(case.rules) == Some(true) {
        let line = mot_words(Line::new("Only if it is exempt from the MOT: "), facts, false);
        return Some(line.say(
            ". By its age it may be exempt, if it was not substantially changed; it must be roadworthy all the same.",
        ));
    }
    if facts.mot.is_lacking() {
        let line = mot_words(Line::new("Not on a road: "), facts, false);
        let line = if untaxed { line.say(", and it is not taxed") } else { line };
        return Some(line.say(". Only the way to a booked test, or to or from repair, is allowed."));
    }
    untaxed.then(|| Line::new("Not on a road before it is taxed: the record says that it is not."))
}

/// What has to be done about its papers before it is driven.
pub(super) fn papers_steps(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let exempt = facts.is_past_mot_age(case.rules);
    if facts.mot.is_lacking() && !facts.is_dangerous() {
        draft.step(if exempt == Some(true) {
            Line::new(
                "Make sure that it is exempt and that this was declared when it was taxed; else book a test first.",
            )
        } else if facts.tax == Tax::Sorn {
            Line::new("Book a test; while the SORN stands, only the trip to that test is allowed, insured.")
        } else {
            Line::new("Book a test now, and drive only to it or to or from repair, insured.")
        });
    }
    if matches!(facts.tax, Tax::Untaxed(_) | Tax::NotForRoad) {
        draft.step(Line::new("Tax it on GOV.UK before it is used on a road, or declare SORN."));
    }
}

/// What the newest test says of its state.
fn state_verdict(facts: &Facts<'_>, draft: &mut Draft) {
    if facts.has_failed() {
        draft.lead(Line::new("Not as if nothing was: its newest test failed, so drive it only to repair or to a retest. The older certificate may still run on paper, but the vehicle must be roadworthy."));
    } else {
        pass_verdict(facts, draft);
    }
}

fn pass_verdict(facts: &Facts<'_>, draft: &mut Draft) {
    let Some(latest) = facts.latest() else {
        draft.lead(no_tests(facts).say("; nothing on record forbids driving it, which says little of its condition."));
        return;
    };
    let open = facts.open_notes();
    let pressing = open.iter().filter(|note| note.concern >= Urgency::Soon).count();
    let line = Line::new("Nothing that a test found forbids driving it: its newest test was a pass");
    let line = match latest.day {
        Some(day) => line.say(", on ").date(day),
        None => line,
    };
    draft.lead(match (open.len(), pressing) {
        (0, _) if facts.hides_defects() => {
            line.say(". What it noted is not known: defects of tests in Northern Ireland are not published.")
        }
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
    // What was said of the whole test is not said again of one part of it.
    let told: Vec<(Urgency, bool)> = draft
        .reasons
        .iter()
        .filter(|(_, line)| line.text.starts_with(NEWEST_TEST))
        .map(|(degree, line)| (*degree, line.text.starts_with(FOUND)))
        .collect();
    let any = |degree: Urgency, failures: bool| {
        !told.contains(&(degree, failures))
            && open.iter().any(|note| note.concern == degree && note.is_failure() == failures)
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

/// What no record tells of tests in Northern Ireland.
pub(super) fn hidden_defects(facts: &Facts<'_>, draft: &mut Draft) {
    if facts.is_northern_irish() {
        draft.unknown(Line::new(
            "Defects of tests in Northern Ireland: they are not published, so none listed does not mean none found.",
        ));
    }
}

/// All notes of the newest test by urgency.
pub(super) fn advisories(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.category-advisory"));
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("What its tests advised cannot be told without its record."));
        }
        return;
    };
    let Some(latest) = facts.latest() else {
        draft.lead(no_tests(facts).say("."));
        draft.known(mot_line(facts));
        return;
    };
    let shown = notes(facts, draft, |_| true);
    hidden_defects(facts, draft);
    if shown == 0 {
        draft.lead(if facts.hides_defects() {
            Line::new("That is not known: its newest test was made in Northern Ireland, whose tests are published without defects and advisories.")
        } else {
            Line::new("The newest test has no advisory and no defect on record.")
        });
        draft.known(test_line(latest));
        earlier_notes(facts, draft, 4);
    } else if !draft.lead.iter().any(|line| line.text.starts_with("The newest test")) {
        draft.lead(Line::new("The newest test lists ").count(count(shown)).say(if shown == 1 {
            " note."
        } else {
            " notes; the most pressing comes first below."
        }));
    }
    let recurring = facts.open_notes().iter().filter(|note| facts.recurring(note).is_some()).count();
    if recurring > 0 {
        draft.lead(Line::default().count(count(recurring)).say(if recurring == 1 {
            " of them was noted on an earlier occasion too, so it was likely left alone."
        } else {
            " of them were noted on earlier occasions too, so they were likely left alone."
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
    let categories = ["mot.category-dangerous", "mot.category-major", "mot.category-minor", "mot.category-advisory"];
    let Some(facts) = record(case, draft) else {
        if !draft.answers()
            && let Some(rule) = case.rules.get("mot.category-major")
        {
            draft.lead_rule(rule);
        }
        for id in categories {
            draft.rule(case.rules.get(id));
        }
        return;
    };
    let failed = facts.tests.iter().filter(|test| !test.entry.passed).count();
    if facts.tests.is_empty() {
        draft.lead(no_tests(facts).say("."));
        draft.known(mot_line(facts));
        return;
    }
    draft.lead(match failed {
        0 => Line::new("No failed test is on record; tests read: ").count(count(facts.tests.len())).say("."),
        1 if facts.tests.len() == 1 => Line::new("The one test on record was a failure."),
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
        let line = if newest.hides_defects() {
            Line::new(
                "What the newest failure was for is not known: defects of tests in Northern Ireland are not published",
            )
        } else {
            parts_words(Line::new("The newest failure was for "), &parts)
        };
        draft.lead(line.cite_test(newest).say("."));
        if let Some(latest) = facts.latest().filter(|latest| latest.entry.passed) {
            draft.lead(Line::new("It passed since").cite_test(latest).say("."));
        }
    }
    for id in categories {
        draft.rule(case.rules.get(id));
    }
    hidden_defects(facts, draft);
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
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Its tests cannot be told without its record."));
        }
        return;
    };
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
    for odd in facts.mileage().anomalies.iter().take(2) {
        draft.known(anomaly_line(odd));
    }
    if facts.tests.len() > SHOWN_TESTS {
        draft.unknown(Line::new("Older tests are on record and not listed here."));
    }
    hidden_defects(facts, draft);
}

/// What may stand in the way of the next pass.
pub(super) fn next_test(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mot.warning-lamps"));
    draft.rule(case.rules.get("tyres.tread-car"));
    draft.rule(case.rules.get("lights.failed"));
    draft.step(Line::new("Before the test: all lamps, tread and tyre damage, wipers and washers, horn, seat belts, number plates, no warning lamp on, fluids topped up."));
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Whether it would pass cannot be told; what fails most simply is listed below, to be looked at before the test."));
        }
        return;
    };
    draft.known(mot_line(facts));
    let risky = facts.open_notes().iter().filter(|note| note.concern >= Urgency::Soon).count();
    let shown = notes(facts, draft, |_| true);
    draft.lead(match (facts.latest(), shown, risky) {
        (None, ..) => no_tests(facts).say("."),
        (Some(test), _, _) if !test.entry.passed => Line::new("As it was at its newest test it would fail again: the reasons to fail must be put right first."),
        (Some(test), 0, _) if test.hides_defects() => Line::new("That cannot be foretold: what its newest test noted is not published in Northern Ireland."),
        (_, 0, _) => Line::new("Its newest test had no notes, so nothing on record points to a failure; the outcome still cannot be foretold."),
        (_, _, 0) => Line::new("Nothing pressing is on record; the noted points are those to look at first. The outcome cannot be foretold."),
        (_, _, n) => Line::new("Not surely. Points of its newest test that may have become failures by then: ").count(count(n)).say(". The outcome cannot be foretold."),
    });
    after_notes(case, facts, draft);
    hidden_defects(facts, draft);
}
