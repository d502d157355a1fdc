//! The yearly vehicle tax that the rules give for a record, and what stands in the way of a figure.

use chrono::NaiveDate;
use driveever_core::vehicle::record::FuelType;

use super::facts::{Facts, Kind};
use crate::rules::{Figure, Rate, Rule, Rules};

/// The tax of a vehicle.
#[derive(Debug, PartialEq)]
pub(super) enum YearlyTax {
    /// A rate of a rule.
    Rate {
        /// The rule.
        rule: &'static Rule,
        /// Its figure.
        figure: &'static Figure,
        /// Whether it is of the tax year asked for.
        current: bool,
        /// Under which part of the scheme.
        scheme: Scheme,
    },
    /// None, as historic.
    Historic,
    /// No figure can be given.
    Unknown(Missing),
}

/// The part of the scheme that gave a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// By engine size.
    EngineSize,
    /// By CO2 band.
    Co2Band,
    /// The flat rate.
    Flat,
    /// Electric, by its own rule.
    Electric,
}

/// What is missing for a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The date of first registration.
    Registration,
    /// The CO2 figure.
    Co2,
    /// The engine's size.
    EngineSize,
    /// Rates of this kind of vehicle.
    Kind,
    /// The rates of the rules.
    Rates,
}

/// Works out the yearly tax.
pub(super) fn yearly_tax(facts: &Facts<'_>, rules: &'static Rules) -> YearlyTax {
    if facts.historic_from(rules).is_some_and(|from| from <= facts.today) {
        return YearlyTax::Historic;
    }
    match facts.kind {
        Kind::Car | Kind::Unknown => car(facts, rules).unwrap_or_else(YearlyTax::Unknown),
        Kind::Motorcycle => motorcycle(facts, rules).unwrap_or_else(YearlyTax::Unknown),
        Kind::Van | Kind::Heavy => YearlyTax::Unknown(Missing::Kind),
    }
}

fn car(facts: &Facts<'_>, rules: &'static Rules) -> Result<YearlyTax, Missing> {
    let registered = facts.registered().ok_or(Missing::Registration)?;
    let co2 = facts.record.co2_emissions.as_ref().map(|fact| fact.value);
    let system = rules.get("tax.system").ok_or(Missing::Rates)?;
    let scheme = |name: &str| system.figure(name).is_some_and(|figure| figure.applies_on(registered));
    if scheme("engine-size-scheme") {
        let cc = facts.record.engine_cc.as_ref().ok_or(Missing::EngineSize)?.value;
        return row(rules, &["tax.pre-2001"], "engine-size", cc, facts.today, Scheme::EngineSize);
    }
    if scheme("flat-rate-scheme") {
        let rule = rules.get("tax.flat-rate").ok_or(Missing::Rates)?;
        return rate(rule, rule.rate("flat", facts.today), Scheme::Flat);
    }
    if facts.fuel() == Some(&FuelType::Electric) {
        let rule = rules.get("tax.electric").ok_or(Missing::Rates)?;
        return rate(rule, rule.rate("electric-2001-2017", facts.today), Scheme::Electric);
    }
    let co2 = co2.filter(|co2| *co2 > 0).ok_or(Missing::Co2)?;
    // Band K: a car above its bound, registered before the higher bands began, pays K's rate.
    let band_k = rules.get("tax.band-k").and_then(|rule| rule.figure("band-k"));
    let co2 = match band_k.filter(|figure| figure.applies_on(registered)).and_then(|figure| figure.to) {
        Some(bound) => co2.min(bound),
        None => co2,
    };
    row(rules, &["tax.co2-bands-2026", "tax.co2-bands-2025"], "co2-band", co2, facts.today, Scheme::Co2Band)
}

fn motorcycle(facts: &Facts<'_>, rules: &'static Rules) -> Result<YearlyTax, Missing> {
    let cc =
        if facts.is_zero_emission() { 0 } else { facts.record.engine_cc.as_ref().ok_or(Missing::EngineSize)?.value };
    row(rules, &["tax.motorcycle"], "motorcycle", cc, facts.today, Scheme::EngineSize)
}

/// The row of the first table whose year is the one asked for, or else of the first table.
fn row(
    rules: &'static Rules,
    ids: &[&str],
    name: &str,
    key: u32,
    today: NaiveDate,
    scheme: Scheme,
) -> Result<YearlyTax, Missing> {
    let rows =
        || ids.iter().filter_map(|id| rules.get(id)).filter_map(|rule| Some((rule, rule.row(name, key, today)?)));
    let (rule, found) = rows().find(|(_, rate)| rate.current).or_else(|| rows().next()).ok_or(Missing::Rates)?;
    rate(rule, Some(found), scheme)
}

fn rate(rule: &'static Rule, rate: Option<Rate<'static>>, scheme: Scheme) -> Result<YearlyTax, Missing> {
    let rate = rate.ok_or(Missing::Rates)?;
    Ok(YearlyTax::Rate { rule, figure: rate.figure, current: rate.current, scheme })
}

#[cfg(test)]
mod tests {
    use driveever_core::vehicle::record::{RecordSource, Sourced, VehicleRecord};

    use super::*;
    use crate::advisor::{engine::Engine, fixtures};

    fn tax(change: impl FnOnce(&mut VehicleRecord)) -> YearlyTax {
        let mut record = fixtures::taxed();
        change(&mut record);
        let engine = Engine::get();
        let facts = Facts::of(&record, fixtures::TODAY.parse().unwrap());
        yearly_tax(&facts, engine.rules)
    }

    fn pounds(first_registered: &str, co2: u32, cc: u32, fuel: FuelType) -> Option<u32> {
        let tax = tax(|record| {
            record.first_registered.as_mut().unwrap().value = first_registered.parse().unwrap();
            record.manufacture_year = None;
            record.co2_emissions.as_mut().unwrap().value = co2;
            record.engine_cc.as_mut().unwrap().value = cc;
            record.fuel_type =
                Some(Sourced { value: fuel, source: RecordSource::Dvla, fetched_at: record.mot_status.fetched_at });
        });
        if let YearlyTax::Rate { figure, .. } = tax { figure.pence.map(|pence| pence / 100) } else { None }
    }

    #[test]
    fn each_scheme_gives_its_rate() {
        for (registered, co2, cc, fuel, expected) in [
            ("2001-02-28", 150, 1_549, FuelType::Petrol, Some(220)),
            ("2001-02-28", 150, 1_550, FuelType::Petrol, Some(360)),
            ("2001-03-01", 150, 1_500, FuelType::Petrol, Some(225)),
            ("2017-03-31", 110, 1_500, FuelType::Diesel, Some(20)),
            ("2017-03-31", 0, 1_500, FuelType::Petrol, None),
            ("2017-03-31", 0, 1_500, FuelType::Electric, Some(20)),
            ("2017-04-01", 300, 3_000, FuelType::Petrol, Some(200)),
            ("2006-03-22", 300, 3_000, FuelType::Petrol, Some(445)),
            ("2006-03-23", 300, 3_000, FuelType::Petrol, Some(790)),
        ] {
            assert_eq!(pounds(registered, co2, cc, fuel.clone()), expected, "{registered} {co2} {cc} {fuel:?}");
        }
    }

    #[test]
    fn age_and_kind_come_before_bands() {
        let built = |year: u16| tax(|record| record.manufacture_year.as_mut().unwrap().value = year);
        assert_eq!(built(1985), YearlyTax::Historic);
        assert!(matches!(built(1986), YearlyTax::Rate { .. }));
        let van = tax(|record| "N1".clone_into(&mut record.type_approval.as_mut().unwrap().value));
        assert_eq!(van, YearlyTax::Unknown(Missing::Kind));
        assert_eq!(tax(|record| record.first_registered = None), YearlyTax::Unknown(Missing::Registration));
    }
}
