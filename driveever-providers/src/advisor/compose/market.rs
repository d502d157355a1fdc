//! Topics of the market: mileage, buying, selling, value, finance, write-offs.

use driveever_core::vehicle::report::AnomalyKind;

use super::{
    Case,
    facts_lines::{
        anomaly_line, average_line, basis, count, identity_line, identity_lines, mileage_line, mot_line, no_tests,
        recall_line, record, registered_line, tax_line, test_line,
    },
    mot::state_reason,
    notes::notes,
    papers::{recall_reason, v5c_line},
    readings,
    road_tax::amount,
};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::{Facts, Fit, Kind, Mot, Note},
        topics::{Intent, Topic},
    },
    rules::Urgency,
};

/// An export mark, which a buyer has to know of.
fn export_mark(facts: &Facts<'_>, draft: &mut Draft) {
    if let Some(fact) = facts.record.marked_for_export.as_ref().filter(|fact| fact.value) {
        draft.known(Line::new("Marked for export: yes").cite(fact));
        draft.reason(
            Urgency::Soon,
            Line::new("It is marked as exported on record: find out why before using or buying it here.")
                .on(basis(fact)),
        );
    }
}

/// How many readings are listed.
const SHOWN_READINGS: usize = 8;

/// Mileage, yearly use and what does not fit.
pub(super) fn mileage(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        if let Some(rule) = case.rules.get("mileage.average").filter(|_| !draft.answers()) {
            draft.lead_rule(rule);
        }
        draft.rule(case.rules.get("mileage.average"));
        draft.rule(case.rules.get("mileage.clocking"));
        draft.rule(case.rules.get("mileage.prevalence"));
        return;
    };
    let history = facts.mileage();
    let Some(latest) = history.readings.last() else {
        draft.lead(Line::new("No mileage is on record for it."));
        draft.unknown(Line::new("Its mileage: no test on record has a reading."));
        draft.known(mot_line(facts));
        return;
    };
    readings::asked_of_mileage(case, facts, draft);
    draft.lead(
        Line::new("Its newest recorded mileage is ")
            .number(latest.miles)
            .say(" miles, on ")
            .date(latest.date)
            .on(Basis::Test(Some(latest.date)))
            .say("."),
    );
    judge(case, facts, draft);
    if let Some(line) = average_line(Line::new("Average use is "), facts) {
        draft.lead(line.say("."));
        compare(case, facts, draft);
    } else {
        draft.unknown(Line::new("Yearly use: too few readings, or too close together."));
    }
    if let Some(span) = history.yearly.last().filter(|_| history.yearly.len() > 1) {
        draft.known(
            Line::new("Newest stretch: ")
                .count(i64::from(span.miles))
                .say(" miles from ")
                .date(span.from)
                .say(" to ")
                .date(span.to)
                .on(Basis::Test(Some(span.to))),
        );
    }
    for reading in history.readings.iter().rev().take(SHOWN_READINGS) {
        let line = Line::default().date(reading.date).say(": ").number(reading.miles);
        let line = line.say(if reading.was_kilometres { " miles (given in kilometres)" } else { " miles" });
        draft.known(line.on(Basis::Test(Some(reading.date))));
    }
    let unread = facts.tests.iter().filter(|test| test.entry.odometer.is_none()).count();
    if unread > 0 {
        draft.unknown(Line::new("The mileage at ").count(count(unread)).say(" of its tests: it was not read there."));
    }
    draft.unknown(Line::new("The mileage between tests, and today."));
    draft.rule(case.rules.get("mileage.average"));
}

/// Whether readings fit together, with the urgency that follows.
fn judge(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    for odd in facts.mileage().anomalies.iter().take(3) {
        draft.known(anomaly_line(odd));
    }
    let unread = facts.newest_without_reading();
    if unread > 0 {
        let line =
            Line::new("No later test has a reading: the odometer was not read at the newest ").count(count(unread));
        draft.lead(line.say(if unread == 1 {
            " test, so the mileage since is not known."
        } else {
            " tests, so the mileage since is not known."
        }));
        draft.reason(
            Urgency::Plan,
            Line::new("Its newest mileage is not known: find out why the odometer was not read."),
        );
        draft.rule(case.rules.get("mileage.clocking"));
    }
    match facts.fit() {
        Fit::Lower => {
            draft.lead(Line::new("The readings do not fit together: a later one is lower than an earlier one, and neither a unit nor a single digit explains it. That can be clocking, but also a wrong reading or a changed instrument."));
            lower_reason(facts, draft);
            draft.rule(case.rules.get("mileage.clocking"));
            draft.rule(case.rules.get("mileage.prevalence"));
            draft.step(Line::new("Compare service invoices and old certificates with the readings above, and ask the seller or garage for an explanation in writing."));
        }
        Fit::Explained => {
            draft.lead(Line::new("One reading does not fit the others, and there is a harmless explanation for it, given below; that is no proof."));
            draft.rule(case.rules.get("mileage.clocking"));
            draft.step(Line::new("Compare service invoices and old certificates with the readings above."));
        }
        Fit::Uneven => {
            draft.lead(Line::new("No reading is lower than an earlier one, but the use is uneven: see below."));
            draft.rule(case.rules.get("mileage.clocking"));
        }
        Fit::Rising if facts.mileage().readings.len() > 1 => {
            draft.lead(Line::new(
                "The readings rise from test to test, so nothing on record points to clocking; that is no proof.",
            ));
            draft.step(Line::new("Compare the odometer today with the newest reading and with service invoices."));
        }
        Fit::Rising => {}
    }
}

/// Why an unexplained drop is urgent; one sentence for every topic that comes across it.
pub(super) fn lower_reason(facts: &Facts<'_>, draft: &mut Draft) {
    if facts.fit() == Fit::Lower {
        draft.reason(Urgency::Soon, Line::new("A recorded mileage is lower than an earlier one: clear that up before relying on the mileage or paying for the vehicle."));
    }
}

pub(super) fn compare(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let figure = case.rules.get("mileage.average").and_then(|rule| Some((rule, rule.figure("average-2017")?)));
    // Motorcycles and heavy vehicles are used otherwise.
    let compared = matches!(facts.kind, Kind::Car | Kind::Unknown | Kind::Van);
    let Some((rule, average)) = figure.filter(|_| compared) else { return };
    let Some((value, usage)) = average.value.zip(facts.mileage().miles_per_year) else { return };
    let much =
        case.measured.has(&["lot"]) || case.measured.has(&["too"]) && case.measured.has(&["high", "much", "many"]);
    let above = f64::from(usage) >= value;
    let line = Line::new(match (much, above) {
        (false, _) => "That is ",
        (true, true) => "Yes, that is a lot: ",
        (true, false) => "No, that is not a lot: ",
    })
    .say(if above { "above" } else { "below" })
    .say(" the average car's ")
    .amount(rule, average)
    .say(" miles a year, a figure of MOT data of years ago");
    let line = if facts.kind == Kind::Van { line.say("; none for vans is held") } else { line };
    if case.ask.wants(Intent::Compare) {
        draft.lead(line.say("."));
    } else {
        draft.known(line);
    }
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
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Without its record nothing can be said for or against a particular one; what to check on any is below."));
        }
        return;
    };
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
    if facts.tests.is_empty() && !matches!(facts.mot, Mot::FirstDue(_)) {
        draft.lead(no_tests(facts).say(": its mileage and defects are not known."));
    }
    if facts.newest_without_reading() > 0 {
        draft.lead(Line::new("Its newest test has no odometer reading, so its mileage today is not known."));
    }
    draft.known(identity_line(facts));
    draft.known(registered_line(facts));
    let shown = notes(facts, draft, |note| note.concern >= Urgency::Soon);
    export_mark(facts, draft);
    for odd in facts.mileage().anomalies.iter().take(2) {
        draft.known(anomaly_line(odd));
    }
    lower_reason(facts, draft);
    if facts.fit() != Fit::Rising {
        draft.rule(case.rules.get("mileage.clocking"));
    }
    draft.known(mileage_line(facts));
    draft.known(mot_line(facts));
    draft.known(tax_line(facts));
    draft.known(recall_line(facts));
    recall_reason(facts, draft);
    state_reason(case, facts, draft, false);
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
    if facts.tax.is_lacking() {
        draft.step(Line::new("Tax it in your own name before you drive it away."));
    }
    amount(case, facts, draft);
}

/// How many points of a record speak against a purchase.
fn against(facts: &Facts<'_>) -> usize {
    use driveever_core::vehicle::record::RecallStatus;
    let notes = facts.open_notes().iter().filter(|note| note.concern >= Urgency::Soon).count();
    let flags = [
        matches!(facts.fit(), Fit::Lower | Fit::Explained),
        facts.newest_without_reading() > 0,
        facts.mot.is_lacking(),
        facts.tax.is_lacking(),
        facts.record.recall.as_ref().is_some_and(|fact| fact.value == RecallStatus::Outstanding),
        facts.record.marked_for_export.as_ref().is_some_and(|fact| fact.value),
        !facts.record.conflicts.is_empty(),
    ];
    notes + flags.into_iter().filter(|flag| *flag).count()
}

/// Selling or scrapping it.
pub(super) fn selling(case: &Case<'_>, draft: &mut Draft) {
    if case.ask.is_about(Topic::Tax) {
        // Tax on a sale is answered by its rules.
        draft.rule(case.rules.get("tax.refund"));
    }
    let telling = case.rules.get("selling.tell-dvla").filter(|rule| case.ask.touches(&rule.id));
    if let Some(rule) = telling.filter(|_| !draft.answers()) {
        draft.lead_rule(rule);
    }
    if !draft.answers() {
        draft.lead(Line::new("A vehicle sells better with a long MOT, its notes dealt with and its papers complete; tell the DVLA on the day it goes."));
    }
    draft.rule(case.rules.get("selling.tell-dvla"));
    draft.rule(case.rules.get("tax.on-sale"));
    draft.rule(case.rules.get("buying.finance"));
    draft.rule(case.rules.get("value.depreciation"));
    draft.step(Line::new("Have V5C, keys, service invoices and MOT papers ready; tell the DVLA of the sale, and hand the new keeper slip to the buyer."));
    draft.unknown(Line::new("What it would fetch: no valuation is held."));
    let Some(facts) = record(case, draft) else { return };
    draft.known(mot_line(facts));
    draft.known(mileage_line(facts));
    notes(facts, draft, |note| note.concern >= Urgency::Soon);
    if facts.fit() == Fit::Lower {
        for odd in facts.mileage().anomalies.iter().filter(|odd| odd.kind == AnomalyKind::LowerThanEarlier).take(1) {
            draft.known(anomaly_line(odd));
        }
        draft.step(Line::new("Expect buyers to ask about the mileage: have invoices ready that explain it."));
    }
    draft.known(recall_line(facts));
    draft.known(tax_line(facts));
}

/// What it is worth.
pub(super) fn value(case: &Case<'_>, draft: &mut Draft) {
    if let Some(rule) =
        case.rules.get("value.depreciation").filter(|rule| case.facts.is_none() && case.ask.touches(&rule.id))
    {
        draft.lead_rule(rule);
    }
    draft.lead(Line::new("No valuation is held here, so no price can be named."));
    draft.rule(case.rules.get("value.depreciation"));
    draft.unknown(Line::new("Its market price, trim, condition and service history."));
    draft.step(Line::new("Take several price guides and live adverts of the same model, age and mileage."));
    draft.cost(Line::new("No sourced figure for its price is held."));
    let Some(facts) = record(case, draft) else { return };
    draft.known(identity_line(facts));
    draft.known(registered_line(facts));
    draft.known(mileage_line(facts));
    draft.known(average_line(Line::new("Average use: "), facts));
    draft.known(mot_line(facts));
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    if facts.fit() == Fit::Lower {
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
    if let Some(rule) =
        case.rules.get("buying.write-off").filter(|rule| case.facts.is_none() && case.ask.touches(&rule.id))
    {
        draft.lead_rule(rule);
    }
    draft
        .lead(Line::new("No record here shows accidents, floods or write-offs; tests note only what an examiner saw."));
    draft.rule(case.rules.get("buying.write-off"));
    draft.unknown(Line::new("Whether it was in an accident or a flood, or was written off."));
    draft.step(Line::new(
        "Run a paid history check for write-off markers, and look for uneven gaps, paint and welding.",
    ));
    let Some(facts) = record(case, draft) else { return };
    let structural = |note: &&Note<'_>| note.concerns(driveever_core::vehicle::report::Component::Structure);
    let found =
        facts.tests.iter().flat_map(|test| test.notes().iter().filter(structural).map(move |note| (test, note)));
    for (test, note) in found.take(3) {
        draft.known(super::facts_lines::plain_note(note, test));
    }
    identity_lines(facts, draft);
    v5c_line(facts, draft);
}
