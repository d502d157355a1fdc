//! The offline advisor: answers drivers' questions from a vehicle's record and the rules, without a language model.
//!
//! [`advise`] is pure: the same request gives the same answer, and nothing is read but the request. It
//! 1. reads the question (`text`), finds emergencies and symptoms (rules with patterns), topics and intentions (`topics`);
//! 2. thinks the record through (`facts`): what is due, overdue, odd, recurring;
//! 3. lets each topic write its lines (`compose`), every piece of which knows where it comes from (`draft`);
//! 4. renders urgency, answer, facts, rules, gaps, steps and costs, with the sources really used (`render`).
//!
//! Facts come from `Generation::record` and the rules only, never from the prompt: of the prompt only the wish for a short
//! answer is honoured. There is no confidence, because there is no statistic behind one. A language model writes better
//! prose; this says nothing that it cannot name the source of, costs nothing, and answers without a network.

mod compose;
mod denial;
mod draft;
mod engine;
mod facts;
mod render;
mod tax;
mod text;
mod topics;
mod zones;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use driveever_core::{
    ai::text_model::{Generated, Generation},
    vehicle::record::VehicleRecord,
};

use self::{
    draft::Draft,
    engine::{Ask, Engine},
    facts::Facts,
    render::{Form, Rendered, Setting, render},
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

/// Answers a question.
pub fn advise(request: &Generation) -> Generated {
    let rendered = answer(request);
    Generated {
        text: rendered.text,
        model: MODEL.to_owned(),
        finish_reason: rendered.finish,
        usage: None,
        cost: None,
        sources: rendered.sources,
        confidence: None,
        provider_request_id: None,
    }
}

/// The rules on which an answer would rest, emergencies first: what a prompt for a language model should hold.
pub fn rules_for(question: &str, record: Option<&VehicleRecord>, today: NaiveDate) -> Vec<&'static Rule> {
    let engine = Engine::get();
    compose_for(engine, &engine.ask(question, None), record, today).rules_used()
}

/// The answer before it is text.
fn compose_for(engine: &'static Engine, ask: &Ask, record: Option<&VehicleRecord>, today: NaiveDate) -> Draft {
    let facts = record.map(|record| Facts::of(record, today));
    let mut draft = Draft::new(today);
    compose::compose(&compose::Case { facts: facts.as_ref(), rules: engine.rules, ask, today }, &mut draft);
    draft
}

fn answer(request: &Generation) -> Rendered {
    let engine = Engine::get();
    let ask = engine.ask(&request.question, request.category.as_deref());
    let record = request.record.as_deref();
    let draft = compose_for(engine, &ask, record, request.today);
    let setting = Setting {
        form: if ask.wants_brief() || asks_for_brevity(&request.prompt) { Form::Brief } else { Form::Full },
        max_tokens: request.max_output_tokens,
        vehicle: record.map(|record| (record.registration_number.as_str(), record.demonstration)),
    };
    render(&draft, &setting)
}

/// Whether the prompt asks for a short answer; its last part decides nothing, so that only a bounded part is read.
fn asks_for_brevity(prompt: &str) -> bool {
    const READ: usize = 8_000;
    let end = prompt.char_indices().map(|(at, _)| at).find(|at| *at >= READ).unwrap_or(prompt.len());
    let prompt = prompt.get(..end).unwrap_or_default().to_lowercase();
    BRIEF_PROMPTS.iter().any(|wish| prompt.contains(wish))
}
