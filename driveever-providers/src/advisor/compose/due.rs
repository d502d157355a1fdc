//! What of a vehicle is due: MOT, tax and the notes of the newest test, by day.

use chrono::NaiveDate;
use driveever_core::vehicle::report::SOON_DAYS;

use super::{
    Case, driving,
    facts_lines::{mot_line, mot_words, recall_line, record, tax_line},
    mot::{self, state_reason},
    notes::{after_notes, failed_line, notes},
    papers::recall_reason,
    road_tax::tax_reason,
};
use crate::{
    advisor::{
        draft::{Draft, Line},
        facts::{Mot, Tax},
    },
    rules::Urgency,
};

/// What is due, first what is overdue, then by day.
pub(super) fn due(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new(
                "What is due of a vehicle cannot be told without its record: MOT and tax each have a day of their own.",
            ));
        }
        draft.rule(case.rules.get("mot.renew-early"));
        return;
    };
    let mut dated: Vec<(NaiveDate, Line)> = Vec::new();
    if let Mot::Valid(day) | Mot::FirstDue(day) | Mot::Expired(day) | Mot::FirstOverdue(day) = facts.mot {
        dated.push((day, mot_words(Line::default(), facts, true).on(super::facts_lines::mot_basis(facts)).say(".")));
    }
    if let Tax::Taxed(Some(day)) | Tax::Lapsed(day) | Tax::Untaxed(Some(day)) = facts.tax {
        dated.push((day, tax_line(facts).say(".")));
    }
    dated.sort_by_key(|(day, _)| *day);
    let pressing = facts.open_notes().iter().filter(|note| note.concern >= Urgency::Soon).count();
    let soon = dated.iter().any(|(day, _)| facts.days_to(*day) <= SOON_DAYS);
    let acts = soon || pressing > 0 || facts.has_failed() || facts.mot.is_lacking() || facts.tax.is_lacking();
    draft.lead(Line::new(if acts { "Yes." } else { "Nothing is due within the next weeks by its record." }));
    for (_, line) in dated {
        draft.lead(line);
    }
    if matches!(facts.mot, Mot::NotValid | Mot::Unknown | Mot::ValidUndated) {
        draft.lead(mot_line(facts).say("."));
    }
    if matches!(facts.tax, Tax::Sorn | Tax::NotForRoad | Tax::Unknown | Tax::Untaxed(None) | Tax::Taxed(None)) {
        draft.lead(tax_line(facts).say("."));
    }
    if let Some(line) = failed_line(facts) {
        draft.lead(line);
    } else if pressing > 0 {
        draft.lead(Line::new("Its newest test has notes that should be dealt with soon; they are below."));
    }
    driving::bars(facts, draft);
    state_reason(case, facts, draft, true);
    tax_reason(case, facts, draft, true);
    recall_reason(facts, draft);
    driving::papers_steps(facts, draft);
    match facts.mot {
        Mot::Valid(day) if facts.days_to(day) <= SOON_DAYS && !facts.has_failed() => {
            draft.step(Line::new("Book the MOT test now."));
            draft.rule(case.rules.get("mot.renew-early"));
        }
        Mot::FirstDue(day) if facts.days_to(day) <= SOON_DAYS => draft.step(Line::new("Book the first MOT test now.")),
        _ => {}
    }
    if matches!(facts.tax, Tax::Taxed(Some(day)) if facts.days_to(day) <= SOON_DAYS) {
        draft.step(Line::new("Renew the tax on GOV.UK by its day, or keep the direct debit running."));
    }
    draft.known(mot_line(facts));
    draft.known(tax_line(facts));
    draft.known(recall_line(facts));
    notes(facts, draft, |note| note.concern >= Urgency::Plan);
    after_notes(case, facts, draft);
    mot::keeps_date(case, facts, draft);
    draft.unknown(Line::new("Service, insurance and what the maker's schedule asks for: no record here holds them."));
}
