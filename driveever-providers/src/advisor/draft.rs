//! An answer before it is text: lines whose every piece knows where it comes from.
//!
//! A [`Line`] is built from prose (which holds no figures), facts of the record, untrusted texts of the record, rules,
//! and values worked out from them. So "no number is invented" is a property of the type that tests can check, and the
//! sources of an answer are the sources of the lines that were really shown.

use std::fmt::Write as _;

use chrono::NaiveDate;
use driveever_core::{
    time::london_day,
    vehicle::record::{RecordSource, Sourced},
};

use super::{facts::Test, render::escape};
use crate::rules::{Figure, Rule, Urgency};

/// Where a piece of text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// This program's own words, without figures.
    Prose,
    /// The vehicle's record.
    Record,
    /// The question itself.
    Question,
    /// The rules.
    Rule,
    /// Worked out from the record, the rules and today.
    Derived,
}

/// What a line rests on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Basis {
    /// A source's reading of the vehicle, on a day.
    Reading(RecordSource, NaiveDate),
    /// An MOT test.
    Test(Option<NaiveDate>),
    /// A rule.
    Rule(&'static Rule),
}

impl PartialEq for Basis {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reading(a, on), Self::Reading(b, at)) => a == b && on == at,
            (Self::Test(a), Self::Test(b)) => a == b,
            (Self::Rule(a), Self::Rule(b)) => a.id == b.id,
            _ => false,
        }
    }
}

/// One sentence or list item, in Markdown.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// The text so far.
    pub(super) text: String,
    /// Where each piece of the text ends, and where it comes from.
    pub(super) pieces: Vec<(usize, Origin)>,
    /// What it rests on.
    pub(super) bases: Vec<Basis>,
}

impl Line {
    /// A line that begins with prose.
    pub(super) fn new(text: &str) -> Self {
        Self::default().say(text)
    }

    fn piece(mut self, origin: Origin) -> Self {
        self.pieces.push((self.text.len(), origin));
        self
    }

    /// Prose: no figures.
    pub(super) fn say(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self.piece(Origin::Prose)
    }

    /// A text of the record; escaped and bounded.
    pub(super) fn quote(mut self, text: &str) -> Self {
        escape(text, &mut self.text);
        self.piece(Origin::Record)
    }

    /// A day of the record.
    pub(super) fn date(mut self, day: NaiveDate) -> Self {
        let _ = write!(self.text, "{}", day.format("%-d %B %Y"));
        self.piece(Origin::Record)
    }

    /// A month of the record, by its first day.
    pub(super) fn month(mut self, first: NaiveDate) -> Self {
        let _ = write!(self.text, "{}", first.format("%B %Y"));
        self.piece(Origin::Record)
    }

    /// A number of the record.
    pub(super) fn number(mut self, number: u32) -> Self {
        self.text.push_str(&grouped(i64::from(number)));
        self.piece(Origin::Record)
    }

    /// A word of the question, as it was read.
    pub(super) fn stated(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self.piece(Origin::Question)
    }

    /// A number that the question states.
    pub(super) fn stated_number(mut self, number: u32) -> Self {
        self.text.push_str(&grouped(i64::from(number)));
        self.piece(Origin::Question)
    }

    /// A year that the question states.
    pub(super) fn stated_year(mut self, year: u16) -> Self {
        let _ = write!(self.text, "{year}");
        self.piece(Origin::Question)
    }

    /// A year of the record.
    pub(super) fn year(mut self, year: u16) -> Self {
        let _ = write!(self.text, "{year}");
        self.piece(Origin::Record)
    }

    /// A year that was worked out.
    pub(super) fn derived_year(mut self, year: u16) -> Self {
        let _ = write!(self.text, "{year}");
        self.piece(Origin::Derived)
    }

    /// A number that was worked out.
    pub(super) fn count(mut self, number: i64) -> Self {
        self.text.push_str(&grouped(number));
        self.piece(Origin::Derived)
    }

    /// A day that was worked out.
    pub(super) fn derived_date(mut self, day: NaiveDate) -> Self {
        let _ = write!(self.text, "{}", day.format("%-d %B %Y"));
        self.piece(Origin::Derived)
    }

    /// A number of days with its noun, worked out.
    pub(super) fn days(self, days: i64) -> Self {
        let noun = if days == 1 { " day" } else { " days" };
        self.count(days).say(noun)
    }

    /// An amount of a rule, and the rule as what it rests on.
    pub(super) fn amount(mut self, rule: &'static Rule, figure: &Figure) -> Self {
        if let Some(pence) = figure.pence {
            let _ = match pence % 100 {
                0 => write!(self.text, "£{}", grouped(i64::from(pence / 100))),
                rest => write!(self.text, "£{}.{rest:02}", grouped(i64::from(pence / 100))),
            };
        } else if let Some(value) = figure.value {
            let whole = format!("{value:.0}").parse::<i64>().ok().filter(|_| value.fract() == 0.0);
            self.text.push_str(&whole.map_or_else(|| value.to_string(), grouped));
        }
        self.piece(Origin::Rule).on(Basis::Rule(rule))
    }

    /// The figure of that name of a rule, where it has one.
    pub(super) fn amount_of(self, rule: &'static Rule, name: &str) -> Self {
        match rule.figure(name) {
            Some(figure) => self.amount(rule, figure),
            None => self,
        }
    }

    /// A day of a rule.
    pub(super) fn rule_date(mut self, day: NaiveDate) -> Self {
        let _ = write!(self.text, "{}", day.format("%-d %B %Y"));
        self.piece(Origin::Rule)
    }

    /// A rule's own words.
    pub(super) fn rule_words(mut self, rule: &'static Rule, words: &str) -> Self {
        self.text.push_str(words);
        self.piece(Origin::Rule).on(Basis::Rule(rule))
    }

    /// Goes on with another line.
    pub(super) fn then(mut self, other: Self) -> Self {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.pieces.extend(other.pieces.into_iter().map(|(end, origin)| (start + end, origin)));
        other.bases.into_iter().fold(self, Self::on)
    }

    /// Adds what it rests on.
    pub(super) fn on(mut self, basis: Basis) -> Self {
        if !self.bases.contains(&basis) {
            self.bases.push(basis);
        }
        self
    }

    /// Words of the vehicle's report, worked out from the record.
    pub(super) fn report_words(mut self, words: &str) -> Self {
        self.text.push_str(words);
        self.piece(Origin::Derived)
    }

    /// Ends the line with the source of a fact in brackets.
    pub(super) fn cite<T>(self, fact: &Sourced<T>) -> Self {
        self.cite_all(&[(fact.source, london_day(fact.fetched_at))])
    }

    /// Ends the line with the sources of several facts in brackets, each once.
    pub(super) fn cite_all(self, readings: &[(RecordSource, NaiveDate)]) -> Self {
        let mut line = self;
        let mut told: Vec<(RecordSource, NaiveDate)> = Vec::new();
        for reading @ (source, day) in readings {
            if told.contains(reading) {
                continue;
            }
            line = line.say(if told.is_empty() { " (" } else { "; " }).say(source_name(*source));
            line = if *source == RecordSource::Derived { line } else { line.say(", read ").date(*day) };
            line = line.on(Basis::Reading(*source, *day));
            told.push(*reading);
        }
        if told.is_empty() { line } else { line.say(")") }
    }

    /// A rule's words with its source and day, and a warning when its figures may be out of date on `today`.
    pub(super) fn cited_rule(rule: &'static Rule, words: &str, today: NaiveDate) -> Self {
        let line = Self::default().rule_words(rule, words);
        let source = rule.sources.first();
        let line = if rule.unconfirmed && rule.sources.len() == 1 {
            line.say(" (general knowledge, unconfirmed")
        } else {
            let line = line.say(" (").rule_words(rule, source.map_or("", |source| source.title.as_str()));
            let line = match source.and_then(|source| source.date.as_deref()) {
                Some(date) => line.say(", of ").rule_words(rule, date),
                None => line,
            };
            line.say(", read ").rule_date(rule.as_of)
        };
        match rule.until.filter(|_| rule.is_outdated_on(today)) {
            Some(until) => {
                line.say("; it changes yearly and may be out of date, as it is known to hold until ").rule_date(until)
            }
            None => line,
        }
        .say(")")
    }

    /// Ends the line with a test in brackets.
    pub(super) fn cite_test(self, test: &Test<'_>) -> Self {
        let line = match test.day {
            Some(day) => self.say(" (MOT test of ").date(day).say(")"),
            None => self.say(" (MOT test without a date)"),
        };
        line.on(Basis::Test(test.day))
    }
}

/// The name of a source in brackets.
fn source_name(source: RecordSource) -> &'static str {
    match source {
        RecordSource::Dvla => "DVLA",
        RecordSource::Dvsa => "DVSA",
        RecordSource::Owner => "from the owner",
        RecordSource::Derived => "worked out from the record",
    }
}

/// A number with a comma between thousands.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How the record stands to something that the question says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It says the same.
    Confirmed,
    /// It says otherwise.
    Contradicted,
    /// It does not say.
    Unconfirmed,
}

/// An answer in the making. Lines come in the order in which they matter; a line that is there already is not added.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Why it is urgent, with how urgent.
    pub(super) reasons: Vec<(Urgency, Line)>,
    /// Steps before everything else.
    pub(super) first: Vec<Line>,
    /// The answer in a sentence or two.
    pub(super) lead: Vec<Line>,
    /// What the question itself says of the vehicle, and the record does too.
    pub(super) confirmed: Vec<Line>,
    /// What the question itself says of the vehicle, against the record.
    pub(super) contradicted: Vec<Line>,
    /// What the question itself says of the vehicle, and no record tells.
    pub(super) stated: Vec<Line>,
    /// What the record says.
    pub(super) known: Vec<Line>,
    /// What the rules say.
    pub(super) rules: Vec<Line>,
    /// What is not known.
    pub(super) unknown: Vec<Line>,
    /// What to do next.
    pub(super) steps: Vec<Line>,
    /// What it costs.
    pub(super) costs: Vec<Line>,
    /// The day of the answer.
    today: NaiveDate,
    /// Whether it is not to be driven, not even to a garage, by what the driver noticed or measured.
    grounded: bool,
    /// Rules that were told with their source.
    told: Vec<&'static str>,
}

fn add(lines: &mut Vec<Line>, line: Line) {
    if !lines.iter().any(|there| there.text == line.text) {
        lines.push(line);
    }
}

impl Draft {
    /// One for this day.
    pub(super) fn new(today: NaiveDate) -> Self {
        Self { today, ..Self::default() }
    }

    /// A reason for an urgency.
    pub(super) fn reason(&mut self, urgency: Urgency, line: Line) {
        if !self.reasons.iter().any(|(_, there)| there.text == line.text) {
            self.reasons.push((urgency, line));
        }
    }

    /// A rule as a reason, with its source and day.
    pub(super) fn reason_rule(&mut self, urgency: Urgency, rule: &'static Rule) {
        let line = self.tell(rule, &rule.statement);
        self.reason(urgency, line);
    }

    /// A sentence that answers.
    pub(super) fn lead(&mut self, line: Line) {
        add(&mut self.lead, line);
    }

    /// A rule that answers, with its source and day; one that stood among the rules moves up.
    pub(super) fn lead_rule(&mut self, rule: &'static Rule) {
        if let Some(at) = self.rules.iter().position(|line| line.text.starts_with(&rule.statement)) {
            let line = self.rules.remove(at);
            self.lead(line);
        } else if !self.told.contains(&rule.id.as_str()) {
            let line = self.tell(rule, &rule.statement);
            self.lead(line);
        }
    }

    /// Whether something answers already: a lead, or what to do first, or a reason that is a rule.
    pub(super) fn answers(&self) -> bool {
        let by_rule = || self.reasons.iter().any(|(_, line)| line.bases.iter().any(|b| matches!(b, Basis::Rule(_))));
        !self.lead.is_empty() || !self.first.is_empty() || by_rule()
    }

    /// Something that the question says of the vehicle, and how the record stands to it.
    pub(super) fn stated(&mut self, standing: Standing, line: Line) {
        add(
            match standing {
                Standing::Confirmed => &mut self.confirmed,
                Standing::Contradicted => &mut self.contradicted,
                Standing::Unconfirmed => &mut self.stated,
            },
            line,
        );
    }

    /// A fact of the record, if there is one.
    pub(super) fn known(&mut self, line: impl Into<Option<Line>>) {
        if let Some(line) = line.into() {
            add(&mut self.known, line);
        }
    }

    /// A rule, with its source and day, unless it was told.
    pub(super) fn rule(&mut self, rule: Option<&'static Rule>) {
        debug_assert!(rule.is_some(), "a composer names a rule that is not in the data");
        let Some(rule) = rule else { return };
        if !self.told.contains(&rule.id.as_str()) {
            let line = self.tell(rule, &rule.statement);
            add(&mut self.rules, line);
        }
    }

    /// A rule of whose table one row is told elsewhere, without the others.
    pub(super) fn rule_of_row(&mut self, rule: &'static Rule) {
        if !self.told.contains(&rule.id.as_str()) {
            let line = self.tell(rule, rule.summary.as_ref().unwrap_or(&rule.statement));
            add(&mut self.rules, line);
        }
    }

    fn tell(&mut self, rule: &'static Rule, words: &str) -> Line {
        self.told.push(rule.id.as_str());
        Line::cited_rule(rule, words, self.today)
    }

    /// A fact that is missing.
    pub(super) fn unknown(&mut self, line: Line) {
        add(&mut self.unknown, line);
    }

    /// A step.
    pub(super) fn step(&mut self, line: Line) {
        add(&mut self.steps, line);
    }

    /// A step that has it driven somewhere: none where it is not to be driven.
    pub(super) fn step_by_road(&mut self, line: Line) {
        if !self.grounded {
            self.step(line);
        }
    }

    /// It is not to be driven, not even to a garage: what follows must not send it anywhere by road.
    pub(super) fn ground(&mut self) {
        self.grounded = true;
    }

    /// Whether it is not to be driven, not even to a garage.
    pub(super) fn is_grounded(&self) -> bool {
        self.grounded
    }

    /// A cost, or that none is held.
    pub(super) fn cost(&mut self, line: Line) {
        add(&mut self.costs, line);
    }

    /// The rules that its lines rest on, in the order in which they are shown, each once.
    pub(super) fn rules_used(&self) -> Vec<&'static Rule> {
        let reasons = self.reasons.iter().map(|(_, line)| line);
        let rest = [&self.first, &self.lead, &self.rules, &self.steps, &self.costs];
        let mut rules: Vec<&'static Rule> = Vec::new();
        for basis in reasons.chain(rest.into_iter().flatten()).flat_map(|line| &line.bases) {
            if let Basis::Rule(rule) = basis
                && !rules.iter().any(|there| there.id == rule.id)
            {
                rules.push(rule);
            }
        }
        rules
    }

    /// The greatest urgency and its first reason.
    pub(super) fn urgency(&self) -> (Urgency, Option<&Line>) {
        let top = self.reasons.iter().map(|(urgency, _)| *urgency).max().unwrap_or(Urgency::Information);
        (top, self.reasons.iter().find(|(urgency, _)| *urgency == top).map(|(_, line)| line))
    }
}
