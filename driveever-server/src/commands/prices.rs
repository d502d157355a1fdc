//! What tokens cost.

use driveever::core::{
    ai::price::{PriceTable, Rates},
    time::{Clock, SystemClock},
};

use super::{CommandError, config_of};
use crate::cli::Settings;

/// Prints the table that is configured, and names what has no price today.
pub(super) fn prices(settings: &Settings) -> Result<(), CommandError> {
    let providers = config_of(settings)?.providers;
    match &providers.prices {
        Some(table) => print(table),
        None => println!("no price table; set price_table (DRIVEEVER_PRICE_TABLE) to the path of one"),
    }
    let missing = providers.without_price(SystemClock.now().to_datetime().date_naive());
    for (provider, model) in &missing {
        println!("no price today: {provider} {model}");
    }
    match missing.len() {
        0 => Ok(()),
        count => Err(CommandError::Other(format!("{count} models have no price: their answers have no cost"))),
    }
}

fn print(table: &PriceTable) {
    println!("{}: millionths of {} for a million tokens", table.version, table.currency.code());
    for price in &table.prices {
        println!("{} {} from {}: {}", price.provider, price.model, price.effective_from, rates(&price.rates));
        for tier in &price.tiers {
            println!("    above {} tokens of prompt: {}", tier.above, rates(&tier.rates));
        }
    }
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
