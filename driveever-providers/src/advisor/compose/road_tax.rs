//! Topics of vehicle tax: whether it is taxed, what a year costs, and the declaration that it is off the road.

use driveever_core::vehicle::report::SOON_DAYS;

use super::{
    Case, driving,
    facts_lines::{basis, co2_line, mot_line, mot_words, record, registered_line, tax_line},
    mot::state_reason,
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Kind, Mot, Tax},
        tax::{Missing, Scheme, YearlyTax, yearly_tax},
        topics::{Intent, Topic},
    },
    rules::Urgency,
};

/// Whether it is taxed, until when, and what a year costs.
pub(super) fn tax(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        tax_rules(case, draft);
        return;
    };
    let cost = case.ask.wants(Intent::Cost);
    without_mot(case, facts, draft);
    if !cost || case.ask.wants(Intent::When) {
        draft.lead(tax_line(facts).say("."));
    }
    if case.ask.touches("tax.co2-bands-2026") {
        draft.lead(match co2_line(facts) {
            Some(line) => line.say("."),
            None => Line::new("Its CO2 figure, which decides the band, is not on record."),
        });
    }
    amount(case, facts, draft);
    draft.known(tax_line(facts));
    tax_reason(case, facts, draft, true);
    match facts.tax {
        Tax::Untaxed(_) | Tax::Lapsed(_) | Tax::NotForRoad => {
            draft.rule(case.rules.get("tax.untaxed-penalty"));
            draft.rule(case.rules.get("tax.how"));
            draft.step(driving::tax_step(facts));
        }
        Tax::Sorn => {
            draft.rule(case.rules.get("sorn.road-penalty"));
            draft.step(Line::new("Tax it before it returns to a road; that ends the SORN."));
        }
        Tax::Taxed(_) => {
            draft.rule(case.rules.get("tax.how"));
            draft.step(Line::new(if facts.is_barred_by_mot() {
                "Book an MOT test first: the tax cannot be renewed without one."
            } else {
                "Renew it by the due date on GOV.UK, or keep the direct debit running."
            }));
        }
        Tax::Unknown => draft.step(Line::new("Check the tax on GOV.UK with the registration.")),
    }
    if facts.mot.is_lacking() {
        draft.known(mot_line(facts));
    }
    if facts.is_zero_emission() {
        draft.rule(case.rules.get("tax.electric-mileage"));
    }
    if case.ask.wants(Intent::Purchase) {
        draft.rule(case.rules.get("tax.on-sale"));
    }
}

/// Whether it can be taxed without an MOT, where that is asked.
fn without_mot(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let taxing = case.ask.wants(Intent::ToTax) && facts.mot.is_lacking();
    if !case.ask.wants(Intent::WithoutMot) && !taxing {
        return;
    }
    let line = match facts.mot {
        _ if facts.is_barred_by_mot() => mot_words(Line::new("No, not before it has an MOT: "), facts, false),
        mot if mot.is_lacking() => {
            Line::new("Only if it is exempt from the MOT by its age, which is declared when taxing it")
        }
        Mot::FirstDue(_) => Line::new("Yes, while it is too new to need an MOT"),
        mot if mot.is_in_order() => mot_words(Line::new("It has the MOT that taxing it needs: "), facts, false),
        _ => return,
    };
    draft.lead(line.say("."));
    if let Some(rule) = case.rules.get("tax.how") {
        draft.lead_rule(rule);
    }
}

/// The rules of tax without a vehicle: the one that the question touches, or how the scheme goes.
fn tax_rules(case: &Case<'_>, draft: &mut Draft) {
    let penalty = case.rules.get("tax.untaxed-penalty").filter(|_| case.ask.wants(Intent::Penalty));
    let how = case.rules.get("tax.how").filter(|_| case.ask.wants(Intent::WithoutMot));
    let touched = penalty.or(how).or_else(|| case.ask.touched_of("tax"));
    if let Some(rule) = touched.or_else(|| case.rules.get("tax.system")).filter(|_| !draft.answers()) {
        draft.lead_rule(rule);
    }
    let general = ["tax.system", "tax.flat-rate", "tax.co2-bands-2026"];
    if touched.is_none() || case.ask.wants(Intent::Cost) {
        for id in general {
            draft.rule(case.rules.get(id));
        }
    }
    draft.rule(case.rules.get("tax.how"));
}

/// Why the tax is urgent; `strict` when driving or tax was asked about. Of what bars driving the answer to a question about
/// that has told already.
pub(super) fn tax_reason(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft, strict: bool) {
    let told = driving::is_asked(case);
    let Some(basis) = facts.record.tax_status.as_ref().map(basis) else { return };
    match facts.tax {
        tax if tax.is_lacking() && told => {}
        Tax::Untaxed(_) | Tax::NotForRoad => {
            draft.reason(
                if strict { Urgency::StopNow } else { Urgency::Soon },
                Line::new("The record says that it is not taxed: it may not be used or kept on a road until it is.")
                    .on(basis),
            );
        }
        Tax::Taxed(Some(day)) if facts.days_to(day) <= SOON_DAYS => {
            let line = match facts.days_to(day) {
                0 => Line::new("The tax is due today, "),
                days => Line::new("The tax is due in ").days(days).say(", on "),
            };
            draft.reason(if strict { Urgency::Soon } else { Urgency::Plan }, line.date(day).say(".").on(basis));
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

/// What a year of tax costs, with what it was worked out from; in a sentence of the answer when the price was asked.
pub(super) fn amount(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let asked = case.ask.is_about(Topic::Tax) && case.ask.wants(Intent::Cost);
    match yearly_tax(facts, case.rules) {
        YearlyTax::Rate { rule, figure, current, scheme } => {
            let current = current && !rule.is_outdated_on(case.today);
            if asked {
                let line = Line::new("By the record, a year of tax costs ").amount(rule, figure);
                draft.lead(if current {
                    line.say(" at the rates of the present tax year.")
                } else {
                    line.say(" at the newest rates held, which are not those of the present tax year.")
                });
            }
            let line = Line::new("Vehicle tax for a year: ").amount(rule, figure);
            let line = match figure.until {
                Some(until) => line.say(" (rates until ").rule_date(until).say(")"),
                None => line,
            };
            draft.cost(if current { line } else { line.say("; newer rates are not held here") });
            draft.known(registered_line(facts));
            scheme_lines(case, facts, scheme, draft);
            draft.rule_of_row(rule);
            if facts.kind == Kind::Unknown {
                draft.unknown(Line::new("Whether it is taxed as a car: the record has no type approval; vans and other classes pay other rates."));
            }
        }
        YearlyTax::Historic => {
            let line = Line::new(
                "By its age it is free of vehicle tax as a historic vehicle; it must still be taxed, at nil.",
            );
            if case.ask.is_about(Topic::Tax) {
                draft.lead(line);
            } else {
                draft.known(line);
            }
            draft.rule(case.rules.get("tax.historic"));
            draft.unknown(Line::new("Whether its tax class was changed to historic: that is done once, with the V5C."));
        }
        YearlyTax::Unknown(missing) => no_amount(case, missing, asked, draft),
    }
}

/// Why no amount can be named, with the range of the table where one applies.
fn no_amount(case: &Case<'_>, missing: Missing, asked: bool, draft: &mut Draft) {
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
    if asked {
        draft.lead(match missing {
            Missing::Kind | Missing::Rates => Line::new("What a year of tax costs cannot be named: the rates of its class are not held here. GOV.UK's rate tables have them."),
            _ => Line::new("What a year of tax costs cannot be worked out from its record; the V5C states what is missing."),
        });
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
            draft.known(co2_line(facts));
        }
        Scheme::EngineSize => {
            if let Some(fact) = &facts.record.engine_cc {
                draft.known(Line::new("Engine size: ").number(fact.value).say(" cc").cite(fact));
            }
        }
        Scheme::Flat if facts.record.additional_tax_end_date.is_some() => supplement(case, facts, draft),
        Scheme::Flat => {
            let asked = case.ask.is_about(Topic::Tax) && case.ask.wants(Intent::Cost);
            if let Some(rule) = case.rules.get("tax.expensive-car").filter(|rule| case.ask.touches(&rule.id)) {
                draft.lead_rule(rule);
            }
            draft.rule(case.rules.get("tax.expensive-car"));
            draft.unknown(Line::new(
                "Its list price when new: above the limit a supplement is added in the first years.",
            ));
            if asked && facts.age_years() == Some(0) {
                draft
                    .lead(Line::new("That is from its second year on; the first year's tax was paid at registration."));
                first_year(case, facts, draft);
            }
        }
        Scheme::Electric => draft.rule(case.rules.get("tax.electric")),
    }
}

/// The expensive car supplement of a car for which the record names its end: told instead of guessed at by the list price.
fn supplement(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let Some(fact) = &facts.record.additional_tax_end_date else { return };
    let asked = case.ask.is_about(Topic::Tax) && case.ask.wants(Intent::Cost);
    if fact.value < case.today {
        draft.known(Line::new("The expensive car supplement ended on ").date(fact.value).cite(fact));
        return;
    }
    draft.known(Line::new("The expensive car supplement is due until ").date(fact.value).cite(fact));
    draft.rule(case.rules.get("tax.expensive-car"));
    let rule = case.rules.get("tax.expensive-car");
    let Some((rule, rate)) = rule.and_then(|rule| Some((rule, rule.rate("supplement", case.today)?))) else { return };
    let until = if rate.current { "" } else { ", at the newest rate held" };
    draft.cost(Line::new("Expensive car supplement for a year, on top: ").amount(rule, rate.figure).say(until));
    if asked {
        let line = Line::new("On top of that it pays the expensive car supplement, ").amount(rule, rate.figure);
        draft.lead(line.say(" a year").say(until).say(", until ").date(fact.value).say("."));
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
    if facts.is_barred_by_mot() && facts.tax != Tax::Sorn && !driving::is_asked(case) {
        let line = mot_words(Line::new("Not on a road: "), facts, false);
        draft.lead(line.say(". Without an MOT it may be neither driven nor parked there."));
        draft.rule(case.rules.get("mot.expired"));
        state_reason(case, facts, draft, true);
    }
    match facts.tax {
        Tax::Sorn => {
            if !draft.lead.iter().any(|line| line.text.contains("SORN")) {
                draft.lead(Line::new("No, not on a road: it is declared off the road (SORN), so it may be neither driven nor parked there; the only trip allowed is to a booked test."));
            }
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
        Tax::Unknown => {
            draft.lead(Line::new("Whether a SORN is made is not on record here."));
            draft.step(Line::new("Check the tax on GOV.UK with the registration: it shows a SORN too."));
        }
    }
    tax_reason(case, facts, draft, true);
}
