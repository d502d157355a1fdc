//! Topics of the market: mileage, buying, selling, value, finance, write-offs.

use super::{
    Case,
    defects::notes,
    facts_lines::{
        anomaly_line, count, identity_line, identity_lines, mileage_line, mot_line, recall_line, record,
        registered_line, tax_line, test_line,
    },
    mot::state_reason,
    papers::{amount, recall_reason, v5c_line},
};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::{Facts, Note},
        mileage::{Oddity, Use},
    },
    rules::Urgency,
};

/// How many readings are listed.
const SHOWN_READINGS: usize = 8;

/// Mileage, yearly use and what does not fit.
pub(super) fn mileage(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("mileage.average"));
    let Some(facts) = record(case, draft) else {
        draft.rule(case.rules.get("mileage.clocking"));
        draft.rule(case.rules.get("mileage.prevalence"));
        return;
    };
    let Some(latest) = facts.mileage.latest() else {
        draft.lead(Line::new("No mileage is on record for it."));
        draft.unknown(Line::new("Its mileage: no test on record has a reading."));
        draft.known(mot_line(facts));
        return;
    };
    draft.lead(
        Line::new("Its newest recorded mileage is ")
            .number(latest.miles)
            .say(" miles, on ")
            .date(latest.day)
            .on(Basis::Test(Some(latest.day)))
            .say("."),
    );
    judge(case, facts, draft);
    if let Some(usage) = &facts.mileage.average {
        draft.lead(
            Line::new("Average use is about ")
                .count(usage.a_year)
                .say(" miles a year since ")
                .date(usage.from.day)
                .say("."),
        );
        compare(case, usage, draft);
    } else {
        draft.unknown(Line::new("Yearly use: too few readings, or too close together."));
    }
    if let Some(usage) =
        facts.mileage.recent.filter(|recent| facts.mileage.average.is_some_and(|all| all.from.day != recent.from.day))
    {
        draft.known(
            Line::new("Newest stretch: about ")
                .count(usage.a_year)
                .say(" miles a year from ")
                .date(usage.from.day)
                .say(" to ")
                .date(usage.to.day)
                .on(Basis::Test(Some(usage.to.day))),
        );
    }
    for reading in facts.mileage.readings.iter().rev().take(SHOWN_READINGS) {
        let line = Line::new("").date(reading.day).say(": ").number(reading.miles).say(if reading.was_kilometres {
            " miles (given in kilometres)"
        } else {
            " miles"
        });
        draft.known(line.on(Basis::Test(Some(reading.day))));
    }
    let unread = facts.tests.iter().filter(|test| test.entry.odometer.is_none()).count();
    if unread > 0 {
        draft.unknown(Line::new("The mileage at ").count(count(unread)).say(" of its tests: it was not read there."));
    }
    draft.unknown(Line::new("The mileage between tests, and today."));
}

/// Whether readings fit together, with the urgency that follows.
fn judge(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    for odd in facts.mileage.anomalies.iter().take(3) {
        draft.known(anomaly_line(odd, facts));
    }
    if facts.mileage.has_drop() {
        draft.lead(Line::new("The readings do not fit together: a later one is lower than an earlier one. That can be clocking, but also a slip, a unit mix or a changed instrument."));
        draft.reason(Urgency::Soon, Line::new("A recorded mileage is lower than an earlier one: clear that up before relying on the mileage or paying for the vehicle."));
        draft.rule(case.rules.get("mileage.clocking"));
        draft.rule(case.rules.get("mileage.prevalence"));
        draft.step(Line::new("Compare service invoices and old certificates with the readings above, and ask the seller or garage for an explanation in writing."));
    } else if facts.mileage.anomalies.iter().any(|odd| odd.kind != Oddity::Drop) {
        draft.lead(Line::new("No reading is lower than an earlier one, but the use is uneven: see below."));
        draft.rule(case.rules.get("mileage.clocking"));
    } else if facts.mileage.readings.len() > 1 {
        draft.lead(Line::new(
            "The readings rise from test to test, so nothing on record points to clocking; that is no proof.",
        ));
        draft.step(Line::new("Compare the odometer today with the newest reading and with service invoices."));
    }
}

fn compare(case: &Case<'_>, usage: &Use, draft: &mut Draft) {
    let Some((rule, average)) =
        case.rules.get("mileage.average").and_then(|rule| Some((rule, rule.figure("average-2017")?)))
    else {
        return;
    };
    let Some(value) = average.value else { return };
    let less = f64::from(u32::try_from(usage.a_year).unwrap_or(u32::MAX)) < value;
    draft.known(
        Line::new("Its use is ")
            .say(if less { "below" } else { "at or above" })
            .say(" the average of ")
            .amount(rule, average)
            .say(" miles a year in the rule below, a figure of MOT data"),
    );
}

/// Whether to buy it: what on record speaks for and against.
pub(super) fn buying(case: &Case<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("buying.checks"));
    draft.rule(case.rules.get("buying.finance"));
    draft.rule(case.rules.get("tax.on-sale"));
    draft.unknown(Line::new("Finance, theft, write-off, number of keepers and service history: no record here holds them; a paid history check does."));
    draft.unknown(Line::new("Whether the price is fair: no valuation is held."));
    draft
        .step(Line::new("See it cold and in daylight, with the V5C and the VIN; walk away if the seller hurries you."));
    draft.step(Line::new("Run a paid history check before paying, and an inspection if the points above worry you."));
    let Some(facts) = record(case, draft) else { return };
    let against = against(facts);
    draft.lead(match against {
        0 => {
            Line::new("Nothing on its record speaks against it by itself; the record holds a part of the picture only.")
        }
        1 => Line::new("One point on its record speaks against it or needs an answer first; it is listed below."),
        _ => Line::default()
            .count(count(against))
            .say(" points on its record speak against it or need an answer first; they are listed below."),
    });
    draft.known(identity_line(facts));
    draft.known(registered_line(facts));
    let shown = notes(facts, draft, |note| note.concern >= Urgency::Soon);
    for odd in facts.mileage.anomalies.iter().take(2) {
        draft.known(anomaly_line(odd, facts));
    }
    if facts.mileage.has_drop() {
        draft.reason(
            Urgency::Soon,
            Line::new("A recorded mileage is lower than an earlier one: clear that up before paying."),
        );
        draft.rule(case.rules.get("mileage.clocking"));
    }
    draft.known(mileage_line(facts));
    draft.known(mot_line(facts));
    draft.known(tax_line(facts));
    draft.known(recall_line(facts));
    recall_reason(facts, draft);
    state_reason(facts, draft, false);
    let failed: Vec<_> = facts.tests.iter().filter(|test| !test.entry.passed).collect();
    if let Some(newest) = failed.first() {
        draft.known(
            Line::default()
                .count(count(failed.len()))
                .say(if failed.len() == 1 { " failed test on record" } else { " failed tests on record, the newest" })
                .cite_test(newest),
        );
    }
    v5c_line(facts, draft);
    if shown > 0 {
        draft.step(Line::new("Have the noted points priced by a garage first, and take that off the price."));
    }
    amount(case, facts, draft);
}

/// How many points of a record speak against a purchase.
fn against(facts: &Facts<'_>) -> usize {
    use crate::advisor::facts::{Mot, Tax};
    use driveever_core::vehicle::record::RecallStatus;
    let notes = facts.open_notes().iter().filter(|note| note.concern >= Urgency::Soon).count();
    let flags = [
        facts.mileage.has_drop(),
        matches!(facts.mot, Mot::Expired(_) | Mot::NotValid),
        matches!(facts.tax, Tax::Untaxed(_) | Tax::Sorn | Tax::NotForRoad),
        facts.record.recall.as_ref().is_some_and(|fact| fact.value == RecallStatus::Outstanding),
        facts.record.marked_for_export.as_ref().is_some_and(|fact| fact.value),
        !facts.record.conflicts.is_empty(),
    ];
    notes + flags.into_iter().filter(|flag| *flag).count()
}

/// Selling or scrapping it.
pub(super) fn selling(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("A vehicle sells better with a long MOT, its notes dealt with and its papers complete; tell the DVLA on the day it goes."));
    draft.rule(case.rules.get("tax.on-sale"));
    draft.rule(case.rules.get("buying.finance"));
    draft.rule(case.rules.get("value.depreciation"));
    draft.step(Line::new("Have V5C, keys, service invoices and MOT papers ready; tell the DVLA of the sale, and hand the new keeper slip to the buyer."));
    draft.unknown(Line::new("What it would fetch: no valuation is held."));
    let Some(facts) = record(case, draft) else { return };
    draft.known(mot_line(facts));
    draft.known(mileage_line(facts));
    notes(facts, draft, |note| note.concern >= Urgency::Soon);
    if facts.mileage.has_drop() {
        for odd in facts.mileage.anomalies.iter().filter(|odd| odd.kind == Oddity::Drop).take(1) {
            draft.known(anomaly_line(odd, facts));
        }
        draft.step(Line::new("Expect buyers to ask about the mileage: have invoices ready that explain it."));
    }
    draft.known(recall_line(facts));
    draft.known(tax_line(facts));
}

/// What it is worth.
pub(super) fn value(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("No valuation is held here, so no price can be named."));
    draft.rule(case.rules.get("value.depreciation"));
    draft.unknown(Line::new("Its market price, trim, condition and service history."));
    draft.step(Line::new("Take several price guides and live adverts of the same model, age and mileage."));
    draft.cost(Line::new("No sourced figure for its price is held."));
    let Some(facts) = record(case, draft) else { return };
    draft.known(identity_line(facts));
    draft.known(registered_line(facts));
    draft.known(mileage_line(facts));
    if let Some(usage) = &facts.mileage.average {
        draft.known(
            Line::new("Average use: about ")
                .count(usage.a_year)
                .say(" miles a year since ")
                .date(usage.from.day)
                .on(Basis::Test(Some(usage.to.day))),
        );
    }
    draft.known(mot_line(facts));
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    if facts.mileage.has_drop() {
        draft.known(
            Line::new("A reading that is lower than an earlier one lowers what a buyer will pay")
                .on(Basis::Test(facts.latest().and_then(|test| test.day))),
        );
    }
}

/// Outstanding finance.
pub(super) fn finance(case: &Case<'_>, draft: &mut Draft) {
    draft.lead(Line::new("No record here shows finance; only a history check with the lenders' registers does."));
    draft.rule(case.rules.get("buying.finance"));
    draft.unknown(Line::new("Whether finance is outstanding on it."));
    draft.step(Line::new(
        "Run a paid history check before paying; if finance shows, pay only against the lender's settlement letter.",
    ));
    if let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) {
        v5c_line(facts, draft);
        draft.known(registered_line(facts));
    }
}

/// Write-offs and accident damage.
pub(super) fn write_off(case: &Case<'_>, draft: &mut Draft) {
    draft
        .lead(Line::new("No record here shows accidents, floods or write-offs; tests note only what an examiner saw."));
    draft.rule(case.rules.get("buying.write-off"));
    draft.unknown(Line::new("Whether it was in an accident or a flood, or was written off."));
    draft.step(Line::new(
        "Run a paid history check for write-off markers, and look for uneven gaps, paint and welding.",
    ));
    let Some(facts) = record(case, draft) else { return };
    let structural = |note: &&Note<'_>| note.concerns(crate::advisor::components::Component::Structure);
    let found =
        facts.tests.iter().flat_map(|test| test.notes().iter().filter(structural).map(move |note| (test, note)));
    for (test, note) in found.take(3) {
        draft.known(super::facts_lines::plain_note(note, test));
    }
    identity_lines(facts, draft);
    v5c_line(facts, draft);
}
