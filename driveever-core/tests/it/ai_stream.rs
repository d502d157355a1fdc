//! Streamed answers: one end, always stored.

use driveever_core::{
    Error,
    ai::{
        AiOptions, AiResponse, AiService, Answers, GenerateRequest, StreamEvent,
        event::ResponseGenerated,
        text_model::{ModelError, Piece},
    },
    id::IdGenerator,
    query::Query,
    repository::Repository,
    user::PersonalData,
};
use futures_util::StreamExt;

use crate::{
    ai::{answers, ask, bodies},
    models::{Act, Scripted, down, generated},
    support::{World, request_by, user_id, world},
};

#[expect(clippy::unnecessary_wraps, reason = "it stands among pieces that may be errors")]
fn delta(text: &str) -> Result<Piece, ModelError> {
    Ok(Piece::Delta(text.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands among pieces that may be errors")]
fn done(text: &str) -> Result<Piece, ModelError> {
    Ok(Piece::Done(Box::new(generated(text))))
}

/// The text of the deltas, and the end.
async fn read(service: &Answers, generate: GenerateRequest) -> (String, StreamEvent) {
    let mut stream = service.stream(&request_by(1), generate).await.unwrap();
    let mut text = String::new();
    loop {
        match stream.next().await.unwrap() {
            StreamEvent::Delta(piece) => text.push_str(&piece),
            end => {
                assert!(stream.next().await.is_none(), "nothing follows the end");
                return (text, end);
            }
        }
    }
}

async fn stored(world: &World) -> Vec<AiResponse> {
    world.store.find(&Query::everything()).await.unwrap()
}

#[tokio::test]
async fn deltas_then_the_stored_answer() {
    let world = world();
    let pieces = vec![delta("Ye"), delta(""), delta("s."), done("Yes.")];
    let model = Scripted::new("first", &world.clock, [Act::Pieces(pieces), Act::Answer(generated("All at once."))]);
    let service = answers(&world, &[&model], AiOptions::default());
    let generate = GenerateRequest { response_id: Some(world.ids.uuid().into()), ..ask() };
    let (text, StreamEvent::Done(response)) = read(&service, generate.clone()).await else { panic!() };
    assert_eq!((text.as_str(), response.answer.as_str(), response.success), ("Yes.", "Yes.", true));
    assert_eq!(stored(&world).await, [(*response).clone()]);
    assert_eq!(bodies::<ResponseGenerated>(&world).await.len(), 1);

    let (again, StreamEvent::Done(same)) = read(&service, generate).await else { panic!() };
    assert_eq!((again, same), (text, response), "a stored answer is given again");

    let (text, StreamEvent::Done(response)) = read(&service, ask()).await else { panic!() };
    assert_eq!((text.as_str(), response.answer.as_str()), ("All at once.", "All at once."));
}

#[tokio::test]
async fn a_stream_without_its_end_is_a_failure_with_the_text_so_far() {
    let world = world();
    let broken = Act::Pieces(vec![delta("It is saf")]);
    let first = Scripted::new("first", &world.clock, [broken]);
    let second = Scripted::new("second", &world.clock, []);
    let service = answers(&world, &[&first, &second], AiOptions::default());
    let (text, StreamEvent::Failed { error, response_id }) = read(&service, ask()).await else { panic!() };
    assert_eq!(text, "It is saf");
    assert!(matches!(error, Error::Model { source: ModelError::Incomplete { .. }, .. }));
    assert!(second.asked.lock().unwrap().is_empty(), "text was given already");
    let stored = stored(&world).await;
    assert_eq!(
        (stored[0].id, stored[0].answer.as_str(), stored[0].success),
        (response_id.unwrap(), "It is saf", false)
    );
    assert_eq!(stored[0].error.as_ref().unwrap().code, "stream_incomplete");
}

#[tokio::test]
async fn before_the_first_text_another_provider_is_asked() {
    let world = world();
    let first = Scripted::new("first", &world.clock, [Act::Fail(down())]);
    let second = Scripted::new("second", &world.clock, [Act::Pieces(vec![Err(down())])]);
    let third = Scripted::new("third", &world.clock, [Act::Pieces(vec![delta("Yes."), done("Yes.")])]);
    let service = answers(&world, &[&first, &second, &third], AiOptions::default());
    let (_, StreamEvent::Done(response)) = read(&service, ask()).await else { panic!() };
    assert_eq!((response.provider.as_str(), response.fallback_from.as_deref()), ("third", Some("first")));
    assert_eq!(response.attempts.0.len(), 3);

    let none = GenerateRequest { fallback: false, ..ask() };
    let failing = Scripted::new("first", &world.clock, [Act::Fail(down())]);
    let (text, end) = read(&answers(&world, &[&failing, &third], AiOptions::default()), none).await;
    assert!(text.is_empty() && matches!(end, StreamEvent::Failed { response_id: Some(_), .. }));
}

#[tokio::test]
async fn a_dropped_stream_is_stored_as_cancelled() {
    let world = world();
    let hanging = Act::Hang(vec![delta("It is ")]);
    let model = Scripted::new("first", &world.clock, [hanging.clone(), hanging]);
    let service = answers(&world, &[&model], AiOptions::default());
    let mut stream = service.stream(&request_by(1), ask()).await.unwrap();
    assert!(matches!(stream.next().await, Some(StreamEvent::Delta(_))));
    // The reader waits for more and goes away in the middle of it.
    assert!(futures_util::poll!(stream.next()).is_pending());
    drop(stream);
    assert!(stored(&world).await.is_empty());
    assert_eq!(service.store_cancelled().await.unwrap(), 1);
    assert_eq!(service.store_cancelled().await.unwrap(), 0);
    let left = stored(&world).await;
    assert_eq!((left[0].answer.as_str(), left[0].success), ("It is ", false));
    assert_eq!(left[0].error.as_ref().unwrap().code, ModelError::CANCELLED);
    assert_eq!(left[0].attempts.0.len(), 1);
    assert_eq!(bodies::<ResponseGenerated>(&world).await[0].error_code.as_deref(), Some("cancelled"));

    // What waits to be stored is erased with its user.
    let mut stream = service.stream(&request_by(1), ask()).await.unwrap();
    assert!(matches!(stream.next().await, Some(StreamEvent::Delta(_))));
    drop(stream);
    service.erase(user_id(1)).await.unwrap();
    service.store_cancelled().await.unwrap();
    assert!(stored(&world).await.iter().all(|left| left.user_id.is_none() && left.answer.is_empty()));
}

#[tokio::test]
async fn a_stream_stops_at_the_bound_on_an_answers_length() {
    let world = world();
    let endless = Act::Hang(vec![delta("abc"), delta("def"), delta("ghi")]);
    let whole = Act::Answer(generated("abcdefgh"));
    let model = Scripted::new("first", &world.clock, [endless, whole]);
    let service = answers(&world, &[&model], AiOptions { answer_chars: 5, ..AiOptions::default() });
    for _ in 0..2 {
        let (text, StreamEvent::Done(response)) = read(&service, ask()).await else { panic!() };
        assert_eq!((text.as_str(), response.answer.as_str(), response.truncated), ("abcde", "abcde", true));
    }
}
