//! What belongs to no single field: overview, details, what is not held, the age of the record, alerts.

use driveever_core::vehicle::record::{ReadingOutcome, RecordSource};

use super::{
    Case, contradictions, driving,
    facts_lines::{
        anomaly_line, co2_line, euro_line, identity_line, identity_lines, mileage_line, mot_line, recall_line, record,
        tax_line, test_line,
    },
    mot::state_reason,
    notes::{danger_line, notes},
    papers::{export_line, export_reason, recall_reason, v5c_line},
    road_tax::tax_reason,
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, OLD_AFTER_DAYS, Tax},
        topics::{Intent, NOT_HELD, RULED, Topic},
    },
    rules::Urgency,
};

/// What the advisor answers, for those who ask for something else.
const FIELDS: &str = "It answers on MOT dates, tests, advisories and failures, tax and SORN, mileage, recalls, emission zones, buying and selling checks, insurance duties, plates, servicing, warning lamps and emergencies on the road in the United Kingdom.";

/// What the vehicle is.
pub(super) fn details(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new(
                "What a vehicle is by its record cannot be told without its registration; the V5C states it too.",
            ));
        }
        return;
    };
    contradictions::asked_of(case, facts, draft);
    draft.lead(match identity_line(facts) {
        Some(line) => line.say("."),
        None => Line::new("What the record says of the vehicle itself is below."),
    });
    let weight = facts.record.revenue_weight_kg.as_ref().filter(|fact| fact.value > 0);
    if case.measured.has(&["weight", "heavy", "weigh", "weighs"]) {
        draft.lead(match weight {
            Some(fact) => Line::new("Its revenue weight is ").number(fact.value).say(" kg").cite(fact).say("."),
            None => Line::new("Its weight is not on record."),
        });
    }
    identity_lines(facts, draft);
    [co2_line(facts), euro_line(facts)].into_iter().flatten().for_each(|line| draft.known(line));
    if let Some(fact) = &facts.record.type_approval {
        draft.known(Line::new("Type approval: ").quote(&fact.value).cite(fact));
    }
    if let Some(fact) = weight {
        draft.known(Line::new("Revenue weight: ").number(fact.value).say(" kg").cite(fact));
    }
    let missing = [
        (facts.record.make.is_none(), "Its make."),
        (facts.record.model.is_none(), "Its model."),
        (facts.record.colour.is_none(), "Its colour."),
        (facts.record.fuel_type.is_none(), "Its fuel."),
        (facts.record.engine_cc.is_none() && !facts.is_zero_emission(), "Its engine size."),
        (facts.record.first_registered.is_none(), "Its date of first registration."),
    ];
    missing.into_iter().filter(|(missing, _)| *missing).for_each(|(_, what)| draft.unknown(Line::new(what)));
    draft.unknown(Line::new("Trim, gearbox, equipment and service history: no record here holds them."));
    draft.step(Line::new(
        "Compare these details with the V5C and the vehicle; a difference in make or colour needs an explanation.",
    ));
}

/// Everything of weight.
pub(super) fn overview(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else { return };
    if let Some(line) = identity_line(facts) {
        draft.lead(line.say("."));
    }
    draft.lead(mot_line(facts).say("."));
    draft.lead(tax_line(facts).say("."));
    identity_lines(facts, draft);
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    notes(facts, draft, |note| note.concern >= Urgency::Plan);
    for line in super::marks::earlier_lines(facts) {
        draft.known(line);
    }
    draft.known(mileage_line(facts));
    facts.mileage().anomalies.iter().take(2).for_each(|odd| draft.known(anomaly_line(odd)));
    draft.known(recall_line(facts));
    v5c_line(facts, draft);
    // What bars it from the road is as urgent here as in the vehicle's report.
    driving::bars(facts, draft);
    if !facts.mot.is_lacking() {
        state_reason(case, facts, draft, false);
    }
    if !facts.tax.is_lacking() {
        tax_reason(case, facts, draft, false);
    }
    recall_reason(facts, draft);
    export_reason(facts, draft);
    draft.unknown(Line::new("Condition today, service history, finance, accidents and number of keepers."));
    draft.step(Line::new(
        "Ask about one point for more: the MOT, the advisories, the mileage, tax, emission zones or buying it.",
    ));
}

/// What the advisor can do.
pub(super) fn capabilities(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("This adviser works without a network or a language model, from the vehicle's record and a list of sourced rules."));
    draft.lead(Line::new(FIELDS));
    if case.facts.is_none() {
        draft.step(Line::new("Ask a question and name a registration."));
    }
}

/// Something that rules alone answer.
pub(super) fn ruled(index: usize, case: &Case<'_>, draft: &mut Draft) {
    let Some(entry) = RULED.get(index) else { return };
    let mut rules = entry.rules.iter().filter_map(|id| case.rules.get(id));
    if let Some(rule) = rules.next() {
        draft.lead_rule(rule);
    }
    rules.for_each(|rule| draft.rule(Some(rule)));
    draft.step(Line::new(entry.step));
}

/// Something that is asked often and held nowhere here.
pub(super) fn not_held(index: usize, case: &Case<'_>, draft: &mut Draft) {
    let Some(entry) = NOT_HELD.get(index) else { return };
    draft.lead(Line::new("This adviser holds no rule or record on ").say(entry.what).say("."));
    draft.step(Line::new("Look it up here: ").say(entry.whither).say("."));
    draft.unknown(Line::new("Anything on ").say(entry.what).say("."));
    if let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) {
        // What identifies the vehicle helps at the place named.
        if case.ask.topics.iter().all(|topic| matches!(topic, Topic::NotHeld(_))) {
            identity_lines(facts, draft);
        }
    }
}

/// Whether the question is about vehicles at all.
pub(super) fn is_about_vehicles(case: &Case<'_>) -> bool {
    case.ask.wants(Intent::Vehicle) || !case.ask.found.is_empty()
}

/// No topic was found: off-topic, or a question about the vehicle in words that are not known.
pub(super) fn unmatched(case: &Case<'_>, draft: &mut Draft) {
    if !case.ask.found.is_empty() {
        case.ask.found.iter().take(1).for_each(|rule| draft.lead_rule(rule));
        case.ask.found.iter().for_each(|rule| draft.rule(Some(rule)));
        alerts(case, draft);
        state_of_record(case, draft);
        return;
    }
    if !case.ask.wants(Intent::Vehicle) {
        draft.lead(Line::new("That is outside what this adviser knows, so it gives no answer to it."));
        draft.lead(Line::new(FIELDS));
        draft.step(Line::new("Ask about a vehicle, or about driving and keeping one in the United Kingdom."));
        return;
    }
    draft.lead(Line::new(if case.facts.is_some_and(|facts| facts.record.is_known()) {
        "This adviser holds no rule that answers the question; here is what the record says, for what it is worth."
    } else {
        "This adviser holds no rule that answers the question."
    }));
    draft.unknown(Line::new("The answer itself: the question matches nothing that is held here."));
    draft.step(Line::new("Ask in other words, or ask a garage or the authority in charge."));
    draft.step(Line::new(FIELDS));
    if let Some(facts) = record(case, draft) {
        identity_lines(facts, draft);
        draft.known(mot_line(facts));
        draft.known(tax_line(facts));
        notes(facts, draft, |note| note.concern >= Urgency::Soon);
        alerts(case, draft);
        state_of_record(case, draft);
    }
}

/// The step that goes before every other: a vehicle with a dangerous defect is not driven.
pub(super) fn danger_first(case: &Case<'_>, draft: &mut Draft) {
    if case.facts.is_some_and(Facts::is_dangerous) {
        draft.step(Line::new("Do not drive it: have the dangerous defect repaired on the spot, or have it recovered to a garage and retested."));
    }
}

/// Grave facts of the record that were not asked about.
pub(super) fn alerts(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    if let Some(line) = danger_line(facts)
        && !draft.reasons.iter().any(|(urgency, line)| *urgency == Urgency::StopNow && line.text.contains("dangerous"))
    {
        draft.reason(Urgency::StopNow, line);
    }
    if driving::is_asked(case) && !case.ask.is_about(Topic::Zones) {
        state_reason(case, facts, draft, true);
        tax_reason(case, facts, draft, true);
        recall_reason(facts, draft);
        draft.known(export_line(facts));
        return;
    }
    // In an answer about something else, what is grave but was not asked about comes after what was.
    let mut besides = Draft::default();
    state_reason(case, facts, &mut besides, false);
    if !matches!(facts.tax, Tax::Taxed(_)) {
        tax_reason(case, facts, &mut besides, false);
    }
    recall_reason(facts, &mut besides);
    export_reason(facts, &mut besides);
    for (urgency, line) in besides.reasons {
        let told = draft.reasons.iter().any(|(_, there)| there.text == line.text);
        if urgency >= Urgency::Soon && !told {
            draft.known(Line::new("Besides: ").then(line));
        }
    }
}

/// How good the record is: its age, sources that failed, contradictions.
pub(super) fn state_of_record(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    if let Some(days) = facts.record_age_days().filter(|days| *days >= OLD_AFTER_DAYS) {
        draft.unknown(
            Line::new("What changed since the record was read, ").days(days).say(" ago: it is old; have it read anew."),
        );
    }
    for (source, what) in
        [(RecordSource::Dvla, "Tax, CO2 and V5C data from the DVLA"), (RecordSource::Dvsa, "MOT history from the DVSA")]
    {
        let why = match facts.outcome(source) {
            Some(ReadingOutcome::Found) => continue,
            Some(ReadingOutcome::NotFound) => ": it does not know this vehicle.",
            Some(ReadingOutcome::Failed) => ": it could not be read.",
            Some(ReadingOutcome::Stale) => ": it could not be read now; what it said before is used.",
            None => ": it was not asked.",
        };
        draft.unknown(Line::new(what).say(why));
    }
    contradictions::conflicts(case, facts, draft);
}
