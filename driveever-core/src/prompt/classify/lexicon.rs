//! The motoring vocabulary: which words and phrases stand for which concept, and spelling repair.
//!
//! "disc", "calipers" and "brake pipe" are all the concept `brake`, "whats the damage" and "fair
//! price" are both `costask`. Concepts let the model carry what it learned about clutches over to
//! turbos that no training question mentions. They are data: `data/questions/lexicon.tsv`, one
//! concept a line, named `group/concept` where concepts have something in common (all of `part/` can
//! break, be replaced and cost money); a new word needs no code, but the weights must be trained again.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::normalise;

/// Shorter words are not repaired: too many words are one letter away from them.
const SHORTEST_REPAIRED: usize = 4;

/// The concept of everyday words, which stands for no concept.
const EVERYDAY: &str = "-";

/// A word or phrase found in a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match<'a> {
    /// How many words it spans.
    pub(super) words: usize,
    /// The concepts that it stands for, in the order of the file; empty for an everyday word.
    pub(super) concepts: &'a [u8],
}

/// Words, phrases and spelling index, built once from the embedded file.
#[derive(Debug)]
pub(super) struct Lexicon {
    names: Vec<&'static str>,
    /// Phrases of normalised words joined by a space.
    phrases: HashMap<String, Vec<u8>>,
    /// How many words the longest phrase has that begins with a word.
    longest: HashMap<String, usize>,
    /// Every single word of every entry.
    vocabulary: Vec<String>,
    known: HashSet<String>,
    /// Each vocabulary word, and each of its forms with one letter missing, to its positions.
    misspellings: HashMap<u64, Vec<u16>>,
}

impl Lexicon {
    /// The lexicon that is compiled in.
    pub(super) fn bundled() -> &'static Self {
        static BUNDLED: OnceLock<Lexicon> = OnceLock::new();
        BUNDLED.get_or_init(|| Self::parse(include_str!("../../../data/questions/lexicon.tsv")))
    }

    fn parse(text: &'static str) -> Self {
        let mut lexicon = Self {
            names: Vec::new(),
            phrases: HashMap::new(),
            longest: HashMap::new(),
            vocabulary: Vec::new(),
            known: HashSet::new(),
            misspellings: HashMap::new(),
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (concept, entries) in lines.filter_map(|line| line.split_once('\t')) {
            let number = u8::try_from(lexicon.names.len()).ok();
            let number = number.filter(|_| concept != EVERYDAY);
            if number.is_some() {
                lexicon.names.push(concept);
            }
            for entry in entries.split(',') {
                lexicon.add(entry, number);
            }
        }
        lexicon.vocabulary.sort_unstable();
        lexicon.vocabulary.dedup();
        lexicon.index_misspellings();
        lexicon
    }

    fn add(&mut self, entry: &str, concept: Option<u8>) {
        let words = normalise::words(entry);
        let Some(first) = words.first() else {
            return;
        };
        let longest = self.longest.entry(first.clone()).or_default();
        *longest = words.len().max(*longest);
        for word in &words {
            if !word.starts_with('#') {
                self.known.insert(word.clone());
                self.vocabulary.push(word.clone());
            }
        }
        let concepts = self.phrases.entry(words.join(" ")).or_default();
        if let Some(concept) = concept
            && !concepts.contains(&concept)
        {
            concepts.push(concept);
        }
    }

    fn index_misspellings(&mut self) {
        for (position, word) in self.vocabulary.iter().enumerate() {
            let Ok(position) = u16::try_from(position) else {
                break;
            };
            if word.chars().count() >= SHORTEST_REPAIRED {
                for form in forms(word) {
                    self.misspellings.entry(form).or_default().push(position);
                }
            }
        }
    }

    /// The name of a concept.
    pub(super) fn name(&self, concept: u8) -> &'static str {
        self.names.get(usize::from(concept)).copied().unwrap_or("")
    }

    /// The phrases of a concept, or of every concept of a group, in alphabetical order.
    pub(super) fn phrases_of(&self, concept: &str) -> Vec<&str> {
        let wanted: Vec<u8> = (0_u8..)
            .zip(&self.names)
            .filter(|(_, name)| name.strip_prefix(concept).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
            .map(|(number, _)| number)
            .collect();
        let mut phrases: Vec<&str> = self
            .phrases
            .iter()
            .filter(|(_, concepts)| concepts.iter().any(|number| wanted.contains(number)))
            .map(|(phrase, _)| phrase.as_str())
            .collect();
        phrases.sort_unstable();
        phrases
    }

    /// The longest entry that begins at the first of `words`.
    pub(super) fn longest_match<W: AsRef<str>>(&self, words: &[W]) -> Option<Match<'_>> {
        let first = words.first()?.as_ref();
        let longest = self.longest.get(first).copied()?.min(words.len());
        let mut phrase = String::from(first);
        let mut found = None;
        for length in 1..=longest {
            if length > 1 {
                phrase.push(' ');
                phrase.push_str(words[length - 1].as_ref());
            }
            if let Some(concepts) = self.phrases.get(phrase.as_str()) {
                found = Some(Match { words: length, concepts });
            }
        }
        found
    }

    /// The vocabulary word that `word` most likely is, one slip of the finger away, if it is none
    /// itself: a letter missing, added, wrong, or two neighbours swapped.
    pub(super) fn repair(&self, word: &str) -> Option<&str> {
        let length = word.chars().count();
        if length < SHORTEST_REPAIRED
            || self.known.contains(word)
            || !word.chars().all(char::is_alphabetic)
            || self.is_inflected(word)
        {
            return None;
        }
        let mut best: Option<(bool, usize, &str)> = None;
        for form in forms(word) {
            for &position in self.misspellings.get(&form).map_or(&[][..], Vec::as_slice) {
                let candidate = self.vocabulary[usize::from(position)].as_str();
                if !is_one_slip(word, candidate) {
                    continue;
                }
                // Slips at the first letter are rare; then the nearest length, then the alphabet.
                let rank =
                    (candidate.chars().next() != word.chars().next(), candidate.len().abs_diff(word.len()), candidate);
                if best.is_none_or(|best| rank < best) {
                    best = Some(rank);
                }
            }
        }
        best.map(|(_, _, candidate)| candidate)
    }

    /// Whether `word` is a known word with an ordinary ending.
    fn is_inflected(&self, word: &str) -> bool {
        ["s", "es", "ed", "d", "ing", "er", "ly"]
            .iter()
            .filter_map(|ending| word.strip_suffix(ending))
            .any(|stem| stem.len() >= SHORTEST_REPAIRED && self.known.contains(stem))
    }
}

/// Hashes of `word` and of each form of it with one letter missing.
fn forms(word: &str) -> Vec<u64> {
    let letters: Vec<char> = word.chars().collect();
    let without = |gap: Option<usize>| {
        let mut hash = super::features::Hash::new();
        for (position, letter) in letters.iter().enumerate() {
            if Some(position) != gap {
                hash.character(*letter);
            }
        }
        hash.value()
    };
    std::iter::once(None).chain((0..letters.len()).map(Some)).map(without).collect()
}

/// Whether one insertion, deletion, substitution or swap of neighbours turns `left` into `right`.
fn is_one_slip(left: &str, right: &str) -> bool {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    let head = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    match long.len() - short.len() {
        0 if head == short.len() => true,
        0 => {
            short[head + 1..] == long[head + 1..]
                || (head + 1 < short.len()
                    && short[head] == long[head + 1]
                    && short[head + 1] == long[head]
                    && short[head + 2..] == long[head + 2..])
        }
        1 => short[head..] == long[head + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<&'static str> {
        let lexicon = Lexicon::bundled();
        let found = lexicon.longest_match(&normalise::words(text));
        found.map_or(Vec::new(), |found| found.concepts.iter().map(|&id| lexicon.name(id)).collect())
    }

    #[test]
    fn the_longest_phrase_wins() {
        assert_eq!(concepts("brake pads"), ["part/brake"]);
        assert_eq!(concepts("whats the damage for a clutch"), ["costask"]);
        assert_eq!(concepts("the"), [""; 0]);
        assert_eq!(concepts("zzz"), [""; 0]);
    }

    #[test]
    fn a_slip_is_repaired_and_a_known_word_is_left_alone() {
        let lexicon = Lexicon::bundled();
        assert_eq!(lexicon.repair("cluch"), Some("clutch"));
        assert_eq!(lexicon.repair("insurnace"), Some("insurance"));
        assert_eq!(lexicon.repair("gearboxx"), Some("gearbox"));
        assert_eq!(lexicon.repair("clutch"), None);
        assert_eq!(lexicon.repair("clutches"), None);
        assert_eq!(lexicon.repair("zzzzzz"), None);
        assert_eq!(lexicon.repair("mto"), None);
    }

    #[test]
    fn every_phrase_can_be_found() {
        let lexicon = Lexicon::bundled();
        assert!(lexicon.names.len() < usize::from(u8::MAX));
        assert!(lexicon.vocabulary.len() < usize::from(u16::MAX));
        for phrase in lexicon.phrases.keys() {
            let words: Vec<&str> = phrase.split(' ').collect();
            let found = lexicon.longest_match(&words);
            assert_eq!(found.map(|found| found.words), Some(words.len()), "{phrase}");
        }
    }
}
