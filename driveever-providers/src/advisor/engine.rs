//! The advisor's tables, made once, and how a question is understood with them.

use std::{cmp::Reverse, collections::HashMap, sync::LazyLock};

use driveever_core::vehicle::registration::{Registration, RegistrationKind};

use super::{
    alarm::{Alarm, Heard, is_for_any},
    asking,
    denial::Denial,
    text::{Lexicon, Pattern, WordId, Words},
    tongues::{self, Foreign},
    topics::{ASPECTS, INTENTS, Intent, NOT_HELD, RECORD_WORDS, RULED, Topic, VOCABULARY, refine},
};
use crate::rules::{Rule, Rules, Urgency};

/// How many symptoms of one question are answered.
const MAX_SYMPTOMS: usize = 3;
/// How many rules a plain search adds.
const MAX_FOUND: usize = 4;
/// What a search must score: a phrase of two words, or two words.
const MIN_SCORE: usize = 4;

/// How many words of a question are looked at for registration marks.
const MAX_MARK_WORDS: usize = 200;
/// How many registration marks of a question are noticed.
const MAX_MARKS: usize = 3;
/// Shorter marks are too easily words.
const MIN_MARK: usize = 6;

/// Keywords that fit many rules: they help a rule that another keyword finds, and find none by themselves.
const GENERIC: &[&str] = &[
    "fine",
    "penalty",
    "points",
    "cost",
    "how much",
    "price",
    "charge",
    "fee",
    "check",
    "change",
    "legal",
    "limit",
    "when",
    "level",
    "replace",
    "how often",
    "last",
    "old",
    "month",
    "early",
    "buy",
    "sell",
    "sale",
    "used",
    "need",
    "late",
    "expired",
    "fail",
    "drive",
    "worn",
    "noise",
    "electric",
    "historic",
    "exempt",
    "battery",
    "buying",
    "before",
    "petrol",
    "diesel",
    "insurance",
    "service",
    "hybrid",
    "category",
    "categories",
];

/// A rule that patterns find.
struct Trigger {
    rule: &'static Rule,
    any: Vec<Pattern>,
    unless: Vec<Vec<WordId>>,
}

impl Trigger {
    fn fires(&self, words: &Words) -> bool {
        self.any.iter().any(|pattern| pattern.matches(words)) && !self.unless.iter().any(|phrase| words.has(phrase))
    }
}

/// The advisor's tables.
pub(super) struct Engine {
    pub(super) rules: &'static Rules,
    lexicon: Lexicon,
    denial: Denial,
    alarm: Alarm,
    /// Phrases of topics by their first word, longest first.
    topics: HashMap<WordId, Vec<(Vec<WordId>, Topic)>>,
    intents: Vec<(Intent, Vec<Vec<WordId>>)>,
    aspects: Vec<(&'static str, Vec<Vec<WordId>>)>,
    emergencies: Vec<Trigger>,
    symptoms: Vec<Trigger>,
    keywords: Vec<(&'static Rule, Vec<Vec<WordId>>)>,
    generic: Vec<Vec<WordId>>,
    /// Words for parts, which are heard in a clause that asks for a state.
    parts: Vec<WordId>,
    /// Words for the state of a part.
    states: Vec<WordId>,
}

/// A question, understood.
#[derive(Debug)]
pub(super) struct Ask {
    /// Most telling first.
    pub(super) topics: Vec<Topic>,
    intents: Vec<Intent>,
    /// Emergencies, in the order of the rules.
    pub(super) emergencies: Vec<&'static Rule>,
    /// Whether an emergency is spoken of that nothing says is happening.
    pub(super) set_aside: bool,
    /// The language, where it is not English.
    pub(super) foreign: Option<Foreign>,
    /// Situations, such as driving without insurance, then symptoms, in the order of the rules.
    pub(super) symptoms: Vec<&'static Rule>,
    /// Symptoms that the question only asks about: "are my tyres bald?".
    pub(super) asked: Vec<&'static Rule>,
    /// Whether it asks for the state of a part.
    pub(super) asks_state: bool,
    /// Rules that a plain search finds, best first.
    pub(super) found: Vec<&'static Rule>,
    /// Rules of which at least one telling keyword occurs.
    touched: Vec<&'static Rule>,
    /// The prompt category, when it is known.
    pub(super) category: Option<String>,
    /// The vehicle's details that the question names.
    pub(super) aspects: Vec<&'static str>,
    /// Registration marks in the question.
    pub(super) marks: Vec<String>,
}

impl Ask {
    /// Whether something is wanted.
    pub(super) fn wants(&self, intent: Intent) -> bool {
        self.intents.contains(&intent)
    }

    /// Whether a short answer is wanted.
    pub(super) fn wants_brief(&self) -> bool {
        self.wants(Intent::Brief)
    }

    /// Whether a telling keyword of the rule occurs.
    pub(super) fn touches(&self, id: &str) -> bool {
        self.touched.iter().any(|rule| rule.id == id)
    }

    /// The rule of that topic with the most telling keywords in the question.
    pub(super) fn touched_of(&self, topic: &str) -> Option<&'static Rule> {
        self.touched.iter().copied().find(|rule| rule.topic == topic)
    }

    /// Whether the topic was found.
    pub(super) fn is_about(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }
}

impl Engine {
    /// The tables, made at the first call.
    pub(super) fn get() -> &'static Self {
        static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);
        &ENGINE
    }

    fn new() -> Self {
        let rules = Rules::embedded();
        let mut lexicon = Lexicon::default();
        let mut topics: HashMap<WordId, Vec<(Vec<WordId>, Topic)>> = HashMap::new();
        let held = VOCABULARY.iter().chain(RECORD_WORDS).copied();
        let by_rule = RULED.iter().enumerate().map(|(index, entry)| (Topic::Ruled(index), entry.words));
        let not_held = NOT_HELD.iter().enumerate().map(|(index, entry)| (Topic::NotHeld(index), entry.words));
        for (topic, list) in held.chain(by_rule).chain(not_held) {
            for phrase in phrases(list, &mut lexicon) {
                let Some(first) = phrase.first() else { continue };
                let entries = topics.entry(*first).or_default();
                // Forms of one word are one phrase, and count once.
                if !entries.contains(&(phrase.clone(), topic)) {
                    entries.push((phrase, topic));
                }
            }
        }
        for list in topics.values_mut() {
            list.sort_by_key(|(phrase, _)| Reverse(phrase.len()));
        }
        let intents = INTENTS.iter().map(|(intent, list)| (*intent, phrases(list, &mut lexicon))).collect();
        let aspects = ASPECTS.iter().map(|(aspect, list)| (*aspect, phrases(list, &mut lexicon))).collect();
        let keywords = rules
            .iter()
            .map(|rule| (rule, rule.keywords.iter().map(|word| lexicon.learn_phrase(word)).collect()))
            .collect();
        let mut triggers = |topic: &str| -> Vec<Trigger> {
            let of_topic = rules.iter().filter(|rule| rule.topic == topic);
            of_topic.map(|rule| trigger(rule, &mut lexicon)).collect()
        };
        let emergencies = triggers("emergency");
        let symptoms = triggers("situation").into_iter().chain(triggers("symptom")).collect();
        let denial = Denial::learn(&mut lexicon);
        let alarm = Alarm::learn(&mut lexicon);
        let generic = GENERIC.iter().map(|word| lexicon.learn_phrase(word)).collect();
        let (parts, states) = (lexicon.learn_phrase(asking::PARTS), lexicon.learn_phrase(asking::STATES));
        Self {
            rules,
            lexicon,
            denial,
            alarm,
            topics,
            intents,
            aspects,
            emergencies,
            symptoms,
            keywords,
            generic,
            parts,
            states,
        }
    }

    /// Understands a question.
    pub(super) fn ask(&self, question: &str, category: Option<&str>) -> Ask {
        let words = self.lexicon.read(question);
        let intents = named(&self.intents, &words);
        // What the question says is not so, or is over, alarms nobody.
        let meant = self.denial.strike(&words);
        let fired = |triggers: &'static [Trigger], words: &Words, limit| {
            triggers
                .iter()
                .filter(|trigger| trigger.fires(words))
                .map(|trigger| trigger.rule)
                .take(limit)
                .collect::<Vec<_>>()
        };
        let engine = Self::get();
        // Nor does a rule on lamps answer who says that none is lit.
        let lit = |rule: &Rule| rule.topic != "lamps" || self.keywords_of(rule).any(|phrase| meant.has(phrase));
        let mut scored = self.search(&words);
        scored.retain(|(rule, _)| lit(rule));
        let topics = refine(&self.topics_meant(&words, &meant), &intents);
        let of_part = topics.iter().any(|topic| matches!(topic, Topic::Part(_)));
        let possible = fired(&engine.symptoms, &meant, MAX_SYMPTOMS);
        let symptoms = match self.reported(&meant).filter(|_| of_part) {
            Some(words) => fired(&engine.symptoms, &words, MAX_SYMPTOMS),
            None => possible.clone(),
        };
        let only_asked = |rule: &&Rule| symptoms.iter().all(|there| there.id != rule.id);
        let asked: Vec<&'static Rule> = possible.iter().copied().filter(only_asked).collect();
        let settled = engine.alarm.settle(
            fired(&engine.emergencies, &meant, usize::MAX),
            self.rules.iter().find(|rule| is_for_any(rule)),
            &Heard {
                question,
                category,
                words: &words,
                meant: &meant,
                of_papers: !topics.is_empty() && topics.iter().all(|topic| topic.is_of_papers()),
                bare: topics.iter().all(|topic| *topic == Topic::Capabilities),
                ruled: ruled(&symptoms, &possible, &topics),
            },
        );
        Ask {
            topics,
            intents,
            emergencies: settled.emergencies,
            set_aside: settled.set_aside,
            foreign: tongues::heard(question),
            asks_state: of_part && (!asked.is_empty() || self.names_state(&words)),
            asked,
            symptoms,
            found: scored
                .iter()
                .filter(|(_, score)| *score >= MIN_SCORE)
                .map(|(rule, _)| *rule)
                .take(MAX_FOUND)
                .collect(),
            touched: scored.iter().map(|(rule, _)| *rule).collect(),
            category: category.map(str::to_owned),
            aspects: named(&self.aspects, &words),
            marks: marks(question),
        }
    }

    /// The words that report something, when others only ask for a state: in a clause that asks, nothing but the parts is
    /// heard, so that "are my brakes worn? They grind" still tells of brakes that grind.
    fn reported(&self, words: &Words) -> Option<Words> {
        let is_part = |place: &usize| words.ids().get(*place).is_some_and(|id| self.parts.contains(id));
        let silent: Vec<usize> = words.asked().filter(|place| !is_part(place)).collect();
        (!silent.is_empty()).then(|| words.without(&silent))
    }

    /// Whether a clause that asks for a state names one.
    fn names_state(&self, words: &Words) -> bool {
        words.asked().filter_map(|place| words.ids().get(place)).any(|id| self.states.contains(id))
    }

    /// The topics of a question with their scores, without those of hazards that the question says are not there.
    fn topics_meant(&self, words: &Words, meant: &Words) -> Vec<(Topic, usize)> {
        let mut topics = self.topics(words);
        if words != meant {
            let left = self.topics(meant);
            let hazard = |topic: &Topic| matches!(topic, Topic::Smoke | Topic::Flood | Topic::Breakdown);
            topics.retain(|(topic, _)| !hazard(topic) || left.iter().any(|(there, _)| there == topic));
        }
        topics
    }

    /// The topics of a question with their scores: a phrase counts its words, and takes them from shorter ones.
    fn topics(&self, words: &Words) -> Vec<(Topic, usize)> {
        let mut scores: Vec<(Topic, usize)> = Vec::new();
        let mut at = 0;
        while let Some(word) = words.ids().get(at) {
            let rest = words.ids().get(at..).unwrap_or_default();
            let listed = self.topics.get(word).map(Vec::as_slice).unwrap_or_default();
            let longest =
                listed.iter().find(|(phrase, _)| rest.starts_with(phrase)).map_or(0, |(phrase, _)| phrase.len());
            for (_, topic) in listed.iter().filter(|(phrase, _)| phrase.len() == longest && rest.starts_with(phrase)) {
                let score = longest * 2 - 1;
                match scores.iter_mut().find(|(there, _)| there == topic) {
                    Some((_, sum)) => *sum += score,
                    None => scores.push((*topic, score)),
                }
            }
            at += longest.max(1);
        }
        scores.sort_by_key(|(_, score)| Reverse(*score));
        scores
    }

    fn keywords_of(&self, rule: &Rule) -> impl Iterator<Item = &[WordId]> + use<'_> {
        let of_rule = self.keywords.iter().find(|(there, _)| there.id == rule.id);
        of_rule.into_iter().flat_map(|(_, phrases)| phrases.iter().map(Vec::as_slice))
    }

    /// Rules with a telling keyword in the question and their scores, best first.
    fn search(&self, words: &Words) -> Vec<(&'static Rule, usize)> {
        let score = |phrases: &[Vec<WordId>]| {
            let found = || phrases.iter().filter(|phrase| words.has(phrase));
            let telling = found().any(|phrase| !self.generic.contains(phrase));
            if telling { found().map(|phrase| phrase.len() * 2).sum() } else { 0 }
        };
        let scored = self.keywords.iter().map(|(rule, phrases)| (*rule, score(phrases)));
        let mut found: Vec<(&'static Rule, usize)> = scored.filter(|(_, score)| *score > 0).collect();
        found.sort_by_key(|(_, score)| Reverse(*score));
        found
    }
}

/// How urgent what answers by a rule of its own is: symptoms, or else subjects.
fn ruled(symptoms: &[&Rule], possible: &[&Rule], topics: &[Topic]) -> Option<Urgency> {
    let of_subject = || !possible.is_empty() || topics.iter().any(|topic| matches!(topic, Topic::Ruled(_)));
    let of_symptoms = symptoms.iter().map(|rule| rule.urgency.unwrap_or(Urgency::Soon)).max();
    of_symptoms.or_else(|| of_subject().then_some(Urgency::Information))
}

/// Registration marks in a question, written as one word, or as two in the current form. The forms that are also words
/// and numbers of everyday, such as `M25` and `A1`, are not taken for marks.
fn marks(question: &str) -> Vec<String> {
    let clean = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    let words: Vec<String> = question.split_whitespace().take(MAX_MARK_WORDS).map(clean).collect();
    let mark = |text: &str, kinds: &[RegistrationKind]| {
        let registration = Registration::from_stored(text).ok().filter(|mark| kinds.contains(&mark.kind()))?;
        (registration.as_str().len() >= MIN_MARK).then(|| registration.as_str().to_owned())
    };
    let dated = [RegistrationKind::Current, RegistrationKind::Prefix, RegistrationKind::Suffix];
    let single = words.iter().filter_map(|word| mark(word, &dated));
    // "At 50mph" is a speed.
    let speed = |word: &str| word.to_ascii_lowercase().ends_with("mph");
    let pairs = words
        .windows(2)
        .filter(|pair| !pair.iter().any(|word| speed(word)))
        .filter_map(|pair| mark(&pair.concat(), &[RegistrationKind::Current]));
    let mut found: Vec<String> = Vec::new();
    for mark in single.chain(pairs) {
        if !found.contains(&mark) && found.len() < MAX_MARKS {
            found.push(mark);
        }
    }
    found
}

/// What of a table the words name.
fn named<T: Copy>(table: &[(T, Vec<Vec<WordId>>)], words: &Words) -> Vec<T> {
    let is_named = |phrases: &[Vec<WordId>]| phrases.iter().any(|phrase| words.has(phrase));
    table.iter().filter(|(_, phrases)| is_named(phrases)).map(|(what, _)| *what).collect()
}

fn phrases(list: &str, lexicon: &mut Lexicon) -> Vec<Vec<WordId>> {
    list.split(',').map(|phrase| lexicon.learn_phrase(phrase)).filter(|phrase| !phrase.is_empty()).collect()
}

fn trigger(rule: &'static Rule, lexicon: &mut Lexicon) -> Trigger {
    let any = rule.when.iter().map(|groups| Pattern::learn(groups.iter().map(String::as_str), lexicon)).collect();
    Trigger { rule, any, unless: rule.unless.iter().map(|phrase| lexicon.learn_phrase(phrase)).collect() }
}
