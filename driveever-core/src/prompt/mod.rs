//! The prompt library.

mod category;
pub mod golden;
mod model;
mod service;

pub use category::PromptCategory;
pub use model::{
    Exposure, ExposureId, OptimizationLevel, Prompt, PromptContext, PromptId, PromptMetadata, PromptVersion, Variable,
    VariableType, Variables,
};
pub use service::{GoldenChoice, GoldenRequest, Outcome, PromptService, Rendered, VariableValues};
