//! What tokens cost.

use driveever::core::{
    ai::price::{Price, PriceTable, Rates},
    time::{Clock, SystemClock},
};
use serde_json::json;

use super::{CommandError, config_of, output};
use crate::cli::Settings;

/// Says the table that is configured, and what has no price today.
pub(super) fn prices(settings: &Settings, json: bool) -> Result<(), CommandError> {
    let providers = config_of(settings)?.providers;
    let missing = providers.without_price(SystemClock.now().to_datetime().date_naive());
    let mut words = providers.prices.as_ref().map_or_else(no_table, words_of);
    for (provider, model) in &missing {
        words.push(format!("no price today: {provider} {model}"));
    }
    let without: Vec<_> =
        missing.iter().map(|(provider, model)| json!({ "provider": provider, "model": model })).collect();
    output::either(json, &json!({ "table": providers.prices, "withoutPrice": without }), words.join("\n"))?;
    match missing.len() {
        0 => Ok(()),
        count => Err(CommandError::Other(format!("{count} models have no price: their answers have no cost"))),
    }
}

fn no_table() -> Vec<String> {
    vec!["no price table; set price_table (DRIVEEVER_PRICE_TABLE) to the path of one".to_owned()]
}

fn words_of(table: &PriceTable) -> Vec<String> {
    let mut words = vec![format!("{}: millionths of {} for a million tokens", table.version, table.currency.code())];
    for price in &table.prices {
        let Price { provider, model, effective_from, .. } = price;
        words.push(format!("{provider} {model} from {effective_from}: {}", rates(&price.rates)));
        let tiers = price.tiers.iter();
        words.extend(tiers.map(|tier| format!("    above {} tokens of prompt: {}", tier.above, rates(&tier.rates))));
    }
    words
}

fn rates(rates: &Rates) -> String {
    let mut text = format!("in {}, out {}", rates.input, rates.output);
    let cached = [
        ("cache read", rates.cache_read),
        ("cache write", rates.cache_write),
        ("cache write for an hour", rates.cache_write_long),
    ];
    for (what, rate) in cached {
        if let Some(rate) = rate {
            text = format!("{text}, {what} {rate}");
        }
    }
    text
}
