//! Which passwords are accepted.
//!
//! Length is what counts (NIST SP 800-63B-4, OWASP ASVS 6.2): there are no rules about kinds of characters and no forced
//! change, and a password is verified as it was received. Refused are passwords that an attacker tries first: those of
//! published breaches (`data/passwords`), those of one pattern (`aaaa...`, `abcabc...`, `12345...`), and those that are
//! little more than a listed word, the product's name, or the user's own name or address with digits and signs around it.
//!
//! Why not a strength estimator: its score cannot be explained to whoever is refused, and its data is many times larger.

use std::{ops::RangeInclusive, sync::LazyLock};

use crate::validate::Validator;

/// Listed passwords, one a line, in lower case and sorted.
const COMMON: &str = include_str!("../../data/passwords/common.txt");
static LISTED: LazyLock<Vec<&str>> = LazyLock::new(|| COMMON.lines().collect());

/// A listed or personal word shorter than this is no reason to refuse anything.
const MIN_WORD: usize = 4;
/// The longest listed password.
const MAX_WORD: usize = 64;
/// With more digits and signs than this around a word, the rest alone is hard to guess.
const MAX_DECORATION: usize = 8;
/// Fewer different characters than this are a pattern.
const MIN_DISTINCT: usize = 5;

/// How long a password is and which words it may not rest on.
#[derive(Debug, Clone)]
pub struct PasswordRules {
    length: RangeInclusive<usize>,
    product_words: Vec<String>,
}

impl Default for PasswordRules {
    /// 15 to 128 characters (the length that NIST SP 800-63B-4 asks of a password that is the only factor).
    fn default() -> Self {
        Self { length: 15..=128, product_words: vec!["driveever".to_owned()] }
    }
}

/// A range of lengths that is not safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password's least length must be at least 8 and its greatest from 64 to 1024 characters")]
pub struct LengthError;

impl PasswordRules {
    /// With these lengths in characters: the least at least 8, the greatest 64 to 1024 (OWASP ASVS 6.2.1, 6.2.9).
    ///
    /// # Errors
    /// For lengths outside those.
    pub fn with_length(self, length: RangeInclusive<usize>) -> Result<Self, LengthError> {
        if *length.start() >= 8 && length.start() <= length.end() && (64..=1024).contains(length.end()) {
            Ok(Self { length, ..self })
        } else {
            Err(LengthError)
        }
    }

    /// With another word that passwords must not rest on, such as a company's name.
    pub fn with_product_word(mut self, word: &str) -> Self {
        self.product_words.push(word.to_lowercase());
        self
    }

    /// The longest password.
    pub const fn max(&self) -> usize {
        *self.length.end()
    }

    /// Notes what is wrong with a new password. `personal` are the user's own name and address.
    pub fn check(&self, check: &mut Validator, field: &str, password: &str, personal: &[&str]) {
        // The byte length bounds the count, so that a text of 10 MB costs no walk.
        if password.len() > self.max().saturating_mul(4) || password.chars().count() > self.max() {
            check.fault(field, format!("must have at most {} characters", self.max()));
            return;
        }
        if password.chars().count() < *self.length.start() {
            check.fault(field, format!("must have at least {} characters", self.length.start()));
        }
        if password.chars().any(char::is_control) {
            check.fault(field, "must not contain control characters");
        }
        let words = personal.iter().flat_map(|text| text.split(|character: char| !character.is_alphanumeric()));
        let mut words: Vec<String> = words.map(str::to_lowercase).collect();
        words.extend(personal.iter().map(|text| text.to_lowercase()));
        words.extend(self.product_words.iter().cloned());
        words.retain(|word| word.len() >= MIN_WORD);
        if let Some(weakness) = weakness(password, &words) {
            check.fault(field, weakness);
        }
    }
}

/// Why a password is guessed early, if it is.
fn weakness(password: &str, words: &[String]) -> Option<&'static str> {
    let lower = password.to_lowercase();
    if is_pattern(&lower) {
        return Some("must not repeat a few characters or follow a sequence: take several unrelated words");
    }
    let spelled_out = lower.chars().map(letter_meant).collect::<String>();
    if [lower, spelled_out].iter().any(|text| rests_on_a_word(text, words)) {
        return Some(
            "must not be a common password, a name or an address, even with digits or signs around it: take several unrelated words",
        );
    }
    None
}

/// The letter that a digit or sign often stands for.
const fn letter_meant(character: char) -> char {
    match character {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn is_pattern(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let mut distinct = characters.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let repeats = |unit: usize| characters.iter().zip(characters.iter().skip(unit)).all(|(a, b)| a == b);
    let steps = characters.iter().zip(characters.iter().skip(1));
    let smooth = steps.filter(|(a, b)| are_neighbours(**a, **b)).count();
    // Three steps of four: aaaa, 12345, abcdefg, qwerty, 1qaz2wsx, also when it starts anew.
    let is_sequence = characters.len() > 1 && smooth * 4 >= (characters.len() - 1) * 3;
    distinct.len() < MIN_DISTINCT || (1..=characters.len() / 2).any(repeats) || is_sequence
}

/// The keys of a British keyboard, row by row.
const KEYBOARD: [&str; 4] = ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "zxcvbnm,./"];

/// Whether two characters follow each other in the alphabet, in counting or on the keyboard, or are the same.
fn are_neighbours(a: char, b: char) -> bool {
    let key = |character| {
        KEYBOARD.iter().enumerate().find_map(|(row, keys)| keys.find(character).map(|column| (row, column)))
    };
    let touch = key(a).zip(key(b)).is_some_and(|(a, b)| a.0.abs_diff(b.0) <= 1 && a.1.abs_diff(b.1) <= 1);
    touch || u32::from(a).abs_diff(u32::from(b)) <= 1
}

/// Whether the text is one listed word at most, any number of `words`, and little else.
fn rests_on_a_word(text: &str, words: &[String]) -> bool {
    let (mut rest, mut covered, mut decoration, mut sign) = (text, false, 0, None);
    let mut listed: Vec<&str> = Vec::new();
    while let Some(next) = rest.chars().next() {
        let own = words.iter().filter(|word| rest.starts_with(word.as_str())).map(String::len).max();
        let common = longest_listed(rest);
        match (own, common) {
            (Some(length), common) if common.is_none_or(|common| common <= length) => {
                covered = true;
                rest = rest.get(length..).unwrap_or_default();
            }
            (_, Some(length)) => {
                let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
                // A listed run of digits is decoration that costs a guesser nothing.
                let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
                // The same word again adds nothing.
                if !is_number && !listed.contains(&word) {
                    listed.push(word);
                }
                covered |= !is_number;
                rest = after;
            }
            _ if next.is_alphabetic() => return false,
            _ => {
                // The same sign again adds nothing.
                decoration += usize::from(sign != Some(next));
                sign = Some(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    (covered || LISTED.binary_search(&text).is_ok()) && listed.len() <= 1 && decoration <= MAX_DECORATION
}

/// The length of the longest listed password with which the text begins. Listed ones are ASCII, so lengths are in bytes.
fn longest_listed(text: &str) -> Option<usize> {
    let most = text.len().min(MAX_WORD);
    (MIN_WORD..=most).rev().find(|&length| text.get(..length).is_some_and(|word| LISTED.binary_search(&word).is_ok()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(password: &str) -> Vec<String> {
        let mut check = Validator::new();
        PasswordRules::default().check(
            &mut check,
            "password",
            password,
            &["Ann Blackwood", "ann.blackwood@example.org"],
        );
        check.finish().err().unwrap_or_default().into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn the_list_is_sorted_and_large() {
        assert!(LISTED.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(LISTED.iter().filter(|word| word.len() >= 8).count() > 3_000);
        assert!(LISTED.iter().all(|word| (MIN_WORD..=MAX_WORD).contains(&word.len())));
    }

    #[test]
    fn guessable_passwords_are_refused() {
        for bad in [
            "passwordpassword",
            "password password",
            "Dragon-dragon-dragon",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "1234567890123456",
            "abcdefghijklmnop",
            "qwertyuiopasdfghjkl",
            "Password12345678",
            "P@ssw0rd12345678",
            "!!!!monkey!!!!1",
            "driveever-2026!!",
            "DriveEver-Password",
            "ann.blackwood@example.org",
            "Blackwood-2026-11",
            "manchesterunited",
            "1qaz2wsx3edc4rfv5tgb",
        ] {
            assert!(!faults(bad).is_empty(), "{bad}");
        }
    }

    #[test]
    fn long_and_unrelated_ones_are_accepted() {
        for good in [
            "correct horse battery staple",
            "purple-elephant-tram",
            "8402 9517 3321 0048",
            "mxq7vbz0hwn4ktd",
            "Übergrößenträger im Schnee",
            "\u{1f697} \u{1f6a6} rolls gently downhill",
            "   spaces at the ends   ",
        ] {
            assert_eq!(faults(good), Vec::<String>::new(), "{good}");
        }
    }

    #[test]
    fn lengths_are_in_characters_and_every_fault_is_named() {
        assert_eq!(faults("kürzer als 15"), ["must have at least 15 characters"]);
        assert_eq!(faults("password").len(), 2);
        assert!(faults(&"täglich neu ".repeat(10)).iter().all(|fault| !fault.contains("at most")));
        assert_eq!(faults(&"x".repeat(10_000_000)), ["must have at most 128 characters"]);
        assert_eq!(faults("nul\0 in the middle of it"), ["must not contain control characters"]);
    }

    #[test]
    fn unsafe_lengths_cannot_be_configured() {
        for bad in [7..=128, 8..=63, 8..=1025] {
            assert!(PasswordRules::default().with_length(bad).is_err());
        }
        assert!(PasswordRules::default().with_length(8..=64).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,140}") {
            faults(&text);
        }

        #[test]
        fn random_text_is_accepted(text in "[a-zA-Z0-9+/]{32}") {
            prop_assert_eq!(faults(&text), Vec::<String>::new());
        }
    }
}
