//! How much a provider lets us ask, as it says itself: a bucket that its answers fill and our requests empty.
//!
//! Guarantee: once the provider said that nothing is left until a time, nothing is asked before it, and everything from it
//! on; what it says of a window that is over, or of an earlier one, holds nobody up. Requests under way at one time are
//! counted here before the provider counts them, so that not all of them run into the wall.

use std::{collections::BTreeMap, time::Duration};

use crate::time::Timestamp;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// Requests.
    Requests,
    /// Tokens.
    Tokens,
    /// Tokens of prompts.
    InputTokens,
    /// Tokens of answers.
    OutputTokens,
}

/// What an answer's headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learned {
    /// Of what.
    pub counted: Counted,
    /// How much is left.
    pub remaining: u64,
    /// Until when.
    pub resets_at: Timestamp,
}

/// What is left, by our own count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowance {
    windows: BTreeMap<Counted, Window>,
    held_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    remaining: u64,
    resets_at: Timestamp,
}

impl Allowance {
    /// Takes in what an answer said. Answers overtake one another: within a window the least that was said is true.
    pub fn learn(&mut self, learned: Learned) {
        let Learned { counted, remaining, resets_at } = learned;
        let window = self.windows.entry(counted).or_insert(Window { remaining, resets_at });
        if resets_at > window.resets_at {
            // Windows slide: one that ends later and has less is the same one, seen later.
            *window = Window { remaining, resets_at };
        } else if resets_at == window.resets_at {
            window.remaining = window.remaining.min(remaining);
        }
    }

    /// Asks nothing before this time: the provider said so.
    pub fn hold(&mut self, until: Timestamp) {
        self.held_until = self.held_until.max(Some(until));
    }

    /// Counts a request that is about to be sent.
    ///
    /// # Errors
    /// How long to wait, when nothing is left.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Duration> {
        self.windows.retain(|_, window| window.resets_at > now);
        self.held_until = self.held_until.filter(|until| *until > now);
        let spent = self.windows.values().filter(|window| window.remaining == 0).map(|window| window.resets_at);
        if let Some(until) = spent.chain(self.held_until).max() {
            return Err(until.since(now));
        }
        if let Some(window) = self.windows.get_mut(&Counted::Requests) {
            window.remaining -= 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn at(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn what_is_left_is_counted_down_and_comes_back() {
        let mut allowance = Allowance::default();
        let learned = |remaining, until| Learned { counted: Counted::Requests, remaining, resets_at: at(until) };
        allowance.learn(learned(2, 60));
        allowance.learn(learned(5, 60));
        assert_eq!((allowance.take(START), allowance.take(START)), (Ok(()), Ok(())));
        assert_eq!(allowance.take(at(10)), Err(Duration::from_secs(50)), "the least that was said is true");
        assert_eq!(allowance.take(at(60)), Ok(()));
        allowance.hold(at(70));
        allowance.hold(at(65));
        assert_eq!(allowance.take(at(60)), Err(Duration::from_secs(10)));
        assert_eq!(allowance.take(at(70)), Ok(()));
    }

    fn counted() -> impl Strategy<Value = Counted> {
        prop_oneof![
            Just(Counted::Requests),
            Just(Counted::Tokens),
            Just(Counted::InputTokens),
            Just(Counted::OutputTokens),
        ]
    }

    proptest! {
        #[test]
        fn no_more_is_asked_than_was_said_and_nobody_waits_beyond_what_was_said(
            said in prop::collection::vec((counted(), 0..4_u64, 1..100_u64), 1..6), now in 0..120_u64,
        ) {
            let mut allowance = Allowance::default();
            for (counted, remaining, until) in &said {
                allowance.learn(Learned { counted: *counted, remaining: *remaining, resets_at: at(*until) });
            }
            let last = said.iter().map(|(_, _, until)| *until).max().unwrap();
            let mut asked = 0;
            while asked < 10 {
                match allowance.take(at(now)) {
                    Ok(()) => asked += 1,
                    Err(wait) => {
                        prop_assert!(now < last && wait <= Duration::from_secs(last - now));
                        break;
                    }
                }
            }
            let most = said.iter().filter(|(counted, _, _)| *counted == Counted::Requests).map(|(_, most, _)| *most).max();
            let holds = said.iter().any(|(counted, _, until)| *counted == Counted::Requests && *until > now);
            let last_requests = said.iter().filter(|(counted, ..)| *counted == Counted::Requests).map(|(.., until)| *until).max();
            if holds && last_requests.is_some_and(|until| until > now) {
                prop_assert!(asked <= most.unwrap_or(0));
            }
            prop_assert!(now < last || asked == 10, "what is over holds nobody up");
        }
    }
}
