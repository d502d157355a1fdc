//! Which prompt is golden: the rule of plain selection.
//!
//! # Rule
//!
//! Among the active, living prompts of the category that have a `production` version which the caller can fill in, the
//! one whose production version has the greatest *proven rating*: the mean rating that its true mean exceeds with 95 %
//! probability ([`StarPosterior::lower_bound`]). In symbols, with `n` ratings of sum `S` and sum of squares `Q`, a prior of
//! `m = 5` pseudo-ratings with mean `μ₀` and mean square `q₀`:
//!
//! ```text
//! E = (m·μ₀ + S) / (m + n)      V = ((m·q₀ + Q) / (m + n) − E²) / (m + n + 1)      score = E − 1.645·√V
//! μ₀ = (3 + category's mean rating) / 2      q₀ = (11 + category's mean square) / 2      (3 and 11 before any rating)
//! ```
//!
//! Equal scores, as before the first ratings, are decided by the proven success rate
//! ([`success_lower_bound`]), then by the smaller id. Evidence is pooled by version
//! over all its exposures; a new version of a prompt earns its own.
//!
//! # Guarantee
//!
//! - Deterministic: the same records give the same choice.
//! - Unrated versions start from the prior that they share with all of their category.
//! - `V` falls as `1 / n`, so the score rises to the true mean as ratings come in; few ratings prove little. One rating of
//!   five stars never beats 200 ratings of 4.8, whatever the rest of the category's record (a property test).
//!
//! Source: E. Miller, "Ranking Items With Star Ratings", 2014, with an informed prior; moments of the Dirichlet
//! distribution.
//!
//! # Why not the mean, or a shrunken mean
//!
//! A mean lets one rating win. A mean that is shrunken to the category's does too, when the category owes its mean to the
//! very prompt that should win: 200 ratings of 4.8 raise the start of their rivals to 4.8. A lower bound asks for proof. It
//! does not explore; that is what experiments are for.

use std::{cmp::Ordering, sync::Arc};

use super::{
    Prompt, PromptCategory, PromptVersion, Totals, VersionPerformance,
    statistics::{StarPosterior, success_lower_bound},
};

/// A prompt that may be chosen, with the version that would be served and its record.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The prompt.
    pub prompt: Arc<Prompt>,
    /// Its production version.
    pub version: Arc<PromptVersion>,
    /// The version's totals.
    pub totals: Totals,
    /// The mean rating that the true one exceeds with 95 % probability.
    pub score: f64,
    success_bound: f64,
    /// Why this one when it is chosen.
    pub reason: Arc<str>,
}

impl Candidate {
    /// Judges a version by its record.
    pub fn new(
        prompt: Prompt,
        version: PromptVersion,
        performance: Option<&VersionPerformance>,
        category: &Totals,
    ) -> Self {
        let totals = performance.map(|record| record.totals.clone()).unwrap_or_default();
        let score = StarPosterior::of(&totals, category).lower_bound();
        let success_bound = success_lower_bound(&totals);
        Self { prompt: prompt.into(), version: version.into(), totals, score, success_bound, reason: Arc::from("") }
    }

    /// The better one first.
    fn compare(&self, other: &Self) -> Ordering {
        let scores = other.score.total_cmp(&self.score);
        let successes = other.success_bound.total_cmp(&self.success_bound);
        scores.then(successes).then(self.prompt.id.cmp(&other.prompt.id))
    }

    fn evidence(&self) -> String {
        match self.totals.mean_rating() {
            Some(mean) => format!("{} ratings, mean {mean:.2}", self.totals.ratings),
            None => "no ratings yet".to_owned(),
        }
    }
}

/// Orders candidates, the golden one first, and says why each would be chosen.
pub fn rank(category: PromptCategory, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(Candidate::compare);
    let count = candidates.len();
    for place in 0..count {
        let next = candidates.get(place + 1).map(|next| (next.prompt.name.clone(), next.score));
        let Some(candidate) = candidates.get_mut(place) else { continue };
        let rest = match next {
            None => "it is the only one left to choose".to_owned(),
            Some((name, score)) if score.total_cmp(&candidate.score).is_eq() => {
                format!("equal with \"{name}\", so the success rate, then the older id decides")
            }
            Some((name, score)) => format!("next is \"{name}\" with {score:.2}"),
        };
        candidate.reason = format!(
            "place {} of {count} active prompts of {category} by proven rating: above {:.2} with 95 % probability ({}); {rest}",
            place + 1,
            candidate.score,
            candidate.evidence(),
        )
        .into();
    }
    candidates
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        entity::Revision,
        id::Id,
        prompt::{Variables, record::tests::rated},
        time::Timestamp,
    };

    const CATEGORY: PromptCategory = PromptCategory::CostAnalysis;

    fn candidate(number: u128, totals: &Totals, category: &Totals) -> Candidate {
        let version = PromptVersion {
            id: Id::new(Uuid::from_u128(1_000 + number)),
            prompt_id: Id::new(Uuid::from_u128(number)),
            number: 1,
            version: semver::Version::new(1, 0, 0),
            template: String::new(),
            variables: Variables::default(),
            expected_output: String::new(),
            change_note: None,
            created_by: None,
            created_at: Timestamp::MIN,
        };
        let prompt = Prompt {
            id: version.prompt_id,
            revision: Revision::FIRST,
            deleted_at: None,
            name: format!("prompt {number}"),
            description: String::new(),
            category: CATEGORY,
            tags: vec![],
            is_active: true,
            metadata: None,
            latest_version: 1,
            latest_version_id: version.id,
            production_version: Some(1),
            production_version_id: Some(version.id),
            library_key: None,
            edited: false,
            created_at: Timestamp::MIN,
            last_updated: Timestamp::MIN,
        };
        let mut performance = VersionPerformance::new(&version, CATEGORY);
        performance.apply(totals, None);
        Candidate::new(prompt, version, Some(&performance), category)
    }

    fn first(records: &[Totals]) -> u128 {
        let mut category = Totals::default();
        for totals in records {
            category.add(totals);
        }
        let candidates = (1..).zip(records).map(|(number, totals)| candidate(number, totals, &category)).collect();
        rank(CATEGORY, candidates)[0].prompt.id.uuid().as_u128()
    }

    #[test]
    fn evidence_beats_luck() {
        let proven = rated(&[vec![5; 160], vec![4; 40]].concat());
        assert_eq!(first(&[rated(&[5]), proven.clone()]), 2);
        assert_eq!(first(&[rated(&[5, 5, 5]), proven.clone()]), 2);
        assert_eq!(first(&[proven, rated(&[5; 300])]), 2);
    }

    #[test]
    fn one_bad_rating_gives_way_to_the_unrated_and_one_good_one_does_not() {
        assert_eq!(first(&[rated(&[1]), rated(&[])]), 2);
        assert_eq!(first(&[rated(&[]), rated(&[5])]), 2);
    }

    #[test]
    fn ties_go_to_success_and_then_to_the_older_id() {
        assert_eq!(first(&[rated(&[]), rated(&[])]), 1);
        let failing = Totals { outcomes: 10, successes: 2, ..Totals::default() };
        let working = Totals { outcomes: 10, successes: 10, ..Totals::default() };
        assert_eq!(first(&[failing, working]), 2);
    }

    #[test]
    fn the_reason_states_the_figures() {
        let ranked = rank(CATEGORY, vec![candidate(1, &rated(&[5, 4]), &Totals::default())]);
        assert_eq!(
            &*ranked[0].reason,
            "place 1 of 1 active prompts of cost_analysis by proven rating: above 2.61 with 95 % probability \
             (2 ratings, mean 4.50); it is the only one left to choose"
        );
    }

    proptest! {
        /// The order of the candidates plays no part.
        #[test]
        fn the_choice_is_a_function_of_the_records(
            records in prop::collection::vec(prop::collection::vec(1_i64..=5, 0..8), 1..8),
            turn in any::<prop::sample::Index>(),
        ) {
            let category = Totals::default();
            let mut candidates: Vec<_> =
                (1..).zip(&records).map(|(number, ratings)| candidate(number, &rated(ratings), &category)).collect();
            let ids = |ranked: &[Candidate]| ranked.iter().map(|candidate| candidate.prompt.id).collect::<Vec<_>>();
            let one = ids(&rank(CATEGORY, candidates.clone()));
            candidates.rotate_left(turn.index(records.len()));
            candidates.reverse();
            prop_assert_eq!(one, ids(&rank(CATEGORY, candidates)));
        }
    }
}
