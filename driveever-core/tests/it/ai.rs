//! The AI service: fallback, idempotency, several at once, feedback, health, personal data.

use std::{sync::Arc, time::Duration};

use driveever_core::{
    Error, RequestContext, Role,
    ai::{
        AiLimits, AiOptions, AiResponse, AiService, AiState, Answers, Feedback, FeedbackHistory, GenerateRequest,
        NewFeedback, ResponseId,
        event::{FeedbackGiven, ResponseGenerated},
        text_model::{AnswerSource, FinishReason, Generated, ModelError, TextModel},
    },
    event::{EventBody, EventLog, EventQuery},
    id::{Id, IdGenerator},
    page::PageRequest,
    query::{Filter, Query},
    repository::{Repository, RepositoryExt},
    time::Clock,
    user::PersonalData,
};
use uuid::Uuid;

use crate::{
    models::{Act, Scripted, down, generated, refused},
    support::{Overlapping, World, request_as, request_by, user_id, world},
};

pub(crate) fn answers(world: &World, models: &[&Arc<Scripted>], options: AiOptions) -> Answers {
    let models = models.iter().map(|model| Arc::clone(model) as Arc<dyn TextModel>).collect();
    Answers::new(Arc::new(Overlapping(world.store.clone())), models, world.clock.clone(), world.ids.clone(), options)
        .unwrap()
}

pub(crate) fn ask() -> GenerateRequest {
    GenerateRequest {
        prompt: "Answer: is it safe?".to_owned(),
        question: " Is it safe? ".to_owned(),
        fallback: true,
        ..GenerateRequest::default()
    }
}

pub(crate) async fn bodies<B: EventBody>(world: &World) -> Vec<B> {
    let query = EventQuery { event_type: Some(B::TYPE.to_owned()), limit: 1_000, ..EventQuery::default() };
    let events = world.store.read(&query).await.unwrap();
    events.iter().map(|stored| stored.event.read().unwrap()).collect()
}

fn fields(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(violations) => violations.into_iter().map(|violation| violation.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_answer_is_stored_with_its_event_and_its_attempts() {
    let world = world();
    let rule =
        AnswerSource { title: "Rule 97".into(), publisher: "Highway Code".into(), date: None, demonstration: false };
    let answer = Generated { sources: vec![rule.clone()], confidence: Some(1.5), ..generated("Yes.") };
    let first = Scripted::new("first", &world.clock, [Act::Fail(down())]);
    let second = Scripted::new("second", &world.clock, [Act::Answer(answer)]);
    let service = answers(&world, &[&first, &second], AiOptions::default());
    let request = GenerateRequest { model: Some("large".into()), ..ask() };
    let response = service.generate(&request_by(1), request).await.unwrap();
    assert!(response.success);
    assert_eq!((response.answer.as_str(), response.question.as_str()), ("Yes.", "Is it safe?"));
    assert_eq!((response.provider.as_str(), response.model.as_str()), ("second", "small-2026"));
    assert_eq!(response.fallback_from.as_deref(), Some("first"));
    assert_eq!(response.response_time_ms, 500);
    assert_eq!(response.confidence, None, "a figure that is no probability is not passed on");
    assert_eq!(response.sources.0, [rule]);
    let tries: Vec<_> =
        response.attempts.0.iter().map(|attempt| (attempt.provider.as_str(), attempt.error.is_some())).collect();
    assert_eq!(tries, [("first", true), ("second", false)]);
    assert_eq!(first.asked.lock().unwrap()[0].model.as_deref(), Some("large"));
    assert_eq!(second.asked.lock().unwrap()[0].model, None, "a model's name is its provider's");
    assert_eq!(service.response(&request_by(1), response.id).await.unwrap(), response);

    let told = bodies::<ResponseGenerated>(&world).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].response_id, told[0].prompt_tokens, told[0].success), (response.id, Some(10), true));
}

#[tokio::test]
async fn a_refusal_is_final_and_a_failure_is_stored() {
    let world = world();
    let first = Scripted::new("first", &world.clock, [Act::Fail(refused()), Act::Fail(down())]);
    let second = Scripted::new("second", &world.clock, [Act::Answer(generated("  "))]);
    let service = answers(&world, &[&first, &second], AiOptions::default());
    let Err(Error::Model { source: ModelError::Refused { .. }, response: Some(id), .. }) =
        service.generate(&request_by(1), ask()).await
    else {
        panic!()
    };
    assert!(second.asked.lock().unwrap().is_empty());
    let stored = service.response(&request_by(1), Id::new(id)).await.unwrap();
    assert_eq!((stored.success, stored.error.unwrap().code.as_str()), (false, "content_refused"));

    // Without text there is no answer; the last error is the one that is told.
    let error = service.generate(&request_by(1), ask()).await.unwrap_err();
    assert!(matches!(error, Error::Model { source: ModelError::Malformed { .. }, .. }));
    let told = bodies::<ResponseGenerated>(&world).await;
    assert_eq!(told[1].error_code.as_deref(), Some("provider_answer_malformed"));

    // Without fallback nobody else is asked.
    let alone = GenerateRequest { fallback: false, provider: Some("second".into()), ..ask() };
    assert_eq!(service.generate(&request_by(1), alone).await.unwrap().provider, "second");
}

#[tokio::test]
async fn the_budget_ends_the_tries() {
    let world = world();
    let first = Scripted::new("first", &world.clock, [Act::Fail(down())]);
    let second = Scripted::new("second", &world.clock, []);
    let options = AiOptions { budget: Duration::from_millis(250), ..AiOptions::default() };
    let service = answers(&world, &[&first, &second], options);
    assert!(service.generate(&request_by(1), ask()).await.is_err());
    assert_eq!(first.asked.lock().unwrap()[0].timeout, Duration::from_millis(250));
    assert!(second.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn one_identity_is_answered_once() {
    let world = world();
    let model = Scripted::new("first", &world.clock, []);
    let service = answers(&world, &[&model], AiOptions::default());
    let id = ResponseId::new(world.ids.uuid());
    let request = GenerateRequest { response_id: Some(id), ..ask() };
    let (by, other) = (request_by(1), request_by(2));
    let calls = (0..8).map(|_| service.generate(&by, request.clone()));
    let all = futures_util::future::try_join_all(calls).await.unwrap();
    assert!(all.iter().all(|response| *response == all[0]));
    let asked = model.asked.lock().unwrap().len();
    assert_eq!(service.generate(&by, request.clone()).await.unwrap(), all[0]);
    assert_eq!(model.asked.lock().unwrap().len(), asked, "nobody is asked again");
    assert_eq!(bodies::<ResponseGenerated>(&world).await.len(), 1);
    assert!(matches!(service.generate(&other, request).await, Err(Error::NotFound { .. })));

    // A stored failure is given again too.
    let failing = Scripted::new("first", &world.clock, [Act::Fail(refused())]);
    let service = answers(&world, &[&failing], AiOptions::default());
    let idempotent = RequestContext { idempotency: Some(world.ids.uuid()), ..request_by(1) };
    for _ in 0..2 {
        let error = service.generate(&idempotent, ask()).await.unwrap_err();
        assert!(matches!(error, Error::Model { source: ModelError::Refused { .. }, .. }));
    }
    assert_eq!(failing.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn several_are_asked_at_once_and_each_has_its_entry() {
    let world = world();
    let first = Scripted::new("first", &world.clock, [Act::Fail(down())]);
    let second = Scripted::new("second", &world.clock, []);
    let service = answers(&world, &[&first, &second], AiOptions::default());
    let request = GenerateRequest { response_id: Some(world.ids.uuid().into()), ..ask() };
    let names = || vec!["second".to_owned(), "first".to_owned()];
    let all = service.generate_multiple(&request_by(1), request.clone(), names()).await.unwrap();
    let outcomes: Vec<_> = all.iter().map(|response| (response.provider.as_str(), response.success)).collect();
    assert_eq!(outcomes, [("second", true), ("first", false)]);
    assert_ne!(all[0].id, all[1].id);
    assert_eq!(service.generate_multiple(&request_by(1), request, names()).await.unwrap(), all, "repeatable");

    let bad = vec!["first".to_owned(), "first".to_owned(), "nobody".to_owned()];
    let request = GenerateRequest { question: String::new(), ..ask() };
    let error = service.generate_multiple(&request_by(1), request, bad).await.unwrap_err();
    assert_eq!(fields(error), ["question", "providers[1]", "providers[2]"]);
    let error = service.generate_multiple(&request_by(1), ask(), Vec::new()).await.unwrap_err();
    assert_eq!(fields(error), ["providers"]);
    let error = service.generate_multiple(&request_by(1), ask(), vec!["first".to_owned(); 9]).await.unwrap_err();
    assert_eq!(fields(error).first().map(String::as_str), Some("providers"));
}

#[tokio::test]
async fn all_faults_are_named_at_once_and_limits_are_settings() {
    let world = world();
    let model = Scripted::new("first", &world.clock, []);
    let limits = AiLimits { question_chars: 5, prompt_chars: 6, ..AiLimits::default() };
    let service = answers(&world, &[&model], AiOptions { limits, ..AiOptions::default() });
    let request = GenerateRequest {
        prompt: "1234567".into(),
        question: "a\0b".into(),
        provider: Some("nobody".into()),
        session_id: Some("x".repeat(201)),
        ..ask()
    };
    let error = service.generate(&request_by(1), request).await.unwrap_err();
    assert_eq!(fields(error), ["prompt", "question", "sessionId", "provider"]);
    let request =
        GenerateRequest { model: Some("huge".into()), prompt: "123456".into(), question: "12345".into(), ..ask() };
    assert_eq!(fields(service.generate(&request_by(1), request).await.unwrap_err()), ["model"]);
    assert!(model.asked.lock().unwrap().is_empty());
    assert!(bodies::<ResponseGenerated>(&world).await.is_empty());
    let nobody = RequestContext::anonymous("r");
    assert!(matches!(service.generate(&nobody, ask()).await, Err(Error::Unauthenticated { .. })));
    let none = answers(&world, &[], AiOptions::default());
    assert!(matches!(none.generate(&request_by(1), ask()).await, Err(Error::Unavailable { .. })));
    let twins = vec![model.clone() as Arc<dyn TextModel>, model];
    assert!(
        Answers::new(world.store.clone(), twins, world.clock.clone(), world.ids.clone(), AiOptions::default()).is_err()
    );
}

#[tokio::test]
async fn long_answers_are_cut_and_marked() {
    let world = world();
    let cut = Generated { finish_reason: FinishReason::Length, ..generated("ab") };
    let model = Scripted::new("first", &world.clock, [Act::Answer(generated("abcdef")), Act::Answer(cut)]);
    let service = answers(&world, &[&model], AiOptions { answer_chars: 4, ..AiOptions::default() });
    let response = service.generate(&request_by(1), ask()).await.unwrap();
    assert_eq!((response.answer.as_str(), response.truncated), ("abcd", true));
    let response = service.generate(&request_by(1), ask()).await.unwrap();
    assert_eq!((response.answer.as_str(), response.truncated), ("ab", true));
}

#[tokio::test]
async fn answers_are_their_owners() {
    let world = world();
    let model = Scripted::new("first", &world.clock, []);
    let service = answers(&world, &[&model], AiOptions::default());
    let first = service.generate(&request_by(1), ask()).await.unwrap();
    let second = service.generate(&request_by(1), ask()).await.unwrap();
    service.generate(&request_by(2), ask()).await.unwrap();
    assert!(matches!(service.response(&request_by(2), first.id).await, Err(Error::NotFound { .. })));
    assert_eq!(service.response(&request_as(3, Role::Admin), first.id).await.unwrap().id, first.id);
    let page = service.responses(&request_by(1), &PageRequest::default()).await.unwrap();
    let ids: Vec<_> = page.data().iter().map(|response| response.id).collect();
    assert_eq!(ids, [second.id, first.id], "newest first");
}

#[tokio::test]
async fn later_feedback_replaces_the_earlier_and_history_stays() {
    let world = world();
    let model = Scripted::new("first", &world.clock, [Act::Answer(generated("Yes.")), Act::Fail(refused())]);
    let service = answers(&world, &[&model], AiOptions::default());
    let request = request_by(1);
    let response = service.generate(&request, ask()).await.unwrap();
    assert_eq!(service.feedback(&request, response.id).await.unwrap(), None);
    let give = |rating, comment: &str| NewFeedback { rating, helpful: Some(true), comment: Some(comment.to_owned()) };
    let first = service.give_feedback(&request, response.id, give(2, "meh")).await.unwrap();
    world.clock.advance(Duration::from_mins(1));
    let second = service.give_feedback(&request, response.id, give(5, " ")).await.unwrap();
    assert_eq!((second.id, second.revision.get(), second.rating, second.comment.clone()), (first.id, 2, 5, None));
    assert_eq!(second.created_at, first.created_at);
    assert_eq!(service.feedback(&request, response.id).await.unwrap(), Some(second));
    let history: Vec<FeedbackHistory> = world.store.find(&Query::everything()).await.unwrap();
    assert_eq!(history.iter().map(|given| given.rating).collect::<Vec<_>>(), [2, 5]);
    let told = bodies::<FeedbackGiven>(&world).await;
    assert_eq!((told[0].rating, told[0].previous_rating), (2, None));
    assert_eq!((told[1].rating, told[1].previous_rating, told[1].previous_at), (5, Some(2), Some(first.updated_at)));

    let bad = NewFeedback { rating: 6, helpful: None, comment: Some("x".repeat(2_001)) };
    assert_eq!(fields(service.give_feedback(&request, response.id, bad).await.unwrap_err()), ["rating", "comment"]);
    let stranger = service.give_feedback(&request_by(2), response.id, give(1, "x")).await;
    assert!(matches!(stranger, Err(Error::NotFound { .. })));
    let admin = service.give_feedback(&request_as(3, Role::Admin), response.id, give(1, "x")).await;
    assert!(matches!(admin, Err(Error::NotFound { .. })));
    let Err(Error::Model { response: Some(failed), .. }) = service.generate(&request, ask()).await else { panic!() };
    let rated = service.give_feedback(&request, Id::new(failed), give(1, "x")).await;
    assert!(matches!(rated, Err(Error::Conflict { code: "no_answer", .. })));
}

#[tokio::test]
async fn feedback_given_side_by_side_leaves_one() {
    let world = world();
    let model = Scripted::new("first", &world.clock, []);
    let service = answers(&world, &[&model], AiOptions::default());
    let request = request_by(1);
    let response = service.generate(&request, ask()).await.unwrap();
    let give = |rating| NewFeedback { rating, ..NewFeedback::default() };
    let calls = (1..=5).map(|rating| service.give_feedback(&request, response.id, give(rating)));
    futures_util::future::join_all(calls).await;
    let all: Vec<Feedback> = world.store.find(&Query::everything()).await.unwrap();
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn health_is_asked_once_in_a_while_and_true() {
    let world = world();
    let (first, second) = (Scripted::new("first", &world.clock, []), Scripted::new("second", &world.clock, []));
    let service = answers(&world, &[&first, &second], AiOptions::default());
    for _ in 0..3 {
        assert_eq!(service.health().await.unwrap().status, AiState::Healthy);
    }
    assert_eq!(*first.probes.lock().unwrap(), 1);
    *first.available.lock().unwrap() = false;
    world.clock.advance(Duration::from_secs(10));
    let health = service.health().await.unwrap();
    assert_eq!((health.status, health.available_count()), (AiState::Degraded, 1));
    assert_eq!(health.providers[0].detail, None, "what is wrong is not for everybody");
    let status = service.status(&request_by(1)).await.unwrap();
    assert_eq!(status[0].detail.as_deref(), Some("key refused"));
    *second.available.lock().unwrap() = false;
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(service.health().await.unwrap().status, AiState::Unhealthy);
    assert_eq!(service.providers(&request_by(1)).await.unwrap()[1].name, "second");
    let tested = service.test(&request_by(1), Some("second".into())).await.unwrap();
    assert_eq!(tested.provider, "second");
    assert_eq!(fields(service.test(&request_by(1), Some("x".into())).await.unwrap_err()), ["provider"]);
}

#[tokio::test]
async fn a_person_is_given_out_and_erased() {
    let world = world();
    let model = Scripted::new("first", &world.clock, [Act::Answer(generated("Secret answer.")), Act::Fail(down())]);
    let service = answers(&world, &[&model], AiOptions::default());
    let request = request_by(1);
    let named = GenerateRequest { session_id: Some("session".into()), vehicle_id: Some(Id::new(Uuid::nil())), ..ask() };
    let response = service.generate(&request, named).await.unwrap();
    service.generate(&request, ask()).await.unwrap_err();
    let other = service.generate(&request_by(2), ask()).await.unwrap();
    let comment = NewFeedback { rating: 4, helpful: None, comment: Some("Private words".into()) };
    service.give_feedback(&request, response.id, comment).await.unwrap();

    let export = service.export(user_id(1)).await.unwrap();
    assert_eq!(export["responses"].as_array().unwrap().len(), 2);
    assert_eq!(export["responses"][0]["answer"], "Secret answer.");
    assert_eq!(export["feedback"][0]["comment"], "Private words");
    assert_eq!(export["feedback"][0]["responseId"], response.id.to_string());

    for _ in 0..2 {
        service.erase(user_id(1)).await.unwrap();
    }
    let stored: Vec<AiResponse> = world.store.find(&Query::everything()).await.unwrap();
    let text = format!("{stored:?}");
    for gone in ["Secret answer", "connection refused", "session"] {
        assert!(!text.contains(&format!("\"{gone}")), "{gone}");
    }
    assert!(stored.iter().all(|left| left.id == other.id || (left.user_id.is_none() && left.question.is_empty())));
    let left: Vec<Feedback> = world.store.find(&Query::everything()).await.unwrap();
    assert_eq!((left[0].rating, left[0].comment.clone(), left[0].user_id), (4, None, None));
    assert!(!RepositoryExt::<FeedbackHistory>::exists(world.store.as_ref(), Filter::everything()).await.unwrap());
    assert!(matches!(service.response(&request, response.id).await, Err(Error::NotFound { .. })));
    assert_eq!(service.export(user_id(1)).await.unwrap()["responses"].as_array().unwrap().len(), 0);
    assert!(world.clock.now() > other.created_at);
}
