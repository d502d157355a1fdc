//! When a provider's model is left alone: a breaker, as a state machine without a clock of its own.
//!
//! Closed, it counts failures in a row; at so many, or at the first that no retry mends (a key, a quota), it opens. Open, it
//! lets nobody through until its time is over; then one probe. The probe's success closes it, its failure opens it for
//! twice as long, up to a bound; a probe that never reports is given up after a while, and another may try. What was asked for
//! wrongly or declined on grounds of policy says that the provider is there.

use std::{collections::HashMap, time::Duration};

use super::ModelError;
use crate::time::Timestamp;

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it is open first.
    pub first_open: Duration,
    /// How long at most.
    pub longest_open: Duration,
    /// After how long a probe that does not report is given up.
    pub probe: Duration,
    /// Breakers that are kept, at most: names of models may come from clients where a provider lists none.
    pub kept: usize,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            failures: 5,
            first_open: Duration::from_secs(15),
            longest_open: Duration::from_mins(5),
            probe: Duration::from_mins(2),
            kept: 1_000,
        }
    }
}

crate::text_enum! {
    /// What a breaker lets through.
    pub enum BreakerState {
        /// Everything.
        Closed = "closed",
        /// One probe at a time.
        HalfOpen = "half_open",
        /// Nothing.
        Open = "open",
    }
}

/// What a try was to the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The provider is there.
    Good,
    /// It failed, and may not the next time.
    Bad,
    /// It fails until somebody sees to it.
    Dead,
    /// Says nothing of the provider.
    Nothing,
}

impl Signal {
    /// What a failure is to the breaker.
    pub const fn of(error: &ModelError) -> Self {
        match error {
            ModelError::Refused { .. } | ModelError::Rejected { .. } => Self::Good,
            ModelError::Unavailable { .. }
            | ModelError::Malformed { .. }
            | ModelError::Incomplete { .. }
            | ModelError::TimedOut { .. } => Self::Bad,
            ModelError::Misconfigured { .. } => Self::Dead,
            // Too many requests are kept to by the wait that goes with them.
            ModelError::RateLimited { .. } | ModelError::NotAsked { .. } | ModelError::Cancelled => Self::Nothing,
        }
    }
}

/// One provider's model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Open {
    until: Timestamp,
    lasts: Duration,
    /// Since when a probe is under way.
    probing: Option<Timestamp>,
}

impl Breaker {
    /// Lets a try through, or says how long not.
    ///
    /// # Errors
    /// How long it is still open.
    pub fn admit(&mut self, now: Timestamp, policy: &BreakerPolicy) -> Result<(), Duration> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if now < open.until {
            return Err(open.until.since(now));
        }
        match open.probing {
            Some(since) if now.since(since) < policy.probe => Err(policy.probe.saturating_sub(now.since(since))),
            _ => {
                open.probing = Some(now);
                Ok(())
            }
        }
    }

    /// Takes in what a try was.
    pub fn report(&mut self, signal: Signal, now: Timestamp, policy: &BreakerPolicy) {
        match signal {
            Signal::Good => *self = Self::default(),
            Signal::Nothing => {
                if let Some(open) = &mut self.open {
                    open.probing = None;
                }
            }
            Signal::Bad | Signal::Dead => {
                self.failures = self.failures.saturating_add(1);
                let was_probe = self.open.as_ref().is_some_and(|open| now >= open.until);
                if signal == Signal::Dead || self.failures >= policy.failures || was_probe {
                    self.trip(now, policy, was_probe);
                }
            }
        }
    }

    /// Opens it; a failed probe opens it for twice as long. Stragglers that fail while it is open change nothing.
    fn trip(&mut self, now: Timestamp, policy: &BreakerPolicy, was_probe: bool) {
        let lasts = match &self.open {
            Some(_) if !was_probe => return,
            Some(open) => open.lasts.saturating_mul(2).min(policy.longest_open),
            None => policy.first_open.min(policy.longest_open),
        };
        self.open = Some(Open { until: now.plus(lasts), lasts, probing: None });
    }

    /// What it lets through now.
    pub fn state(&self, now: Timestamp) -> BreakerState {
        match &self.open {
            None => BreakerState::Closed,
            Some(open) if now < open.until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Whether it is as it was in the beginning.
    fn is_new(&self) -> bool {
        *self == Self::default()
    }
}

/// The breakers of all providers' models; those that nothing happened to are not kept.
#[derive(Debug, Default)]
pub struct Breakers {
    kept: HashMap<(String, String), Breaker>,
}

impl Breakers {
    /// See [`Breaker::admit`].
    ///
    /// # Errors
    /// How long it is still open.
    pub fn admit(
        &mut self,
        provider: &str,
        model: &str,
        now: Timestamp,
        policy: &BreakerPolicy,
    ) -> Result<(), Duration> {
        let key = (provider.to_owned(), model.to_owned());
        self.kept.get_mut(&key).map_or(Ok(()), |breaker| breaker.admit(now, policy))
    }

    /// See [`Breaker::report`]; gives the states before and after.
    pub fn report(
        &mut self,
        provider: &str,
        model: &str,
        signal: Signal,
        now: Timestamp,
        policy: &BreakerPolicy,
    ) -> (BreakerState, BreakerState) {
        let key = (provider.to_owned(), model.to_owned());
        let mut breaker = self.kept.remove(&key).unwrap_or_default();
        let before = breaker.state(now);
        breaker.report(signal, now, policy);
        let after = breaker.state(now);
        // A new name where there is no room is not watched: what is known of the others matters more.
        if !breaker.is_new() && self.kept.len() < policy.kept {
            self.kept.insert(key, breaker);
        }
        (before, after)
    }

    /// What the breaker of this model lets through now.
    pub fn state(&self, provider: &str, model: &str, now: Timestamp) -> BreakerState {
        let key = (provider.to_owned(), model.to_owned());
        self.kept.get(&key).map_or(BreakerState::Closed, |breaker| breaker.state(now))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn policy() -> BreakerPolicy {
        BreakerPolicy::default()
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_probe_closes_it() {
        let (mut breaker, policy) = (Breaker::default(), policy());
        for _ in 0..4 {
            breaker.report(Signal::Bad, START, &policy);
        }
        breaker.report(Signal::Good, START, &policy);
        for _ in 0..4 {
            breaker.report(Signal::Bad, START, &policy);
        }
        assert_eq!(breaker.state(START), BreakerState::Closed, "they were not in a row");
        breaker.report(Signal::Bad, START, &policy);
        assert_eq!(breaker.admit(START, &policy), Err(policy.first_open));
        let later = START.plus(policy.first_open);
        assert_eq!(breaker.state(later), BreakerState::HalfOpen);
        assert_eq!(breaker.admit(later, &policy), Ok(()));
        assert!(breaker.admit(later, &policy).is_err(), "one probe at a time");
        breaker.report(Signal::Bad, later, &policy);
        assert_eq!(breaker.admit(later, &policy), Err(policy.first_open * 2));
        let later = later.plus(policy.first_open * 2);
        assert_eq!(breaker.admit(later, &policy), Ok(()));
        assert_eq!(breaker.admit(later.plus(policy.probe), &policy), Ok(()), "a silent probe is given up");
        breaker.report(Signal::Good, later, &policy);
        assert!(breaker.is_new());
    }

    #[test]
    fn what_nothing_mends_opens_it_at_once() {
        let mut breakers = Breakers::default();
        let error = ModelError::Misconfigured { detail: String::new() };
        let moved = breakers.report("openai", "small", Signal::of(&error), START, &policy());
        assert_eq!(moved, (BreakerState::Closed, BreakerState::Open));
        assert!(breakers.admit("openai", "small", START, &policy()).is_err());
        assert!(breakers.admit("openai", "large", START, &policy()).is_ok(), "each model has its own");
        let few = BreakerPolicy { kept: 1, ..policy() };
        breakers.report("any", "made-up", Signal::Dead, START, &few);
        assert_eq!(breakers.kept.len(), 1);
    }

    fn signals() -> impl Strategy<Value = Option<Signal>> {
        prop_oneof![
            Just(None),
            Just(Some(Signal::Good)),
            Just(Some(Signal::Bad)),
            Just(Some(Signal::Dead)),
            Just(Some(Signal::Nothing)),
        ]
    }

    proptest! {
        #[test]
        fn it_never_stays_shut_longer_than_the_longest_and_lets_one_probe_through(
            steps in prop::collection::vec((signals(), 0..400_u64), 0..60),
        ) {
            let (mut breaker, policy) = (Breaker::default(), policy());
            let mut now = START;
            for (signal, seconds) in steps {
                now = now.plus(Duration::from_secs(seconds));
                match signal {
                    Some(signal) => breaker.report(signal, now, &policy),
                    None => {
                        let state = breaker.state(now);
                        match breaker.admit(now, &policy) {
                            Err(wait) => prop_assert!(wait <= policy.longest_open.max(policy.probe)),
                            Ok(()) => prop_assert!(state != BreakerState::Open),
                        }
                        if state == BreakerState::HalfOpen {
                            prop_assert!(breaker.admit(now, &policy).is_err());
                        }
                    }
                }
            }
            let later = now.plus(policy.longest_open.max(policy.probe));
            prop_assert!(breaker.admit(later, &policy).is_ok());
        }
    }
}
