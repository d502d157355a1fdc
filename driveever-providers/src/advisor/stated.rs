//! What the question itself states of the vehicle: "my 2004 petrol", "it's a diesel, 90k miles", "my MOT ran out last week".
//!
//! Only what is said of the asker's own vehicle is read, and only where it can be read reliably: a word after "my", "it's a"
//! or "I have a", with nothing but small words between. "Petrol or diesel?" states nothing, nor does "my petrol cap". What
//! is read is told as the asker's word and never as the record's; where the record says otherwise, that is told too.

mod lists;

use chrono::{Datelike, NaiveDate};
use driveever_core::vehicle::record::FuelType;

use self::lists::{CLAIMS, ENDS, MAKES, NOT_A_FUEL, SEATS};

/// How many words of a question are read.
const MAX_WORDS: usize = 200;
/// How many words after "my" or "it's a" still belong to it.
const REACH: usize = 5;
/// The first year that is taken for one of a vehicle.
const FIRST_YEAR: u16 = 1930;
/// Readings of an odometer that are believed.
const MILES: std::ops::RangeInclusive<u32> = 1_000..=600_000;

/// What is said of papers and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// The MOT has run out.
    MotRanOut,
    /// It passed a test lately.
    Passed,
    /// It is taxed.
    Taxed,
    /// It is in Northern Ireland.
    NorthernIreland,
}

/// What a question states of its vehicle. It holds no mark and no name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stated {
    /// The fuel.
    pub(super) fuel: Option<FuelType>,
    /// The year that it is of.
    pub(super) year: Option<u16>,
    /// The make, as it is written.
    pub(super) make: Option<&'static str>,
    /// How many years old it is.
    pub(super) age: Option<u32>,
    /// The odometer.
    pub(super) miles: Option<u32>,
    /// What is said of papers and place, each once.
    said: Vec<Said>,
}

impl Stated {
    /// Reads a question.
    pub(super) fn of(question: &str, today: NaiveDate) -> Self {
        let words = words(question);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut stated = Self::default();
        for start in 0..words.len() {
            let rest = words.get(start..).unwrap_or_default();
            for claim in CLAIMS.iter().filter(|claim| rest.starts_with(claim)) {
                // "Whether it is a diesel" asks, and "is my diesel" does not.
                let asked = start > 0
                    && !matches!(claim, ["my" | "our"])
                    && matches!(words.get(start - 1), Some(&("is" | "if" | "whether")));
                if !asked {
                    stated.claimed(rest.get(claim.len()..).unwrap_or_default(), today);
                }
            }
            stated.age = stated.age.or_else(|| age(words.get(..start).unwrap_or_default(), rest));
            stated.papers(words.get(..start).unwrap_or_default(), rest);
            if stated.miles.is_none() {
                stated.miles = odometer(words.get(..start).unwrap_or_default(), rest);
            }
        }
        // "2014 diesel": a year beside a fuel is said of one vehicle, whoever's it is.
        for pair in words.windows(3).chain(words.len().eq(&2).then_some(words.as_slice())) {
            if let [first, second, ..] = pair
                && let Some((year, fuel)) = year(first, today).zip(fuel(second))
                && pair.get(2).is_none_or(|next| !NOT_A_FUEL.contains(next))
            {
                stated.year.get_or_insert(year);
                stated.fuel.get_or_insert(fuel);
            }
        }
        stated
    }

    /// Whether that is said.
    pub(super) fn says(&self, what: Said) -> bool {
        self.said.contains(&what)
    }

    fn note(&mut self, what: Said, is_said: bool) {
        if is_said && !self.says(what) {
            self.said.push(what);
        }
    }

    /// Whether nothing of the vehicle itself is stated.
    pub(super) fn says_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What follows "my" or "it's a".
    fn claimed(&mut self, rest: &[&str], today: NaiveDate) {
        for (at, word) in rest.iter().take(REACH).enumerate() {
            // "Its mileage in 2024" says nothing of the year that it is of.
            let of_time = matches!(*word, "in" | "since" | "during" | "until" | "by" | "before" | "after");
            if ENDS.contains(word) || *word == PAUSE || of_time {
                return;
            }
            let next = rest.get(at + 1).copied().unwrap_or_default();
            if let Some(year) = year(word, today).filter(|_| !matches!(next, "miles" | "mile" | "cc" | "pounds")) {
                self.year.get_or_insert(year);
            }
            if let Some(fuel) = fuel(word) {
                if !NOT_A_FUEL.contains(&next) && next != "or" {
                    self.fuel.get_or_insert(fuel);
                }
                return;
            }
            if let Some(make) = MAKES
                .iter()
                .find(|make| *make == word)
                .filter(|make| **make != "seat" || at == 0 && !SEATS.contains(&next))
            {
                self.make.get_or_insert(make);
            }
        }
    }

    /// What is said of papers at this word.
    fn papers(&mut self, before: &[&str], rest: &[&str]) {
        let begins = |phrase: &[&str]| rest.starts_with(phrase);
        let asks = |words: &[&str]| {
            words.iter().rev().take(3).any(|word| {
                matches!(*word, "has" | "when" | "if" | "did" | "is" | "once" | "after" | "before" | "whether")
            })
        };
        let ran_out: [&[&str]; 7] = [
            &["mot", "ran", "out"],
            &["mot", "has", "run", "out"],
            &["mot", "expired"],
            &["mot", "has", "expired"],
            &["mot", "lapsed"],
            &["mot", "has", "lapsed"],
            &["mot", "ended"],
        ];
        self.note(Said::MotRanOut, ran_out.iter().any(|phrase| begins(phrase)) && !asks(before));
        let passed: [&[&str]; 5] = [
            &["it", "passed"],
            &["it", "has", "passed"],
            &["car", "passed"],
            &["just", "passed"],
            &["passed", "its", "mot"],
        ];
        self.note(Said::Passed, passed.iter().any(|phrase| begins(phrase)) && !asks(before));
        let taxed: [&[&str]; 9] = [
            &["its", "taxed"],
            &["it", "is", "taxed"],
            &["car", "is", "taxed"],
            &["i", "taxed", "it"],
            &["ive", "taxed"],
            &["i", "have", "taxed"],
            &["im", "taxed"],
            &["i", "am", "taxed"],
            &["just", "taxed"],
        ];
        self.note(Said::Taxed, taxed.iter().any(|phrase| begins(phrase)) && !asks(before));
        let ireland: [&[&str]; 4] = [&["northern", "ireland"], &["belfast"], &["in", "ni"], &["county", "antrim"]];
        let here = before
            .iter()
            .rev()
            .take(4)
            .any(|word| matches!(*word, "im" | "am" | "live" | "living" | "my" | "we" | "registered" | "from"));
        self.note(Said::NorthernIreland, here && ireland.iter().any(|phrase| begins(phrase)));
    }
}

/// What stands for a pause.
const PAUSE: &str = "|";

/// The words of a question in lower case, apostrophes dropped, articles too, pauses as [`PAUSE`], numbers whole.
fn words(question: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in question.split_whitespace().take(MAX_WORDS) {
        let core: String = word
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | ','))
            .flat_map(char::to_lowercase)
            .collect();
        let trimmed = core.trim_matches(|c: char| !c.is_alphanumeric());
        if !matches!(trimmed, "" | "a" | "an" | "the") {
            words.push(trimmed.to_owned());
        }
        if word.ends_with([',', '.', ';', '!', '?', ':', ')']) {
            words.push(PAUSE.to_owned());
        }
    }
    words
}

fn fuel(word: &str) -> Option<FuelType> {
    Some(match word {
        "petrol" => FuelType::Petrol,
        "diesel" => FuelType::Diesel,
        "electric" | "ev" => FuelType::Electric,
        "hybrid" => FuelType::HybridElectric,
        _ => return None,
    })
}

fn year(word: &str, today: NaiveDate) -> Option<u16> {
    let year = Some(word).filter(|word| word.len() == 4)?.parse::<u16>().ok()?;
    (year >= FIRST_YEAR && i32::from(year) <= today.year()).then_some(year)
}

/// The age of the vehicle that is told at this word: "my car is 45 years old", and not of a child.
fn age(before: &[&str], rest: &[&str]) -> Option<u32> {
    let [number, "years" | "year", "old", ..] = rest else { return None };
    let of_vehicle = match before {
        [.., "its"] => true,
        [.., what, "is"] => matches!(*what, "car" | "van" | "it" | "bike" | "motorbike" | "motorcycle" | "vehicle"),
        _ => false,
    };
    number.parse().ok().filter(|years| of_vehicle && (1..=150).contains(years))
}

/// A reading of an odometer that begins at this word: "90k", "90,000 miles", not "10,000 miles a year".
fn odometer(before: &[&str], rest: &[&str]) -> Option<u32> {
    let (number, after) = rest.split_first()?;
    let unit = after.first().is_some_and(|word| matches!(*word, "miles" | "mile"));
    let (digits, thousands) = match number.strip_suffix('k') {
        Some(digits) => (digits, true),
        None => (*number, false),
    };
    // "My mileage is 70000" needs no unit.
    let named = matches!(
        before,
        [.., "mileage" | "odometer" | "clock", "is" | "of" | "at" | "says" | "reads" | "shows"]
            | [.., "mileage" | "odometer"]
    );
    if !thousands && !unit && !named || digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let digits = digits.replace(',', "");
    let miles = digits.parse::<u32>().ok()?.checked_mul(if thousands { 1_000 } else { 1 })?;
    let next = after.get(usize::from(unit)).copied().unwrap_or_default();
    let rate = matches!(
        next,
        "year"
            | "per"
            | "pa"
            | "annum"
            | "each"
            | "every"
            | "service"
            | "range"
            | "away"
            | "trip"
            | "to"
            | "or"
            | "mark"
            | "interval"
    );
    let own = before.iter().rev().take(3).any(|word| {
        matches!(
            *word,
            "with"
                | "on"
                | "at"
                | "done"
                | "has"
                | "have"
                | "its"
                | "got"
                | "covered"
                | "showing"
                | "reads"
                | "ive"
                | "diesel"
                | "petrol"
                | "hybrid"
                | "electric"
        )
    });
    let clock = after.windows(2).take(3).any(|pair| pair == ["on", "clock"]);
    (MILES.contains(&miles) && !rate && (own || clock || named)).then_some(miles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(question: &str) -> Stated {
        Stated::of(question, "2026-11-24".parse().unwrap())
    }

    #[test]
    fn what_is_said_of_the_own_vehicle_is_read() {
        use FuelType::{Diesel, Electric, HybridElectric, Petrol};
        for (question, fuel, year, make, miles) in [
            ("Is my 2004 petrol ULEZ compliant?", Some(Petrol), Some(2004), None, None),
            ("it's a diesel, 90k miles", Some(Diesel), None, None, Some(90_000)),
            ("my BMW 320d needs tyres", None, None, Some("bmw"), None),
            ("I have a 2019 Nissan with 45,000 miles on the clock", None, Some(2019), Some("nissan"), Some(45_000)),
            ("how much tax for my electric car?", Some(Electric), None, None, None),
            ("My car is a 2012 hybrid", Some(HybridElectric), Some(2012), None, None),
            ("can a 2014 diesel drive in London", Some(Diesel), Some(2014), None, None),
            ("timing belt at 90k?", None, None, None, Some(90_000)),
        ] {
            let found = stated(question);
            assert_eq!((found.fuel, found.year, found.make, found.miles), (fuel, year, make, miles), "{question}");
        }
    }

    #[test]
    fn what_is_not_said_of_it_is_not_read() {
        for question in [
            "is it petrol or diesel?",
            "Is it a diesel?",
            "my petrol cap is stuck",
            "my electric windows don't work",
            "it's not a diesel",
            "my wife's diesel",
            "should I buy a diesel?",
            "my MOT runs until 2027",
            "my seat belt is stuck",
            "my seat is broken",
            "when did my MOT expire? In 2025?",
            "has my mot expired",
            "service every 10,000 miles or a year",
            "I do 12,000 miles a year",
            "is 200 miles too far",
            "do cars in northern ireland need an mot",
            "2004",
            "",
        ] {
            assert!(stated(question).says_nothing(), "{question}: {:?}", stated(question));
        }
    }

    #[test]
    fn papers_and_places_are_read() {
        assert!(stated("my MOT ran out last week, can I drive it?").says(Said::MotRanOut));
        assert!(stated("My MOT expired yesterday but I'm taxed").says(Said::Taxed));
        assert!(stated("it passed yesterday").says(Said::Passed));
        assert_eq!(stated("my car is 45 years old, does it need an MOT?").age, Some(45));
        assert_eq!(stated("what car seat does a 4 year old need").age, None);
        assert_eq!(stated("my son is 4 years old").age, None);
        assert!(stated("I am in Northern Ireland").says(Said::NorthernIreland));
        assert!(stated("I live in Belfast, when is the first MOT due?").says(Said::NorthernIreland));
    }

    #[test]
    fn any_text_can_be_read() {
        for text in ["my my my", "it's a", "99999999999k miles", "my 2004", "\u{0}k", "ünï 2004 diesel"] {
            stated(text);
        }
    }
}
