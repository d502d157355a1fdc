//! One question on its way: what was asked, checked, and what is stored in the end. Pure but for the clock's reading.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    AiResponse, Attempt, Attempts, GenerateRequest, ResponseError, ResponseId, Sources,
    event::ResponseGenerated,
    options::{AiLimits, AiOptions},
    sources,
    text_model::{FinishReason, Generated, Generation, ModelError, TextModel},
    tries::model_name,
};
use crate::{
    entity::Revision,
    error::Error,
    request::{Actor, RequestContext},
    time::Timestamp,
    validate::{TextRule, Validator},
};

/// A checked question and whom it may be put to.
pub(super) struct Ask {
    pub(super) request: RequestContext,
    pub(super) generate: GenerateRequest,
    /// The identity of what is stored.
    pub(super) id: ResponseId,
    /// Whom to ask, in order; never empty.
    pub(super) candidates: Vec<Arc<dyn TextModel>>,
}

/// The identity that the caller wants for the stored answer, when they want one.
pub(super) fn wanted_id(request: &RequestContext, generate: &GenerateRequest) -> Option<ResponseId> {
    generate.response_id.or_else(|| request.idempotency.map(ResponseId::from))
}

/// Checks a question's texts; the trimmed question stays in `generate`.
pub(super) fn check_texts(check: &mut Validator, generate: &mut GenerateRequest, limits: &AiLimits) {
    check.verbatim("prompt", &generate.prompt, TextRule::lines(1, limits.prompt_chars));
    generate.question = check.text("question", &generate.question, TextRule::lines(1, limits.question_chars));
    generate.session_id = check.optional_text("sessionId", generate.session_id.as_deref(), TextRule::line(1, 200));
    generate.model = check.optional_text("model", generate.model.as_deref(), TextRule::line(1, 200));
}

/// Finds a provider by name, or notes a fault that names the known ones.
pub(super) fn find_provider(
    check: &mut Validator,
    field: &str,
    models: &[Arc<dyn TextModel>],
    name: &str,
) -> Option<Arc<dyn TextModel>> {
    let found = models.iter().find(|model| model.provider() == name).cloned();
    if found.is_none() {
        let known: Vec<&str> = models.iter().map(|model| model.provider()).collect();
        check.fault(field, format!("must be one of: {}", known.join(", ")));
    }
    found
}

/// Whom to ask, in order: the provider that was named or the first, and with `fallback` the others as configured.
pub(super) fn candidates(
    check: &mut Validator,
    models: &[Arc<dyn TextModel>],
    generate: &GenerateRequest,
) -> Vec<Arc<dyn TextModel>> {
    let first = match &generate.provider {
        Some(name) => find_provider(check, "provider", models, name),
        None => models.first().cloned(),
    };
    let Some(first) = first else { return Vec::new() };
    check_model(check, first.as_ref(), generate.model.as_deref());
    let name = first.provider().to_owned();
    let others = models.iter().filter(|model| generate.fallback && model.provider() != name).cloned();
    std::iter::once(first).chain(others).collect()
}

/// A model that its provider does not offer is a fault. A provider that names none takes any.
pub(super) fn check_model(check: &mut Validator, provider: &dyn TextModel, model: Option<&str>) {
    let offered = provider.models();
    if let Some(model) = model
        && !offered.is_empty()
        && !offered.iter().any(|name| name == model)
    {
        check.fault("model", format!("{} offers: {}", provider.provider(), offered.join(", ")));
    }
}

impl Ask {
    /// What the model at this place among the candidates is asked. Its own model name is for the first one only: another
    /// provider does not offer it.
    pub(super) fn generation(&self, place: usize, now: Timestamp, left: Duration, options: &AiOptions) -> Generation {
        Generation {
            prompt: self.generate.prompt.clone(),
            question: self.generate.question.clone(),
            category: self.generate.category.map(|category| category.as_str().to_owned()),
            record: self.generate.record.clone(),
            groundwork: self.generate.groundwork.clone(),
            today: crate::time::london_day(now),
            model: self.generate.model.clone().filter(|_| place == 0),
            max_output_tokens: options.max_output_tokens,
            timeout: options.timeout.min(left),
        }
    }

    /// What would be stored if nothing more came: an unanswered question.
    pub(super) fn begun(&self, now: Timestamp) -> AiResponse {
        let generate = &self.generate;
        let carried = generate.record.as_deref().map(sources::sources_of).unwrap_or_default();
        AiResponse {
            id: self.id,
            revision: Revision::FIRST,
            deleted_at: None,
            user_id: match self.request.actor {
                Actor::User(user) => Some(user),
                Actor::Anonymous | Actor::System => None,
            },
            prompt_id: generate.prompt_id,
            prompt_version: generate.prompt_version,
            exposure_id: generate.exposure_id,
            category: generate.category,
            vehicle_id: generate.vehicle_id,
            provider: self.candidates.first().map(|model| model.provider().to_owned()).unwrap_or_default(),
            model: generate.model.clone().unwrap_or_default(),
            question: generate.question.clone(),
            answer: String::new(),
            truncated: false,
            confidence: None,
            sources: Sources(carried),
            response_time_ms: 0,
            usage: None,
            cost: None,
            success: false,
            error: None,
            fallback_from: None,
            attempts: Attempts::default(),
            session_id: generate.session_id.clone(),
            request_id: self.request.request_id.clone(),
            created_at: now,
        }
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// What came of a try.
pub(super) type Outcome<'a> = Result<&'a Generated, &'a ModelError>;

/// Notes a try and names its provider as the one asked last.
pub(super) fn tried(
    response: &mut AiResponse,
    model: &dyn TextModel,
    asked_for: Option<&str>,
    waited: Duration,
    took: Duration,
    outcome: Outcome<'_>,
) {
    model.provider().clone_into(&mut response.provider);
    response.model = model_name(model, asked_for);
    response.attempts.0.push(Attempt {
        provider: response.provider.clone(),
        model: Some(response.model.clone()),
        waited_ms: millis(waited),
        response_time_ms: millis(took),
        provider_request_id: outcome.ok().and_then(|generated| generated.provider_request_id.clone()),
        error: outcome.err().map(stored_error),
    });
}

fn stored_error(error: &ModelError) -> ResponseError {
    ResponseError { code: error.code().to_owned(), detail: error.detail() }
}

/// The end with an answer.
pub(super) fn succeeded(response: &mut AiResponse, generated: Generated, now: Timestamp, answer_chars: usize) {
    let first = response.attempts.0.first().map(|attempt| attempt.provider.clone());
    response.fallback_from = first.filter(|first| *first != response.provider);
    response.truncated = generated.finish_reason == FinishReason::Length;
    response.answer = generated.text;
    response.truncated |= cut(&mut response.answer, answer_chars);
    if !generated.model.is_empty() {
        response.model = generated.model;
    }
    response.confidence = generated.confidence.filter(|value| (0.0..=1.0).contains(value));
    response.sources = Sources(sources::merge(std::mem::take(&mut response.sources.0), generated.sources));
    response.usage = generated.usage;
    response.cost = generated.cost;
    response.success = true;
    response.error = None;
    response.response_time_ms = millis(now.since(response.created_at));
}

/// The end without an answer; a partial text stays.
pub(super) fn failed(response: &mut AiResponse, error: &ModelError, now: Timestamp) {
    response.success = false;
    response.error = Some(stored_error(error));
    response.response_time_ms = millis(now.since(response.created_at));
}

/// Cuts a text to this many characters; whether it had more.
pub(super) fn cut(text: &mut String, chars: usize) -> bool {
    let end = text.char_indices().nth(chars).map(|(end, _)| end);
    end.inspect(|end| text.truncate(*end)).is_some()
}

/// The error that a stored failure stands for.
pub(super) fn error_of(response: &AiResponse) -> Error {
    let waited = Duration::from_millis(u64::from(response.response_time_ms));
    let (code, detail) = match &response.error {
        Some(error) => (error.code.as_str(), error.detail.clone()),
        None => ("", "no answer was stored".to_owned()),
    };
    let source = ModelError::from_stored(code, detail, waited);
    Error::Model { source, response: Some(response.id.uuid()), order: None::<Uuid> }
}

/// What the others are told of a stored answer or failure.
pub(super) fn generated_event(response: &AiResponse) -> ResponseGenerated {
    ResponseGenerated {
        response_id: response.id,
        user_id: response.user_id,
        exposure_id: response.exposure_id,
        prompt_id: response.prompt_id,
        prompt_version: response.prompt_version,
        category: response.category,
        provider: response.provider.clone(),
        model: response.model.clone(),
        success: response.success,
        error_code: response.error.as_ref().map(|error| error.code.clone()),
        response_time_ms: response.response_time_ms,
        prompt_tokens: response.usage.map(|usage| usage.prompt_tokens),
        completion_tokens: response.usage.map(|usage| usage.completion_tokens),
        cost_micros: response.cost.as_ref().map(|cost| cost.amount_micros),
        currency: response.cost.as_ref().map(|cost| cost.currency),
        fallback_from: response.fallback_from.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_counts_characters() {
        let mut text = "ßßß".to_owned();
        assert!(!cut(&mut text, 3));
        assert!(cut(&mut text, 2));
        assert_eq!(text, "ßß");
    }
}
