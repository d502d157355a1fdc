//! Analytics: figures from events, each once, in their time; rebuilds; what analysts are shown.

use std::{sync::Arc, time::Duration};

use driveever_core::{
    Error, Role,
    ai::{
        AiContext,
        event::{FeedbackGiven, ResponseGenerated},
    },
    analytics::{
        AnalyticsContext, AnalyticsOptions, AnalyticsService, Bucket, Dimension, ExportRequest, Figures, Metric,
        Projection, Projections, RebuildMode, Statistics, TimeseriesRequest,
    },
    changes::Changes,
    entity::Context,
    event::{DomainEvent, EventBody, EventHandler, EventLog, StoredEvent},
    id::Id,
    money::Currency,
    page::PageRequest,
    prompt::PromptCategory,
    query::Query,
    repository::{ContextStore, Repository, RepositoryExt},
    time::{Clock, Timestamp},
};
use futures_util::TryStreamExt;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Overlapping, World, again, request_as, request_by, told, world};

/// The orders' log, as far as these tests write to it.
struct OrderLog;
impl Context for OrderLog {
    const NAME: &'static str = "order";
}

fn projections(world: &World) -> Projections {
    Projections::new(Arc::new(Overlapping(world.store.clone())))
}

fn statistics(world: &World) -> Statistics {
    Statistics::new(world.store.clone(), world.clock.clone(), AnalyticsOptions::default())
}

async fn overall(world: &World) -> Figures {
    statistics(world).overview(&request_as(1, Role::Analyst)).await.unwrap()
}

fn answered(provider: &str, took: u32) -> ResponseGenerated {
    ResponseGenerated {
        response_id: Id::new(Uuid::nil()),
        user_id: None,
        exposure_id: None,
        prompt_id: Some(Id::new(Uuid::from_u128(5))),
        prompt_version: Some(2),
        category: Some(PromptCategory::CostAnalysis),
        provider: provider.to_owned(),
        model: "small".to_owned(),
        success: true,
        error_code: None,
        response_time_ms: took,
        prompt_tokens: Some(10),
        completion_tokens: Some(5),
        cost_micros: Some(700),
        currency: Some(Currency::USD),
        fallback_from: None,
    }
}

fn failed(provider: &str, code: &str) -> ResponseGenerated {
    let error_code = Some(code.to_owned());
    ResponseGenerated { success: false, error_code, cost_micros: None, currency: None, ..answered(provider, 9_000) }
}

fn rated(rating: u8, previous: Option<(u8, Timestamp)>) -> FeedbackGiven {
    FeedbackGiven {
        response_id: Id::new(Uuid::nil()),
        exposure_id: None,
        prompt_id: None,
        prompt_version: None,
        category: None,
        provider: "openai".to_owned(),
        rating,
        previous_rating: previous.map(|(rating, _)| rating),
        previous_at: previous.map(|(_, at)| at),
        helpful: None,
    }
}

fn event<B: EventBody>(world: &World, body: &B) -> Arc<StoredEvent> {
    told(world, B::TYPE, &serde_json::to_value(body).unwrap())
}

fn order(world: &World, event_type: &'static str, amount: i64, payment: &str) -> Arc<StoredEvent> {
    let body = json!({
        "orderId": Uuid::nil(), "userId": Uuid::nil(), "status": "PAID", "totalAmount": amount, "currency": "GBP",
        "paymentStatus": payment, "provider": "openai", "somethingNew": true,
    });
    told(world, event_type, &body)
}

/// Writes an event to its context's log, as if it had been committed there.
async fn logged(world: &World, event: &DomainEvent) {
    match event.context.as_ref() {
        "ai" => world.store.commit(Changes::<AiContext>::new().causing(event.clone())).await.unwrap(),
        _ => world.store.commit(Changes::<OrderLog>::new().causing(event.clone())).await.unwrap(),
    }
}

#[tokio::test]
async fn events_count_under_everything_that_they_name() {
    let world = world();
    let events = [
        event(&world, &answered("openai", 100)),
        event(&world, &ResponseGenerated { fallback_from: Some("openai".into()), ..answered("gemini", 300) }),
        event(&world, &failed("openai", "provider_unavailable")),
        event(&world, &failed("openai", "cancelled")),
        event(&world, &rated(4, None)),
        order(&world, "order.created", 50, "pending"),
        order(&world, "order.paid", 50, "paid"),
        order(&world, "order.delivered", 50, "paid"),
        order(&world, "order.paid", 70, "paid"),
        order(&world, "order.failed", 70, "refunded"),
        order(&world, "order.cancelled", 10, "pending"),
    ];
    projections(&world).handle(&events).await.unwrap();
    let all = overall(&world).await;
    assert_eq!((all.questions, all.answers, all.cancelled, all.fallbacks), (4, 2, 1, 1));
    assert_eq!(all.success_rate(), Some(2.0 / 3.0), "who went away was not failed");
    assert_eq!((all.rating_count(), all.average_rating()), (1, Some(4.0)));
    assert_eq!((all.prompt_tokens, all.completion_tokens), (40, 20));
    assert_eq!(all.cost_micros()[0].amount, 1_400);
    assert_eq!((all.orders, all.orders_paid, all.orders_delivered, all.orders_failed), (1, 2, 1, 1));
    assert_eq!(all.revenue()[0].amount, 50);
    assert_eq!(all.response_times.count(), 2);

    let analyst = request_as(1, Role::Analyst);
    let providers = statistics(&world).providers(&analyst).await.unwrap();
    let counts: Vec<_> = providers.iter().map(|one| (one.provider.as_str(), one.figures.questions)).collect();
    assert_eq!(counts, [("gemini", 1), ("openai", 3)]);
    // What an order came to is known at its end: there the whole of it counts.
    let ended = &providers[1].figures;
    assert_eq!((ended.orders, ended.orders_paid, ended.orders_delivered, ended.orders_failed), (2, 2, 1, 1));
    assert_eq!(ended.revenue()[0].amount, 50);
    let prompts = statistics(&world).prompts(&analyst, &PageRequest::default()).await.unwrap();
    assert_eq!((prompts.data()[0].prompt_id.uuid(), prompts.data()[0].prompt_version), (Uuid::from_u128(5), 2));
    assert_eq!(prompts.data()[0].figures.questions, 4);
    let categories = statistics(&world).categories(&analyst).await.unwrap();
    assert_eq!((categories[0].category, categories[0].figures.answers), (PromptCategory::CostAnalysis, 2));
    for refused in [request_by(1), request_as(1, Role::PromptEditor)] {
        assert!(matches!(statistics(&world).overview(&refused).await, Err(Error::Forbidden { needs: "analyst" })));
    }
}

async fn series(world: &World, metric: Metric, bucket: Bucket) -> Vec<Option<f64>> {
    let request = TimeseriesRequest { metric, bucket, from: None, to: None, about: None };
    let series = statistics(world).timeseries(&request_as(1, Role::Analyst), request).await.unwrap();
    series.points.into_iter().map(|point| point.value).collect()
}

#[tokio::test]
async fn a_rating_given_anew_moves_and_late_events_land_in_their_time() {
    let world = world();
    let service = projections(&world);
    let first = event(&world, &rated(2, None));
    let first_at = first.event.occurred_at;
    let late = event(&world, &answered("openai", 100));
    world.clock.advance(Duration::from_hours(2));
    let second = event(&world, &rated(5, Some((2, first_at))));
    // The second is delivered before the first.
    service.handle(&[second]).await.unwrap();
    service.handle(&[first, late]).await.unwrap();
    let all = overall(&world).await;
    assert_eq!((all.ratings(), all.average_rating()), ([0, 0, 0, 0, 1], Some(5.0)));
    let hours = series(&world, Metric::Ratings, Bucket::Hour).await;
    assert_eq!(hours.len(), 49);
    assert_eq!(hours[46..], [Some(0.0), Some(0.0), Some(1.0)]);
    assert_eq!(series(&world, Metric::Answers, Bucket::Hour).await[46..], [Some(1.0), Some(0.0), Some(0.0)]);
    assert_eq!(series(&world, Metric::Rating, Bucket::Hour).await[46..], [None, None, Some(5.0)]);
    assert_eq!(series(&world, Metric::Ratings, Bucket::Day).await.last(), Some(&Some(1.0)));
}

#[tokio::test]
async fn many_processes_count_every_event_once() {
    let world = world();
    let batches: Vec<Vec<_>> =
        (0..6).map(|_| (0..20).map(|took| event(&world, &answered("openai", took))).collect()).collect();
    let repeated: Vec<Vec<_>> = batches.iter().map(|batch| batch.iter().map(again).collect()).collect();
    let processes: Vec<_> = (0..3).map(|_| projections(&world)).collect();
    let calls = batches.iter().chain(&repeated).enumerate().map(|(place, batch)| processes[place % 3].handle(batch));
    // What keeps colliding is delivered again, as the relay does.
    let failed = futures_util::future::join_all(calls).await.iter().filter(|result| result.is_err()).count();
    assert!(failed < 12);
    for batch in &repeated {
        processes[0].handle(batch).await.unwrap();
    }
    assert_eq!(overall(&world).await.questions, 120);
    let handled: Vec<Uuid> = batches.iter().flatten().map(|event| event.event.id).collect();
    assert_eq!(ContextStore::<AnalyticsContext>::handled(world.store.as_ref(), &handled).await.unwrap().len(), 120);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_changes_nothing() {
    let world = world();
    let bad = told(&world, "ai.response_generated", &json!({ "provider": 7 }));
    let good = event(&world, &answered("openai", 1));
    assert!(projections(&world).handle(&[good, bad]).await.is_err());
    assert_eq!(overall(&world).await, Figures::default());
}

#[tokio::test]
async fn a_rebuild_puts_right_what_is_wrong_while_events_arrive() {
    let world = world();
    let service = projections(&world);
    let events: Vec<_> = (0..30).map(|took| event(&world, &answered("openai", took))).collect();
    for event in &events {
        logged(&world, &event.event).await;
    }
    service.handle(&events[..20]).await.unwrap();
    let mut rows: Vec<Projection> = world.store.find(&Query::everything()).await.unwrap();
    rows[0].figures.questions += 7;
    world.store.update(&mut rows[0], None).await.unwrap();
    world.store.delete(rows[1].id).await.unwrap();
    let surplus = Projection { id: Id::new(Uuid::from_u128(1)), key: "nobody".to_owned(), ..rows[2].clone() };
    world.store.create(&surplus, None).await.unwrap();
    let log: &dyn EventLog = world.store.as_ref();
    let found = service.rebuild(log, RebuildMode::Compare).await.unwrap();
    assert_eq!((found.events, found.rows), (30, 12));
    assert_eq!(found.differing, 13, "ten events are on their way, and one row follows from none");

    let live = service.handle(&events[20..]);
    let (report, delivered) = futures_util::future::join(service.rebuild(log, RebuildMode::Replace), live).await;
    report.unwrap();
    delivered.unwrap();
    assert_eq!(overall(&world).await.questions, 30);
    assert_eq!(Repository::<Projection>::get(world.store.as_ref(), surplus.id).await.unwrap(), None);
    assert_eq!(service.rebuild(log, RebuildMode::Compare).await.unwrap().differing, 0);
    service.handle(&events).await.unwrap();
    assert_eq!(overall(&world).await.questions, 30, "what a rebuild counted is not counted again");
    assert_eq!(service.rebuild(log, RebuildMode::Replace).await.unwrap().differing, 0);
}

#[tokio::test]
async fn a_series_is_about_something_and_bounded() {
    let world = world();
    let events = [event(&world, &answered("openai", 100)), event(&world, &answered("gemini", 500))];
    projections(&world).handle(&events).await.unwrap();
    let analyst = request_as(1, Role::Analyst);
    let mut request = TimeseriesRequest {
        metric: Metric::ResponseTimeP95,
        bucket: Bucket::Day,
        from: Some(world.clock.now()),
        to: Some(world.clock.now().plus(Duration::from_secs(1))),
        about: Some((Dimension::Provider, "gemini".to_owned())),
    };
    let found = statistics(&world).timeseries(&analyst, request.clone()).await.unwrap();
    assert_eq!(found.points.len(), 1);
    let p95 = found.points[0].value.unwrap();
    assert!((p95 - 500.0).abs() <= 5.0, "{p95}");
    request.metric = Metric::Cost;
    let found = statistics(&world).timeseries(&analyst, request.clone()).await.unwrap();
    assert_eq!((found.points[0].value, found.points[0].amounts[0].amount), (None, 700));

    request.about = Some((Dimension::Provider, " ".to_owned()));
    request.to = request.from;
    let Err(Error::Invalid(faults)) = statistics(&world).timeseries(&analyst, request).await else { panic!() };
    assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["key", "to"]);
    let refused = TimeseriesRequest { metric: Metric::Cost, bucket: Bucket::Day, from: None, to: None, about: None };
    assert!(matches!(statistics(&world).timeseries(&request_by(1), refused).await, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn an_export_has_a_line_a_day_and_thing_and_no_formula() {
    let world = world();
    let evil = answered("=HYPERLINK(\"https://evil.example\")", 100);
    projections(&world).handle(&[event(&world, &evil)]).await.unwrap();
    world.clock.advance(Duration::from_hours(24));
    let events = [event(&world, &answered("openai", 100)), order(&world, "order.paid", 50, "paid")];
    projections(&world).handle(&events).await.unwrap();
    let options = AnalyticsOptions { export_batch: 3, ..AnalyticsOptions::default() };
    let service = Statistics::new(world.store.clone(), world.clock.clone(), options);
    let analyst = request_as(1, Role::Analyst);
    let pieces: Vec<String> =
        service.export(&analyst, ExportRequest::default()).await.unwrap().try_collect().await.unwrap();
    let csv = pieces.concat();
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 1 + 4 + 4);
    assert!(lines.iter().all(|line| line.split(',').count() == 23), "{csv}");
    assert!(csv.contains("2026-11-23,provider,\"'=HYPERLINK(\"\"https://evil.example\"\")\",1,1,0,0,1.000000"));
    assert!(lines[1..].iter().any(|line| line.starts_with("2026-11-24,overall,,1,1") && line.ends_with("GBP 50")));
    let range = ExportRequest { from: Some(Timestamp::MIN), to: None };
    assert!(matches!(service.export(&analyst, range).await, Err(Error::Invalid(_))));
    assert!(matches!(service.export(&request_by(1), range).await, Err(Error::Forbidden { .. })));
}

#[derive(Debug, Clone)]
enum Told {
    Answer { provider: u8, took: u32, success: bool },
    Rating { rating: u8, previous: Option<(u8, u32)> },
    Order { kind: usize, amount: i64 },
}

const ORDER_KINDS: [&str; 5] = ["order.created", "order.paid", "order.refunded", "order.failed", "order.processing"];

fn any_told() -> impl Strategy<Value = Told> {
    prop_oneof![
        (0..3_u8, any::<u32>(), any::<bool>()).prop_map(|(provider, took, success)| Told::Answer {
            provider,
            took,
            success
        }),
        (1..=5_u8, prop::option::of((1..=5_u8, 0..100_000_u32)))
            .prop_map(|(rating, previous)| Told::Rating { rating, previous }),
        (0..ORDER_KINDS.len(), 0..1_000_i64).prop_map(|(kind, amount)| Told::Order { kind, amount }),
    ]
}

fn event_of(world: &World, told: &Told) -> Arc<StoredEvent> {
    match told {
        Told::Answer { provider, took, success: true } => event(world, &answered(&format!("p{provider}"), *took)),
        Told::Answer { provider, .. } => event(world, &failed(&format!("p{provider}"), "provider_unavailable")),
        Told::Rating { rating, previous } => {
            let ago = |seconds: u32| world.clock.now().minus(Duration::from_secs(seconds.into()));
            event(world, &rated(*rating, previous.map(|(rating, seconds)| (rating, ago(seconds)))))
        }
        Told::Order { kind, amount } => order(world, ORDER_KINDS[*kind], *amount, "refunded"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_rebuild_equals_the_live_figures(
        all in prop::collection::vec((any_told(), 0..20_000_u64), 1..60),
        deliveries in prop::collection::vec((0..60_usize, 1..12_usize), 0..30),
        early in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = world();
            let service = projections(&world);
            let log: &dyn EventLog = world.store.as_ref();
            let mut events = Vec::new();
            for (told, seconds) in &all {
                world.clock.advance(Duration::from_secs(*seconds));
                let event = event_of(&world, told);
                logged(&world, &event.event).await;
                events.push(event);
            }
            if early {
                service.rebuild(log, RebuildMode::Replace).await.unwrap();
            }
            // Parts in any order and more than once, then everything that is left; a first delivery counts as first.
            let mut delivered = vec![false; events.len()];
            let rest = (0..events.len()).step_by(7).map(|from| (from, 7));
            for (from, count) in deliveries.iter().copied().chain(rest) {
                let places = (from..from + count).filter(|place| *place < events.len());
                let batch: Vec<_> = places
                    .filter(|place| service.wants(&events[*place].event.event_type))
                    .map(|place| {
                        let repeated = std::mem::replace(&mut delivered[place], true);
                        if repeated { again(&events[place]) } else { events[place].clone() }
                    })
                    .collect();
                service.handle(&batch).await.unwrap();
            }
            let report = service.rebuild(log, RebuildMode::Compare).await.unwrap();
            assert_eq!(report.differing, 0);
            let wanted = events.iter().filter(|event| service.wants(&event.event.event_type)).count();
            assert_eq!(report.events, wanted as u64);
            let rows: Vec<Projection> = world.store.find(&Query::everything()).await.unwrap();
            assert_eq!(rows.len(), report.rows);
        });
    }
}
