//! The template language: plain text with `{{variable}}` in it, and nothing else.
//!
//! # Contract
//!
//! - A substitution is `{{`, a declared name (ASCII letters, digits and `_`, not beginning with a digit, at most 64
//!   characters), `}}`; white space around the name is ignored. Everything else is text and comes out as it stands.
//! - What Jinja would make of more (`{% for %}`, `{# note #}`, filters, calls, attributes, literals) is refused by
//!   name with its line and column, so that a template never means something else than it seems to. Whatever is
//!   accepted means the same in Jinja; a property test holds it to `minijinja` with strict undefined values.
//! - Rendering copies each piece once, from left to right. A value is data: what it contains is never looked at, so a
//!   value with `{{x}}` in it comes out as those characters. There is no loop, no recursion and no include, so that
//!   time is linear in template and values; the fuel of such a language is the number of substitutions
//!   ([`PromptLimits::substitutions`](super::PromptLimits::substitutions)), and both sizes are bounded.
//!
//! # Why not a general template engine
//!
//! With substitutions only, an engine adds a parse at each rendering (or a store of parsed templates that borrows their
//! text), an interpreter to starve and a larger language to keep out again. A prompt that needs a condition is two
//! prompts, and then it can be measured which is better.

use std::{fmt, ops::Range};

/// The longest name of a variable, in characters.
pub const MAX_NAME_CHARS: usize = 64;
/// After so many faults the rest of a template is not looked at.
const MAX_FAULTS: usize = 20;
/// Names that mean something of their own in Jinja.
const RESERVED: [&str; 15] =
    ["true", "True", "false", "False", "none", "None", "loop", "self", "super", "not", "and", "or", "in", "is", "if"];

/// Why a text is no template: where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// Whether `name` can be a variable.
///
/// # Errors
/// What a name must be.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let mut characters = name.chars();
    let begins_well = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if !begins_well || !characters.all(|rest| rest.is_ascii_alphanumeric() || rest == '_') {
        return Err("must be a name of ASCII letters, digits and _, and not begin with a digit");
    }
    if name.len() > MAX_NAME_CHARS {
        return Err("must have at most 64 characters");
    }
    if RESERVED.contains(&name) { Err("is a reserved word of templates") } else { Ok(()) }
}

#[derive(Debug, Clone)]
enum Piece {
    /// Bytes of the source.
    Text(Range<usize>),
    /// The place of a name in [`Template::names`].
    Variable(usize),
}

/// A parsed template.
///
/// ```
/// use driveever_core::prompt::template::Template;
/// let template = Template::parse("Today is {{today}}. Question: {{ question }}").unwrap();
/// assert_eq!(template.names(), ["today", "question"]);
/// assert!(Template::parse("{% for x in y %}").unwrap_err()[0].to_string().starts_with("line 1, column 1: "));
/// ```
#[derive(Debug, Clone)]
pub struct Template {
    source: Box<str>,
    pieces: Vec<Piece>,
    names: Vec<String>,
    text_bytes: usize,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// Every fault, in order, up to twenty.
    pub fn parse(source: &str) -> Result<Self, Vec<TemplateFault>> {
        let mut parser = Parser { source, pieces: Vec::new(), names: Vec::new(), faults: Vec::new() };
        parser.run();
        let Parser { pieces, names, faults, .. } = parser;
        if !faults.is_empty() {
            return Err(faults);
        }
        let text = |piece: &Piece| if let Piece::Text(range) = piece { range.len() } else { 0 };
        let text_bytes = pieces.iter().map(text).sum();
        Ok(Self { source: source.into(), pieces, names, text_bytes })
    }

    /// The variables that it uses, each once, in order of first use.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many substitutions it makes.
    pub fn substitutions(&self) -> usize {
        self.pieces.iter().filter(|piece| matches!(piece, Piece::Variable(_))).count()
    }

    /// How many bytes come out when each variable comes out in so many.
    pub(super) fn rendered_bytes(&self, bytes_of: impl Fn(usize) -> usize) -> usize {
        let variable = |piece: &Piece| if let Piece::Variable(name) = piece { bytes_of(*name) } else { 0 };
        self.pieces.iter().map(variable).fold(self.text_bytes, usize::saturating_add)
    }

    /// Writes the text; `write` appends the value of the variable at a place in [`Template::names`].
    pub(super) fn render(&self, out: &mut String, mut write: impl FnMut(usize, &mut String)) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(range) => out.push_str(self.source.get(range.clone()).unwrap_or_default()),
                Piece::Variable(name) => write(*name, out),
            }
        }
    }
}

struct Parser<'a> {
    source: &'a str,
    pieces: Vec<Piece>,
    names: Vec<String>,
    faults: Vec<TemplateFault>,
}

impl Parser<'_> {
    fn run(&mut self) {
        let mut from = 0;
        while let Some(at) = self.next_opener(from) {
            self.text(from..at);
            from = self.construct(at);
            if self.faults.len() >= MAX_FAULTS {
                return;
            }
        }
        self.text(from..self.source.len());
    }

    fn next_opener(&self, from: usize) -> Option<usize> {
        let bytes = self.source.as_bytes();
        let opens = |at: &usize| bytes.get(*at) == Some(&b'{') && matches!(bytes.get(at + 1), Some(b'{' | b'%' | b'#'));
        (from..bytes.len()).find(opens)
    }

    fn text(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.pieces.push(Piece::Text(range));
        }
    }

    /// Reads what begins at `at`; gives where the text goes on.
    fn construct(&mut self, at: usize) -> usize {
        let body = at + 2;
        let (closer, what) = match self.source.as_bytes().get(at + 1) {
            Some(b'%') => ("%}", "a statement"),
            Some(b'#') => ("#}", "a comment"),
            _ => ("}}", ""),
        };
        let length = self.source.get(body..).and_then(|rest| rest.find(closer));
        let end = length.map_or(self.source.len(), |length| body + length + closer.len());
        if !what.is_empty() {
            self.fault(at, format!("{what} is not supported: a template holds text and {{{{variable}}}} only"));
            return end;
        }
        let Some(length) = length else {
            self.fault(at, "{{ is never closed: write {{variable}}".to_owned());
            return end;
        };
        let expression = self.source.get(body..body + length).unwrap_or_default();
        // An unclosed one would swallow the next; the fault belongs to the first.
        if let Some(next) = expression.find("{{") {
            self.fault(at, "{{ is not closed before the next {{: write {{variable}}".to_owned());
            return body + next;
        }
        match check_name(expression.trim_ascii()) {
            Ok(()) => {
                let place = self.place_of(expression.trim_ascii().to_owned());
                self.pieces.push(Piece::Variable(place));
            }
            Err(reason) => self.fault(at, explain(expression.trim_ascii(), reason)),
        }
        end
    }

    fn place_of(&mut self, name: String) -> usize {
        self.names.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }

    fn fault(&mut self, at: usize, message: String) {
        let before = self.source.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        self.faults.push(TemplateFault { line, column, message });
    }
}

/// Why this is no name, in terms of what its author may have meant.
fn explain(expression: &str, reason: &str) -> String {
    let shown: String = expression.chars().take(40).collect();
    let what = match expression {
        "" => return "{{}} names no variable: write {{variable}}".to_owned(),
        _ if expression.starts_with('-') || expression.ends_with('-') => "white space control is",
        _ if expression.contains('|') => "filters are",
        _ if expression.contains('(') => "calls are",
        _ if expression.contains(['.', '[']) => "attributes and items are",
        _ if expression.starts_with(['"', '\'']) => "literals are",
        _ if expression.contains(['+', '-', '*', '/', '~', '=', '<', '>', ' ']) => "expressions are",
        _ => return format!("\"{shown}\" {reason}"),
    };
    format!("{what} not supported in \"{shown}\": prepare the value and write {{{{variable}}}}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig};
    use proptest::prelude::*;

    use super::*;

    fn faults(source: &str) -> Vec<String> {
        Template::parse(source).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    fn render(source: &str, values: &BTreeMap<String, String>) -> String {
        let template = Template::parse(source).unwrap();
        let mut out = String::new();
        template.render(&mut out, |name, out| out.push_str(&values[&template.names()[name]]));
        assert_eq!(out.len(), template.rendered_bytes(|name| values[&template.names()[name]].len()));
        out
    }

    #[test]
    fn names_are_listed_once_in_order_of_use() {
        let template = Template::parse("{{b}} {{ a }}{{b}}\n{{\n_c1\t}}").unwrap();
        assert_eq!(template.names(), ["b", "a", "_c1"]);
        assert_eq!(template.substitutions(), 4);
    }

    #[test]
    fn braces_that_open_nothing_are_text() {
        let values = BTreeMap::from([("x".to_owned(), "1".to_owned())]);
        assert_eq!(render("{ }} } { x } {{x}}} {\"a\": {\"b\": 2}}", &values), "{ }} } { x } 1} {\"a\": {\"b\": 2}}");
        assert_eq!(render("", &values), "");
    }

    #[test]
    fn a_value_is_never_template_text() {
        let hostile = "{{x}} {% for i in range(9) %} {# #} }} {{";
        let values = BTreeMap::from([("x".to_owned(), hostile.to_owned())]);
        assert_eq!(render("<{{x}}{{x}}>", &values), format!("<{hostile}{hostile}>"));
    }

    #[test]
    fn every_fault_has_its_line_column_and_remedy() {
        let source =
            "ok\n  {% for i in range(1000000) %}\nü {{ a | upper }} {{ f() }}\n{{ a.b }}{{}}{{1}}{{'x'}}{# n #}{{a b}}";
        let found = faults(source);
        let begins = [
            "line 2, column 3: a statement is not supported",
            "line 3, column 3: filters are not supported in \"a | upper\"",
            "line 3, column 19: calls are not",
            "line 4, column 1: attributes and items are not",
            "line 4, column 10: {{}} names no variable",
            "line 4, column 14: \"1\" must be a name",
            "line 4, column 19: literals are not",
            "line 4, column 26: a comment is not",
            "line 4, column 33: expressions are not",
        ];
        assert_eq!(found.len(), begins.len(), "{found:#?}");
        for (found, begin) in found.iter().zip(begins) {
            assert!(found.starts_with(begin), "{found} / {begin}");
        }
    }

    #[test]
    fn unclosed_substitutions_are_named_where_they_begin() {
        assert_eq!(faults("a {{ question"), ["line 1, column 3: {{ is never closed: write {{variable}}"]);
        assert_eq!(faults("{{ a {{b}}").len(), 1);
        assert_eq!(faults("{% if x").len(), 1);
        assert_eq!(faults("{{self}}").len(), 1);
        assert_eq!(faults("{{-a-}}").len(), 1);
        assert_eq!(faults(&format!("{{{{{}}}}}", "x".repeat(65))).len(), 1);
        assert_eq!(faults(&"{{}}".repeat(100_000)).len(), 20);
    }

    proptest! {
        /// Whatever is accepted means the same in Jinja.
        #[test]
        fn an_accepted_template_means_what_it_means_in_jinja(
            source in "([a-c{}%#\n ü\"]|\\{\\{ ?[a-c] ?\\}\\}){0,12}",
            values in prop::collection::btree_map("[a-c]", "[a{}%#\n<&]{0,8}", 0..4),
        ) {
            let Ok(template) = Template::parse(&source) else { return Ok(()) };
            let mut environment = Environment::empty();
            environment.set_undefined_behavior(UndefinedBehavior::Strict);
            environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build().unwrap());
            let jinja = environment.render_str(&source, &values);
            if template.names().iter().all(|name| values.contains_key(name)) {
                prop_assert_eq!(render(&source, &values), jinja.unwrap());
            } else {
                prop_assert!(jinja.is_err());
            }
        }

        /// No text makes the parser fail otherwise than by saying so.
        #[test]
        fn any_text_is_parsed_or_refused(source in "\\PC{0,200}") {
            let _ = Template::parse(&source);
        }
    }
}
