//! UK registration marks: what may be one, what it says of its age, and how it may be shown.
//!
//! [`Registration::parse`] takes a mark as a driver types it and gives the normalised mark or a [`RegistrationError`] that
//! says what would be right. A [`Registration`] cannot hold anything else, so it may be used as a key, in a request and in
//! a file name without further checks. A mark is personal data: `Debug` and [`Registration::masked`] hide most of it, and
//! no error message repeats it, so that both may be logged. There is no `Display`, lest one slip into a log.
//!
//! To extend: a new kind of mark is a variant of [`RegistrationKind`], an arm of `shape::kind_of` and rows in the table of
//! the tests. The patterns are matched by hand, because seven characters do not warrant a dependency on a regex engine.
//! The rules are those of the DVLA's leaflet INF104 and of the sources gathered with it.

mod shape;
mod suggest;

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::validate::Violation;

pub use shape::{IssuePeriod, RegistrationKind, ShapeFault};

/// Fewest characters of a normalised mark.
pub const MIN_LENGTH: usize = 2;
/// Most characters of a normalised mark.
pub const MAX_LENGTH: usize = 7;
/// Most bytes of a mark as typed, separators included; more is refused unread.
const MAX_INPUT_BYTES: usize = 64;

/// A UK registration mark in its normalised form: 2 to 7 of A-Z and 0-9, of a known kind.
///
/// ```
/// use chrono::NaiveDate;
/// use driveever_core::vehicle::registration::{Registration, RegistrationKind};
/// let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default();
/// let mark = Registration::parse(" ab51-abc ", today)?;
/// assert_eq!(mark.as_str(), "AB51ABC");
/// assert_eq!(mark.display(), "AB51 ABC");
/// assert_eq!(mark.kind(), RegistrationKind::Current);
/// assert_eq!(format!("{mark:?}"), "Registration(AB*****)");
/// # Ok::<(), driveever_core::vehicle::registration::RegistrationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Registration {
    mark: String,
    kind: RegistrationKind,
}

impl Registration {
    /// Reads a mark as typed: any case, with spaces, hyphens or dots between. `today` decides whether a mark of the current
    /// series has been issued yet.
    ///
    /// # Errors
    /// [`RegistrationError`]; where characters that look alike were mixed up, with [`RegistrationError::suggestions`].
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, RegistrationError> {
        let mark = normalise(text)?;
        let Some(kind) = shape::kind_of(&mark) else {
            let suggestions = suggest::candidates(&mark, today);
            return Err(RegistrationError::NoSuchForm { fault: shape::fault_of(&mark), suggestions });
        };
        let registration = Self { mark, kind };
        match registration.issued() {
            Some(period) if period.from > today => Err(RegistrationError::NotYetIssued { from: period.from }),
            _ => Ok(registration),
        }
    }

    /// Reads a mark that was accepted before: its form is checked, its date is not, so that a stored mark reads back
    /// whatever the clock says.
    ///
    /// # Errors
    /// As [`Registration::parse`], but never [`RegistrationError::NotYetIssued`], and without suggestions.
    pub fn from_stored(text: &str) -> Result<Self, RegistrationError> {
        let mark = normalise(text)?;
        match shape::kind_of(&mark) {
            Some(kind) => Ok(Self { mark, kind }),
            None => Err(RegistrationError::NoSuchForm { fault: shape::fault_of(&mark), suggestions: Vec::new() }),
        }
    }

    /// The normalised mark: `AB51ABC`.
    pub fn as_str(&self) -> &str {
        &self.mark
    }

    /// What kind of mark it is.
    pub const fn kind(&self) -> RegistrationKind {
        self.kind
    }

    /// When marks of its series were issued, where the mark tells. It dates the mark and not the vehicle: a private mark may
    /// be older than its vehicle, never newer.
    pub fn issued(&self) -> Option<IssuePeriod> {
        shape::issued(self.kind, &self.mark)
    }

    /// As it is written on a plate, with spaces: `AB51 ABC`, `L2 WPS`, `ABC 123A`, `101 D 123`.
    pub fn display(&self) -> String {
        shape::spaced(self.kind, &self.mark)
    }

    /// For logs: its first characters, the rest hidden: `AB*****`, `A*`.
    pub fn masked(&self) -> String {
        let shown = if self.mark.len() >= 5 { 2 } else { 1 };
        self.mark.chars().enumerate().map(|(at, c)| if at < shown { c } else { '*' }).collect()
    }
}

impl fmt::Debug for Registration {
    /// Masked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registration({})", self.masked())
    }
}

impl Serialize for Registration {
    /// The normalised mark as text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.mark)
    }
}

impl<'de> Deserialize<'de> for Registration {
    /// As [`Registration::from_stored`]. What a driver typed goes through [`Registration::parse`] instead.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_stored(&text).map_err(D::Error::custom)
    }
}

/// Why a text is no registration mark. No message repeats the text, so that each may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Nothing but separators.
    #[error("is empty; a registration mark has 2 to 7 letters and digits, such as AB19 ABC")]
    Empty,
    /// One character.
    #[error("is too short; a registration mark has 2 to 7 letters and digits, such as AB19 ABC")]
    TooShort,
    /// More than seven characters, or far too many separators.
    #[error("is too long; a registration mark has 2 to 7 letters and digits, such as AB19 ABC")]
    TooLong,
    /// A character that no mark has.
    #[error(
        "has {character:?} as character {position}; only the letters A to Z, digits, spaces, hyphens and dots may be used"
    )]
    Character {
        /// The first such character.
        character: char,
        /// Where it stands in the text, counted in characters from 1, after leading and trailing blanks were cut.
        position: usize,
    },
    /// Of the right form, but its series is yet to come.
    #[error("is not issued yet: marks with this age identifier are issued from {from}; check the two digits")]
    NotYetIssued {
        /// The first day of its series.
        from: NaiveDate,
    },
    /// No mark has this form.
    #[error("is no UK registration mark: {fault}")]
    NoSuchForm {
        /// What is wrong, as far as the form tells.
        fault: ShapeFault,
        /// Marks that it may have been meant as, when characters that look alike (0 and O, 1 and I, 8 and B) are swapped. To
        /// be offered to the driver, never to be taken silently. Each parses.
        suggestions: Vec<Registration>,
    },
}

impl RegistrationError {
    /// Marks that may have been meant; often none.
    pub fn suggestions(&self) -> &[Registration] {
        match self {
            Self::NoSuchForm { suggestions, .. } => suggestions,
            _ => &[],
        }
    }

    /// As the fault of a field, with the marks that may have been meant, as they are written on a plate.
    pub fn violation(&self, field: &str) -> Violation {
        Violation::new(field, self.to_string()).suggesting(self.suggestions().iter().map(Registration::display))
    }

    /// A stable `snake_case` code for API answers and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "registration_empty",
            Self::TooShort => "registration_too_short",
            Self::TooLong => "registration_too_long",
            Self::Character { .. } => "registration_character",
            Self::NotYetIssued { .. } => "registration_not_yet_issued",
            Self::NoSuchForm { .. } => "registration_form",
        }
    }
}

/// Upper case, without separators, 2 to 7 characters of A-Z and 0-9.
fn normalise(text: &str) -> Result<String, RegistrationError> {
    // Blanks around it, line ends included, come from copying; within a mark only the separators that people write count.
    let text = text.trim();
    if text.len() > MAX_INPUT_BYTES {
        return Err(RegistrationError::TooLong);
    }
    let mut mark = String::with_capacity(MAX_LENGTH);
    for (at, character) in text.chars().enumerate() {
        match character {
            ' ' | '\u{a0}' | '-' | '.' => {}
            _ if character.is_ascii_alphanumeric() => mark.push(character.to_ascii_uppercase()),
            _ => return Err(RegistrationError::Character { character, position: at + 1 }),
        }
    }
    match mark.len() {
        0 => Err(RegistrationError::Empty),
        length if length < MIN_LENGTH => Err(RegistrationError::TooShort),
        length if length > MAX_LENGTH => Err(RegistrationError::TooLong),
        _ => Ok(mark),
    }
}

#[cfg(test)]
mod tests;
