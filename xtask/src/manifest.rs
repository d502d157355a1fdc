//! What the root manifest says of its examples.

/// An example, as `Cargo.toml` lists it.
#[derive(Debug, PartialEq)]
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) features: Vec<String>,
    pub(crate) has_tests: bool,
}

/// The `[[example]]` tables of a manifest.
///
/// Reads the plain form that ours has, a key a line: a parser of TOML would be this command's only dependency.
pub(crate) fn examples(manifest: &str) -> Vec<Example> {
    manifest.split("\n[").filter_map(|table| table.strip_prefix("[example]]")).filter_map(example).collect()
}

fn example(table: &str) -> Option<Example> {
    let value = |key: &str| {
        let mut lines = table.lines().filter_map(|line| line.split_once('='));
        lines.find(|(found, _)| found.trim() == key).map(|(_, value)| value.trim())
    };
    let texts = |list: &str| list.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    Some(Example {
        name: value("name").map(texts)?.pop()?,
        features: value("required-features").map(texts).unwrap_or_default(),
        has_tests: value("test") == Some("true"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_read() {
        let manifest = "[package]\nname = \"x\"\n\n[[example]]\nname = \"one\"\n\n[[example]]\nname = \"two\"\n\
            required-features = [\"a\", \"b\"]\ntest = true\n\n[lints]\nworkspace = true\n";
        let one = Example { name: "one".into(), features: vec![], has_tests: false };
        let two = Example { name: "two".into(), features: vec!["a".into(), "b".into()], has_tests: true };
        assert_eq!(examples(manifest), [one, two]);
    }
}
