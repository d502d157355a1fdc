//! Again, somebody else, or nobody: what follows from a failed try.
//!
//! | outcome | the same again | the next provider |
//! |---|---|---|
//! | not reached, failed on its side, answer broken off, malformed or too late | while tries are left | then |
//! | too many requests | after the wait that it asks for, if there is time | else at once |
//! | quota, key, account, model | no | yes |
//! | our request is wrong; it declines on grounds of policy | no | no |
//!
//! A wait is the provider's own where it names one, else doubles from try to try, with up to a quarter taken off so that many
//! do not come back at once. No wait goes beyond the time that is left, and while another provider may be asked, none beyond
//! [`RetryPolicy::patience`].

use std::time::Duration;

use super::ModelError;

/// When the same provider is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries at one provider, the first included.
    pub tries: u32,
    /// The wait after the first.
    pub first_wait: Duration,
    /// The longest wait that doubling comes to.
    pub longest_wait: Duration,
    /// The longest wait that a provider may ask for; above, it is not asked again.
    pub longest_asked: Duration,
    /// The longest wait while another provider may be asked instead.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 2,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
            longest_asked: Duration::from_mins(1),
            patience: Duration::from_secs(2),
        }
    }
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Ask the same again after this long.
    Again(Duration),
    /// Ask the next one.
    Other,
    /// Nobody may be asked any more.
    Stop,
}

/// What is known when a try has failed.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Tries at this provider so far, at least one.
    pub tries: u32,
    /// Whether another provider may be asked.
    pub others: bool,
    /// The time that is left for everything.
    pub left: Duration,
    /// Whether anything can be waited for.
    pub can_wait: bool,
    /// Any number: how much of a quarter is taken off a wait.
    pub jitter: u16,
}

impl RetryPolicy {
    /// What to do after this failure.
    pub fn next(&self, error: &ModelError, standing: Standing) -> Next {
        if error.is_retryable() && standing.tries < self.tries {
            let asked = error.retry_after();
            let wait = asked.unwrap_or_else(|| self.backoff(standing.tries, standing.jitter));
            let patience = if standing.others { self.patience } else { self.longest_asked };
            let bearable = wait <= patience && wait <= self.longest_asked && wait < standing.left;
            if bearable && (standing.can_wait || wait.is_zero()) {
                return Next::Again(wait);
            }
        }
        if error.allows_fallback() && standing.others { Next::Other } else { Next::Stop }
    }

    /// The wait after so many tries, where the provider names none.
    fn backoff(&self, tries: u32, jitter: u16) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(self.longest_wait);
        doubled.saturating_sub((doubled / 4).saturating_mul(u32::from(jitter)) / u32::from(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn errors() -> impl Strategy<Value = ModelError> {
        let wait = prop::option::of((0..200_000_u64).prop_map(Duration::from_millis));
        let detail = String::new;
        prop_oneof![
            wait.clone().prop_map(move |retry_after| ModelError::Unavailable { detail: detail(), retry_after }),
            wait.clone().prop_map(move |retry_after| ModelError::RateLimited { detail: detail(), retry_after }),
            wait.prop_map(move |retry_after| ModelError::NotAsked { detail: detail(), retry_after }),
            Just(ModelError::Misconfigured { detail: detail() }),
            Just(ModelError::Refused { detail: detail() }),
            Just(ModelError::Rejected { detail: detail() }),
            Just(ModelError::Malformed { detail: detail() }),
            Just(ModelError::Incomplete { detail: detail() }),
            Just(ModelError::TimedOut { waited: Duration::ZERO }),
            Just(ModelError::Cancelled),
        ]
    }

    proptest! {
        #[test]
        fn the_rules_hold_for_every_failure(
            error in errors(), tries in 1..5_u32, others: bool, left_ms in 0..130_000_u64, can_wait: bool, jitter: u16,
        ) {
            let policy = RetryPolicy::default();
            let left = Duration::from_millis(left_ms);
            match policy.next(&error, Standing { tries, others, left, can_wait, jitter }) {
                Next::Again(wait) => {
                    prop_assert!(tries < policy.tries && wait < left && (can_wait || wait.is_zero()));
                    prop_assert!(wait <= policy.longest_asked && (!others || wait <= policy.patience));
                    prop_assert!(error.is_retryable());
                    prop_assert!(error.retry_after().is_none_or(|asked| wait == asked), "less than was asked");
                }
                Next::Other => prop_assert!(others && error.allows_fallback()),
                Next::Stop => prop_assert!(!others || !error.allows_fallback()),
            }
        }

        #[test]
        fn waits_double_up_to_the_longest_less_a_quarter_at_most(tries in 1..60_u32, jitter: u16) {
            let policy = RetryPolicy::default();
            let whole = policy.first_wait.saturating_mul(1 << (tries - 1).min(20)).min(policy.longest_wait);
            let wait = policy.backoff(tries, jitter);
            prop_assert!(wait <= whole && wait >= whole * 3 / 4);
        }
    }
}
