//! What texts may hold, as patterns: routes say `line` or `lines`, and the document spells that out.
//!
//! The patterns say what [`Validator::text`](driveever_core::validate::Validator::text) does: white space at the ends does
//! not count; control characters and marks that turn the direction of text are refused; lines may break only in `lines`.
//! They keep to what ECMA-262, Python and Rust read alike.

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
/// Tab and line breaks.
const BREAKS: &str = r"\u0009\u000a\u000d";

/// Patterns of a kind of text.
struct Patterns {
    /// White space alone will do.
    any: String,
    /// Something must be there.
    filled: String,
}

impl Patterns {
    fn with_banned(banned: &str) -> Self {
        let filling = format!("[^{SPACE}{BANNED}]([^{banned}]*[^{SPACE}{BANNED}])?");
        Self { any: format!("^[{SPACE}]*({filling})?[{SPACE}]*$"), filled: format!("^[{SPACE}]*{filling}[{SPACE}]*$") }
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
