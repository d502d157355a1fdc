//! Whether a vehicle is likely to meet the emission standard of London's ULEZ, by the rules' rule of thumb.
//!
//! The zones of other cities mostly ask for the same; each zone's own checker is the only proof, and every answer says so.

use chrono::NaiveDate;
use driveever_core::vehicle::record::FuelType;

use super::facts::{Facts, Kind};
use crate::rules::Rules;

/// What the rule of thumb says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compliance {
    /// Likely in order.
    Likely(Ground),
    /// Likely not.
    Unlikely(Ground),
    /// Cannot be told.
    Unknown,
}

/// What it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// It has no exhaust.
    Electric,
    /// The recorded Euro standard.
    Euro(u32),
    /// The date of first registration.
    Registration(NaiveDate),
}

/// Works out the rule of thumb.
pub(super) fn compliance(facts: &Facts<'_>, rules: &Rules) -> Compliance {
    if facts.is_zero_emission() {
        return Compliance::Likely(Ground::Electric);
    }
    let Some(needed) = needed(facts, rules) else { return Compliance::Unknown };
    if let Some(euro) = euro(facts) {
        let enough = f64::from(euro) >= needed.standard;
        // A hybrid may have either engine: only the stricter standard is enough to say yes.
        return match (enough, needed.ambiguous) {
            (true, _) => Compliance::Likely(Ground::Euro(euro)),
            (false, false) => Compliance::Unlikely(Ground::Euro(euro)),
            (false, true) => Compliance::Unknown,
        };
    }
    let Some((registered, from)) = facts.registered().zip(needed.sold_from) else { return Compliance::Unknown };
    match (registered >= from, needed.ambiguous || needed.early_ones) {
        (true, _) => Compliance::Likely(Ground::Registration(registered)),
        (false, false) => Compliance::Unlikely(Ground::Registration(registered)),
        (false, true) => Compliance::Unknown,
    }
}

struct Needed {
    standard: f64,
    /// From when all new ones met it.
    sold_from: Option<NaiveDate>,
    /// Whether older ones may meet it too.
    early_ones: bool,
    /// Whether the record leaves open which standard applies.
    ambiguous: bool,
}

fn needed(facts: &Facts<'_>, rules: &Rules) -> Option<Needed> {
    let rule = rules.get("zones.ulez-standard")?;
    let standard = |name: &str| rule.figure(name).and_then(|figure| figure.value);
    let early_petrol = facts.registered().is_some_and(|day| Some(day) >= NaiveDate::from_ymd_opt(2001, 1, 1));
    let from = NaiveDate::from_ymd_opt;
    Some(match (facts.kind, facts.fuel()?) {
        (Kind::Heavy, _) => return None,
        (Kind::Motorcycle, _) => Needed {
            standard: standard("motorcycle-euro")?,
            sold_from: from(2007, 7, 1),
            early_ones: false,
            ambiguous: false,
        },
        (_, FuelType::Petrol | FuelType::Gas) => Needed {
            standard: standard("petrol-euro")?,
            sold_from: from(2006, 1, 1),
            early_ones: early_petrol,
            ambiguous: false,
        },
        // Vans changed over later than cars, on days that no rule here names: only a recorded standard tells.
        (Kind::Van, FuelType::Diesel) => {
            Needed { standard: standard("diesel-euro")?, sold_from: None, early_ones: false, ambiguous: false }
        }
        (_, FuelType::Diesel) => Needed {
            standard: standard("diesel-euro")?,
            sold_from: from(2015, 9, 1),
            early_ones: false,
            ambiguous: false,
        },
        (_, FuelType::HybridElectric) => Needed {
            standard: standard("diesel-euro")?,
            sold_from: from(2015, 9, 1),
            early_ones: false,
            ambiguous: true,
        },
        _ => return None,
    })
}

/// The number of the recorded Euro standard; Roman numerals are of heavy vehicles and are not read.
fn euro(facts: &Facts<'_>) -> Option<u32> {
    let digits = |text: &str| {
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect::<String>()
    };
    digits(&facts.record.euro_status.as_ref()?.value).parse().ok().filter(|euro| (1..=9).contains(euro))
}
