//! The yearly vehicle tax that the rules give for a record, and what stands in the way of a figure.

use chrono::NaiveDate;
use driveever_core::vehicle::record::FuelType;

use super::facts::{Facts, Kind};
use crate::rules::{Figure, Rate, Rule, Rules};

/// The last day of the scheme by engine size.
const ENGINE_SIZE_UNTIL: (i32, u32, u32) = (2001, 2, 28);
/// The last day of the scheme by CO2 band.
const CO2_BAND_UNTIL: (i32, u32, u32) = (2017, 3, 31);
/// The last day of first registration under band K's exception.
const BAND_K_UNTIL: (i32, u32, u32) = (2006, 3, 22);

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

fn day((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN)
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
    if registered <= day(ENGINE_SIZE_UNTIL) {
        let cc = facts.record.engine_cc.as_ref().ok_or(Missing::EngineSize)?.value;
        return row(rules, &["tax.pre-2001"], "engine-size", cc, facts.today, Scheme::EngineSize);
    }
    if registered > day(CO2_BAND_UNTIL) {
        let rule = rules.get("tax.flat-rate").ok_or(Missing::Rates)?;
        return rate(rule, rule.rate("flat", facts.today), Scheme::Flat);
    }
    if facts.fuel() == Some(&FuelType::Electric) {
        let rule = rules.get("tax.electric").ok_or(Missing::Rates)?;
        return rate(rule, rule.rate("electric-2001-2017", facts.today), Scheme::Electric);
    }
    let co2 = co2.filter(|co2| *co2 > 0).ok_or(Missing::Co2)?;
    // Band K: a car above its bound, registered before the higher bands began, pays K's rate.
    let co2 = if registered <= day(BAND_K_UNTIL) { co2.min(225) } else { co2 };
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
