//! The port to the body of rules and figures that an answer may cite.

use std::{any::Any, fmt, sync::Arc};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{prompt::PromptCategory, vehicle::record::VehicleRecord};

/// A rule or figure with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CitedRule {
    /// The rule in words, figures included.
    pub statement: String,
    /// Who states it.
    pub source: String,
    /// As of when.
    pub as_of: Option<NaiveDate>,
}

/// What rules are wanted for.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The driver's question.
    pub question: &'a str,
    /// Its category, when it is known.
    pub category: Option<PromptCategory>,
    /// The vehicle's record, when the question names one.
    pub record: Option<&'a Arc<VehicleRecord>>,
    /// The day that the answer is for (Europe/London).
    pub today: NaiveDate,
}

/// What a body of rules has for a matter.
#[derive(Debug, Clone, Default)]
pub struct Consulted {
    /// The rules that bear on the question, the most relevant first.
    pub rules: Vec<CitedRule>,
    /// What was worked out on the way, for a model that would work out the same.
    pub groundwork: Option<Groundwork>,
}

/// Work that was done on a question already and is handed on to the model, which may know what to do with it.
///
/// It saves time and is no fact: a model gives the same answer without it, does not trust that it is of the same question,
/// and ignores what it does not know. It stays in the process: an AI service that is reached over a network gets none.
#[derive(Clone)]
pub struct Groundwork(Arc<dyn Any + Send + Sync>);

impl Groundwork {
    /// Hands something on.
    pub fn new(work: impl Any + Send + Sync) -> Self {
        Self(Arc::new(work))
    }

    /// The work, if it is of that type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Groundwork {
    /// Without what it holds, which may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Groundwork(..)")
    }
}

/// A body of rules.
pub trait RuleBook: Send + Sync {
    /// The rules that bear on a matter.
    fn consult(&self, matter: &Matter<'_>) -> Consulted;
}

/// No rules at all: for whoever embeds DriveEver without any.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRules;

impl RuleBook for NoRules {
    fn consult(&self, _matter: &Matter<'_>) -> Consulted {
        Consulted::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groundwork_is_given_to_who_knows_it_and_shown_to_nobody() {
        let work = Groundwork::new("a question".to_owned());
        assert_eq!(work.get::<String>().map(String::as_str), Some("a question"));
        assert_eq!(work.clone().get::<u32>(), None);
        assert_eq!(format!("{work:?}"), "Groundwork(..)");
    }
}
