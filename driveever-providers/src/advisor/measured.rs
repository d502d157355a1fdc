//! The figures that a question measures: "tread of 1.4mm", "brake pads at 1 mm", "doing 80 mph", "I'm 16".
//!
//! Only a number with its unit is read, so that "my 320d" measures nothing; what it is of is decided by the words beside it,
//! in the composer that holds it against a limit. The figure is told as it was written.

use driveever_core::vehicle::words::stem;

/// How many words of a question are read.
const MAX_WORDS: usize = 200;
/// How many figures of one question are read.
const MAX_FIGURES: usize = 4;
/// Digits beyond these are no measurement.
const MAX_DIGITS: usize = 8;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Millimetres; centimetres are turned into them.
    Millimetres,
    /// Miles an hour.
    MilesAnHour,
    /// Miles a year.
    MilesAYear,
    /// Years of age.
    Years,
    /// Volts.
    Volts,
    /// Micrograms of alcohol.
    Micrograms,
    /// Milligrams of alcohol.
    Milligrams,
}

impl Unit {
    /// As answers spell it after a figure.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Millimetres => "mm",
            Self::MilesAnHour => "mph",
            Self::MilesAYear => "miles a year",
            Self::Years => "years",
            Self::Volts => "V",
            Self::Micrograms => "micrograms",
            Self::Milligrams => "mg",
        }
    }
}

/// A figure with its unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measured {
    /// The figure in its unit.
    pub(super) value: f64,
    /// The figure as digits.
    pub(super) digits: String,
    /// What it counts.
    pub(super) unit: Unit,
}

/// What a question measures, and the words around it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Measurements {
    /// The figures, in the order in which they are named.
    pub(super) figures: Vec<Measured>,
    words: Vec<String>,
}

impl Measurements {
    /// Reads a question.
    pub(super) fn of(question: &str) -> Self {
        let words = words(question);
        let mut figures: Vec<Measured> = Vec::new();
        for at in 0..words.len() {
            let rest = words.get(at..).unwrap_or_default();
            let before = at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str);
            let found = measured(rest).or_else(|| own_age(before, rest));
            if let Some(found) = found.filter(|found| figures.len() < MAX_FIGURES && !figures.contains(found)) {
                figures.push(found);
            }
        }
        Self { figures, words }
    }

    /// The figures of a unit.
    pub(super) fn of_unit(&self, unit: Unit) -> impl Iterator<Item = &Measured> {
        self.figures.iter().filter(move |figure| figure.unit == unit)
    }

    /// Whether one of the words occurs.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    /// A speed and the limit of a sign: "36 in a 30".
    pub(super) fn sign(&self) -> Option<(u32, u32)> {
        const SIGNS: [u32; 6] = [20, 30, 40, 50, 60, 70];
        let words: Vec<&str> = self.words.iter().map(String::as_str).filter(|word| *word != "mph").collect();
        words.windows(4).find_map(|window| match window {
            [driven, "in", "a" | "the", sign] => {
                let (driven, sign) = (driven.parse().ok()?, sign.parse().ok()?);
                (SIGNS.contains(&sign) && (10..200).contains(&driven)).then_some((driven, sign))
            }
            _ => None,
        })
    }

    /// Whether a word with that stem occurs.
    pub(super) fn has_stem(&self, stem_of: &str) -> bool {
        self.words.iter().any(|word| {
            let mut word = word.clone();
            stem(&mut word);
            word == stem_of
        })
    }

    /// The years that are named, each once, up to this one; "last year" is one too.
    pub(super) fn years(&self, present: i32) -> Vec<i32> {
        const FIRST: i32 = 1960;
        let named = self.words.iter().filter(|word| word.len() == 4).filter_map(|word| word.parse::<i32>().ok());
        let last = self.has_phrase(&["last", "year"]).then(|| present - 1);
        let mut years: Vec<i32> = Vec::new();
        for year in named.chain(last).filter(|year| (FIRST..=present).contains(year)) {
            if !years.contains(&year) && years.len() < MAX_FIGURES {
                years.push(year);
            }
        }
        years
    }

    /// Whether the words occur side by side.
    pub(super) fn has_phrase(&self, phrase: &[&str]) -> bool {
        self.words.windows(phrase.len().max(1)).any(|window| window.iter().eq(phrase.iter()))
    }
}

/// The words in lower case, numbers parted from the unit that is written onto them.
fn words(question: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in question.split_whitespace().take(MAX_WORDS) {
        let word: String = word
            .chars()
            .filter(|c| !matches!(c, '\'' | '\u{2019}' | '(' | ')' | '"'))
            .flat_map(char::to_lowercase)
            .collect();
        for part in word.split(['-', '/']) {
            let part = part.trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
            let part = part.trim_end_matches('.');
            let end = part.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(part.len());
            let (number, unit) = part.split_at(end);
            words.extend([number, unit].into_iter().filter(|piece| !piece.is_empty()).map(str::to_owned));
        }
    }
    words
}

/// The figure that begins here, if one does.
fn measured(rest: &[String]) -> Option<Measured> {
    let (first, after) = rest.split_first()?;
    let next = |at: usize| after.get(at).map_or("", String::as_str);
    let number = spelt(first).map_or_else(|| first.clone(), str::to_owned);
    let number = if number.starts_with('.') { format!("0{number}") } else { number };
    let number = of_decimal_comma(&number);
    if number.len() > MAX_DIGITS || !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value: f64 = number.parse().ok()?;
    // "12k miles a year".
    let skip = usize::from(next(0) == "k" && matches!(next(1), "mile" | "miles"));
    let thousands = if next(0) == "k" { 1_000.0 } else { 1.0 };
    let (unit, value, digits) = match (next(skip), next(skip + 1), next(skip + 2)) {
        (
            "mm" | "mil" | "mill" | "mils" | "millimetre" | "millimetres" | "millimeter" | "millimeters" | "milimetres",
            ..,
        ) => (Unit::Millimetres, value, number),
        ("cm" | "centimetre" | "centimetres", ..) => {
            let value = value * 10.0;
            (Unit::Millimetres, value, value.to_string())
        }
        ("mph", ..) | ("miles", "per" | "an" | "a", "hour") => (Unit::MilesAnHour, value, number),
        ("miles" | "k", "a" | "per" | "each" | "every", "year" | "annum")
        | ("k" | "miles", "pa" | "annually" | "yearly", _) => {
            let value = value * thousands;
            (Unit::MilesAYear, value, value.to_string())
        }
        ("volt" | "volts" | "v", ..) => (Unit::Volts, value, number),
        ("microgram" | "micrograms" | "mcg" | "ug" | "µg" | "μg", ..) => (Unit::Micrograms, value, number),
        ("mg" | "milligram" | "milligrams", ..) => (Unit::Milligrams, value, number),
        ("year" | "years" | "yr" | "yrs" | "yo", ..) => (Unit::Years, value, number),
        _ => return None,
    };
    Some(Measured { value, digits, unit })
}

/// An age without its unit: "I'm 17".
fn own_age(before: &str, rest: &[String]) -> Option<Measured> {
    let number = rest.first().filter(|number| number.len() == 2 && matches!(before, "im" | "am" | "aged"))?;
    let value: u32 = number.parse().ok()?;
    Some(Measured { value: f64::from(value), digits: number.clone(), unit: Unit::Years })
}

/// A small number in words, or "a" half.
fn spelt(word: &str) -> Option<&'static str> {
    const NUMBERS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    const DIGITS: [&str; 13] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];
    DIGITS.get(NUMBERS.iter().position(|number| *number == word)?).copied()
}

/// A number without commas between thousands; a comma with fewer digits after it is a decimal point.
fn of_decimal_comma(number: &str) -> String {
    match number.split_once(',') {
        Some((whole, rest)) if rest.len() < 3 && !rest.contains(',') => format!("{whole}.{rest}"),
        _ => number.replace(',', ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(question: &str) -> Vec<(f64, Unit)> {
        Measurements::of(question).figures.into_iter().map(|figure| (figure.value, figure.unit)).collect()
    }

    #[test]
    fn a_number_with_its_unit_is_read_however_it_is_written() {
        use Unit::{Micrograms, MilesAYear, MilesAnHour, Millimetres, Volts, Years};
        for (question, expected) in [
            ("My tyre is at 1.5mm is it legal", vec![(1.5, Millimetres)]),
            ("tread 0.9 mm ok for mot?", vec![(0.9, Millimetres)]),
            ("tread of 1,4 mm.", vec![(1.4, Millimetres)]),
            ("brake pads at two millimetres", vec![(2.0, Millimetres)]),
            ("a 2cm crack", vec![(20.0, Millimetres)]),
            ("front 5mm, rear 1.2mm", vec![(5.0, Millimetres), (1.2, Millimetres)]),
            (".8mm left", vec![(0.8, Millimetres)]),
            ("can I do 80mph on the motorway", vec![(80.0, MilesAnHour)]),
            ("is 20,000 miles a year a lot", vec![(20_000.0, MilesAYear)]),
            ("I do 12k a year", vec![(12_000.0, MilesAYear)]),
            ("is 12k miles a year high", vec![(12_000.0, MilesAYear)]),
            ("I'm 17, can I drive it", vec![(17.0, Years)]),
            ("can my 16-year-old drive it", vec![(16.0, Years)]),
            ("battery reads 12.2V", vec![(12.2, Volts)]),
            ("I blew 40 micrograms", vec![(40.0, Micrograms)]),
        ] {
            assert_eq!(read(question), expected, "{question}");
        }
    }

    #[test]
    fn other_numbers_measure_nothing() {
        for question in
            ["my 320d", "is it a 2.0 litre", "MOT in 2027", "90,000 miles", "M25", "", "1.2.3.4mm", "99999999999mm"]
        {
            assert_eq!(read(question), [], "{question}");
        }
    }
}
