//! How much the AI service takes and how long it waits.

use std::time::Duration;

use super::{breaker::BreakerPolicy, retry::RetryPolicy};

/// Bounds on input. Lengths are in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AiLimits {
    /// A question: 1 to this.
    pub question_chars: usize,
    /// A rendered prompt: 1 to this.
    pub prompt_chars: usize,
    /// A comment of a feedback.
    pub comment_chars: usize,
    /// Providers that one question may be put to side by side.
    pub providers: usize,
}

impl Default for AiLimits {
    fn default() -> Self {
        Self { question_chars: 4_000, prompt_chars: 200_000, comment_chars: 2_000, providers: 8 }
    }
}

/// How the AI service works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiOptions {
    /// Bounds on input.
    pub limits: AiLimits,
    /// How long one provider may take for a whole answer; the model's adapter keeps it.
    pub timeout: Duration,
    /// How long all tries of one question may take together: no further provider is asked afterwards, and the last one
    /// gets what is left.
    pub budget: Duration,
    /// Bound on an answer in tokens; absent: the provider's own.
    pub max_output_tokens: Option<u32>,
    /// Bound on a stored answer in characters; what exceeds it is cut and marked truncated.
    pub answer_chars: usize,
    /// Providers asked at the same time for one question.
    pub parallel: usize,
    /// When the same provider is asked again, and how long is waited before.
    pub retry: RetryPolicy,
    /// When a provider's model is left alone for a while.
    pub breaker: BreakerPolicy,
    /// How long a finding about the providers' health is good.
    pub health_ttl: Duration,
    /// Cancelled streams that wait to be stored; above, the oldest is given up.
    pub cancelled_queue: usize,
    /// What a provider is asked to see whether it answers.
    pub test_question: String,
}

impl Default for AiOptions {
    fn default() -> Self {
        Self {
            limits: AiLimits::default(),
            timeout: Duration::from_secs(90),
            budget: Duration::from_mins(2),
            max_output_tokens: None,
            answer_chars: 200_000,
            parallel: 4,
            retry: RetryPolicy::default(),
            breaker: BreakerPolicy::default(),
            health_ttl: Duration::from_secs(10),
            cancelled_queue: 1_000,
            test_question: "How deep must the tread of a car's tyres be in Great Britain?".to_owned(),
        }
    }
}
