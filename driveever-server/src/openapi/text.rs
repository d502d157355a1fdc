//! What texts may hold, as patterns: routes say `line` or `lines`, and the document spells that out.
//!
//! The patterns say what [`Validator::text`](driveever_core::validate::Validator::text) does: white space at the ends does
//! not count, nor do characters that show nothing make a text; control characters and marks that turn the direction of text
//! are refused; lines may break only in `lines`. They keep to what ECMA-262, Python and Rust read alike.

use std::sync::LazyLock;

use utoipa::openapi::{
    RefOr, Schema, SchemaFormat,
    path::Operation,
    schema::{ArrayItems, Object},
};

/// White space, as Unicode and Rust have it.
const SPACE: &str = r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
/// Control characters but for tab and line breaks, and marks that turn the direction of text.
const BANNED: &str =
    r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff";
/// Characters without a shape; those above U+FFFF, which have no spelling that all read alike, stand for themselves.
const UNSEEN: &str = concat!(
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164",
    r"\ufe00-\ufe0f\uffa0\ufff0-\ufff8",
    "\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}"
);
/// Tab and line breaks.
const BREAKS: &str = r"\u0009\u000a\u000d";

/// Patterns of a kind of text.
struct Patterns {
    /// White space alone will do.
    any: String,
    /// Something must be there to be seen.
    filled: String,
}

impl Patterns {
    fn with_banned(banned: &str) -> Self {
        let (end, inner) = (format!("[^{SPACE}{BANNED}]"), format!("[^{banned}]*"));
        let before = format!("[{SPACE}]*([{UNSEEN}]{inner})?");
        let (seen, after) = (format!("[^{SPACE}{BANNED}{UNSEEN}]"), format!("({inner}{end})?[{SPACE}]*"));
        Self { any: format!("^[{SPACE}]*({end}{after})?$"), filled: format!("^{before}{seen}{after}$") }
    }
}

static LINE: LazyLock<Patterns> = LazyLock::new(|| Patterns::with_banned(&format!("{BANNED}{BREAKS}")));
static LINES: LazyLock<Patterns> = LazyLock::new(|| Patterns::with_banned(BANNED));

/// Spells out the texts of a schema.
pub(super) fn spell_out(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            spell_out_text(object);
            object.properties.values_mut().for_each(spell_out);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(item) = &mut array.items {
                spell_out(item);
            }
        }
        Schema::OneOf(kinds) => kinds.items.iter_mut().for_each(spell_out),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(spell_out),
        Schema::AnyOf(kinds) => kinds.items.iter_mut().for_each(spell_out),
        _ => {}
    }
}

/// Spells out the texts among an operation's parameters.
pub(super) fn spell_out_operation(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(schema) = &mut parameter.schema
        {
            spell_out(schema);
        }
    }
}

fn spell_out_text(object: &mut Object) {
    let Some(SchemaFormat::Custom(format)) = &object.format else { return };
    let patterns = match format.as_str() {
        "line" => &*LINE,
        "lines" => &*LINES,
        _ => return,
    };
    let filled = object.min_length.is_some_and(|least| least > 0);
    object.format = None;
    object.pattern = Some(if filled { &patterns.filled } else { &patterns.any }.clone());
}

#[cfg(test)]
mod tests {
    use super::*;
    use driveever_core::validate::{TextRule, Validator};
    use proptest::prelude::*;

    /// What the document says of a text, and what the validator says.
    fn verdicts(text: &str, rule: TextRule) -> (bool, bool) {
        let patterns = if rule.multiline { &*LINES } else { &*LINE };
        let pattern = if rule.min > 0 { &patterns.filled } else { &patterns.any };
        let mut check = Validator::new();
        check.text("text", text, rule);
        (regex::Regex::new(pattern).unwrap().is_match(text), check.is_clean())
    }

    #[test]
    fn every_character_is_judged_as_the_validator_does() {
        let rules = [TextRule::line(0, 9), TextRule::line(1, 9), TextRule::lines(0, 9), TextRule::lines(1, 9)];
        for rule in rules {
            let patterns = if rule.multiline { &*LINES } else { &*LINE };
            let regex = regex::Regex::new(if rule.min > 0 { &patterns.filled } else { &patterns.any }).unwrap();
            // Those further up are like their neighbours.
            let judged = ('\0'..='\u{ffff}').chain('\u{1bc00}'..='\u{1d200}').chain('\u{dff00}'..='\u{e1100}');
            for character in judged {
                let mut check = Validator::new();
                let text = character.to_string();
                check.text("text", &text, rule);
                assert_eq!(regex.is_match(&text), check.is_clean(), "{character:?} by {rule:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn texts_are_judged_as_the_validator_does(
            text in "[a \u{b}\t\n\u{0}\u{202e}\u{200b}\u{2028}\u{e0b2c}\u{1f600}]{0,8}", min in 0..=1_usize, multiline: bool,
        ) {
            let (said, held) = verdicts(&text, TextRule { min, max: 9, multiline });
            prop_assert_eq!(said, held);
        }
    }
}
