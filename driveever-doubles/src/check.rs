//! Holds a request against a protocol's published shape.

use serde_json::{Map, Value};

use crate::protocol::Request;

/// What a request asks for, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checked {
    /// Whether it asks for the list of models.
    pub(crate) wants_models: bool,
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// Whether a stream is to tell its usage (OpenAI).
    pub(crate) wants_usage: bool,
    /// Of which vehicle.
    pub(crate) mark: String,
    /// The answer to a token that is not good: no fault of the request's form.
    pub(crate) refused: Option<(u16, Value)>,
    pub(crate) body: Value,
    pub(crate) violations: Vec<String>,
    /// The status of the refusal, when there are violations.
    pub(crate) status: u16,
}

impl Checked {
    pub(crate) fn refuse(&mut self, status: u16, violation: impl Into<String>) {
        if self.violations.is_empty() {
            self.status = status;
        }
        self.violations.push(violation.into());
    }

    /// A request body as an object.
    pub(crate) fn object(&mut self, request: &Request<'_>) -> Map<String, Value> {
        if request.header("content-type").is_none_or(|kind| !kind.starts_with("application/json")) {
            self.refuse(400, "content-type is not application/json");
        }
        match serde_json::from_slice(request.body) {
            Ok(Value::Object(object)) => {
                self.body = Value::Object(object.clone());
                object
            }
            Ok(_) => {
                self.refuse(400, "the body is no object");
                Map::new()
            }
            Err(error) => {
                self.refuse(400, format!("the body is no JSON: {error}"));
                Map::new()
            }
        }
    }

    /// Refuses fields that the protocol does not know and those that are missing.
    pub(crate) fn fields(&mut self, at: &str, object: &Map<String, Value>, required: &[&str], optional: &[&str]) {
        for name in
            object.keys().filter(|name| !required.contains(&name.as_str()) && !optional.contains(&name.as_str()))
        {
            self.refuse(400, format!("{at}{name}: unknown field"));
        }
        for name in required.iter().filter(|name| !object.contains_key(**name)) {
            self.refuse(400, format!("{at}{name}: required"));
        }
    }

    /// A text that is there and not empty.
    pub(crate) fn text(&mut self, at: &str, value: Option<&Value>) -> String {
        match value.and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => {
                self.refuse(400, format!("{at}: must be a text that is not empty"));
                String::new()
            }
        }
    }

    /// A list that is not empty.
    pub(crate) fn list<'a>(&mut self, at: &str, value: Option<&'a Value>) -> &'a [Value] {
        match value.and_then(Value::as_array) {
            Some(list) if !list.is_empty() => list,
            _ => {
                self.refuse(400, format!("{at}: must be a list that is not empty"));
                &[]
            }
        }
    }

    /// A number within bounds, when it is there.
    pub(crate) fn number(&mut self, at: &str, value: Option<&Value>, min: f64, max: f64) {
        let fits = |value: &Value| value.as_f64().is_some_and(|number| (min..=max).contains(&number));
        if value.is_some_and(|value| !fits(value)) {
            self.refuse(400, format!("{at}: must be a number from {min} to {max}"));
        }
    }

    /// A count from 1, when it is there.
    pub(crate) fn count(&mut self, at: &str, value: Option<&Value>) {
        if value.is_some_and(|value| value.as_u64().is_none_or(|count| count == 0)) {
            self.refuse(400, format!("{at}: must be a whole number from 1"));
        }
    }

    /// A message's content: a text, or a list of text blocks.
    pub(crate) fn content(&mut self, at: &str, value: Option<&Value>) {
        let Some(Value::Array(blocks)) = value else {
            self.text(at, value);
            return;
        };
        for (place, block) in blocks.iter().enumerate() {
            let at = format!("{at}[{place}].");
            match block.as_object() {
                Some(block) => {
                    self.fields(&at, block, &["type", "text"], &["cache_control", "citations"]);
                    self.text(&format!("{at}text"), block.get("text"));
                }
                None => self.refuse(400, format!("{at}: must be an object")),
            }
        }
    }
}
