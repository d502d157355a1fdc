//! English words in the form in which drivers' and testers' words are compared.
//!
//! [`each_word`] takes a text apart, [`stem`] cuts endings, [`WordMap`] looks words up. A stemmer from a library knows more
//! of English; this one is a few comparisons a word, because a record has thousands of them.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Longer words are cut: no known one is longer.
const MAX_WORD: usize = 40;

/// A word in the form in which words are compared: common English endings are cut, doubled last letters made single.
///
/// It need not be a word; it need only be the same for `brake`, `brakes` and `braked`.
pub fn stem(word: &mut String) {
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

/// What a text consists of, for who reads it word by word.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'w> {
    /// A word, which the reader may change: it is the same buffer for all.
    Word(&'w mut String),
    /// A mark at which one pauses: a comma, the end of a sentence, a bracket, a line.
    Pause,
}

/// Shows the words of a text: lower case, apostrophes removed, everything else that is no letter or digit a gap. One
/// buffer serves all words, because a record has thousands.
pub fn each_word(text: &str, mut show: impl FnMut(&mut String)) {
    each_piece(text, |piece| {
        if let Piece::Word(word) = piece {
            show(word);
        }
    });
}

/// Shows the words of a text as [`each_word`] does, and the pauses between them.
pub fn each_piece(text: &str, mut show: impl FnMut(Piece<'_>)) {
    let mut word = String::with_capacity(MAX_WORD);
    let mut chars = text.chars().chain(std::iter::once(' ')).peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphanumeric() {
            if word.len() < MAX_WORD {
                word.push(c.to_ascii_lowercase());
            }
            continue;
        }
        if c == '\'' || c == '\u{2019}' {
            continue;
        }
        if !c.is_ascii() && c.is_alphanumeric() {
            if word.len() < MAX_WORD {
                word.extend(c.to_lowercase());
            }
            continue;
        }
        if !word.is_empty() {
            show(Piece::Word(&mut word));
            word.clear();
        }
        // A point or a dash inside a word ("m.o.t", "re-test") is no pause.
        let pauses = match c {
            ',' | ';' | ':' | '!' | '?' | '(' | ')' | '\n' | '\u{2013}' | '\u{2014}' => true,
            '.' | '-' => chars.peek().is_none_or(|next| next.is_whitespace()),
            _ => false,
        };
        if pauses {
            show(Piece::Pause);
        }
    }
}

/// A hash for short words (Fowler, Noll and Vo, variant 1a): keys are the program's own, so that nobody can choose
/// colliding ones, and the standard hash costs more than the rest of a look-up.
#[derive(Debug)]
pub struct WordHasher(u64);

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

/// What is known of words.
pub type WordMap<T> = HashMap<String, T, BuildHasherDefault<WordHasher>>;

#[cfg(test)]
mod tests {
    use super::*;

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
    fn pauses_are_told_and_words_with_points_are_not_parted() {
        let mut read = Vec::new();
        each_piece("No, the m.o.t. ran out - re-test? Don\u{2019}t know.", |piece| {
            read.push(match piece {
                Piece::Word(word) => word.clone(),
                Piece::Pause => "|".to_owned(),
            });
        });
        assert_eq!(read.join(" "), "no | the m o t | ran out | re test | dont know |");
    }
}
