//! Promotion on evidence: whether another version of a prompt has the better record, and what is done about it.
//!
//! # Rule
//!
//! The version in production and every other version with at least
//! [`promotion_ratings`](super::PromptOptions::promotion_ratings) ratings are compared by the posterior of their mean rating
//! ([`StarPosterior`]). The one with the greatest proven rating is promoted when it is better than production with at
//! least [`promotion_confidence`](super::PromptOptions::promotion_confidence) probability, unless its success rate is
//! credibly worse (its 95 % interval lies below production's mean) or it requires variables that production does not
//! declare. Else nothing is done, and the answer says why.
//!
//! # Guarantee
//!
//! With a confidence of 0.95, a promotion is wrong with a posterior probability of at most 5 %, as far as the prior and the
//! normal approximation hold and both versions were shown to the same kind of questions; an experiment makes sure of the
//! latter. Looking again and again raises the chance of one wrong promotion; evidence is therefore counted from 30 ratings.
//! No record is changed.

use super::{
    PRODUCTION, PromptDetails, PromptId, PromptOptions, PromptVersion, Prompts,
    labels::{Move, broken_contract},
    record::{Totals, VersionPerformance},
    statistics::{StarPosterior, success_estimate},
};
use crate::{
    error::Error,
    query::{Filter, Query},
    request::RequestContext,
    text_enum,
};

text_enum! {
    /// Why a prompt was optimised or not.
    pub enum OptimizeReason {
        /// Another version is better with the confidence asked for: it serves now.
        Promoted = "promoted",
        /// No version serves, so that there is nothing to compare with.
        NoProduction = "no_production",
        /// There is one version only.
        NoAlternative = "no_alternative",
        /// Production has too few ratings.
        ProductionUnproven = "production_unproven",
        /// No other version has enough ratings.
        AlternativeUnproven = "alternative_unproven",
        /// No other version is better with the confidence asked for.
        NotBetter = "not_better",
        /// The better rated one fails more often.
        FailsMore = "fails_more",
        /// The better one requires variables that production does not declare.
        VariableContract = "variable_contract",
    }
}

/// What is known of a version when it is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The version.
    pub version_number: u32,
    /// How many ratings.
    pub ratings: u64,
    /// Their mean.
    pub average_rating: Option<f64>,
    /// The share of answers given.
    pub success_rate: Option<f64>,
}

/// What was compared, and what followed.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimizeDecision {
    /// Why.
    pub reason: OptimizeReason,
    /// The version that served.
    pub production: Option<Evidence>,
    /// The best other version, when one could be compared.
    pub candidate: Option<Evidence>,
    /// The probability that the candidate's mean rating is above production's.
    pub probability_better: Option<f64>,
    /// The probability that a promotion needs.
    pub required_probability: f64,
    /// The ratings that each side needs.
    pub required_ratings: u32,
}

/// What `optimize` did.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimizeOutcome {
    /// Whether production moved.
    pub optimized: bool,
    /// What was done, or why nothing was, in words with figures.
    pub message: String,
    /// The same in parts.
    pub decision: OptimizeDecision,
    /// The prompt as it is now.
    pub details: PromptDetails,
}

fn evidence(number: u32, totals: &Totals) -> Evidence {
    Evidence {
        version_number: number,
        ratings: super::view::count(totals.ratings),
        average_rating: totals.mean_rating(),
        success_rate: success_estimate(totals).map(|estimate| estimate.mean),
    }
}

/// Compares records: the decision, as far as figures go.
pub(super) fn decide(
    production: Option<u32>,
    records: &[VersionPerformance],
    category: &Totals,
    options: &PromptOptions,
) -> OptimizeDecision {
    let mut decision = OptimizeDecision {
        reason: OptimizeReason::NoProduction,
        production: None,
        candidate: None,
        probability_better: None,
        required_probability: options.promotion_confidence,
        required_ratings: options.promotion_ratings,
    };
    let Some(served) = records.iter().find(|record| Some(record.version_number) == production) else { return decision };
    decision.production = Some(evidence(served.version_number, &served.totals));
    let others = || records.iter().filter(|record| record.version_number != served.version_number);
    let proven = |totals: &Totals| totals.ratings >= i64::from(options.promotion_ratings);
    let posterior = |totals: &Totals| StarPosterior::of(totals, category);
    let bound = |record: &&VersionPerformance| posterior(&record.totals).lower_bound();
    let best = others()
        .filter(|record| proven(&record.totals))
        .max_by(|a, b| bound(a).total_cmp(&bound(b)).then(a.version_number.cmp(&b.version_number)));
    if others().next().is_none() {
        decision.reason = OptimizeReason::NoAlternative;
        return decision;
    }
    let Some(best) = best else {
        decision.reason = OptimizeReason::AlternativeUnproven;
        return decision;
    };
    decision.candidate = Some(evidence(best.version_number, &best.totals));
    if !proven(&served.totals) {
        decision.reason = OptimizeReason::ProductionUnproven;
        return decision;
    }
    let probability = posterior(&best.totals).probability_above(posterior(&served.totals));
    decision.probability_better = Some(probability);
    let fails_more = match (success_estimate(&best.totals), success_estimate(&served.totals)) {
        (Some(best), Some(served)) => best.upper < served.mean,
        _ => false,
    };
    decision.reason = if probability < options.promotion_confidence {
        OptimizeReason::NotBetter
    } else if fails_more {
        OptimizeReason::FailsMore
    } else {
        OptimizeReason::Promoted
    };
    decision
}

impl OptimizeDecision {
    fn message(&self) -> String {
        let shown = |evidence: Option<Evidence>| {
            evidence.map_or_else(String::new, |evidence| {
                let rating = evidence.average_rating.map_or_else(|| "none".to_owned(), |mean| format!("{mean:.2}"));
                format!("version {} (mean {rating} of {} ratings)", evidence.version_number, evidence.ratings)
            })
        };
        let (production, candidate) = (shown(self.production), shown(self.candidate));
        let required = self.required_ratings;
        let probability = self.probability_better.unwrap_or_default() * 100.0;
        let asked = self.required_probability * 100.0;
        match self.reason {
            OptimizeReason::Promoted => {
                format!("{candidate} is better than {production} with {probability:.1} % probability: it serves now")
            }
            OptimizeReason::NoProduction => "no version is in production: move the label first".to_owned(),
            OptimizeReason::NoAlternative => "there is no other version to compare with".to_owned(),
            OptimizeReason::ProductionUnproven => {
                format!("{production} has too few ratings to compare {candidate} with: {required} are needed")
            }
            OptimizeReason::AlternativeUnproven => {
                format!("no other version has the {required} ratings that are needed to compare it with {production}")
            }
            OptimizeReason::NotBetter => format!(
                "{candidate} is better than {production} with {probability:.1} % probability only: {asked:.1} % are needed"
            ),
            OptimizeReason::FailsMore => format!("{candidate} is rated above {production}, and fails more often"),
            OptimizeReason::VariableContract => format!(
                "{candidate} is better than {production} and requires variables that it does not declare: move the label \
                 by hand when every caller supplies them"
            ),
        }
    }
}

impl Prompts {
    pub(super) async fn promote_on_evidence(
        &self,
        request: &RequestContext,
        id: PromptId,
    ) -> Result<OptimizeOutcome, Error> {
        let mut prompt = self.living(id).await?;
        let records = Query::filter(Filter::all([VersionPerformance::PROMPT_ID.eq(id)]));
        let records = self.repository.find(&records).await?;
        let category = self.repository.get(super::CategoryPerformance::id_of(prompt.category)).await?;
        let category = category.map_or_else(Totals::default, |record| record.totals);
        let mut decision = decide(prompt.production_version, &records, &category, &self.options);
        if let (OptimizeReason::Promoted, Some(candidate), Some(served)) =
            (decision.reason, decision.candidate, decision.production)
        {
            let from: PromptVersion = self.version_numbered(id, served.version_number).await?;
            let to = self.version_numbered(id, candidate.version_number).await?;
            if broken_contract(&from, &to).is_empty() {
                let reason = Some(decision.message());
                let planned = Move {
                    label: PRODUCTION,
                    row: None,
                    from: Some(from.number),
                    to: Some(&to),
                    reason,
                    forced: false,
                };
                prompt.edited = true;
                let changes = self.changes_of(request, &mut prompt, planned);
                self.commit(&prompt, changes).await?;
            } else {
                decision.reason = OptimizeReason::VariableContract;
            }
        }
        let details = self.details(prompt).await?;
        let optimized = decision.reason == OptimizeReason::Promoted;
        Ok(OptimizeOutcome { optimized, message: decision.message(), decision, details })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        entity::Revision,
        id::Id,
        prompt::{PromptCategory, record::tests::rated},
    };

    fn record(number: u32, ratings: &[i64], successes: i64, outcomes: i64) -> VersionPerformance {
        VersionPerformance {
            id: Id::new(Uuid::from_u128(u128::from(number))),
            revision: Revision::FIRST,
            deleted_at: None,
            prompt_id: Id::new(Uuid::nil()),
            version_number: number,
            category: PromptCategory::CostAnalysis,
            totals: Totals { outcomes, successes, ..rated(ratings) },
            mean_rating: None,
            last_served_at: None,
        }
    }

    fn reason(production: Option<u32>, records: &[VersionPerformance]) -> OptimizeReason {
        decide(production, records, &Totals::default(), &PromptOptions::default()).reason
    }

    #[test]
    fn every_reason_has_its_case() {
        let (good, bad) = ([5; 60], [3; 60]);
        let old = record(1, &bad, 60, 60);
        assert_eq!(reason(None, std::slice::from_ref(&old)), OptimizeReason::NoProduction);
        assert_eq!(reason(Some(1), std::slice::from_ref(&old)), OptimizeReason::NoAlternative);
        assert_eq!(
            reason(Some(1), &[old.clone(), record(2, &good[..29], 29, 29)]),
            OptimizeReason::AlternativeUnproven
        );
        assert_eq!(
            reason(Some(1), &[record(1, &bad[..29], 29, 29), record(2, &good, 60, 60)]),
            OptimizeReason::ProductionUnproven
        );
        assert_eq!(reason(Some(1), &[old.clone(), record(2, &bad, 60, 60)]), OptimizeReason::NotBetter);
        assert_eq!(reason(Some(1), &[old.clone(), record(2, &good, 20, 60)]), OptimizeReason::FailsMore);
        assert_eq!(reason(Some(1), &[old, record(2, &good, 60, 60)]), OptimizeReason::Promoted);
    }

    #[test]
    fn an_earlier_version_with_the_better_record_wins_back() {
        let records = [record(1, &[5; 60], 60, 60), record(2, &[2; 60], 60, 60), record(3, &[4; 60], 60, 60)];
        let decision = decide(Some(2), &records, &Totals::default(), &PromptOptions::default());
        assert_eq!((decision.reason, decision.candidate.unwrap().version_number), (OptimizeReason::Promoted, 1));
        assert!(decision.probability_better.unwrap() > 0.999);
        assert!(decision.message().starts_with("version 1 (mean 5.00 of 60 ratings) is better than version 2"));
    }
}
