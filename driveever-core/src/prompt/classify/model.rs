//! Multinomial logistic regression: one weight a bucket and category, stored in a byte each.

use std::borrow::Cow;

use super::features::{BUCKETS, Feature};
use crate::prompt::PromptCategory;

/// One number a category, in the order of [`PromptCategory::ALL`].
pub(super) type PerCategory<T> = [T; PromptCategory::COUNT];

/// What every weights file begins with: a name and the version of its format.
const MAGIC: &[u8; 4] = b"DEQ1";
const HEADER: usize = MAGIC.len() + size_of::<f32>();
const FILE_LENGTH: usize = HEADER + BUCKETS * PromptCategory::COUNT;

/// Trained weights. When their number changes, make a file of the new length that begins with the
/// magic bytes, and train.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    /// What one step of a stored weight is worth.
    scale: f32,
    /// `BUCKETS` rows of one weight a category.
    weights: Cow<'static, [u8]>,
}

impl Model {
    /// Rounds trained weights to a byte each.
    #[expect(clippy::cast_possible_truncation, reason = "rounded and clamped to -127..=127")]
    pub(super) fn from_trained(trained: &[PerCategory<f32>]) -> Self {
        let largest = trained.iter().flatten().fold(0.0_f32, |max, w| max.max(w.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let weights = trained
            .iter()
            .flatten()
            .map(|weight| ((weight / scale).round().clamp(-127.0, 127.0) as i8).cast_unsigned())
            .collect::<Vec<u8>>();
        Self { scale, weights: Cow::Owned(weights) }
    }

    /// Reads a weights file. Meant for a file that is compiled in: one that is not of this version
    /// or not of the right length does not compile.
    pub(super) const fn from_file(file: &'static [u8; FILE_LENGTH]) -> Self {
        let (magic, rest) = file.split_at(MAGIC.len());
        let (scale, weights) = rest.split_at(size_of::<f32>());
        let mut index = 0;
        while index < MAGIC.len() {
            assert!(magic[index] == MAGIC[index], "not a weights file of this version");
            index += 1;
        }
        Self { scale: f32::from_le_bytes([scale[0], scale[1], scale[2], scale[3]]), weights: Cow::Borrowed(weights) }
    }

    /// The weights file.
    pub(super) fn to_file(&self) -> Vec<u8> {
        [MAGIC.as_slice(), &self.scale.to_le_bytes(), &self.weights].concat()
    }

    /// How much speaks for each category; unbounded, comparable within one question.
    pub(super) fn evidence(&self, features: &[Feature]) -> PerCategory<f32> {
        let mut sums = [0.0; PromptCategory::COUNT];
        for &(bucket, value) in features {
            let row = bucket * PromptCategory::COUNT;
            let Some(weights) = self.weights.get(row..row + PromptCategory::COUNT) else {
                continue;
            };
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum += value * f32::from(weight.cast_signed());
            }
        }
        sums.map(|sum| sum * self.scale)
    }
}

/// Turns evidence into probabilities that sum to one.
pub(super) fn softmax(evidence: &PerCategory<f32>) -> PerCategory<f64> {
    let largest = evidence.iter().copied().fold(f32::MIN, f32::max);
    let parts = evidence.map(|value| exp(f64::from(value - largest)));
    let total: f64 = parts.iter().sum();
    parts.map(|part| part / total)
}

/// e to the power of `x`, for `x` at most 0, to about twelve digits.
///
/// The platform's `exp` may differ in the last digit between systems; this one uses additions and
/// multiplications only, so that training gives the same bytes everywhere.
fn exp(x: f64) -> f64 {
    const HALVINGS: i32 = 10;
    const TERMS: u32 = 12;
    if x < -700.0 {
        return 0.0;
    }
    let small = x / f64::from(1 << HALVINGS);
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..=TERMS {
        term *= small / f64::from(n);
        sum += term;
    }
    for _ in 0..HALVINGS {
        sum *= sum;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_platform() {
        for step in 0..700 {
            let x = -f64::from(step) * 0.37;
            let expected = x.exp();
            assert!((exp(x) - expected).abs() <= expected * 1e-10, "{x}");
        }
        assert!(exp(-1e300) == 0.0);
    }

    #[test]
    fn a_weights_file_round_trips() {
        let mut trained = vec![[0.0; PromptCategory::COUNT]; BUCKETS];
        trained[7][3] = 1.27;
        trained[9][1] = -0.5;
        let model = Model::from_trained(&trained);
        let file: Box<[u8; FILE_LENGTH]> = model.to_file().try_into().unwrap();
        assert_eq!(Model::from_file(Box::leak(file)), model);
    }

    #[test]
    fn evidence_is_the_weighted_sum() {
        let mut trained = vec![[0.0; PromptCategory::COUNT]; BUCKETS];
        trained[7][3] = 1.27;
        let evidence = Model::from_trained(&trained).evidence(&[(7, 0.5), (8, 9.0)]);
        assert!((evidence[3] - 0.635).abs() < 1e-6);
        assert!(evidence[0] == 0.0);
    }
}
