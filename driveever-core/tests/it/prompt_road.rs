//! Choosing, learning and the records: exposures, outcomes in every order, and that figures equal a recount.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};

use driveever_core::{
    Error, RequestContext, Role,
    event::{DomainEvent, EventHandler, EventLog, InProcessBus, ParkedMessages, Relay, RelayOptions, StoredEvent},
    id::{Id, IdGenerator},
    page::PageRequest,
    prompt::{
        CategoryPerformance, EditPrompt, Exposure, ExposureId, GoldenChoice, GoldenRequest, MoveLabel, NewPrompt,
        OptimizeReason, Outcome, PromptCategory, PromptFilter, PromptId, PromptLibrary, PromptOptions, PromptService,
        PromptSort, Prompts, Totals, VariableSupply, VersionPerformance,
    },
    query::Query,
    repository::{Repository, RepositoryExt},
    time::{Clock, Timestamp},
    user::PersonalData,
};
use futures_util::TryStreamExt;
use proptest::prelude::*;
use serde_json::json;

use crate::{
    prompt::{created, editor, new_prompt, prompts, prompts_with, variable},
    support::{World, request_as, request_by, user_id, world},
};

const CATEGORY: PromptCategory = PromptCategory::SafetyAssessment;

struct Road {
    world: World,
    prompts: Arc<Prompts>,
    relay: Relay,
}

fn road() -> Road {
    let world = world();
    let prompts = Arc::new(prompts(&world));
    let parked = ParkedMessages::new(world.store.clone(), world.clock.clone(), world.ids.clone());
    let bus = InProcessBus::new(parked, 3).with_handler(prompts.clone());
    let relay = Relay::new(
        world.store.clone(),
        Arc::new(bus),
        world.clock.clone(),
        world.ids.as_ref(),
        RelayOptions::default(),
    );
    Road { world, prompts, relay }
}

fn golden() -> GoldenRequest {
    GoldenRequest { category: CATEGORY, assignment_key: None, exposure_id: None, supply: VariableSupply::Any }
}

fn rating(rating: u8) -> Outcome {
    Outcome { rating: Some(rating), ..Outcome::default() }
}

impl Road {
    async fn deliver(&self) {
        while self.relay.run_once("prompt").await.unwrap() > 0 {}
        assert_eq!(self.world.store.unpublished("prompt").await.unwrap(), 0);
    }

    async fn choose(&self) -> GoldenChoice {
        self.choose_as(7).await
    }

    async fn choose_as(&self, user: u128) -> GoldenChoice {
        self.prompts.golden(&request_by(user), golden()).await.unwrap()
    }

    async fn tell(&self, user: u128, choice: &GoldenChoice, outcome: Outcome) -> Result<(), Error> {
        self.prompts.record_outcome(&request_by(user), choice.exposure_id, outcome).await
    }

    /// An event of the AI context.
    fn ai_event(&self, kind: &'static str, body: &serde_json::Value) -> Arc<StoredEvent> {
        let event = DomainEvent {
            id: self.world.ids.uuid(),
            context: Cow::Borrowed("ai"),
            aggregate_type: Cow::Borrowed("ai_response"),
            aggregate_id: self.world.ids.uuid(),
            aggregate_revision: 1,
            event_type: Cow::Borrowed(kind),
            actor: "system".into(),
            request_id: "r".into(),
            occurred_at: self.world.clock.now(),
            body: body.to_string(),
        };
        Arc::new(StoredEvent { position: 1, attempts: 1, event })
    }

    async fn record(&self, choice: &GoldenChoice) -> VersionPerformance {
        self.world.store.get(choice.version.id.cast()).await.unwrap().unwrap()
    }

    /// Every version's and category's totals, counted anew from the exposures.
    async fn assert_records_equal_a_recount(&self) {
        let store = self.world.store.as_ref();
        let exposures: Vec<Exposure> = store.stream(Query::everything()).try_collect().await.unwrap();
        let mut versions: BTreeMap<Id<VersionPerformance>, Totals> = BTreeMap::new();
        let mut categories: BTreeMap<PromptCategory, Totals> = BTreeMap::new();
        for exposure in &exposures {
            versions.entry(exposure.version_id.cast()).or_default().add(&exposure.totals());
            categories.entry(exposure.category).or_default().add(&exposure.totals());
        }
        for record in Repository::<VersionPerformance>::find(store, &Query::everything()).await.unwrap() {
            let counted = versions.remove(&record.id).unwrap_or_default();
            assert_eq!(record.mean_rating, counted.mean_rating());
            assert_eq!(record.totals, counted);
        }
        for record in Repository::<CategoryPerformance>::find(store, &Query::everything()).await.unwrap() {
            assert_eq!(record.totals, categories.remove(&record.category).unwrap_or_default());
        }
        assert!(versions.is_empty() && categories.is_empty());
    }
}

#[tokio::test]
async fn a_choice_is_recorded_and_asked_again_it_is_the_same() {
    let road = road();
    let missing = road.prompts.golden(&request_by(7), golden()).await;
    assert!(matches!(missing, Err(Error::NotFound { kind: "golden prompt" })));
    let first = created(&road.prompts, "a").await.details.prompt.id;
    let second = created(&road.prompts, "b").await.details.prompt.id;
    let id: ExposureId = Id::new(uuid::Uuid::from_u128(99));
    let named = GoldenRequest { exposure_id: Some(id), ..golden() };
    let choice = road.prompts.golden(&request_by(7), named.clone()).await.unwrap();
    assert_eq!((choice.prompt.id, choice.exposure_id, choice.version.number), (first, id, 1));
    assert!(choice.reason.contains("equal with \"b\""), "{}", choice.reason);
    let exposure: Exposure = road.world.store.get(id).await.unwrap().unwrap();
    assert_eq!(exposure.user_id, Some(user_id(7)));

    // Even when the first choice is no longer there.
    road.prompts.delete(&editor(), first, None).await.unwrap();
    assert_eq!(road.choose().await.prompt.id, second);
    let again = road.prompts.golden(&request_by(7), named.clone()).await.unwrap();
    assert_eq!((again.prompt.id, again.version.id, again.exposure_id), (first, choice.version.id, id));
    road.prompts.delete(&editor(), second, None).await.unwrap();
    assert_eq!(road.prompts.golden(&request_by(7), named.clone()).await.unwrap().prompt.id, first);
    let other = road.prompts.golden(&request_by(8), named).await;
    assert!(matches!(other, Err(Error::NotFound { kind: "exposure" })), "another's exposure");
}

#[tokio::test]
async fn ratings_move_the_choice_and_one_of_five_stars_does_not_beat_many_of_almost_five() {
    let road = road();
    let proven = created(&road.prompts, "proven").await.details.prompt.id;
    for user in 0..200 {
        let choice = road.choose_as(user).await;
        assert_eq!(choice.prompt.id, proven, "the only one");
        road.tell(user, &choice, rating(if user % 5 == 0 { 4 } else { 5 })).await.unwrap();
    }
    road.deliver().await;
    // The lucky one gets its single rating while it is alone.
    let rest = |is_active| EditPrompt { is_active: Some(is_active), ..EditPrompt::default() };
    road.prompts.edit(&editor(), proven, rest(false), None).await.unwrap();
    let lucky = created(&road.prompts, "lucky").await.details.prompt.id;
    let choice = road.choose().await;
    assert_eq!(choice.prompt.id, lucky);
    road.prompts.record_outcome(&request_by(7), choice.exposure_id, rating(5)).await.unwrap();
    road.deliver().await;
    road.prompts.edit(&editor(), proven, rest(true), None).await.unwrap();
    let choice = road.choose().await;
    assert_eq!(choice.prompt.id, proven);
    assert!(choice.reason.contains("200 ratings, mean 4.80"), "{}", choice.reason);
    road.deliver().await;
    road.assert_records_equal_a_recount().await;

    let filter = |min| PromptFilter { min_rating: Some(min), ..PromptFilter::default() };
    let request = editor();
    let search = |min| road.prompts.search(&request, filter(min), PromptSort::Name, PageRequest::default());
    let names = |page: driveever_core::page::Page<driveever_core::prompt::PromptDetails>| {
        page.data().iter().map(|details| details.prompt.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(search(4.8).await.unwrap()), ["lucky", "proven"]);
    assert_eq!(names(search(4.81).await.unwrap()), ["lucky"]);
    let statistics = road.prompts.usage_statistics(&request_by(7)).await.unwrap();
    assert_eq!((statistics.total_prompts, statistics.active_prompts), (2, 2));
    assert_eq!(statistics.top_category, Some(CATEGORY));
    assert_eq!(statistics.average_rating, Some(965.0 / 201.0));
    let usage = statistics.by_category.iter().find(|usage| usage.category == CATEGORY).unwrap();
    assert_eq!((usage.prompts, usage.uses), (2, 202));
}

#[tokio::test]
async fn a_road_gets_no_prompt_that_it_cannot_fill_in() {
    let road = road();
    let special = NewPrompt {
        template: "{{question}} {{budget}}".into(),
        variables: vec![variable("question", true), variable("budget", true)],
        ..new_prompt("special")
    };
    let special = road.prompts.create(&editor(), special).await.unwrap().details.prompt.id;
    let advice = GoldenRequest { supply: VariableSupply::Advice, ..golden() };
    assert!(road.prompts.golden(&request_by(7), advice.clone()).await.is_err());
    let plain = created(&road.prompts, "plain").await.details.prompt.id;
    assert_eq!(road.choose().await.prompt.id, special);
    assert_eq!(road.prompts.golden(&request_by(7), advice).await.unwrap().prompt.id, plain);
    let both = VariableSupply::Only(vec!["budget".into(), "question".into()]);
    let both = GoldenRequest { supply: both, ..golden() };
    assert_eq!(road.prompts.golden(&request_by(7), both).await.unwrap().prompt.id, special);
}

#[tokio::test]
async fn another_process_sees_a_change_when_its_ranking_is_old() {
    let road = road();
    let age = PromptOptions::default().ranking_age;
    let other = prompts_with(&road.world, PromptOptions::default());
    let first = created(&road.prompts, "a").await.details.prompt.id;
    assert_eq!(other.golden(&request_by(7), golden()).await.unwrap().prompt.id, first);
    let second = created(&road.prompts, "b").await.details.prompt.id;
    road.prompts.delete(&editor(), first, None).await.unwrap();
    assert_eq!(other.golden(&request_by(7), golden()).await.unwrap().prompt.id, first, "not yet");
    road.world.clock.advance(age);
    assert_eq!(other.golden(&request_by(7), golden()).await.unwrap().prompt.id, second);
}

#[tokio::test]
async fn a_prompt_that_changes_its_category_is_chosen_there_only() {
    let road = road();
    let id = created(&road.prompts, "a").await.details.prompt.id;
    assert_eq!(road.choose().await.prompt.id, id);
    let elsewhere = EditPrompt { category: Some(PromptCategory::CostAnalysis), ..EditPrompt::default() };
    road.prompts.edit(&editor(), id, elsewhere, None).await.unwrap();
    assert!(road.prompts.golden(&request_by(7), golden()).await.is_err());
    let there = GoldenRequest { category: PromptCategory::CostAnalysis, ..golden() };
    assert_eq!(road.prompts.golden(&request_by(7), there).await.unwrap().prompt.id, id);
}

#[tokio::test]
async fn outcomes_are_checked_and_owned() {
    let road = road();
    created(&road.prompts, "a").await;
    let id = road.choose().await.exposure_id;
    for bad in [rating(0), rating(6), Outcome::default()] {
        assert!(matches!(road.prompts.record_outcome(&request_by(7), id, bad).await, Err(Error::Invalid(_))));
    }
    let others = road.prompts.record_outcome(&request_by(8), id, rating(1)).await;
    assert!(matches!(others, Err(Error::NotFound { .. })));
    let unknown = road.prompts.record_outcome(&request_by(7), Id::new(uuid::Uuid::nil()), rating(1)).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    road.prompts.record_outcome(&request_as(9, Role::Admin), id, rating(4)).await.unwrap();
    road.prompts.withdraw(&request_by(7), id).await.unwrap();
    road.prompts.withdraw(&request_by(7), id).await.unwrap();
    let late = road.prompts.record_outcome(&request_by(7), id, rating(5)).await;
    assert!(matches!(late, Err(Error::Conflict { code: "exposure_withdrawn", .. })));
    let again = GoldenRequest { exposure_id: Some(id), ..golden() };
    let again = road.prompts.golden(&request_by(7), again).await;
    assert!(matches!(again, Err(Error::Conflict { code: "exposure_withdrawn", .. })));
    road.deliver().await;
    road.assert_records_equal_a_recount().await;
}

#[tokio::test]
async fn an_outcome_is_told_once_in_as_many_parts_as_one_likes() {
    let road = road();
    created(&road.prompts, "a").await;
    let choice = road.choose().await;
    let told = Outcome { success: Some(true), ..Outcome::default() };
    road.tell(7, &choice, told).await.unwrap();
    road.tell(7, &choice, Outcome { response_time_ms: Some(80), ..told }).await.unwrap();
    road.tell(7, &choice, Outcome { rating: Some(4), ..told }).await.unwrap();
    road.tell(7, &choice, rating(4)).await.unwrap();
    for other in [rating(5), Outcome { success: Some(false), ..told }, Outcome { response_time_ms: Some(81), ..told }] {
        let refused = road.tell(7, &choice, other).await;
        assert!(matches!(refused, Err(Error::Conflict { code: "outcome_recorded", .. })), "{other:?}");
    }
    road.deliver().await;
    let totals = road.record(&choice).await.totals;
    assert_eq!((totals.successes, totals.rating_sum, totals.response_time_sum_ms), (1, 4, 80));
    road.assert_records_equal_a_recount().await;
}

#[tokio::test]
async fn one_asker_is_one_rater_however_often_they_ask() {
    let road = road();
    let sunk = created(&road.prompts, "sunk").await.details.prompt.id;
    for user in 0..5 {
        let choice = road.choose_as(user).await;
        road.tell(user, &choice, rating(5)).await.unwrap();
    }
    road.deliver().await;
    let proven = road.record(&road.choose_as(99).await).await.totals;
    let mut last = road.choose_as(66).await;
    for _ in 0..60 {
        last = road.choose_as(66).await;
        let complaint = Outcome { success: Some(false), rating: Some(1), response_time_ms: Some(60_000) };
        road.tell(66, &last, complaint).await.unwrap();
    }
    road.deliver().await;
    assert_eq!(last.prompt.id, sunk);
    let totals = road.record(&last).await.totals;
    assert_eq!((totals.ratings, totals.rating_sum), (proven.ratings + 1, proven.rating_sum + 1));
    assert_eq!((totals.outcomes, totals.successes, totals.response_times), (1, 0, 1), "so do reports");
    road.assert_records_equal_a_recount().await;

    // What they rate last is what counts, a report does not take a rating away, and each user has a vote of their own.
    let choice = road.choose_as(66).await;
    road.tell(66, &choice, rating(4)).await.unwrap();
    let silent = road.choose_as(66).await;
    road.tell(66, &silent, Outcome { success: Some(true), ..Outcome::default() }).await.unwrap();
    let other = road.choose_as(67).await;
    road.tell(67, &other, rating(2)).await.unwrap();
    road.deliver().await;
    let totals = road.record(&last).await.totals;
    assert_eq!((totals.ratings, totals.rating_sum), (proven.ratings + 2, proven.rating_sum + 4 + 2));
    assert_eq!(totals.outcomes, 0);

    // What was measured counts for every question; feedback on answers is a vote like any other, and it stays when its
    // giver leaves.
    for stars in [3, 2] {
        let asked = road.choose_as(66).await;
        road.world.clock.advance(Duration::from_secs(1));
        let answer = json!({"exposureId": asked.exposure_id, "success": true, "responseTimeMs": 100});
        let feedback = json!({"exposureId": asked.exposure_id, "rating": stars});
        let events = [road.ai_event("ai.response_generated", &answer), road.ai_event("ai.feedback_given", &feedback)];
        road.prompts.handle(&events).await.unwrap();
    }
    road.deliver().await;
    let totals = road.record(&last).await.totals;
    assert_eq!((totals.ratings, totals.rating_sum), (proven.ratings + 2, proven.rating_sum + 2 + 2));
    assert_eq!((totals.outcomes, totals.successes, totals.response_time_sum_ms), (2, 2, 200));
    road.assert_records_equal_a_recount().await;
    PersonalData::erase(road.prompts.as_ref(), user_id(66)).await.unwrap();
    road.assert_records_equal_a_recount().await;
    assert_eq!(road.record(&last).await.totals, totals);
}

#[tokio::test]
async fn what_is_taken_back_before_it_was_served_is_never_served() {
    let road = road();
    created(&road.prompts, "a").await;
    let id: ExposureId = Id::new(uuid::Uuid::from_u128(99));
    road.prompts.withdraw(&request_by(7), id).await.unwrap();
    road.prompts.withdraw(&request_by(7), id).await.unwrap();
    let late = road.prompts.golden(&request_by(7), GoldenRequest { exposure_id: Some(id), ..golden() }).await;
    assert!(matches!(late, Err(Error::Conflict { code: "exposure_withdrawn", .. })));
    let outcome = road.prompts.record_outcome(&request_by(7), id, rating(5)).await;
    assert!(matches!(outcome, Err(Error::NotFound { .. })), "nothing was served");
    road.deliver().await;
    road.assert_records_equal_a_recount().await;
    let exported = PersonalData::export(road.prompts.as_ref(), user_id(7)).await.unwrap();
    assert_eq!(exported["exposures"], json!([]));
}

#[tokio::test]
async fn answers_and_ratings_of_the_ai_context_reach_the_record_once() {
    let road = road();
    created(&road.prompts, "a").await;
    let (one, two) = (road.choose().await, road.choose().await);
    let answer = road.ai_event(
        "ai.response_generated",
        &json!({"responseId": "x", "exposureId": one.exposure_id, "success": true, "responseTimeMs": 120, "extra": [1],
                "cost": {"amountMicros": 250, "currency": "USD"}}),
    );
    let failure =
        road.ai_event("ai.response_generated", &json!({"exposureId": two.exposure_id, "success": false, "cost": "?"}));
    let none = road.ai_event("ai.response_generated", &json!({"success": true, "promptId": one.prompt.id}));
    road.world.clock.advance(Duration::from_secs(1));
    let early = road.ai_event("ai.feedback_given", &json!({"exposureId": one.exposure_id, "rating": 2}));
    road.world.clock.advance(Duration::from_secs(1));
    let late =
        road.ai_event("ai.feedback_given", &json!({"exposureId": one.exposure_id, "rating": 5, "previousRating": 2}));
    assert!(road.prompts.wants("ai.feedback_given") && !road.prompts.wants("order.paid"));
    // The later rating arrives first, everything arrives again, and the records are not there yet.
    road.prompts.handle(&[late.clone(), answer.clone(), none]).await.unwrap();
    road.prompts.handle(&[early.clone(), failure]).await.unwrap();
    for event in [answer, late, early] {
        let again = StoredEvent { attempts: 2, ..(*event).clone() };
        road.prompts.handle(&[Arc::new(again)]).await.unwrap();
    }
    road.deliver().await;
    road.assert_records_equal_a_recount().await;
    let totals = road.record(&one).await.totals;
    assert_eq!((totals.uses, totals.outcomes, totals.successes), (2, 2, 1));
    assert_eq!((totals.ratings, totals.rating_sum, totals.response_time_sum_ms), (1, 5, 120));
    assert_eq!(totals.costs["USD"].amount_micros, 250);

    let record = &road.prompts.performance(&request_by(7), one.prompt.id).await.unwrap()[0];
    assert_eq!((record.uses, record.success.unwrap().mean, record.rating.unwrap().mean), (2, 0.5, 5.0));
    assert_eq!((record.mean_response_time_ms, record.costs[0].mean_micros), (Some(120.0), 250.0));
    assert_eq!(record.labels, ["latest", "production"]);
    let shown = road.prompts.get(&request_by(7), one.prompt.id).await.unwrap();
    assert_eq!((shown.performance.total_uses, shown.performance.average_rating), (2, Some(5.0)));
    assert_eq!(shown.prompt.revision.get(), 1, "ratings leave the revision that editors hold");
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_an_error_and_changes_nothing() {
    let road = road();
    created(&road.prompts, "a").await;
    let choice = road.choose().await;
    road.deliver().await;
    let good = road.ai_event("ai.feedback_given", &json!({"exposureId": choice.exposure_id, "rating": 5}));
    let bad = road.ai_event("ai.feedback_given", &json!({"exposureId": 7}));
    assert!(road.prompts.handle(&[good.clone(), bad]).await.is_err());
    assert_eq!(road.record(&choice).await.totals.ratings, 0);
    road.prompts.handle(std::slice::from_ref(&good)).await.unwrap();
    // Delivered by another relay as well, neither knowing of the other.
    prompts(&road.world).handle(&[good]).await.unwrap();
    assert_eq!(road.record(&choice).await.totals.ratings, 1);
}

#[tokio::test]
async fn two_consumers_and_requests_at_once_lose_nothing() {
    let road = road();
    created(&road.prompts, "a").await;
    let mut choices = Vec::new();
    for _ in 0..40 {
        choices.push(road.choose().await.exposure_id);
    }
    let other = prompts(&road.world);
    let events: Vec<_> = choices
        .iter()
        .map(|id| road.ai_event("ai.response_generated", &json!({"exposureId": id, "success": true})))
        .collect();
    // Threads, because a future over memory never waits: only they meet in the middle of a change.
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    std::thread::scope(|scope| {
        for consumer in [road.prompts.as_ref(), &other] {
            // Both get every event: each has its effect once.
            let events = &events;
            scope.spawn(move || {
                let runtime = runtime();
                events.chunks(5).for_each(|batch| runtime.block_on(consumer.handle(batch)).unwrap());
            });
        }
        let (ids, prompts) = (&choices, &road.prompts);
        scope.spawn(move || {
            let runtime = runtime();
            for id in ids {
                runtime.block_on(prompts.record_outcome(&request_by(7), *id, rating(4))).unwrap();
            }
        });
    });
    road.deliver().await;
    road.assert_records_equal_a_recount().await;
}

/// What can happen to one of three exposures.
#[derive(Debug, Clone)]
enum Happening {
    Outcome(usize, Option<bool>, Option<u8>, Option<u32>),
    Withdrawal(usize),
    Answer(usize, bool, u32),
    Feedback(usize, u8, u64),
    Redelivery(usize),
    Delivery,
    Choice,
}

fn happening() -> impl Strategy<Value = Happening> {
    let which = 0_usize..3;
    prop_oneof![
        4 => (which.clone(), any::<Option<bool>>(), prop::option::of(1_u8..=5), any::<Option<u32>>())
            .prop_map(|(which, success, rating, time)| Happening::Outcome(which, success, rating, time)),
        1 => which.clone().prop_map(Happening::Withdrawal),
        3 => (which.clone(), any::<bool>(), 0_u32..10_000).prop_map(|(which, success, time)| Happening::Answer(which, success, time)),
        3 => (which.clone(), 1_u8..=5, 0_u64..100).prop_map(|(which, rating, ago)| Happening::Feedback(which, rating, ago)),
        2 => (0_usize..20).prop_map(Happening::Redelivery),
        2 => Just(Happening::Delivery),
        1 => Just(Happening::Choice),
    ]
}

async fn happen(road: &Road, happenings: Vec<Happening>) {
    created(&road.prompts, "a").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(road.choose().await.exposure_id);
    }
    let mut sent: Vec<Arc<StoredEvent>> = Vec::new();
    for happening in happenings {
        road.world.clock.advance(Duration::from_secs(1));
        let request = request_by(7);
        match happening {
            Happening::Outcome(which, success, rating, response_time_ms) => {
                let outcome = Outcome { success, rating, response_time_ms };
                // Nothing reported and an exposure taken back are refused; the records must not mind.
                let _ = road.prompts.record_outcome(&request, ids[which], outcome).await;
            }
            Happening::Withdrawal(which) => road.prompts.withdraw(&request, ids[which]).await.unwrap(),
            Happening::Answer(which, success, time) => {
                let body = json!({"exposureId": ids[which], "success": success, "responseTimeMs": time});
                sent.push(road.ai_event("ai.response_generated", &body));
                road.prompts.handle(&sent[sent.len() - 1..]).await.unwrap();
            }
            Happening::Feedback(which, rating, ago) => {
                let event = road.ai_event("ai.feedback_given", &json!({"exposureId": ids[which], "rating": rating}));
                let mut event = (*event).clone();
                event.event.occurred_at = event.event.occurred_at.minus(Duration::from_secs(ago));
                sent.push(Arc::new(event));
                road.prompts.handle(&sent[sent.len() - 1..]).await.unwrap();
            }
            Happening::Redelivery(which) => {
                if let Some(event) = sent.get(which) {
                    let again = StoredEvent { attempts: 2, ..(**event).clone() };
                    road.prompts.handle(&[Arc::new(again)]).await.unwrap();
                }
            }
            Happening::Delivery => road.deliver().await,
            Happening::Choice => drop(road.choose().await),
        }
    }
    road.deliver().await;
    road.assert_records_equal_a_recount().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any sequence of outcomes, replacements, withdrawals and redeliveries, the records equal a recount.
    #[test]
    fn records_equal_a_recount(happenings in prop::collection::vec(happening(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(happen(&road(), happenings));
    }

    /// The last rating by its time stays, in whatever order ratings arrive.
    #[test]
    fn the_latest_rating_stays(mut ratings in prop::collection::vec((1_u8..=5, 0_i64..1_000), 1..10), seed in any::<u64>()) {
        ratings.sort_by_key(|(_, at)| *at);
        ratings.dedup_by_key(|(_, at)| *at);
        let last = ratings[ratings.len() - 1].0;
        let turn = usize::try_from(seed % ratings.len() as u64).unwrap();
        ratings.rotate_left(turn);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut exposure = runtime.block_on(async {
            let road = road();
            created(&road.prompts, "a").await;
            let id = road.choose().await.exposure_id;
            RepositoryExt::<Exposure>::find_one_by(road.world.store.as_ref(), Exposure::ID.eq(id)).await.unwrap().unwrap()
        });
        for (stars, at) in ratings {
            exposure.rate(stars, Timestamp::from_micros(at));
        }
        prop_assert_eq!(exposure.rating, Some(last));
    }
}

async fn rate_production(road: &Road, stars: u8, users: std::ops::Range<u128>) {
    for user in users {
        let choice = road.choose_as(user).await;
        let outcome = Outcome { success: Some(true), rating: Some(stars), response_time_ms: Some(10) };
        road.tell(user, &choice, outcome).await.unwrap();
    }
    road.deliver().await;
}

#[tokio::test]
async fn optimize_acts_on_evidence_only() {
    let road = road();
    let id: PromptId = created(&road.prompts, "a").await.details.prompt.id;
    let reason = |outcome: &driveever_core::prompt::OptimizeOutcome| outcome.decision.reason;
    let outcome = road.prompts.optimize(&editor(), id).await.unwrap();
    assert_eq!((outcome.optimized, reason(&outcome)), (false, OptimizeReason::NoAlternative));
    rate_production(&road, 5, 0..40).await;
    let edit = EditPrompt { template: Some("{{question}}".into()), ..EditPrompt::default() };
    road.prompts.edit(&editor(), id, edit, None).await.unwrap();
    assert_eq!(reason(&road.prompts.optimize(&editor(), id).await.unwrap()), OptimizeReason::AlternativeUnproven);
    let publish = MoveLabel { label: "production".into(), version: Some(2), ..MoveLabel::default() };
    road.prompts.move_label(&editor(), id, publish, None).await.unwrap();
    rate_production(&road, 3, 0..29).await;
    assert_eq!(reason(&road.prompts.optimize(&editor(), id).await.unwrap()), OptimizeReason::ProductionUnproven);
    rate_production(&road, 3, 29..40).await;
    let before = road.prompts.performance(&editor(), id).await.unwrap();
    let outcome = road.prompts.optimize(&editor(), id).await.unwrap();
    assert_eq!((outcome.optimized, reason(&outcome)), (true, OptimizeReason::Promoted), "{}", outcome.message);
    assert_eq!(outcome.details.prompt.production_version, Some(1));
    let figures = |records: &[driveever_core::prompt::VersionRecord]| {
        records.iter().map(|record| (record.version_number, record.rating, record.uses)).collect::<Vec<_>>()
    };
    assert_eq!(figures(&before), figures(&road.prompts.performance(&editor(), id).await.unwrap()));
    assert_eq!(reason(&road.prompts.optimize(&editor(), id).await.unwrap()), OptimizeReason::NotBetter);
}

#[tokio::test]
async fn a_person_s_data_is_exported_and_forgotten_and_the_figures_stay() {
    let road = road();
    let editor_id = user_id(1);
    created(&road.prompts, "a").await;
    let keyed = GoldenRequest { assignment_key: Some("device-5".into()), ..golden() };
    let choice = road.prompts.golden(&request_by(7), keyed).await.unwrap();
    road.prompts.record_outcome(&request_by(7), choice.exposure_id, rating(3)).await.unwrap();
    // Recovery asks in the system's name, for the user whose id is the key.
    let recovered = GoldenRequest { assignment_key: Some(user_id(7).to_string()), ..golden() };
    road.prompts.golden(&RequestContext::system("r"), recovered).await.unwrap();
    road.choose().await;

    let export = road.prompts.export(user_id(7)).await.unwrap();
    assert_eq!(export["exposures"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&export["exposures"][0]["assignmentKey"], &export["exposures"][0]["rating"]),
        (&json!("device-5"), &json!(3))
    );
    let export = road.prompts.export(editor_id).await.unwrap();
    assert_eq!(
        (export["versionsMade"].as_array().unwrap().len(), export["labelsMoved"].as_array().unwrap().len()),
        (1, 1)
    );

    for user in [user_id(7), editor_id] {
        road.prompts.erase(user).await.unwrap();
        road.prompts.erase(user).await.unwrap();
        let export = road.prompts.export(user).await.unwrap();
        assert_eq!(export, json!({"exposures": [], "versionsMade": [], "labelsMoved": []}));
    }
    let exposures: Vec<Exposure> = road.world.store.stream(Query::everything()).try_collect().await.unwrap();
    assert!(exposures.iter().all(|exposure| exposure.user_id.is_none() && exposure.assignment_key.is_none()));
    road.deliver().await;
    road.assert_records_equal_a_recount().await;
    assert_eq!(road.record(&choice).await.totals.ratings, 1);
    let version = road.prompts.version(&editor(), choice.prompt.id, 1).await.unwrap();
    assert_eq!(version.created_by, None);
}
