//! The prompt library as its editors see it: versions, labels, search, drafts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;

use driveever_core::{
    Error, RequestContext, Role,
    entity::Revision,
    page::{Page, PageRequest},
    prompt::{
        Bump, DraftTemplate, EditPrompt, ExpectedVersion, MoveLabel, NewPrompt, Prompt, PromptCategory, PromptFilter,
        PromptId, PromptLibrary, PromptLimits, PromptOptions, PromptSort, Prompts, SavedPrompt, Variable, VariableType,
        VariableValues, VersionSelector,
    },
    repository::RepositoryExt,
};
use serde_json::json;

use crate::support::{World, request_as, request_by, world};

pub(crate) fn prompts(world: &World) -> Prompts {
    prompts_with(world, PromptOptions::default())
}

pub(crate) fn prompts_with(world: &World, options: PromptOptions) -> Prompts {
    Prompts::new(world.store.clone(), world.clock.clone(), world.ids.clone(), options)
}

pub(crate) fn editor() -> RequestContext {
    request_as(1, Role::PromptEditor)
}

pub(crate) fn variable(name: &str, required: bool) -> Variable {
    Variable { name: name.into(), kind: VariableType::Text, required, description: None }
}

pub(crate) fn new_prompt(name: &str) -> NewPrompt {
    NewPrompt {
        name: name.into(),
        description: "Answers about brakes.".into(),
        category: PromptCategory::SafetyAssessment,
        template: "Today is {{today}}.\n{{question}}".into(),
        variables: vec![variable("question", true), variable("today", true)],
        expected_output: "A verdict.".into(),
        tags: vec!["brakes".into(), "triage".into()],
        metadata: None,
    }
}

pub(crate) async fn created(library: &Prompts, name: &str) -> SavedPrompt {
    library.create(&editor(), new_prompt(name)).await.unwrap()
}

fn code(result: Result<impl std::fmt::Debug, Error>) -> String {
    match result {
        Err(Error::Conflict { code, .. }) => code.into(),
        Err(Error::NotFound { kind }) => format!("no {kind}"),
        Err(Error::Stale { .. }) => "stale".into(),
        Err(Error::Forbidden { needs }) => format!("needs {needs}"),
        Err(Error::Unauthenticated { .. }) => "log in".into(),
        Err(Error::Invalid(faults)) => faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>().join(", "),
        other => panic!("{other:?}"),
    }
}

fn template(text: &str) -> EditPrompt {
    EditPrompt { template: Some(text.into()), ..EditPrompt::default() }
}

fn to_version(label: &str, version: u32) -> MoveLabel {
    MoveLabel { label: label.into(), version: Some(version), ..MoveLabel::default() }
}

fn numbered<T>(page: Page<T>) -> (Vec<T>, u64) {
    let Page::Numbered { data, total, .. } = page else { panic!("a numbered page") };
    (data, total)
}

fn values(json: serde_json::Value) -> VariableValues {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn the_first_version_serves_at_once_and_later_ones_when_they_are_published() {
    let world = world();
    let library = prompts(&world);
    let saved = created(&library, "brakes").await;
    let (id, details) = (saved.details.prompt.id, saved.details);
    assert_eq!(details.version.version.to_string(), "1.0.0");
    assert_eq!(details.labels, [("latest".to_owned(), 1), ("production".to_owned(), 1)].into());

    let second = library.edit(&editor(), id, template("{{question}} {{today}}!"), None).await.unwrap();
    assert!(second.new_version);
    assert_eq!(second.details.version.version.to_string(), "1.1.0");
    assert_eq!(second.details.labels, [("latest".to_owned(), 2), ("production".to_owned(), 1)].into());
    let third = EditPrompt { expected_output: Some("Two.".into()), bump: Bump::Major, ..EditPrompt::default() };
    let third = library.edit(&editor(), id, third, None).await.unwrap();
    assert_eq!((third.details.version.number, third.details.version.version.to_string()), (3, "2.0.0".into()));

    let moved = library.move_label(&editor(), id, to_version("production", 3), None).await.unwrap();
    assert_eq!((moved.from, moved.to, moved.moved), (Some(1), Some(3), true));
    assert!(moved.diff.unwrap().unified.contains("+{{question}} {{today}}!"));
    let still = library.move_label(&editor(), id, to_version("production", 3), None).await.unwrap();
    assert_eq!((still.moved, still.diff.is_none()), (false, true), "it points there already");
    assert_eq!(library.by_name(&editor(), "brakes", VersionSelector::Production).await.unwrap().version.number, 3);
    let (versions, total) = numbered(library.versions(&editor(), id, PageRequest::default()).await.unwrap());
    assert_eq!(total, 3);
    assert_eq!(versions.iter().map(|version| version.number).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(library.version(&editor(), id, 1).await.unwrap().template, new_prompt("").template);
    let diff = library.diff(&editor(), id, 1, 2).await.unwrap();
    assert_eq!(diff.fields.len(), 1);
    assert_eq!(code(library.diff(&editor(), id, 1, 9).await), "no prompt version");
}

#[tokio::test]
async fn an_edit_of_the_standing_makes_no_version_and_an_edit_of_nothing_no_write() {
    let world = world();
    let library = prompts(&world);
    let saved = created(&library, "brakes").await;
    let id = saved.details.prompt.id;
    let edit = EditPrompt { description: Some("Better.".into()), tags: Some(vec![]), ..EditPrompt::default() };
    let edited = library.edit(&editor(), id, edit.clone(), Some(Revision::FIRST)).await.unwrap();
    assert!(!edited.new_version);
    assert_eq!((edited.details.prompt.revision.get(), edited.details.version.number), (2, 1));
    let again = library.edit(&editor(), id, edit, None).await.unwrap();
    assert_eq!(again.details.prompt.revision.get(), 2);
    let stale = library.edit(&editor(), id, template("x"), Some(Revision::FIRST)).await;
    assert_eq!(code(stale), "stale");
}

#[tokio::test]
async fn bad_input_is_refused_with_every_fault_and_stores_nothing() {
    let world = world();
    let library = prompts(&world);
    let bad = NewPrompt {
        name: String::new(),
        template: "{{question}} {{budget}} {% for x in y %}".into(),
        variables: vec![variable("1x", true)],
        ..new_prompt("x")
    };
    assert_eq!(code(library.create(&editor(), bad).await), "name, variables[0].name, template");
    let undeclared = NewPrompt { template: "{{question}} {{budget}} {{make}}".into(), ..new_prompt("x") };
    let Err(error) = library.create(&editor(), undeclared).await else { panic!() };
    assert!(error.to_string().contains("budget, make"), "{error}");
    assert!(
        !RepositoryExt::<Prompt>::exists(world.store.as_ref(), driveever_core::query::Filter::everything())
            .await
            .unwrap()
    );
    created(&library, "brakes").await;
    assert_eq!(code(library.create(&editor(), new_prompt("brakes")).await), "name_taken");
    let other = created(&library, "other").await.details.prompt.id;
    let rename = EditPrompt { name: Some("brakes".into()), ..EditPrompt::default() };
    assert_eq!(code(library.edit(&editor(), other, rename, None).await), "name_taken");
}

#[tokio::test]
async fn roles_are_asked_for() {
    let world = world();
    let library = prompts(&world);
    let id = created(&library, "brakes").await.details.prompt.id;
    let user = request_by(2);
    assert_eq!(code(library.create(&user, new_prompt("x")).await), "needs prompt_editor");
    assert_eq!(code(library.edit(&user, id, EditPrompt::default(), None).await), "needs prompt_editor");
    assert_eq!(code(library.delete(&user, id, None).await), "needs prompt_editor");
    assert_eq!(code(library.move_label(&user, id, to_version("x", 1), None).await), "needs prompt_editor");
    assert_eq!(code(library.rollback(&user, id, 1, "r".into(), None).await), "needs prompt_editor");
    assert_eq!(code(library.optimize(&user, id).await), "needs prompt_editor");
    assert_eq!(code(library.seed(&editor()).await), "needs admin");
    assert_eq!(code(library.get(&RequestContext::anonymous("r"), id).await), "log in");
    library.get(&user, id).await.unwrap();
}

#[tokio::test]
async fn labels_move_by_compare_and_swap_and_their_history_stays() {
    let world = world();
    let library = prompts(&world);
    let id = created(&library, "brakes").await.details.prompt.id;
    library.edit(&editor(), id, template("{{question}}{{today}}"), None).await.unwrap();
    let absent =
        MoveLabel { expected: ExpectedVersion::Absent, reason: Some("try".into()), ..to_version("staging", 1) };
    assert!(library.move_label(&editor(), id, absent.clone(), None).await.unwrap().moved);
    assert_eq!(code(library.move_label(&editor(), id, absent, None).await), "label_moved");
    let wrong = MoveLabel { expected: ExpectedVersion::Version(2), ..to_version("staging", 2) };
    assert_eq!(code(library.move_label(&editor(), id, wrong, None).await), "label_moved");
    let right = MoveLabel { expected: ExpectedVersion::Version(1), ..to_version("staging", 2) };
    let moved = library.move_label(&editor(), id, right, None).await.unwrap();
    assert_eq!(moved.details.labels["staging"], 2);
    // To where it points already: nothing moves and nothing is noted.
    assert!(!library.move_label(&editor(), id, to_version("staging", 2), None).await.unwrap().moved);

    let staging = VersionSelector::Label("staging".into());
    assert_eq!(library.by_name(&editor(), "brakes", staging.clone()).await.unwrap().version.number, 2);
    let remove = MoveLabel { label: "staging".into(), ..MoveLabel::default() };
    library.move_label(&editor(), id, remove.clone(), None).await.unwrap();
    assert_eq!(code(library.move_label(&editor(), id, remove, None).await), "no label");
    assert_eq!(code(library.by_name(&editor(), "brakes", staging).await), "no label");

    assert_eq!(code(library.move_label(&editor(), id, to_version("latest", 1), None).await), "label_reserved");
    assert_eq!(code(library.move_label(&editor(), id, to_version("Bad Label", 1), None).await), "label");
    assert_eq!(code(library.move_label(&editor(), id, to_version("x", 9), None).await), "no prompt version");
    let stale = library.move_label(&editor(), id, to_version("x", 1), Some(Revision::FIRST)).await;
    assert_eq!(code(stale), "stale");

    let (history, _) = numbered(library.label_history(&editor(), id, PageRequest::default()).await.unwrap());
    let told: Vec<_> = history.iter().map(|m| (m.label.as_str(), m.from_version, m.to_version)).collect();
    let expected = [
        ("staging", Some(2), None),
        ("staging", Some(1), Some(2)),
        ("staging", None, Some(1)),
        ("production", None, Some(1)),
    ];
    assert_eq!(told, expected);
    assert_eq!(history[2].reason.as_deref(), Some("try"));
}

#[tokio::test]
async fn a_version_that_needs_more_is_published_by_force_only() {
    let world = world();
    let library = prompts(&world);
    let id = created(&library, "brakes").await.details.prompt.id;
    let edit = EditPrompt {
        template: Some("{{question}}{{today}}{{budget}}{{note}}".into()),
        variables: Some(vec![
            variable("question", true),
            variable("today", true),
            variable("budget", true),
            variable("note", false),
        ]),
        ..EditPrompt::default()
    };
    library.edit(&editor(), id, edit, None).await.unwrap();
    let before = library.get(&editor(), id).await.unwrap();
    let dry = MoveLabel { dry_run: true, ..to_version("production", 2) };
    let dry = library.move_label(&editor(), id, dry, None).await.unwrap();
    assert_eq!((dry.moved, dry.broken_contract), (false, vec!["budget".to_owned()]));
    assert_eq!(code(library.move_label(&editor(), id, to_version("production", 2), None).await), "variable_contract");
    assert_eq!(library.get(&editor(), id).await.unwrap(), before);
    let forced = MoveLabel { force: true, ..to_version("production", 2) };
    assert!(library.move_label(&editor(), id, forced, None).await.unwrap().moved);
    let (history, _) = numbered(library.label_history(&editor(), id, PageRequest::default()).await.unwrap());
    assert!(history[0].forced && !history[1].forced);
    // A label that is new has no callers yet.
    assert!(library.move_label(&editor(), id, to_version("staging", 2), None).await.unwrap().moved);
    // Force that was not needed is not noted.
    let needless = MoveLabel { force: true, ..to_version("staging", 1) };
    library.move_label(&editor(), id, needless, None).await.unwrap();
    let (history, _) = numbered(library.label_history(&editor(), id, PageRequest::default()).await.unwrap());
    assert!(!history[0].forced);
}

#[tokio::test]
async fn production_stays_while_the_prompt_is_active() {
    let world = world();
    let library = prompts(&world);
    let id = created(&library, "brakes").await.details.prompt.id;
    let remove = MoveLabel { label: "production".into(), ..MoveLabel::default() };
    assert_eq!(code(library.move_label(&editor(), id, remove.clone(), None).await), "production_in_use");
    let rest = EditPrompt { is_active: Some(false), ..EditPrompt::default() };
    library.edit(&editor(), id, rest, None).await.unwrap();
    let removed = library.move_label(&editor(), id, remove, None).await.unwrap();
    assert_eq!(removed.details.prompt.production_version, None);
    assert_eq!(code(library.by_name(&editor(), "brakes", VersionSelector::Production).await), "no label");
}

#[tokio::test]
async fn a_rollback_goes_back_to_what_served_before_and_is_noted() {
    let world = world();
    let library = prompts(&world);
    let id = created(&library, "brakes").await.details.prompt.id;
    for text in ["{{question}} a {{today}}", "{{question}} b {{today}}"] {
        library.edit(&editor(), id, template(text), None).await.unwrap();
    }
    library.move_label(&editor(), id, to_version("production", 3), None).await.unwrap();
    assert_eq!(code(library.rollback(&editor(), id, 2, "never served".into(), None).await), "not_a_rollback");
    assert_eq!(code(library.rollback(&editor(), id, 1, " ".into(), None).await), "reason");
    assert_eq!(code(library.rollback(&editor(), id, 7, "none".into(), None).await), "no prompt version");
    let back = library.rollback(&editor(), id, 1, "Worse in wet weather.".into(), None).await.unwrap();
    assert_eq!(back.prompt.production_version, Some(1));
    assert_eq!(code(library.rollback(&editor(), id, 3, "forward".into(), None).await), "not_a_rollback");
    let again = library.rollback(&editor(), id, 1, "again".into(), None).await.unwrap();
    assert_eq!(again.prompt.revision, back.prompt.revision);
    let (history, _) = numbered(library.label_history(&editor(), id, PageRequest::default()).await.unwrap());
    assert_eq!(history[0].reason.as_deref(), Some("Worse in wet weather."));
}

#[tokio::test]
async fn a_deleted_prompt_is_gone_until_it_is_restored() {
    let world = world();
    let library = prompts(&world);
    let id = created(&library, "brakes").await.details.prompt.id;
    assert_eq!(code(library.restore(&editor(), id, None).await), "no prompt");
    assert_eq!(code(library.delete(&editor(), id, Revision::new(9)).await), "stale");
    library.delete(&editor(), id, Some(Revision::FIRST)).await.unwrap();
    assert_eq!(code(library.get(&editor(), id).await), "no prompt");
    assert_eq!(code(library.delete(&editor(), id, None).await), "no prompt");
    assert_eq!(code(library.performance(&editor(), id).await), "no prompt");
    let selector = VersionSelector::Production;
    assert_eq!(code(library.render_version(&editor(), id, selector, &values(json!({}))).await), "no prompt");
    let twin = created(&library, "brakes").await.details.prompt;
    assert_eq!(code(library.restore(&editor(), id, None).await), "name_taken");
    library.delete(&editor(), twin.id, None).await.unwrap();
    let restored = library.restore(&editor(), id, None).await.unwrap();
    assert_eq!((restored.prompt.deleted_at, restored.prompt.name.as_str()), (None, "brakes"));
    assert_eq!(library.get(&editor(), id).await.unwrap(), restored);
}

#[tokio::test]
async fn concurrent_edits_have_one_winner() {
    let world = world();
    let library = Arc::new(prompts(&world));
    let id = created(&library, "brakes").await.details.prompt.id;
    let revision = library.get(&editor(), id).await.unwrap().prompt.revision;
    let edits = (0..8).map(|number| {
        let library = library.clone();
        async move { library.edit(&editor(), id, template(&format!("{{{{question}}}} {number}")), Some(revision)).await }
    });
    let results = futures_util::future::join_all(edits).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(library.get(&editor(), id).await.unwrap().prompt.latest_version, 2);
}

#[tokio::test]
async fn a_repeated_request_makes_one_prompt() {
    let world = world();
    let library = prompts(&world);
    let request = RequestContext { idempotency: Some(uuid::Uuid::from_u128(42)), ..editor() };
    let first = library.create(&request, new_prompt("brakes")).await.unwrap();
    let second = library.create(&request, new_prompt("brakes")).await.unwrap();
    assert_eq!(first.details, second.details);
}

async fn found(library: &Prompts, filter: PromptFilter) -> Vec<String> {
    let page = library.search(&request_by(2), filter, PromptSort::Name, PageRequest::default()).await.unwrap();
    let (data, total) = numbered(page);
    assert_eq!(data.len() as u64, total);
    data.into_iter().map(|details| details.prompt.name).collect()
}

#[tokio::test]
async fn search_covers_category_tag_text_and_standing() {
    let world = world();
    let library = prompts(&world);
    created(&library, "brakes").await;
    let tyres = NewPrompt {
        category: PromptCategory::CostAnalysis,
        tags: vec!["tyres".into()],
        description: "What tyres cost.".into(),
        ..new_prompt("tyres")
    };
    let tyres = library.create(&editor(), tyres).await.unwrap().details.prompt.id;
    let all = PromptFilter::default;
    assert_eq!(found(&library, all()).await, ["brakes", "tyres"]);
    assert_eq!(found(&library, PromptFilter { tag: Some("triage".into()), ..all() }).await, ["brakes"]);
    assert_eq!(found(&library, PromptFilter { text: Some("COST tyr".into()), ..all() }).await, ["tyres"]);
    let category = Some(PromptCategory::CostAnalysis);
    assert_eq!(found(&library, PromptFilter { category, ..all() }).await, ["tyres"]);
    let rest = EditPrompt { is_active: Some(false), ..EditPrompt::default() };
    library.edit(&editor(), tyres, rest, None).await.unwrap();
    assert_eq!(found(&library, PromptFilter { active: Some(true), ..all() }).await, ["brakes"]);
    assert_eq!(found(&library, PromptFilter { active: Some(false), ..all() }).await, ["tyres"]);
    let page = library.by_category(&request_by(2), PromptCategory::CostAnalysis, PageRequest::default()).await.unwrap();
    assert!(page.data().is_empty());
    let bad = PromptFilter { min_rating: Some(f64::NAN), text: Some("\0x".into()), ..all() };
    let bad = library.search(&request_by(2), bad, PromptSort::default(), PageRequest::default()).await;
    assert_eq!(code(bad), "q, minRating");
}

#[tokio::test]
async fn a_category_lists_what_changed_last_first() {
    let world = world();
    let library = prompts(&world);
    let first = created(&library, "a").await.details.prompt.id;
    for name in ["b", "c"] {
        world.clock.advance(std::time::Duration::from_secs(1));
        created(&library, name).await;
    }
    world.clock.advance(std::time::Duration::from_secs(1));
    library.edit(&editor(), first, template("{{question}}"), None).await.unwrap();
    let request = PageRequest::parse(None, Some(2), Some("")).unwrap();
    let page = library.by_category(&editor(), PromptCategory::SafetyAssessment, request).await.unwrap();
    let names: Vec<_> = page.data().iter().map(|details| details.prompt.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    let Page::Cursor { next: Some(next), .. } = page else { panic!() };
    let request = PageRequest::parse(None, Some(2), Some(&next.to_string())).unwrap();
    let page = library.by_category(&editor(), PromptCategory::SafetyAssessment, request).await.unwrap();
    assert_eq!(page.data()[0].prompt.name, "b");
}

#[tokio::test]
async fn rendering_names_what_is_wrong_and_drafts_show_what_is_used() {
    let world = world();
    let library = prompts(&world);
    let saved = created(&library, "brakes").await;
    let id: PromptId = saved.details.prompt.id;
    let good = values(json!({"question": "{{today}}?", "today": "Monday"}));
    let rendered = library.render_version(&editor(), id, VersionSelector::Number(1), &good).await.unwrap();
    assert_eq!(rendered.text, "Today is Monday.\n{{today}}?");
    let bad = values(json!({"question": 1, "colour": "red"}));
    let refused = library.render_version(&editor(), id, VersionSelector::default(), &bad).await;
    assert_eq!(code(refused), "variables.question, variables.today, variables.colour");
    assert_eq!(
        code(library.render_version(&editor(), id, VersionSelector::Number(2), &good).await),
        "no prompt version"
    );

    let draft = DraftTemplate {
        template: "Hi {{name}}".into(),
        declared: vec![variable("name", true), variable("spare", false)],
        values: values(json!({"name": "Ann"})),
    };
    let tried = library.render_draft(&editor(), draft.clone()).await.unwrap();
    assert_eq!((tried.text.as_str(), tried.variables.unused), ("Hi Ann", vec!["spare".to_owned()]));
    assert_eq!(tried.warnings.len(), 2);
    let undeclared = DraftTemplate { declared: vec![], ..draft };
    assert_eq!(code(library.render_draft(&editor(), undeclared).await), "variables");
}

#[tokio::test]
async fn versions_and_labels_are_bounded() {
    let world = world();
    let limits = PromptLimits { versions: 2, labels: 1, ..PromptLimits::default() };
    let library = prompts_with(&world, PromptOptions { limits, ..PromptOptions::default() });
    let id = created(&library, "brakes").await.details.prompt.id;
    library.edit(&editor(), id, template("{{question}}"), None).await.unwrap();
    assert_eq!(code(library.edit(&editor(), id, template("{{today}}"), None).await), "too_many_versions");
    library.move_label(&editor(), id, to_version("a", 1), None).await.unwrap();
    assert_eq!(code(library.move_label(&editor(), id, to_version("b", 1), None).await), "too_many_labels");
    library.move_label(&editor(), id, to_version("a", 2), None).await.unwrap();
}
