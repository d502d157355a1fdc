//! The golden library: the prompts that a new installation starts with.
//!
//! Nine files under `driveever-core/data/golden/`, one a category, are compiled in and parsed by
//! [`golden_library`]. Each holds at least four prompts whose strategies differ (checklist, step-by-step
//! reasoning, thresholds, short answer, conversation, ...), because they compete for the same questions and a
//! difference in wording alone would teach nothing. What does not compete is the same in all of them: what counts as
//! data, urgency on the first line in fixed words, safety before form, what is known and not known, the next step,
//! a cost only where the data gives one, the sources.
//!
//! # Contract
//!
//! - `name` is the stable key: `<category with hyphens>.<strategy>`. Renaming one makes a new prompt at the next
//!   seeding and leaves the old one in place.
//! - Templates hold plain `{{variable}}` substitutions only, and every variable that one uses is declared.
//!   The advice road supplies [`ADVICE_VARIABLES`], always as text.
//! - A template names no sum of money: figures change each year and reach the answer through `rules`, with
//!   source and date.
//!
//! # To extend
//!
//! Add an object to the category's file and run `cargo test -p driveever-core golden`: the tests below hold every
//! prompt to this contract. The template is an array of lines (`templateLines`), so that a change of one sentence is
//! a diff of one line.
//!
//! Why files that are compiled in and not rows in a migration: the text is reviewed like code, every store seeds
//! from the same source, and core reads no disk.

use serde::{Deserialize, Deserializer, de};

use super::{PromptCategory, PromptMetadata, Variable};

/// The variables that the road from a question to its advice supplies to every prompt.
///
/// All are text and always present: where there is no data, a sentence that says so stands in (for instance
/// "No record was found for this vehicle.").
///
/// - `question`: the driver's own words.
/// - `vehicle_facts`: the vehicle's record, one fact a line with source and date.
/// - `mot_history`: MOT tests with result, defects and odometer.
/// - `rules`: UK rules and figures that bear on the question, with source and date.
/// - `today`: the date in Europe/London.
pub const ADVICE_VARIABLES: [&str; 5] = ["question", "vehicle_facts", "mot_history", "rules", "today"];

/// The library's files, in the order in which the API lists the categories.
const FILES: [&str; 9] = [
    include_str!("../../data/golden/vehicle_advice.json"),
    include_str!("../../data/golden/safety_assessment.json"),
    include_str!("../../data/golden/maintenance_guidance.json"),
    include_str!("../../data/golden/cost_analysis.json"),
    include_str!("../../data/golden/purchase_recommendation.json"),
    include_str!("../../data/golden/technical_support.json"),
    include_str!("../../data/golden/general_inquiry.json"),
    include_str!("../../data/golden/emergency_guidance.json"),
    include_str!("../../data/golden/insurance_advice.json"),
];

/// One prompt of the golden library, as its file states it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoldenPrompt {
    /// Stable, unique key, such as `safety-assessment.advisory-triage`.
    pub name: String,
    /// What the prompt does and how, in 20 to 300 characters.
    pub description: String,
    /// The category that it serves.
    pub category: PromptCategory,
    /// The template, its lines joined with `\n` and without a final line break. At most 6,000 characters.
    #[serde(rename = "templateLines", deserialize_with = "joined_lines")]
    pub template: String,
    /// The variables that the template uses, each once, among [`ADVICE_VARIABLES`].
    pub variables: Vec<Variable>,
    /// What a good answer to this prompt looks like.
    pub expected_output: String,
    /// Search words: the strategy and the matter, in kebab-case.
    pub tags: Vec<String>,
    /// Where the prompt comes from; its source is always `golden-library`.
    pub metadata: PromptMetadata,
}

/// The whole golden library, by category in the API's order and within it in the file's order.
///
/// # Errors
///
/// The first file that does not parse, with line and column. The files are part of the crate and its tests parse
/// them, so a released build does not fail here.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), serde_json::Error> {
/// let library = driveever_core::prompt::golden::golden_library()?;
/// assert!(library.iter().any(|p| p.name == "safety-assessment.advisory-triage"));
/// # Ok(())
/// # }
/// ```
pub fn golden_library() -> Result<Vec<GoldenPrompt>, serde_json::Error> {
    let mut library = Vec::new();
    for file in FILES {
        library.extend(serde_json::from_str::<Vec<GoldenPrompt>>(file)?);
    }
    Ok(library)
}

/// Reads `templateLines` into one text, and refuses an element that hides a line break.
fn joined_lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let lines = Vec::<String>::deserialize(deserializer)?;
    match lines.iter().position(|line| line.contains(['\n', '\r'])) {
        Some(index) => {
            Err(de::Error::custom(format!("templateLines[{index}] holds a line break; write one element a line")))
        }
        None => Ok(lines.join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use minijinja::{Environment, UndefinedBehavior};

    use super::*;
    use crate::prompt::{VariableType, template::Template};

    fn library() -> Vec<GoldenPrompt> {
        golden_library().expect("the golden library parses")
    }

    fn by_category(library: &[GoldenPrompt]) -> BTreeMap<PromptCategory, Vec<&GoldenPrompt>> {
        let mut groups: BTreeMap<PromptCategory, Vec<&GoldenPrompt>> = BTreeMap::new();
        for prompt in library {
            groups.entry(prompt.category).or_default().push(prompt);
        }
        groups
    }

    /// The names between `{{` and `}}`, in order, repeats kept.
    fn substitutions(template: &str) -> Vec<&str> {
        template
            .split("{{")
            .skip(1)
            .map(|rest| rest.split_once("}}").expect("a closed substitution").0)
            .map(str::trim)
            .collect()
    }

    fn is_kebab(word: &str) -> bool {
        !word.is_empty()
            && word
                .split('-')
                .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
    }

    fn words(text: &str) -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    }

    /// Shared share of two sets of words: 0 for nothing in common, 1 for equal.
    fn jaccard(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
        let count = |n: usize| f64::from(u32::try_from(n).expect("a small set"));
        count(a.intersection(b).count()) / count(a.union(b).count())
    }

    #[test]
    fn every_category_has_at_least_four_prompts_and_there_is_no_other() {
        let library = library();
        let groups = by_category(&library);
        assert_eq!(groups.keys().copied().collect::<Vec<_>>(), PromptCategory::ALL);
        for (category, prompts) in groups {
            assert!(prompts.len() >= 4, "{category} has {}", prompts.len());
        }
    }

    #[test]
    fn names_are_unique_kebab_case_and_start_with_the_category() {
        let mut seen = BTreeSet::new();
        for prompt in library() {
            let (category, strategy) = prompt.name.split_once('.').expect("category.strategy");
            assert_eq!(category.replace('-', "_"), prompt.category.as_str(), "{}", prompt.name);
            assert!(is_kebab(category) && is_kebab(strategy), "{} is not kebab-case", prompt.name);
            assert!(seen.insert(prompt.name.clone()), "{} twice", prompt.name);
        }
    }

    #[test]
    fn declared_variables_are_those_used_and_those_that_the_road_supplies() {
        for prompt in library() {
            let name = &prompt.name;
            let declared: Vec<&str> = prompt.variables.iter().map(|v| v.name.as_str()).collect();
            let unique: BTreeSet<&str> = declared.iter().copied().collect();
            let used: BTreeSet<&str> = substitutions(&prompt.template).into_iter().collect();
            assert_eq!(unique.len(), declared.len(), "{name} declares one twice");
            assert_eq!(unique, used, "{name}: declared and used differ");
            for variable in &prompt.variables {
                assert!(
                    ADVICE_VARIABLES.contains(&variable.name.as_str()),
                    "{name}: nothing supplies {}",
                    variable.name
                );
                assert!(variable.required, "{name}: {}", variable.name);
                assert_eq!(variable.kind, VariableType::Text, "{name}: {}", variable.name);
                assert!(
                    variable.description.as_ref().is_some_and(|text| !text.is_empty()),
                    "{name}: {}",
                    variable.name
                );
            }
            for must in ["question", "vehicle_facts", "today"] {
                assert!(used.contains(must), "{name} does not use {must}");
            }
        }
    }

    #[test]
    fn every_template_renders_strictly_and_leaves_values_as_data() {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let hostile = "{{ today }} {% for x in y %} {# note #} <b>&\"'";
        for prompt in library() {
            let values: BTreeMap<&str, String> =
                prompt.variables.iter().map(|v| (v.name.as_str(), format!("[{}] {hostile}", v.name))).collect();
            let text = environment
                .render_str(&prompt.template, &values)
                .unwrap_or_else(|error| panic!("{}: {error}", prompt.name));
            for value in values.values() {
                assert!(text.contains(value), "{} lost {value}", prompt.name);
            }
            let missing: BTreeMap<&str, String> = BTreeMap::new();
            assert!(environment.render_str(&prompt.template, &missing).is_err());
        }
    }

    #[test]
    fn templates_use_plain_substitutions_within_the_size_limit() {
        for prompt in library() {
            let (name, template) = (&prompt.name, &prompt.template);
            assert!(template.chars().count() <= 6_000, "{name} is too long");
            assert!(Template::parse(template).is_ok(), "{name} does not parse");
            assert!(!template.contains("{%") && !template.contains("{#"), "{name} has logic");
            for used in substitutions(template) {
                assert!(ADVICE_VARIABLES.contains(&used), "{name}: {{{{{used}}}}}");
            }
        }
    }

    #[test]
    fn every_template_keeps_the_rules_of_the_house() {
        for prompt in library() {
            let (name, template) = (&prompt.name, &prompt.template);
            let lower = template.to_lowercase();
            for needed in ["\"Urgency: stop now\"", "\"Urgency: soon\"", "Sources:", "British English", "without HTML"]
            {
                assert!(template.contains(needed), "{name} lacks {needed:?}");
            }
            assert!(
                lower.contains("not known") || lower.contains("unknown"),
                "{name} says nothing of what is not known"
            );
            assert!(
                lower.contains("data") && lower.contains("instruct"),
                "{name} does not tell data from instructions"
            );
            assert!(lower.contains("record"), "{name} does not say what to do without a record");
            assert!(!template.contains('£'), "{name} holds a sum; figures come from the rules");
            if prompt.category == PromptCategory::EmergencyGuidance {
                assert!(template.contains("999"), "{name} does not name the emergency number");
            } else {
                for level in ["\"Urgency: plan\"", "\"Urgency: information\""] {
                    assert!(template.contains(level), "{name} lacks {level}");
                }
            }
        }
    }

    #[test]
    fn long_values_stand_between_tags_of_their_name() {
        for prompt in library() {
            for variable in prompt.variables.iter().filter(|v| v.name != "today") {
                let name = &variable.name;
                let block = format!("<{name}>\n{{{{{name}}}}}\n</{name}>");
                assert_eq!(
                    prompt.template.matches(&block).count(),
                    1,
                    "{}: {name} is not in one block of its own",
                    prompt.name
                );
            }
        }
    }

    #[test]
    fn descriptions_tags_and_metadata_are_filled_in() {
        for prompt in library() {
            let name = &prompt.name;
            let length = prompt.description.chars().count();
            assert!((20..=300).contains(&length), "{name}: description of {length}");
            assert!(prompt.expected_output.chars().count() >= 20, "{name}: expectedOutput");
            assert!(!prompt.tags.is_empty(), "{name} has no tags");
            let unique: BTreeSet<&String> = prompt.tags.iter().collect();
            assert_eq!(unique.len(), prompt.tags.len(), "{name} repeats a tag");
            assert!(prompt.tags.iter().all(|tag| is_kebab(tag)), "{name}: tags");
            assert_eq!(prompt.metadata.author.as_deref(), Some("DriveEver"), "{name}");
            assert_eq!(prompt.metadata.source.as_deref(), Some("golden-library"), "{name}");
            assert!(prompt.metadata.optimization_level.is_some(), "{name}: optimizationLevel");
        }
    }

    #[test]
    fn prompts_of_a_category_are_not_near_copies() {
        let library = library();
        for prompts in by_category(&library).values() {
            for (index, a) in prompts.iter().enumerate() {
                for b in &prompts[index + 1..] {
                    let likeness = jaccard(&words(&a.template), &words(&b.template));
                    assert!(likeness < 0.6, "{} and {}: {likeness:.2}", a.name, b.name);
                }
            }
        }
    }

    #[test]
    fn unknown_fields_and_hidden_line_breaks_are_refused() {
        let valid = serde_json::json!({
            "name": "general-inquiry.sample", "description": "d", "category": "general_inquiry",
            "templateLines": ["one", "two"], "variables": [], "expectedOutput": "e", "tags": [],
            "metadata": {"author": "a", "source": "s", "optimizationLevel": "basic"}
        });
        let parsed: GoldenPrompt = serde_json::from_value(valid.clone()).expect("valid");
        assert_eq!(parsed.template, "one\ntwo");

        let mut unknown = valid.clone();
        unknown["surprise"] = true.into();
        let error = serde_json::from_value::<GoldenPrompt>(unknown).expect_err("unknown field");
        assert!(error.to_string().contains("surprise"), "{error}");

        let mut broken = valid;
        broken["templateLines"][1] = "two\nthree".into();
        let error = serde_json::from_value::<GoldenPrompt>(broken).expect_err("line break");
        assert!(error.to_string().contains("templateLines[1]"), "{error}");
    }
}
