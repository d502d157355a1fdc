//! What a request's schema says of a body whose types do not fit.
//!
//! A body that fits is judged by the services, which know the rules and name every fault at once. One whose types do not
//! fit never reaches them, and reading it stops at the first fault of each field. So its values are held to the schema
//! here, in the services' words, so that whoever sent it learns everything in one answer.

use driveever_core::{
    prompt::template::Template,
    user::EmailAddress,
    validate::{TextRule, Validator, Violation},
    vehicle::registration::Registration,
};
use serde_json::{Map, Value};
use utoipa::{
    Number, ToSchema,
    openapi::{
        KnownFormat, RefOr, Schema, SchemaFormat, Type,
        schema::{AdditionalProperties, Array, ArrayItems, Object, SchemaType},
    },
};

/// Everything in these fields that breaks the schema of `T`.
pub(super) fn faults<T: ToSchema>(fields: &Map<String, Value>) -> Vec<Violation> {
    let mut named = Vec::new();
    T::schemas(&mut named);
    let mut judge = Judge { named, check: Validator::new() };
    if let RefOr::T(Schema::Object(object)) = T::schema() {
        judge.fields("", &object, fields);
    }
    judge.check.finish().err().unwrap_or_default()
}

struct Judge {
    named: Vec<(String, RefOr<Schema>)>,
    check: Validator,
}

impl Judge {
    fn fields(&mut self, path: &str, object: &Object, fields: &Map<String, Value>) {
        let name_of = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for name in object.required.iter().filter(|name| !fields.contains_key(*name)) {
            self.check.fault(name_of(name), "is required");
        }
        for (name, value) in fields {
            match object.properties.get(name) {
                Some(schema) => self.value(&name_of(name), schema, value),
                None if is_closed(object) => self.check.fault(name_of(name), "is not a known field"),
                None => {}
            }
        }
    }

    fn value(&mut self, field: &str, schema: &RefOr<Schema>, value: &Value) {
        match schema {
            RefOr::Ref(reference) => {
                // Every reference is to a schema of the document's components; none leads back to itself.
                let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
                let found = self.named.iter().find(|(known, _)| known == name).map(|(_, schema)| schema.clone());
                if let Some(schema @ RefOr::T(_)) = found {
                    self.value(field, &schema, value);
                }
            }
            RefOr::T(Schema::Array(array)) => self.items(field, array, value),
            RefOr::T(Schema::Object(object)) => self.plain(field, object, value),
            // An optional object: null, or what is described.
            RefOr::T(Schema::OneOf(kinds)) if !value.is_null() => {
                let mut kinds = kinds.items.iter().filter(|kind| !is_null(kind));
                if let (Some(kind), None) = (kinds.next(), kinds.next()) {
                    self.value(field, kind, value);
                }
            }
            RefOr::T(Schema::AllOf(parts)) => parts.items.iter().for_each(|part| self.value(field, part, value)),
            RefOr::T(_) => {}
        }
    }

    fn items(&mut self, field: &str, array: &Array, value: &Value) {
        let Value::Array(items) = value else { return self.mistyped(field, &array.schema_type, value) };
        if let Some(most) = array.max_items.filter(|&most| items.len() > most) {
            return self.check.fault(field, format!("must have at most {most} items"));
        }
        if let Some(least) = array.min_items.filter(|&least| items.len() < least) {
            self.check.fault(field, format!("must have at least {least} items"));
        }
        if let ArrayItems::RefOrSchema(schema) = &array.items {
            for (place, item) in items.iter().enumerate() {
                self.value(&format!("{field}[{place}]"), schema, item);
            }
        }
    }

    fn plain(&mut self, field: &str, object: &Object, value: &Value) {
        if !fits(&object.schema_type, value) {
            return self.mistyped(field, &object.schema_type, value);
        }
        if let Some(allowed) = object.enum_values.as_ref().filter(|allowed| !allowed.contains(value)) {
            let allowed: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
            return self.check.fault(field, format!("must be one of: {}", allowed.join(", ")));
        }
        match value {
            Value::String(text) => self.text(field, object, text),
            Value::Number(number) => self.number(field, object, number),
            Value::Object(fields) => self.fields(field, object, fields),
            _ => {}
        }
    }

    fn mistyped(&mut self, field: &str, wanted: &SchemaType, value: &Value) {
        if !fits(wanted, value) {
            let names: Vec<_> = types(wanted).iter().map(|kind| name_of(kind)).collect();
            self.check.fault(field, format!("must be {}", names.join(" or ")));
        }
    }

    fn text(&mut self, field: &str, object: &Object, text: &str) {
        let (min, max) = (object.min_length.unwrap_or(0), object.max_length.unwrap_or(usize::MAX));
        match format_of(object) {
            "line" => drop(self.check.text(field, text, TextRule::line(min, max))),
            "lines" => drop(self.check.text(field, text, TextRule::lines(min, max))),
            // Whether it is well known or has the name in it is a question for when there is a whole account.
            "password" => {
                let length = text.chars().count();
                self.check.require(field, length >= min, &format!("must have at least {min} characters"));
                self.check.require(field, length <= max, &format!("must have at most {max} characters"));
            }
            "template" => {
                if let Err(faults) = Template::parse(text) {
                    self.check.extend(faults.iter().map(|fault| Violation::new(field, fault.to_string())));
                }
            }
            "email" => drop(self.check.parsed(field, text.parse::<EmailAddress>())),
            "registration-mark" => drop(self.check.parsed(field, Registration::from_stored(text))),
            _ => {}
        }
    }

    fn number(&mut self, field: &str, object: &Object, number: &serde_json::Number) {
        let Some(value) = number.as_f64() else { return };
        let (least, most) = (object.minimum.as_ref().map(float), object.maximum.as_ref().map(float));
        if least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most) {
            return;
        }
        let rule = match (least, most) {
            (Some(least), Some(most)) => format!("between {least} and {most}"),
            (Some(least), None) => format!("at least {least}"),
            (None, most) => format!("at most {}", most.unwrap_or(f64::MAX)),
        };
        self.check.fault(field, format!("must be {rule}"));
    }
}

/// Whether only the listed fields are known.
fn is_closed(object: &Object) -> bool {
    matches!(object.additional_properties.as_deref(), Some(AdditionalProperties::FreeForm(false)))
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if types(&object.schema_type) == [Type::Null])
}

fn types(wanted: &SchemaType) -> &[Type] {
    match wanted {
        SchemaType::Type(kind) => std::slice::from_ref(kind),
        SchemaType::Array(kinds) => kinds,
        SchemaType::AnyValue => &[],
    }
}

/// Whether a value is of one of these types; of any, where none is named.
fn fits(wanted: &SchemaType, value: &Value) -> bool {
    let is = |kind: &Type| match kind {
        Type::Object => value.is_object(),
        Type::String => value.is_string(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Array => value.is_array(),
        Type::Null => value.is_null(),
    };
    types(wanted).is_empty() || types(wanted).iter().any(is)
}

const fn name_of(kind: &Type) -> &'static str {
    match kind {
        Type::Object => "an object",
        Type::String => "text",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "true or false",
        Type::Array => "a list",
        Type::Null => "null",
    }
}

fn format_of(object: &Object) -> &str {
    match &object.format {
        Some(SchemaFormat::Custom(format)) => format,
        Some(SchemaFormat::KnownFormat(KnownFormat::Email)) => "email",
        Some(SchemaFormat::KnownFormat(KnownFormat::Password)) => "password",
        _ => "",
    }
}

#[expect(clippy::cast_precision_loss, reason = "the bounds of a document are far below 2^53")]
fn float(number: &Number) -> f64 {
    match number {
        Number::Int(number) => *number as f64,
        Number::UInt(number) => *number as f64,
        Number::Float(number) => *number,
    }
}

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro is meant for public types")]
    use super::*;
    use crate::{http::body::parse, request_body};

    /// A tag.
    #[derive(ToSchema)]
    #[schema(value_type = String, format = "line", min_length = 1, max_length = 5)]
    #[expect(dead_code, reason = "it is for the document")]
    struct Tag(String);

    request_body! {
        /// For these tests.
        pub struct Car {
            /// Its name.
            #[schema(format = "line", min_length = 1, max_length = 5)]
            pub name: String => "name",
            /// Its doors.
            #[schema(minimum = 1, maximum = 5)]
            pub doors: u8 => "doors",
            /// Its miles.
            #[schema(minimum = 0)]
            pub miles: Option<i64> => "miles",
            /// What it is called.
            #[schema(max_items = 2, value_type = Vec<Tag>)]
            pub tags: Vec<String> => "tags",
            /// Whose it is.
            pub owner: Option<Owner> => "owner",
            /// Its mark.
            #[schema(format = "registration-mark")]
            pub mark: Option<String> => "mark",
            /// Where the keeper is reached.
            #[schema(format = Email)]
            pub email: Option<String> => "email",
            /// Opens it.
            #[schema(format = Password, min_length = 3, max_length = 5)]
            pub secret: Option<String> => "secret",
            /// Whether it runs.
            pub runs: bool => "runs",
        }
    }

    request_body! {
        /// Whose it is.
        pub struct Owner {
            /// Lines about them.
            #[schema(format = "lines", min_length = 1, max_length = 5)]
            pub note: String => "note",
        }
    }

    fn faults_of(body: &str) -> Vec<String> {
        let problem = parse::<Car>(body.as_bytes()).unwrap_err();
        let mut faults: Vec<_> =
            problem.errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        faults.sort();
        faults
    }

    #[test]
    fn what_breaks_a_bound_is_named_beside_what_is_of_a_wrong_type() {
        let faults = faults_of(
            r#"{"name": " ", "doors": 7, "miles": -1, "tags": ["a", "\u0000b"], "owner": {"note": "too long"}, "runs": 1}"#,
        );
        let expected = [
            "doors: must be between 1 and 5",
            "miles: must be at least 0",
            "name: must not be empty or blank",
            "owner.note: must have at most 5 characters",
            "runs: invalid type: integer `1`, expected a boolean",
            "tags[1]: must not contain the control character U+0000",
        ];
        assert_eq!(faults, expected);
        let faults =
            faults_of(r#"{"name": "A", "doors": 700, "tags": ["a", "b", "c"], "runs": true, "owner": {"note": 1}}"#);
        assert!(faults[0].starts_with("doors: invalid value: integer `700`"), "said once: {faults:?}");
        assert!(faults[1].starts_with("owner.note: invalid type"));
        assert_eq!(faults[2..], ["tags: must have at most 2 items"]);
    }

    #[test]
    fn every_fault_of_a_nested_object_is_named() {
        let body = r#"{"name": "A", "doors": 5, "tags": [7, ""], "runs": true, "owner": {"note": 7, "age": 3}}"#;
        let faults = faults_of(body);
        assert!(faults[0].starts_with("owner.age: unknown field"), "{faults:?}");
        assert_eq!(faults[1], "owner.note: must be text");
        assert!(faults[2].starts_with("tags[0]: invalid type"), "{faults:?}");
        assert_eq!(faults[3..], ["tags[1]: must not be empty or blank"]);
        let faults = faults_of(r#"{"name": "A", "doors": 5, "tags": {}, "runs": true, "owner": {}}"#);
        assert_eq!(faults[0], "owner.note: is required");
        assert!(faults.len() == 2 && faults[1].starts_with("tags: invalid type"), "{faults:?}");
    }

    #[test]
    fn forms_are_judged_by_what_reads_them() {
        let faults =
            faults_of(r#"{"name": "A", "doors": 5, "tags": [], "mark": "AB1!2", "email": "@", "secret": "a"}"#);
        assert!(faults[0].starts_with("email: ") && faults[1].starts_with("mark: "), "{faults:?}");
        assert_eq!(faults[2..], ["runs: is required", "secret: must have at least 3 characters"]);
    }

    #[test]
    fn what_keeps_its_bounds_is_not_named() {
        let faults = faults_of(r#"{"name": "A", "doors": 5, "miles": null, "tags": [], "owner": {"note": "a\nb"}}"#);
        assert_eq!(faults, ["runs: is required"]);
    }
}
