//! From a driver's words to numbers that can be compared: words, stems, misspellings, patterns.
//!
//! A [`Lexicon`] numbers every word that the advisor knows. [`Lexicon::read`] turns a question into those numbers:
//! lower case, articles dropped, endings cut ([`stem`]), and a word that is unknown but one slip (a letter missing, too
//! many, wrong or swapped) from a known one is taken for it. Slips are found through an index of deletions (the method of
//! `SymSpell`), which costs a few look-ups a word and never a walk through the lexicon. A language model or a
//! statistical classifier would know more words, and could not say why it took one for another.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A known word.
pub(super) type WordId = u32;

/// Any word that is not known.
const UNKNOWN: WordId = WordId::MAX;
/// How many bytes of a question are read; the rest cannot change the answer.
const MAX_READ: usize = 4_000;
/// Shorter stems are never taken for a misspelling: too many words are one slip apart.
const MIN_CORRECTED: usize = 5;

/// Longer words are cut: no known one is longer.
const MAX_WORD: usize = 40;

/// Words that carry no meaning here, in questions and in patterns alike.
const DROPPED: &str = "a an the my your our his her their its this that these those of is are am just really very please some im ive theres";

/// Everyday words that are one slip away from a word of the lexicon and must not be taken for it.
const EVERYDAY: &str = "about above after again along always angle apple beach being below black board bored bread bring build built \
    carry cause chain cheap chose class clean clear close cloth coast could count cover cream daily dance doing \
    draft dream dress every faith favourite final fixed flair flight floor found fresh front going grade grand \
    great green group guess happy heard heart hello horse hotel house human large later learn leave legal level \
    lunch magic maybe might money month music never night noise north often olive order other outer paint panel \
    paper party pasta peace place plain plane plant point poem price pride prime print proof quick quiet quite \
    radio raise reach ready right river round salad scale score sense seven shall shape share sheet shirt shoes \
    shop short should since small sound south space spare speak spend sport staff stage stand state stay still \
    stock stone store story study style sugar table taken taste teach thank thanks their there these thing think \
    three throw times today total touch track trade train treat tried truth under until usual video visit waste \
    watch wheat where which while white whole whose winter woman women words world worth would write wrong young \
    yours sentence recipe capital match weather matter better letter little morning evening dinner coffee between \
    people picture second minute reason season person";

fn is_listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

/// A word in the form in which words are compared: common English endings are cut, doubled last letters made single.
///
/// It need not be a word; it need only be the same for `brake`, `brakes` and `braked`.
pub(super) fn stem(word: &mut String) {
    if word.len() <= 3 || !word.is_ascii() {
        return;
    }
    if word.ends_with("ies") && word.len() > 4 {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word.pop();
    }
    if word.ends_with("ing") && word.len() >= 6 {
        word.truncate(word.len() - 3);
    } else if word.ends_with("ed") && word.len() >= 5 && !word.ends_with("eed") {
        word.truncate(word.len() - 2);
    }
    if word.len() > 3 && word.ends_with('e') {
        word.pop();
    }
    if let [.., last, end] = word.as_bytes()
        && last == end
        && word.len() > 3
    {
        word.pop();
    }
}

/// Shows the words of a text: lower case, apostrophes removed, everything else that is no letter or digit a gap. One
/// buffer serves all words, because a record has thousands.
pub(super) fn each_word(text: &str, mut show: impl FnMut(&mut String)) {
    let mut word = String::with_capacity(MAX_WORD);
    for c in text.chars().chain(std::iter::once(' ')) {
        if c.is_ascii_alphanumeric() {
            if word.len() < MAX_WORD {
                word.push(c.to_ascii_lowercase());
            }
        } else if c == '\'' || c == '\u{2019}' {
        } else if !c.is_ascii() && c.is_alphanumeric() {
            if word.len() < MAX_WORD {
                word.extend(c.to_lowercase());
            }
        } else if !word.is_empty() {
            show(&mut word);
            word.clear();
        }
    }
}

/// A hash for short words (Fowler, Noll and Vo, variant 1a): keys are the program's own, so that nobody can choose
/// colliding ones, and the standard hash costs more than the rest of a look-up.
#[derive(Debug)]
struct WordHasher(u64);

impl Default for WordHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type WordMap<T> = HashMap<String, T, BuildHasherDefault<WordHasher>>;

/// The known words, numbered.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    ids: WordMap<WordId>,
    stems: Vec<String>,
    /// Stems with one letter left out, to the stems that they may come from.
    deletions: WordMap<Vec<WordId>>,
}

impl Lexicon {
    /// The number of a stem that shall be known.
    fn learn(&mut self, stem: &str) -> WordId {
        if let Some(id) = self.ids.get(stem) {
            return *id;
        }
        let id = WordId::try_from(self.stems.len()).unwrap_or(UNKNOWN);
        if stem.len() >= MIN_CORRECTED - 1 && stem.is_ascii() {
            for deletion in deletions(stem) {
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
            if !is_listed(DROPPED, word) {
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

    /// The number of a word spelt right; the word is cut to its stem.
    pub(super) fn find(&self, word: &mut String) -> Option<WordId> {
        stem(word);
        self.ids.get(word.as_str()).copied()
    }

    /// A question as numbers.
    pub(super) fn read(&self, question: &str) -> Words {
        let end = question.char_indices().map(|(at, _)| at).find(|at| *at >= MAX_READ).unwrap_or(question.len());
        let mut ids = Vec::new();
        each_word(question.get(..end).unwrap_or_default(), |word| {
            if !is_listed(DROPPED, word) {
                ids.push(self.recognise(word));
            }
        });
        Words(ids)
    }

    fn recognise(&self, word: &mut String) -> WordId {
        let everyday = is_listed(EVERYDAY, word);
        if word.strip_suffix('k').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        {
            // "90k" is said of miles.
            "miles".clone_into(word);
        }
        if let Some(id) = self.find(word) {
            return id;
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
        for deletion in deletions(stem) {
            self.ids.get(&deletion).into_iter().for_each(|id| consider(*id));
            self.deletions.get(&deletion).into_iter().flatten().for_each(|id| consider(*id));
        }
        self.deletions.get(stem).into_iter().flatten().for_each(|id| consider(*id));
        best
    }
}

fn deletions(stem: &str) -> impl Iterator<Item = String> {
    (0..stem.len()).map(move |at| {
        let mut shorter = String::with_capacity(stem.len());
        shorter.push_str(stem.get(..at).unwrap_or_default());
        shorter.push_str(stem.get(at + 1..).unwrap_or_default());
        shorter
    })
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
pub(super) struct Words(pub(super) Vec<WordId>);

impl Words {
    /// Whether the phrase occurs, its words side by side.
    pub(super) fn has(&self, phrase: &[WordId]) -> bool {
        match phrase {
            [] => false,
            [word] => self.0.contains(word),
            _ => self.0.windows(phrase.len()).any(|window| window == phrase),
        }
    }
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

    fn stemmed(word: &str) -> String {
        let mut word = word.to_owned();
        stem(&mut word);
        word
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for forms in [
            &["brake", "brakes", "braked"][..],
            &["advisory", "advisories"],
            &["stop", "stopped", "stopping", "stops"],
            &["sell", "selling", "sells"],
            &["tax", "taxes", "taxed"],
            &["corrode", "corroded"],
        ] {
            assert!(forms.iter().all(|form| stemmed(form) == stemmed(forms[0])), "{forms:?}");
        }
        assert_ne!(stemmed("speed"), stemmed("spe"));
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
            assert_eq!(lexicon.read(typed).0, lexicon.read(meant).0, "{typed}");
        }
        for word in ["right", "might", "night", "small", "zzzzz"] {
            assert_eq!(lexicon.read(word).0, [UNKNOWN], "{word}");
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
    fn any_text_can_be_read() {
        let lexicon = lexicon(&["brake"]);
        for text in ["", "\0\u{202e}", "ß’ς🚗 ünïcödé", &"brake ".repeat(100_000), &"x".repeat(1_000_000)] {
            assert!(lexicon.read(text).0.len() <= MAX_READ);
        }
    }
}
