//! How the weights are made: labelled questions and logistic regression by stochastic gradient
//! descent, the same bytes on every machine.
//!
//! The classifier never trains when it runs; `cargo run --release --example classifier_report --
//! --write-weights` does, and a test fails when the committed weights are not what training yields.

use super::features::{self, BUCKETS, Feature};
use super::lexicon::Lexicon;
use super::model::{Model, PerCategory, softmax};
use super::templates;
use crate::{prompt::PromptCategory, value::UnknownName};

/// Questions that the bundled classifier was trained on, next to [`DRIVERS_QUESTIONS`].
pub const TRAINING_QUESTIONS: &str = include_str!("../../../data/questions/train.tsv");

/// Two thirds of the drivers' set: questions in drivers' own words, trained on too.
pub const DRIVERS_QUESTIONS: &str = include_str!("../../../data/questions/drivers.tsv");

/// The third of the drivers' set that was kept apart to judge the classifier.
pub const UNSEEN_DRIVERS_QUESTIONS: &str = include_str!("../../../data/questions/drivers_unseen.tsv");

/// Questions by other authors than those of every other file, kept apart to judge the classifier.
pub const UNSEEN_OTHERS_QUESTIONS: &str = include_str!("../../../data/questions/others_unseen.tsv");

/// An older set that was kept apart: mostly notes of a few words, then whole sentences.
pub const HELD_OUT_QUESTIONS: &str = include_str!("../../../data/questions/held_out.tsv");

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
        source: UnknownName,
    },
}

/// Reads labelled questions: one a line, category, tab, question.
pub fn parse_questions(text: &str) -> Result<Vec<LabelledQuestion<'_>>, LabelledQuestionError> {
    (1..)
        .zip(text.lines())
        .map(|(line, content)| {
            let (category, question) = content.split_once('\t').ok_or(LabelledQuestionError::NoTab { line })?;
            let category = category.parse().map_err(|source| LabelledQuestionError::Category { line, source })?;
            Ok(LabelledQuestion { category, question })
        })
        .collect()
}

/// Passes over the questions.
const EPOCHS: u16 = 12;
/// Length of the first steps; they shrink with the passes.
const FIRST_STEP: f32 = 0.25;
/// What share of every weight a pass takes away, so that rare features do not grow large.
const DECAY: f32 = 0.02;
/// Questions drawn from each template.
const FROM_TEMPLATE: usize = 10;
/// The step for a drawn question, against that for a written one.
const TEMPLATE_STEP: f32 = 0.5;

/// A question as training sees it.
struct Sample {
    features: Vec<Feature>,
    category: usize,
    /// How long its steps are, against those of a written question.
    step: f32,
}

/// Trains on `questions` and on what the templates yield.
pub(super) fn train(questions: &[LabelledQuestion<'_>], lexicon: &Lexicon) -> Model {
    let drawn = templates::expand(FROM_TEMPLATE, lexicon);
    let written = questions.iter().map(|labelled| (labelled.category, labelled.question, 1.0));
    let drawn = drawn.iter().map(|(category, question)| (*category, question.as_str(), TEMPLATE_STEP));
    let mut samples: Vec<Sample> = written
        .chain(drawn)
        .map(|(category, question, step)| Sample {
            features: features::extract(question, lexicon),
            category: category.index(),
            step,
        })
        .collect();
    let rarity = rarity(&samples);
    for (bucket, value) in samples.iter_mut().flat_map(|sample| &mut sample.features) {
        *value *= rarity[*bucket];
    }
    let mut weights = descend(&samples);
    // The weights belong to features scaled by rarity; questions come without that scale.
    for (row, rarity) in weights.iter_mut().zip(rarity) {
        for weight in row {
            *weight *= rarity;
        }
    }
    Model::from_trained(&weights)
}

/// How rare each bucket is: about the logarithm of (samples / samples that have it), so that "gasket"
/// moves more than "the".
///
/// As a difference of harmonic numbers, which needs additions only: the platform's logarithm may
/// differ in the last digit between systems.
fn rarity(samples: &[Sample]) -> Vec<f32> {
    const LEAST: f32 = 0.05;
    let mut harmonic = vec![0.0_f32];
    let mut sum = 0.0_f64;
    for n in (1..).take(samples.len()) {
        sum += 1.0 / f64::from(n);
        #[expect(clippy::cast_possible_truncation, reason = "a handful of digits is enough")]
        harmonic.push(sum as f32);
    }
    let mut having = vec![0_usize; BUCKETS];
    for (bucket, _) in samples.iter().flat_map(|sample| &sample.features) {
        having[*bucket] += 1;
    }
    having
        .into_iter()
        .map(|count| (harmonic[samples.len()] - harmonic[count.max(1).min(samples.len())]).max(LEAST))
        .collect()
}

fn descend(samples: &[Sample]) -> Vec<PerCategory<f32>> {
    let mut weights = vec![[0.0_f32; PromptCategory::COUNT]; BUCKETS];
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut random = Random::seeded(0x5eed);
    for epoch in 0..EPOCHS {
        let step = FIRST_STEP / (1.0 + f32::from(epoch) * 0.2);
        random.shuffle(&mut order);
        for sample in order.iter().map(|&index| &samples[index]) {
            learn(&mut weights, sample, step);
        }
        for weight in weights.iter_mut().flatten() {
            *weight *= 1.0 - DECAY;
        }
    }
    weights
}

/// One step towards the right answer for one question.
fn learn(weights: &mut [PerCategory<f32>], sample: &Sample, step: f32) {
    let mut evidence = [0.0; PromptCategory::COUNT];
    for &(bucket, value) in &sample.features {
        for (sum, weight) in evidence.iter_mut().zip(weights[bucket]) {
            *sum += value * weight;
        }
    }
    let mut errors = softmax(&evidence);
    errors[sample.category] -= 1.0;
    #[expect(clippy::cast_possible_truncation, reason = "a probability keeps enough digits")]
    let moves = errors.map(|error| error as f32 * -step * sample.step);
    for &(bucket, value) in &sample.features {
        for (weight, change) in weights[bucket].iter_mut().zip(moves) {
            *weight += value * change;
        }
    }
}

/// A small generator with a fixed seed: the order of training is part of the result.
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`, from Knuth's MMIX generator, whose high bits are the good ones.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    /// Fisher and Yates.
    fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
