//! x
mod features;
mod lexicon;
mod model;
mod normalise;
mod training;
mod evaluation;
pub use evaluation::*;
pub use training::{LabelledQuestion, LabelledQuestionError, parse_questions};
pub use model::WeightsError;
use crate::prompt::category::PromptCategory;

/// x
#[derive(Debug)]
pub struct Classifier { model: model::Model }
/// x
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// x
    pub category: PromptCategory,
    /// x
    pub scores: Vec<(PromptCategory, f64)>,
}
impl Classifier {
    /// x
    pub fn train(questions: &[LabelledQuestion<'_>]) -> Self {
        Self { model: training::train(questions, lexicon::Lexicon::bundled()) }
    }
    /// x
    pub fn classify(&self, question: &str) -> Classification {
        let features = features::extract(question, lexicon::Lexicon::bundled());
        let p = model::softmax(&self.model.evidence(&features));
        let mut scores: Vec<_> = PromptCategory::ALL.into_iter().zip(p).collect();
        scores.sort_by(|a, b| b.1.total_cmp(&a.1));
        Classification { category: scores[0].0, scores }
    }
}
