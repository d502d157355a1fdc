//! The road of a question, whole and by its parts, over each store: facts, prompt, offline answer, paid and delivered order.
//!
//! `cargo xtask bench road`
#![expect(clippy::expect_used, reason = "a benchmark that cannot run has nothing to measure")]

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use driveever::{
    DriveEver, Question, Store,
    core::{
        Error, RequestContext,
        id::Id,
        order::{NewOrder, OrderId},
        time::SystemClock,
    },
    memory::MemoryStore,
    providers::vehicle_files::DemonstrationVehicles,
    sqlite::{SqliteConfig, SqliteStore},
};
use tokio::runtime::Runtime;

const QUESTION: &str = "Is my car safe to drive with these advisories?";
const REGISTRATION: &str = "L2WPS";

async fn app(store: Arc<dyn Store>) -> Result<DriveEver, Error> {
    let source = Arc::new(DemonstrationVehicles::new(Arc::new(SystemClock)));
    let app = DriveEver::builder().store(store).vehicle_source(source).build()?;
    app.prepare().await?;
    Ok(app)
}

fn driver(app: &DriveEver) -> RequestContext {
    RequestContext::user(Id::new(app.ids().uuid()), "bench")
}

async fn begun(app: &DriveEver, driver: &RequestContext) -> Result<OrderId, Error> {
    let new = NewOrder {
        question: Some(QUESTION.to_owned()),
        registration_number: Some(REGISTRATION.to_owned()),
        ..NewOrder::default()
    };
    Ok(app.orders().begin(driver, new).await?.order.id)
}

fn measure(criterion: &mut Criterion, runtime: &Runtime, name: &str, store: Arc<dyn Store>) {
    let app = runtime.block_on(app(store)).expect("an app");
    let driver = driver(&app);
    let mut group = criterion.benchmark_group(format!("road/{name}"));
    group.sample_size(50);
    group.bench_function("whole", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            let order = app.ask(&driver, Question::new(QUESTION).about(REGISTRATION)).await.expect("an order");
            order.advice.expect("an answer")
        });
    });
    group.bench_function("begin", |bencher| {
        bencher.to_async(runtime).iter(|| async { begun(&app, &driver).await.expect("an order") });
    });
    group.bench_function("run", |bencher| {
        let begin = || runtime.block_on(begun(&app, &driver)).expect("an order");
        let run = |id| runtime.block_on(app.orders().run(&driver, id)).expect("a delivered order");
        bencher.iter_batched(begin, run, BatchSize::SmallInput);
    });
    group.finish();
    // What follows is the relay's, and not part of what a driver waits for.
    group_of_events(criterion, runtime, name, &app, &driver);
}

fn group_of_events(criterion: &mut Criterion, runtime: &Runtime, name: &str, app: &DriveEver, driver: &RequestContext) {
    runtime.block_on(app.settle()).expect("events");
    let mut group = criterion.benchmark_group(format!("road/{name}"));
    group.sample_size(20);
    group.bench_function("events of one", |bencher| {
        let ask = || drop(runtime.block_on(app.ask(driver, Question::new(QUESTION))).expect("an order"));
        let settle = |()| runtime.block_on(app.settle()).expect("events");
        bencher.iter_batched(ask, settle, BatchSize::PerIteration);
    });
    group.finish();
}

fn memory(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    measure(criterion, &runtime, "memory", Arc::new(MemoryStore::new()));
}

fn sqlite(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let opening = SqliteStore::open(SqliteConfig::at(folder.path().join("driveever.db")));
    let store = Arc::new(runtime.block_on(opening).expect("a store"));
    measure(criterion, &runtime, "sqlite", store.clone());
    runtime.block_on(store.close());
}

criterion_group!(benches, memory, sqlite);
criterion_main!(benches);
