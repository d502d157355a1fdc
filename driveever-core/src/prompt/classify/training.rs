//! How the weights are made: labelled questions and logistic regression by stochastic gradient
//! descent, the same bytes on every machine.
//!
//! The classifier never trains when it runs; `cargo run --release --example classifier_report --
//! --write-weights` does, and a test fails when the committed weights are not what training yields.

use super::features::{self, BUCKETS, Feature};
use super::lexicon::Lexicon;
use super::model::{Model, PerCategory, softmax};
use crate::prompt::category::{PromptCategory, UnknownCategory};

/// A question and the category that a person gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledQuestion<'a> {
    /// What the question is about.
    pub category: PromptCategory,
    /// The question as a driver would write it.
    pub question: &'a str,
}

/// Why a file of labelled questions cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelledQuestionError {
    /// A line has no tab.
    #[error("line {line}: expected a category, a tab and a question")]
    NoTab {
        /// Counted from 1.
        line: usize,
    },
    /// A line begins with something else than a category.
    #[error("line {line}: {source}")]
    Category {
        /// Counted from 1.
        line: usize,
        /// What was found instead.
        source: UnknownCategory,
    },
}

/// Reads labelled questions: one a line, category, tab, question.
pub fn parse_questions(text: &str) -> Result<Vec<LabelledQuestion<'_>>, LabelledQuestionError> {
    let parse = |(index, line): (usize, &'_ str)| {
        let line_number = index + 1;
        let (category, question) = line
            .split_once('\t')
            .ok_or(LabelledQuestionError::NoTab { line: line_number })?;
        let category = category
            .parse()
            .map_err(|source| LabelledQuestionError::Category {
                line: line_number,
                source,
            })?;
        Ok((category, line.len() - question.len()))
    };
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            parse((index, line)).map(|(category, start)| LabelledQuestion {
                category,
                question: &line[start..],
            })
        })
        .collect()
}

/// Passes over the questions.
const EPOCHS: u16 = 40;
/// Length of the first steps; they shrink with the passes.
const FIRST_STEP: f32 = 4.0;
/// What share of every weight a pass takes away, so that rare features do not grow large.
const DECAY: f32 = 0.02;

/// Trains on `questions`.
pub(super) fn train(questions: &[LabelledQuestion<'_>], lexicon: &Lexicon) -> Model {
    let samples: Vec<(Vec<Feature>, usize)> = questions
        .iter()
        .map(|labelled| {
            let features = features::extract(labelled.question, lexicon);
            (features, labelled.category.index())
        })
        .collect();
    let mut weights = vec![[0.0_f32; PromptCategory::COUNT]; BUCKETS];
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut random = Random(0x5eed);
    for epoch in 0..EPOCHS {
        let step = FIRST_STEP / (1.0 + f32::from(epoch) * 0.2);
        random.shuffle(&mut order);
        for &index in &order {
            let (features, category) = &samples[index];
            learn(&mut weights, features, *category, step);
        }
        for weight in weights.iter_mut().flatten() {
            *weight *= 1.0 - DECAY;
        }
    }
    Model::from_trained(&weights)
}

/// One step towards the right answer for one question.
fn learn(weights: &mut [PerCategory<f32>], features: &[Feature], category: usize, step: f32) {
    let mut evidence = [0.0; PromptCategory::COUNT];
    for &(bucket, value) in features {
        for (sum, weight) in evidence.iter_mut().zip(weights[bucket as usize]) {
            *sum += value * weight;
        }
    }
    let mut errors = softmax(&evidence);
    errors[category] -= 1.0;
    #[expect(clippy::cast_possible_truncation, reason = "a probability keeps enough digits")]
    let moves = errors.map(|error| error as f32 * -step);
    for &(bucket, value) in features {
        for (weight, change) in weights[bucket as usize].iter_mut().zip(moves) {
            *weight += value * change;
        }
    }
}

/// A small generator with a fixed seed: the order of training is part of the result.
struct Random(u64);

impl Random {
    /// Knuth's MMIX generator; the high bits are the good ones.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    /// Fisher and Yates.
    fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
