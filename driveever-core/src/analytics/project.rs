//! From events to figures: pure. The same events give the same figures, live or replayed, in any order.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};

use super::{Dimension, Figures, Granularity, figures::CurrencyCode, model::ProjectionKey};
use crate::{
    ai::{
        ModelError,
        event::{FeedbackGiven, ResponseGenerated},
    },
    error::Error,
    event::{DomainEvent, EventBody},
    money::Currency,
    prompt::{PromptCategory, PromptId},
    time::Timestamp,
};

/// The logs that figures are made from.
pub(super) const SOURCES: &[&str] = &["ai", "order"];

/// Whether an event counts.
pub(super) fn is_wanted(event_type: &str) -> bool {
    matches!(
        event_type,
        ResponseGenerated::TYPE
            | FeedbackGiven::TYPE
            | "order.created"
            | "order.paid"
            | "order.delivered"
            | "order.failed"
            | "order.cancelled"
            | "order.refunded"
    )
}

/// The part of an `order.*` event that counts. Overall, each event counts for itself. A prompt, a provider and a category
/// are known when an order comes to its end, so that under these the end counts for the whole order; what an event does not
/// name it does not count under.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderEvent {
    total_amount: Option<i64>,
    currency: Option<Currency>,
    payment_status: Option<String>,
    category: Option<PromptCategory>,
    provider: Option<String>,
    prompt_id: Option<PromptId>,
    prompt_version: Option<u32>,
}

/// Figures by key.
pub(super) type Projected = BTreeMap<ProjectionKey, Figures>;

/// Adds what an event tells.
///
/// # Errors
/// [`Error::Internal`] when the body of a kind that counts cannot be read.
pub(super) fn project(event: &DomainEvent, into: &mut Projected) -> Result<(), Error> {
    match event.event_type.as_ref() {
        ResponseGenerated::TYPE => {
            let body: ResponseGenerated = event.read()?;
            let prompt = body.prompt_id.zip(body.prompt_version);
            let about = About { prompt, provider: Some(&body.provider), category: body.category };
            about.count(into, event.occurred_at, &generated(&body));
        }
        FeedbackGiven::TYPE => {
            let body: FeedbackGiven = event.read()?;
            let prompt = body.prompt_id.zip(body.prompt_version);
            let about = About { prompt, provider: Some(&body.provider), category: body.category };
            about.count(into, event.occurred_at, &rated(body.rating, 1));
            if let Some(previous) = body.previous_rating {
                // Where it was counted: in the time of its own event.
                about.count(into, body.previous_at.unwrap_or(event.occurred_at), &rated(previous, -1));
            }
        }
        kind if is_wanted(kind) => {
            let body: OrderEvent = read(event)?;
            let prompt = body.prompt_id.zip(body.prompt_version);
            let about = About { prompt, provider: body.provider.as_deref(), category: body.category };
            count(into, event.occurred_at, overall(), &ordered(kind, &body));
            if let Some(ended) = ended(kind, &body) {
                count(into, event.occurred_at, about.dimensions(), &ended);
            }
        }
        _ => {}
    }
    Ok(())
}

fn read<T: DeserializeOwned>(event: &DomainEvent) -> Result<T, Error> {
    serde_json::from_str(&event.body)
        .map_err(|error| Error::internal(format!("event {} ({}): {error}", event.id, event.event_type)))
}

/// What an event is about, besides everything.
struct About<'a> {
    prompt: Option<(PromptId, u32)>,
    provider: Option<&'a str>,
    category: Option<PromptCategory>,
}

impl About<'_> {
    fn count(&self, into: &mut Projected, at: Timestamp, figures: &Figures) {
        count(into, at, overall().into_iter().chain(self.dimensions()), figures);
    }

    fn dimensions(&self) -> impl IntoIterator<Item = DimensionKey> + use<> {
        let keys = [
            self.prompt.map(|(prompt, version)| (Dimension::Prompt, prompt_key(prompt, version))),
            self.provider.map(|provider| (Dimension::Provider, provider.to_owned())),
            self.category.map(|category| (Dimension::Category, category.as_str().to_owned())),
        ];
        keys.into_iter().flatten()
    }
}

/// Under what is counted.
type DimensionKey = (Dimension, String);

fn overall() -> [DimensionKey; 1] {
    [(Dimension::Overall, String::new())]
}

fn count(into: &mut Projected, at: Timestamp, keys: impl IntoIterator<Item = DimensionKey>, figures: &Figures) {
    for (dimension, key) in keys {
        for granularity in Granularity::ALL.iter().copied() {
            let start = granularity.start_of(at);
            into.entry(ProjectionKey { granularity, dimension, key: key.clone(), start }).or_default().merge(figures);
        }
    }
}

/// A version of a prompt as a key.
pub(super) fn prompt_key(prompt: PromptId, version: u32) -> String {
    format!("{prompt}:{version}")
}

/// The version of a prompt that a key stands for.
pub(super) fn prompt_of(key: &str) -> Option<(PromptId, u32)> {
    let (prompt, version) = key.split_once(':')?;
    Some((prompt.parse().ok()?, version.parse().ok()?))
}

fn generated(body: &ResponseGenerated) -> Figures {
    let mut figures = Figures {
        questions: 1,
        answers: u64::from(body.success),
        cancelled: u64::from(body.error_code.as_deref() == Some(ModelError::CANCELLED)),
        fallbacks: u64::from(body.fallback_from.is_some()),
        prompt_tokens: body.prompt_tokens.unwrap_or(0),
        completion_tokens: body.completion_tokens.unwrap_or(0),
        ..Figures::default()
    };
    if body.success {
        figures.response_times.add(body.response_time_ms);
    }
    if let Some((micros, currency)) = body.cost_micros.zip(body.currency) {
        figures.cost_micros.insert(CurrencyCode(currency), micros);
    }
    figures
}

fn rated(rating: u8, by: i64) -> Figures {
    let mut figures = Figures::default();
    figures.count_rating(rating, by);
    figures
}

fn ordered(kind: &str, body: &OrderEvent) -> Figures {
    let is = |wanted: &str| u64::from(kind == wanted);
    let mut figures = Figures {
        orders: is("order.created"),
        orders_paid: is("order.paid"),
        orders_delivered: is("order.delivered"),
        orders_failed: is("order.failed"),
        orders_cancelled: is("order.cancelled"),
        orders_refunded: is("order.refunded"),
        ..Figures::default()
    };
    if let Some((amount, currency)) = body.total_amount.zip(body.currency) {
        // A failed or cancelled order gives back what was captured, when anything was.
        let ended_refunded =
            matches!(kind, "order.failed" | "order.cancelled") && body.payment_status.as_deref() == Some("refunded");
        match kind {
            "order.paid" => figures.paid.insert(CurrencyCode(currency), amount),
            _ if kind == "order.refunded" || ended_refunded => figures.refunded.insert(CurrencyCode(currency), amount),
            _ => None,
        };
    }
    figures
}

/// What an order comes to when it ends: that it was made, and paid, too.
fn ended(kind: &str, body: &OrderEvent) -> Option<Figures> {
    let was_paid = match kind {
        "order.delivered" => true,
        "order.failed" => matches!(body.payment_status.as_deref(), Some("paid" | "refunded")),
        "order.cancelled" | "order.refunded" => return Some(ordered(kind, body)),
        _ => return None,
    };
    let mut figures = Figures { orders: 1, orders_paid: u64::from(was_paid), ..ordered(kind, body) };
    let amount = body.total_amount.zip(body.currency).filter(|_| was_paid);
    figures.paid.extend(amount.map(|(amount, currency)| (CurrencyCode(currency), amount)));
    Some(figures)
}
