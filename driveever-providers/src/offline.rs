//! The offline advisor as a [`TextModel`]: the provider `offline`, which is always there.
//!
//! It answers by [`crate::advisor::advise`], at once and without a network, so that it is both the default provider and
//! the last one to fall back to. It never fails, needs no retries and knows no timeout worth keeping.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use driveever_core::{
    ai::text_model::{Generated, Generation, ModelError, ModelHealth, Piece, TextModel},
    time::Clock,
};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use crate::advisor::{MODEL, advise};

/// How many words a piece of a streamed answer has.
const WORDS_A_PIECE: usize = 6;

/// The provider `offline`.
#[derive(Clone)]
pub struct OfflineAdvisor {
    clock: Arc<dyn Clock>,
}

impl OfflineAdvisor {
    /// An advisor; the clock dates its health reports, never its answers.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl fmt::Debug for OfflineAdvisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfflineAdvisor").finish_non_exhaustive()
    }
}

#[async_trait]
impl TextModel for OfflineAdvisor {
    fn provider(&self) -> &'static str {
        "offline"
    }

    fn models(&self) -> Vec<String> {
        vec![MODEL.to_owned()]
    }

    async fn generate(&self, request: &Generation) -> Result<Generated, ModelError> {
        Ok(advise(request))
    }

    async fn stream(&self, request: &Generation) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        let whole = advise(request);
        let mut pieces: Vec<Result<Piece, ModelError>> =
            pieces(&whole.text).into_iter().map(|text| Ok(Piece::Delta(text.to_owned()))).collect();
        pieces.push(Ok(Piece::Done(Box::new(whole))));
        Ok(stream::iter(pieces).boxed())
    }

    async fn health(&self) -> ModelHealth {
        ModelHealth::available(self.clock.now())
    }
}

/// The text in pieces of a few words; together they are the text.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (words, (at, space)) in text.match_indices(' ').enumerate() {
        if words % WORDS_A_PIECE == WORDS_A_PIECE - 1 {
            pieces.extend(text.get(start..at + space.len()));
            start = at + space.len();
        }
    }
    pieces.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use driveever_core::{ai::text_model::Usage, time::FixedClock};
    use futures_util::TryStreamExt as _;

    use super::*;

    fn request(question: &str) -> Generation {
        Generation {
            prompt: String::new(),
            question: question.to_owned(),
            category: None,
            record: None,
            today: "2026-11-23".parse().unwrap(),
            groundwork: None,
            model: None,
            max_output_tokens: None,
            timeout: Duration::from_secs(1),
        }
    }

    fn advisor() -> OfflineAdvisor {
        OfflineAdvisor::new(Arc::new(FixedClock::at("2026-11-23T09:30:00Z".parse().unwrap())))
    }

    #[tokio::test]
    async fn a_stream_is_the_answer_in_pieces_and_ends_with_the_whole() {
        let request = request("When do I need an MOT?");
        let whole = advisor().generate(&request).await.unwrap();
        let pieces: Vec<Piece> = advisor().stream(&request).await.unwrap().try_collect().await.unwrap();
        let (done, deltas) = pieces.split_last().unwrap();
        assert_eq!(*done, Piece::Done(Box::new(whole.clone())));
        let text: String = deltas
            .iter()
            .map(
                |piece| {
                    if let Piece::Delta(text) = piece { text.as_str() } else { panic!("only deltas before the end") }
                },
            )
            .collect();
        assert_eq!(text, whole.text);
        assert!(deltas.len() > 5);
    }

    #[tokio::test]
    async fn it_names_itself_and_is_always_there() {
        let advisor: Arc<dyn TextModel> = Arc::new(advisor());
        assert_eq!((advisor.provider(), advisor.models()), ("offline", vec![MODEL.to_owned()]));
        let health = advisor.health().await;
        assert!(health.available && health.detail.is_none());
        assert_eq!(health.checked_at.to_string(), "2026-11-23T09:30:00.000000Z");
        let generated = advisor.generate(&request("hello")).await.unwrap();
        assert_eq!(
            (generated.model.as_str(), generated.usage, generated.cost, generated.confidence),
            (MODEL, Some(Usage::default()), None, None)
        );
    }

    #[test]
    fn pieces_are_the_text() {
        for text in ["", " ", "one", "a b c d e f g h i j k l m", "ends with space ", "ünï cödé 🚗 x y z w"] {
            assert_eq!(pieces(text).concat(), text);
        }
    }
}
