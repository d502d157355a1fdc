//! What prompts earned by being used: exposures, and the records that are projected from them.
//!
//! An [`Exposure`] says that a version was served for a request and what came of it. A [`VersionPerformance`] is the sum
//! of a version's exposures, a [`CategoryPerformance`] that of a category's. Sums are integers ([`Totals`]), so that a
//! record equals a recount of the exposures exactly, however often and in whatever order outcomes arrived.
//!
//! # How they stay equal
//!
//! What an exposure adds to its version is a function of its present state, [`Exposure::totals`]. Whoever changes an
//! exposure states the difference between after and before, and each difference is applied to the records once: with the
//! change itself when the event consumer makes it, else by an event that the consumer handles once. The sum of the
//! differences is then the present state. What users say counts once a user and version: see [`vote`](super::vote). The road thus writes no row that others write too; a record follows its
//! exposures when the events were delivered, normally well within a second (eventual consistency).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PromptCategory, PromptContext, PromptId, PromptVersion, VersionId};
use crate::{ai::text_model::Cost, entity, entity::Revision, id::Id, time::Timestamp, user::UserId};

/// An exposure's id.
pub type ExposureId = Id<Exposure>;

entity! {
    /// That a prompt was served for a request, and what came of it.
    #[derive(PartialEq)]
    pub struct Exposure in PromptContext as versioned "exposure" in "prompt_exposures" {
        unique [["version_id", "voter"]], lookup ["version_id", "user_id"], search [],
    } {
        /// Which prompt.
        pub prompt_id: PromptId => PROMPT_ID,
        /// Which version.
        pub version_id: VersionId => VERSION_ID,
        /// The version's number.
        pub version_number: u32 => VERSION_NUMBER,
        /// For which category.
        pub category: PromptCategory => CATEGORY,
        /// Whose request, as the caller named it: the key under which an experiment keeps its choice.
        pub assignment_key: Option<String> => ASSIGNMENT_KEY,
        /// The user whose request it was; absent for the system's own and for those who left.
        pub user_id: Option<UserId> => USER_ID,
        /// The experiment that chose, when one did.
        pub experiment_id: Option<Uuid> => EXPERIMENT_ID,
        /// Its arm.
        pub arm: Option<Uuid> => ARM,
        /// With which probability this one was chosen; 1 for plain selection.
        pub propensity: f64 => PROPENSITY,
        /// Whether the answer was given; absent until known.
        pub success: Option<bool> => SUCCESS,
        /// Whether the road measured success and response time itself; else they are what the user told.
        pub measured: bool => MEASURED,
        /// The rating, 1 to 5; absent until rated.
        pub rating: Option<u8> => RATING,
        /// When the rating was given: a later one replaces it, an earlier one that arrives late does not.
        pub rated_at: Option<Timestamp> => RATED_AT,
        /// Who votes with this exposure, when it is the one that counts for them: a user, or the exposure itself where it is
        /// nobody's or no longer anybody's. What was told counts with a vote only.
        pub voter: Option<Uuid> => VOTER,
        /// How long the answer took, in milliseconds; absent until known.
        pub response_time_ms: Option<u32> => RESPONSE_TIME_MS,
        /// What the answer cost; absent until known.
        pub cost: Option<Cost> => COST,
        /// When it was served.
        pub served_at: Timestamp => SERVED_AT,
        /// Taken back: the request failed before the prompt was used. It counts nowhere.
        pub withdrawn: bool => WITHDRAWN,
    }
}

/// What came of an exposure; what is absent is not known yet. Each part is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Whether an answer was given.
    pub success: Option<bool>,
    /// 1 to 5.
    pub rating: Option<u8>,
    /// In milliseconds.
    pub response_time_ms: Option<u32>,
}

impl Exposure {
    /// What is stored for an id that was taken back before anything was served under it: deleted from the beginning, so
    /// that nobody reads it and nothing counts it, and there, so that its id is taken.
    pub(super) fn never_served(id: ExposureId, now: Timestamp) -> Self {
        Self {
            id,
            revision: Revision::FIRST,
            deleted_at: Some(now),
            prompt_id: Id::new(Uuid::nil()),
            version_id: Id::new(Uuid::nil()),
            version_number: 0,
            category: PromptCategory::GeneralInquiry,
            assignment_key: None,
            user_id: None,
            experiment_id: None,
            arm: None,
            propensity: 0.0,
            success: None,
            measured: false,
            rating: None,
            rated_at: None,
            voter: None,
            response_time_ms: None,
            cost: None,
            served_at: now,
            withdrawn: true,
        }
    }

    /// Takes over what a user tells at `at`: late, in parts, again; each part once. Gives false, and takes nothing over, when
    /// a part contradicts what is known.
    #[must_use]
    pub fn tell(&mut self, outcome: &Outcome, at: Timestamp) -> bool {
        fn contradicts<T: PartialEq + Copy>(told: Option<T>, known: Option<T>) -> bool {
            told.is_some() && known.is_some() && told != known
        }
        if contradicts(outcome.success, self.success)
            || contradicts(outcome.rating, self.rating)
            || contradicts(outcome.response_time_ms, self.response_time_ms)
        {
            return false;
        }
        self.success = self.success.or(outcome.success);
        self.response_time_ms = self.response_time_ms.or(outcome.response_time_ms);
        if let Some(rating) = outcome.rating.filter(|_| self.rating.is_none()) {
            self.rate(rating, at);
        }
        true
    }

    /// Takes over a rating that was given at `at` where ratings may be changed: the latest stays, whatever the order in which
    /// they arrive.
    pub fn rate(&mut self, rating: u8, at: Timestamp) {
        if self.rated_at.is_none_or(|rated| rated <= at) {
            (self.rating, self.rated_at) = (Some(rating), Some(at));
        }
    }

    /// Takes over what the road measured. The first measurement stays; what a user told before gives way.
    pub fn measure(&mut self, success: Option<bool>, response_time_ms: Option<u32>) {
        if self.measured {
            self.success = self.success.or(success);
            self.response_time_ms = self.response_time_ms.or(response_time_ms);
        } else if success.is_some() || response_time_ms.is_some() {
            (self.success, self.response_time_ms, self.measured) = (success, response_time_ms, true);
        }
    }

    /// What it adds to its version's record, in its present state.
    pub fn totals(&self) -> Totals {
        if self.withdrawn {
            return Totals::default();
        }
        let has_vote = self.voter.is_some();
        let rating = self.rating.filter(|_| has_vote);
        let stars = i64::from(rating.unwrap_or(0));
        let success = self.success.filter(|_| self.measured || has_vote);
        let response_time = self.response_time_ms.filter(|_| self.measured || has_vote);
        let costs = self
            .cost
            .as_ref()
            .map(|cost| (cost.currency.code().to_owned(), CostTotal { count: 1, amount_micros: cost.amount_micros }));
        Totals {
            uses: 1,
            outcomes: i64::from(success.is_some()),
            successes: i64::from(success == Some(true)),
            ratings: i64::from(rating.is_some()),
            rating_sum: stars,
            rating_square_sum: stars * stars,
            response_times: i64::from(response_time.is_some()),
            response_time_sum_ms: i64::from(response_time.unwrap_or(0)),
            costs: costs.into_iter().collect(),
        }
    }
}

/// Costs in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CostTotal {
    /// How many answers.
    pub count: i64,
    /// Their cost in millionths of the currency's major unit.
    pub amount_micros: i64,
}

/// Sums over exposures, or the difference between two such sums. All integers: sums in any order are equal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Totals {
    /// How often it was served.
    pub uses: i64,
    /// Of how many of these it is known whether an answer was given.
    pub outcomes: i64,
    /// How many answers were given.
    pub successes: i64,
    /// How many ratings count: one a user and version.
    pub ratings: i64,
    /// The sum of the ratings.
    pub rating_sum: i64,
    /// The sum of their squares.
    pub rating_square_sum: i64,
    /// Of how many the response time is known.
    pub response_times: i64,
    /// The sum of these, in milliseconds.
    pub response_time_sum_ms: i64,
    /// Costs by ISO 4217 currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<String, CostTotal>,
}

crate::json_column!(Totals);

impl Totals {
    /// Adds `sign` times `other`.
    fn combine(&mut self, other: &Self, sign: i64) {
        let pairs = [
            (&mut self.uses, other.uses),
            (&mut self.outcomes, other.outcomes),
            (&mut self.successes, other.successes),
            (&mut self.ratings, other.ratings),
            (&mut self.rating_sum, other.rating_sum),
            (&mut self.rating_square_sum, other.rating_square_sum),
            (&mut self.response_times, other.response_times),
            (&mut self.response_time_sum_ms, other.response_time_sum_ms),
        ];
        for (total, change) in pairs {
            *total = total.saturating_add(sign.saturating_mul(change));
        }
        for (currency, change) in &other.costs {
            let total = self.costs.entry(currency.clone()).or_default();
            total.count = total.count.saturating_add(sign.saturating_mul(change.count));
            total.amount_micros = total.amount_micros.saturating_add(sign.saturating_mul(change.amount_micros));
        }
        // A currency without costs is no currency: two equal sums have one form.
        self.costs.retain(|_, total| *total != CostTotal::default());
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, 1);
    }

    /// What must be added to `before` to get this.
    pub fn minus(mut self, before: &Self) -> Self {
        self.combine(before, -1);
        self
    }

    /// Whether adding it changes nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// The mean rating, when there are ratings.
    pub fn mean_rating(&self) -> Option<f64> {
        super::statistics::ratio(self.rating_sum, self.ratings)
    }
}

entity! {
    /// A version's record. Its id is the version's.
    #[derive(PartialEq)]
    pub struct VersionPerformance in PromptContext as versioned "version_performance" in "prompt_version_performance" {
        unique [], lookup ["prompt_id", "category"], search [],
    } {
        /// Of which prompt.
        pub prompt_id: PromptId => PROMPT_ID,
        /// The version's number.
        pub version_number: u32 => VERSION_NUMBER,
        /// The prompt's category when the version was made.
        pub category: PromptCategory => CATEGORY,
        /// The sums.
        pub totals: Totals => TOTALS,
        /// The mean rating, kept for searching by it; null without ratings.
        pub mean_rating: Option<f64> => MEAN_RATING,
        /// When it was last served; a withdrawal does not set it back.
        pub last_served_at: Option<Timestamp> => LAST_SERVED_AT,
    }
}

impl VersionPerformance {
    /// The empty record of a new version.
    pub fn new(version: &PromptVersion, category: PromptCategory) -> Self {
        Self {
            id: version.id.cast(),
            revision: Revision::FIRST,
            deleted_at: None,
            prompt_id: version.prompt_id,
            version_number: version.number,
            category,
            totals: Totals::default(),
            mean_rating: None,
            last_served_at: None,
        }
    }

    /// Adds what exposures changed.
    pub fn apply(&mut self, change: &Totals, served_at: Option<Timestamp>) {
        self.totals.add(change);
        self.mean_rating = self.totals.mean_rating();
        self.last_served_at = self.last_served_at.max(served_at);
    }
}

entity! {
    /// A category's record: the sum over all exposures that were served for it.
    #[derive(PartialEq)]
    pub struct CategoryPerformance in PromptContext as versioned "category_performance" in "prompt_category_performance" {
        unique [["category"]], lookup [], search [],
    } {
        /// Which category.
        pub category: PromptCategory => CATEGORY,
        /// The sums.
        pub totals: Totals => TOTALS,
    }
}

impl CategoryPerformance {
    /// The id of a category's record: the same in every installation, so that two writers of the first one collide.
    pub fn id_of(category: PromptCategory) -> Id<Self> {
        // Version 8 (RFC 9562: free use) and the variant's bits; then the category's place.
        Id::new(Uuid::from_u128(0x8000_8000_0000_0000_0000 | (category as u128 + 1)))
    }

    /// The empty record of a category.
    pub fn new(category: PromptCategory) -> Self {
        Self {
            id: Self::id_of(category),
            revision: Revision::FIRST,
            deleted_at: None,
            category,
            totals: Totals::default(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    /// The totals of these ratings.
    pub(in crate::prompt) fn rated(ratings: &[i64]) -> Totals {
        let mut totals = Totals::default();
        for rating in ratings {
            totals.ratings += 1;
            totals.rating_sum += rating;
            totals.rating_square_sum += rating * rating;
        }
        totals
    }

    fn exposure() -> Exposure {
        Exposure {
            id: Id::new(Uuid::nil()),
            revision: Revision::FIRST,
            deleted_at: None,
            prompt_id: Id::new(Uuid::nil()),
            version_id: Id::new(Uuid::nil()),
            version_number: 1,
            category: PromptCategory::CostAnalysis,
            assignment_key: None,
            user_id: None,
            experiment_id: None,
            arm: None,
            propensity: 1.0,
            success: None,
            measured: false,
            rating: None,
            rated_at: None,
            voter: None,
            response_time_ms: None,
            cost: None,
            served_at: Timestamp::MIN,
            withdrawn: false,
        }
    }

    #[test]
    fn an_exposure_counts_once_and_a_withdrawn_one_not_at_all() {
        let mut exposure = exposure();
        let outcome = Outcome { success: Some(true), rating: Some(4), response_time_ms: Some(250) };
        assert!(exposure.tell(&outcome, Timestamp::MIN));
        assert_eq!(
            (exposure.totals().uses, exposure.totals().outcomes, exposure.totals().ratings),
            (1, 0, 0),
            "no vote"
        );
        assert_eq!((exposure.totals().response_times, exposure.totals().response_time_sum_ms), (0, 0), "no vote");
        exposure.voter = Some(exposure.id.uuid());
        exposure.cost = Some(Cost { amount_micros: 7, currency: Currency::GBP, price_table: None });
        let totals = exposure.totals();
        assert_eq!((totals.uses, totals.successes, totals.rating_sum, totals.rating_square_sum), (1, 1, 4, 16));
        assert_eq!((totals.response_times, totals.response_time_sum_ms), (1, 250));
        assert_eq!(totals.costs["GBP"], CostTotal { count: 1, amount_micros: 7 });
        exposure.withdrawn = true;
        assert!(exposure.totals().is_zero());
        assert!(totals.clone().minus(&totals).is_zero());
    }

    #[test]
    fn each_part_is_told_once_and_a_contradiction_changes_nothing() {
        let mut exposure = exposure();
        let at = Timestamp::from_micros;
        let told = |success, rating, time| Outcome { success, rating, response_time_ms: time };
        assert!(exposure.tell(&told(Some(false), None, None), at(5)));
        assert!(exposure.tell(&told(Some(false), Some(2), None), at(3)));
        let known = exposure.clone();
        for contradiction in
            [told(Some(true), None, Some(9)), told(None, Some(5), Some(9)), told(Some(true), Some(5), Some(9))]
        {
            assert!(!exposure.tell(&contradiction, at(9)));
            assert_eq!(exposure, known);
        }
        assert!(exposure.tell(&told(None, Some(2), Some(9)), at(9)));
        assert_eq!((exposure.success, exposure.rating, exposure.response_time_ms), (Some(false), Some(2), Some(9)));
        assert_eq!(exposure.rated_at, Some(at(3)), "as it was told first");
    }

    #[test]
    fn the_latest_rating_and_the_first_measurement_stay() {
        let mut exposure = exposure();
        let at = Timestamp::from_micros;
        let told = Outcome { success: Some(false), response_time_ms: Some(7), ..Outcome::default() };
        assert!(exposure.tell(&told, at(1)));
        exposure.measure(None, None);
        assert_eq!((exposure.success, exposure.measured), (Some(false), false));
        exposure.measure(Some(true), None);
        exposure.measure(Some(false), Some(9));
        assert_eq!((exposure.success, exposure.response_time_ms, exposure.measured), (Some(true), Some(9), true));
        for (rating, time) in [(2, 5), (5, 3), (3, 6), (1, 4)] {
            exposure.rate(rating, at(time));
        }
        assert_eq!((exposure.rating, exposure.rated_at), (Some(3), Some(at(6))));
        let totals = exposure.totals();
        assert_eq!((totals.outcomes, totals.successes, totals.ratings), (1, 1, 0), "measured, and no vote");
        assert_eq!((totals.response_times, totals.response_time_sum_ms), (1, 9), "measured, and no vote");
    }

    #[test]
    fn every_category_has_a_record_of_its_own() {
        let mut ids: Vec<_> =
            PromptCategory::ALL.iter().map(|category| CategoryPerformance::id_of(*category)).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), PromptCategory::ALL.len());
        assert_eq!(ids[0].uuid().get_version_num(), 8);
    }

    proptest! {
        /// Differences add up to the present state, in any order.
        #[test]
        fn differences_telescope(ratings in prop::collection::vec(1_u8..=5, 1..20), withdrawn in any::<bool>()) {
            let (mut exposure, mut record) = (exposure(), Totals::default());
            exposure.voter = Some(exposure.id.uuid());
            let mut changes = vec![exposure.totals()];
            for (at, rating) in (0..).zip(ratings) {
                let before = exposure.totals();
                exposure.rate(rating, Timestamp::from_micros(at));
                changes.push(exposure.totals().minus(&before));
            }
            let before = exposure.totals();
            exposure.withdrawn = withdrawn;
            changes.push(exposure.totals().minus(&before));
            for change in changes.iter().rev() {
                record.add(change);
            }
            prop_assert_eq!(record, exposure.totals());
        }
    }
}
