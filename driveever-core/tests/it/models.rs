//! A text model that does as it is told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use driveever_core::{
    ai::text_model::{FinishReason, Generated, Generation, ModelError, ModelHealth, Piece, TextModel, Usage},
    time::{Clock, FixedClock},
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};

/// What a scripted model does when it is asked the next time.
#[derive(Clone)]
pub(crate) enum Act {
    Answer(Generated),
    Fail(ModelError),
    /// Pieces of a stream; without a `Done` the stream just ends.
    Pieces(Vec<Result<Piece, ModelError>>),
    /// Pieces, and then nothing more ever.
    Hang(Vec<Result<Piece, ModelError>>),
}

pub(crate) struct Scripted {
    name: &'static str,
    clock: Arc<FixedClock>,
    acts: Mutex<VecDeque<Act>>,
    pub(crate) asked: Mutex<Vec<Generation>>,
    pub(crate) probes: Mutex<u32>,
    pub(crate) available: Mutex<bool>,
}

impl Scripted {
    pub(crate) fn new(name: &'static str, clock: &Arc<FixedClock>, acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self {
            name,
            clock: clock.clone(),
            acts: Mutex::new(acts.into_iter().collect()),
            asked: Mutex::default(),
            probes: Mutex::default(),
            available: Mutex::new(true),
        })
    }

    fn next(&self, generation: &Generation) -> Act {
        self.asked.lock().unwrap().push(generation.clone());
        self.clock.advance(Duration::from_millis(250));
        self.acts.lock().unwrap().pop_front().unwrap_or_else(|| Act::Answer(generated("An answer.")))
    }
}

pub(crate) fn generated(text: &str) -> Generated {
    Generated {
        text: text.to_owned(),
        model: "small-2026".to_owned(),
        finish_reason: FinishReason::Stop,
        usage: Some(Usage::of(10, 5)),
        cost: None,
        sources: Vec::new(),
        confidence: None,
        provider_request_id: None,
    }
}

pub(crate) fn down() -> ModelError {
    ModelError::Unavailable { detail: "connection refused".to_owned(), retry_after: None }
}

pub(crate) fn refused() -> ModelError {
    ModelError::Refused { detail: "policy".to_owned() }
}

#[async_trait]
impl TextModel for Scripted {
    fn provider(&self) -> &str {
        self.name
    }

    fn models(&self) -> Vec<String> {
        vec!["small".to_owned(), "large".to_owned()]
    }

    async fn generate(&self, request: &Generation) -> Result<Generated, ModelError> {
        match self.next(request) {
            Act::Answer(generated) => Ok(generated),
            Act::Fail(error) => Err(error),
            Act::Pieces(_) | Act::Hang(_) => panic!("a stream was scripted"),
        }
    }

    async fn stream(&self, request: &Generation) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        match self.next(request) {
            Act::Answer(generated) => Ok(stream::iter([Ok(Piece::Done(Box::new(generated)))]).boxed()),
            Act::Fail(error) => Err(error),
            Act::Pieces(pieces) => Ok(stream::iter(pieces).boxed()),
            Act::Hang(pieces) => Ok(stream::iter(pieces).chain(stream::pending()).boxed()),
        }
    }

    async fn health(&self) -> ModelHealth {
        *self.probes.lock().unwrap() += 1;
        let available = *self.available.lock().unwrap();
        let detail = (!available).then(|| "key refused".to_owned());
        ModelHealth { available, detail, checked_at: self.clock.now() }
    }
}
