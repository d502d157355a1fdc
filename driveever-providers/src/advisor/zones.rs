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
    let of = |name: &str, ambiguous: bool| {
        let figure = rule.figure(name)?;
        Some(Needed { standard: figure.value?, sold_from: figure.since, early_ones: false, ambiguous })
    };
    match (facts.kind, facts.fuel()?) {
        (Kind::Heavy, _) => None,
        (Kind::Motorcycle, _) => of("motorcycle-euro", false),
        (_, FuelType::Petrol | FuelType::Gas | FuelType::GasBiFuel) => {
            let early = rule.figure("petrol-euro-early").zip(facts.registered());
            let early_ones = early.is_some_and(|(figure, registered)| figure.applies_on(registered));
            of("petrol-euro", false).map(|needed| Needed { early_ones, ..needed })
        }
        // Vans changed over later than cars, on days that no rule here names: only a recorded standard tells.
        (Kind::Van, FuelType::Diesel) => of("diesel-euro", false).map(|needed| Needed { sold_from: None, ..needed }),
        (_, FuelType::Diesel) => of("diesel-euro", false),
        (_, FuelType::HybridElectric) => of("diesel-euro", true),
        _ => None,
    }
}

/// The number of the recorded Euro standard; Roman numerals are of heavy vehicles and are not read.
fn euro(facts: &Facts<'_>) -> Option<u32> {
    let digits = |text: &str| {
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect::<String>()
    };
    digits(&facts.record.euro_status.as_ref()?.value).parse().ok().filter(|euro| (1..=9).contains(euro))
}

#[cfg(test)]
mod tests {
    use driveever_core::vehicle::record::{RecordSource, Sourced};

    use super::*;
    use crate::advisor::{engine::Engine, fixtures};

    #[test]
    fn the_rule_of_thumb_goes_by_standard_then_by_registration() {
        use Compliance as C;
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (fuel, approval, euro, registered, expected) in [
            (FuelType::Petrol, "M1", Some("EURO 4"), "2003-05-01", C::Likely(Ground::Euro(4))),
            (FuelType::Petrol, "M1", Some("Euro 3"), "2003-05-01", C::Unlikely(Ground::Euro(3))),
            (FuelType::Petrol, "M1", None, "2003-05-01", C::Unknown),
            (FuelType::Petrol, "M1", None, "2000-05-01", C::Unlikely(Ground::Registration(date("2000-05-01")))),
            (FuelType::Petrol, "M1", None, "2006-01-01", C::Likely(Ground::Registration(date("2006-01-01")))),
            (FuelType::Diesel, "M1", Some("Euro5"), "2015-05-01", C::Unlikely(Ground::Euro(5))),
            (FuelType::Diesel, "M1", None, "2015-09-01", C::Likely(Ground::Registration(date("2015-09-01")))),
            (FuelType::Diesel, "N1", None, "2015-10-01", C::Unknown),
            (FuelType::HybridElectric, "M1", Some("Euro 5"), "2012-05-01", C::Unknown),
            (FuelType::HybridElectric, "M1", Some("Euro 6"), "2018-05-01", C::Likely(Ground::Euro(6))),
            (FuelType::Petrol, "L3e", None, "2008-05-01", C::Likely(Ground::Registration(date("2008-05-01")))),
            (FuelType::Diesel, "N3", Some("Euro 6"), "2018-05-01", C::Unknown),
            (FuelType::Electric, "M1", None, "2018-05-01", C::Likely(Ground::Electric)),
        ] {
            let mut record = fixtures::taxed();
            let at = record.mot_status.fetched_at;
            let fact =
                |text: &str| Some(Sourced { value: text.to_owned(), source: RecordSource::Dvla, fetched_at: at });
            record.fuel_type = Some(Sourced { value: fuel.clone(), source: RecordSource::Dvla, fetched_at: at });
            record.type_approval = fact(approval);
            record.euro_status = euro.and_then(fact);
            record.first_registered.as_mut().unwrap().value = date(registered);
            let engine = Engine::get();
            let facts = Facts::of(&record, date(fixtures::TODAY));
            assert_eq!(compliance(&facts, engine.rules), expected, "{fuel:?} {approval} {euro:?} {registered}");
        }
    }
}
