//! From words to features: a sparse vector over hashed buckets.
//!
//! Six families: words and neighbouring words, those of the whole and again those of the last clause, where what is
//! asked mostly stands; neighbours after every lexicon entry has been
//! replaced by its concept, then by the concept's group ("cost of a part"); which concepts occur,
//! alone and in pairs, in any order; concepts with how the question opens ("what does" with a lamp
//! is not "what does" with a road sign); and runs of letters inside words, which survive typing
//! errors that [`repair`](super::lexicon::Lexicon::repair) does not catch.
//!
//! Hashing (FNV-1a, then a mix) instead of a dictionary of features keeps the weights in one flat
//! array and makes an unseen feature cost nothing. It is written out here and not taken from the
//! standard library, whose hasher may change between releases: the weights depend on it.

use super::lexicon::Lexicon;
use super::normalise;

/// How many buckets there are: the weights file has nine bytes for each, and it should stay under
/// a megabyte and a half.
pub(super) const BUCKETS: usize = 150_000;

/// Lengths of the runs of letters, with the spaces around a word.
const SHORTEST_RUN: usize = 3;
const LONGEST_RUN: usize = 5;

const WORDS: Family = Family { tag: 1, weight: 1.0 };
const CONCEPTS: Family = Family { tag: 2, weight: 1.0 };
const SKELETON: Family = Family { tag: 3, weight: 1.0 };
const LETTERS: Family = Family { tag: 4, weight: 0.75 };
const OPENING: Family = Family { tag: 5, weight: 1.0 };
const LAST_CLAUSE: Family = Family { tag: 6, weight: 1.0 };

#[derive(Clone, Copy)]
struct Family {
    tag: u8,
    weight: f32,
}

/// A bucket and how strongly the question has it.
pub(super) type Feature = (usize, f32);

/// FNV-1a, over bytes or over characters.
pub(super) struct Hash(u64);

impl Hash {
    pub(super) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn text(&mut self, text: &str) {
        for byte in text.bytes() {
            self.byte(byte);
        }
    }

    pub(super) fn character(&mut self, character: char) {
        self.0 = (self.0 ^ u64::from(u32::from(character))).wrapping_mul(0x0100_0000_01b3);
    }

    pub(super) const fn value(&self) -> u64 {
        // The low bits of FNV mix poorly; fold the high ones in.
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }

    /// The bucket of what was hashed.
    const fn bucket(&self) -> usize {
        // A fraction of 32 bits of the number of buckets: evenly spread, without a division.
        (((self.value() >> 32) * BUCKETS as u64) >> 32) as usize
    }
}

/// The features of a question, one a bucket, scaled to length one.
pub(super) fn extract(question: &str, lexicon: &Lexicon) -> Vec<Feature> {
    let written = normalise::words(question);
    let words = repaired(&written, lexicon);
    let mut collector = Collector::new();
    add_words(&mut collector, &words);
    add_last_clause(&mut collector, question, lexicon);
    add_concepts(&mut collector, &words, lexicon);
    add_letters(&mut collector, &written);
    collector.finish()
}

fn repaired<'w>(written: &'w [String], lexicon: &'w Lexicon) -> Vec<&'w str> {
    written.iter().map(|word| lexicon.repair(word).unwrap_or(word)).collect()
}

fn add_neighbours(collector: &mut Collector, family: Family, words: &[&str]) {
    for (position, &word) in words.iter().enumerate() {
        collector.add(family, &[word]);
        let before = position.checked_sub(1).map_or("^", |before| words[before]);
        collector.add(family, &[before, word]);
    }
}

/// The last clause of the last sentence that is more than a word or two: after "thanks" nothing is asked.
fn add_last_clause(collector: &mut Collector, question: &str, lexicon: &Lexicon) {
    let longer_than = |words: usize| move |part: &&str| part.split_whitespace().count() > words;
    let Some(sentence) = question.rsplit(['.', '?', '!', ';', '\n']).find(longer_than(1)) else { return };
    let clause = sentence.rsplit([',', '-', '(']).find(longer_than(2)).unwrap_or(sentence);
    add_neighbours(collector, LAST_CLAUSE, &repaired(&normalise::words(clause), lexicon));
}

fn add_words(collector: &mut Collector, words: &[&str]) {
    add_neighbours(collector, WORDS, words);
    if let Some(last) = words.last() {
        collector.add(WORDS, &[last, "$"]);
    }
}

fn add_concepts(collector: &mut Collector, words: &[&str], lexicon: &Lexicon) {
    let mut present: Vec<&str> = Vec::new();
    let mut skeleton: Vec<&str> = vec!["^"];
    let mut position = 0;
    while position < words.len() {
        let found = lexicon.longest_match(&words[position..]);
        let concepts = found.map_or(&[][..], |found| found.concepts);
        for &concept in concepts {
            let name = lexicon.name(concept);
            present.extend([name, group(name)]);
        }
        match concepts.first() {
            Some(&concept) => skeleton.push(lexicon.name(concept)),
            None => skeleton.push(words[position]),
        }
        position += found.map_or(1, |found| found.words);
    }
    skeleton.push("$");
    add_skeleton(collector, &skeleton);
    for item in &mut skeleton {
        *item = group(item);
    }
    add_skeleton(collector, &skeleton);
    present.sort_unstable();
    present.dedup();
    if present.is_empty() {
        present.push("nothing");
    }
    let opening = &words[..words.len().min(2)];
    for (position, &name) in present.iter().enumerate() {
        collector.add(CONCEPTS, &[name]);
        for other in &present[position + 1..] {
            collector.add(CONCEPTS, &[name, other]);
        }
        collector.add(OPENING, &[name, opening.first().copied().unwrap_or("")]);
        collector.add(OPENING, &[name, &opening.join(" ")]);
    }
}

/// Concepts are named `group/concept`, or only `concept` where there is no group.
fn group(concept: &str) -> &str {
    concept.split_once('/').map_or(concept, |(group, _)| group)
}

fn add_skeleton(collector: &mut Collector, skeleton: &[&str]) {
    for (position, &item) in skeleton.iter().enumerate() {
        let mut next = skeleton[position + 1..].iter();
        let (second, third) = (next.next(), next.next());
        if let Some(second) = second {
            collector.add(SKELETON, &[item, second]);
            if let Some(third) = third {
                collector.add(SKELETON, &[item, second, third]);
                collector.add(SKELETON, &[item, "*", third]);
            }
        }
    }
}

fn add_letters(collector: &mut Collector, words: &[String]) {
    let mut letters: Vec<char> = Vec::new();
    for word in words {
        letters.clear();
        letters.push(' ');
        letters.extend(word.chars());
        letters.push(' ');
        for start in 0..letters.len() {
            let mut hash = Hash::new();
            hash.byte(LETTERS.tag);
            for (length, &letter) in (1..=LONGEST_RUN).zip(&letters[start..]) {
                hash.character(letter);
                if length >= SHORTEST_RUN {
                    collector.push(hash.bucket(), LETTERS.weight);
                }
            }
        }
    }
}

/// Gathers features, one a bucket: what comes again, or collides with what came before, counts once.
struct Collector {
    /// A bit a bucket.
    seen: Vec<u64>,
    features: Vec<Feature>,
}

impl Collector {
    fn new() -> Self {
        Self { seen: vec![0; BUCKETS.div_ceil(64)], features: Vec::with_capacity(512) }
    }

    fn add(&mut self, family: Family, parts: &[&str]) {
        let mut hash = Hash::new();
        hash.byte(family.tag);
        for part in parts {
            hash.text(part);
            hash.byte(0);
        }
        self.push(hash.bucket(), family.weight);
    }

    fn push(&mut self, bucket: usize, weight: f32) {
        let bits = &mut self.seen[bucket / 64];
        let bit = 1 << (bucket % 64);
        if *bits & bit == 0 {
            *bits |= bit;
            self.features.push((bucket, weight));
        }
    }

    /// The features, scaled to length one.
    fn finish(mut self) -> Vec<Feature> {
        let squares: f32 = self.features.iter().map(|(_, weight)| weight * weight).sum();
        if squares > 0.0 {
            let length = squares.sqrt();
            for (_, weight) in &mut self.features {
                *weight /= length;
            }
        }
        self.features
    }
}
