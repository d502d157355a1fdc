//! Tries at models as they happen, and breakers that move: the alarms of whoever looks after the providers.

use std::time::Duration;

use driveever::core::ai::{AiObserver, breaker::BreakerState};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

pub(super) fn describe() {
    describe_counter!("driveever_ai_tries_total", "Tries at models, by provider and outcome");
    describe_histogram!("driveever_ai_try_seconds", "How long a try took, by provider and outcome");
    describe_gauge!("driveever_ai_breakers_open", "Models that are left alone because they failed, by provider");
    describe_counter!("driveever_ai_breaker_opened_total", "Breakers that opened, by provider and cause");
}

/// Counts tries, and logs a breaker that opens or closes once.
#[derive(Debug, Clone, Copy)]
pub struct ModelFigures;

// A provider's name is the operator's, an outcome one of a fixed set; a model's may be a client's and is in no label.
impl AiObserver for ModelFigures {
    fn tried(&self, provider: &str, _model: &str, outcome: &'static str, took: Duration) {
        let provider = || provider.to_owned();
        counter!("driveever_ai_tries_total", "provider" => provider(), "outcome" => outcome).increment(1);
        histogram!("driveever_ai_try_seconds", "provider" => provider(), "outcome" => outcome)
            .record(took.as_secs_f64());
    }

    fn breaker_moved(&self, provider: &str, model: &str, to: BreakerState, outcome: &'static str) {
        match to {
            BreakerState::Open => {
                tracing::error!(provider, model, cause = outcome, "a model is left alone: it keeps failing");
                gauge!("driveever_ai_breakers_open", "provider" => provider.to_owned()).increment(1);
                counter!("driveever_ai_breaker_opened_total", "provider" => provider.to_owned(), "cause" => outcome)
                    .increment(1);
            }
            BreakerState::Closed => {
                tracing::info!(provider, model, "a model answers again");
                gauge!("driveever_ai_breakers_open", "provider" => provider.to_owned()).decrement(1);
            }
            BreakerState::HalfOpen => {}
        }
    }
}
