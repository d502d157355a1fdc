//! That the statements use the indexes made for them: `EXPLAIN QUERY PLAN` over filled tables.

use std::sync::Arc;

use driveever_core::{
    ai::AiResponse,
    changes::Changes,
    entity::Entity,
    event::EventQuery,
    id::Id,
    idempotency::IdempotencyRecord,
    prompt::{Exposure, Label, Prompt, PromptCategory, PromptContext, PromptVersion, VersionPerformance},
    query::{Filter, Query, Start},
    reads::{Read, Reads},
    repository::{ContextStore as _, RepositoryExt as _},
    request::Actor,
    user::User,
    value::Value,
    vehicle::Vehicle,
};
use driveever_testkit::{
    cases::entities::fixture,
    sample::{event, time, uuid},
};

use crate::{SqliteConfig, SqliteStore, filter::Sql, log::conditions, sql::Cell as _, sql::id_list, store::find_sql};

const ROWS: u64 = 2_000;

async fn filled(folder: &tempfile::TempDir) -> SqliteStore {
    let store = SqliteStore::open(SqliteConfig::at(folder.path().join("plans.db"))).await.unwrap();
    let category = ("category", Value::Text("safety_assessment".into()));
    let prompts: Vec<Prompt> = (0..ROWS).map(|number| fixture(number, std::slice::from_ref(&category))).collect();
    store.create_many(&prompts).await.unwrap();
    let versions = |number| fixture(number, &[("version", Value::Text("1.0.0".into()))]);
    store.create_many(&(0..ROWS).map(versions).collect::<Vec<PromptVersion>>()).await.unwrap();
    let responses = |number| fixture(number, std::slice::from_ref(&category));
    store.create_many(&(0..ROWS).map(responses).collect::<Vec<AiResponse>>()).await.unwrap();
    let told = (0..ROWS).map(|number| event(number, uuid(number / 3), 1));
    let marks = (0..ROWS).map(uuid);
    let changes = marks.fold(told.fold(Changes::<PromptContext>::new(), Changes::causing), Changes::handling);
    store.commit(changes).await.unwrap();
    store
}

/// The plan's lines; refuses one that reads a whole table in no order, or sorts what it read.
async fn plan(store: &SqliteStore, sql: &str, binds: Vec<Value>, sorts: bool) -> String {
    let rows = store.readers.rows(&format!("EXPLAIN QUERY PLAN {sql}").into(), binds, "plan").await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| String::read(row, 3).unwrap()).collect();
    for line in &lines {
        // What another query of the statement found is no table, and an outbox holds no more than what waits.
        let small = line.starts_with("SCAN found_") || line.ends_with("outbox");
        let table = !line.contains(" USING ") && !line.contains("VIRTUAL TABLE") && !small;
        let scans = line.starts_with("SCAN") && table;
        assert!(!scans, "{line} in the plan of {sql}");
        assert!(sorts || !line.contains("TEMP B-TREE"), "{line} in the plan of {sql}");
    }
    lines.join("\n")
}

async fn plan_of<E: Entity>(store: &SqliteStore, query: Query<E>) -> String {
    let sql = find_sql(&store.statements, &query).unwrap();
    plan(store, &sql.text, sql.binds, false).await
}

/// The plan of a list's first page, and of the page after a row.
async fn pages<E: Entity>(store: &SqliteStore, query: Query<E>, last: &E, index: &str) {
    let key = query.key_of(last);
    for (query, verb) in [(query.clone(), ""), (query.start(Start::After(key)), "SEARCH")] {
        let plan = plan_of(store, query).await;
        assert!(plan.starts_with(verb) && plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn what_is_read_together_is_found_by_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder).await;
    let mut reads = Reads::<PromptContext>::new();
    let prompts = reads.find(&Query::filter(Prompt::CATEGORY.eq(PromptCategory::SafetyAssessment)).limit(20));
    reads.find_of(prompts, Prompt::LATEST_VERSION_ID, PromptVersion::ID, &Query::everything());
    reads.find_of(prompts, Prompt::PRODUCTION_VERSION_ID, VersionPerformance::ID, &Query::everything());
    reads.find_of(prompts, Prompt::ID, Label::PROMPT_ID, &Query::everything());
    let columns = |read: &Read| Arc::clone(&store.statements.table(read.schema).columns);
    let sql = Sql::of_reads(reads.reads(), columns).unwrap();
    let plan = plan(&store, &sql.text, sql.binds, true).await;
    for index in [
        "prompt_prompts USING INDEX prompt_prompts_by_category",
        "prompt_versions USING INDEX sqlite_autoindex_prompt_versions_1",
        "prompt_labels USING INDEX",
    ] {
        assert!(plan.contains(index), "{index} in {plan}");
    }
}

#[tokio::test]
async fn what_belongs_to_one_row_is_found_without_a_temporary_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder).await;
    let mut reads = Reads::<PromptContext>::new();
    let prompt = reads.find(&Query::filter(Prompt::ID.eq(Id::new(uuid(7)))));
    reads.find_of(prompt, Prompt::LATEST_VERSION_ID, PromptVersion::ID, &Query::everything());
    reads.find_of(prompt, Prompt::PRODUCTION_VERSION_ID, VersionPerformance::ID, &Query::everything());
    reads.find_of(prompt, Prompt::ID, Label::PROMPT_ID, &Query::everything().sort(Label::NAME.ascending()));
    let columns = |read: &Read| Arc::clone(&store.statements.table(read.schema).columns);
    let sql = Sql::of_reads(reads.reads(), columns).unwrap();
    let plan = plan(&store, &sql.text, sql.binds, false).await;
    assert!(!plan.contains("MATERIALIZE") && !plan.contains("LIST SUBQUERY"), "{plan}");
}

#[tokio::test]
async fn reads_by_id_and_look_ups_use_their_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder).await;
    let get = Arc::clone(&store.statements.table(Prompt::SCHEMA).get);
    assert!(plan(&store, &get, vec![Value::Uuid(uuid(1))], false).await.contains("sqlite_autoindex_prompt_prompts_1"));
    for (filter, index) in [
        (Prompt::ID.eq(Id::new(uuid(1))), "sqlite_autoindex_prompt_prompts_1"),
        (Prompt::NAME.eq("name 1"), "prompt_prompts_unique_name"),
        (Prompt::CATEGORY.eq(PromptCategory::CostAnalysis), "prompt_prompts_by_category"),
    ] {
        let plan = plan_of(&store, Query::filter(filter)).await;
        assert!(plan.starts_with("SEARCH") && plan.contains(index), "{plan}");
    }
    let several =
        find_sql(&store.statements, &Query::filter(Prompt::ID.one_of((0..100).map(|n| Id::new(uuid(n)))))).unwrap();
    assert!(plan(&store, &several.text, several.binds, true).await.contains("sqlite_autoindex_prompt_prompts_1"));
    let search = find_sql(&store.statements, &Query::<Prompt>::filter(Filter::search("brake pad"))).unwrap();
    plan(&store, &search.text, search.binds, true).await;
    let versions = PromptVersion::PROMPT_ID.eq(Id::new(uuid(1)));
    let plan = plan_of(&store, Query::filter(versions.and(PromptVersion::NUMBER.eq(1_u32)))).await;
    assert!(plan.contains("prompt_versions_unique_prompt_id_number"), "{plan}");
    store.close().await;
}

#[tokio::test]
async fn lists_are_read_in_the_order_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder).await;
    let category = ("category", Value::Text("safety_assessment".into()));
    let prompt: Prompt = fixture(7, std::slice::from_ref(&category));
    let all = || Query::<Prompt>::everything().limit(20);
    pages(&store, all(), &prompt, "sqlite_autoindex_prompt_prompts_1").await;
    pages(&store, all().sort(Prompt::CREATED_AT.descending()), &prompt, "list_by_created_at").await;
    pages(&store, all().sort(Prompt::LAST_UPDATED.descending()), &prompt, "list_by_last_updated").await;
    let of_category = Query::filter(Prompt::CATEGORY.eq(PromptCategory::SafetyAssessment)).limit(20);
    pages(&store, of_category, &prompt, "prompt_prompts_by_category").await;
    let response: AiResponse = fixture(7, std::slice::from_ref(&category));
    let of_user = Query::filter(AiResponse::USER_ID.eq(Some(Id::new(uuid(1)))));
    pages(&store, of_user.sort(AiResponse::CREATED_AT.descending()), &response, "of_user_by_time").await;
    let user: User = fixture(7, &[("roles", Value::Json("[]".into()))]);
    pages(&store, Query::everything().sort(User::CREATED_AT.descending()), &user, "user_users_list_by_created_at")
        .await;
    let exposure: Exposure = fixture(7, std::slice::from_ref(&category));
    let of_prompt = Query::filter(Exposure::PROMPT_ID.eq(Id::new(uuid(1)))).sort(Exposure::SERVED_AT.descending());
    pages(&store, of_prompt, &exposure, "of_prompt_by_time").await;
    let standing = Filter::all([
        Exposure::USER_ID.one_of([Some(Id::new(uuid(1)))]),
        Exposure::VOTER.one_of([Some(uuid(1))]),
        Exposure::VERSION_ID.one_of([Id::new(uuid(2))]),
    ]);
    let standing = plan_of(&store, Query::<Exposure>::filter(standing)).await;
    assert!(standing.contains("prompt_exposures_unique_version_id_voter"), "{standing}");
    let under_way = IdempotencyRecord::LEASE_UNTIL.greater(time(0)).and(IdempotencyRecord::ANSWER.is_null(true));
    let under_way = Query::filter(under_way).sort(IdempotencyRecord::LEASE_UNTIL.ascending());
    assert!(plan_of(&store, under_way).await.contains("gateway_idempotency_keys_under_way"));
    let expired = Query::filter(IdempotencyRecord::EXPIRES_AT.at_most(time(0)));
    let expired = expired.sort(IdempotencyRecord::EXPIRES_AT.ascending());
    assert!(plan_of(&store, expired).await.contains("gateway_idempotency_keys_by_expiry"));
    let of_person = Query::filter(IdempotencyRecord::USER_ID.eq(Some(Id::new(uuid(1)))));
    assert!(plan_of(&store, of_person).await.contains("gateway_idempotency_keys_by_user_id"));
    let garage = Query::filter(Vehicle::OWNER_ID.eq(Id::new(uuid(1)))).sort(Vehicle::CREATED_AT.ascending());
    assert!(plan_of(&store, garage).await.contains("of_owner_by_time"));
    store.close().await;
}

#[tokio::test]
async fn the_log_is_claimed_and_read_by_its_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder).await;
    let sql = store.statements.context("prompt");
    let (now, ids) = (Value::Time(time(0)), id_list(&[uuid(1), uuid(2)]));
    let limit = Value::Int(9);
    let claim = plan(&store, &sql.claim, vec![now.clone(), now.clone(), now.clone(), limit.clone()], false).await;
    assert!(claim.contains("prompt_outbox_in_order"), "{claim}");
    for (text, binds) in [
        (&sql.waiting, vec![now.clone()]),
        (&sql.claimed, vec![Value::Text("[1, 2]".into())]),
        (&sql.unpublished, vec![]),
        (&sql.publish, vec![ids.clone()]),
        (&sql.postpone, vec![now, ids.clone()]),
        (&sql.release, vec![]),
        (&sql.handled, vec![ids]),
        (&sql.replay, vec![Value::Int(0), limit]),
    ] {
        plan(&store, text, binds, false).await;
    }
    let all = || EventQuery { limit: 9, ..EventQuery::default() };
    for (query, index) in [
        (all(), "sqlite_autoindex_prompt_events_1"),
        (EventQuery { after: Some(uuid(3)), newest_first: true, ..all() }, "sqlite_autoindex_prompt_events_1"),
        (EventQuery { actor: Some(Actor::System), newest_first: true, ..all() }, "audit_by_actor"),
        (EventQuery { actor: Some(Actor::System), after: Some(uuid(9)), ..all() }, "audit_by_actor"),
        (EventQuery { aggregate_id: Some(uuid(3)), newest_first: true, ..all() }, "audit_by_aggregate"),
    ] {
        let (condition, binds) = conditions(&query);
        let plan = plan(&store, &format!("{}{condition}", sql.select), binds, false).await;
        assert!(plan.contains(index), "{plan}");
    }
    // A span of time is found by its index and then put in the order of ids.
    let span = EventQuery { from: Some(time(5)), until: Some(time(9)), ..all() };
    let (condition, binds) = conditions(&span);
    let plan = plan(&store, &format!("{}{condition}", sql.select), binds, true).await;
    assert!(plan.contains("audit_by_time"), "{plan}");
    store.close().await;
}
