//! What is counted, and what is worked out from the counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Sketch;
use crate::money::Currency;

/// Amounts by currency, which never mix.
pub(super) type Amounts = BTreeMap<CurrencyCode, i64>;

/// A currency as a key: its ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct CurrencyCode(pub(super) Currency);

impl Ord for CurrencyCode {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.code().cmp(other.0.code())
    }
}
impl PartialOrd for CurrencyCode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Counts. Those of two sets of events together are their sums, whatever the order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Figures {
    /// Questions put to the providers.
    #[serde(skip_serializing_if = "is_zero")]
    pub questions: u64,
    /// Those that were answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub answers: u64,
    /// Those whose asker went away before the end; no fault of anybody.
    #[serde(skip_serializing_if = "is_zero")]
    pub cancelled: u64,
    /// Those that another provider than the first one answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub fallbacks: u64,
    /// Response times of the answers, in milliseconds.
    #[serde(skip_serializing_if = "Sketch::is_empty")]
    pub response_times: Sketch,
    /// Tokens of prompts.
    #[serde(skip_serializing_if = "is_zero")]
    pub prompt_tokens: u64,
    /// Tokens of answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub completion_tokens: u64,
    /// What providers cost, in millionths, by currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) cost_micros: Amounts,
    /// Ratings that stand, from 1 to 5. A rating that was replaced is taken back where it was counted; when the two are
    /// delivered the other way round, a count is below zero in between.
    #[serde(skip_serializing_if = "no_ratings")]
    pub(super) ratings: [i64; 5],
    /// Orders made.
    #[serde(skip_serializing_if = "is_zero")]
    pub orders: u64,
    /// Orders paid.
    #[serde(skip_serializing_if = "is_zero")]
    pub orders_paid: u64,
    /// Orders delivered.
    #[serde(skip_serializing_if = "is_zero")]
    pub orders_delivered: u64,
    /// Orders failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub orders_failed: u64,
    /// Orders cancelled.
    #[serde(skip_serializing_if = "is_zero")]
    pub orders_cancelled: u64,
    /// Orders refunded after delivery.
    #[serde(skip_serializing_if = "is_zero")]
    pub orders_refunded: u64,
    /// What was paid, in minor units, by currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) paid: Amounts,
    /// What went back, in minor units, by currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) refunded: Amounts,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn no_ratings(ratings: &[i64; 5]) -> bool {
    *ratings == [0; 5]
}

fn merge_amounts(into: &mut Amounts, other: &Amounts) {
    for (currency, more) in other {
        let amount = into.entry(*currency).or_default();
        *amount = amount.saturating_add(*more);
    }
}

impl Figures {
    /// Adds the counts of other events.
    pub fn merge(&mut self, other: &Self) {
        let mut add = |into: fn(&mut Self) -> &mut u64, more: u64| {
            let count = into(self);
            *count = count.saturating_add(more);
        };
        add(|figures| &mut figures.questions, other.questions);
        add(|figures| &mut figures.answers, other.answers);
        add(|figures| &mut figures.cancelled, other.cancelled);
        add(|figures| &mut figures.fallbacks, other.fallbacks);
        add(|figures| &mut figures.prompt_tokens, other.prompt_tokens);
        add(|figures| &mut figures.completion_tokens, other.completion_tokens);
        add(|figures| &mut figures.orders, other.orders);
        add(|figures| &mut figures.orders_paid, other.orders_paid);
        add(|figures| &mut figures.orders_delivered, other.orders_delivered);
        add(|figures| &mut figures.orders_failed, other.orders_failed);
        add(|figures| &mut figures.orders_cancelled, other.orders_cancelled);
        add(|figures| &mut figures.orders_refunded, other.orders_refunded);
        self.response_times.merge(&other.response_times);
        merge_amounts(&mut self.cost_micros, &other.cost_micros);
        merge_amounts(&mut self.paid, &other.paid);
        merge_amounts(&mut self.refunded, &other.refunded);
        for (count, more) in self.ratings.iter_mut().zip(other.ratings) {
            *count = count.saturating_add(more);
        }
    }

    /// Counts a rating of 1 to 5, or takes one back.
    pub(super) fn count_rating(&mut self, rating: u8, by: i64) {
        let place = usize::from(rating).checked_sub(1);
        if let Some(count) = place.and_then(|place| self.ratings.get_mut(place)) {
            *count = count.saturating_add(by);
        }
    }

    /// The share of questions that were answered, of those whose asker waited; nothing without any.
    pub fn success_rate(&self) -> Option<f64> {
        ratio(self.answers, self.questions.saturating_sub(self.cancelled))
    }

    /// Ratings that stand, by stars from 1 to 5.
    pub fn ratings(&self) -> [u64; 5] {
        self.ratings.map(|count| u64::try_from(count).unwrap_or(0))
    }

    /// How many ratings stand.
    pub fn rating_count(&self) -> u64 {
        self.ratings().iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The mean rating; nothing without any.
    pub fn average_rating(&self) -> Option<f64> {
        let stars = (1_u64..)
            .zip(self.ratings())
            .fold(0_u64, |sum, (stars, count)| sum.saturating_add(stars.saturating_mul(count)));
        ratio(stars, self.rating_count())
    }

    /// What providers cost, in millionths.
    pub fn cost_micros(&self) -> Vec<Amount> {
        listed(&self.cost_micros)
    }

    /// What was paid and did not go back, in minor units.
    pub fn revenue(&self) -> Vec<Amount> {
        let mut net = self.paid.clone();
        for (currency, back) in &self.refunded {
            let amount = net.entry(*currency).or_default();
            *amount = amount.saturating_sub(*back);
        }
        listed(&net)
    }
}

fn listed(amounts: &Amounts) -> Vec<Amount> {
    amounts.iter().map(|(currency, amount)| Amount { currency: currency.0, amount: *amount }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a count above 2^53 would need centuries of traffic")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// An amount in a currency: in minor units, or in millionths where it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amount {
    /// The currency.
    pub currency: Currency,
    /// How much.
    pub amount: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_travel_as_small_json() {
        assert_eq!(serde_json::to_string(&Figures::default()).unwrap(), "{}");
        let mut figures = Figures { questions: 3, cancelled: 1, answers: 1, ..Figures::default() };
        figures.paid.insert(CurrencyCode(Currency::GBP), 50);
        figures.refunded.insert(CurrencyCode(Currency::GBP), 20);
        figures.cost_micros.insert(CurrencyCode(Currency::USD), 7);
        figures.count_rating(5, 1);
        figures.count_rating(2, 1);
        figures.count_rating(9, 1);
        let json = serde_json::to_string(&figures).unwrap();
        assert_eq!(serde_json::from_str::<Figures>(&json).unwrap(), figures);
        assert_eq!((figures.success_rate(), figures.average_rating()), (Some(0.5), Some(3.5)));
        assert_eq!(figures.revenue(), [Amount { currency: Currency::GBP, amount: 30 }]);
    }

    #[test]
    fn without_anything_there_is_no_rate() {
        let none = Figures::default();
        assert_eq!((none.success_rate(), none.average_rating(), none.rating_count()), (None, None, 0));
    }
}
