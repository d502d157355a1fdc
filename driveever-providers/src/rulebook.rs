//! The rules that ship with DriveEver as a [`RuleBook`]: what a rendered prompt may cite.
//!
//! A language model is told the rules on which the offline advisor would rest its own answer to the same question about
//! the same vehicle: an emergency's steps, the tax table of its class, the duty that its expired MOT touches. A search for
//! the question's words alone would find none of these in "what do I owe?" or "the pedal goes to the floor".

use std::fmt::Write as _;

use chrono::NaiveDate;
use driveever_core::ai::rules::{CitedRule, Consulted, Matter, RuleBook};

use crate::{advisor, rules::Rule};

/// Rules that a prompt carries, at most.
const MAX_RULES: usize = 12;

/// The embedded rules, found as the offline advisor finds them.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmbeddedRules;

impl RuleBook for EmbeddedRules {
    fn consult(&self, matter: &Matter<'_>) -> Consulted {
        let (rules, groundwork) = advisor::consult(matter);
        let rules = rules.into_iter().take(MAX_RULES).map(|rule| cited(rule, matter.today)).collect();
        Consulted { rules, groundwork: Some(groundwork) }
    }
}

/// A rule with its steps, its sources, and the warnings that go with it.
fn cited(rule: &Rule, today: NaiveDate) -> CitedRule {
    let mut statement = rule.statement.clone();
    if !rule.steps.is_empty() {
        statement.push_str(" Steps in order: ");
        statement.push_str(&rule.steps.join(" "));
    }
    let named = rule.sources.iter().map(|source| match &source.date {
        Some(date) => format!("{}, of {date}", source.title),
        None => source.title.clone(),
    });
    let mut source = named.collect::<Vec<_>>().join("; ");
    if rule.unconfirmed {
        source.push_str(" (general knowledge, not confirmed)");
    }
    if let Some(until) = rule.until.filter(|_| rule.is_outdated_on(today)) {
        // Writing to a String cannot fail.
        let _ = write!(source, " (changes yearly and may be out of date: known to hold until {until})");
    }
    CitedRule { statement, source, as_of: Some(rule.as_of) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use driveever_core::{
        time::FixedClock,
        vehicle::{
            record::VehicleRecord,
            registration::Registration,
            source::{Freshness, VehicleDataSource},
        },
    };
    use futures_util::FutureExt as _;

    use super::*;
    use crate::vehicle_files::DemonstrationVehicles;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn consulted(question: &str, record: Option<&Arc<VehicleRecord>>, today: &str) -> Consulted {
        EmbeddedRules.consult(&Matter { question, category: None, record, today: day(today) })
    }

    fn rules(question: &str, mark: Option<&str>) -> Vec<CitedRule> {
        let clock = Arc::new(FixedClock::at("2026-11-24T09:00:00Z".parse().unwrap()));
        let record = mark.map(|mark| {
            let mark = Registration::from_stored(mark).unwrap();
            DemonstrationVehicles::new(clock).lookup(&mark, Freshness::Remembered).now_or_never().unwrap().unwrap()
        });
        consulted(question, record.map(Arc::new).as_ref(), "2026-11-24").rules
    }

    #[test]
    fn a_prompt_holds_the_rules_that_the_question_and_the_vehicle_touch() {
        for (question, mark, wanted) in [
            ("How deep must my tyre tread be?", None, "1.6 mm"),
            ("the brake pedal goes to the floor", None, "pump the brake pedal"),
            ("there is smoke coming from the bonnet", Some("AA19EEE"), "the gas is toxic"),
            ("How much is my road tax?", Some("L2WPS"), "111-120 £35"),
            ("Can I drive to work?", Some("AB14EXP"), "fine of up to £1,000"),
            ("Can I drive to work?", Some("AB17DGR"), "fine of up to £2,500, 3 points and a ban"),
        ] {
            let rules = rules(question, mark);
            assert!(rules.iter().any(|rule| rule.statement.contains(wanted)), "{question:?} {mark:?}: {rules:#?}");
            assert!(
                rules.len() <= MAX_RULES && rules.iter().all(|rule| !rule.source.is_empty() && rule.as_of.is_some())
            );
        }
    }

    #[test]
    fn an_emergency_comes_first_and_nonsense_has_none() {
        assert!(
            rules("smoke is coming from the bonnet, and how much is an MOT?", None)[0]
                .statement
                .contains("Steps in order: ")
        );
        assert!(rules("", None).is_empty());
        assert!(rules(&"zzz ".repeat(100_000), None).is_empty());
    }

    #[test]
    fn a_figure_past_its_year_says_so() {
        let outdated = |today: &str| {
            let rules = consulted("what is the flat rate of car tax?", None, today).rules;
            let flat = rules.into_iter().find(|rule| rule.statement.contains("flat rate from the second year"));
            flat.unwrap().source.contains("may be out of date")
        };
        assert!(!outdated("2027-03-31") && outdated("2027-04-01"));
    }
}
