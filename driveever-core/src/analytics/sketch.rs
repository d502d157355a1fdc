//! Quantiles of response times: a `DDSketch`.
//!
//! The algorithm is that of C. Masson, J. E. Rim and H. K. Lee, "`DDSketch`: A Fast and Fully-Mergeable Quantile Sketch with
//! Relative-Error Guarantees", PVLDB 12(12), 2019. Values are counted in buckets whose borders grow by the factor
//! `γ = (1 + α) / (1 - α)`: bucket `i` holds the values in `(γ^(i-1), γ^i]` and stands for `2 γ^i / (γ + 1)`.
//!
//! Guarantee: for every `q` in 0..=1, with `x` the value of rank `⌊q (n - 1)⌋` among the `n` values in ascending order, the
//! answer `y` keeps `|y - x| ≤ α x` with `α = 0.01` ([`Sketch::RELATIVE_ERROR`]). In words: a percentile is within 1 % of a
//! value that was really measured. The sketch of two sets together is the sum of their sketches, exactly, in any order.
//!
//! Why our own and not a crate: whole milliseconds up to `u32::MAX` fall into at most 1,110 buckets, so that nothing is
//! ever collapsed and equal sets have equal sketches, which a rebuild is compared by. A general one keeps a window of dense
//! bins whose content depends on the order of arrival.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts of values by bucket; see the module.
///
/// ```
/// use driveever_core::analytics::Sketch;
/// let mut sketch = Sketch::default();
/// (1..=1_000).for_each(|value| sketch.add(value));
/// let median = sketch.quantile(0.5).unwrap();
/// assert!((median - 500.0).abs() <= 500.0 * Sketch::RELATIVE_ERROR);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub struct Sketch {
    /// Place 0 is for zeros; place `i + 1` is bucket `i`.
    counts: BTreeMap<u16, u64>,
}

const ALPHA: f64 = 0.01;
const GAMMA: f64 = (1.0 + ALPHA) / (1.0 - ALPHA);
/// Above the place of `u32::MAX`.
const MAX_PLACE: u16 = 1_200;

impl Sketch {
    /// The most by which a quantile is off, relative to the value at its rank.
    pub const RELATIVE_ERROR: f64 = ALPHA;

    /// Adds a value.
    pub fn add(&mut self, value: u32) {
        let count = self.counts.entry(place_of(value)).or_default();
        *count = count.saturating_add(1);
    }

    /// Adds everything that another sketch counted.
    pub fn merge(&mut self, other: &Self) {
        for (place, more) in &other.counts {
            let count = self.counts.entry(*place).or_default();
            *count = count.saturating_add(*more);
        }
    }

    /// How many values were added.
    pub fn count(&self) -> u64 {
        self.counts.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Whether none was added.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The value below which a share `q` (0 to 1) of all lies, within [`Sketch::RELATIVE_ERROR`]; nothing without values or
    /// for another `q`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rank is not negative, and a count above 2^53 would need centuries of traffic"
    )]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 || !(0.0..=1.0).contains(&q) {
            return None;
        }
        let rank = (q * (count - 1) as f64).floor() as u64;
        let mut seen = 0_u64;
        let holder = self.counts.iter().find(|(_, count)| {
            seen = seen.saturating_add(**count);
            seen > rank
        });
        holder.map(|(place, _)| value_of(*place))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1,109: see the module")]
fn place_of(value: u32) -> u16 {
    if value == 0 { 0 } else { (f64::from(value).ln() / GAMMA.ln()).ceil() as u16 + 1 }
}

fn value_of(place: u16) -> f64 {
    place.checked_sub(1).map_or(0.0, |bucket| 2.0 * GAMMA.powi(i32::from(bucket)) / (GAMMA + 1.0))
}

impl From<Sketch> for Vec<u64> {
    /// Places and counts in turn: a few hundred characters of JSON, where a map would double that.
    fn from(sketch: Sketch) -> Self {
        sketch.counts.into_iter().flat_map(|(place, count)| [u64::from(place), count]).collect()
    }
}

impl TryFrom<Vec<u64>> for Sketch {
    type Error = &'static str;

    fn try_from(pairs: Vec<u64>) -> Result<Self, Self::Error> {
        let (pairs, rest) = pairs.as_chunks::<2>();
        let place = |place: u64| u16::try_from(place).ok().filter(|place| *place <= MAX_PLACE);
        let counts = pairs.iter().map(|[at, count]| Some((place(*at)?, *count))).collect::<Option<_>>();
        match counts {
            Some(counts) if rest.is_empty() => Ok(Self { counts }),
            _ => Err("a sketch is a list of places (0 to 1,200) and counts in turn"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch_of(values: &[u32]) -> Sketch {
        values.iter().fold(Sketch::default(), |mut sketch, value| {
            sketch.add(*value);
            sketch
        })
    }

    #[test]
    fn the_ends_of_the_range_have_places() {
        for value in [0, 1, 2, 100, u32::MAX] {
            let found = sketch_of(&[value]).quantile(0.5).unwrap();
            assert!((found - f64::from(value)).abs() <= f64::from(value) * (ALPHA + 1e-9), "{value}: {found}");
            assert!(place_of(value) <= 1_110);
        }
        assert_eq!(Sketch::default().quantile(0.5), None);
        assert_eq!(sketch_of(&[1]).quantile(1.1), None);
        assert_eq!(sketch_of(&[1]).quantile(f64::NAN), None);
    }

    #[test]
    fn malformed_sketches_are_refused() {
        for bad in ["[1]", "[70000,1]", "[1201,1]", "[-1,1]", "{}"] {
            assert!(serde_json::from_str::<Sketch>(bad).is_err(), "{bad}");
        }
    }

    fn value() -> impl Strategy<Value = u32> {
        prop_oneof![0..20_u32, 0..100_000_u32, any::<u32>()]
    }

    proptest! {
        #[test]
        fn every_quantile_keeps_the_error(mut values in prop::collection::vec(value(), 1..400), q in 0.0..=1.0_f64) {
            let found = sketch_of(&values).quantile(q).unwrap();
            values.sort_unstable();
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "small")]
            let rank = (q * (values.len() - 1) as f64).floor() as usize;
            let exact = f64::from(values[rank]);
            // 1e-9: what floating point adds at a bucket's border.
            prop_assert!((found - exact).abs() <= exact * (ALPHA + 1e-9), "{} for {}", found, exact);
        }

        #[test]
        fn parts_merge_to_the_whole(values in prop::collection::vec(value(), 0..200), cut in 0..200_usize) {
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut one_way = sketch_of(left);
            one_way.merge(&sketch_of(right));
            let mut other_way = sketch_of(right);
            other_way.merge(&sketch_of(left));
            let whole = sketch_of(&values);
            prop_assert_eq!(&one_way, &whole);
            prop_assert_eq!(&other_way, &whole);
            let json = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sketch>(&json).unwrap(), whole);
        }
    }
}
