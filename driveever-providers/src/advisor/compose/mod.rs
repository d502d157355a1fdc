//! What is said on each topic: from an understood question and a thought-through record to the lines of a draft.
//!
//! Each file holds the topics of one field; each function writes the lines of one topic and assumes nothing of the others:
//! the draft drops what is there already. Emergencies come before everything else, whatever was asked besides.

mod defects;
mod facts_lines;
mod general;
mod market;
mod mot;
mod papers;
mod parts;
mod running;

use chrono::NaiveDate;

use super::{
    components::Component,
    draft::{Draft, Line},
    engine::Ask,
    facts::Facts,
    topics::Topic,
};
use crate::rules::{Rules, Urgency};

/// Everything that an answer is composed from.
pub(super) struct Case<'f> {
    pub(super) facts: Option<&'f Facts<'f>>,
    pub(super) rules: &'static Rules,
    pub(super) ask: &'f Ask,
    pub(super) today: NaiveDate,
}

/// Composes the answer.
pub(super) fn compose(case: &Case<'_>, draft: &mut Draft) {
    emergencies(case, draft);
    symptoms(case, draft);
    let mut topics = topics(case);
    // The battery of an electric car is the traction battery first.
    let electrical = Topic::Part(Component::Electrical);
    if case.facts.is_some_and(Facts::is_zero_emission)
        && let Some(at) = topics.iter().position(|topic| *topic == electrical)
    {
        topics.insert(at, Topic::Part(Component::HighVoltage));
    }
    let about_vehicle = topics.iter().any(|topic| !matches!(topic, Topic::NotHeld(_) | Topic::Capabilities));
    let about_vehicle = about_vehicle || !case.ask.symptoms.is_empty() || !case.ask.emergencies.is_empty();
    if about_vehicle {
        general::danger_first(case, draft);
    }
    for topic in &topics {
        topic_lines(*topic, case, draft);
    }
    if topics.is_empty() && case.ask.emergencies.is_empty() && case.ask.symptoms.is_empty() {
        general::unmatched(case, draft);
        return;
    }
    // A question about a rule is answered by the rule.
    if draft.lead.is_empty()
        && draft.first.is_empty()
        && let Some(rule) = case.ask.found.first()
    {
        draft.lead(Line::default().rule_words(rule, &rule.statement));
    }
    if about_vehicle {
        for rule in &case.ask.found {
            draft.rule(Some(rule));
        }
        general::alerts(case, draft);
        general::state_of_record(case, draft);
    }
}

/// The topics of the question, or else what its category stands for.
fn topics(case: &Case<'_>) -> Vec<Topic> {
    if !case.ask.emergencies.is_empty() {
        // In an emergency only what bears on the part in question or on driving on is worth reading.
        let bears = |topic: &&Topic| {
            matches!(topic, Topic::Part(part) if *part != Component::Body)
                || matches!(topic, Topic::WarningLamps | Topic::Driveable | Topic::Recall | Topic::Insurance)
        };
        return case.ask.topics.iter().filter(bears).copied().collect();
    }
    if !case.ask.topics.is_empty() || !case.ask.symptoms.is_empty() {
        return case.ask.topics.clone();
    }
    if !general::is_about_vehicles(case) {
        return Vec::new();
    }
    match case.ask.category.as_deref() {
        Some("safety_assessment") => vec![Topic::Driveable, Topic::Advisories],
        Some("maintenance_guidance") => vec![Topic::Service],
        Some("cost_analysis") => vec![Topic::RunningCosts],
        Some("purchase_recommendation") => vec![Topic::Buying],
        Some("insurance_advice") => vec![Topic::Insurance],
        Some("emergency_guidance") => vec![Topic::Breakdown],
        _ => Vec::new(),
    }
}

fn topic_lines(topic: Topic, case: &Case<'_>, draft: &mut Draft) {
    match topic {
        Topic::Driveable => defects::driveable(case, draft),
        Topic::Advisories => defects::advisories(case, draft),
        Topic::Failures => defects::failures(case, draft),
        Topic::MotDate => mot::date(case, draft),
        Topic::MotHistory => defects::history(case, draft),
        Topic::NextTest => defects::next_test(case, draft),
        Topic::Retest => mot::retest(case, draft),
        Topic::MotExempt => mot::exemption(case, draft),
        Topic::MotFee => mot::fee(case, draft),
        Topic::Tax => papers::tax(case, draft),
        Topic::Sorn => papers::sorn(case, draft),
        Topic::Insurance => papers::insurance(case, draft),
        Topic::Zones => papers::zones(case, draft),
        Topic::Recall => papers::recall(case, draft),
        Topic::Plates => papers::plates(case, draft),
        Topic::PrivatePlate => papers::private_plate(case, draft),
        Topic::ImportExport => papers::import_export(case, draft),
        Topic::Keeper => papers::keeper(case, draft),
        Topic::Historic => papers::historic(case, draft),
        Topic::Mileage => market::mileage(case, draft),
        Topic::Buying => market::buying(case, draft),
        Topic::Selling => market::selling(case, draft),
        Topic::Value => market::value(case, draft),
        Topic::Finance => market::finance(case, draft),
        Topic::WriteOff => market::write_off(case, draft),
        Topic::Details => general::details(case, draft),
        Topic::Overview => general::overview(case, draft),
        Topic::Capabilities => general::capabilities(case, draft),
        Topic::NotHeld(index) => general::not_held(index, case, draft),
        Topic::Service => running::service(case, draft),
        Topic::WarningLamps => running::warning_lamps(case, draft),
        Topic::Smoke => running::smoke(case, draft),
        Topic::Flood => running::flood(case, draft),
        Topic::Breakdown => running::breakdown(case, draft),
        Topic::RunningCosts => running::running_costs(case, draft),
        Topic::RepairCosts => running::repair_costs(case, draft),
        Topic::TimingBelt => running::timing_belt(case, draft),
        Topic::Fuel => running::fuel(case, draft),
        Topic::Part(part) => parts::part(part, case, draft),
    }
}

/// Safety steps, before any fact.
fn emergencies(case: &Case<'_>, draft: &mut Draft) {
    for rule in &case.ask.emergencies {
        draft.reason(rule.urgency.unwrap_or(Urgency::StopNow), Line::default().rule_words(rule, &rule.statement));
        for step in &rule.steps {
            let line = Line::default().rule_words(rule, step);
            if !draft.first.iter().any(|there| there.text == line.text) {
                draft.first.push(line);
            }
        }
    }
    if let Some(rule) = case.ask.emergencies.first() {
        if rule.unconfirmed {
            draft.unknown(Line::new("Part of the safety steps is general knowledge that no single source here confirms; a call handler's word goes before it."));
        }
        draft.unknown(Line::new(
            "What is happening at the roadside: this answer cannot see it, and no record shows it.",
        ));
    }
}

/// What a described situation asks for, and what a symptom usually means.
fn symptoms(case: &Case<'_>, draft: &mut Draft) {
    for rule in &case.ask.symptoms {
        let line = Line::default().rule_words(rule, &rule.statement);
        draft.reason(rule.urgency.unwrap_or(Urgency::Soon), line);
        draft.rule(Some(rule));
    }
    if case.ask.symptoms.iter().any(|rule| rule.topic == "symptom") {
        draft.unknown(Line::new("The cause of what you notice: only an inspection of the vehicle can find it."));
        draft.step(Line::new("Have the symptom inspected by a garage before a longer trip, and say when it occurs: cold or hot, at what speed, braking or turning."));
    }
}
