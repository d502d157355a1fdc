//! Where a vehicle may stand: on a road as the law of driving has it, on private ground as the law of keeping it.

use driveever_core::vehicle::report::DrivingGround;

use super::{
    Case, driving,
    facts_lines::{mot_line, mot_words, record, tax_line},
    mot::state_reason,
    road_tax::tax_reason,
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Facts, Tax},
        topics::Intent,
    },
    rules::Urgency,
};

/// Where it may stand.
pub(super) fn parking(case: &Case<'_>, draft: &mut Draft) {
    let repairs = case.measured.has(&["work", "working", "repair", "repairs", "fix", "service", "jack"]);
    let of_repairs = case.rules.get("parking.repairs").filter(|_| repairs);
    if let Some(rule) = of_repairs.filter(|_| case.facts.is_none()) {
        draft.lead_rule(rule);
        draft.step(Line::new("Do the work on private ground where you can, and keep the road clean and clear."));
    }
    draft.rule(case.rules.get("insurance.minimum"));
    let off_road = case.ask.wants(Intent::OffRoad) && !case.ask.wants(Intent::OnRoad);
    let Some(facts) = record(case, draft) else {
        draft.rule(case.rules.get("mot.expired"));
        draft.rule(case.rules.get("sorn.rule"));
        if !draft.answers() {
            draft.lead(Line::new(if off_road {
                "Yes: a private drive or garage is no road, so no MOT is needed while it stands there; tax and insurance are, or a SORN."
            } else {
                "On a road it may stand only with tax, an MOT if one is due, and insurance."
            }));
        }
        return;
    };
    draft.known(mot_line(facts));
    draft.known(tax_line(facts));
    if off_road {
        on_private_ground(case, facts, draft);
    } else {
        on_a_road(case, facts, draft);
        if let Some(rule) = of_repairs {
            draft.lead_rule(rule);
        }
    }
    draft.unknown(Line::new("Whether it is insured: no record here holds that."));
}

fn on_private_ground(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    draft.rule(case.rules.get("sorn.rule"));
    match facts.tax {
        Tax::Sorn => draft.lead(Line::new(
            "Yes, on a private drive or in a garage: it is declared off the road (SORN), which is what that is for. On a road or street it may not stand.",
        )),
        tax if tax.is_lacking() => {
            draft.lead(Line::new("On a private drive or in a garage, yes, but not as things are: it is not taxed and no SORN is on record, and one of the two is needed there too."));
            tax_reason(case, facts, draft, false);
            draft.rule(case.rules.get("tax.untaxed-penalty"));
            draft.step(Line::new("Declare SORN on GOV.UK today if it stays off the road, or tax it."));
        }
        _ => draft.lead(Line::new(
            "Yes: a private drive or garage is no road, so it may stand there, with or without an MOT, as long as it is taxed and insured or declared SORN.",
        )),
    }
    if facts.is_barred_by_mot() {
        let line = mot_words(Line::default(), facts, true);
        draft.reason(Urgency::Plan, line.say(": it needs one before it is on a road again."));
        draft.step(Line::new("Book a test before it leaves the drive; the only trip without an MOT is to it, or to repair if it is taxed."));
    }
}

fn on_a_road(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let of_law = |ground: DrivingGround| ground.is_of_law();
    if facts.driving().reasons.iter().any(|reason| reason.prohibits && of_law(reason.ground)) {
        driving::bars(facts, draft);
        draft.lead(Line::new(
            "No, not on a road or street: what bars it from being driven there bars it from standing there too. A private drive or garage is no road.",
        ));
        driving::papers_steps(facts, draft);
        if facts.mot.is_lacking() {
            draft.rule(case.rules.get("mot.expired"));
        }
        match facts.tax {
            Tax::Sorn => draft.rule(case.rules.get("sorn.road-penalty")),
            tax if tax.is_lacking() => draft.rule(case.rules.get("tax.untaxed-penalty")),
            _ => {}
        }
        return;
    }
    state_reason(case, facts, draft, true);
    tax_reason(case, facts, draft, true);
    draft.lead(Line::new(if facts.is_dangerous() {
        "Its papers do not bar it from standing on a road, but it is not to be driven there or away: its newest test found a dangerous defect."
    } else if facts.mot.is_in_order() && matches!(facts.tax, Tax::Taxed(_)) {
        "Yes, by its papers: it is taxed and no MOT is missing, so it may stand on a road where parking is allowed, insured."
    } else {
        "Whether it may stand on a road cannot be told for sure from its record: it must be taxed, insured, and have an MOT if one is due."
    }));
}
