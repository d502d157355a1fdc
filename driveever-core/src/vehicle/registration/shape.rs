//! The forms of UK marks: their patterns, their age and how they are spaced.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// What kind of mark it is; the order is the order in which the forms are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RegistrationKind {
    /// Two letters, two digits, three letters; since September 2001. Dated to the half-year.
    Current,
    /// Year letter, number, three letters; August 1983 to August 2001. Dated to the year.
    Prefix,
    /// Three letters, number, year letter; 1963 to July 1983. Dated to the year.
    Suffix,
    /// Q, number, three letters: age or origin of the vehicle unknown (kit, import, rebuilt).
    Q,
    /// Letters with an I or Z, and a number: Northern Ireland, and popular as private marks. Undated.
    NorthernIreland,
    /// Letters and a number in either order: before 1963, and private marks of any age. Undated.
    Dateless,
    /// Three digits, D or X, three digits.
    Diplomatic,
    /// `12 AB 34` or `AB 12 CD`; not in the civil registers.
    Military,
    /// Five digits; belongs to a trader and not to a vehicle.
    Trade,
}

impl RegistrationKind {
    /// What a driver should know or be asked before a vehicle is looked up by such a mark.
    pub const fn caution(self) -> Option<&'static str> {
        match self {
            Self::Military => Some(
                "Military marks are not in the civil registers. A postcode such as KT1 2AB has the same form: check that \
                 this is the registration mark.",
            ),
            Self::Trade => Some("A trade plate belongs to a trader and not to a vehicle, so it has no vehicle record."),
            Self::Diplomatic => Some("Diplomatic marks may not be in the civil registers."),
            Self::Q => Some("A Q plate says that the vehicle's age or origin was not known when it was registered."),
            Self::Current | Self::Prefix | Self::Suffix | Self::NorthernIreland | Self::Dateless => None,
        }
    }
}

/// The days in which a series of marks was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuePeriod {
    /// The first day, the first of a month.
    pub from: NaiveDate,
    /// The last day, the last of a month.
    pub until: NaiveDate,
}

/// What is wrong with the form of a would-be mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShapeFault {
    /// The first two letters of the current form.
    MemoryTag,
    /// The two digits of the current form.
    AgeIdentifier,
    /// The last three letters of the current form.
    LastLetters,
    /// The year letter of the prefix or suffix form.
    YearLetter,
    /// The letter group of the prefix, suffix or dateless form.
    LetterGroup,
    /// A number that begins with 0.
    LeadingZero,
    /// Too many digits for the letters beside them.
    TooManyDigits,
    /// Nothing like it is known.
    Unknown,
}

impl fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MemoryTag => "the first two letters before two digits are never I, Q or Z",
            Self::AgeIdentifier => "the two digits 01 were never issued; 51 is September 2001, 02 is March 2002",
            Self::LastLetters => "the last three letters are never I or Q",
            Self::YearLetter => "the single letter tells the year and is never I, O, Q, U or Z",
            Self::LetterGroup => "the letters of this form are never I, Q or Z",
            Self::LeadingZero => "its number never begins with 0 (is it the letter O?)",
            Self::TooManyDigits => {
                "one or two letters, or three with an I or Z, take up to 4 digits, three other letters up to 3"
            }
            Self::Unknown => "use a form such as AB19 ABC, A123 ABC, ABC 123A, ABC 123 or ABZ 1234",
        })
    }
}

/// A run of letters or of digits.
#[derive(Clone, Copy)]
enum Run<'a> {
    Letters(&'a str),
    Digits(&'a str),
}

/// The runs of a normalised mark.
fn runs(mark: &str) -> Vec<Run<'_>> {
    let mut rest = mark;
    let mut runs = Vec::with_capacity(3);
    while let Some(first) = rest.bytes().next() {
        let digits = first.is_ascii_digit();
        let end = rest.bytes().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        runs.push(if digits { Run::Digits(run) } else { Run::Letters(run) });
        rest = after;
    }
    runs
}

/// Letters of marks of Great Britain: neither I, Q nor Z.
fn plain(letters: &str) -> bool {
    !letters.contains(['I', 'Q', 'Z'])
}

/// The last letters of the current form, where Z is used.
fn plain_or_z(letters: &str) -> bool {
    !letters.contains(['I', 'Q'])
}

fn year_letter(letter: &str) -> bool {
    letter.len() == 1 && !letter.contains(['I', 'O', 'Q', 'U', 'Z'])
}

/// A number of at most `most` digits that does not begin with 0.
fn number(digits: &str, most: usize) -> bool {
    digits.len() <= most && !digits.starts_with('0')
}

/// Two letters, of which one says Northern Ireland: the last is Z, or either is I.
fn northern_irish_pair(letters: &str) -> bool {
    letters.len() == 2 && (letters.ends_with('Z') || letters.contains('I'))
}

/// The kind of a normalised mark, or nothing when none has its form.
pub(super) fn kind_of(mark: &str) -> Option<RegistrationKind> {
    use RegistrationKind as Kind;
    match runs(mark).as_slice() {
        [Run::Letters(first), Run::Digits(digits), Run::Letters(last)] => {
            match (first.len(), digits.len(), last.len()) {
                (2, 2, 3) => (plain(first) && *digits != "01" && plain_or_z(last)).then_some(Kind::Current),
                (1, _, 3) if *first == "Q" => (number(digits, 3) && plain(last)).then_some(Kind::Q),
                (1, _, 3) => (year_letter(first) && number(digits, 3) && plain(last)).then_some(Kind::Prefix),
                (3, _, 1) => (plain(first) && number(digits, 3) && year_letter(last)).then_some(Kind::Suffix),
                (2, 2, 2) => Some(Kind::Military),
                _ => None,
            }
        }
        [Run::Letters(letters), Run::Digits(digits)] => {
            let pair = letters.get(letters.len().saturating_sub(2)..).unwrap_or_default();
            if letters.len() <= 3 && northern_irish_pair(pair) {
                number(digits, 4).then_some(Kind::NorthernIreland)
            } else {
                dateless(letters, digits)
            }
        }
        [Run::Digits(digits), Run::Letters(letters)] if northern_irish_pair(letters) => {
            number(digits, 4).then_some(Kind::NorthernIreland)
        }
        [Run::Digits(digits), Run::Letters(letters)] => dateless(letters, digits),
        [Run::Digits(first), Run::Letters(letters), Run::Digits(last)] => match (first.len(), *letters, last.len()) {
            (3, "D" | "X", 3) => Some(Kind::Diplomatic),
            (2, letters, 2) if letters.len() == 2 => Some(Kind::Military),
            _ => None,
        },
        [Run::Digits(digits)] => (digits.len() == 5).then_some(Kind::Trade),
        _ => None,
    }
}

fn dateless(letters: &str, digits: &str) -> Option<RegistrationKind> {
    let most = match letters.len() {
        1 | 2 => 4,
        3 => 3,
        _ => return None,
    };
    (plain(letters) && number(digits, most)).then_some(RegistrationKind::Dateless)
}

/// Why a normalised mark that has no kind has none.
pub(super) fn fault_of(mark: &str) -> ShapeFault {
    match runs(mark).as_slice() {
        [Run::Letters(first), Run::Digits(digits), Run::Letters(last)] => {
            match (first.len(), digits.len(), last.len()) {
                (2, 2, 3) if !plain(first) => ShapeFault::MemoryTag,
                (2, 2, 3) if !plain_or_z(last) => ShapeFault::LastLetters,
                (2, 2, 3) => ShapeFault::AgeIdentifier,
                (1, 1..=3, 3) | (3, 1..=3, 1) if digits.starts_with('0') => ShapeFault::LeadingZero,
                (1, 1..=3, 3) if *first != "Q" && !year_letter(first) => ShapeFault::YearLetter,
                (3, 1..=3, 1) if !year_letter(last) => ShapeFault::YearLetter,
                (1, 1..=3, 3) | (3, 1..=3, 1) => ShapeFault::LetterGroup,
                _ => ShapeFault::Unknown,
            }
        }
        [Run::Letters(letters), Run::Digits(digits)] | [Run::Digits(digits), Run::Letters(letters)] => {
            match letters.len() {
                1..=3 if digits.starts_with('0') => ShapeFault::LeadingZero,
                // With four letters the mark is wrong otherwise than by its digits.
                1..=3 if digits.len() > 4 || (letters.len() == 3 && digits.len() > 3) => ShapeFault::TooManyDigits,
                1..=3 => ShapeFault::LetterGroup,
                _ => ShapeFault::Unknown,
            }
        }
        _ => ShapeFault::Unknown,
    }
}

/// When marks like this were issued, if it tells.
pub(super) fn issued(kind: RegistrationKind, mark: &str) -> Option<IssuePeriod> {
    match kind {
        RegistrationKind::Current => current_period(mark.get(2..4)?.parse().ok()?),
        RegistrationKind::Prefix => prefix_period(mark.chars().next()?),
        RegistrationKind::Suffix => suffix_period(mark.chars().last()?),
        _ => None,
    }
}

/// 02 to 50: March to August of that year. 51 to 99, and 00 for 2050: September of the year 50 earlier to February.
fn current_period(identifier: i32) -> Option<IssuePeriod> {
    match identifier {
        2..=50 => period((2000 + identifier, 3), (2000 + identifier, 8)),
        0 => period((2050, 9), (2051, 2)),
        51..=99 => period((1950 + identifier, 9), (1951 + identifier, 2)),
        _ => None,
    }
}

fn prefix_period(letter: char) -> Option<IssuePeriod> {
    match letter {
        'S' => period((1998, 8), (1999, 2)),
        'T' => period((1999, 3), (1999, 8)),
        'V' => period((1999, 9), (2000, 2)),
        'W' => period((2000, 3), (2000, 8)),
        'X' => period((2000, 9), (2001, 2)),
        'Y' => period((2001, 3), (2001, 8)),
        _ => august_year(letter, "ABCDEFGHJKLMNPR", 1983),
    }
}

fn suffix_period(letter: char) -> Option<IssuePeriod> {
    match letter {
        'A' => period((1963, 1), (1963, 12)),
        'B' => period((1964, 1), (1964, 12)),
        'C' => period((1965, 1), (1965, 12)),
        'D' => period((1966, 1), (1966, 12)),
        'E' => period((1967, 1), (1967, 7)),
        _ => august_year(letter, "FGHJKLMNPRSTVWXY", 1967),
    }
}

/// Letters that changed each August, the first of them in August of `first`.
fn august_year(letter: char, letters: &str, first: i32) -> Option<IssuePeriod> {
    let year = first + i32::try_from(letters.find(letter)?).ok()?;
    period((year, 8), (year + 1, 7))
}

/// From the first day of one (year, month) to the last day of another.
fn period(from: (i32, u32), until: (i32, u32)) -> Option<IssuePeriod> {
    let last_month = NaiveDate::from_ymd_opt(until.0, until.1, 1)?;
    let days = u32::from(last_month.num_days_in_month());
    Some(IssuePeriod { from: NaiveDate::from_ymd_opt(from.0, from.1, 1)?, until: last_month.with_day(days)? })
}

/// With the spaces of a plate.
pub(super) fn spaced(kind: RegistrationKind, mark: &str) -> String {
    use RegistrationKind as Kind;
    let split = match kind {
        Kind::Current | Kind::Prefix | Kind::Q => mark.split_at_checked(mark.len().saturating_sub(3)),
        Kind::Suffix => mark.split_at_checked(3),
        Kind::NorthernIreland | Kind::Dateless | Kind::Diplomatic | Kind::Military | Kind::Trade => None,
    };
    if let Some((first, rest)) = split {
        return format!("{first} {rest}");
    }
    let groups: Vec<_> = runs(mark)
        .into_iter()
        .map(|run| match run {
            Run::Letters(run) | Run::Digits(run) => run,
        })
        .collect();
    groups.join(" ")
}
