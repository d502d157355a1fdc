//! A streamed answer, read as fast as its reader takes it.

use std::{collections::VecDeque, sync::Arc};

use driveever_core::ai::{ModelError, text_model::Piece};
use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::{Response, header::CONTENT_TYPE};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};

use super::{
    failure,
    model::Inner,
    protocol::{Read, Reader, malformed},
    sse::{Decoder, Event},
    transport::Begun,
};

struct Run {
    inner: Arc<Inner>,
    response: Response,
    /// Kept until the answer is read or given up.
    _turn: OwnedSemaphorePermit,
    deadline: Instant,
    request_id: Option<String>,
    decoder: Decoder,
    reader: Box<dyn Reader>,
    events: VecDeque<Event>,
    bytes: usize,
    /// What broke the stream off, when it did not end in order.
    broken: Option<ModelError>,
    ended: bool,
}

/// The pieces of an answer that has begun: deltas, then the end or an error.
pub(super) fn pieces(
    inner: Arc<Inner>,
    begun: Begun,
    deadline: Instant,
) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
    let Begun { response, turn } = begun;
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.trim().to_ascii_lowercase().starts_with("text/event-stream") {
        return Err(malformed("it answered a stream with something else than events"));
    }
    let run = Run {
        request_id: failure::request_id(response.headers()),
        decoder: Decoder::new(inner.transport.limits.event),
        reader: inner.protocol.reader(),
        events: VecDeque::new(),
        bytes: 0,
        broken: None,
        ended: false,
        inner,
        response,
        _turn: turn,
        deadline,
    };
    let next = |run: Option<Box<Run>>| async move {
        let mut run = run?;
        let piece = run.next().await;
        let goes_on = matches!(piece, Ok(Piece::Delta(_)));
        Some((piece, goes_on.then_some(run)))
    };
    Ok(stream::unfold(Some(Box::new(run)), next).boxed())
}

impl Run {
    async fn next(&mut self) -> Result<Piece, ModelError> {
        loop {
            while let Some(event) = self.events.pop_front() {
                match self.reader.event(&event)? {
                    Read::Nothing => {}
                    Read::Text(text) => return Ok(Piece::Delta(text)),
                    Read::End => return self.end(),
                }
            }
            if self.ended {
                return self.end();
            }
            self.read().await?;
        }
    }

    /// Reads on. That the connection broke matters only if the answer had not ended before.
    async fn read(&mut self) -> Result<(), ModelError> {
        match self.inner.transport.piece(&mut self.response, self.deadline).await {
            Ok(None) => self.ended = true,
            Err(error) => (self.ended, self.broken) = (true, Some(error)),
            Ok(Some(piece)) => {
                self.bytes += piece.len();
                if self.bytes > self.inner.transport.limits.body {
                    let limit = self.inner.transport.limits.body;
                    return Err(malformed(format!("it answered with more than {limit} bytes")));
                }
                self.decoder.push(&piece, &mut self.events).map_err(|error| malformed(error.to_string()))?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Piece, ModelError> {
        let broken = self.broken.take();
        let whole = self.reader.finish(broken.is_none()).map_err(|error| broken.unwrap_or(error))?;
        let id = self.request_id.take();
        Ok(Piece::Done(Box::new(driveever_core::ai::text_model::Generated { provider_request_id: id, ..whole })))
    }
}
