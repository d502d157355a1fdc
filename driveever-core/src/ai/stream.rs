//! An answer as it is written.
//!
//! A stream ends with exactly one of [`StreamEvent::Done`] and [`StreamEvent::Failed`], after the result is stored. When
//! its reader drops it before, the request at the provider is dropped with it, and what was written so far is left to be
//! stored as a failure with the code `cancelled` (see [`Answers::store_cancelled`](super::Answers::store_cancelled)):
//! a destructor cannot wait for a store.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};

use super::{
    AiResponse, AnswerStream, StreamEvent,
    answers::Inner,
    ask::{self, Ask},
    generate::without_text,
    text_model::{FinishReason, Generated, ModelError, Piece},
    tries::Tries,
};
use crate::request::RequestContext;

/// What a dropped stream leaves.
pub(super) struct Cancelled {
    pub(super) request: RequestContext,
    pub(super) response: AiResponse,
}

/// A stored answer or failure as a stream.
pub(super) fn replayed(stored: AiResponse) -> AnswerStream {
    let text = Some(stored.answer.clone()).filter(|text| !text.is_empty()).map(StreamEvent::Delta);
    let end = if stored.success {
        StreamEvent::Done(Box::new(stored))
    } else {
        StreamEvent::Failed { response_id: Some(stored.id), error: ask::error_of(&stored) }
    };
    stream::iter(text.into_iter().chain([end])).boxed()
}

/// Asks, and gives the answer as it is written.
pub(super) fn begun(inner: Arc<Inner>, asked: Ask) -> AnswerStream {
    let response = asked.begun(inner.clock.now());
    let tries = Tries::default();
    let run = Run { inner, asked, response, tries, pieces: None, chars: 0, cut: false, settled: false };
    let next = |run: Option<Box<Run>>| async move {
        let mut run = run?;
        let event = run.next().await;
        let goes_on = matches!(event, StreamEvent::Delta(_));
        Some((event, goes_on.then_some(run)))
    };
    stream::unfold(Some(Box::new(run)), next).boxed()
}

struct Run {
    inner: Arc<Inner>,
    asked: Ask,
    response: AiResponse,
    tries: Tries,
    pieces: Option<BoxStream<'static, Result<Piece, ModelError>>>,
    /// Characters given so far.
    chars: usize,
    /// Whether text was cut off at the bound.
    cut: bool,
    /// Whether the result is stored, or could not be.
    settled: bool,
}

impl Run {
    async fn next(&mut self) -> StreamEvent {
        loop {
            if self.inner.time_left(&self.response).is_none() {
                let waited = self.inner.options.budget;
                return self.fail(ModelError::TimedOut { waited }).await;
            }
            let piece = match &mut self.pieces {
                Some(pieces) => pieces.next().await.unwrap_or_else(|| Err(cut_off())),
                None => match self.open().await {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => Err(error),
                    Err(error) => return self.fail(error).await,
                },
            };
            match piece {
                Ok(Piece::Delta(text)) if text.is_empty() => {}
                Ok(Piece::Delta(text)) => {
                    if let Some(event) = self.append(text).await {
                        return event;
                    }
                }
                Ok(Piece::Done(generated)) => {
                    if let Some(event) = self.end(*generated).await {
                        return event;
                    }
                }
                Err(error) => {
                    if let Some(event) = self.broken(error).await {
                        return event;
                    }
                }
            }
        }
    }

    /// Asks whoever's turn it is: what they say to it, or why nobody is asked any more.
    async fn open(&mut self) -> Result<Result<(), ModelError>, ModelError> {
        let (model, generation) = self.inner.next_try(&self.asked, &mut self.response, &mut self.tries)?;
        match model.stream(&generation).await {
            Ok(pieces) => self.pieces = Some(pieces),
            Err(error) => return Ok(Err(error)),
        }
        Ok(Ok(()))
    }

    /// A try failed: it is asked again, or somebody else is, as long as nothing was given yet.
    async fn broken(&mut self, error: ModelError) -> Option<StreamEvent> {
        self.pieces = None;
        if !self.response.answer.is_empty() {
            return Some(self.fail(error).await);
        }
        match self.inner.failed_try(&self.asked, &mut self.response, &mut self.tries, &error) {
            Some(wait) => self.inner.pause(wait).await,
            None => return Some(self.fail(error).await),
        }
        None
    }

    /// Takes a piece of text; at the bound on an answer's length the rest is given up.
    async fn append(&mut self, mut text: String) -> Option<StreamEvent> {
        let room = self.inner.options.answer_chars.saturating_sub(self.chars);
        if room == 0 {
            let generated = Generated {
                text: std::mem::take(&mut self.response.answer),
                model: String::new(),
                finish_reason: FinishReason::Length,
                usage: None,
                cost: None,
                sources: Vec::new(),
                confidence: None,
                provider_request_id: None,
            };
            return Some(self.succeed(generated).await);
        }
        self.cut |= ask::cut(&mut text, room);
        self.chars += text.chars().count();
        self.response.answer.push_str(&text);
        Some(StreamEvent::Delta(text))
    }

    /// The model's end. A model that gave all its text with it gives it to the reader first.
    async fn end(&mut self, mut generated: Generated) -> Option<StreamEvent> {
        if self.response.answer.trim().is_empty() && generated.text.trim().is_empty() {
            return self.broken(without_text()).await;
        }
        if self.response.answer.is_empty() {
            let text = std::mem::take(&mut generated.text);
            self.pieces = Some(stream::iter([Ok(Piece::Done(Box::new(generated)))]).boxed());
            return self.append(text).await;
        }
        // What the reader was given is what is stored.
        generated.text = std::mem::take(&mut self.response.answer);
        Some(self.succeed(generated).await)
    }

    async fn succeed(&mut self, generated: Generated) -> StreamEvent {
        self.inner.tried(&self.asked, &mut self.response, &mut self.tries, Ok(&generated));
        self.inner.succeeded(&mut self.response, generated);
        self.response.truncated |= self.cut;
        match self.inner.store(&self.asked.request, &self.response).await {
            // Another call with the same id may have been quicker, and may have failed.
            Ok(stored) => {
                self.settled = true;
                if stored.success {
                    StreamEvent::Done(Box::new(stored))
                } else {
                    StreamEvent::Failed { error: ask::error_of(&stored), response_id: Some(stored.id) }
                }
            }
            Err(error) => self.lost(error),
        }
    }

    async fn fail(&mut self, error: ModelError) -> StreamEvent {
        self.inner.tried(&self.asked, &mut self.response, &mut self.tries, Err(&error));
        ask::failed(&mut self.response, &error, self.inner.clock.now());
        match self.inner.store(&self.asked.request, &self.response).await {
            Ok(stored) => {
                self.settled = true;
                let source = crate::Error::Model { source: error, response: Some(stored.id.uuid()), order: None };
                StreamEvent::Failed { error: source, response_id: Some(stored.id) }
            }
            Err(error) => self.lost(error),
        }
    }

    fn lost(&mut self, error: crate::Error) -> StreamEvent {
        self.settled = true;
        StreamEvent::Failed { error, response_id: None }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        // A result that was being stored when the reader left stands; else the stream was cut in the middle.
        if !self.response.success && self.response.error.is_none() {
            let cancelled = ModelError::Cancelled;
            self.inner.tried(&self.asked, &mut self.response, &mut self.tries, Err(&cancelled));
            ask::failed(&mut self.response, &ModelError::Cancelled, self.inner.clock.now());
        }
        let (request, response) = (self.asked.request.clone(), self.response.clone());
        self.inner.queue(Cancelled { request, response });
    }
}

fn cut_off() -> ModelError {
    ModelError::Incomplete { detail: "the stream ended without its end".to_owned() }
}
