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
