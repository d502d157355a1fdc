//! What a mark of no known form may have been meant as: characters that look alike, swapped by position.

use chrono::NaiveDate;

use super::{Registration, RegistrationKind};

/// The digit that a letter in a digit's place was meant as.
const fn as_digit(character: char) -> Option<char> {
    match character {
        '0'..='9' => Some(character),
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        'Z' => Some('2'),
        'S' => Some('5'),
        'B' => Some('8'),
        _ => None,
    }
}

/// The letter that a digit in a letter's place was meant as. 1 may be I or L: no safe guess.
const fn as_letter(character: char) -> Option<char> {
    match character {
        'A'..='Z' => Some(character),
        '0' => Some('O'),
        '5' => Some('S'),
        '8' => Some('B'),
        _ => None,
    }
}

/// Marks of a known form that differ from `mark` by the fewest swaps; each was issued by `today`.
///
/// Military, diplomatic and trade forms are left out: who owns such a mark is not helped by a guess.
pub(super) fn candidates(mark: &str, today: NaiveDate) -> Vec<Registration> {
    let mut found: Vec<(usize, Registration)> = Vec::new();
    for before in 0..=3_usize {
        for after in 0..=3_usize {
            let Some(digits) = mark.len().checked_sub(before + after).filter(|digits| (1..=4).contains(digits)) else {
                continue;
            };
            let digit_slots = before..before + digits;
            let swapped: Option<String> = mark
                .chars()
                .enumerate()
                .map(|(at, c)| if digit_slots.contains(&at) { as_digit(c) } else { as_letter(c) })
                .collect();
            let Some(registration) = swapped.and_then(|mark| Registration::from_stored(&mark).ok()) else { continue };
            let issued = registration.issued().is_none_or(|period| period.from <= today);
            if issued && registration.kind() != RegistrationKind::Military {
                let swaps = mark.chars().zip(registration.as_str().chars()).filter(|(a, b)| a != b).count();
                // With half of it swapped it is another mark, not a slip.
                if swaps * 2 < mark.len() {
                    found.push((swaps, registration));
                }
            }
        }
    }
    let fewest = found.iter().map(|(swaps, _)| *swaps).min();
    found.retain(|(swaps, _)| Some(*swaps) == fewest);
    let mut marks: Vec<_> = found.into_iter().map(|(_, registration)| registration).collect();
    marks.sort();
    marks.dedup();
    marks
}
