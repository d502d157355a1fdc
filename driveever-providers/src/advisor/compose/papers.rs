//! Topics of papers and duties: insurance, zones, recalls, plates, keepers, import and export.

use driveever_core::vehicle::record::RecallStatus;

use super::{
    Case,
    facts_lines::{ago, basis, euro_line, fuel_words, mot_line, recall_line, record, registered_line, tax_line},
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Kind},
        topics::{Intent, Topic},
        zones::{Compliance, Ground, compliance},
    },
    rules::Urgency,
};

/// A V5C issued within this many days may mean a new keeper.
const RECENT_V5C_DAYS: i64 = 180;

/// Insurance duties; cover itself is on no record.
pub(super) fn insurance(case: &Case<'_>, draft: &mut Draft) {
    let penalty = case.rules.get("insurance.uninsured-driving").filter(|_| case.ask.wants(Intent::Penalty));
    // Where it stands and whether it must be insured there are two questions.
    let standing = case.ask.is_about(Topic::Parking);
    let minimum = case.rules.get("insurance.minimum").filter(|_| standing);
    let rule = minimum.or(penalty).or_else(|| case.ask.touched_of("insurance"));
    if let Some(rule) = rule.filter(|_| standing || !draft.answers()) {
        draft.lead_rule(rule);
    } else if !draft.answers() {
        draft.lead(Line::new(
            "No record here shows whether or how a vehicle is insured; what the law asks for is below.",
        ));
    }
    draft.rule(case.rules.get("insurance.minimum"));
    draft.rule(case.rules.get("insurance.uninsured-driving"));
    draft.rule(case.rules.get("insurance.uninsured-keeper"));
    draft.unknown(Line::new("Cover, insurer, premium and claims of any vehicle."));
    draft.step(Line::new("Check your own vehicle at askMID, and ask the insurer about the terms of the policy."));
    draft.cost(Line::new("No sourced figure for a premium is held; it depends on driver, place and use."));
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    draft.known(mot_line(facts));
    draft.known(tax_line(facts));
    if let Some(line) = export_line(facts) {
        draft.known(line);
        draft.lead(Line::new("It is marked as exported on record: an insurer will ask why, and that has to be cleared up with the DVLA before it is insured for use here."));
        export_reason(facts, draft);
    }
    if facts.mot.is_lacking() {
        draft.rule(case.rules.get("insurance.no-mot"));
    }
    if facts.is_dangerous() {
        draft.known(
            Line::new("The newest test failed with a dangerous defect; tell no insurer otherwise")
                .on(crate::advisor::draft::Basis::Test(facts.latest().and_then(|test| test.day))),
        );
    }
}

/// Emission zones.
pub(super) fn zones(case: &Case<'_>, draft: &mut Draft) {
    let found = |id: &str| case.ask.touches(id);
    let (london, england, scotland) =
        (found("zones.ulez-charge") || found("zones.ulez-standard"), found("zones.caz"), found("zones.scotland"));
    let any = london || england || scotland;
    draft.rule(case.rules.get("zones.ulez-standard"));
    if england || !any {
        draft.rule(case.rules.get("zones.caz"));
    }
    if scotland || !any {
        draft.rule(case.rules.get("zones.scotland"));
    }
    if england || scotland {
        draft.unknown(Line::new("The standard of that zone: only London's is held here, as a rule of thumb."));
    }
    if london || !any {
        draft.rule(case.rules.get("zones.ulez-charge"));
        if let Some(rule) = case.rules.get("zones.ulez-charge")
            && let Some((day, penalty)) = rule.figure("day").zip(rule.figure("penalty"))
        {
            let line = Line::new("ULEZ, if the vehicle does not comply: ").amount(rule, day);
            draft.cost(line.say(" a day; penalty if unpaid: ").amount(rule, penalty));
        }
    } else {
        draft.cost(Line::new("No sourced figure for the charge or penalty of that zone is held."));
    }
    draft.step(Line::new("Enter the registration at the zone's own checker before the trip: only that is proof."));
    let Some(facts) = record(case, draft) else {
        let touched = case.ask.touched_of("zones").or_else(|| case.rules.get("zones.ulez-standard"));
        if let Some(rule) = touched.filter(|_| !draft.answers()) {
            draft.lead_rule(rule);
        }
        return;
    };
    if let Some(fact) = &facts.record.fuel_type {
        draft.known(fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    [euro_line(facts), registered_line(facts)].into_iter().flatten().for_each(|line| draft.known(line));
    let historic = facts.historic_from(case.rules).is_some_and(|from| from <= case.today);
    if historic {
        draft.rule(case.rules.get("zones.ulez-historic"));
    }
    let ground = |line: Line, ground| match ground {
        Ground::Electric => line.say("it has no exhaust."),
        Ground::Euro(number) => line.say("its Euro standard on record is ").count(i64::from(number)).say("."),
        Ground::Registration(day) => line
            .say("by its first registration on ")
            .date(day)
            .say(" and its fuel; the Euro standard itself is not on record."),
    };
    draft.lead(match compliance(facts, case.rules) {
        Compliance::Likely(why) => ground(Line::new("It likely meets the ULEZ standard: "), why),
        Compliance::Unlikely(_) if historic => Line::new(
            "It likely does not meet the ULEZ standard, but a vehicle in the historic tax class is said to be exempt.",
        ),
        Compliance::Unlikely(why) => {
            ground(Line::new("It likely does not meet the ULEZ standard, so a daily charge would apply: "), why)
        }
        Compliance::Unknown if facts.kind == Kind::Heavy => Line::new(
            "Whether it may enter without a charge cannot be told: the rules for heavy vehicles are not held here.",
        ),
        Compliance::Unknown => Line::new("Whether it meets the ULEZ standard cannot be told from its record."),
    });
    if facts.record.euro_status.is_none() && !facts.is_zero_emission() {
        draft.unknown(Line::new("Its Euro standard: not on record; the V5C may state it."));
    }
    draft.unknown(Line::new(
        "Changes of the zones since the day of the figures, and exemptions or discounts of the keeper.",
    ));
}

/// Safety recalls.
pub(super) fn recall(case: &Case<'_>, draft: &mut Draft) {
    draft.step(Line::new("Ask a dealer of the make with the VIN; a recall repair is free."));
    let Some(facts) = record(case, draft) else {
        if let Some(rule) = case.rules.get("recall.rule") {
            draft.lead_rule(rule);
        }
        return;
    };
    draft.rule(case.rules.get("recall.rule"));
    if let Some(line) = recall_line(facts) {
        draft.lead(line.clone().say("."));
        draft.known(line);
        if facts.record.recall.as_ref().is_some_and(|fact| fact.value == RecallStatus::Outstanding) {
            draft.lead(Line::new("The repair is free."));
        }
    } else {
        draft.lead(Line::new("No source states anything on recalls for it; that does not mean that there is none."));
        draft.unknown(Line::new("Its recall state: no source gave one."));
    }
    recall_reason(facts, draft);
    if facts.record.recall.as_ref().is_some_and(|fact| fact.value == RecallStatus::Outstanding) {
        draft.unknown(Line::new("Which recall it is, and what it concerns: the record holds the state only."));
    }
    draft.cost(Line::new("A recall repair costs nothing, by the rule above."));
}

/// Why a recall is urgent.
pub(super) fn recall_reason(facts: &Facts<'_>, draft: &mut Draft) {
    if let Some(fact) = facts.record.recall.as_ref().filter(|fact| fact.value == RecallStatus::Outstanding) {
        let line = Line::new(
            "A safety recall is outstanding: ask a dealer of the make now whether it may be driven until it is repaired.",
        );
        draft.reason(Urgency::Soon, line.on(basis(fact)));
    }
}

/// Number plates.
pub(super) fn plates(case: &Case<'_>, draft: &mut Draft) {
    // What a Q plate means is said of a vehicle that bears one.
    let bears_q = case.facts.is_some_and(|facts| facts.record.registration_number.starts_with('Q'));
    if let Some(rule) =
        case.rules.get("plates.q").filter(|_| bears_q && case.measured.has(&["mean", "means", "meaning", "q", "why"]))
    {
        draft.lead_rule(rule);
    }
    let touched = case.ask.touched_of("plates").or_else(|| case.rules.get("plates.standard"));
    if let Some(rule) = touched.filter(|_| !draft.answers()) {
        draft.lead_rule(rule);
    }
    if !case.ask.touches("plates.q") {
        draft.rule(case.rules.get("plates.standard"));
    }
    draft.step(Line::new("Buy plates only from a registered supplier, with the V5C and proof of identity."));
    draft.unknown(Line::new("What its plates look like: no record shows that."));
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    if facts.is_zero_emission() {
        draft.lead(Line::new("It has no exhaust by its recorded fuel, so it may carry the green flash."));
        if let Some(fact) = &facts.record.fuel_type {
            draft.known(fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
        }
    }
    for (test, note) in facts.tests.iter().take(3).flat_map(|test| test.notes().iter().map(move |note| (test, note))) {
        if note.defect.text.to_lowercase().contains("plate") {
            draft.known(super::facts_lines::plain_note(note, test));
        }
    }
}

/// Private plates.
pub(super) fn private_plate(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("A private number is moved on paper at the DVLA first, and on the vehicle only after that."));
    draft.rule(case.rules.get("plates.transfer"));
    draft.rule(case.rules.get("plates.private"));
    draft.rule(case.rules.get("plates.private-insurer"));
    draft.rule(case.rules.get("plates.standard"));
    if let Some(rule) = case.rules.get("plates.private")
        && let Some(figure) = rule.figure("assignment")
    {
        draft.cost(Line::new("Taking a number off or moving it: ").amount(rule, figure));
    }
    draft.step(Line::new("Have the V5C and the certificate for the number ready, apply on GOV.UK, and fit the plates when the DVLA confirms."));
    draft.unknown(Line::new("Whether the number may go on this vehicle: the DVLA decides, and none may make a vehicle look newer than it is."));
    if let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) {
        draft.known(registered_line(facts));
        draft.known(mot_line(facts));
        draft.known(tax_line(facts));
    }
}

/// That it is marked for export, if it is.
pub(super) fn export_line(facts: &Facts<'_>) -> Option<Line> {
    let fact = facts.record.marked_for_export.as_ref().filter(|fact| fact.value)?;
    Some(Line::new("Marked for export: yes").cite(fact))
}

/// That it is marked for export, and why that matters.
pub(super) fn export_reason(facts: &Facts<'_>, draft: &mut Draft) {
    if let Some(fact) = facts.record.marked_for_export.as_ref().filter(|fact| fact.value) {
        draft.reason(
            Urgency::Soon,
            Line::new("It is marked as exported on record: find out why before using or buying it here.")
                .on(basis(fact)),
        );
    }
}

/// Import and export.
pub(super) fn import_export(case: &Case<'_>, draft: &mut Draft) {
    let of_import = case.ask.touches("import.nova") || !case.ask.touches("export.tell-dvla");
    if let Some(rule) = case.rules.get(if of_import { "import.nova" } else { "export.tell-dvla" })
        && case.facts.is_none()
        && !draft.answers()
    {
        draft.lead_rule(rule);
    }
    draft.rule(case.rules.get("import.nova"));
    draft.rule(case.rules.get("export.tell-dvla"));
    draft.step(Line::new(
        "Follow GOV.UK's page on importing or exporting vehicles in its order; registration comes last on import.",
    ));
    draft.unknown(Line::new("Duty and tax on a particular import: they depend on origin, age and value."));
    let Some(facts) = record(case, draft) else { return };
    if of_import {
        draft.lead(match facts.record.conflicts.iter().find(|conflict| conflict.contains("import")) {
            Some(conflict) => Line::new("There are signs of it: ").quote(conflict.trim_end_matches('.')).say("."),
            None => Line::new("The record does not say whether it was imported, and shows no sign of it."),
        });
    }
    match &facts.record.marked_for_export {
        Some(fact) if fact.value => {
            draft.lead(Line::new("The record marks it as exported."));
            draft.known(export_line(facts));
            export_reason(facts, draft);
        }
        Some(fact) => {
            if !of_import {
                draft.lead(Line::new("The record does not mark it for export."));
            }
            draft.known(Line::new("Marked for export: no").cite(fact));
        }
        None => draft.unknown(Line::new("Whether it is marked for export: no source states it.")),
    }
    draft.unknown(Line::new("Whether it was imported: the record does not say so by itself."));
    draft.known(registered_line(facts));
}

/// Keepers and the log book.
pub(super) fn keeper(case: &Case<'_>, draft: &mut Draft) {
    let issued = case.facts.and_then(|facts| facts.record.last_v5c_issued.as_ref());
    if let Some(fact) = issued.filter(|_| case.ask.wants(Intent::When) || case.ask.wants(Intent::InForce)) {
        draft.lead(Line::new("The last V5C was issued on ").date(fact.value).cite(fact).say("."));
    }
    draft.lead(Line::new("Who keeps or kept a vehicle, and how many keepers it had, is on no public record; the V5C names the keeper, not the owner."));
    draft.rule(case.rules.get("buying.checks"));
    draft.unknown(Line::new("Names and number of its keepers."));
    draft.step(Line::new("Read the number of former keepers on the V5C, and meet the seller at the address on it."));
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    v5c_line(facts, draft);
    draft.known(registered_line(facts));
}

/// When the V5C was issued.
pub(super) fn v5c_line(facts: &Facts<'_>, draft: &mut Draft) {
    match &facts.record.last_v5c_issued {
        Some(fact) => {
            let days = -facts.days_to(fact.value);
            let line = ago(Line::new("Last V5C issued on ").date(fact.value).say(", "), fact.value, facts);
            draft.known(if days <= RECENT_V5C_DAYS {
                line.say("; so recent a one may mean a new keeper").cite(fact)
            } else {
                line.cite(fact)
            });
        }
        None => draft.unknown(Line::new("When its V5C was last issued.")),
    }
}

/// Age and historic status.
pub(super) fn historic(case: &Case<'_>, draft: &mut Draft) {
    let asks_status = case.ask.found.iter().any(|rule| rule.id == "tax.historic" || rule.id == "mot.age-exemption");
    let Some(facts) = record(case, draft) else {
        if let Some(rule) = case.rules.get("tax.historic").filter(|_| !draft.answers()) {
            draft.lead_rule(rule);
        }
        draft.rule(case.rules.get("tax.historic"));
        draft.rule(case.rules.get("mot.age-exemption"));
        return;
    };
    super::contradictions::asked_of(case, facts, draft);
    if let Some(line) = registered_line(facts) {
        draft.lead(line.clone().say("."));
        draft.known(line);
        let built = facts.record.manufacture_year.as_ref();
        if let Some((fact, day)) = built.zip(facts.registered())
            && i32::from(fact.value) + 1 < chrono::Datelike::year(&day)
        {
            draft.lead(Line::new("It was built in ").year(fact.value).say(", which is older").cite(fact).say("."));
        }
    } else {
        draft.unknown(Line::new("Its date of first registration."));
    }
    if let Some(fact) = &facts.record.manufacture_year {
        draft.known(Line::new("Year of manufacture: ").year(fact.value).cite(fact));
    }
    let Some(from) = facts.historic_from(case.rules) else { return };
    if from <= case.today {
        draft.lead(Line::new("By its age it counts as historic for tax since ").derived_date(from).say("."));
        draft.rule(case.rules.get("tax.historic"));
        draft.rule(case.rules.get("mot.age-exemption"));
        draft.step(Line::new("Have the tax class changed to historic with the V5C, if that was not done."));
    } else if asks_status || facts.age_years().is_some_and(|age| age >= 30) {
        draft.lead(Line::new("It becomes free of tax by age from ").derived_date(from).say("."));
        draft.rule(case.rules.get("tax.historic"));
        draft.rule(case.rules.get("mot.age-exemption"));
    }
}
