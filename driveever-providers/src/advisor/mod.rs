//! The offline advisor: answers drivers' questions from a vehicle's record and the rules, without a language model.
//!
//! [`advise`] is pure: the same request gives the same answer, and nothing is read but the request. It
//! 1. reads the question (`text`), finds emergencies and symptoms (rules with patterns), topics and intentions (`topics`),
//!    without what the question denies (`denial`) or only asks about (`asking`), settles whether somebody is in danger
//!    (`alarm`), and knows when it is not English (`tongues`); what it states (`stated`) and measures (`measured`);
//! 2. thinks the record through (`facts`): what is due, overdue, odd, recurring;
//! 3. lets each topic write its lines (`compose`), every piece of which knows where it comes from (`draft`);
//! 4. renders urgency, answer, facts, rules, gaps, steps and costs, with the sources really used (`render`).
//!
//! Facts come from `Generation::record` and the rules only, never from the prompt: of the prompt only the wish for a short
//! answer is honoured. There is no confidence, because there is no statistic behind one. A language model writes better
//! prose; this says nothing that it cannot name the source of, costs nothing, and answers without a network.

mod alarm;
mod asking;
mod compose;
mod denial;
mod draft;
mod engine;
mod facts;
mod measured;
mod render;
mod spelling;
mod stated;
mod tax;
mod text;
mod tongues;
mod topics;
mod zones;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::NaiveDate;
use driveever_core::{
    ai::{
        rules::{Groundwork, Matter},
        text_model::{Generated, Generation, Usage},
    },
    prompt::PromptCategory,
    vehicle::record::VehicleRecord,
};

use self::{
    draft::Draft,
    engine::Engine,
    facts::Facts,
    measured::Measurements,
    render::{Form, Rendered, Setting, render},
    stated::Stated,
};
use crate::rules::Rule;

/// How the advisor names itself as a model.
pub const MODEL: &str = "offline-advisor-1";

/// Ways in which a prompt asks for a short answer.
const BRIEF_PROMPTS: &[&str] = &[
    "short answer",
    "be brief",
    "be concise",
    "keep it short",
    "keep the answer short",
    "in one sentence",
    "in two sentences",
    "in three sentences",
    "at most three sentences",
    "one paragraph",
];

/// An answer in the making that is handed from the rules for the prompt to the answer itself, so that it is composed once.
struct Composed {
    question: String,
    category: Option<String>,
    record: Option<Arc<VehicleRecord>>,
    today: NaiveDate,
    /// Whether the question wants a short answer.
    brief: bool,
    draft: Draft,
}

impl Composed {
    fn of(question: &str, category: Option<&str>, record: Option<&Arc<VehicleRecord>>, today: NaiveDate) -> Self {
        let engine = Engine::get();
        let ask = engine.ask(question, category);
        let facts = record.map(|record| Facts::of(record, today));
        let stated = Stated::of(question, today);
        let measured = Measurements::of(question);
        let mut draft = Draft::new(today);
        compose::compose(
            &compose::Case {
                facts: facts.as_ref(),
                rules: engine.rules,
                ask: &ask,
                stated: &stated,
                measured: &measured,
                today,
            },
            &mut draft,
        );
        Self {
            question: question.to_owned(),
            category: category.map(str::to_owned),
            record: record.cloned(),
            today,
            brief: ask.wants_brief(),
            draft,
        }
    }

    /// Whether it is what the request asks for: the very record, not one that looks like it.
    fn is_of(&self, request: &Generation) -> bool {
        let same_record = match (&self.record, &request.record) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_record
            && self.today == request.today
            && self.question == request.question
            && self.category == request.category
    }
}

/// Answers a question. Groundwork of [`consult`] on the same question, record and day is used; without it the answer is the
/// same and takes longer.
pub fn advise(request: &Generation) -> Generated {
    let rendered = answer(request);
    Generated {
        text: rendered.text,
        model: MODEL.to_owned(),
        finish_reason: rendered.finish,
        // It works without tokens; that is known, and not unknown.
        usage: Some(Usage::default()),
        cost: None,
        sources: rendered.sources,
        confidence: None,
        provider_request_id: None,
    }
}

/// The rules on which an answer would rest, emergencies first: what a prompt for a language model should hold; and the
/// groundwork for [`advise`].
pub fn consult(matter: &Matter<'_>) -> (Vec<&'static Rule>, Groundwork) {
    let category = matter.category.map(PromptCategory::as_str);
    let composed = Composed::of(matter.question, category, matter.record, matter.today);
    (composed.draft.rules_used(), Groundwork::new(composed))
}

fn answer(request: &Generation) -> Rendered {
    let record = request.record.as_ref();
    let handed_on = request.groundwork.as_ref().and_then(Groundwork::get::<Composed>);
    let made;
    let composed = match handed_on.filter(|composed| composed.is_of(request)) {
        Some(composed) => composed,
        None => {
            made = Composed::of(&request.question, request.category.as_deref(), record, request.today);
            &made
        }
    };
    let setting = Setting {
        form: if composed.brief || asks_for_brevity(&request.prompt) { Form::Brief } else { Form::Full },
        max_tokens: request.max_output_tokens,
        vehicle: record.map(|record| (record.registration_number.as_str(), record.demonstration)),
    };
    render(&composed.draft, &setting)
}

/// Whether the prompt asks for a short answer; its last part decides nothing, so that only a bounded part is read.
fn asks_for_brevity(prompt: &str) -> bool {
    const READ: usize = 8_000;
    let end = prompt.char_indices().map(|(at, _)| at).find(|at| *at >= READ).unwrap_or(prompt.len());
    let prompt = prompt.get(..end).unwrap_or_default().to_lowercase();
    BRIEF_PROMPTS.iter().any(|wish| prompt.contains(wish))
}
