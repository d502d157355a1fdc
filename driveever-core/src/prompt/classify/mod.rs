//! Which of the nine categories a driver's question belongs to, with a score for each.
//!
//! The classifier is a linear model over words, motoring concepts and runs of letters
//! (`features.rs`), trained on the labelled questions in `data/questions` and embedded as
//! a weights file, so that it costs nothing at start-up and some microseconds a question. Words are
//! repaired and mapped to concepts by `lexicon.tsv`; there are no hard rules that overrule the
//! model. What would be a rule ("brakes" near "gone" is an emergency, unless the question is about
//! a price) is a concept or a pair of concepts, whose weight is learned and measured.
//!
//! Contract: any text gives an answer, deterministic on every platform; only the first
//! [`MAX_CHARS`] characters are read; a text without a recognised word is a general inquiry with a
//! low score.
//!
//! To extend it, add questions to `train.tsv` or words to `lexicon.tsv`, then run
//! `cargo run --release -p driveever-core --example classifier_report -- --write-weights` and read
//! the report. `drivers_unseen.tsv`, `others_unseen.tsv` and `held_out.tsv` are for judging only: nothing in them may be
//! used to choose words, questions or settings. `data/questions/README.md` has the rule, the guide to
//! labelling and the record of what was reached.
//!
//! ```
//! use driveever_core::prompt::PromptCategory;
//! use driveever_core::prompt::classify::Classifier;
//!
//! let answer = Classifier::bundled().classify("whats the damage for a clutch on a 2012 corsa");
//! assert_eq!(answer.category, PromptCategory::CostAnalysis);
//! ```
//!
//! Why not static sentence embeddings: they need a model file of several megabytes and a tokenizer,
//! and on these questions averaged word vectors alone did worse than words and letters.

mod evaluation;
mod features;
mod lexicon;
mod model;
mod normalise;
mod templates;
mod training;

pub use self::evaluation::{Evaluation, Mistake, cross_validate, evaluate};
pub use self::normalise::MAX_CHARS;
pub use self::training::{
    DRIVERS_QUESTIONS, HELD_OUT_QUESTIONS, LabelledQuestion, LabelledQuestionError, TRAINING_QUESTIONS,
    UNSEEN_DRIVERS_QUESTIONS, UNSEEN_OTHERS_QUESTIONS, parse_questions,
};

use self::lexicon::Lexicon;
use self::model::Model;
use super::PromptCategory;

/// What a question was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// The category with the highest score.
    pub category: PromptCategory,
    /// All nine categories with their scores, highest first. A score is a probability: from 0 to 1,
    /// and together they make 1. Equal scores keep the order of [`PromptCategory::ALL`].
    pub scores: Vec<(PromptCategory, f64)>,
}

/// Tells the category of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    model: Model,
}

static BUNDLED: Classifier =
    Classifier { model: Model::from_file(include_bytes!("../../../data/questions/weights.bin")) };

impl Classifier {
    /// The classifier whose weights are compiled in.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// Trains a classifier on `questions`: for developers, takes about a second in release.
    pub fn train(questions: &[LabelledQuestion<'_>]) -> Self {
        Self { model: training::train(questions, Lexicon::bundled()) }
    }

    /// Tells which category `question` belongs to.
    pub fn classify(&self, question: &str) -> Classification {
        let features = features::extract(question, Lexicon::bundled());
        let probabilities = model::softmax(&self.model.evidence(&features));
        let mut scores: Vec<(PromptCategory, f64)> = PromptCategory::ALL.iter().copied().zip(probabilities).collect();
        scores.sort_by(|left, right| right.1.total_cmp(&left.1));
        let category = scores.first().map_or(PromptCategory::GeneralInquiry, |&(category, _)| category);
        Classification { category, scores }
    }

    /// The content of the weights file that [`bundled`](Self::bundled) is read from.
    pub fn weights_file(&self) -> Vec<u8> {
        self.model.to_file()
    }
}

#[cfg(test)]
mod tests;
