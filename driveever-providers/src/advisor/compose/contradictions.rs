//! Where the sources of a record contradict each other: told by name where it bears on the question.

use driveever_core::vehicle::report::Component;

use super::{
    Case,
    facts_lines::{anomaly_line, count, record},
    market::lower_reason,
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::Facts,
        topics::Topic,
    },
    rules::Urgency,
};

/// How many contradictions of the sources are told where something else was asked.
const MAX_CONFLICTS: usize = 4;

/// Every contradiction of the record, where that is asked.
pub(super) fn contradictions(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Whether sources contradict each other cannot be told without a vehicle's record."));
        }
        return;
    };
    let conflicts = &facts.record.conflicts;
    let odd = &facts.mileage().anomalies;
    draft.lead(match (conflicts.len(), odd.is_empty()) {
        (0, true) => {
            Line::new("No: the sources that were read contradict each other in nothing, and the mileages fit together.")
        }
        (0, false) => Line::new(
            "The sources that were read contradict each other in nothing, but not every mileage fits; see below.",
        ),
        (1, _) => Line::new("Yes, the DVLA's and the DVSA's records disagree on one point."),
        (n, _) => Line::new("Yes, the DVLA's and the DVSA's records disagree. Points on which they do: ")
            .count(count(n))
            .say("."),
    });
    for conflict in conflicts {
        draft.known(Line::new("Sources disagree: ").quote(conflict.trim_end_matches('.')));
    }
    for odd in odd {
        draft.known(anomaly_line(odd));
    }
    lower_reason(facts, draft);
    if !conflicts.is_empty() {
        draft.reason(
            Urgency::Plan,
            Line::new("The sources disagree: clear that up with the V5C and the vehicle before relying on the record."),
        );
        draft.unknown(Line::new("Why they disagree: no source states it; what may explain it stands with each point."));
        draft.step(Line::new("Compare the vehicle and its identification number with the V5C, point by point; ask the DVLA to correct what is wrong on the V5C, and a test station what is wrong on a test."));
    }
}

/// The contradictions that were not told yet, as facts.
pub(super) fn others(facts: &Facts<'_>, draft: &mut Draft, told: impl Fn(&str) -> bool) {
    for conflict in facts.record.conflicts.iter().filter(|conflict| !told(conflict)) {
        draft.known(Line::new("Sources disagree: ").quote(conflict.trim_end_matches('.')));
    }
}

/// A contradiction on what was asked, by name and before the answer that takes one side.
pub(super) fn asked_of(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    for conflict in facts.record.conflicts.iter().filter(|conflict| bears_on(conflict, case)).take(MAX_CONFLICTS) {
        let words = Line::default().quote(conflict.trim_end_matches('.')).text;
        if draft.lead.iter().any(|line| line.text.contains(&words)) {
            continue;
        }
        draft.lead(Line::new("The sources disagree on that: ").quote(conflict.trim_end_matches('.')).say("."));
    }
}

/// Where the sources disagree: on what was asked before everything else, and in a sentence of the answer when it is that.
pub(super) fn conflicts(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    if case.ask.is_about(Topic::Contradictions) || case.ask.is_about(Topic::Cloned) {
        return;
    }
    asked_of(case, facts, draft);
    let (asked, others): (Vec<&String>, Vec<&String>) =
        facts.record.conflicts.iter().partition(|conflict| bears_on(conflict, case));
    if !asked.is_empty() {
        draft.reason(
            Urgency::Plan,
            Line::new("The sources disagree on what was asked: clear that up before relying on it."),
        );
        draft.step(Line::new(
            "Compare that point with the V5C and the vehicle, and have the register that is wrong corrected.",
        ));
    }
    for conflict in others.into_iter().take(MAX_CONFLICTS) {
        draft.unknown(Line::new("Sources disagree: ").quote(conflict.trim_end_matches('.')).say("."));
    }
}

/// Whether a contradiction is about what was asked, by the words in which the record states it: about the aspects that the
/// question names, or else about those of its topics.
fn bears_on(conflict: &str, case: &Case<'_>) -> bool {
    let conflict = conflict.to_lowercase();
    if case.ask.is_about(Topic::Details) && !case.ask.aspects.is_empty() {
        return case.ask.aspects.iter().any(|aspect| conflict.contains(&format!("the {aspect}")));
    }
    let words: &[(Topic, &[&str])] = &[
        (Topic::MotDate, &["mot"]),
        (Topic::NextTest, &["mot expiry"]),
        (Topic::Details, &["make", "colour", "fuel", "engine"]),
        (Topic::Overview, &["make", "colour", "fuel", "engine", "mot", "regist"]),
        (Topic::Buying, &["make", "colour", "fuel", "engine", "mot", "regist"]),
        (Topic::Historic, &["regist"]),
        (Topic::ImportExport, &["regist"]),
        (Topic::Zones, &["fuel", "regist"]),
        (Topic::Fuel, &["fuel"]),
        (Topic::Part(Component::Engine), &["engine"]),
        (Topic::Tax, &["fuel", "engine", "regist"]),
        (Topic::PrivatePlate, &["regist"]),
    ];
    let of_topics = words.iter().filter(|(topic, _)| case.ask.is_about(*topic));
    of_topics.flat_map(|(_, words)| *words).any(|word| conflict.contains(word))
}
