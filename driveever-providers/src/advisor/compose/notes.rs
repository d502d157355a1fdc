//! What the newest test noted, as reasons, facts and steps; shared by the topics that tell of it.

use driveever_core::vehicle::report::Component;

use super::{
    Case,
    facts_lines::{note_line, severity},
};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::{Facts, Note, Test},
    },
    rules::Urgency,
};

/// How reasons of the newest test begin, and those of its failure.
const NEWEST_TEST: &str = "The newest test ";
const FOUND: &str = "The newest test found ";
const DANGEROUS_ON: &str = "a dangerous defect on ";
const FAILURES_ON: &str = "reasons to fail on ";
const FAILURES_END: &str = ": it needs repair and a retest.";

/// How many notes are quoted in the answer itself.
const QUOTED: usize = 4;

/// Notes of the newest test that are wanted, most pressing first, with one reason for each degree of urgency.
pub(super) fn notes(facts: &Facts<'_>, draft: &mut Draft, wanted: impl Fn(&Note<'_>) -> bool) -> usize {
    let Some(latest) = facts.latest() else { return 0 };
    let open: Vec<&Note<'_>> = facts.open_notes().into_iter().filter(|note| wanted(note)).collect();
    let on = |line: Line, degree: Urgency, failures: bool| parts_of(line, latest, &open, degree, failures);
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
        let line = on(Line::new(FOUND).say(DANGEROUS_ON), Urgency::StopNow, true);
        draft.reason(Urgency::StopNow, danger_end(line, latest));
    }
    if any(Urgency::Soon, true) {
        let line = on(Line::new(FOUND).say(FAILURES_ON), Urgency::Soon, true);
        draft.reason(Urgency::Soon, line.say(FAILURES_END));
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

/// The parts that notes of a degree concern, after some words.
fn parts_of(line: Line, test: &Test<'_>, open: &[&Note<'_>], degree: Urgency, failures: bool) -> Line {
    let of_degree = open.iter().filter(|note| note.concern == degree && note.is_failure() == failures);
    let mut parts: Vec<Component> = of_degree.filter_map(|note| note.reading.parts.first()).collect();
    parts.dedup();
    parts_words(line, &parts).on(Basis::Test(test.day))
}

/// That the newest test found a dangerous defect, if it did.
pub(super) fn danger_line(facts: &Facts<'_>) -> Option<Line> {
    let latest = facts.latest().filter(|_| facts.is_dangerous())?;
    let line = Line::new(FOUND).say(DANGEROUS_ON);
    Some(danger_end(parts_of(line, latest, &facts.open_notes(), Urgency::StopNow, true), latest))
}

fn danger_end(line: Line, test: &Test<'_>) -> Line {
    line.say(if test.entry.passed {
        ", though it was passed: have it confirmed as repaired before the vehicle is driven."
    } else {
        ": it is unsafe, and not to be driven until that is repaired."
    })
}

/// That the newest test was failed, and on what, if it was.
pub(super) fn failed_line(facts: &Facts<'_>) -> Option<Line> {
    let latest = facts.latest().filter(|_| facts.has_failed())?;
    let open = facts.open_notes();
    Some(if open.iter().any(|note| is_failure(note)) {
        parts_of(Line::new(FOUND).say(FAILURES_ON), latest, &open, Urgency::Soon, true).say(FAILURES_END)
    } else {
        Line::new("The newest test was failed: it needs repair and a retest.").on(Basis::Test(latest.day))
    })
}

/// The reasons to fail of the newest test.
pub(super) fn failure_notes(facts: &Facts<'_>, draft: &mut Draft) {
    notes(facts, draft, is_failure);
}

// A function and not the method: the method's lifetime is not general enough for `notes`.
fn is_failure(note: &Note<'_>) -> bool {
    note.is_failure()
}

/// The first of some notes in their own words, each with its severity.
pub(super) fn quoted(line: Line, notes: &[&Note<'_>]) -> Line {
    let line = notes.iter().take(QUOTED).enumerate().fold(line, |line, (index, note)| {
        let line = line.say(if index == 0 { "“" } else { ", “" });
        line.quote(&note.defect.text).say("” (").say(severity(&note.defect.severity)).say(")")
    });
    if notes.len() > QUOTED { line.say(" and others") } else { line }
}

/// Names of parts as a list in words.
pub(super) fn parts_words(line: Line, parts: &[Component]) -> Line {
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
pub(super) fn after_notes(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
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
        draft.step_by_road(Line::new("Book the repair and the retest together, and drive only there."));
        return;
    }
    match (part, open.first().map(|note| note.concern)) {
        (Some(part), Some(Urgency::Soon | Urgency::StopNow)) => {
            draft.step_by_road(
                Line::new("Have ")
                    .say(part.name())
                    .say(" measured or inspected first, and ask for the readings in writing."),
            );
            draft.step_by_road(Line::new("Then deal with the other notes in the order above; stop at once if braking, steering or a noise changes."));
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
