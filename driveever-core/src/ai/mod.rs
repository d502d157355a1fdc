//! Language models and their answers.

mod model;
pub mod rules;
mod service;
pub mod text_model;

pub use model::{AiContext, AiResponse, Attempt, Attempts, ResponseError, ResponseId, Sources};
pub use service::{AiService, GenerateRequest};
pub use text_model::ModelError;
