//! Bad input, named: which field, what is wrong with it, what would be right; all faults at once.

use serde::Serialize;

/// One fault of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The field's path, as the client spells it: `items[0].quantity`.
    pub field: String,
    /// What is wrong and what would be right. It may be logged.
    pub message: String,
    /// What may have been meant, to be offered to whoever sent it. Not to be logged: it is close to what they sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

impl Violation {
    /// A fault of this field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), suggestions: Vec::new() }
    }

    /// The same with what may have been meant.
    pub fn suggesting(self, suggestions: impl IntoIterator<Item = String>) -> Self {
        Self { suggestions: suggestions.into_iter().collect(), ..self }
    }
}

/// How long a text may be and whether it may have lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRule {
    /// Fewest characters, after trimming.
    pub min: usize,
    /// Most characters, white space at the ends included.
    pub max: usize,
    /// Whether line breaks and tabs are allowed.
    pub multiline: bool,
}

impl TextRule {
    /// One line of `min` to `max` characters.
    pub const fn line(min: usize, max: usize) -> Self {
        Self { min, max, multiline: false }
    }

    /// Lines of `min` to `max` characters in all.
    pub const fn lines(min: usize, max: usize) -> Self {
        Self { min, max, multiline: true }
    }
}

/// Collects the faults of an input while it is parsed.
///
/// ```
/// use driveever_core::validate::{TextRule, Validator};
/// let mut check = Validator::new();
/// let name = check.text("name", " Brake advice ", TextRule::line(1, 200));
/// check.require("limit", 500 <= 100, "must be at most 100");
/// assert_eq!(name, "Brake advice");
/// assert_eq!(check.finish().unwrap_err().len(), 1);
/// ```
#[derive(Debug, Default)]
pub struct Validator {
    violations: Vec<Violation>,
}

impl Validator {
    /// Nothing found yet.
    pub const fn new() -> Self {
        Self { violations: Vec::new() }
    }

    /// Notes a fault.
    pub fn fault(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.violations.push(Violation::new(field, message));
    }

    /// Notes a fault unless `holds`.
    pub fn require(&mut self, field: &str, holds: bool, message: &str) {
        if !holds {
            self.fault(field, message);
        }
    }

    /// Trimmed text that keeps the rule, whose upper bound counts the text as it was sent; control characters (NUL, escape, ...) and marks that turn the direction of text
    /// are refused, because they hide what a reader sees.
    pub fn text(&mut self, field: &str, text: &str, rule: TextRule) -> String {
        let trimmed = text.trim();
        // The byte length bounds the count, so that a text of 10 MB costs no walk.
        let too_long = text.len() > rule.max.saturating_mul(4) || text.chars().count() > rule.max;
        if too_long {
            self.fault(field, format!("must have at most {} characters", rule.max));
            return String::new();
        }
        let length = if trimmed.chars().all(shows_nothing) { 0 } else { trimmed.chars().count() };
        if length < rule.min {
            let message = if rule.min == 1 {
                "must not be empty or blank".to_owned()
            } else {
                format!("must have at least {} characters", rule.min)
            };
            self.fault(field, message);
        }
        if let Some(bad) = trimmed.chars().find(|&character| !is_allowed(character, rule.multiline)) {
            self.fault(field, format!("must not contain the control character U+{:04X}", u32::from(bad)));
        }
        trimmed.to_owned()
    }

    /// Text as it stands (not trimmed) that keeps the rule.
    pub fn verbatim(&mut self, field: &str, text: &str, rule: TextRule) -> String {
        self.text(field, text, rule);
        text.to_owned()
    }

    /// Optional text that keeps the rule; blank counts as absent.
    pub fn optional_text(&mut self, field: &str, text: Option<&str>, rule: TextRule) -> Option<String> {
        let text = text?;
        let is_blank = text.trim().is_empty() && text.chars().take(rule.max.saturating_add(1)).count() <= rule.max;
        (!is_blank).then(|| self.text(field, text, rule))
    }

    /// A value that parses, or a fault with the parser's own words.
    pub fn parsed<T, E: std::fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.fault(field, error.to_string())).ok()
    }

    /// Takes over faults found elsewhere.
    pub fn extend(&mut self, violations: impl IntoIterator<Item = Violation>) {
        self.violations.extend(violations);
    }

    /// Whether nothing was found so far.
    pub const fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Everything found, or nothing.
    pub fn finish(self) -> Result<(), Vec<Violation>> {
        if self.violations.is_empty() { Ok(()) } else { Err(self.violations) }
    }
}

fn is_allowed(character: char, multiline: bool) -> bool {
    if matches!(character, '\n' | '\r' | '\t') {
        return multiline;
    }
    !character.is_control() && !is_direction_mark(character)
}

/// White space, and characters that Unicode gives no shape (`DerivedCoreProperties.txt`, `Default_Ignorable_Code_Point`) or an
/// empty one (the Braille pattern without dots): a text of nothing else is blank.
const fn shows_nothing(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Marks that change the direction of the text around them (Unicode Bidirectional Algorithm, UAX #9), and the byte order
/// mark, which is as invisible.
const fn is_direction_mark(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, rule: TextRule) -> Vec<String> {
        let mut check = Validator::new();
        check.text("field", text, rule);
        check.finish().err().unwrap_or_default().into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn lengths_are_in_characters() {
        assert!(faults("ßßß", TextRule::line(1, 3)).is_empty());
        assert_eq!(faults("ßßßß", TextRule::line(1, 3)), ["must have at most 3 characters"]);
        assert_eq!(faults("  ", TextRule::line(1, 3)), ["must not be empty or blank"]);
        for blank in ["\u{200b}\u{200b}", "\u{3164}", " \u{ad}\u{2060} ", "\u{2800}"] {
            assert_eq!(faults(blank, TextRule::line(1, 9)), ["must not be empty or blank"], "{blank:?}");
        }
        assert!(faults("❤\u{fe0f}", TextRule::line(1, 3)).is_empty());
        assert_eq!(faults("  ß ", TextRule::line(1, 3)), ["must have at most 3 characters"]);
        assert_eq!(faults(&"x".repeat(10_000_000), TextRule::line(1, 3)).len(), 1);
    }

    #[test]
    fn blank_is_absent_within_bounds() {
        let mut check = Validator::new();
        assert_eq!(check.optional_text("field", Some(" \t"), TextRule::line(1, 3)), None);
        assert_eq!(check.optional_text("field", None, TextRule::line(1, 3)), None);
        assert!(check.is_clean());
        check.optional_text("field", Some(&" ".repeat(10_000_000)), TextRule::line(1, 3));
        assert!(!check.is_clean());
    }

    #[test]
    fn invisible_characters_are_refused() {
        for bad in ["a\0b", "a\u{202e}b", "a\u{200f}b", "a\u{1b}[31mb", "a\u{85}b"] {
            assert_eq!(faults(bad, TextRule::lines(1, 30)).len(), 1, "{bad:?}");
        }
        assert!(faults("a\r\n\tb", TextRule::lines(1, 30)).is_empty());
        assert_eq!(faults("a\nb", TextRule::line(1, 30)).len(), 1);
    }
}
