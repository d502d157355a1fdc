//! From a driver's words to numbers that can be compared: words, stems, misspellings, patterns.
//!
//! A [`Lexicon`] numbers every word that the advisor knows. [`Lexicon::read`] turns a question into those numbers:
//! lower case, articles dropped, endings cut ([`stem`]), and a word that is unknown but one slip (a letter missing, too
//! many, wrong or swapped) from a known one is taken for it. Slips are found through an index of deletions (the method of
//! `SymSpell`), which costs a few look-ups a word and never a walk through the lexicon. A language model or a
//! statistical classifier would know more words, and could not say why it took one for another.

use std::collections::HashMap;

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
pub(super) fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    if stem.len() <= 3 || !stem.is_ascii() {
        return stem;
    }
    if stem.ends_with("ies") && stem.len() > 4 {
        stem.truncate(stem.len() - 3);
        stem.push('y');
    } else if stem.ends_with('s') && !["ss", "us", "is"].iter().any(|end| stem.ends_with(end)) {
        stem.pop();
    }
    if stem.ends_with("ing") && stem.len() >= 6 {
        stem.truncate(stem.len() - 3);
    } else if stem.ends_with("ed") && stem.len() >= 5 && !stem.ends_with("eed") {
        stem.truncate(stem.len() - 2);
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    let bytes = stem.as_bytes();
    if let [.., a, b] = bytes
        && a == b
        && stem.len() > 3
    {
        stem.pop();
    }
    stem
}

/// The words of a text: lower case, apostrophes removed, everything else that is no letter or digit a gap.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '\u{2019}').filter_map(|raw| {
        let word: String =
            raw.chars().filter(|c| *c != '\'' && *c != '\u{2019}').flat_map(char::to_lowercase).take(40).collect();
        (!word.is_empty()).then_some(word)
    })
}

/// The known words, numbered.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    ids: HashMap<String, WordId>,
    stems: Vec<String>,
    /// Stems with one letter left out, to the stems that they may come from.
    deletions: HashMap<String, Vec<WordId>>,
}

impl Lexicon {
    /// The number of a word that shall be known.
    fn learn(&mut self, word: &str) -> WordId {
        let stem = stem(word);
        if let Some(id) = self.ids.get(&stem) {
            return *id;
        }
        let id = WordId::try_from(self.stems.len()).unwrap_or(UNKNOWN);
        if stem.len() >= MIN_CORRECTED - 1 && stem.is_ascii() {
            for deletion in deletions(&stem) {
                self.deletions.entry(deletion).or_default().push(id);
            }
        }
        self.ids.insert(stem.clone(), id);
        self.stems.push(stem);
        id
    }

    /// The numbers of a phrase that shall be known, articles dropped.
    pub(super) fn learn_phrase(&mut self, phrase: &str) -> Vec<WordId> {
        words(phrase).filter(|word| !is_listed(DROPPED, word)).map(|word| self.learn(&word)).collect()
    }

    /// How many words are known.
    pub(super) fn len(&self) -> usize {
        self.stems.len()
    }

    /// The number of a word spelt right.
    pub(super) fn find(&self, word: &str) -> Option<WordId> {
        self.ids.get(&stem(word)).copied()
    }

    /// A question as numbers.
    pub(super) fn read(&self, question: &str) -> Words {
        let end = question.char_indices().map(|(at, _)| at).find(|at| *at >= MAX_READ).unwrap_or(question.len());
        let text = question.get(..end).unwrap_or_default();
        let kept = words(text).filter(|word| !is_listed(DROPPED, word));
        Words(kept.map(|word| self.recognise(&word)).collect())
    }

    fn recognise(&self, word: &str) -> WordId {
        let stem = stem(word);
        if let Some(id) = self.ids.get(&stem) {
            return *id;
        }
        if stem.len() < MIN_CORRECTED
            || !stem.is_ascii()
            || is_listed(EVERYDAY, word)
            || stem.bytes().any(|b| b.is_ascii_digit())
        {
            return UNKNOWN;
        }
        self.correct(&stem).unwrap_or(UNKNOWN)
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
            lexicon.learn(word);
        }
        lexicon
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
            assert!(forms.iter().all(|form| stem(form) == stem(forms[0])), "{forms:?}");
        }
        assert_ne!(stem("speed"), stem("spe"));
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
            assert_eq!(lexicon.read(typed).0, [lexicon.find(meant).unwrap()], "{typed}");
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
