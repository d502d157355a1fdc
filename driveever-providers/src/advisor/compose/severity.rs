//! How severe the tester called something: "is the number plate lamp an advisory?" is answered by the category of that very
//! note, and not by those of the whole test; "which are dangerous?" by the notes of that category.

use driveever_core::vehicle::{
    record::DefectSeverity,
    report::Component,
    words::{each_word, stem},
};

use super::{Case, facts_lines::severity};
use crate::advisor::{
    draft::{Basis, Draft, Line},
    facts::{Facts, Note, Test},
    topics::{Intent, Topic},
};

/// Words for the categories, with what each asks for.
const CATEGORIES: &[(&str, DefectSeverity)] = &[
    ("advisory", DefectSeverity::Advisory),
    ("advisories", DefectSeverity::Advisory),
    ("minor", DefectSeverity::Minor),
    ("minors", DefectSeverity::Minor),
    ("major", DefectSeverity::Major),
    ("majors", DefectSeverity::Major),
    ("dangerous", DefectSeverity::Dangerous),
];
/// How many notes are told of one part, and of one category.
const TOLD: usize = 3;

/// Words that two texts share without being about one thing.
const SMALL: &[&str] = &["the", "and", "not", "but", "for", "with", "that", "has", "was", "are", "may", "all", "its"];

/// The categories that the question names.
fn named(case: &Case<'_>) -> Vec<&'static DefectSeverity> {
    let mut named: Vec<&DefectSeverity> = Vec::new();
    for (_, category) in CATEGORIES.iter().filter(|(word, _)| case.measured.has(&[word])) {
        if !named.contains(&category) {
            named.push(category);
        }
    }
    named
}

/// Whether a category is asked of a part: in a question that names both.
fn asks_of_part(case: &Case<'_>) -> bool {
    let part = case.ask.topics.iter().any(|topic| matches!(topic, Topic::Part(_)));
    let verb = case.measured.has(&["is", "are", "was", "were"]);
    let general = case.measured.has(&["any", "what", "which", "pass", "will", "mean", "means"]);
    // "Dangerous to drive" asks whether it may be driven.
    let driving = case.measured.has(&["drive", "driving"]) && case.measured.has(&["dangerous"]);
    let general = general || driving;
    part && verb && !general && !named(case).is_empty()
}

/// Whether the answer is the category of a note, so that the test as a whole is not what was asked.
pub(super) fn is_asked(case: &Case<'_>) -> bool {
    asks_of_part(case) && case.facts.is_some_and(|facts| !meant(case, facts).is_empty())
}

/// Tells the category of the note that is meant, or the notes of the categories that are asked for.
pub(super) fn category(case: &Case<'_>, draft: &mut Draft) {
    let Some(facts) = case.facts.filter(|facts| facts.record.is_known()) else { return };
    if asks_of_part(case) {
        of_part(case, facts, draft);
    } else if case.ask.is_about(Topic::Failures) {
        by_category(case, facts, draft);
    }
}

fn of_part(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let named = named(case);
    // "An advisory or a fail?" is no question for yes or no.
    let choice = named.len() != 1 || case.measured.has(&["or"]);
    for (test, note) in meant(case, facts).into_iter().take(TOLD) {
        let found = &note.defect.severity;
        let newest = facts.latest().is_some_and(|latest| std::ptr::eq(latest, test));
        let line = match (named.contains(&found), named.first()) {
            _ if choice => Line::default(),
            (true, _) => Line::new("Yes: "),
            // A tester's category is no leave to drive on.
            (false, Some(DefectSeverity::Dangerous)) => Line::default(),
            (false, _) => Line::new("No: "),
        };
        let begins = line.text.is_empty();
        let line = match (newest, test.day) {
            (true, _) | (_, None) => line.say(if begins { "The" } else { "the" }).say(" newest test has “"),
            (false, Some(day)) => line.say(if begins { "The" } else { "the" }).say(" test of ").date(day).say(" had “"),
        };
        let line = line.quote(&note.defect.text).say("” as ").say(severity(found)).on(Basis::Test(test.day));
        draft.lead(line.say("."));
        let rule = match found {
            _ if !newest => continue,
            DefectSeverity::Advisory => "mot.category-advisory",
            DefectSeverity::Minor => "mot.category-minor",
            DefectSeverity::Major => "mot.category-major",
            DefectSeverity::Dangerous => "mot.category-dangerous",
            _ => continue,
        };
        if let Some(rule) = case.rules.get(rule) {
            draft.lead_rule(rule);
        }
    }
}

/// The notes of the newest test by the categories that are asked for: "which are dangerous and which are major?".
fn by_category(case: &Case<'_>, facts: &Facts<'_>, draft: &mut Draft) {
    let asks =
        case.measured.has(&["which", "any", "what", "list", "many", "are"]) && !case.measured.has(&["mean", "means"]);
    let otherwise = case.ask.wants(Intent::Rule) || case.ask.is_about(Topic::NextTest);
    let Some(latest) = facts.latest().filter(|test| asks && !otherwise && !test.hides_defects()) else { return };
    for category in named(case) {
        let notes: Vec<_> = latest.notes().iter().filter(|note| note.defect.severity == *category).collect();
        if notes.is_empty() {
            let line = Line::new("No note of the newest test is ").say(severity(category));
            draft.lead(line.on(Basis::Test(latest.day)).say("."));
            continue;
        }
        let line = Line::new("As ").say(severity(category)).say(" the newest test has ");
        let line = notes.iter().take(TOLD).enumerate().fold(line, |line, (index, note)| {
            line.say(if index == 0 { "“" } else { ", “" }).quote(&note.defect.text).say("”")
        });
        let line = if notes.len() > TOLD { line.say(" and others") } else { line };
        draft.lead(line.on(Basis::Test(latest.day)).say("."));
    }
}

/// The notes on the parts that the question names that share most words with it, of the newest test that has them.
fn meant<'f, 'a>(case: &Case<'_>, facts: &'f Facts<'a>) -> Vec<(&'f Test<'a>, &'f Note<'a>)> {
    let part = |topic: &Topic| if let Topic::Part(part) = topic { Some(*part) } else { None };
    let parts: Vec<Component> = case.ask.topics.iter().filter_map(part).collect();
    let shared = |note: &Note<'_>| {
        let mut count = 0;
        each_word(&note.defect.text, |word| {
            stem(word);
            count += usize::from(word.len() > 2 && !SMALL.contains(&word.as_str()) && case.measured.has_stem(word));
        });
        count
    };
    let notes = facts.tests.iter().flat_map(|test| test.notes().iter().map(move |note| (test, note)));
    let of_parts = notes.filter(|(_, note)| parts.iter().any(|part| note.concerns(*part)));
    // What is asked of today is not answered by a test of years ago.
    let of_then = case.measured.has(&["was", "were", "did"]);
    let open = facts.open_notes().iter().any(|note| parts.iter().any(|part| note.concerns(*part)));
    let newest = facts.latest().and_then(|latest| latest.day);
    let of_parts = of_parts.filter(|(test, _)| of_then || !open || test.day == newest);
    let counted: Vec<(usize, &'f Test<'a>, &'f Note<'a>)> =
        of_parts.map(|(test, note)| (shared(note), test, note)).collect();
    let Some(most) = counted.iter().map(|(count, ..)| *count).max() else { return Vec::new() };
    let best = counted.iter().find(|(count, ..)| *count == most).map(|(_, test, _)| *test);
    let of_best = |test: &Test<'_>| best.is_some_and(|best| best.day == test.day);
    counted
        .iter()
        .filter(|(count, test, _)| *count == most && of_best(test))
        .map(|(_, test, note)| (*test, *note))
        .collect()
}
