//! The rules that ship with DriveEver as a [`RuleBook`]: what a rendered prompt may cite.

use std::cmp::Reverse;

use chrono::NaiveDate;
use driveever_core::{
    ai::rules::{CitedRule, RuleBook},
    query::words,
    vehicle::record::VehicleRecord,
};

use crate::rules::{Rule, Rules};

/// Rules that a prompt carries, at most.
const MAX_RULES: usize = 8;
/// Characters of a question that are looked at.
const MAX_QUESTION_CHARS: usize = 2_000;

/// The embedded rules, found by their keywords in the question.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmbeddedRules;

impl RuleBook for EmbeddedRules {
    fn rules_for(&self, question: &str, _record: Option<&VehicleRecord>, _today: NaiveDate) -> Vec<CitedRule> {
        let question: String = question.chars().take(MAX_QUESTION_CHARS).collect();
        let question = words(&question).fold(String::from(" "), |mut text, word| {
            text.push_str(&word);
            text.push(' ');
            text
        });
        let mut found: Vec<(usize, &Rule)> =
            Rules::embedded().iter().map(|rule| (hits(rule, &question), rule)).filter(|(hits, _)| *hits > 0).collect();
        // Sorting keeps the file's order among equals, so that the same question always gets the same rules.
        found.sort_by_key(|(hits, _)| Reverse(*hits));
        found.into_iter().take(MAX_RULES).map(|(_, rule)| cited(rule)).collect()
    }
}

/// How many of a rule's keywords the question holds as whole words.
fn hits(rule: &Rule, question: &str) -> usize {
    rule.keywords.iter().filter(|keyword| question.contains(&format!(" {} ", keyword.to_lowercase()))).count()
}

fn cited(rule: &Rule) -> CitedRule {
    let source = rule.sources.iter().map(|source| source.title.as_str()).collect::<Vec<_>>().join("; ");
    let doubt = if rule.unconfirmed { " (general knowledge, not confirmed)" } else { "" };
    CitedRule { statement: rule.statement.clone(), source: format!("{source}{doubt}"), as_of: Some(rule.as_of) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(question: &str) -> Vec<String> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        EmbeddedRules.rules_for(question, None, today).into_iter().map(|rule| rule.statement).collect()
    }

    #[test]
    fn a_question_finds_its_rules_and_nonsense_none() {
        let tyres = topics("How deep must my tyre tread be?");
        assert!(tyres.iter().any(|statement| statement.contains("1.6 mm")), "{tyres:?}");
        assert!(topics("").is_empty());
        assert!(topics(&"zzz ".repeat(100_000)).is_empty());
        assert!(tyres.len() <= MAX_RULES);
    }
}
