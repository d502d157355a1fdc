//! Language models and their answers.
//!
//! [`Answers`] is the AI service: it puts a question to a [`TextModel`](text_model::TextModel), to others in turn when one
//! fails, or to several at once, whole or as a stream, and stores what came of it: an [`AiResponse`], answered or not, and an
//! `ai.response_generated` event in the same commit. A call of [`AiService::generate`] whose future is dropped in the
//! middle leaves nothing, so that whoever resumes with the same `response_id` asks anew; whoever must not lose an
//! answer when a client hangs up runs the call in a task of its own. To add a
//! provider, implement [`TextModel`](text_model::TextModel); retries, breakers and metrics are wrappers of the same trait.

pub mod allowance;
mod answers;
mod ask;
#[cfg(feature = "markdown")]
pub mod blocks;
pub mod breaker;
pub mod event;
mod feedback;
mod generate;
mod health;
mod model;
mod observer;
mod options;
mod personal;
pub mod price;
mod repository;
pub mod retry;
pub mod rules;
mod service;
mod sources;
mod stream;
pub mod text_model;
mod tries;

pub use answers::Answers;
pub use model::{
    AiContext, AiResponse, Attempt, Attempts, Feedback, FeedbackHistory, FeedbackId, ResponseError, ResponseId, Sources,
};
#[cfg(feature = "mock")]
pub use observer::MockAiObserver;
pub use observer::{ANSWERED, AiObserver};
pub use options::{AiLimits, AiOptions};
pub use repository::AiRepository;
#[cfg(feature = "mock")]
pub use service::MockAiService;
pub use service::{
    AiHealth, AiService, AiState, AnswerStream, GenerateRequest, NewFeedback, ProviderInfo, ProviderStatus, StreamEvent,
};
pub use sources::sources_of;
pub use text_model::ModelError;

use crate::entity::{Entity, Schema};

/// The tables of this context.
pub const SCHEMAS: &[&Schema] = &[AiResponse::SCHEMA, Feedback::SCHEMA, FeedbackHistory::SCHEMA];
