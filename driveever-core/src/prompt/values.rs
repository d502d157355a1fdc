//! A version's template with the variables that it declares: what may be filled in, and filling it in.

use std::{fmt::Write, sync::Arc};

use serde_json::Value;

use super::{Prompt, PromptVersion, Variable, VariableType, VariableValues, template::Template};
use crate::{
    error::Error,
    id::Id,
    validate::{Validator, Violation},
};

/// Which declared variables a template uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VariableUse {
    /// Declared, in the order of declaration.
    pub declared: Vec<String>,
    /// Used, in the order of first use.
    pub used: Vec<String>,
    /// Used and not declared.
    pub undeclared: Vec<String>,
    /// Declared and not used.
    pub unused: Vec<String>,
}

impl VariableUse {
    /// Compares what a template uses with what is declared.
    pub fn of(template: &Template, declared: &[Variable]) -> Self {
        let declared: Vec<String> = declared.iter().map(|variable| variable.name.clone()).collect();
        let used = template.names().to_vec();
        let undeclared = used.iter().filter(|name| !declared.contains(name)).cloned().collect();
        let unused = declared.iter().filter(|name| !used.contains(name)).cloned().collect();
        Self { declared, used, undeclared, unused }
    }

    /// What an author should look at: variables that are declared and not used.
    pub fn warnings(&self) -> Vec<String> {
        self.unused.iter().map(|name| format!("the variable \"{name}\" is declared and not used")).collect()
    }
}

/// A template bound to its declared variables, ready to be filled in; made once a version.
#[derive(Debug, Clone)]
pub(super) struct Form {
    template: Template,
    variables: Arc<[Variable]>,
    /// For each name that the template uses, the place of its variable.
    places: Vec<usize>,
    warnings: Vec<String>,
}

/// Bounds on filling in; see [`PromptLimits`](super::PromptLimits).
#[derive(Debug, Clone, Copy)]
pub(super) struct FillLimits {
    pub(super) value_bytes: usize,
    pub(super) list_items: usize,
    pub(super) output_bytes: usize,
}

impl Form {
    /// Binds a template to its variables; none when it uses one that is not declared.
    pub(super) fn new(template: Template, variables: Arc<[Variable]>) -> Option<Self> {
        let place = |name: &String| variables.iter().position(|variable| variable.name == *name);
        let places = template.names().iter().map(place).collect::<Option<Vec<_>>>()?;
        let warnings = VariableUse::of(&template, &variables).warnings();
        Some(Self { template, variables, places, warnings })
    }

    /// That of a stored version.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is none: nothing is stored that was not parsed.
    pub(super) fn of_version(version: &PromptVersion) -> Result<Self, Error> {
        let broken =
            |id: Id<Prompt>| Error::internal(format!("version {} of prompt {id} does not parse", version.number));
        let template = Template::parse(&version.template).map_err(|_| broken(version.prompt_id))?;
        Self::new(template, version.variables.0.clone().into()).ok_or_else(|| broken(version.prompt_id))
    }

    /// Fills it in.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every missing, unknown, wrong-typed and too large value at once, or when the text would
    /// be too long.
    pub(super) fn fill(&self, values: &VariableValues, limits: FillLimits) -> Result<(String, Vec<String>), Error> {
        let mut check = Validator::new();
        let mut shown = Vec::with_capacity(self.variables.len());
        let mut warnings = self.warnings.clone();
        for variable in self.variables.iter() {
            match values.get(&variable.name).filter(|value| !value.is_null()) {
                Some(value) => match Shown::of(value, variable.kind, limits) {
                    Ok(value) => shown.push(value),
                    Err(message) => check.fault(field_of(&variable.name), message),
                },
                None if variable.required => {
                    check.fault(field_of(&variable.name), format!("is required: {}", expected(variable.kind)));
                }
                None => {
                    shown.push(Shown::Nothing);
                    warnings.push(format!("the optional variable \"{}\" was not given and stays empty", variable.name));
                }
            }
        }
        let declared = |name: &str| self.variables.iter().any(|variable| variable.name == name);
        for name in values.keys().filter(|name| !declared(name)) {
            check.fault(field_of(name), "is not declared by this version");
        }
        check.finish()?;
        let value_of =
            |name: usize| self.places.get(name).and_then(|place| shown.get(*place)).unwrap_or(&Shown::Nothing);
        let bytes = self.template.rendered_bytes(|name| value_of(name).bytes());
        if bytes > limits.output_bytes {
            let message = format!("make a text of {bytes} bytes: at most {} are rendered", limits.output_bytes);
            return Err(Error::Invalid(vec![Violation::new("variables", message)]));
        }
        let mut text = String::with_capacity(bytes);
        self.template.render(&mut text, |name, out| value_of(name).write(out));
        Ok((text, warnings))
    }
}

/// A value as it comes out: borrowed, so that nothing is copied before it is written.
enum Shown<'a> {
    Nothing,
    Text(&'a str),
    Number(&'a serde_json::Number),
    Boolean(bool),
    List(&'a [Value]),
}

impl<'a> Shown<'a> {
    fn of(value: &'a Value, kind: VariableType, limits: FillLimits) -> Result<Self, String> {
        let shown = match (kind, value) {
            (VariableType::Text, Value::String(text)) => Self::Text(text),
            (VariableType::Number, Value::Number(number)) => Self::Number(number),
            (VariableType::Boolean, Value::Bool(truth)) => Self::Boolean(*truth),
            (VariableType::List, Value::Array(items)) if items.iter().all(Value::is_string) => Self::List(items),
            _ => return Err(format!("is {}: {}", kind_of(value), expected(kind))),
        };
        if let Self::List(items) = shown
            && items.len() > limits.list_items
        {
            return Err(format!("must have at most {} items", limits.list_items));
        }
        if shown.bytes() > limits.value_bytes {
            return Err(format!("must have at most {} bytes", limits.value_bytes));
        }
        Ok(shown)
    }

    /// How many bytes it comes out in; of a number, an upper bound.
    fn bytes(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Text(text) => text.len(),
            Self::Number(_) => 32,
            Self::Boolean(truth) => {
                if *truth {
                    4
                } else {
                    5
                }
            }
            Self::List(items) => {
                let text: usize = items.iter().filter_map(Value::as_str).map(str::len).sum();
                text + items.len().saturating_sub(1) * SEPARATOR.len()
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Nothing => {}
            Self::Text(text) => out.push_str(text),
            // Writing to a string cannot fail.
            Self::Number(number) => drop(write!(out, "{number}")),
            Self::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::List(items) => {
                for (place, item) in items.iter().filter_map(Value::as_str).enumerate() {
                    if place > 0 {
                        out.push_str(SEPARATOR);
                    }
                    out.push_str(item);
                }
            }
        }
    }
}

/// Between the items of a list.
const SEPARATOR: &str = ", ";

const fn expected(kind: VariableType) -> &'static str {
    match kind {
        VariableType::Text => "give a text",
        VariableType::Number => "give a finite number",
        VariableType::Boolean => "give true or false",
        VariableType::List => "give a list of texts",
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list with something else than texts",
        Value::Object(_) => "an object",
    }
}

/// The field of a value in an error; a name made by a caller may have any length.
fn field_of(name: &str) -> String {
    let shown: String = name.chars().take(super::template::MAX_NAME_CHARS).collect();
    format!("variables.{shown}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const LIMITS: FillLimits = FillLimits { value_bytes: 100, list_items: 3, output_bytes: 150 };

    fn variable(name: &str, kind: VariableType, required: bool) -> Variable {
        Variable { name: name.into(), kind, required, description: None }
    }

    fn form(template: &str) -> Form {
        let variables = [
            variable("question", VariableType::Text, true),
            variable("miles", VariableType::Number, true),
            variable("taxed", VariableType::Boolean, true),
            variable("defects", VariableType::List, false),
        ];
        Form::new(Template::parse(template).unwrap(), variables.into()).unwrap()
    }

    fn values(json: Value) -> VariableValues {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn every_kind_of_value_is_written() {
        let form = form("{{question}}|{{miles}}|{{taxed}}|{{defects}}");
        let given =
            values(json!({"question": "{{miles}}?", "miles": 12.5, "taxed": true, "defects": ["tyre", "lamp"]}));
        assert_eq!(form.fill(&given, LIMITS).unwrap(), ("{{miles}}?|12.5|true|tyre, lamp".to_owned(), vec![]));
        let given = values(json!({"question": "", "miles": 0, "taxed": false, "defects": null}));
        let (text, warnings) = form.fill(&given, LIMITS).unwrap();
        assert_eq!(text, "|0|false|");
        assert_eq!(warnings, ["the optional variable \"defects\" was not given and stays empty"]);
    }

    #[test]
    fn missing_unknown_and_wrong_values_are_named_at_once() {
        let given = values(json!({"miles": "12", "taxed": null, "defects": ["a", 1], "colour": "red"}));
        let Err(Error::Invalid(violations)) = form("{{question}}").fill(&given, LIMITS) else { panic!() };
        let named: Vec<_> = violations.iter().map(|found| (found.field.as_str(), found.message.as_str())).collect();
        assert_eq!(
            named,
            [
                ("variables.question", "is required: give a text"),
                ("variables.miles", "is a text: give a finite number"),
                ("variables.taxed", "is required: give true or false"),
                ("variables.defects", "is a list with something else than texts: give a list of texts"),
                ("variables.colour", "is not declared by this version"),
            ]
        );
    }

    #[test]
    fn sizes_are_bounded() {
        let base = json!({"question": "x".repeat(100), "miles": 1, "taxed": true});
        let form = form("{{question}}{{question}}");
        assert!(form.fill(&values(base.clone()), LIMITS).unwrap_err().to_string().contains("200 bytes"));
        let mut long = base.clone();
        long["question"] = "x".repeat(101).into();
        assert!(form.fill(&values(long), LIMITS).unwrap_err().to_string().contains("at most 100 bytes"));
        let mut many = base;
        many["defects"] = json!(["", "", "", ""]);
        assert!(form.fill(&values(many), LIMITS).unwrap_err().to_string().contains("at most 3 items"));
    }

    #[test]
    fn declared_and_used_are_compared() {
        let template = Template::parse("{{b}}{{x}}{{a}}").unwrap();
        let declared = [variable("a", VariableType::Text, true), variable("c", VariableType::Text, true)];
        let compared = VariableUse::of(&template, &declared);
        assert_eq!(compared.undeclared, ["b", "x"]);
        assert_eq!(compared.unused, ["c"]);
        assert_eq!(compared.warnings(), ["the variable \"c\" is declared and not used"]);
        assert!(Form::new(template, declared.into()).is_none());
    }

    proptest! {
        /// What was announced is enough room, and a text value comes out as it went in.
        #[test]
        fn values_come_out_as_they_went_in(text in "\\PC{0,25}", miles in prop::num::f64::NORMAL) {
            let form = form("<{{question}}|{{miles}}>");
            let given = values(json!({"question": text, "miles": miles, "taxed": true, "defects": []}));
            let (rendered, _) = form.fill(&given, LIMITS).unwrap();
            prop_assert_eq!(rendered.len() <= LIMITS.output_bytes, true);
            prop_assert_eq!(rendered, format!("<{}|{}>", text, json!(miles)));
        }
    }
}
