//! Whom to ask next: what a whole answer and a stream have in common when a provider fails.

use std::{sync::PoisonError, time::Duration};

use super::{
    ANSWERED, AiResponse,
    answers::Inner,
    ask::{self, Ask, Outcome},
    breaker::{BreakerState, Signal},
    retry::{Next, Standing},
    text_model::{Generation, ModelError, TextModel},
};
use crate::time::Timestamp;

/// How far the asking has come.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// Which candidate's turn it is.
    pub(super) place: usize,
    /// How often this candidate was asked so far.
    at_place: u32,
    /// How long was waited before the try that comes.
    waited: Duration,
    /// Since when one is under way.
    began: Option<Timestamp>,
    /// What the last one said.
    last: Option<ModelError>,
}

impl Inner {
    /// The next question to put, to the candidate whose turn it is. Those whose breaker is open are passed over, and noted.
    ///
    /// # Errors
    /// Why nobody is asked any more.
    pub(super) fn next_try<'a>(
        &self,
        asked: &'a Ask,
        response: &mut AiResponse,
        tries: &mut Tries,
    ) -> Result<(&'a dyn TextModel, Generation), ModelError> {
        loop {
            let now = self.clock.now();
            let last = tries.last.clone();
            let Some(left) = self.time_left(response) else {
                return Err(last.unwrap_or(ModelError::TimedOut { waited: self.options.budget }));
            };
            let Some(model) = asked.candidates.get(tries.place) else {
                return Err(last.unwrap_or_else(|| ModelError::Malformed { detail: "nobody was asked".to_owned() }));
            };
            let generation = asked.generation(tries.place, now, left, &self.options);
            tries.began = Some(now);
            let name = model_name(model.as_ref(), generation.model.as_deref());
            let admitted = {
                let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
                breakers.admit(model.provider(), &name, now, &self.options.breaker)
            };
            let Err(wait) = admitted else { return Ok((model.as_ref(), generation)) };
            let detail = "it failed of late and is left alone for a while".to_owned();
            let error = ModelError::NotAsked { detail, retry_after: Some(wait) };
            self.tried(asked, response, tries, Err(&error));
            // What a provider said that was asked is more than that another was not.
            tries.last.get_or_insert(error);
            (tries.place, tries.at_place) = (tries.place + 1, 0);
        }
    }

    /// Notes that the try under way failed. Gives how long to wait before the next; nothing when there is none.
    pub(super) fn failed_try(
        &self,
        asked: &Ask,
        response: &mut AiResponse,
        tries: &mut Tries,
        error: &ModelError,
    ) -> Option<Duration> {
        self.tried(asked, response, tries, Err(error));
        tries.at_place += 1;
        tries.last = Some(error.clone());
        let left = self.time_left(response).unwrap_or_default();
        let standing = Standing {
            tries: tries.at_place,
            others: tries.place + 1 < asked.candidates.len(),
            left,
            can_wait: self.timer.is_some(),
            jitter: jitter(response, tries.at_place),
        };
        match self.options.retry.next(error, standing) {
            Next::Again(wait) => tries.waited = wait,
            Next::Other => (tries.place, tries.at_place) = (tries.place + 1, 0),
            Next::Stop => return None,
        }
        Some(tries.waited)
    }

    /// Notes what came of the try under way: in the row, at its breaker, and to who watches.
    pub(super) fn tried(&self, asked: &Ask, response: &mut AiResponse, tries: &mut Tries, outcome: Outcome<'_>) {
        let Some(began) = tries.began.take() else { return };
        let Some(model) = asked.candidates.get(tries.place) else { return };
        let asked_for = asked.generate.model.as_deref().filter(|_| tries.place == 0);
        let (now, waited) = (self.clock.now(), std::mem::take(&mut tries.waited));
        let took = now.since(began);
        ask::tried(response, model.as_ref(), asked_for, waited, took, outcome);
        let told = outcome.err().map_or(ANSWERED, ModelError::code);
        let (provider, name) = (model.provider(), response.model.as_str());
        let moved = match outcome {
            // Who was passed over did not fail again.
            Err(ModelError::NotAsked { .. }) => None,
            _ => {
                let signal = outcome.err().map_or(Signal::Good, Signal::of);
                let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
                Some(breakers.report(provider, name, signal, now, &self.options.breaker))
            }
        };
        let Some(observer) = &self.observer else { return };
        observer.tried(provider, name, told, took);
        // A probe that fails leaves it as it was.
        let opened_or_closed = |(before, after): &(BreakerState, BreakerState)| {
            (*before == BreakerState::Closed) != (*after == BreakerState::Closed)
        };
        if let Some((_, after)) = moved.filter(opened_or_closed) {
            observer.breaker_moved(provider, name, after, told);
        }
    }

    /// Waits, where somebody lent a timer.
    pub(super) async fn pause(&self, wait: Duration) {
        if let Some(timer) = self.timer.as_ref().filter(|_| !wait.is_zero()) {
            timer.sleep(wait).await;
        }
    }
}

/// A number that differs from question to question and try to try, and not from run to run.
fn jitter(response: &AiResponse, tries: u32) -> u16 {
    let derived = crate::id::derived_uuid([response.id.to_string().as_str(), tries.to_string().as_str()]);
    let [high, low, ..] = derived.into_bytes();
    u16::from_be_bytes([high, low])
}

/// The model that is asked: the one named, else the provider's first.
pub(super) fn model_name(model: &dyn TextModel, asked_for: Option<&str>) -> String {
    asked_for.map(str::to_owned).or_else(|| model.models().into_iter().next()).unwrap_or_default()
}
