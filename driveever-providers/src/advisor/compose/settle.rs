//! Which of the topics that the words name are meant, by what else the question says and what the record holds.

use driveever_core::vehicle::report::Component;

use super::{Case, marks, parts, severity};
use crate::advisor::{
    facts::Facts,
    stated::Said,
    topics::{Intent, Topic},
};

/// Settles the topics of a question.
pub(super) fn settle(case: &Case<'_>, topics: &mut Vec<Topic>) {
    by_what_is_said(case, topics);
    by_words_beside(case, topics);
    of_batteries(case, topics);
}

/// What the question states, or names of the record, is not what it asks.
fn by_what_is_said(case: &Case<'_>, topics: &mut Vec<Topic>) {
    // Miles that are stated are no question for the mileage, if something else is asked.
    if case.stated.miles.is_some() && topics.len() > 1 && !case.ask.wants(Intent::Compare) {
        topics.retain(|topic| *topic != Topic::Mileage);
    }
    // An earlier mark that is named is asked about.
    let bore = |mark: &String| case.facts.is_some_and(|facts| marks::bore(facts, mark));
    if topics.is_empty() && case.ask.marks.iter().any(bore) {
        topics.push(Topic::EarlierMarks);
    }
    // Who says that it passed does not ask whether it will.
    let passed = case.stated.says(Said::Passed) && !case.measured.has(&["will", "would", "next", "likely"]);
    if passed && topics.contains(&Topic::NextTest) {
        topics.retain(|topic| *topic != Topic::NextTest);
        if topics.is_empty() {
            topics.push(if case.measured.has(&["ok", "safe", "fine", "alright", "okay"]) {
                Topic::Driveable
            } else {
                Topic::MotHistory
            });
        }
    }
}

/// Words that mean something else beside others.
fn by_words_beside(case: &Case<'_>, topics: &mut Vec<Topic>) {
    // The driver's view is no viewing.
    if case.measured.has(&["crack", "chip", "view"]) && !case.measured.has(&["buy", "buying", "viewing", "seller"]) {
        topics.retain(|topic| *topic != Topic::Buying);
    }
    if parts::is_first_asked(case) && topics.iter().any(|topic| matches!(topic, Topic::Part(_))) {
        topics.retain(|topic| *topic != Topic::Historic);
    }
    // "Did it fail its first MOT" asks for no day to come.
    let past = case.measured.has(&["did"]) && !case.ask.wants(Intent::When);
    if past && topics.iter().any(|topic| matches!(topic, Topic::Failures | Topic::MotHistory)) {
        topics.retain(|topic| *topic != Topic::MotDate);
    }
    if severity::is_asked(case) {
        topics.retain(|topic| !matches!(topic, Topic::Advisories | Topic::Failures));
    }
}

/// Which battery is meant, if one is.
fn of_batteries(case: &Case<'_>, topics: &mut Vec<Topic>) {
    // A word alone, such as "range", asks nothing of a traction battery.
    let about = case.ask.wants(Intent::Vehicle) || case.ask.wants(Intent::Electric) || case.ask.asks_state;
    if *topics == [Topic::Part(Component::HighVoltage)] && case.facts.is_none() && !about && case.ask.found.is_empty() {
        topics.clear();
    }
    // The battery of an electric car is the traction battery first.
    let electrical = topics.iter().position(|topic| *topic == Topic::Part(Component::Electrical));
    if let Some(at) = electrical.filter(|_| case.facts.is_some_and(Facts::is_zero_emission)) {
        topics.insert(at, Topic::Part(Component::HighVoltage));
    }
}
