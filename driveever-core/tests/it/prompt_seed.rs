//! Seeding the golden library: idempotent, and never over an operator's head.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use driveever_core::{
    RequestContext,
    prompt::{
        EditPrompt, GoldenRequest, NewPrompt, PromptCategory, PromptDetails, PromptLibrary, PromptService, Prompts,
        VariableSupply, VariableValues, VersionSelector,
        golden::{ADVICE_VARIABLES, GoldenPrompt, golden_library},
    },
};

use crate::{
    prompt::{editor, new_prompt, prompts},
    support::{request_by, world},
};

fn system() -> RequestContext {
    RequestContext::system("seed")
}

async fn by_name(library: &Prompts, name: &str) -> PromptDetails {
    library.by_name(&editor(), name, VersionSelector::Label("latest".into())).await.unwrap()
}

fn improved(name: &str) -> Vec<GoldenPrompt> {
    let mut library = golden_library().unwrap();
    for golden in library.iter_mut().filter(|golden| golden.name == name) {
        golden.template.push_str("\nBe brief.");
    }
    library
}

#[tokio::test]
async fn the_library_is_seeded_once_and_serves_every_category() {
    let world = world();
    let library = prompts(&world);
    let report = library.seed(&system()).await.unwrap();
    assert!(report.created.len() >= 36);
    assert!(report.updated.is_empty() && report.unchanged.is_empty() && report.kept.is_empty());
    let again = library.seed(&system()).await.unwrap();
    assert_eq!((again.unchanged.len(), again.created.len()), (report.created.len(), 0));

    let values: VariableValues =
        ADVICE_VARIABLES.iter().map(|name| ((*name).to_owned(), format!("<{name}>").into())).collect();
    for category in PromptCategory::ALL {
        let golden = GoldenRequest {
            category: *category,
            assignment_key: None,
            exposure_id: None,
            supply: VariableSupply::Advice,
        };
        let choice = library.golden(&request_by(3), golden).await.unwrap();
        let used: VariableValues = values
            .iter()
            .filter(|(name, _)| choice.version.variables.0.iter().any(|variable| variable.name == **name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let rendered = library.render(&request_by(3), choice.prompt.id, choice.version.number, &used).await.unwrap();
        assert!(rendered.text.contains("<question>") && rendered.warnings.is_empty());
    }
}

#[tokio::test]
async fn what_operators_did_stays() {
    let world = world();
    let library = prompts(&world);
    let names: Vec<String> = golden_library().unwrap().into_iter().map(|golden| golden.name).collect();
    // The operator was first with one name.
    library.create(&editor(), new_prompt(&names[0])).await.unwrap();
    let report = library.seed(&system()).await.unwrap();
    assert_eq!(report.kept, [names[0].clone()]);

    let renamed = by_name(&library, &names[1]).await.prompt.id;
    let edit = EditPrompt { name: Some("my own".into()), ..EditPrompt::default() };
    library.edit(&editor(), renamed, edit, None).await.unwrap();
    let deleted = by_name(&library, &names[2]).await.prompt.id;
    library.delete(&editor(), deleted, None).await.unwrap();
    let replaced = by_name(&library, &names[3]).await.prompt.id;
    library.delete(&editor(), replaced, None).await.unwrap();
    library.create(&editor(), NewPrompt { template: "{{question}}".into(), ..new_prompt(&names[3]) }).await.unwrap();

    let report = library.seed(&system()).await.unwrap();
    assert_eq!(report.kept, names[..4]);
    assert_eq!(report.unchanged.len(), names.len() - 4);
    assert!(report.created.is_empty() && report.updated.is_empty());
}

#[tokio::test]
async fn a_better_library_makes_new_versions_where_nobody_edited() {
    let world = world();
    let library = prompts(&world);
    library.seed(&system()).await.unwrap();
    let names: Vec<String> = golden_library().unwrap().into_iter().map(|golden| golden.name).collect();
    let report = library.seed_with(&system(), improved(&names[5])).await.unwrap();
    assert_eq!(report.updated, [names[5].clone()]);
    let details = by_name(&library, &names[5]).await;
    assert_eq!((details.version.version.to_string(), details.prompt.production_version), ("1.1.0".into(), Some(2)));
    assert_eq!(library.seed_with(&system(), improved(&names[5])).await.unwrap().updated.len(), 0);

    let id = by_name(&library, &names[6]).await.prompt.id;
    let edit = EditPrompt { tags: Some(vec!["mine".into()]), ..EditPrompt::default() };
    library.edit(&editor(), id, edit, None).await.unwrap();
    let report = library.seed_with(&system(), improved(&names[6])).await.unwrap();
    assert_eq!((report.kept, report.updated), (vec![names[6].clone()], vec![names[5].clone()]));
    assert_eq!(by_name(&library, &names[6]).await.version.number, 1);
}
