//! What authors write, checked: every fault of an input at once, before anything is stored.

use std::collections::BTreeSet;

use super::{
    EditPrompt, NewPrompt, Prompt, PromptLimits, PromptMetadata, PromptVersion, Variable, VariableUse, Variables,
    template::{Template, check_name},
};
use crate::{
    error::Error,
    validate::{TextRule, Validator},
};

/// What a version says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) template: String,
    pub(super) variables: Variables,
    pub(super) expected_output: String,
}

impl Content {
    /// What a version says.
    fn of(version: &PromptVersion) -> Self {
        Self {
            template: version.template.clone(),
            variables: version.variables.clone(),
            expected_output: version.expected_output.clone(),
        }
    }

    /// Whether a version says exactly this.
    pub(super) fn is_that_of(&self, version: &PromptVersion) -> bool {
        self.template == version.template
            && self.variables == version.variables
            && self.expected_output == version.expected_output
    }
}

/// Checks a template alone; gives what it parses to.
pub(super) fn check_template(check: &mut Validator, limits: &PromptLimits, source: &str) -> Option<Template> {
    // As it stands, white space at its ends included, which is part of a prompt.
    let whole = TextRule { min: 0, ..limits.template };
    if source.len() > whole.max.saturating_mul(4) || source.chars().count() > whole.max {
        check.fault("template", format!("must have at most {} characters", whole.max));
        return None;
    }
    check.text("template", source, limits.template);
    if source.lines().count() > limits.template_lines {
        check.fault("template", format!("must have at most {} lines", limits.template_lines));
    }
    match Template::parse(source) {
        Err(faults) => {
            for fault in faults {
                check.fault("template", fault.to_string());
            }
            None
        }
        Ok(template) if template.substitutions() > limits.substitutions => {
            check.fault("template", format!("must have at most {} substitutions", limits.substitutions));
            None
        }
        Ok(template) => Some(template),
    }
}

/// Checks the declared variables.
pub(super) fn check_variables(check: &mut Validator, limits: &PromptLimits, variables: &[Variable]) {
    if variables.len() > limits.variables {
        check.fault("variables", format!("must be at most {}", limits.variables));
        return;
    }
    let mut seen = BTreeSet::new();
    for (place, variable) in variables.iter().enumerate() {
        let field = format!("variables[{place}].name");
        if let Err(message) = check_name(&variable.name) {
            check.fault(field, message);
        } else if !seen.insert(&variable.name) {
            check.fault(field, "is declared twice");
        }
        if let Some(description) = &variable.description {
            check.text(&format!("variables[{place}].description"), description, limits.variable_description);
        }
    }
}

/// Checks a template with its variables; every one that it uses must be declared.
pub(super) fn check_form(
    check: &mut Validator,
    limits: &PromptLimits,
    template: &str,
    variables: &[Variable],
) -> Option<(Template, VariableUse)> {
    check_variables(check, limits, variables);
    let template = check_template(check, limits, template)?;
    let used = VariableUse::of(&template, variables);
    if !used.undeclared.is_empty() {
        check.fault("variables", format!("must declare what the template uses: {}", used.undeclared.join(", ")));
    }
    Some((template, used))
}

/// Checks what a version says; gives it with its warnings.
pub(super) fn check_content(
    check: &mut Validator,
    limits: &PromptLimits,
    template: String,
    variables: Vec<Variable>,
    expected_output: &str,
) -> (Content, Vec<String>) {
    let used = check_form(check, limits, &template, &variables);
    let warnings = used.map(|(_, used)| used.warnings()).unwrap_or_default();
    let expected_output = check.text("expectedOutput", expected_output, limits.expected_output);
    (Content { template, variables: Variables(variables), expected_output }, warnings)
}

/// Tags, trimmed, each once, in the order given.
pub(super) fn check_tags(check: &mut Validator, limits: &PromptLimits, tags: &[String]) -> Vec<String> {
    if tags.len() > limits.tags {
        check.fault("tags", format!("must be at most {}", limits.tags));
        return Vec::new();
    }
    let mut kept: Vec<String> = Vec::with_capacity(tags.len());
    for (place, tag) in tags.iter().enumerate() {
        let tag = check.text(&format!("tags[{place}]"), tag, limits.tag);
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept
}

/// Metadata, trimmed; none when there is nothing in it.
pub(super) fn check_metadata(
    check: &mut Validator,
    limits: &PromptLimits,
    metadata: PromptMetadata,
) -> Option<PromptMetadata> {
    let author = check.optional_text("metadata.author", metadata.author.as_deref(), limits.metadata);
    let source = check.optional_text("metadata.source", metadata.source.as_deref(), limits.metadata);
    let test_results = metadata.test_results.filter(|results| !results.is_null());
    if test_results.as_ref().is_some_and(|results| results.to_string().len() > limits.test_results_bytes) {
        check.fault("metadata.testResults", format!("must have at most {} bytes of JSON", limits.test_results_bytes));
    }
    let checked = PromptMetadata { author, source, test_results, ..metadata };
    (checked != PromptMetadata::default()).then_some(checked)
}

/// A new prompt, checked.
#[derive(Debug)]
pub(super) struct CheckedPrompt {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) category: super::PromptCategory,
    pub(super) tags: Vec<String>,
    pub(super) metadata: Option<PromptMetadata>,
    pub(super) content: Content,
    pub(super) warnings: Vec<String>,
}

/// Checks a new prompt.
pub(super) fn check_new(limits: &PromptLimits, prompt: NewPrompt) -> Result<CheckedPrompt, Error> {
    let mut check = Validator::new();
    let name = check.text("name", &prompt.name, limits.name);
    let description = check.text("description", &prompt.description, limits.description);
    let tags = check_tags(&mut check, limits, &prompt.tags);
    let metadata = prompt.metadata.and_then(|metadata| check_metadata(&mut check, limits, metadata));
    let (content, warnings) =
        check_content(&mut check, limits, prompt.template, prompt.variables, &prompt.expected_output);
    check.finish()?;
    Ok(CheckedPrompt { name, description, category: prompt.category, tags, metadata, content, warnings })
}

/// An edit, checked against what it changes.
#[derive(Debug)]
pub(super) struct CheckedEdit {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    /// What the metadata is to be, in the end.
    pub(super) metadata: Option<PromptMetadata>,
    /// What the newest version is to say.
    pub(super) content: Content,
    pub(super) change_note: Option<String>,
    pub(super) warnings: Vec<String>,
}

/// Checks an edit of `prompt`, whose newest version is `latest`.
pub(super) fn check_edit(
    limits: &PromptLimits,
    edit: &EditPrompt,
    prompt: &Prompt,
    latest: &PromptVersion,
) -> Result<CheckedEdit, Error> {
    let mut check = Validator::new();
    let name = edit.name.as_deref().map(|name| check.text("name", name, limits.name));
    let description = edit.description.as_deref().map(|text| check.text("description", text, limits.description));
    let tags = edit.tags.as_deref().map(|tags| check_tags(&mut check, limits, tags));
    let metadata = match edit.metadata.clone() {
        Some(metadata) => check_metadata(&mut check, limits, metadata),
        None => prompt.metadata.clone(),
    };
    let change_note = check.optional_text("changeNote", edit.change_note.as_deref(), limits.note);
    let template = edit.template.clone().unwrap_or_else(|| latest.template.clone());
    let variables = edit.variables.clone().unwrap_or_else(|| latest.variables.0.clone());
    let expected_output = edit.expected_output.clone().unwrap_or_else(|| latest.expected_output.clone());
    let mut text_check = Validator::new();
    let (content, warnings) = check_content(&mut text_check, limits, template, variables, &expected_output);
    // What stands is not judged again when it stays: a bound that was lowered since must not stop other edits.
    let content = if edit.template.is_some() || edit.variables.is_some() || edit.expected_output.is_some() {
        check.extend(text_check.finish().err().unwrap_or_default());
        content
    } else {
        Content::of(latest)
    };
    check.finish()?;
    Ok(CheckedEdit { name, description, tags, metadata, content, change_note, warnings })
}

/// Checks a label's name.
pub(super) fn check_label(check: &mut Validator, limits: &PromptLimits, label: &str) {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let begins_well = label.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if label.len() > limits.label_chars || !begins_well || !label.chars().all(allowed) {
        let message = format!(
            "must have 1 to {} lower-case letters, digits, \".\", \"_\" and \"-\", and begin with a letter or digit",
            limits.label_chars
        );
        check.fault("label", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::{PromptCategory, VariableType};

    fn variable(name: &str) -> Variable {
        Variable { name: name.into(), kind: VariableType::Text, required: true, description: None }
    }

    fn prompt() -> NewPrompt {
        NewPrompt {
            name: " Brakes ".into(),
            description: "Looks at brakes.".into(),
            category: PromptCategory::SafetyAssessment,
            template: "{{question}}\n".into(),
            variables: vec![variable("question"), variable("spare")],
            expected_output: String::new(),
            tags: vec!["a".into(), " a ".into(), "b".into()],
            metadata: Some(PromptMetadata::default()),
        }
    }

    fn fields(result: Result<CheckedPrompt, Error>) -> Vec<String> {
        let Err(Error::Invalid(violations)) = result else { panic!("{result:?}") };
        violations.into_iter().map(|violation| format!("{}: {}", violation.field, violation.message)).collect()
    }

    #[test]
    fn a_good_prompt_is_trimmed_but_for_its_template() {
        let checked = check_new(&PromptLimits::default(), prompt()).unwrap();
        assert_eq!((checked.name.as_str(), checked.tags), ("Brakes", vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(checked.content.template, "{{question}}\n");
        assert_eq!(checked.metadata, None);
        assert_eq!(checked.warnings, ["the variable \"spare\" is declared and not used"]);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let bad = NewPrompt {
            name: "\0".into(),
            description: " ".into(),
            template: "{{a}} {{b}} {{a}}".into(),
            variables: vec![variable("1"), variable("x"), variable("x"), variable("loop")],
            expected_output: "x".repeat(5_000),
            tags: vec![String::new()],
            metadata: Some(PromptMetadata {
                author: Some("\u{202e}".into()),
                test_results: Some("x".repeat(30_000).into()),
                ..PromptMetadata::default()
            }),
            ..prompt()
        };
        let found = fields(check_new(&PromptLimits::default(), bad));
        let begins = [
            "name: must not contain",
            "description: must not be empty",
            "tags[0]: must not be empty",
            "metadata.author: must not contain",
            "metadata.testResults: must have at most",
            "variables[0].name: must be a name",
            "variables[2].name: is declared twice",
            "variables[3].name: is a reserved word",
            "variables: must declare what the template uses: a, b",
            "expectedOutput: must have at most",
        ];
        assert_eq!(found.len(), begins.len(), "{found:#?}");
        for begin in begins {
            assert!(found.iter().any(|found| found.starts_with(begin)), "{begin} in {found:#?}");
        }
    }

    #[test]
    fn templates_are_bounded_as_a_whole() {
        let limits = PromptLimits::default();
        for (template, says) in [
            (format!("x{}", " ".repeat(30_000)), "characters"),
            ("x\n".repeat(2_001), "lines"),
            ("{{question}}".repeat(501), "substitutions"),
            ("{% for x in y %}".into(), "line 1, column 1"),
            (" \n ".into(), "empty"),
            ("a\0b".into(), "control character"),
        ] {
            let found = fields(check_new(&limits, NewPrompt { template, ..prompt() }));
            assert!(found.iter().any(|found| found.starts_with("template: ") && found.contains(says)), "{found:?}");
        }
    }

    #[test]
    fn labels_are_short_plain_names() {
        let limits = PromptLimits::default();
        for (label, good) in [
            ("staging", true),
            ("v1.2_a-b", true),
            ("2026", true),
            ("", false),
            ("Prod", false),
            ("-x", false),
            ("a b", false),
            ("ü", false),
        ] {
            let mut check = Validator::new();
            check_label(&mut check, &limits, label);
            assert_eq!(check.is_clean(), good, "{label}");
        }
        let mut check = Validator::new();
        check_label(&mut check, &limits, &"x".repeat(51));
        assert!(!check.is_clean());
    }
}
