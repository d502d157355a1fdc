//! From a driver's words to numbers that can be compared: words, stems, misspellings, patterns.
//!
//! A [`Lexicon`] numbers every word that the advisor knows. [`Lexicon::read`] turns a question into those numbers:
//! lower case, articles dropped, endings cut ([`stem`]), and a word that is unknown but one slip (a letter missing, too
//! many, wrong or swapped) from a known one is taken for it. Slips are found through an index of deletions (the method of
//! `SymSpell`), which costs a few look-ups a word and never a walk through the lexicon. A language model or a
//! statistical classifier would know more words, and could not say why it took one for another.

use std::ops::Range;

use driveever_core::vehicle::words::{Piece, WordMap, each_piece, each_word, stem};

use super::{asking::Asking, spelling::SPELLINGS};

/// A known word.
pub(super) type WordId = u32;

/// Any word that is not known.
const UNKNOWN: WordId = WordId::MAX;
/// How many bytes of a question are read; the rest cannot change the answer.
const MAX_READ: usize = 4_000;
/// Shorter stems are never taken for a misspelling: too many words are one slip apart.
const MIN_CORRECTED: usize = 5;

/// Words that carry no meaning here, in questions and in patterns alike.
const DROPPED: &str = "a an the my your our his her their its this that these those of is are am just really very please some im ive theres";

/// Everyday words that are one slip away from a word of the lexicon and must not be taken for it.
const EVERYDAY: &str = "about above after again along always angle apple beach being below black board bored bread bring build built \
    carry cause chain cheap chose class clean clear close cloth coast coasting could count cover cream daily dance doing \
    draft dream dress every faith favourite final fixed flair flight floor found fresh front going grade grand \
    great green group guess handle happy heard heart hello horse hotel house human large later learn leave legal level \
    lunch magic maybe might money month music never night noise north often olive order other outer paint panel \
    paper party pasta peace place plain plane plant point poem price pride prime print proof quick quiet quite \
    radio raise reach ready right river round rover salad scale score scrap sense seven shall shape share sheet shirt shoes \
    shop short should since small sound south space spare speak spend sport staff stage stand state stay still \
    stock stone store story study style sugar table taken taste teach thank thanks their there these thing think \
    three throw times today total touch track trade train treat tried truth under until usual video visit waste \
    watch wheat where which while white whole whose winter woman women words world worth would write wrong young \
    yours sentence recipe capital match weather matter better letter little morning evening dinner coffee between \
    people picture second minute reason season person";

/// Words before which one pauses, though no mark says so: what follows is another matter or another time.
const TURNS: [&str; 2] = ["but", "now"];

/// How a word is read that needs care, in the form in which it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// It is not read.
    Dropped,
    /// It is not taken for a misspelling.
    Everyday,
    /// It is a way to write another.
    Spelt(&'static str),
}

/// The known words, numbered.
#[derive(Debug)]
pub(super) struct Lexicon {
    care: WordMap<Care>,
    ids: WordMap<WordId>,
    stems: Vec<String>,
    /// Stems with one letter left out, to the stems that they may come from.
    deletions: WordMap<Vec<WordId>>,
}

impl Default for Lexicon {
    fn default() -> Self {
        let mut care = WordMap::default();
        for (list, how) in [(DROPPED, Care::Dropped), (EVERYDAY, Care::Everyday)] {
            care.extend(list.split_ascii_whitespace().map(|word| (word.to_owned(), how)));
        }
        for (meant, written) in SPELLINGS {
            care.extend(written.split_ascii_whitespace().map(|word| (word.to_owned(), Care::Spelt(meant))));
        }
        Self { care, ids: WordMap::default(), stems: Vec::new(), deletions: WordMap::default() }
    }
}

impl Lexicon {
    /// The number of a stem that shall be known.
    fn learn(&mut self, stem: &str) -> WordId {
        if let Some(id) = self.ids.get(stem) {
            return *id;
        }
        let id = WordId::try_from(self.stems.len()).unwrap_or(UNKNOWN);
        if stem.len() >= MIN_CORRECTED - 1 && stem.is_ascii() {
            for at in 0..stem.len() {
                let mut deletion = String::with_capacity(stem.len());
                delete(stem, at, &mut deletion);
                self.deletions.entry(deletion).or_default().push(id);
            }
        }
        self.ids.insert(stem.to_owned(), id);
        self.stems.push(stem.to_owned());
        id
    }

    /// The numbers of a phrase that shall be known, articles dropped.
    pub(super) fn learn_phrase(&mut self, phrase: &str) -> Vec<WordId> {
        let mut ids = Vec::new();
        each_word(phrase, |word| {
            if self.care.get(word.as_str()) != Some(&Care::Dropped) {
                stem(word);
                ids.push(self.learn(word));
            }
        });
        ids
    }

    /// How many words are known.
    pub(super) fn len(&self) -> usize {
        self.stems.len()
    }

    /// A question as numbers.
    pub(super) fn read(&self, question: &str) -> Words {
        let end = question.char_indices().map(|(at, _)| at).find(|at| *at >= MAX_READ).unwrap_or(question.len());
        let mut words = Words::of(self.len());
        let mut asking = Asking::default();
        each_piece(question.get(..end).unwrap_or_default(), |piece| match piece {
            Piece::Pause => {
                words.turn(asking.end());
                words.pause();
            }
            Piece::Word(word) => {
                if let Some(Care::Spelt(meant)) = self.care.get(word.as_str()) {
                    (*meant).clone_into(word);
                }
                let care = self.care.get(word.as_str());
                let turns = TURNS.contains(&word.as_str());
                if turns {
                    words.turn(asking.end());
                }
                asking.word(word);
                match care {
                    // "Not just smoke": what follows is not denied.
                    Some(Care::Dropped) if word == "just" => words.pause(),
                    Some(Care::Dropped) => {}
                    care => {
                        if turns {
                            words.pause();
                        }
                        let everyday = care.is_some();
                        words.push(self.recognise(word, everyday));
                    }
                }
            }
        });
        words.turn(asking.end());
        words
    }

    fn recognise(&self, word: &mut String, everyday: bool) -> WordId {
        if word.strip_suffix('k').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        {
            // "90k" is said of miles.
            "miles".clone_into(word);
        }
        // "Smokin" is heard as it is said.
        let spoken = word.len() >= MIN_CORRECTED && word.ends_with("in");
        stem(word);
        if let Some(id) = self.ids.get(word.as_str()) {
            return *id;
        }
        if spoken {
            let mut whole = format!("{word}g");
            stem(&mut whole);
            if let Some(id) = self.ids.get(&whole) {
                return *id;
            }
        }
        let readable = word.len() >= MIN_CORRECTED && word.is_ascii() && !word.bytes().any(|b| b.is_ascii_digit());
        if everyday || !readable { UNKNOWN } else { self.correct(word).unwrap_or(UNKNOWN) }
    }

    /// The known stem that is one slip away. The first letter must be right, and the first in the lexicon wins, so that
    /// the same word is always read the same.
    fn correct(&self, stem: &str) -> Option<WordId> {
        let mut best: Option<WordId> = None;
        let mut consider = |id: WordId| {
            let known = self.stems.get(id as usize).map_or("", String::as_str);
            if known.len() >= MIN_CORRECTED - 1
                && known.as_bytes().first() == stem.as_bytes().first()
                && one_slip(stem, known)
            {
                best = Some(best.map_or(id, |best| best.min(id)));
            }
        };
        // A letter too many; then the same deletion on both sides: a wrong, swapped or missing letter.
        let mut deletion = String::with_capacity(stem.len());
        for at in 0..stem.len() {
            delete(stem, at, &mut deletion);
            self.ids.get(&deletion).into_iter().for_each(|id| consider(*id));
            self.deletions.get(&deletion).into_iter().flatten().for_each(|id| consider(*id));
        }
        self.deletions.get(stem).into_iter().flatten().for_each(|id| consider(*id));
        best
    }
}

/// The stem without its letter at a place.
fn delete(stem: &str, at: usize, into: &mut String) {
    into.clear();
    into.push_str(stem.get(..at).unwrap_or_default());
    into.push_str(stem.get(at + 1..).unwrap_or_default());
}

/// Whether `a` and `b` differ by one letter added, left out or changed, or by two neighbours swapped.
fn one_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let same_start = a.iter().zip(b).take_while(|(left, right)| left == right).count();
    let (rest_a, rest_b) = (a.get(same_start..).unwrap_or_default(), b.get(same_start..).unwrap_or_default());
    let swapped = |one: &[u8], other: &[u8]| {
        matches!((one, other), ([first, second, tail @ ..], [third, fourth, rest @ ..])
            if first == fourth && second == third && tail == rest)
    };
    match (rest_a, rest_b) {
        ([], []) => false,
        _ if swapped(rest_a, rest_b) => true,
        ([_, tail_a @ ..], [_, tail_b @ ..]) if tail_a == tail_b => true,
        (longer, [_, tail_b @ ..]) if longer == tail_b => true,
        ([_, tail_a @ ..], shorter) => tail_a == shorter,
        _ => false,
    }
}

/// A question, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    ids: Vec<WordId>,
    /// Where a clause begins: the places of the words after a pause, ascending.
    clauses: Vec<usize>,
    /// Where the clause begins that is being read.
    turned: usize,
    /// The clauses that ask for a state, as places of words.
    asked: Vec<Range<usize>>,
    /// A bit for each known word that occurs, because most phrases that are looked for do not.
    present: Vec<u64>,
}

impl Words {
    /// None yet, of so many known ones.
    fn of(known: usize) -> Self {
        Self {
            ids: Vec::with_capacity(32),
            clauses: Vec::new(),
            turned: 0,
            asked: Vec::new(),
            present: vec![0; known / 64 + 1],
        }
    }

    fn push(&mut self, id: WordId) {
        self.ids.push(id);
        if let Some(bits) = self.present.get_mut(id as usize / 64) {
            *bits |= 1 << (id % 64);
        }
    }

    fn pause(&mut self) {
        let next = self.ids.len();
        if next > 0 && self.clauses.last() != Some(&next) {
            self.clauses.push(next);
        }
    }

    /// Ends a clause, which asks for a state or not.
    fn turn(&mut self, asks: bool) {
        if asks {
            self.asked.push(self.turned..self.ids.len());
        }
        self.turned = self.ids.len();
    }

    /// The places of the words in clauses that ask for a state.
    pub(super) fn asked(&self) -> impl Iterator<Item = usize> + '_ {
        self.asked.iter().cloned().flatten()
    }

    /// The words in their order.
    pub(super) fn ids(&self) -> &[WordId] {
        &self.ids
    }

    /// The clauses, as places of words.
    pub(super) fn clauses(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.clauses.iter().copied());
        let ends = self.clauses.iter().copied().chain([self.ids.len()]);
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// The same with the words at these places unknown.
    pub(super) fn without(&self, places: &[usize]) -> Self {
        let mut words = Self {
            ids: Vec::with_capacity(self.ids.len()),
            clauses: self.clauses.clone(),
            turned: self.turned,
            asked: self.asked.clone(),
            present: vec![0; self.present.len()],
        };
        for (place, id) in self.ids.iter().enumerate() {
            words.push(if places.contains(&place) { UNKNOWN } else { *id });
        }
        words
    }

    fn holds(&self, id: WordId) -> bool {
        self.present.get(id as usize / 64).is_some_and(|bits| bits & (1 << (id % 64)) != 0)
    }

    /// Whether the phrase occurs, its words side by side.
    pub(super) fn has(&self, phrase: &[WordId]) -> bool {
        match phrase {
            [] => false,
            [word] => self.holds(*word),
            _ => phrase.iter().all(|word| self.holds(*word)) && has_phrase(&self.ids, phrase),
        }
    }
}

/// Whether the phrase occurs among words.
pub(super) fn has_phrase(words: &[WordId], phrase: &[WordId]) -> bool {
    words.windows(phrase.len().max(1)).any(|window| window == phrase)
}

/// Groups of alternatives that must all match; see `Rule::when` for how one is written.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Group>);

#[derive(Debug)]
struct Group {
    negated: bool,
    alternatives: Vec<Vec<WordId>>,
}

impl Pattern {
    /// Reads a pattern and learns its words.
    pub(super) fn learn<'t>(groups: impl IntoIterator<Item = &'t str>, lexicon: &mut Lexicon) -> Self {
        let group = |text: &str, lexicon: &mut Lexicon| {
            let (negated, text) = text.strip_prefix('!').map_or((false, text), |text| (true, text));
            let alternatives = text.split('|').map(|phrase| lexicon.learn_phrase(phrase)).collect();
            Group { negated, alternatives }
        };
        Self(groups.into_iter().map(|text| group(text, lexicon)).collect())
    }

    /// Whether the question matches.
    pub(super) fn matches(&self, words: &Words) -> bool {
        self.0.iter().all(|group| group.alternatives.iter().any(|phrase| words.has(phrase)) != group.negated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(words: &[&str]) -> Lexicon {
        let mut lexicon = Lexicon::default();
        for word in words {
            lexicon.learn_phrase(word);
        }
        lexicon
    }

    #[test]
    fn one_slip_is_forgiven_and_everyday_words_are_not_changed() {
        let lexicon = lexicon(&["suspension", "insurance", "corrosion", "light", "smell", "exhaust"]);
        for (typed, meant) in [
            ("suspention", "suspension"),
            ("insurence", "insurance"),
            ("corosion", "corrosion"),
            ("exhuast", "exhaust"),
            ("exhausst", "exhaust"),
        ] {
            assert_eq!(lexicon.read(typed).ids, lexicon.read(meant).ids, "{typed}");
        }
        for word in ["right", "might", "night", "small", "zzzzz"] {
            assert_eq!(lexicon.read(word).ids, [UNKNOWN], "{word}");
        }
    }

    #[test]
    fn patterns_need_every_group_and_no_negated_one() {
        let mut lexicon = Lexicon::default();
        let pattern = Pattern::learn(["brake|brakes", "failed|not working", "!mot"], &mut lexicon);
        let matches = |question: &str| pattern.matches(&lexicon.read(question));
        assert!(matches("My BRAKES have failed!"));
        assert!(matches("the brakes are not working"));
        assert!(!matches("my brakes failed the MOT"));
        assert!(!matches("it failed"));
    }

    #[test]
    fn a_question_falls_into_clauses() {
        let lexicon = lexicon(&["brake", "smoke", "but"]);
        let clauses =
            |text: &str| lexicon.read(text).clauses().map(|clause| format!("{clause:?}")).collect::<Vec<_>>().join(" ");
        assert_eq!(clauses("brake smoke"), "0..2");
        assert_eq!(clauses("Brake, smoke! Brake."), "0..1 1..2 2..3 3..3");
        assert_eq!(clauses("brake smoke but brake"), "0..2 2..4");
        assert_eq!(clauses(""), "0..0");
    }

    #[test]
    fn any_text_can_be_read() {
        let lexicon = lexicon(&["brake"]);
        for text in ["", "\0\u{202e}", "ß’ς🚗 ünïcödé", &"brake ".repeat(100_000), &"x".repeat(1_000_000)] {
            assert!(lexicon.read(text).ids.len() <= MAX_READ);
        }
    }
}
