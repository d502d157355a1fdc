//! One value of a body, whatever its JSON type, and what may be made of it.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{super::record::FuelType, WireLimits};
use crate::time::Timestamp;

/// Most characters that are kept of any text before a field's own limit is applied.
const KEPT: usize = 4_000;
/// Most characters of a service's error code or request id.
const CODE: usize = 64;
/// Days outside these years are misread, not real.
const YEARS: std::ops::RangeInclusive<i32> = 1880..=2200;

/// A value that may be absent, of any type.
#[derive(Debug, Default)]
pub(super) enum Scalar {
    /// Not there, null or blank.
    #[default]
    Absent,
    /// A text, or a number or truth value in text, cleaned.
    Text(String),
    /// A list or an object, where neither belongs.
    Unreadable,
}

impl Scalar {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Unreadable => None,
        }
    }

    /// As a service's code or id: printable ASCII without spaces, bounded; else nothing.
    pub(super) fn code(&self) -> Option<String> {
        let text = self.as_text()?;
        (text.len() <= CODE && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Absent)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        let text = clean(value, KEPT);
        Ok(if text.is_empty() { Scalar::Absent } else { Scalar::Text(text) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Unreadable)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Unreadable)
    }
}

/// One line of visible text of at most `most` characters, an ellipsis included where it was cut: runs of blanks and control
/// characters become one space, invisible characters that change direction or joining are dropped.
fn clean(text: &str, most: usize) -> String {
    let mut cleaned = String::with_capacity(text.len().min(most));
    let mut length = 0;
    let mut gap = false;
    for character in text.chars() {
        match character {
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {}
            _ if character.is_whitespace() || character.is_control() => gap = length > 0,
            _ => {
                if length + usize::from(gap) >= most {
                    while length >= most && cleaned.pop().is_some() {
                        length -= 1;
                    }
                    cleaned.push('\u{2026}');
                    return cleaned;
                }
                if gap {
                    cleaned.push(' ');
                    length += 1;
                    gap = false;
                }
                cleaned.push(character);
                length += 1;
            }
        }
    }
    cleaned
}

/// Turns the values of one body into types and remembers which made no sense.
pub(super) struct Fields {
    limits: WireLimits,
    unreadable: Vec<&'static str>,
}

impl Fields {
    pub(super) const fn new(limits: WireLimits) -> Self {
        Self { limits, unreadable: Vec::new() }
    }

    /// The names of the values that made no sense, each once.
    pub(super) fn into_unreadable(mut self) -> Vec<&'static str> {
        self.unreadable.sort_unstable();
        self.unreadable.dedup();
        self.unreadable
    }

    pub(super) fn is_unreadable(&mut self, name: &'static str) {
        self.unreadable.push(name);
    }

    /// What `read` makes of a value that is there.
    pub(super) fn map<T>(
        &mut self,
        name: &'static str,
        scalar: &Scalar,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = match scalar {
            Scalar::Absent => return None,
            Scalar::Text(text) => read(text),
            Scalar::Unreadable => None,
        };
        if value.is_none() {
            self.is_unreadable(name);
        }
        value
    }

    pub(super) fn text(&mut self, name: &'static str, scalar: &Scalar) -> Option<String> {
        let most = self.limits.max_text;
        self.map(name, scalar, |text| Some(clean(text, most)))
    }

    pub(super) fn defect_text(&mut self, name: &'static str, scalar: &Scalar) -> Option<String> {
        let most = self.limits.max_defect_text;
        self.map(name, scalar, |text| Some(clean(text, most)))
    }

    /// A whole number that is not negative and not above `most`.
    pub(super) fn number(&mut self, name: &'static str, scalar: &Scalar, most: u32) -> Option<u32> {
        self.map(name, scalar, |text| number(text).filter(|value| *value <= most))
    }

    pub(super) fn year(&mut self, name: &'static str, scalar: &Scalar) -> Option<u16> {
        self.map(name, scalar, |text| {
            u16::try_from(number(text)?).ok().filter(|year| YEARS.contains(&i32::from(*year)))
        })
    }

    pub(super) fn flag(&mut self, name: &'static str, scalar: &Scalar) -> Option<bool> {
        self.map(name, scalar, |text| match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        })
    }

    pub(super) fn date(&mut self, name: &'static str, scalar: &Scalar) -> Option<NaiveDate> {
        self.map(name, scalar, date)
    }

    /// A year and month, as its first day; a whole date will do.
    pub(super) fn month(&mut self, name: &'static str, scalar: &Scalar) -> Option<NaiveDate> {
        self.map(name, scalar, |text| {
            date(text).and_then(|day| day.with_day(1)).or_else(|| date(&format!("{text}-01")))
        })
    }

    pub(super) fn time(&mut self, name: &'static str, scalar: &Scalar) -> Option<Timestamp> {
        self.map(name, scalar, time)
    }
}

/// Digits, perhaps with thousands separators or an empty fraction.
fn number(text: &str) -> Option<u32> {
    let text = text
        .split_once('.')
        .map_or(text, |(whole, fraction)| if fraction.bytes().all(|b| b == b'0') { whole } else { text });
    let digits: String = text.chars().filter(|c| *c != ',').collect();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// `2026-11-23`, with dots as in older answers, or the day of a date-time.
fn date(text: &str) -> Option<NaiveDate> {
    let day = text.get(..10).filter(|_| matches!(text.as_bytes().get(10), None | Some(b'T' | b' ')))?;
    let date = NaiveDate::parse_from_str(&day.replace('.', "-"), "%Y-%m-%d").ok()?;
    YEARS.contains(&date.year()).then_some(date)
}

/// RFC 3339, or a date alone, or a date-time without a zone, which is UTC.
fn time(text: &str) -> Option<Timestamp> {
    date(text)?;
    let iso = match text.len() {
        10 => format!("{}T00:00:00Z", text.replace('.', "-")),
        _ => text.to_owned(),
    };
    iso.parse().or_else(|_| format!("{iso}Z").parse()).ok()
}

/// The fuel that a source's word means.
pub(super) fn fuel(text: &str) -> FuelType {
    let word = text.to_ascii_lowercase();
    match word.as_str() {
        "petrol" => FuelType::Petrol,
        "diesel" | "heavy oil" => FuelType::Diesel,
        "electric" | "electricity" => FuelType::Electric,
        "fuel cells" | "fuel cell" | "hydrogen" => FuelType::Hydrogen,
        "lpg" | "cng" | "lng" => FuelType::Gas,
        _ if word.contains("hybrid") || word.contains("electric") => FuelType::HybridElectric,
        _ if word.contains("bi-fuel") || word.contains("bi fuel") => FuelType::GasBiFuel,
        _ if word.contains("gas") => FuelType::Gas,
        _ => FuelType::Other(text.to_owned()),
    }
}

/// `LIGHT BLUE` and `light blue` as `Light Blue`.
pub(super) fn title_case(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let mut characters = word.chars();
        let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
        first + &characters.as_str().to_lowercase()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A mark as a service writes it, normalised without judging it.
pub(super) fn mark(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_one_bounded_visible_line() {
        assert_eq!(clean("  worn\r\n\tand\0 lipped ", 100), "worn and lipped");
        assert_eq!(clean("a\u{202e}b\u{200b}c", 100), "abc");
        assert_eq!(clean("abcdef", 6), "abcdef");
        assert_eq!(clean("abcdefg", 6), "abcde\u{2026}");
        assert_eq!(clean("abcde fg", 6).chars().count(), 6);
        assert_eq!(clean("\n", 6), "");
    }

    #[test]
    fn numbers_and_days_come_in_several_spellings() {
        assert_eq!(number("1,395"), Some(1395));
        assert_eq!(number("1395.0"), Some(1395));
        assert_eq!(number("1395.5"), None);
        assert_eq!(number("-1"), None);
        assert_eq!(number(""), None);
        assert_eq!(number("99999999999999999999"), None);
        assert_eq!(date("2014.08.25").unwrap().to_string(), "2014-08-25");
        assert_eq!(date("2014-08-25T00:00:00Z").unwrap().to_string(), "2014-08-25");
        for wrong in ["2014-02-30", "0001-01-01", "2014-08-255", "25/08/2014", "2014-08", "201\u{e9}-08-25"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
        for right in ["2023-02-17T09:17:46.000Z", "2023-02-17 09:17:46", "2023-02-17T09:17:46"] {
            assert_eq!(time(right).unwrap().to_string(), "2023-02-17T09:17:46.000000Z");
        }
        assert_eq!(time("2023.02.17").unwrap().to_string(), "2023-02-17T00:00:00.000000Z");
    }

    #[test]
    fn fuels_of_both_services_are_understood() {
        for (word, fuel_type) in [
            ("PETROL", FuelType::Petrol),
            ("Heavy Oil", FuelType::Diesel),
            ("ELECTRICITY", FuelType::Electric),
            ("Hybrid Electric (Clean)", FuelType::HybridElectric),
            ("ELECTRIC DIESEL", FuelType::HybridElectric),
            ("GAS BI-FUEL", FuelType::GasBiFuel),
            ("Gas Bi-Fuel", FuelType::GasBiFuel),
            ("GAS", FuelType::Gas),
            ("LPG", FuelType::Gas),
            ("Fuel Cells", FuelType::Hydrogen),
            ("STEAM", FuelType::Other("STEAM".to_owned())),
        ] {
            assert_eq!(fuel(word), fuel_type, "{word}");
        }
        assert_eq!(title_case("LIGHT bLUE"), "Light Blue");
    }
}
