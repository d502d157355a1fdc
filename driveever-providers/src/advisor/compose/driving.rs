//! Whether the vehicle may be driven: what bars it by law, what makes it unsafe, and what its newest test says of it.
//!
//! What holds against driving is decided by the vehicle's report in core ([`driveever_core::vehicle::report::Driving`]) and
//! only put into words here, so that an answer and the report never say two things. Every answer to a question about
//! driving opens with it, whatever else was asked.

use driveever_core::vehicle::report::{DrivingGround, DrivingReason};

use super::{
    Case,
    facts_lines::{
        basis, count, mot_basis, mot_line, mot_words, no_tests_after, recall_line, record, severity, tax_line,
        test_line,
    },
    notes::{after_notes, danger_line, failed_line, notes},
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Mot, Tax},
        topics::{Intent, Topic},
    },
    rules::Urgency,
};

/// Whether the question is about driving the vehicle: may it, is it safe, will it do for a trip.
pub(super) fn is_asked(case: &Case<'_>) -> bool {
    // Who asks for a licence asks about the driver.
    let otherwise = case.ask.wants(Intent::NotDriving) || case.ask.wants(Intent::Licence);
    case.ask.is_about(Topic::Driveable) || (case.ask.wants(Intent::Drive) && !otherwise)
}

/// What holds against driving it, the gravest first.
pub(super) fn bars(facts: &Facts<'_>, draft: &mut Draft) {
    for reason in &facts.driving().reasons {
        if let Some(line) = bar(reason, facts) {
            draft.reason(reason.urgency().into(), line);
        }
    }
}

/// One reason of the report in words.
fn bar(reason: &DrivingReason, facts: &Facts<'_>) -> Option<Line> {
    let line = Line::new("Not on a road, by law: ");
    let tax = || facts.record.tax_status.as_ref().map(basis);
    Some(match reason.ground {
        DrivingGround::DangerousDefect => danger_line(facts)?,
        DrivingGround::NoCurrentMot if reason.prohibits => {
            mot_words(line, facts, false).on(mot_basis(facts)).then(trips(facts))
        }
        DrivingGround::NoCurrentMot => mot_words(Line::default(), facts, true)
            .on(mot_basis(facts))
            .say(": by its age it may be exempt; make sure of that before it is driven."),
        // With a dangerous defect there is nothing that a failure adds.
        DrivingGround::FailedLatestTest if facts.is_dangerous() => return None,
        DrivingGround::FailedLatestTest => failed_line(facts)?,
        DrivingGround::OffRoad => line
            .say(if facts.tax == Tax::Sorn {
                "it is declared off the road (SORN)"
            } else {
                "it is not taxed for use on roads"
            })
            .say(to_test_only(facts))
            .on(tax()?),
        DrivingGround::Untaxed => line
            .say("it is not taxed, and may not be kept there either until it is")
            .say(to_test_only(facts))
            .on(tax()?),
        _ => return None,
    })
}

/// The end of a sentence on a bar of tax: the one trip that it leaves.
fn to_test_only(facts: &Facts<'_>) -> &'static str {
    if facts.is_dangerous() { "." } else { "; the only trip allowed is to a booked test, insured." }
}

/// The trips that are allowed without an MOT: none with a dangerous defect.
fn trips(facts: &Facts<'_>) -> Line {
    let line = match facts.tax {
        _ if facts.is_dangerous() => return Line::new("."),
        tax if tax.is_lacking() => Line::new("; the only trip allowed is to a booked test, insured"),
        _ => Line::new("; only the way to a booked test, or to or from repair, is allowed, insured"),
    };
    let known_age = facts.is_past_mot_age().is_some();
    if known_age { line.say(".") } else { line.say(", unless the vehicle is exempt.") }
}

/// Whether it may be driven: what the law says of its papers, and what the newest test saw.
pub(super) fn driveable(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Whether a particular vehicle may be driven cannot be told without its record; what the rules say in general is below."));
            draft.rule(case.rules.get("mot.category-dangerous"));
            draft.rule(case.rules.get("mot.category-advisory"));
        }
        draft.rule(case.rules.get("mot.expired"));
        return;
    };
    verdict(case, facts, draft);
    draft.known(mot_line(facts));
    if let Some(latest) = facts.latest() {
        draft.known(test_line(latest));
    }
    draft.known(tax_line(facts));
    papers_steps(facts, draft);
    notes(facts, draft, |_| true);
    draft.known(recall_line(facts));
    after_notes(case, facts, draft);
    if facts.mot.is_lacking() {
        draft.rule(case.rules.get("mot.expired"));
        draft.rule(case.rules.get("mot.no-mot-penalty"));
    } else {
        draft.rule(case.rules.get("mot.category-advisory"));
    }
    match facts.tax {
        Tax::Sorn => draft.rule(case.rules.get("sorn.road-penalty")),
        Tax::Untaxed(_) | Tax::NotForRoad => draft.rule(case.rules.get("tax.untaxed-penalty")),
        _ => {}
    }
    draft.unknown(Line::new("Its condition today: a test shows the state on its own day only."));
    draft.unknown(Line::new("Whether it is insured: no record here holds that."));
}

/// The answer to "may I drive it" or "is it safe": the reasons above it say what bars it, this says what that means.
fn verdict(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let reasons = &facts.driving().reasons;
    let by_law = reasons.iter().any(|reason| reason.prohibits && reason.ground.is_of_law());
    if facts.is_dangerous() {
        let passed = facts.latest().is_some_and(|test| test.entry.passed);
        draft.lead(Line::new(if passed {
            "No: its newest test records a dangerous defect, although it was a pass. It is not safe to drive until that is known to be repaired."
        } else {
            "No: its newest test failed with a dangerous defect, which makes it unsafe. It is not to be driven until that is repaired, even if an older certificate still runs."
        }));
        if by_law {
            draft.lead(Line::new("The law bars it from the road besides."));
        }
        return;
    }
    if draft.is_grounded() {
        noticed_verdict(Line::default(), true, facts, draft);
        if by_law {
            draft.lead(Line::new("The law bars it from the road besides."));
        }
        return;
    }
    let safety = case.ask.wants(Intent::Safety);
    if by_law {
        draft.lead(Line::new(if case.ask.wants(Intent::ToTest) {
            "Yes, but only to a test that is booked, insured and roadworthy; for anything else not before that is put right. It is a bar of law, and says nothing of the vehicle's condition."
        } else if case.ask.wants(Intent::ToRepair) && !facts.tax.is_lacking() {
            "Yes, but only to or from the repair, insured and fit for the way; for anything else not before that is put right. It is a bar of law, and says nothing of the vehicle's condition."
        } else {
            "No, not before that is put right. It is a bar of law, and says nothing of the vehicle's condition."
        }));
        if case.ask.wants(Intent::ToTest) && facts.tax.is_lacking() {
            draft.rule(case.rules.get("situation.untaxed-to-test"));
        }
        if safety || facts.has_failed() {
            state_verdict("As to its condition, ", facts, draft);
        }
        return;
    }
    if facts.mot.is_lacking() {
        draft.lead(Line::new(
            "Only if it is exempt from the MOT. By its age it may be, if it was not substantially changed; it must be roadworthy all the same.",
        ));
    }
    if facts.mot == Mot::Unknown {
        draft.lead(Line::new("Whether it may be driven cannot be told: no source states an MOT for it."));
    }
    if safety || (facts.mot.is_in_order() || facts.has_failed()) {
        state_verdict("", facts, draft);
    }
}

/// What has to be done about its papers before it is driven.
pub(super) fn papers_steps(facts: &Facts<'_>, draft: &mut Draft) {
    if facts.mot.is_lacking() && !facts.is_dangerous() {
        draft.step_by_road(if !facts.is_barred_by_mot() {
            Line::new(
                "Make sure that it is exempt and that this was declared when it was taxed; else book a test first.",
            )
        } else if facts.tax == Tax::Sorn {
            Line::new("Book a test; while the SORN stands, only the trip to that test is allowed, insured.")
        } else if facts.tax.is_lacking() {
            Line::new("Book a test now, and drive only to it, insured: without tax no other trip is allowed.")
        } else {
            Line::new("Book a test now, and drive only to it or to or from repair, insured.")
        });
    }
    if matches!(facts.tax, Tax::Untaxed(_) | Tax::NotForRoad) {
        draft.step(tax_step(facts));
    }
}

/// What to do about missing tax: with no MOT that comes first.
pub(super) fn tax_step(facts: &Facts<'_>) -> Line {
    Line::new(if facts.is_barred_by_mot() {
        "Tax it on GOV.UK once it has an MOT, which taxing it needs; until then declare SORN and keep it off the road."
    } else {
        "Tax it on GOV.UK before it is used on a road, or declare SORN."
    })
}

/// What stands against driving is what the driver noticed: what a test said before does not outweigh it.
fn noticed_verdict(line: Line, begins: bool, facts: &Facts<'_>, draft: &mut Draft) {
    let line = line.say(if begins { "No" } else { "no" }).say(", not by what you notice: it is not to be driven, not even to a garage, until that was looked at where it stands.");
    draft.lead(line);
    let failures: Vec<_> = facts.open_notes().into_iter().filter(|note| note.is_failure()).collect();
    if let Some(note) = failures.first().filter(|_| facts.has_failed() && !facts.is_dangerous()) {
        draft.lead(
            Line::new("Its newest test failed, among others for “")
                .quote(&note.defect.text)
                .say("” (")
                .say(severity(&note.defect.severity))
                .say("). A failure without a dangerous defect leaves the way to repair by law, but the state on the day of the test may not be that of today: have it recovered."),
        );
    }
}

/// What the newest test says of its state, after some words or as a sentence of its own.
fn state_verdict(after: &str, facts: &Facts<'_>, draft: &mut Draft) {
    let begins = after.is_empty();
    let line = Line::new(after);
    if draft.is_grounded() {
        noticed_verdict(line, begins, facts, draft);
        return;
    }
    if facts.has_failed() {
        draft.lead(line.say(if begins { "It" } else { "it" }).say(" is not for everyday use, as its newest test failed: drive it only to repair or to a retest. Until then it counts as unsafe, even while an older certificate runs on paper."));
        return;
    }
    let Some(latest) = facts.latest() else {
        draft.lead(
            no_tests_after(line, facts)
                .say("; nothing on record forbids driving it, which says little of its condition."),
        );
        return;
    };
    let open = facts.open_notes();
    let pressing = open.iter().filter(|note| note.concern >= Urgency::Soon).count();
    let line = line
        .say(if begins { "Nothing" } else { "nothing" })
        .say(" that a test found forbids driving it: its newest test was a pass");
    let line = match latest.day {
        Some(day) => line.say(", on ").date(day),
        None => line,
    };
    draft.lead(match (open.len(), pressing) {
        (0, _) if facts.hides_defects() => {
            line.say(". What it noted is not known: defects of tests in Northern Ireland are not published.")
        }
        (0, _) => line.say(", without any note."),
        (_, 0) => line.say(". Its notes are to be watched."),
        (_, 1) => line.say(". That is not the same as safe for long: one of its notes should be dealt with soon."),
        _ => line
            .say(". That is not the same as safe for long: ")
            .count(count(pressing))
            .say(" of its notes should be dealt with soon."),
    });
    if let Some(first) =
        open.first().filter(|note| note.concern >= Urgency::Soon).and_then(|note| note.reading.parts.first())
    {
        draft.lead(Line::new("The most pressing concerns ").say(first.name()).say("."));
    }
}
