//! Topics of papers and duties: tax, SORN, insurance, zones, recalls, plates, keepers, import and export.

use driveever_core::vehicle::record::RecallStatus;

use super::{
    Case,
    facts_lines::{basis, co2_line, euro_line, fuel_words, mot_line, recall_line, record, registered_line, tax_line},
    mot::SOON_DAYS,
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Kind, Mot, Tax},
        tax::{Missing, Scheme, YearlyTax, yearly_tax},
        topics::Intent,
        zones::{Compliance, Ground, compliance},
    },
    rules::Urgency,
};

/// A V5C issued within this many days may mean a new keeper.
const RECENT_V5C_DAYS: i64 = 180;

/// Whether it is taxed, until when, and what a year costs.
pub(super) fn tax(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        draft.rule(case.rules.get("tax.system"));
        draft.rule(case.rules.get("tax.flat-rate"));
        draft.rule(case.rules.get("tax.co2-bands-2026"));
        draft.rule(case.rules.get("tax.how"));
        return;
    };
    if !case.ask.wants(Intent::Cost) || case.ask.wants(Intent::When) {
        draft.lead(tax_line(facts).say("."));
    }
    amount(case, facts, draft);
    draft.known(tax_line(facts));
    tax_reason(facts, draft, true);
    match facts.tax {
        Tax::Untaxed(_) | Tax::Lapsed(_) | Tax::NotForRoad => {
            draft.rule(case.rules.get("tax.untaxed-penalty"));
            draft.rule(case.rules.get("tax.how"));
            draft.step(Line::new("Tax it on GOV.UK, or declare SORN if it stays off the road."));
        }
        Tax::Sorn => {
            draft.rule(case.rules.get("sorn.road-penalty"));
            draft.step(Line::new("Tax it before it returns to a road; that ends the SORN."));
        }
        Tax::Taxed(_) => {
            draft.rule(case.rules.get("tax.how"));
            draft.step(Line::new("Renew it by the due date on GOV.UK, or keep the direct debit running."));
        }
        Tax::Unknown => draft.step(Line::new("Check the tax on GOV.UK with the registration.")),
    }
    if matches!(facts.mot, Mot::Expired(_) | Mot::NotValid) {
        draft.known(mot_line(facts));
    }
    if facts.is_zero_emission() {
        draft.rule(case.rules.get("tax.electric-mileage"));
    }
    if case.ask.wants(Intent::Purchase) {
        draft.rule(case.rules.get("tax.on-sale"));
    }
}

/// Why the tax is urgent; `strict` when driving or tax was asked about.
pub(super) fn tax_reason(facts: &Facts<'_>, draft: &mut Draft, strict: bool) {
    let Some(basis) = facts.record.tax_status.as_ref().map(basis) else { return };
    match facts.tax {
        Tax::Untaxed(_) | Tax::NotForRoad => {
            draft.reason(
                Urgency::Soon,
                Line::new("The record says that it is not taxed: it may not be used or kept on a road until it is.")
                    .on(basis),
            );
        }
        Tax::Taxed(Some(day)) if facts.days_to(day) <= SOON_DAYS => {
            draft.reason(
                if strict { Urgency::Soon } else { Urgency::Plan },
                Line::new("The tax is due within ").days(facts.days_to(day)).say(", on ").date(day).say(".").on(basis),
            );
        }
        Tax::Lapsed(day) => draft.reason(
            Urgency::Soon,
            Line::new("The tax due date on record, ")
                .date(day)
                .say(", has passed: check whether it was renewed.")
                .on(basis),
        ),
        Tax::Sorn if strict => draft.reason(
            Urgency::Information,
            Line::new("It is declared off the road: it may not be used or kept on a road.").on(basis),
        ),
        _ => {}
    }
}

/// What a year of tax costs, with what it was worked out from.
pub(super) fn amount(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    match yearly_tax(facts, case.rules) {
        YearlyTax::Rate { rule, figure, current, scheme } => {
            let line = Line::new("By the record, a year of tax costs ").amount(rule, figure);
            draft.lead(if current {
                line.say(" at the rates of the present tax year.")
            } else {
                line.say(" at the newest rates held, which are not those of the present tax year.")
            });
            let line = Line::new("Vehicle tax for a year: ").amount(rule, figure);
            let line = match figure.until {
                Some(until) => line.say(" (rates until ").rule_date(until).say(")"),
                None => line,
            };
            draft.cost(line);
            draft.known(registered_line(facts));
            scheme_lines(case, facts, scheme, draft);
            draft.rule(Some(rule));
            if facts.kind == Kind::Unknown {
                draft.unknown(Line::new("Whether it is taxed as a car: the record has no type approval; vans and other classes pay other rates."));
            }
        }
        YearlyTax::Historic => {
            draft.lead(Line::new(
                "By its age it is free of vehicle tax as a historic vehicle; it must still be taxed, at nil.",
            ));
            draft.rule(case.rules.get("tax.historic"));
            draft.unknown(Line::new("Whether its tax class was changed to historic: that is done once, with the V5C."));
        }
        YearlyTax::Unknown(missing) => no_amount(case, missing, draft),
    }
}

/// Why no amount can be named, with the range of the table where one applies.
fn no_amount(case: &Case<'_>, missing: Missing, draft: &mut Draft) {
    draft.unknown(Line::new(match missing {
        Missing::Registration => "Its tax rate: the date of first registration is not on record.",
        Missing::Co2 => "Its tax rate: the CO2 figure is not on record, or stands at nothing.",
        Missing::EngineSize => "Its tax rate: the engine's size is not on record.",
        Missing::Kind => "Its tax rate: the rates of vans and heavy vehicles are not held here.",
        Missing::Rates => "Its tax rate: no rate for it is held here.",
    }));
    let table = match missing {
        Missing::Co2 => case.rules.get("tax.co2-bands-2026"),
        Missing::EngineSize => case.rules.get("tax.pre-2001"),
        Missing::Registration => case.rules.get("tax.system"),
        Missing::Kind | Missing::Rates => None,
    };
    if missing != Missing::Kind {
        draft.lead(Line::new(
            "What a year of tax costs cannot be worked out from its record; the V5C states what is missing.",
        ));
    }
    let Some(rule) = table else { return };
    draft.rule(Some(rule));
    if let Some((least, most)) = rule.figures.first().zip(rule.figures.last()) {
        let line = Line::new("Vehicle tax for a year, in the table that applies to it: from ").amount(rule, least);
        draft.cost(line.say(" to ").amount(rule, most));
    }
}

fn scheme_lines(case: &Case<'_>, facts: &Facts<'_>, scheme: Scheme, draft: &mut Draft) {
    match scheme {
        Scheme::Co2Band => {
            draft.rule(case.rules.get("tax.system"));
            draft.known(co2_line(facts));
        }
        Scheme::EngineSize => {
            if let Some(fact) = &facts.record.engine_cc {
                draft.known(Line::new("Engine size: ").number(fact.value).say(" cc").cite(fact));
            }
        }
        Scheme::Flat => {
            draft.rule(case.rules.get("tax.expensive-car"));
            draft.unknown(Line::new(
                "Its list price when new: above the limit a supplement is added in the first years.",
            ));
            if facts.age_years() == Some(0) {
                draft
                    .lead(Line::new("That is from its second year on; the first year's tax was paid at registration."));
                first_year(case, facts, draft);
            }
        }
        Scheme::Electric => draft.rule(case.rules.get("tax.electric")),
    }
}

/// The first year's tax, which was paid at registration.
fn first_year(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let co2 = if facts.is_zero_emission() {
        Some(0)
    } else {
        facts.record.co2_emissions.as_ref().map(|fact| fact.value).filter(|co2| *co2 > 0)
    };
    let Some((rule, co2)) = case.rules.get("tax.first-year").zip(co2) else { return };
    if let Some(rate) = rule.row("first-year", co2, case.today) {
        draft.cost(Line::new("First year's tax, paid at registration: ").amount(rule, rate.figure));
        draft.rule(case.rules.get(if facts.is_zero_emission() { "tax.electric" } else { "tax.first-year" }));
    }
}

/// Off-road declaration.
pub(super) fn sorn(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("sorn.rule"));
    draft.rule(case.rules.get("sorn.road-penalty"));
    draft.rule(case.rules.get("insurance.minimum"));
    let Some(facts) = record(case, draft) else {
        draft.lead(Line::new("A SORN keeps an untaxed or uninsured vehicle legal while it stays off the road."));
        return;
    };
    draft.known(tax_line(facts));
    draft.known(mot_line(facts));
    match facts.tax {
        Tax::Sorn => {
            draft.lead(Line::new("It is declared off the road: it may not be driven or parked on a road; the only trip allowed is to a booked test."));
            draft.step(Line::new(
                "Before it returns to a road: insurance, MOT if one is due, then tax, which ends the SORN.",
            ));
        }
        Tax::Taxed(_) => {
            draft.lead(Line::new("It is taxed, so no SORN is on record."));
            draft.rule(case.rules.get("tax.refund"));
            draft.step(Line::new("To take it off the road, declare SORN on GOV.UK."));
        }
        Tax::Untaxed(_) | Tax::NotForRoad | Tax::Lapsed(_) => {
            draft.lead(Line::new("It is not taxed and no SORN is on record: one of the two is needed."));
            draft.step(Line::new("Declare SORN on GOV.UK today if it stays off the road, or tax it."));
        }
        Tax::Unknown => draft.lead(Line::new("Whether a SORN is made is not on record here.")),
    }
    tax_reason(facts, draft, true);
}

/// Insurance duties; cover itself is on no record.
pub(super) fn insurance(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("No record here shows whether or how a vehicle is insured; what the law asks for is below."));
    draft.rule(case.rules.get("insurance.minimum"));
    draft.rule(case.rules.get("insurance.uninsured-driving"));
    draft.rule(case.rules.get("insurance.uninsured-keeper"));
    draft.unknown(Line::new("Cover, insurer, premium and claims of any vehicle."));
    draft.step(Line::new("Check your own vehicle at askMID, and ask the insurer about the terms of the policy."));
    draft.cost(Line::new("No sourced figure for a premium is held; it depends on driver, place and use."));
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    draft.known(mot_line(facts));
    draft.known(tax_line(facts));
    if matches!(facts.mot, Mot::Expired(_) | Mot::NotValid) {
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
    let Some(facts) = record(case, draft) else { return };
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
        Ground::Euro(_) => line.say("by the Euro standard on record."),
        Ground::Registration(day) => line
            .say("by its first registration on ")
            .date(day)
            .say(" and its fuel; the Euro standard itself is not on record."),
    };
    draft.lead(match compliance(facts, case.rules) {
        Compliance::Likely(why) => ground(Line::new("It likely meets the ULEZ standard: "), why),
        Compliance::Unlikely(_) if historic => Line::new(
            "It does not meet the ULEZ standard, but a vehicle in the historic tax class is said to be exempt.",
        ),
        Compliance::Unlikely(why) => {
            ground(Line::new("It likely does not meet the ULEZ standard, so a daily charge would apply: "), why)
        }
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
    draft.rule(case.rules.get("recall.rule"));
    draft.step(Line::new("Ask a dealer of the make with the VIN; a recall repair is free."));
    let Some(facts) = record(case, draft) else { return };
    if let Some(line) = recall_line(facts) {
        draft.lead(line.clone().say("."));
        draft.known(line);
    } else {
        draft.lead(Line::new("No source states anything on recalls for it; that does not mean that there is none."));
        draft.unknown(Line::new("Its recall state: no source gave one."));
    }
    recall_reason(facts, draft);
    if facts.record.recall.is_some() {
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
    draft.lead(Line::new("What a legal number plate looks like is in the rule below."));
    draft.rule(case.rules.get("plates.standard"));
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

/// Import and export.
pub(super) fn import_export(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("import.nova"));
    draft.rule(case.rules.get("export.tell-dvla"));
    draft.step(Line::new(
        "Follow GOV.UK's page on importing or exporting vehicles in its order; registration comes last on import.",
    ));
    draft.unknown(Line::new("Duty and tax on a particular import: they depend on origin, age and value."));
    let Some(facts) = record(case, draft) else { return };
    match &facts.record.marked_for_export {
        Some(fact) if fact.value => {
            draft.lead(Line::new("The record marks it as exported."));
            draft.known(Line::new("Marked for export: yes").cite(fact));
            draft.reason(
                Urgency::Soon,
                Line::new("It is marked as exported on record: find out why before using or buying it here."),
            );
        }
        Some(fact) => {
            draft.lead(Line::new("The record does not mark it for export."));
            draft.known(Line::new("Marked for export: no").cite(fact));
        }
        None => draft.unknown(Line::new("Whether it is marked for export: no source states it.")),
    }
    draft.unknown(Line::new("Whether it was imported: the record does not say so by itself."));
    draft.known(registered_line(facts));
}

/// Keepers and the log book.
pub(super) fn keeper(case: &Case<'_>, draft: &mut Draft) {
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
            let line = Line::new("Last V5C issued on ").date(fact.value).say(", ").days(days).say(" ago");
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
        draft.rule(case.rules.get("tax.historic"));
        draft.rule(case.rules.get("mot.age-exemption"));
        return;
    };
    if let Some(line) = registered_line(facts) {
        draft.lead(line.clone().say("."));
        draft.known(line);
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
