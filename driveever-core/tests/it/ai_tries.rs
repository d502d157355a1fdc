//! Asking again, waiting, leaving alone, and what it cost.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use driveever_core::{
    ai::{
        AiObserver, AiOptions, AiResponse, AiService, Answers, StreamEvent,
        breaker::BreakerState,
        price::PriceTable,
        text_model::{ModelError, Piece},
    },
    time::{Clock, FixedClock, Timer},
};
use futures_util::StreamExt;

use crate::{
    ai::{answers, ask},
    models::{Act, Scripted, down, generated, refused},
    support::{World, request_by, world},
};

/// Waits by moving the clock.
struct Moving(Arc<FixedClock>);

#[async_trait]
impl Timer for Moving {
    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
    }
}

fn waiting(world: &World, models: &[&Arc<Scripted>]) -> Answers {
    answers(world, models, AiOptions::default()).with_timer(Arc::new(Moving(world.clock.clone())))
}

fn limited(seconds: u64) -> Act {
    Act::Fail(ModelError::RateLimited { detail: "enough".into(), retry_after: Some(Duration::from_secs(seconds)) })
}

fn dead() -> Act {
    Act::Fail(ModelError::Misconfigured { detail: "it answered 401".into() })
}

/// Asks, whole or as a stream: the stored row.
async fn row(service: &Answers, stream: bool) -> AiResponse {
    let request = request_by(1);
    let id = if stream {
        let mut events = service.stream(&request, ask()).await.unwrap();
        loop {
            match events.next().await.unwrap() {
                StreamEvent::Delta(_) => {}
                StreamEvent::Done(response) => break response.id,
                StreamEvent::Failed { response_id, .. } => break response_id.unwrap(),
            }
        }
    } else {
        match service.generate(&request, ask()).await {
            Ok(response) => response.id,
            Err(driveever_core::Error::Model { response, .. }) => response.unwrap().into(),
            Err(other) => panic!("{other:?}"),
        }
    };
    service.response(&request, id).await.unwrap()
}

/// Provider and code of each try.
type Codes = Vec<(&'static str, &'static str)>;

/// Provider, code and whether it was waited before, of each try.
fn tries(response: &AiResponse) -> Vec<(String, String, u32)> {
    let code = |error: &driveever_core::ai::ResponseError| error.code.clone();
    response
        .attempts
        .0
        .iter()
        .map(|attempt| {
            let outcome = attempt.error.as_ref().map_or_else(|| "ok".to_owned(), code);
            (attempt.provider.clone(), outcome, attempt.waited_ms)
        })
        .collect()
}

fn tried(provider: &str, code: &str, waited_ms: u32) -> (String, String, u32) {
    (provider.to_owned(), code.to_owned(), waited_ms)
}

#[tokio::test]
async fn each_failure_has_its_tries_waits_and_row() {
    let timed_out = || Act::Fail(ModelError::TimedOut { waited: Duration::from_secs(1) });
    let malformed = || Act::Fail(ModelError::Malformed { detail: "no JSON".into() });
    let incomplete = || Act::Fail(ModelError::Incomplete { detail: "cut".into() });
    let rejected = || Act::Fail(ModelError::Rejected { detail: "it answered 400".into() });
    // What the first provider does, and the tries with a second one and without.
    let table: Vec<(Vec<Act>, Codes, Codes)> = vec![
        (
            vec![Act::Fail(down())],
            vec![("a", "provider_unavailable"), ("a", "ok")],
            vec![("a", "provider_unavailable"), ("a", "ok")],
        ),
        (
            vec![Act::Fail(down()), timed_out()],
            vec![("a", "provider_unavailable"), ("a", "provider_timed_out"), ("b", "ok")],
            vec![("a", "provider_unavailable"), ("a", "provider_timed_out")],
        ),
        (
            vec![malformed(), incomplete()],
            vec![("a", "provider_answer_malformed"), ("a", "stream_incomplete"), ("b", "ok")],
            vec![("a", "provider_answer_malformed"), ("a", "stream_incomplete")],
        ),
        // A wait that is too long while another may be asked, and bearable alone; one that is too long for anybody.
        (
            vec![limited(20)],
            vec![("a", "provider_rate_limited"), ("b", "ok")],
            vec![("a", "provider_rate_limited"), ("a", "ok")],
        ),
        (vec![limited(61)], vec![("a", "provider_rate_limited"), ("b", "ok")], vec![("a", "provider_rate_limited")]),
        (
            vec![limited(1)],
            vec![("a", "provider_rate_limited"), ("a", "ok")],
            vec![("a", "provider_rate_limited"), ("a", "ok")],
        ),
        (vec![dead()], vec![("a", "provider_misconfigured"), ("b", "ok")], vec![("a", "provider_misconfigured")]),
        (vec![Act::Fail(refused())], vec![("a", "content_refused")], vec![("a", "content_refused")]),
        (vec![rejected()], vec![("a", "provider_rejected_request")], vec![("a", "provider_rejected_request")]),
    ];
    for (acts, with_other, alone) in table {
        for (others, expected) in [(true, with_other), (false, alone)] {
            for stream in [false, true] {
                let world = world();
                let first = Scripted::new("a", &world.clock, acts.clone());
                let second = Scripted::new("b", &world.clock, []);
                let models: &[&Arc<Scripted>] = if others { &[&first, &second] } else { &[&first] };
                let response = row(&waiting(&world, models), stream).await;
                let found = tries(&response);
                let short: Vec<_> =
                    found.iter().map(|(provider, code, _)| (provider.as_str(), code.as_str())).collect();
                assert_eq!(short, expected, "others: {others}, stream: {stream}");
                assert_eq!(response.success, expected.last().unwrap().1 == "ok");
                let fell_back = response.success && response.provider != "a";
                assert_eq!(response.fallback_from.is_some(), fell_back);
                for pair in found.windows(2) {
                    assert_eq!(pair[1].2 > 0, pair[0].0 == pair[1].0, "a wait before the same one only: {found:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn waits_are_the_providers_own_and_nobody_waits_without_a_timer() {
    let world = world();
    let first = Scripted::new("a", &world.clock, [limited(7)]);
    let response = row(&waiting(&world, &[&first]), false).await;
    assert_eq!(tries(&response), [tried("a", "provider_rate_limited", 0), tried("a", "ok", 7_000)]);
    assert_eq!(response.response_time_ms, 7_500, "waits count");
    let impatient = Scripted::new("b", &world.clock, [Act::Fail(down())]);
    let response = row(&answers(&world, &[&impatient], AiOptions::default()), false).await;
    assert_eq!(tries(&response), [tried("b", "provider_unavailable", 0)]);
}

#[tokio::test]
async fn a_stream_that_gave_text_is_not_asked_again() {
    let world = world();
    let half = Act::Pieces(vec![Ok(Piece::Delta("Half".into())), Err(down())]);
    let first = Scripted::new("a", &world.clock, [half]);
    let second = Scripted::new("b", &world.clock, []);
    let response = row(&waiting(&world, &[&first, &second]), true).await;
    assert_eq!((response.answer.as_str(), response.success), ("Half", false));
    assert_eq!(tries(&response), [tried("a", "provider_unavailable", 0)]);
}

type Moves = Mutex<Vec<(String, BreakerState, &'static str)>>;

#[derive(Default)]
struct Watcher(Moves);

impl AiObserver for Watcher {
    fn tried(&self, _: &str, _: &str, _: &'static str, _: Duration) {}

    fn breaker_moved(&self, provider: &str, _: &str, to: BreakerState, outcome: &'static str) {
        self.0.lock().unwrap().push((provider.to_owned(), to, outcome));
    }
}

#[tokio::test]
async fn what_keeps_failing_is_left_alone_and_tried_again_later() {
    let world = world();
    let first = Scripted::new("a", &world.clock, [dead(), dead()]);
    let second = Scripted::new("b", &world.clock, []);
    let watcher = Arc::new(Watcher::default());
    let service = waiting(&world, &[&first, &second]).with_observer(watcher.clone());
    row(&service, false).await;
    let passed_over = row(&service, true).await;
    assert_eq!(tries(&passed_over), [tried("a", "provider_not_asked", 0), tried("b", "ok", 0)]);
    assert_eq!(passed_over.fallback_from.as_deref(), Some("a"));
    assert_eq!(first.asked.lock().unwrap().len(), 1, "it was not asked again");
    let status = service.status(&request_by(1)).await.unwrap();
    assert_eq!((status[0].available, status[0].breaker), (false, BreakerState::Open));
    assert_eq!((status[1].available, status[1].breaker), (true, BreakerState::Closed));
    // The probe fails, and is no second alarm; the next one succeeds.
    world.clock.advance(Duration::from_secs(15));
    row(&service, false).await;
    world.clock.advance(Duration::from_secs(30));
    let back = row(&service, false).await;
    assert_eq!(tries(&back), [tried("a", "ok", 0)]);
    let moves = watcher.0.lock().unwrap().clone();
    let expected = [("a", BreakerState::Open, "provider_misconfigured"), ("a", BreakerState::Closed, "success")];
    assert_eq!(moves, expected.map(|(provider, to, outcome)| (provider.to_owned(), to, outcome)));
}

#[tokio::test]
async fn nobody_left_is_told_apart_from_an_outage() {
    let world = world();
    let only = Scripted::new("a", &world.clock, [dead()]);
    let service = waiting(&world, &[&only]);
    row(&service, false).await;
    let error = service.generate(&request_by(1), ask()).await.unwrap_err();
    assert!(matches!(error, driveever_core::Error::Model { source: ModelError::NotAsked { .. }, .. }), "{error:?}");
    assert_eq!(only.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_has_the_cost_that_the_table_says_and_none_without_usage() {
    let world = world();
    let uncounted = driveever_core::ai::text_model::Generated { usage: None, ..generated("Yes.") };
    let first = Scripted::new("a", &world.clock, [Act::Answer(generated("Yes.")), Act::Answer(uncounted)]);
    let table: PriceTable = serde_json::from_value(serde_json::json!({
        "version": "2026-11", "currency": "USD",
        "prices": [{"provider": "a", "model": "small", "effectiveFrom": "2026-01-01", "input": 2_000_000, "output": 10_000_000}],
    }))
    .unwrap();
    let service = waiting(&world, &[&first]).with_prices(table).unwrap();
    let cost = row(&service, false).await.cost.unwrap();
    assert_eq!((cost.amount_micros, cost.price_table.as_deref()), (70, Some("2026-11")));
    assert_eq!(row(&service, false).await.cost, None);
}

#[tokio::test]
async fn a_sample_question_is_put_once_in_a_while() {
    let world = world();
    let first = Scripted::new("a", &world.clock, []);
    let service = waiting(&world, &[&first]);
    let (one, two) = (request_by(1), request_by(2));
    let sample = service.test(&one, None).await.unwrap();
    assert_eq!(service.test(&one, None).await.unwrap(), sample);
    assert_ne!(service.test(&two, None).await.unwrap().id, sample.id, "each caller has their own");
    world.clock.advance(AiOptions::default().health_ttl);
    assert_ne!(service.test(&one, None).await.unwrap().id, sample.id);
    assert!(world.clock.now() > sample.created_at);
}
