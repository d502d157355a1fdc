//! The port to the body of rules and figures that an answer may cite.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::vehicle::record::VehicleRecord;

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

/// A body of rules.
pub trait RuleBook: Send + Sync {
    /// The rules that bear on a question, the most relevant first.
    fn rules_for(&self, question: &str, record: Option<&VehicleRecord>, today: NaiveDate) -> Vec<CitedRule>;
}

/// No rules at all: for whoever embeds DriveEver without any.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRules;

impl RuleBook for NoRules {
    fn rules_for(&self, _question: &str, _record: Option<&VehicleRecord>, _today: NaiveDate) -> Vec<CitedRule> {
        Vec::new()
    }
}
