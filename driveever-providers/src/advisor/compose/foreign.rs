//! What is said to those who ask in another language: that it is not understood, and whom to call in danger.

use super::Case;
use crate::{
    advisor::{
        draft::{Draft, Line},
        tongues::Foreign,
    },
    rules::Urgency,
};

/// The rule with the same in English.
const IN_ENGLISH: &str = "language.other";

/// The answer to a question in another language. Nothing else of it is answered: half a question understood is worse.
pub(super) fn answer(foreign: Foreign, case: &Case<'_>, draft: &mut Draft) {
    let rules = || [foreign.rule, IN_ENGLISH].into_iter().filter_map(|id| case.rules.get(id));
    let lines = || rules().map(|rule| Line::default().rule_words(rule, &rule.statement));
    let alarmed = foreign.danger || case.ask.category.as_deref() == Some("emergency_guidance");
    if alarmed {
        lines().take(1).for_each(|line| draft.reason(Urgency::StopNow, line));
        if let Some(rule) = case.rules.get("emergency.other") {
            draft.first.extend(lines().skip(1).take(1));
            draft.first.extend(rule.steps.iter().map(|step| Line::default().rule_words(rule, step)));
        }
    } else {
        lines().for_each(|line| draft.lead(line));
    }
    draft.unknown(Line::new("What the question says: it is not in English, so that nothing of it was weighed."));
    draft.step(Line::new("Ask again in English, or have somebody translate."));
}
