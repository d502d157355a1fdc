//! Figures of orders, payments and models, from the events that tell of them.

use std::sync::Arc;

use driveever::core::{
    ai::event::ResponseGenerated,
    event::{DomainEvent, EventBody, LiveSink, StoredEvent},
    order::{
        PaymentStatus,
        event::{
            CompensationDelayed, OrderCancelled, OrderDelivered, OrderFailed, OrderRefunded, PaymentFailed,
            PaymentRefunded,
        },
    },
    time::Clock,
};
use metrics::{counter, describe_counter, describe_histogram, histogram};

/// Codes of failures that are told apart; a payment processor may have any others.
const FAILURES: [&str; 16] = [
    "deadline_exceeded",
    "vehicle_failed",
    "prompt_failed",
    "generate_failed",
    "erased",
    "payment_rejected",
    "provider_unavailable",
    "provider_rate_limited",
    "provider_misconfigured",
    "provider_not_asked",
    "content_refused",
    "provider_rejected_request",
    "provider_answer_malformed",
    "stream_incomplete",
    "provider_timed_out",
    "cancelled",
];

pub(super) fn describe() {
    describe_counter!("driveever_events_total", "Events delivered, by kind");
    describe_histogram!("driveever_event_delivery_seconds", "From an event to its delivery, by context");
    describe_counter!("driveever_orders_total", "Orders that came to an end, by status");
    describe_histogram!("driveever_order_seconds", "From placing an order to its delivery");
    describe_counter!("driveever_order_failures_total", "Orders that failed, by the step's reason");
    describe_counter!("driveever_order_payments_failed_total", "Payments that were refused");
    describe_counter!("driveever_order_compensations_total", "Steps of orders undone, or whose undoing is delayed");
    describe_counter!("driveever_ai_generations_total", "Questions put to providers, by provider and outcome");
    describe_histogram!("driveever_ai_generation_seconds", "From asking to the whole answer, by provider and outcome");
    describe_counter!("driveever_ai_tokens_total", "Tokens that providers counted, by provider and kind");
    describe_counter!("driveever_ai_cost_micros_total", "Cost in millionths of the currency, by provider and currency");
    describe_counter!("driveever_ai_fallbacks_total", "Answers by another provider than the one asked first");
}

/// Counts what events tell as they are delivered.
#[derive(Clone)]
pub struct EventFigures {
    clock: Arc<dyn Clock>,
}

impl EventFigures {
    /// By this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl std::fmt::Debug for EventFigures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventFigures")
    }
}

impl LiveSink for EventFigures {
    fn push(&self, events: &[Arc<StoredEvent>]) {
        let now = self.clock.now();
        for stored in events {
            let event = &stored.event;
            counter!("driveever_events_total", "type" => event.event_type.clone()).increment(1);
            histogram!("driveever_event_delivery_seconds", "context" => event.context.clone())
                .record(now.since(event.occurred_at).as_secs_f64());
            // What does not read is for the log of whoever handles it.
            count(event).unwrap_or_default();
        }
    }
}

fn count(event: &DomainEvent) -> Result<(), driveever::core::Error> {
    match event.event_type.as_ref() {
        OrderDelivered::TYPE => {
            ended("DELIVERED");
            let OrderDelivered { duration_ms, .. } = event.read()?;
            histogram!("driveever_order_seconds").record(std::time::Duration::from_millis(duration_ms).as_secs_f64());
        }
        OrderCancelled::TYPE => ended("CANCELLED"),
        OrderRefunded::TYPE => ended("REFUNDED"),
        OrderFailed::TYPE => {
            ended("FAILED");
            let OrderFailed { reason, payment_status, .. } = event.read()?;
            let reason = failure(reason.as_deref(), payment_status);
            counter!("driveever_order_failures_total", "reason" => reason).increment(1);
        }
        PaymentFailed::TYPE => counter!("driveever_order_payments_failed_total").increment(1),
        PaymentRefunded::TYPE => undone("refund", "done"),
        CompensationDelayed::TYPE => {
            let CompensationDelayed { what, .. } = event.read()?;
            undone(if what == "exposure" { "exposure" } else { "payment" }, "delayed");
        }
        ResponseGenerated::TYPE => generated(&event.read()?),
        _ => {}
    }
    Ok(())
}

fn ended(status: &'static str) {
    counter!("driveever_orders_total", "status" => status).increment(1);
}

fn undone(what: &'static str, outcome: &'static str) {
    counter!("driveever_order_compensations_total", "what" => what, "outcome" => outcome).increment(1);
}

fn failure(reason: Option<&str>, payment: PaymentStatus) -> &'static str {
    let known = FAILURES.iter().find(|known| reason == Some(**known)).copied();
    known.unwrap_or(if payment == PaymentStatus::Failed { "payment_declined" } else { "other" })
}

/// A provider's name is the operator's: the configuration has so many and no more.
fn generated(generated: &ResponseGenerated) {
    let provider = || generated.provider.clone();
    let code = generated.error_code.as_deref();
    let failure = || FAILURES.iter().find(|known| code == Some(**known)).copied().unwrap_or("other");
    let outcome = if generated.success { "success" } else { failure() };
    counter!("driveever_ai_generations_total", "provider" => provider(), "outcome" => outcome).increment(1);
    histogram!("driveever_ai_generation_seconds", "provider" => provider(), "outcome" => outcome)
        .record(f64::from(generated.response_time_ms) / 1e3);
    if generated.fallback_from.is_some() && generated.success {
        counter!("driveever_ai_fallbacks_total", "provider" => provider()).increment(1);
    }
    for (kind, tokens) in [("prompt", generated.prompt_tokens), ("completion", generated.completion_tokens)] {
        if let Some(tokens) = tokens {
            counter!("driveever_ai_tokens_total", "provider" => provider(), "kind" => kind).increment(tokens);
        }
    }
    if let (Some(cost), Some(currency)) = (generated.cost_micros, generated.currency) {
        counter!("driveever_ai_cost_micros_total", "provider" => provider(), "currency" => currency.code())
            .increment(cost.try_into().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_failures_are_a_fixed_set() {
        assert_eq!(failure(Some("deadline_exceeded"), PaymentStatus::Refunded), "deadline_exceeded");
        assert_eq!(failure(Some("card_4711_stolen"), PaymentStatus::Failed), "payment_declined");
        assert_eq!(failure(Some("who knows"), PaymentStatus::Refunded), "other");
        assert_eq!(failure(None, PaymentStatus::Paid), "other");
    }
}
