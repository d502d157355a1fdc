//! The statistics behind choices and reports: pure functions of counts and sums.
//!
//! - [`StarPosterior`]: what is known of a version's mean rating. Ratings are draws from an unknown distribution over the
//!   five stars with a Dirichlet prior (its conjugate). For the mean `μ = Σ k·p_k`, with `a_k` pseudo-ratings in the
//!   prior, `n_k` ratings seen and `N = Σ (a_k + n_k)`, the posterior has exactly
//!   `E[μ] = Σ k·(a_k + n_k) / N` and `Var[μ] = (Σ k²·(a_k + n_k) / N − E[μ]²) / (N + 1)`.
//!   Both follow from the number, the sum and the sum of squares of the ratings. Quantiles take the posterior as normal.
//!   Source: E. Miller, "Ranking Items With Star Ratings", 2014; the moments are those of the Dirichlet distribution.
//! - [`success_estimate`]: Wilson's interval for a share. Source: E. B. Wilson, "Probable inference, the law of
//!   succession, and statistical inference", Journal of the American Statistical Association 22, 1927.
//! - [`normal_cdf`]: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, formula 26.2.17.

use super::Totals;

/// The two-sided 95 % quantile of the standard normal distribution.
pub const Z_95: f64 = 1.959_963_984_540_054;
/// The one-sided 95 % quantile of the standard normal distribution.
pub const Z_95_ONE_SIDED: f64 = 1.644_853_626_951_472_7;

/// The lowest and highest rating.
const STARS: (f64, f64) = (1.0, 5.0);
/// How many pseudo-ratings the prior of a version is worth.
const PRIOR_RATINGS: f64 = 5.0;
/// The mean of 1, 2, 3, 4 and 5.
const EVEN_MEAN: f64 = 3.0;
/// The mean of their squares.
const EVEN_MEAN_SQUARE: f64 = 11.0;

/// A count or sum as a real number; exact below 2^53, which no record reaches.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53, which no count or sum of ratings reaches")]
pub(super) const fn real(count: i64) -> f64 {
    count as f64
}

/// `sum / count`, unless there is nothing to divide by.
pub(super) fn ratio(sum: i64, count: i64) -> Option<f64> {
    (count > 0).then(|| real(sum) / real(count))
}

/// A figure with the interval that holds the true one with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean of what was seen.
    pub mean: f64,
    /// The interval's lower end.
    pub lower: f64,
    /// The interval's upper end.
    pub upper: f64,
}

/// Wilson's 95 % interval for a share that was seen as `share` among `count`.
fn wilson(share: f64, count: f64) -> (f64, f64) {
    let z2 = Z_95 * Z_95;
    let scale = 1.0 + z2 / count;
    let centre = (share + z2 / (2.0 * count)) / scale;
    let half = Z_95 * (share * (1.0 - share) / count + z2 / (4.0 * count * count)).sqrt() / scale;
    ((centre - half).max(0.0).min(share), (centre + half).min(1.0).max(share))
}

/// The success rate with Wilson's 95 % interval; none without outcomes.
pub fn success_estimate(totals: &Totals) -> Option<Estimate> {
    let mean = ratio(totals.successes, totals.outcomes)?.clamp(0.0, 1.0);
    let (lower, upper) = wilson(mean, real(totals.outcomes));
    Some(Estimate { mean, lower, upper })
}

/// The mean rating with a 95 % interval; none without ratings.
///
/// The interval is Wilson's for the share `(mean − 1) / 4` of the way from one star to five. A quantity between 0 and 1
/// with mean `p` varies by at most `p·(1 − p)` (Bhatia and Davis, 2000), which is the variance that Wilson assumes, so that
/// the interval is never too narrow by that assumption, does not shrink to a point when all ratings are equal, contains
/// the mean and stays within the stars.
pub fn rating_estimate(totals: &Totals) -> Option<Estimate> {
    let mean = totals.mean_rating()?;
    let (low, high) = STARS;
    let (lower, upper) = wilson(((mean - low) / (high - low)).clamp(0.0, 1.0), real(totals.ratings));
    Some(Estimate {
        mean,
        lower: (low + lower * (high - low)).min(mean),
        upper: (low + upper * (high - low)).max(mean),
    })
}

/// What is known of a mean rating: its posterior's mean and variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StarPosterior {
    /// The expected mean rating.
    pub mean: f64,
    /// How uncertain that is.
    pub variance: f64,
}

impl StarPosterior {
    /// From a version's ratings and those of its category.
    ///
    /// The prior is worth five ratings: half of its weight is spread evenly over the stars, half as the category was rated.
    /// The even half bounds what a new version can borrow from its neighbours, whatever their record.
    pub fn of(version: &Totals, category: &Totals) -> Self {
        let evenly = |sum: Option<f64>, even: f64| sum.map_or(even, |mean| f64::midpoint(mean, even));
        let prior_mean = evenly(category.mean_rating(), EVEN_MEAN);
        let prior_square = evenly(ratio(category.rating_square_sum, category.ratings), EVEN_MEAN_SQUARE);
        let count = PRIOR_RATINGS + real(version.ratings);
        let mean = PRIOR_RATINGS.mul_add(prior_mean, real(version.rating_sum)) / count;
        let square = PRIOR_RATINGS.mul_add(prior_square, real(version.rating_square_sum)) / count;
        Self { mean, variance: (square - mean * mean).max(0.0) / (count + 1.0) }
    }

    /// The mean rating that the true one exceeds with 95 % probability.
    pub fn lower_bound(self) -> f64 {
        Z_95_ONE_SIDED.mul_add(-self.variance.sqrt(), self.mean)
    }

    /// The probability that the true mean of this one is above that of another.
    pub fn probability_above(self, other: Self) -> f64 {
        let spread = (self.variance + other.variance).sqrt();
        if spread > 0.0 { normal_cdf((self.mean - other.mean) / spread) } else { 0.5 }
    }
}

/// The share of successes that the true one exceeds with 95 % probability: the posterior of a share with an even prior
/// (one success, one failure), taken as normal.
pub fn success_lower_bound(totals: &Totals) -> f64 {
    let (good, count) = (real(totals.successes) + 1.0, real(totals.outcomes) + 2.0);
    let mean = good / count;
    Z_95_ONE_SIDED.mul_add(-(mean * (1.0 - mean) / (count + 1.0)).max(0.0).sqrt(), mean)
}

/// The standard normal distribution function, with an error below 7.5e-8.
pub fn normal_cdf(x: f64) -> f64 {
    let t = 1.0 / 0.231_641_9_f64.mul_add(x.abs(), 1.0);
    let coefficients = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530];
    let polynomial = coefficients.iter().fold(0.0, |sum, coefficient| t * (sum + coefficient));
    let density = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let upper = density * polynomial;
    if x >= 0.0 { 1.0 - upper } else { upper }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::prompt::record::tests::rated;

    fn succeeded(successes: i64, outcomes: i64) -> Totals {
        Totals { outcomes, successes, ..Totals::default() }
    }

    fn close(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() < within, "{a} is not {b}");
    }

    #[test]
    fn wilson_agrees_with_published_figures() {
        // 8 of 10: 0.4902 to 0.9433 (Newcombe 1998's method 3 for that table).
        let estimate = success_estimate(&succeeded(8, 10)).unwrap();
        close(estimate.lower, 0.4902, 5e-5);
        close(estimate.upper, 0.9433, 5e-5);
        let none = success_estimate(&succeeded(0, 10)).unwrap();
        assert_eq!((none.mean, none.lower), (0.0, 0.0));
        close(none.upper, 0.2775, 5e-5);
        assert_eq!(success_estimate(&succeeded(0, 0)), None);
        assert_eq!(rating_estimate(&rated(&[])), None);
    }

    #[test]
    fn intervals_of_stars_are_wilsons_on_their_scale() {
        // Mean 4.0 is 3/4 of the way; Wilson's interval for 0.75 of 8 is 0.40928 to 0.92852, times 4 plus 1.
        let estimate = rating_estimate(&rated(&[5, 4, 4, 2, 5, 5, 3, 4])).unwrap();
        close(estimate.mean, 4.0, 1e-12);
        close(estimate.lower, 2.637_101_721, 1e-8);
        close(estimate.upper, 4.714_083_149, 1e-8);
        let best = rating_estimate(&rated(&[5; 8])).unwrap();
        assert!(best.upper <= 5.0 && best.lower < 5.0 && best.mean >= 5.0);
        let all = success_estimate(&succeeded(10, 10)).unwrap();
        assert_eq!((all.mean, all.upper), (1.0, 1.0));
        close(all.lower, 0.7225, 5e-5);
    }

    #[test]
    fn the_proven_success_rate_is_that_of_the_beta_distribution() {
        // 8 of 10 and the even prior: Beta(9, 3) has the mean 9/12 and the variance 9·3 / (12²·13).
        close(success_lower_bound(&succeeded(8, 10)), 0.552_459_469, 1e-8);
        close(success_lower_bound(&succeeded(0, 0)), 0.5 - Z_95_ONE_SIDED * (1.0_f64 / 12.0).sqrt(), 1e-12);
    }

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        for (x, p) in
            [(0.0, 0.5), (1.0, 0.841_344_746), (-1.0, 0.158_655_254), (1.959_964, 0.975), (-3.0, 0.001_349_898)]
        {
            close(normal_cdf(x), p, 1e-7);
        }
        close(normal_cdf(40.0), 1.0, 1e-12);
    }

    #[test]
    fn the_posterior_is_that_of_the_dirichlet_distribution() {
        // Even prior of five pseudo-ratings (no category record) and the ratings 5, 4: counts 1,1,1,2,2 of 7.
        let posterior = StarPosterior::of(&rated(&[5, 4]), &Totals::default());
        let mean = (1.0 + 2.0 + 3.0 + 8.0 + 10.0) / 7.0;
        let square = (1.0 + 4.0 + 9.0 + 32.0 + 50.0) / 7.0;
        close(posterior.mean, mean, 1e-12);
        close(posterior.variance, (square - mean * mean) / 8.0, 1e-12);
        // The category was rated 5, 5, 3: half of the prior is as it was rated, half is even.
        let posterior = StarPosterior::of(&rated(&[5, 4]), &rated(&[5, 5, 3]));
        close(posterior.mean, 3.904_761_904_76, 1e-10);
        close(posterior.variance, 0.195_294_784_58, 1e-10);
        close(posterior.lower_bound(), 3.177_865_401_78, 1e-10);
    }

    #[test]
    fn which_is_better_follows_from_both_variances() {
        let (one, other) = (StarPosterior { mean: 4.0, variance: 0.09 }, StarPosterior { mean: 3.5, variance: 0.16 });
        close(one.probability_above(other), 0.841_344_746, 1e-7);
        close(other.probability_above(one), 0.158_655_254, 1e-7);
        let sure = StarPosterior { variance: 0.0, ..one };
        close(sure.probability_above(sure), 0.5, 1e-12);
    }

    #[test]
    fn better_is_more_probable() {
        let category = Totals::default();
        let good = StarPosterior::of(&rated(&[5; 40]), &category);
        let fair = StarPosterior::of(&rated(&[3; 40]), &category);
        assert!(good.probability_above(fair) > 0.999);
        assert!(fair.probability_above(good) < 0.001);
        close(good.probability_above(good), 0.5, 1e-7);
    }

    proptest! {
        #[test]
        fn intervals_hold_their_mean_and_stay_in_range(ratings in prop::collection::vec(1_i64..=5, 1..60), good in 0_i64..50, bad in 0_i64..50) {
            let stars = rating_estimate(&rated(&ratings)).unwrap();
            prop_assert!(1.0 <= stars.lower && stars.lower <= stars.mean && stars.mean <= stars.upper && stars.upper <= 5.0);
            prop_assert!(stars.lower < stars.upper);
            if let Some(share) = success_estimate(&succeeded(good, good + bad)) {
                prop_assert!(0.0 <= share.lower && share.lower <= share.mean && share.mean <= share.upper && share.upper <= 1.0);
            }
        }

        /// The same ratings seen again and again make the bound rise towards their mean, from whatever prior.
        #[test]
        fn evidence_narrows(ratings in prop::collection::vec(1_i64..=5, 1..20), category in prop::collection::vec(1_i64..=5, 0..50)) {
            let category = rated(&category);
            let variance = |times: usize| StarPosterior::of(&rated(&ratings.repeat(times)), &category).variance;
            prop_assert!(variance(40) < variance(4) + 1e-12);
            let far = StarPosterior::of(&rated(&ratings.repeat(2_000)), &category);
            let mean = rated(&ratings).mean_rating().unwrap();
            prop_assert!((far.lower_bound() - mean).abs() < 0.06);
        }

        /// One rating of five stars never beats 200 ratings of 4.8, whatever the category's record.
        #[test]
        fn one_rating_does_not_beat_two_hundred(ones in 0_i64..1_000_000, fives in 0_i64..1_000_000, threes in 0_i64..1_000_000) {
            let category = Totals {
                ratings: ones + threes + fives,
                rating_sum: ones + 3 * threes + 5 * fives,
                rating_square_sum: ones + 9 * threes + 25 * fives,
                ..Totals::default()
            };
            let proven = [vec![5; 160], vec![4; 40]].concat();
            let proven = StarPosterior::of(&rated(&proven), &category).lower_bound();
            let single = StarPosterior::of(&rated(&[5]), &category).lower_bound();
            prop_assert!(proven > single);
        }
    }
}
