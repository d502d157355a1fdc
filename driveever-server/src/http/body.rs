//! Request bodies: JSON, read strictly, with every bad field named at once.
//!
//! A good body is read once, straight into its type. Only a bad one is read again, field by field, to say everything
//! that is wrong with it.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::header,
};
use driveever_core::validate::Violation;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{bounds, problem::Problem};

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

/// A type that is read from a body; declared with [`request_body!`](crate::request_body!).
pub trait RequestBody: DeserializeOwned + ToSchema {
    /// Takes each field once, so that `fields` learns what is wrong.
    fn inspect(fields: &mut Fields);
}

/// Declares a request's body: a struct for serde and OpenAPI, whose every field is inspected when it does not fit.
///
/// A name in JSON is taken as a token and not as a literal, which utoipa would not see.
#[macro_export]
macro_rules! request_body {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty => $json:tt),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields, remote = "Self")]
        pub struct $name {
            $($(#[$field_meta])* #[serde(rename = $json)] pub $field: $type),*
        }

        $crate::only_from_objects!($name);

        impl $crate::http::body::RequestBody for $name {
            fn inspect(fields: &mut $crate::http::body::Fields) {
                $(fields.inspect::<$type>($json);)*
                let _ = fields;
            }
        }
    };
}

/// Lets types be read from JSON objects alone, whose derived reading has `#[serde(remote = "Self")]`: by itself it would
/// take an array of the fields' values, too.
#[macro_export]
macro_rules! only_from_objects {
    ($name:ident) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Object;

                impl<'de> serde::de::Visitor<'de> for Object {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        $name::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    };
}

/// The fields of a body that does not fit, while its faults are collected.
#[derive(Debug)]
pub struct Fields {
    fields: Map<String, Value>,
    violations: Vec<Violation>,
}

impl Fields {
    /// Takes a field and notes what is wrong with it.
    pub fn inspect<T: DeserializeOwned>(&mut self, name: &str) {
        let (present, value) = self.fields.remove(name).map_or((false, Value::Null), |value| (true, value));
        // A missing field is like null: an optional type takes it.
        if let Err(error) = serde_path_to_error::deserialize::<_, T>(value) {
            let path = error.path().to_string();
            let field = if path == "." { name.to_owned() } else { format!("{name}.{path}").replace(".[", "[") };
            let message = if present { error.into_inner().to_string() } else { "is required".to_owned() };
            self.violations.push(Violation::new(field, message));
        }
    }
}

impl Fields {
    /// Adds what the schema says of fields of which nothing was said yet. What it says of a part is said better there than
    /// of the whole.
    fn merge(&mut self, judged: Vec<Violation>) {
        // A question mark stands for the key of a map that could not be read.
        let of_a_part = |whole: &str| judged.iter().any(|fault| is_within(&fault.field, whole.trim_end_matches(".?")));
        self.violations.retain(|known| !of_a_part(&known.field));
        let known: Vec<String> = self.violations.iter().map(|known| known.field.clone()).collect();
        self.violations.extend(judged.into_iter().filter(|fault| !known.contains(&fault.field)));
    }
}

/// Whether a field's path leads into another field.
fn is_within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Everything that is wrong with a body that does not fit its type.
fn faults<T: RequestBody>(bytes: &[u8], error: &serde_json::Error) -> Vec<Violation> {
    let whole = |message: String| vec![Violation::new("body", message)];
    match serde_json::from_slice::<Value>(bytes) {
        Err(error) => whole(format!("is no JSON: {error}")),
        Ok(Value::Object(fields)) => {
            let out_of_bounds = bounds::faults::<T>(&fields);
            let mut fields = Fields { fields, violations: Vec::new() };
            T::inspect(&mut fields);
            let unknown = fields.fields.keys().map(|name| Violation::new(name, "is not a known field"));
            fields.violations.extend(unknown.collect::<Vec<_>>());
            fields.merge(out_of_bounds);
            if fields.violations.is_empty() { whole(error.to_string()) } else { fields.violations }
        }
        Ok(_) => whole("must be a JSON object".to_owned()),
    }
}

/// Reads a body.
///
/// # Errors
/// A problem that names every bad field.
pub fn parse<T: RequestBody>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| Problem::invalid(faults::<T>(bytes, &error)))
}

/// Whether the body is said to be JSON in UTF-8 (RFC 8259, section 8.1), as it stands.
fn is_json(request: &Request) -> bool {
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let mut parts = text(header::CONTENT_TYPE).unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let charsets =
        parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let is_utf_8 = charsets.map(|(_, value)| value.trim_matches('"')).all(|value| value.eq_ignore_ascii_case("utf-8"));
    let is_plain = text(header::CONTENT_ENCODING).is_none_or(|value| value.eq_ignore_ascii_case("identity"));
    is_json && is_utf_8 && is_plain
}

impl<T: RequestBody, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_json(&request) {
            return Err(Problem::unsupported_media_type());
        }
        let bytes = read(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// A body that may be left out; an empty one and `null` are as good as `{}`.
#[derive(Debug, Clone, Copy)]
pub struct OptionalBody<T>(pub T);

impl<T: RequestBody, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let json = is_json(&request);
        let bytes = read(request, state).await?;
        match (bytes.is_empty(), json) {
            (true, _) => parse(b"{}").map(Self),
            (false, true) if bytes.trim_ascii() == b"null" => parse(b"{}").map(Self),
            (false, true) => parse(&bytes).map(Self),
            (false, false) => Err(Problem::unsupported_media_type()),
        }
    }
}

request_body! {
    /// Nothing: whatever a client would tell here is not known.
    pub struct Nothing {}
}

/// For routes that take no body: none, an empty object or `null`.
pub type NoBody = OptionalBody<Nothing>;

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.into_response_parts() {
        (413, _) => Problem::new(
            axum::http::StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is larger than this server takes",
        ),
        (_, detail) => Problem::invalid([Violation::new("body", format!("could not be read: {detail}"))]),
    })
}

/// What an axum rejection says.
trait RejectionParts {
    fn into_response_parts(self) -> (u16, String);
}

impl RejectionParts for axum::extract::rejection::BytesRejection {
    fn into_response_parts(self) -> (u16, String) {
        (self.status().as_u16(), self.body_text())
    }
}

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro is meant for public types")]
    use super::*;

    request_body! {
        /// For these tests.
        pub struct Sample {
            /// Required.
            pub name: String => "name",
            /// Required.
            pub year_made: u16 => "yearMade",
            /// Optional.
            pub tags: Option<Vec<String>> => "tags",
        }
    }

    #[test]
    fn the_schema_spells_names_as_json_does() {
        let schema = serde_json::to_value(<Sample as utoipa::PartialSchema>::schema()).unwrap();
        let names: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["name", "tags", "yearMade"]);
        assert_eq!(schema["required"], serde_json::json!(["name", "yearMade"]));
    }

    fn faults_of(body: &str) -> Vec<String> {
        let problem = parse::<Sample>(body.as_bytes()).unwrap_err();
        assert_eq!(problem.status, 400);
        problem.errors.into_iter().map(|error| format!("{}: {}", error.field, error.message)).collect()
    }

    #[test]
    fn a_good_body_is_read() {
        let sample: Sample = parse(br#"{"name": "A", "yearMade": 1999}"#).unwrap();
        assert_eq!((sample.name.as_str(), sample.year_made, sample.tags), ("A", 1999, None));
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let faults = faults_of(r#"{"name": 7, "tags": ["a", 1], "colour": "red"}"#);
        assert_eq!(faults.len(), 4);
        assert!(faults[0].starts_with("name: invalid type: integer `7`, expected a string"));
        assert_eq!(faults[1], "yearMade: is required");
        assert!(faults[2].starts_with("tags[1]: invalid type"));
        assert_eq!(faults[3], "colour: is not a known field");
    }

    #[test]
    fn where_nothing_is_taken_every_field_is_unknown() {
        assert!(parse::<Nothing>(b"{}").is_ok());
        let problem = parse::<Nothing>(br#"{"reason": "x", "note": 1}"#).unwrap_err();
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["note", "reason"]);
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        for bad in ["", "{", "[1", "\"\\ud800\"", "{\"name\": \"\\ud800\"}", "NaN", "nul", &"[".repeat(100_000)] {
            assert!(faults_of(bad)[0].starts_with("body: "), "{bad:.20}");
        }
        assert_eq!(faults_of("[]"), ["body: must be a JSON object"]);
        assert_eq!(faults_of(r#"["A", 1999, null]"#), ["body: must be a JSON object"]);
        assert!(
            faults_of(r#"{"name": "A", "yearMade": 1999.5}"#)[0].starts_with("yearMade: invalid type: floating point")
        );
        assert!(faults_of(r#"{"name": "A", "yearMade": 70000}"#)[0].starts_with("yearMade: invalid value"));
        assert!(faults_of(r#"{"name": "A", "name": "B", "yearMade": 1999}"#)[0].starts_with("body: duplicate field"));
    }
}
