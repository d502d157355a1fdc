//! Emergencies: people first, then the vehicle, and nothing that does not help now.

use super::{
    Case,
    facts_lines::{fuel_words, plain_note, record},
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::Facts,
        topics::Topic,
    },
    rules::{Rule, Urgency},
};

/// How many notes of the newest test are told to a recovery crew.
const SHOWN_NOTES: usize = 3;
/// Emergencies in which a traction battery is a danger of its own.
const BATTERY_MATTERS: &[&str] = &["emergency.fire", "emergency.flood", "emergency.in-water", "emergency.crash"];
/// Emergencies of people in which nothing is wrong with the vehicle.
const OF_PEOPLE: &[&str] = &[
    "emergency.locked-in",
    "emergency.sleepy",
    "emergency.unwell",
    "emergency.collapsed",
    "emergency.chemical",
    "emergency.labour",
    "emergency.threat",
    "emergency.obstruction",
    "emergency.other",
];
const BATTERY: &str = "emergency.ev-battery";

/// The answer to an emergency: what to do, in order, and what of the record may matter to whoever comes to help.
pub(super) fn urgent(case: &Case<'_>, draft: &mut Draft) {
    let facts = case.facts.filter(|facts| facts.record.is_known());
    // What the category says to be an emergency is one, though the script knows milder cases.
    let of_category = case.ask.category.as_deref() == Some("emergency_guidance");
    if let Some(rule) = case.ask.foreign.and_then(|language| case.rules.get(language.rule)) {
        draft.unknown(Line::default().rule_words(rule, &rule.statement));
    }
    for rule in rules(case, facts) {
        let urgency = rule.urgency.filter(|_| !of_category).unwrap_or(Urgency::StopNow);
        draft.reason(urgency, Line::default().rule_words(rule, &rule.statement));
        for step in &rule.steps {
            let line = Line::default().rule_words(rule, step);
            if !draft.first.iter().any(|there| there.text == line.text) {
                draft.first.push(line);
            }
        }
        if rule.unconfirmed {
            draft.unknown(Line::new("Part of the safety steps is general knowledge that no single source here confirms; a call handler's word goes before it."));
        }
    }
    draft.unknown(Line::new("What is happening at the roadside: this answer cannot see it, and no record shows it."));
    if case.ask.emergencies.iter().any(|rule| !OF_PEOPLE.contains(&rule.id.as_str())) {
        draft.step(Line::new(
            "When everyone is safe: have the vehicle recovered and inspected before it moves under its own power again.",
        ));
    }
    lamps(case, draft);
    if let Some(facts) = record(case, draft) {
        of_record(case, facts, draft);
    }
}

/// Where an emergency is only spoken of: what to do should it be happening all the same.
pub(super) fn if_it_happens(case: &Case<'_>, draft: &mut Draft) {
    let rule = case.rules.get("emergency.other").filter(|_| case.ask.set_aside);
    if let Some((rule, words)) = rule.and_then(|rule| Some((rule, rule.summary.as_ref()?))) {
        draft.step(Line::default().rule_words(rule, words));
    }
}

/// The emergencies of the question; with the traction battery's where the record tells of one.
fn rules<'c>(case: &'c Case<'_>, facts: Option<&Facts<'_>>) -> impl Iterator<Item = &'static Rule> + use<'c> {
    let asked = &case.ask.emergencies;
    let has_battery = facts.is_some_and(Facts::has_traction_battery);
    let matters = asked.iter().any(|rule| BATTERY_MATTERS.contains(&rule.id.as_str()));
    let told = asked.iter().any(|rule| rule.id == BATTERY);
    let battery = case.rules.get(BATTERY).filter(|_| has_battery && matters && !told);
    // Its gas comes before everything but the first emergency.
    let (first, rest) = asked.split_at(asked.len().min(1));
    first.iter().copied().chain(battery).chain(rest.iter().copied())
}

/// What is known of the lamp in question.
fn lamps(case: &Case<'_>, draft: &mut Draft) {
    if case.ask.is_about(Topic::WarningLamps) {
        for id in ["lamps.red-critical", "lamps.red-battery"] {
            if case.ask.touches(id) {
                draft.rule(case.rules.get(id));
            }
        }
        draft.unknown(Line::new("Which fault lit the lamp: only the handbook's page and the stored fault codes tell."));
    }
}

/// What helps those who come: the fuel, and what the newest test noted on the part in question.
fn of_record(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    if let Some(fact) = &facts.record.fuel_type {
        draft.known(fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    let Some(latest) = facts.latest() else { return };
    let asked = |topic: &Topic| if let Topic::Part(part) = topic { Some(*part) } else { None };
    for part in case.ask.topics.iter().filter_map(asked) {
        for note in facts.open_notes().into_iter().filter(|note| note.concerns(part)).take(SHOWN_NOTES) {
            draft.known(plain_note(note, latest));
        }
    }
}
