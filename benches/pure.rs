//! What the road of a question works out without a store: choosing among candidates, rendering, classifying.
//!
//! `cargo xtask bench pure`
#![expect(clippy::expect_used, reason = "a benchmark that cannot run has nothing to measure")]

use std::{hint::black_box, sync::Arc};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use driveever::{
    DriveEver,
    core::{
        Error, RequestContext,
        prompt::{
            Prompt, PromptCategory, PromptVersion, Totals, VariableValues,
            classify::Classifier,
            golden::golden_library,
            select::{Candidate, rank},
        },
        query::Query,
        repository::Repository as _,
    },
    memory::MemoryStore,
};
use tokio::runtime::Runtime;

/// As drivers ask, short and long, plain and sloppy.
const QUESTIONS: [&str; 5] = [
    "When is my MOT due?",
    "brakes have gone soft and a red light is on, can i still drive home",
    "How much would a new timing belt cost me on a 2014 diesel with 93,000 miles, and is it worth doing before I sell it?",
    "wich insurance group is it in",
    "smoke from the bonnet!!",
];

struct Library {
    app: DriveEver,
    store: Arc<MemoryStore>,
}

fn library(runtime: &Runtime) -> Result<Library, Error> {
    let store = Arc::new(MemoryStore::new());
    let app = DriveEver::builder().store(store.clone()).build()?;
    runtime.block_on(app.prepare())?;
    Ok(Library { app, store })
}

/// Prompts of the golden library with the version that is served, repeated until there are so many.
fn candidates(runtime: &Runtime, library: &Library, count: usize) -> Result<Vec<(Prompt, PromptVersion)>, Error> {
    let prompts = runtime.block_on(library.store.find(&Query::<Prompt>::everything()))?;
    let versions = runtime.block_on(library.store.find(&Query::<PromptVersion>::everything()))?;
    let version = |prompt: &Prompt| versions.iter().find(|version| version.prompt_id == prompt.id).cloned();
    let pairs: Vec<_> =
        prompts.into_iter().filter_map(|prompt| version(&prompt).map(|version| (prompt, version))).collect();
    Ok(pairs.iter().cycle().take(count).cloned().collect())
}

fn select(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let library = library(&runtime).expect("a library");
    let mut group = criterion.benchmark_group("pure/select");
    for count in [4, 40] {
        let pairs = candidates(&runtime, &library, count).expect("candidates");
        group.bench_with_input(BenchmarkId::from_parameter(count), &pairs, |bencher, pairs| {
            bencher.iter(|| {
                let whole = Totals::default();
                let judged =
                    pairs.iter().cloned().map(|(prompt, version)| Candidate::new(prompt, version, None, &whole));
                rank(PromptCategory::SafetyAssessment, judged.collect())
            });
        });
    }
    group.finish();
}

fn classify(criterion: &mut Criterion) {
    let classifier = Classifier::bundled();
    let mut questions = QUESTIONS.iter().cycle();
    criterion.bench_function("pure/classify", |bencher| {
        bencher.iter(|| questions.next().map(|question| classifier.classify(black_box(question))));
    });
}

fn render(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let library = library(&runtime).expect("a library");
    let golden = golden_library().expect("the golden library");
    let prompts = runtime.block_on(library.store.find(&Query::<Prompt>::everything())).expect("prompts");
    let longest = golden.iter().max_by_key(|prompt| prompt.template.len()).expect("a prompt");
    let prompt = prompts.iter().find(|prompt| prompt.name == longest.name).expect("the prompt that was seeded");
    let values: VariableValues = longest
        .variables
        .iter()
        .map(|variable| (variable.name.clone(), serde_json::json!("a fact of some length about this vehicle")))
        .collect();
    let (service, request) = (library.app.prompts(), RequestContext::system("bench"));
    criterion.bench_function("pure/render", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| async { service.render(&request, prompt.id, 1, &values).await.expect("a text") });
    });
}

criterion_group!(benches, select, classify, render);
criterion_main!(benches);
