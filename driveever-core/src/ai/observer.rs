//! Who watches what the AI service does, try by try: for metrics and alarms.

use std::time::Duration;

use super::breaker::BreakerState;

/// The outcome of a try that gave an answer.
pub const ANSWERED: &str = "success";

/// Is told of each try, and of each breaker that opens or closes: once, however often a probe fails. It is called on the way of a question: it must not wait.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait AiObserver: Send + Sync {
    /// This model of a provider was tried. The outcome is [`ANSWERED`] or the failure's code.
    fn tried(&self, provider: &str, model: &str, outcome: &'static str, took: Duration);

    /// A breaker moved because of this outcome.
    fn breaker_moved(&self, provider: &str, model: &str, to: BreakerState, outcome: &'static str);
}
