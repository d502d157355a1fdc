//! Topics of tests: advisories, failures, the history, the next test.

use driveever_core::vehicle::report::Component;

use super::{
    Case,
    facts_lines::{anomaly_line, count, mot_line, no_tests, plain_note, record, test_line},
    notes::{after_notes, failure_notes, hidden_defects, notes, parts_words, quoted},
};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::{Facts, Note, Test},
        topics::Topic,
    },
    rules::Urgency,
};

/// How many tests a history shows.
const SHOWN_TESTS: usize = 10;

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
    recurring(facts, draft);
    after_notes(case, facts, draft);
    dated_tests(facts, draft);
}

/// Which of the notes were made before: by name where it is one, so that it is taken for no other.
fn recurring(facts: &Facts<'_>, draft: &mut Draft) {
    let open = facts.open_notes();
    let again: Vec<_> = open.iter().filter(|note| facts.recurring(note).is_some()).collect();
    match again.as_slice() {
        [] => {}
        [one] => draft.lead(
            Line::new("“")
                .quote(&one.defect.text)
                .say("” was noted on an earlier occasion too, so it was likely left alone."),
        ),
        more => draft.lead(
            Line::default()
                .count(count(more.len()))
                .say(" of its notes were made on earlier occasions too, so they were likely left alone."),
        ),
    }
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
            let line = parts_words(Line::new("The newest failure was for "), &parts);
            let failures: Vec<&Note<'_>> = newest.notes().iter().filter(|note| note.is_failure()).collect();
            if failures.is_empty() { line } else { quoted(line.say(": "), &failures) }
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

/// Whether any test was failed.
fn ever_failed(passed: usize, facts: &Facts<'_>, draft: &mut Draft) {
    let failed = facts.tests.len() - passed;
    draft.lead(if failed == 0 {
        Line::new("No: none of the tests on record was failed.")
    } else {
        let newest = facts.tests.iter().find(|test| !test.entry.passed);
        let line = Line::new("Yes: failed tests on record: ").count(count(failed));
        let line = match newest.and_then(|test| test.day) {
            Some(day) => line.say(", the newest on ").date(day).on(Basis::Test(Some(day))),
            None => line,
        };
        line.say(".")
    });
}

/// Whether the newest test was passed, and its reasons to fail, or else its notes.
fn result_of(latest: &Test<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let line = Line::new(if latest.entry.passed { "It passed its newest test" } else { "It failed its newest test" });
    let line = match latest.day {
        Some(day) => line.say(", on ").date(day).on(Basis::Test(Some(day))),
        None => line,
    };
    let told = |note: &&Note<'_>| latest.entry.passed || note.is_failure();
    let notes: Vec<_> = facts.open_notes().into_iter().filter(told).collect();
    let line = if notes.is_empty() { line } else { line.say(if latest.entry.passed { ", with " } else { ", for " }) };
    draft.lead(quoted(line, &notes).say("."));
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
    let ever = case.measured.has(&["ever", "before", "many", "often", "times", "previously"]);
    let result = case.measured.has(&["did", "has", "was", "pass", "passed", "fail"]) && !ever;
    if ever && case.measured.has(&["fail", "failed", "fails", "failing"]) {
        ever_failed(passed, facts, draft);
    }
    if result {
        result_of(latest, facts, draft);
    }
    draft.lead(
        Line::new("Tests on record: ")
            .count(count(facts.tests.len()))
            .say("; passed: ")
            .count(count(passed))
            .say("; failed: ")
            .count(count(facts.tests.len() - passed))
            .say("."),
    );
    if !result {
        draft.lead(
            Line::new("Newest: ").say(if latest.entry.passed { "passed" } else { "failed" }).cite_test(latest).say("."),
        );
    }
    draft.known(test_line(latest));
    notes(facts, draft, |_| true);
    after_notes(case, facts, draft);
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
    let open = facts.open_notes();
    if case.measured.has(&["which", "what"]) && case.ask.is_about(Topic::Advisories) && !open.is_empty() {
        draft.lead(quoted(Line::new("Those of its newest test, the most pressing first: "), &open).say("."));
    }
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
