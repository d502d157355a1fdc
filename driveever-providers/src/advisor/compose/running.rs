//! Topics of use: service, lamps, smoke, flood, breakdown, costs, belts, fuel.

use driveever_core::vehicle::report::Component;

use super::{
    Case,
    facts_lines::{
        average_line, count, fuel_words, mileage_line, mot_line, note_line, plain_note, record, registered_line,
        tax_line,
    },
    notes::notes,
    road_tax::amount,
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Kind},
        topics::Topic,
    },
    rules::{Rule, Urgency},
};

/// The rule on smoke that is none.
const NORMAL_SMOKE: &str = "symptom.smoke-cold";

/// Service intervals; what was done is on no record.
pub(super) fn service(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("The handbook's schedule decides; typical intervals are below."));
    let electric = case.facts.is_some_and(Facts::is_zero_emission);
    if electric {
        draft.lead(Line::new("By its recorded fuel it has no engine oil, exhaust or timing belt to service."));
        draft.rule(case.rules.get("ev.battery-warranty"));
    } else {
        draft.rule(case.rules.get("oil.change"));
        draft.rule(case.rules.get("timing-belt.interval"));
    }
    for id in ["brakes.fluid", "coolant.change", "brakes.pads", "battery.life", "tyres.advice"] {
        draft.rule(case.rules.get(id));
    }
    draft.unknown(Line::new("When it was last serviced and what was done: no record here holds that."));
    draft.step(Line::new(
        "Look up the last entry in the service book, and book what is due by time or miles, whichever comes first.",
    ));
    draft.cost(Line::new("No sourced figure for a service is held; ask for a fixed price in writing."));
    let Some(facts) = record(case, draft) else { return };
    draft.known(mileage_line(facts));
    usage(facts, draft);
    draft.known(registered_line(facts));
    notes(facts, draft, |note| note.concern >= Urgency::Plan);
    draft.known(mot_line(facts));
}

fn usage(facts: &Facts<'_>, draft: &mut Draft) {
    draft.known(average_line(Line::new("Average use: "), facts));
}

/// Warning lamps by colour: the rule of the colour that was named, and else all of them.
pub(super) fn warning_lamps(case: &Case<'_>, draft: &mut Draft) {
    let named: Vec<&'static Rule> =
        case.rules.iter().filter(|rule| rule.topic == "lamps" && case.ask.touches(&rule.id)).collect();
    let urgency = named.iter().filter_map(|rule| rule.urgency).max().unwrap_or(Urgency::Soon);
    match named.first() {
        Some(rule) => draft.lead_rule(rule),
        None if !case.ask.symptoms.is_empty() => {}
        None => draft.lead(Line::new("The colour decides: red means stop, amber means have it checked soon, green, blue or white is information.")),
    }
    if case.ask.symptoms.is_empty() && urgency > Urgency::Information {
        draft.reason(
            urgency,
            Line::new(
                "A warning lamp that stays on needs a check before a trip; a red one means stop as soon as it is safe.",
            ),
        );
    }
    for rule in &named {
        draft.rule(Some(rule));
    }
    if named.is_empty() {
        for id in ["lamps.red", "lamps.amber", "lamps.other"] {
            draft.rule(case.rules.get(id));
        }
    }
    draft.rule(case.rules.get("mot.warning-lamps"));
    draft.unknown(Line::new("Which fault lit the lamp: only the handbook's page and the stored fault codes tell."));
    draft.step(Line::new(
        "Match the symbol with the handbook, check levels with the engine cold, and have the fault codes read.",
    ));
    draft.cost(Line::new("No sourced figure for a diagnosis or the repair behind a lamp is held."));
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    related(facts, draft, |text| {
        ["lamp", "light", "mil", "warning", "malfunction"].iter().any(|word| text.contains(word))
    });
}

/// Notes of recent tests whose text fits.
fn related(facts: &Facts<'_>, draft: &mut Draft, fits: impl Fn(&str) -> bool) {
    let mut shown = 0;
    for test in facts.tests.iter().take(4) {
        for note in test.notes().iter().filter(|note| fits(&note.defect.text.to_lowercase())).take(3) {
            draft.known(plain_note(note, test));
            shown += 1;
        }
    }
    if shown == 0
        && let Some(latest) = facts.latest()
    {
        draft.known(Line::new("The newest test notes nothing of this kind").cite_test(latest));
    }
}

/// Smoke from the exhaust.
pub(super) fn smoke(case: &Case<'_>, draft: &mut Draft) {
    let zero_emission = case.facts.is_some_and(Facts::is_zero_emission);
    if !zero_emission && case.ask.symptoms.iter().any(|rule| rule.id == NORMAL_SMOKE) {
        draft.unknown(Line::new(
            "Whether it is that: smoke that stays once the engine is warm, or is thick or coloured, is not.",
        ));
        draft.step(Line::new(
            "Nothing needs doing while it goes away by itself; keep an eye on the coolant level, with the engine cold.",
        ));
        return;
    }
    if let Some(rule) = case.rules.get("smoke.colours") {
        draft.lead_rule(rule);
    }
    draft.lead(Line::new("Smoke from anywhere but the exhaust is an emergency: stop, engine off, everyone out."));
    draft.reason(
        Urgency::Soon,
        Line::new("Exhaust smoke that stays once the engine is warm needs a check soon; thick white smoke means stop."),
    );
    draft.unknown(Line::new("The cause: only an inspection finds it."));
    draft.step(Line::new("Check oil and coolant levels with the engine cold, do not drive on with thick white smoke, and have it diagnosed."));
    draft.cost(Line::new("No sourced figure for the repair is held."));
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    if let Some(fact) = &facts.record.fuel_type {
        draft.known(fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    if facts.is_zero_emission() {
        draft.reason(Urgency::StopNow, Line::new("By its recorded fuel this vehicle has no exhaust: any smoke from it is an emergency. Stop, get out and stay away."));
        draft.rule(case.rules.get("emergency.ev-battery"));
    }
    for part in [Component::Exhaust, Component::Oil, Component::Cooling, Component::Engine] {
        for (test, note) in
            facts.tests.iter().take(4).flat_map(|test| test.notes().iter().map(move |note| (test, note)))
        {
            if note.concerns(part) {
                draft.known(plain_note(note, test));
            }
        }
    }
}

/// Flooding.
pub(super) fn flood(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("emergency.flood"));
    if let Some(rule) = case.rules.get("emergency.flood") {
        draft.reason(Urgency::Soon, Line::default().rule_words(rule, &rule.statement));
        rule.steps.iter().for_each(|step| draft.step(Line::default().rule_words(rule, step)));
    }
    draft.unknown(Line::new("Whether water entered engine, gearbox or electrics: only an inspection tells."));
    if case.facts.is_some_and(Facts::is_zero_emission) {
        draft.rule(case.rules.get("emergency.ev-battery"));
    }
}

/// Breaking down, and not starting.
pub(super) fn breakdown(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("emergency.motorway"));
    draft.rule(case.rules.get("battery.life"));
    if let Some(rule) = case.rules.get("emergency.breakdown") {
        draft.reason(Urgency::Soon, Line::default().rule_words(rule, &rule.statement));
        rule.steps.iter().for_each(|step| draft.step(Line::default().rule_words(rule, step)));
    }
    draft.unknown(Line::new("Why it stopped or does not start, and whether you have breakdown cover."));
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    for part in [Component::Electrical, Component::Engine, Component::FuelSystem] {
        for (test, note) in
            facts.tests.iter().take(3).flat_map(|test| test.notes().iter().map(move |note| (test, note)))
        {
            if note.concerns(part) {
                draft.known(plain_note(note, test));
            }
        }
    }
    draft.known(mileage_line(facts));
}

/// What it costs to keep: the part that is sourced.
pub(super) fn running_costs(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("Of the yearly costs only tax, the MOT fee and zone charges have sourced figures here; fuel, insurance, service and repairs do not."));
    draft.unknown(Line::new("Fuel, insurance, service, tyres, repairs and loss of value of this vehicle in money."));
    draft.step(Line::new(
        "Add quotes for insurance and service, and your miles by the price of fuel, to the figures below.",
    ));
    if let Some(rule) = case.rules.get("mot.fee")
        && let Some(figure) = rule.figure(if case.facts.is_some_and(|facts| facts.kind == Kind::Motorcycle) {
            "motorcycle"
        } else {
            "car"
        })
    {
        draft.cost(Line::new("MOT test a year, at most: ").amount(rule, figure));
        draft.rule(Some(rule));
    }
    draft.rule(case.rules.get("value.depreciation"));
    let Some(facts) = record(case, draft) else { return };
    amount(case, facts, draft);
    draft.known(tax_line(facts));
    draft.known(mot_line(facts));
    usage(facts, draft);
    if notes(facts, draft, |note| note.concern >= Urgency::Plan) > 0 {
        draft.step(Line::new("Have the noted points priced: they are the repairs that can be foreseen."));
    }
    if case.ask.is_about(Topic::Zones) {
        super::papers::zones(case, draft);
    }
}

/// What a repair costs: no figure is held, and what can be done instead.
pub(super) fn repair_costs(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new(
        "No sourced figure for repairs or parts is held here, so no price is named: it would be made up.",
    ));
    draft.cost(Line::new("No sourced figure for this repair is held."));
    draft.unknown(Line::new("The price of the work: it depends on part, labour rate, place and what is found."));
    draft.step(Line::new(
        "Get written quotes for the same work from more than one garage, parts and labour apart, with VAT.",
    ));
    let Some(facts) = record(case, draft) else { return };
    let Some(latest) = facts.latest() else {
        draft.known(mot_line(facts));
        return;
    };
    let parts: Vec<Component> = case
        .ask
        .topics
        .iter()
        .filter_map(|topic| if let Topic::Part(part) = topic { Some(*part) } else { None })
        .collect();
    let wanted =
        facts.open_notes().into_iter().filter(|note| parts.is_empty() || parts.iter().any(|part| note.concerns(*part)));
    let lines: Vec<Line> = wanted.map(|note| note_line(note, latest, facts)).collect();
    if !lines.is_empty() {
        draft.lead(Line::default().count(count(lines.len())).say(if lines.len() == 1 {
            " note of the newest test names work to have quoted."
        } else {
            " notes of the newest test name work to have quoted."
        }));
    }
    for line in lines {
        draft.known(line);
    }
    if !latest.entry.passed {
        draft.rule(case.rules.get("mot.retest"));
    }
    if facts
        .record
        .recall
        .as_ref()
        .is_some_and(|fact| fact.value == driveever_core::vehicle::record::RecallStatus::Outstanding)
    {
        draft.rule(case.rules.get("recall.rule"));
        draft.known(super::facts_lines::recall_line(facts));
    }
}

/// Timing belts: the typical interval beside the vehicle's age and mileage.
pub(super) fn timing_belt(case: &Case<'_>, draft: &mut Draft) {
    if let Some(rule) = case.rules.get("timing-belt.interval").filter(|_| case.facts.is_none() && !draft.answers()) {
        draft.lead_rule(rule);
    }
    draft.rule(case.rules.get("timing-belt.interval"));
    draft.unknown(Line::new(
        "Whether this engine has a belt or a chain, and when a belt was last changed: no record here holds that.",
    ));
    draft.step(Line::new("Look up the maker's interval by engine code, and ask for the invoice of the last change; without one, treat it as not done."));
    draft.cost(Line::new("No sourced figure for a belt change is held."));
    let Some(facts) = record(case, draft) else { return };
    if facts.is_zero_emission() {
        draft.lead(Line::new("By its recorded fuel it has no engine, so there is no timing belt."));
        if let Some(fact) = &facts.record.fuel_type {
            draft.known(fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
        }
        return;
    }
    draft.known(registered_line(facts));
    draft.known(mileage_line(facts));
    usage(facts, draft);
    let figure = |name: &str| {
        case.rules.get("timing-belt.interval").and_then(|rule| rule.figure(name)).and_then(|figure| figure.value)
    };
    let over_age = facts.age_years().zip(figure("belt-years")).is_some_and(|(age, limit)| f64::from(age) >= limit);
    let over_miles = facts
        .mileage()
        .readings
        .last()
        .zip(figure("belt-miles"))
        .is_some_and(|(reading, limit)| f64::from(reading.miles) >= limit);
    if over_age || over_miles {
        draft.lead(Line::new("By its ").say(match (over_age, over_miles) {
            (true, true) => "age and mileage",
            (true, false) => "age",
            _ => "mileage",
        }).say(" it is past the typical interval of the first belt, so proof of a change matters, if it has a belt."));
        draft.reason(Urgency::Plan, Line::new("It is past the typical interval of a first timing belt: find out whether it has a belt and when it was changed."));
    } else {
        draft.lead(Line::new(
            "By its age and recorded mileage it has not reached the typical interval of a first belt.",
        ));
    }
}
