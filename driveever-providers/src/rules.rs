//! UK vehicle rules as data: what the law, the agencies and the trade say, each with its source and its day.
//!
//! The rules live in the files of `data/rules` and are compiled in. A [`Rule`] is one statement that may be
//! shown as it stands, the [`Figure`]s in it that something is computed from, where it was read, and how it is found:
//! `keywords` for plain questions, `when` / `unless` for symptoms and emergencies. Loading checks the whole file
//! ([`Rules::parse`]), so that what uses a rule need not. The order of the files and in them is the order in which
//! emergencies are told: what endangers people stands in `uk-emergencies.json`, before what befalls vehicles.
//!
//! To add a rule, add an entry with a source to a file; no code changes unless something is computed from it. Rules
//! are data and not code, because figures change each tax year, and whoever changes one should not need a compiler to
//! be sure of it.
//!
//! ```
//! use driveever_providers::rules::Rules;
//! let fee = Rules::embedded().get("mot.fee").expect("a rule of the file");
//! assert_eq!(fee.figure("car").and_then(|figure| figure.pence), Some(5_485));
//! ```

mod check;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, LazyLock},
};

use chrono::{Months, NaiveDate};
use driveever_core::vehicle::report;
use serde::Deserialize;

use check::{check_figure, check_source, check_tables};

/// The files of the book, in the order in which their rules come.
const EMBEDDED: &[&str] = &[
    include_str!("../data/rules/uk-emergencies.json"),
    include_str!("../data/rules/uk-vehicle-rules.json"),
    // What a driver may do, and what a measured figure is held against.
    include_str!("../data/rules/uk-driver-rules.json"),
    include_str!("../data/rules/languages.json"),
];
/// The shape of the files that this code reads.
const SCHEMA: u32 = 1;

/// Where a rule was read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSource {
    /// What it is.
    pub title: String,
    /// Who publishes it, as an address where there is one.
    pub publisher: String,
    /// When it was published, where that is known: a year, a month or a day.
    pub date: Option<String>,
}

/// Where a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// The whole United Kingdom.
    Uk,
    /// England, Scotland and Wales.
    Gb,
    /// Northern Ireland.
    Ni,
    /// England.
    England,
    /// Scotland.
    Scotland,
    /// London.
    London,
}

/// How often the figures of a rule change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Changes {
    /// A fact that does not change.
    Never,
    /// Seldom.
    Rare,
    /// When the policy does.
    Policy,
    /// Each year, or each tax year.
    Yearly,
    /// By itself as time passes, such as an age limit.
    Rolling,
}

/// How pressing something is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Nothing needs doing.
    Information,
    /// Something to put in the diary.
    Plan,
    /// Something to do within days.
    Soon,
    /// Do not drive on.
    StopNow,
}

impl Urgency {
    /// As answers spell it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Plan => "plan",
            Self::Soon => "soon",
            Self::StopNow => "stop now",
        }
    }
}

impl From<report::Urgency> for Urgency {
    fn from(urgency: report::Urgency) -> Self {
        match urgency {
            report::Urgency::StopNow => Self::StopNow,
            report::Urgency::Soon => Self::Soon,
            report::Urgency::Plan => Self::Plan,
            report::Urgency::Information => Self::Information,
        }
    }
}

/// A number of a rule that something is computed from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Which figure of the rule it is; rows of one table share it.
    pub name: String,
    /// An amount in pence. A figure has this, or `value` with `unit`, or is a period of days alone.
    pub pence: Option<u32>,
    /// A quantity in `unit`.
    pub value: Option<f64>,
    /// What `value` counts.
    pub unit: Option<String>,
    /// For a row of a table: the least key that it applies to, such as g/km or cc.
    pub from: Option<u32>,
    /// The greatest key; absent: no bound.
    pub to: Option<u32>,
    /// The first day that it applies, for a scheme the first day of registration; absent: no bound.
    pub since: Option<NaiveDate>,
    /// The last day that it applies.
    pub until: Option<NaiveDate>,
}

impl Figure {
    fn covers(&self, key: u32) -> bool {
        self.from.is_none_or(|from| from <= key) && self.to.is_none_or(|to| key <= to)
    }

    /// Whether it applies on `day`.
    pub fn applies_on(&self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A figure of a table and whether it is the one for the day that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate<'a> {
    /// The figure.
    pub figure: &'a Figure,
    /// Whether it applies on that day; else it is the newest that is held.
    pub current: bool,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Unique, `topic.name`.
    pub id: String,
    /// What it is about.
    pub topic: String,
    /// The rule in full sentences, to be shown as it stands.
    pub statement: String,
    /// The rule without the rows of its table, for where one row is picked out.
    pub summary: Option<String>,
    /// Numbers in it that something is computed from.
    pub figures: Vec<Figure>,
    /// Where it was read, at least one.
    pub sources: Vec<Arc<RuleSource>>,
    /// How often its figures change.
    pub changes: Changes,
    /// Where it holds.
    pub region: Region,
    /// The day on which it was read from its source.
    pub as_of: NaiveDate,
    /// The last day for which its figures are known to hold, where they change each year.
    pub until: Option<NaiveDate>,
    /// Whether no source confirms it, or some part of it: general knowledge, to be shown as such.
    pub unconfirmed: bool,
    /// Words that find it.
    pub keywords: Vec<String>,
    /// What it says of urgency, for symptoms, emergencies and categories.
    pub urgency: Option<Urgency>,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// Whether it is told without any other emergency, because its steps and theirs contradict each other.
    pub alone: bool,
    /// Patterns that find it, any of them. A pattern is groups that must all match; a group is alternatives parted by
    /// `|`, of which one must occur; a group that begins with `!` must not match.
    pub when: Vec<Vec<String>>,
    /// Words that forbid it.
    pub unless: Vec<String>,
}

impl Rule {
    /// Whether it changes each year and `day` is past the period that its figures are for, so that they may be out of date.
    pub fn is_outdated_on(&self, day: NaiveDate) -> bool {
        self.until.is_some_and(|until| until < day)
    }

    /// The first figure of that name.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// The figure of that name on `day`, or else the newest that is held.
    pub fn rate(&self, name: &str, day: NaiveDate) -> Option<Rate<'_>> {
        self.pick(day, |figure| figure.name == name)
    }

    /// The row for `key` of the table of that name on `day`, or else of the newest that is held.
    pub fn row(&self, name: &str, key: u32, day: NaiveDate) -> Option<Rate<'_>> {
        self.pick(day, |figure| figure.name == name && figure.covers(key))
    }

    fn pick(&self, day: NaiveDate, wanted: impl Fn(&Figure) -> bool) -> Option<Rate<'_>> {
        let rows = || self.figures.iter().filter(|figure| wanted(figure));
        let current = rows().find(|figure| figure.applies_on(day)).map(|figure| Rate { figure, current: true });
        current.or_else(|| rows().max_by_key(|figure| figure.until).map(|figure| Rate { figure, current: false }))
    }
}

/// Why a file of rules is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// It is no JSON of this shape.
    #[error("the rules are not in their shape: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is of another schema.
    #[error("the rules have schema {found}; this program reads schema {SCHEMA}")]
    Schema {
        /// The schema of the file.
        found: u32,
    },
    /// A rule breaks a condition.
    #[error("rule {id:?}: {problem}")]
    Rule {
        /// Its id.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// A source breaks a condition.
    #[error("source {key:?}: {problem}")]
    Source {
        /// Its key.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

/// All rules, checked.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    by_id: HashMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawFile {
    schema: u32,
    as_of: NaiveDate,
    #[expect(dead_code, reason = "read by people, kept so that unknown fields can be refused")]
    notice: String,
    sources: BTreeMap<String, RuleSource>,
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawRule {
    id: String,
    topic: String,
    statement: String,
    summary: Option<String>,
    #[serde(default)]
    figures: Vec<Figure>,
    sources: Vec<String>,
    changes: Changes,
    region: Region,
    as_of: Option<NaiveDate>,
    until: Option<NaiveDate>,
    #[serde(default)]
    unconfirmed: bool,
    #[serde(default)]
    keywords: Vec<String>,
    urgency: Option<Urgency>,
    #[serde(default)]
    steps: Vec<String>,
    #[serde(default)]
    alone: bool,
    #[serde(default)]
    when: Vec<Vec<String>>,
    #[serde(default)]
    unless: Vec<String>,
}

impl Rules {
    /// The rules that are compiled in. A test holds that they load; files that did not would leave none.
    pub fn embedded() -> &'static Self {
        static RULES: LazyLock<Rules> =
            LazyLock::new(|| Rules::parse_all(EMBEDDED).unwrap_or(Rules { rules: Vec::new(), by_id: HashMap::new() }));
        &RULES
    }

    /// Reads and checks a file of rules.
    pub fn parse(json: &str) -> Result<Self, RulesError> {
        Self::parse_all(&[json])
    }

    /// Reads and checks several files as one book: each has sources of its own, and an id is there once in all of them.
    pub fn parse_all(files: &[&str]) -> Result<Self, RulesError> {
        let mut book = Self { rules: Vec::new(), by_id: HashMap::new() };
        for json in files {
            book.read(json)?;
        }
        Ok(book)
    }

    /// Adds the rules of a file.
    fn read(&mut self, json: &str) -> Result<(), RulesError> {
        let file: RawFile = serde_json::from_str(json)?;
        if file.schema != SCHEMA {
            return Err(RulesError::Schema { found: file.schema });
        }
        for (key, source) in &file.sources {
            check_source(source).map_err(|problem| RulesError::Source { key: key.clone(), problem })?;
        }
        let sources: HashMap<String, Arc<RuleSource>> =
            file.sources.into_iter().map(|(key, source)| (key, Arc::new(source))).collect();
        for raw in file.rules {
            let id = raw.id.clone();
            let rule =
                checked(raw, &sources, file.as_of).map_err(|problem| RulesError::Rule { id: id.clone(), problem })?;
            if self.by_id.insert(id.clone(), self.rules.len()).is_some() {
                return Err(RulesError::Rule { id, problem: "the id is there twice".to_owned() });
            }
            self.rules.push(rule);
        }
        Ok(())
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.by_id.get(id).and_then(|index| self.rules.get(*index))
    }

    /// All rules, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }
}

fn checked(raw: RawRule, sources: &HashMap<String, Arc<RuleSource>>, as_of: NaiveDate) -> Result<Rule, String> {
    let (topic, name) = raw.id.split_once('.').ok_or("the id is not `topic.name`")?;
    if topic != raw.topic || name.is_empty() {
        return Err(format!("the id does not begin with its topic {:?}", raw.topic));
    }
    if raw.statement.trim().is_empty() || raw.summary.as_ref().is_some_and(|summary| summary.trim().is_empty()) {
        return Err("the statement is empty".to_owned());
    }
    let texts = raw.keywords.iter().chain(&raw.steps).chain(&raw.unless).chain(raw.when.iter().flatten());
    if texts.into_iter().any(|text| text.trim().is_empty()) || raw.when.iter().any(Vec::is_empty) {
        return Err("a keyword, step or pattern is empty".to_owned());
    }
    for figure in &raw.figures {
        check_figure(figure).map_err(|problem| format!("figure {:?}: {problem}", figure.name))?;
    }
    check_tables(&raw.figures)?;
    if raw.sources.is_empty() {
        return Err("it names no source".to_owned());
    }
    let mut seen = HashSet::new();
    let mut found = Vec::with_capacity(raw.sources.len());
    for key in &raw.sources {
        if !seen.insert(key) {
            return Err(format!("source {key:?} is named twice"));
        }
        found.push(Arc::clone(sources.get(key).ok_or_else(|| format!("source {key:?} is not in the file"))?));
    }
    let as_of = raw.as_of.unwrap_or(as_of);
    Ok(Rule {
        as_of,
        until: last_day(&raw, as_of)?,
        id: raw.id,
        topic: raw.topic,
        statement: raw.statement,
        summary: raw.summary,
        figures: raw.figures,
        sources: found,
        changes: raw.changes,
        region: raw.region,
        unconfirmed: raw.unconfirmed,
        keywords: raw.keywords,
        urgency: raw.urgency,
        steps: raw.steps,
        alone: raw.alone,
        when: raw.when,
        unless: raw.unless,
    })
}

/// The last day for which the figures of a rule that changes each year are known to hold: the one that the file names, or
/// the end of its newest figure's period, or a year after it was read. A rule that does not change each year has none.
fn last_day(raw: &RawRule, as_of: NaiveDate) -> Result<Option<NaiveDate>, String> {
    if raw.changes != Changes::Yearly {
        return if raw.until.is_some() { Err("only what changes yearly has an `until`".to_owned()) } else { Ok(None) };
    }
    let of_figures = raw.figures.iter().filter_map(|figure| figure.until).max();
    let until = raw.until.or(of_figures).or_else(|| as_of.checked_add_months(Months::new(12)));
    Ok(until)
}

#[cfg(test)]
mod tests;
