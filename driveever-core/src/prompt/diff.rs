//! What differs between two versions.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use similar::TextDiff;

use super::{PromptVersion, Variable, VersionDiff, view::FieldChange};

/// Lines of context around a change.
const CONTEXT_LINES: usize = 3;

/// Compares two versions of one prompt: the templates line by line, everything field by field.
pub(super) fn compare(from: &PromptVersion, to: &PromptVersion) -> VersionDiff {
    let header = |version: &PromptVersion| format!("version {} ({})", version.number, version.version);
    let unified = if from.template == to.template {
        String::new()
    } else {
        let diff = TextDiff::from_lines(from.template.as_str(), to.template.as_str());
        diff.unified_diff().context_radius(CONTEXT_LINES).header(&header(from), &header(to)).to_string()
    };
    let mut fields = Vec::new();
    text_change(&mut fields, "template", &from.template, &to.template);
    variable_changes(&mut fields, &from.variables.0, &to.variables.0);
    text_change(&mut fields, "expectedOutput", &from.expected_output, &to.expected_output);
    VersionDiff { prompt_id: from.prompt_id, from: from.number, to: to.number, unified, fields }
}

fn text_change(fields: &mut Vec<FieldChange>, field: &str, from: &str, to: &str) {
    if from != to {
        fields.push(FieldChange { field: field.to_owned(), from: Some(json!(from)), to: Some(json!(to)) });
    }
}

/// Variables that were added, removed or declared otherwise, by name; their order means nothing.
fn variable_changes(fields: &mut Vec<FieldChange>, from: &[Variable], to: &[Variable]) {
    let names: BTreeSet<&str> = from.iter().chain(to).map(|variable| variable.name.as_str()).collect();
    let find = |variables: &[Variable], name: &str| -> Option<Value> {
        variables.iter().find(|variable| variable.name == name).map(|variable| json!(variable))
    };
    for name in names {
        let (before, after) = (find(from, name), find(to, name));
        if before != after {
            fields.push(FieldChange { field: format!("variables.{name}"), from: before, to: after });
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::Id,
        prompt::{VariableType, Variables},
        time::Timestamp,
    };

    fn version(number: u32, template: &str, variables: &[(&str, bool)]) -> PromptVersion {
        let variable = |(name, required): &(&str, bool)| Variable {
            name: (*name).to_owned(),
            kind: VariableType::Text,
            required: *required,
            description: None,
        };
        PromptVersion {
            id: Id::new(Uuid::from_u128(u128::from(number))),
            prompt_id: Id::new(Uuid::nil()),
            number,
            version: semver::Version::new(1, u64::from(number) - 1, 0),
            template: template.to_owned(),
            variables: Variables(variables.iter().map(variable).collect()),
            expected_output: "e".to_owned(),
            change_note: None,
            created_by: None,
            created_at: Timestamp::MIN,
        }
    }

    #[test]
    fn lines_and_fields_are_compared() {
        let from = version(1, "one\ntwo {{a}}\nthree", &[("a", true), ("b", true)]);
        let to = version(2, "one\n2 {{a}}\nthree", &[("c", true), ("a", false)]);
        let diff = compare(&from, &to);
        assert_eq!(
            diff.unified,
            "--- version 1 (1.0.0)\n+++ version 2 (1.1.0)\n@@ -1,3 +1,3 @@\n one\n-two {{a}}\n+2 {{a}}\n three\n\\ No newline at end of file\n"
        );
        let fields: Vec<_> = diff.fields.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["template", "variables.a", "variables.b", "variables.c"]);
        assert_eq!((diff.fields[2].to.clone(), diff.fields[3].from.clone()), (None, None));
    }

    #[test]
    fn equal_versions_do_not_differ() {
        let one = version(1, "x", &[("a", true)]);
        let diff = compare(&one, &version(3, "x", &[("a", true)]));
        assert!(diff.unified.is_empty() && diff.fields.is_empty());
    }
}
