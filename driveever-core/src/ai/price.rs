//! What tokens cost: a table that an operator keeps, and the arithmetic.
//!
//! Prices are whole millionths of the currency for a million tokens, and change: each entry has the day from which it holds. A
//! cost is the sum over disjoint kinds of tokens (fresh, read from a cache, written to one, answered), taken in 128 bits and
//! divided once, half up. A table's tier is chosen by the whole prompt and holds for the whole request. What a provider does
//! not count costs nothing that we know: no usage, no cost, never zero.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::text_model::{Cost, Usage};
use crate::{money::Currency, validate::Violation};

/// Tokens that a price is for.
const A_MILLION: u128 = 1_000_000;

/// Prices of providers' models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceTable {
    /// Its name, kept with every cost that it made.
    pub version: String,
    /// The currency of all its prices.
    pub currency: Currency,
    /// The prices.
    #[serde(default)]
    pub prices: Vec<Price>,
}

/// What a model's tokens cost from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Price {
    /// Whose.
    pub provider: String,
    /// The model as it is asked for, or as it names itself.
    pub model: String,
    /// The first day (UTC) on which it holds.
    pub effective_from: NaiveDate,
    /// The prices of a prompt of any length that no tier is for.
    #[serde(flatten)]
    pub rates: Rates,
    /// Other prices for long prompts, the shortest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
}

/// Millionths of the currency for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rates {
    /// Of the prompt.
    pub input: u64,
    /// Of the answer, thinking included.
    pub output: u64,
    /// Of the prompt, read from the provider's cache; absent: as the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// Of the prompt, written to the cache for minutes; absent: as the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// Of the prompt, written to the cache for an hour; absent: as for minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_long: Option<u64>,
}

/// Prices for prompts of more than so many tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tier {
    /// Prompts of more tokens than this.
    pub above: u64,
    /// The prices.
    #[serde(flatten)]
    pub rates: Rates,
}

impl PriceTable {
    /// Everything that is wrong with it.
    ///
    /// # Errors
    /// All faults at once, each with its place.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut faults = Vec::new();
        if self.version.trim().is_empty() || self.version.len() > 100 {
            faults.push(Violation::new("version", "must be a name of 1 to 100 characters"));
        }
        let mut seen = BTreeSet::new();
        for (place, price) in self.prices.iter().enumerate() {
            if !seen.insert((&price.provider, &price.model, price.effective_from)) {
                faults.push(Violation::new(format!("prices[{place}]"), "is there twice for this model and day"));
            }
            if !price.tiers.is_sorted_by(|one, next| one.above < next.above) {
                faults.push(Violation::new(format!("prices[{place}].tiers"), "must be in order, each above once"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The price of a model on a day: the latest that holds.
    pub fn price(&self, provider: &str, model: &str, day: NaiveDate) -> Option<&Price> {
        let of_model = self.prices.iter().filter(|price| price.provider == provider && price.model == model);
        of_model.filter(|price| price.effective_from <= day).max_by_key(|price| price.effective_from)
    }

    /// What an answer cost, by the model as it named itself or else as it was asked for.
    pub fn cost(&self, provider: &str, models: [&str; 2], usage: &Usage, day: NaiveDate) -> Option<Cost> {
        let price = models.into_iter().find_map(|model| self.price(provider, model, day))?;
        let amount_micros = price.micros(usage)?;
        Some(Cost { amount_micros, currency: self.currency, price_table: Some(self.version.clone()) })
    }
}

impl Price {
    /// Millionths of the currency; none beyond what a row can keep.
    fn micros(&self, usage: &Usage) -> Option<i64> {
        let tier = self.tiers.iter().rev().find(|tier| usage.prompt_tokens > tier.above);
        let rates = tier.map_or(self.rates, |tier| tier.rates);
        let cached = usage.cached_tokens.unwrap_or(0);
        let written = usage.cache_write_tokens.unwrap_or(0);
        let long = usage.cache_write_long_tokens.unwrap_or(0);
        // A provider that counts more cached tokens than tokens has no fresh ones.
        let fresh = usage.prompt_tokens.saturating_sub(cached).saturating_sub(written).saturating_sub(long);
        let write = rates.cache_write.unwrap_or(rates.input);
        let kinds = [
            (fresh, rates.input),
            (cached, rates.cache_read.unwrap_or(rates.input)),
            (written, write),
            (long, rates.cache_write_long.unwrap_or(write)),
            (usage.completion_tokens, rates.output),
        ];
        let sum = kinds.into_iter().try_fold(0_u128, |sum, (tokens, rate)| {
            sum.checked_add(u128::from(tokens).checked_mul(u128::from(rate))?)
        })?;
        i64::try_from(sum.checked_add(A_MILLION / 2)? / A_MILLION).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rates(input: u64, output: u64) -> Rates {
        Rates { input, output, cache_read: None, cache_write: None, cache_write_long: None }
    }

    fn price(from: &str, rates: Rates) -> Price {
        Price {
            provider: "claude".into(),
            model: "small".into(),
            effective_from: from.parse().unwrap(),
            rates,
            tiers: Vec::new(),
        }
    }

    fn table(prices: Vec<Price>) -> PriceTable {
        PriceTable { version: "2026-11".into(), currency: Currency::USD, prices }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_cost_is_summed_whole_and_divided_once() {
        let table = table(vec![price("2026-01-01", rates(2_000_000, 10_000_000))]);
        let cost = |usage| table.cost("claude", ["small-2026-01-01", "small"], &usage, day("2026-11-23"));
        let found = cost(Usage::of(1_000, 500)).unwrap();
        assert_eq!((found.amount_micros, found.price_table.as_deref()), (7_000, Some("2026-11")));
        assert_eq!(cost(Usage::of(0, 0)).unwrap().amount_micros, 0, "counted, and nothing");
        assert_eq!(cost(Usage::of(u64::MAX, u64::MAX)), None);
        let penny = PriceTable { prices: vec![price("2026-01-01", rates(1, 0))], ..table.clone() };
        let tiny = |tokens| penny.cost("claude", ["small"; 2], &Usage::of(tokens, 0), day("2026-11-23")).unwrap();
        assert_eq!((tiny(499_999).amount_micros, tiny(500_000).amount_micros), (0, 1), "half up");
    }

    #[test]
    fn kinds_of_tokens_are_apart_and_a_long_prompt_has_its_tier() {
        let rates = Rates { cache_read: Some(1), cache_write: Some(20), cache_write_long: Some(30), ..rates(10, 100) };
        let mut long = price("2026-01-01", rates);
        long.tiers = vec![Tier { above: 1_000_000, rates: super::tests::rates(1_000, 0) }];
        let table = table(vec![long]);
        let usage = Usage {
            cached_tokens: Some(400_000),
            cache_write_tokens: Some(200_000),
            cache_write_long_tokens: Some(100_000),
            ..Usage::of(1_000_000, 1_000_000)
        };
        let cost = |usage| table.cost("claude", ["small"; 2], &usage, day("2026-11-23")).unwrap().amount_micros;
        // 3 + 0.4 + 4 + 3 + 100
        assert_eq!(cost(usage), 110);
        let long = Usage { prompt_tokens: 1_000_001, ..usage };
        assert_eq!(cost(long), 1_000, "what has no price of its own has the prompt's");
    }

    #[test]
    fn the_latest_price_that_holds_is_taken() {
        let (old, new) = (price("2026-01-01", rates(5, 30)), price("2026-07-24", rates(4, 20)));
        let table = table(vec![new.clone(), old.clone()]);
        assert_eq!(table.price("claude", "small", day("2025-12-31")), None);
        assert_eq!(table.price("claude", "small", day("2026-07-23")), Some(&old));
        assert_eq!(table.price("claude", "small", day("2026-07-24")), Some(&new));
        assert_eq!(table.price("openai", "small", day("2026-07-24")), None);
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused_with_all_faults() {
        let mut twice = price("2026-01-01", rates(1, 1));
        twice.tiers = vec![Tier { above: 9, rates: rates(1, 1) }, Tier { above: 9, rates: rates(2, 2) }];
        let table = PriceTable { version: " ".into(), ..table(vec![twice.clone(), twice]) };
        let fields: Vec<_> = table.check().unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["version", "prices[0].tiers", "prices[1]", "prices[1].tiers"]);
    }

    proptest! {
        #[test]
        fn more_tokens_never_cost_less(
            prompt in 0..u64::from(u32::MAX), answer in 0..u64::from(u32::MAX), more in 0..1_000_000_u64,
            input in 0..100_000_000_u64, output in 0..100_000_000_u64,
        ) {
            let price = price("2026-01-01", rates(input, output));
            let less = price.micros(&Usage::of(prompt, answer)).unwrap();
            prop_assert!(price.micros(&Usage::of(prompt + more, answer)).unwrap() >= less);
            prop_assert!(price.micros(&Usage::of(prompt, answer + more)).unwrap() >= less);
            let exact = u128::from(prompt) * u128::from(input) + u128::from(answer) * u128::from(output);
            prop_assert!((u128::try_from(less).unwrap() * A_MILLION).abs_diff(exact) * 2 <= A_MILLION);
        }
    }
}
