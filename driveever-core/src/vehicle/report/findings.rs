//! What the latest test found, by urgency, and what keeps coming back.
//!
//! Testers word one fault differently every year ("Rear subframe has surface rust", "Rear subframe corroded"). Two findings
//! count as the same when their words for the part agree: more than half of the smaller set of part words is shared, and
//! their words for the place (front, offside) do not contradict. Words for the condition (worn, corroded) and filler words
//! do not count. The rule is crude but explainable, which a text-similarity score is not.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{DefectReading, Urgency, test_day};
use crate::vehicle::record::{DefectSeverity, MotDefect, VehicleRecord};

/// Tests at most this many days apart are one occasion: a failure and its retest.
const ONE_OCCASION_DAYS: i64 = 30;
/// After this many days without it, a finding is a new one and not the old one again: two yearly tests have passed.
const FORGOTTEN_DAYS: i64 = 800;
/// The newest tests, and the gravest defects of each, that are compared with one another: bounds the work on an absurd
/// record, and is more than a vehicle has.
const COMPARED_TESTS: usize = 60;
const COMPARED_DEFECTS: usize = 40;

/// One defect or note of the latest test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How soon to see to it.
    pub urgency: Urgency,
    /// Its severity, as recorded.
    pub severity: DefectSeverity,
    /// The tester's text, untrusted.
    pub text: String,
    /// The day of the test, when it is known.
    pub test_date: Option<NaiveDate>,
}

/// Something that was found on more than one occasion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecurringFinding {
    /// The tester's newest text for it, untrusted.
    pub text: String,
    /// Its newest severity.
    pub severity: DefectSeverity,
    /// When it was first found.
    pub first_seen: NaiveDate,
    /// When it was last found.
    pub last_seen: NaiveDate,
    /// On how many occasions; a failure and its retest are one.
    pub occasions: u32,
    /// Whether it is graver now than when it was first found.
    pub has_worsened: bool,
    /// Whether the latest test has it, and not as put right on the spot.
    pub is_open: bool,
}

impl RecurringFinding {
    /// Those of a record's tests, what is still open first.
    pub fn of(record: &VehicleRecord) -> Vec<Self> {
        recurring(record)
    }
}

pub(super) fn of_latest_test(record: &VehicleRecord) -> Vec<Finding> {
    let Some(test) = record.latest_test() else { return Vec::new() };
    let finding = |defect: &MotDefect| Finding {
        urgency: DefectReading::of(&defect.text).urgency(&defect.severity),
        severity: defect.severity.clone(),
        text: defect.text.clone(),
        test_date: test_day(test),
    };
    let mut findings: Vec<_> = test.defects.iter().map(finding).collect();
    findings.sort_by(|a, b| (a.urgency, &b.severity).cmp(&(b.urgency, &a.severity)));
    findings
}

/// One part's findings, oldest first.
struct Group {
    parts: Vec<Part>,
    newest_text: String,
    first_severity: DefectSeverity,
    newest_severity: DefectSeverity,
    first_seen: NaiveDate,
    last_seen: NaiveDate,
    occasions: u32,
    /// Position of the last test that has it.
    last_test: usize,
}

pub(super) fn recurring(record: &VehicleRecord) -> Vec<RecurringFinding> {
    let mut groups: Vec<Group> = Vec::new();
    let dated = record.mot_tests.iter().filter_map(|test| Some((test_day(test)?, test))).take(COMPARED_TESTS);
    let mut dated: Vec<_> = dated.collect();
    // The record is newest first. Reversing keeps a failure before a pass of the same day.
    dated.reverse();
    for (at, (day, test)) in dated.iter().enumerate() {
        for defect in test.defects.iter().take(COMPARED_DEFECTS) {
            let part = Part::of(&defect.text);
            if part.names.is_empty() {
                continue;
            }
            match groups.iter_mut().find(|group| group.goes_on_with(&part, *day)) {
                Some(group) => group.add(at, *day, defect, part),
                None => groups.push(Group::new(at, *day, defect, part)),
            }
        }
    }
    let mut recurring: Vec<_> = groups
        .into_iter()
        .filter(|group| group.occasions > 1)
        .map(|group| RecurringFinding {
            is_open: group.last_test + 1 == dated.len() && group.newest_severity != DefectSeverity::RectifiedAtStation,
            has_worsened: group.newest_severity > group.first_severity,
            text: group.newest_text,
            severity: group.newest_severity,
            first_seen: group.first_seen,
            last_seen: group.last_seen,
            occasions: group.occasions,
        })
        .collect();
    recurring.sort_by(|a, b| (b.is_open, &b.severity, b.occasions).cmp(&(a.is_open, &a.severity, a.occasions)));
    recurring
}

impl Group {
    fn new(test: usize, day: NaiveDate, defect: &MotDefect, part: Part) -> Self {
        Self {
            parts: vec![part],
            newest_text: defect.text.clone(),
            first_severity: defect.severity.clone(),
            newest_severity: defect.severity.clone(),
            first_seen: day,
            last_seen: day,
            occasions: 1,
            last_test: test,
        }
    }

    fn goes_on_with(&self, part: &Part, day: NaiveDate) -> bool {
        (day - self.last_seen).num_days() <= FORGOTTEN_DAYS && self.parts.iter().any(|known| known.is_same(part))
    }

    fn add(&mut self, test: usize, day: NaiveDate, defect: &MotDefect, part: Part) {
        if (day - self.last_seen).num_days() > ONE_OCCASION_DAYS {
            self.occasions += 1;
        }
        // Of several at one test the gravest speaks; defects come worst first.
        if self.last_test != test {
            self.newest_text.clone_from(&defect.text);
            self.newest_severity = defect.severity.clone();
        }
        self.last_seen = day;
        self.last_test = test;
        self.parts.push(part);
    }
}

/// The words of a finding for the part, and for its place.
struct Part {
    names: BTreeSet<String>,
    places: BTreeSet<&'static str>,
}

impl Part {
    fn of(text: &str) -> Self {
        let mut part = Self { names: BTreeSet::new(), places: BTreeSet::new() };
        let lower = text.to_lowercase().replace("n/s", "nearside ").replace("o/s", "offside ");
        for word in lower.split(|c: char| !c.is_alphabetic()) {
            if let Some(place) = PLACES.iter().find(|place| **place == word) {
                part.places.insert(place);
            } else if word.chars().count() > 2 && !FILLERS.contains(&word) {
                let stem = word.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s')).unwrap_or(word);
                if !CONDITIONS.iter().any(|condition| stem.starts_with(condition)) {
                    part.names.insert(stem.to_owned());
                }
            }
        }
        part
    }

    fn is_same(&self, other: &Self) -> bool {
        let smaller = self.names.len().min(other.names.len());
        let shared = self.names.intersection(&other.names).count();
        let contradict = |a: &str, b: &str| {
            let has = |part: &Self, place| part.places.contains(place);
            let only = |part: &Self, here, there| has(part, here) && !has(part, there);
            (only(self, a, b) && only(other, b, a)) || (only(self, b, a) && only(other, a, b))
        };
        shared * 2 > smaller && !OPPOSITES.iter().any(|(a, b)| contradict(a, b))
    }
}

const PLACES: [&str; 8] = ["front", "rear", "nearside", "offside", "inner", "outer", "upper", "lower"];

const OPPOSITES: [(&str, &str); 4] =
    [("front", "rear"), ("nearside", "offside"), ("inner", "outer"), ("upper", "lower")];

const FILLERS: [&str; 36] = [
    "and", "the", "for", "from", "has", "have", "are", "was", "but", "not", "yet", "with", "its", "that", "may",
    "both", "side", "sides", "one", "two", "into", "some", "very", "too", "all", "any", "this", "than", "more", "less",
    "near", "close", "slight", "slightly", "lightly", "heavily",
];

/// Beginnings of words for a condition.
const CONDITIONS: [&str; 36] = [
    "worn", "wear", "corro", "rust", "surface", "lipped", "scored", "pitted", "crack", "perish", "split", "leak",
    "loose", "play", "excess", "deterior", "damag", "broken", "burst", "weak", "cover", "greas", "limit", "legal",
    "edge", "beyond", "below", "minimum", "require", "work", "insecur", "fractur", "binding", "imbalan", "mist",
    "advis",
];
