//! A model of each protocol over a double.

use std::{sync::Arc, time::Duration};

use driveever_core::{
    ai::{
        ModelError,
        text_model::{Generated, Generation, Piece, TextModel},
    },
    time::{Clock, FixedClock},
};
use driveever_doubles::{Double, Protocol, Script};
use driveever_providers::remote::{RemoteModel, RemoteSettings, Timeouts};
use futures_util::StreamExt;

pub(crate) const KEY: &str = "sk-double-secret";

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at("2026-11-23T09:30:00Z".parse().unwrap()))
}

/// Times that do not hold a test up: whatever is said to be slow is slow for ever.
pub(crate) fn impatient() -> Timeouts {
    let soon = Duration::from_millis(150);
    Timeouts { first_byte: soon, idle: soon, health: soon, queue: soon, ..Timeouts::default() }
}

pub(crate) fn settings(double: &Double, protocol: Protocol) -> RemoteSettings {
    RemoteSettings::new("double", double.base_url(protocol), vec!["model-1".into(), "model-2".into()])
        .key(Some(KEY.into()))
}

pub(crate) fn model_of(settings: RemoteSettings, protocol: Protocol) -> RemoteModel {
    let model = match protocol {
        Protocol::OpenAi => RemoteModel::openai(settings, clock()),
        Protocol::Anthropic => RemoteModel::anthropic(settings, clock()),
        Protocol::Gemini => RemoteModel::gemini(settings, clock()),
        other => panic!("{other:?} is no model's"),
    };
    model.unwrap()
}

pub(crate) fn model(double: &Double, protocol: Protocol) -> RemoteModel {
    model_of(settings(double, protocol), protocol)
}

pub(crate) fn request() -> Generation {
    Generation {
        groundwork: None,
        prompt: "What is my bank PIN?".into(),
        question: "What is my bank PIN?".into(),
        category: None,
        record: None,
        today: "2026-11-23".parse().unwrap(),
        model: None,
        max_output_tokens: None,
        timeout: Duration::from_secs(20),
    }
}

/// A streamed answer: the deltas' text, and how it ended.
pub(crate) async fn streamed(model: &RemoteModel) -> (String, Result<Generated, ModelError>) {
    let mut text = String::new();
    let mut pieces = match model.stream(&request()).await {
        Ok(pieces) => pieces,
        Err(error) => return (text, Err(error)),
    };
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(Piece::Delta(delta)) => text.push_str(&delta),
            Ok(Piece::Done(whole)) => {
                assert!(pieces.next().await.is_none(), "nothing follows the end");
                return (text, Ok(*whole));
            }
            Err(error) => {
                assert!(pieces.next().await.is_none(), "nothing follows an error");
                return (text, Err(error));
            }
        }
    }
    panic!("a stream without an end");
}

/// Asks once, whole or as a stream.
pub(crate) async fn asked(model: &RemoteModel, stream: bool) -> Result<Generated, ModelError> {
    if stream { streamed(model).await.1 } else { model.generate(&request()).await }
}

/// What a script makes of a question.
pub(crate) async fn outcome(
    double: &Double,
    model: &RemoteModel,
    protocol: Protocol,
    script: Script,
    stream: bool,
) -> Result<Generated, ModelError> {
    double.script(protocol, script);
    asked(model, stream).await
}
