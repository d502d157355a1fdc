//! The nine kinds of question that prompts are written for.
//!
//! Every prompt belongs to one category and every question is classified into one
//! ([`classify`](super::classify)). The variants say what belongs to each and where the border to
//! its neighbours runs, because a labelled question set is only as good as its borders.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a driver's question is about.
///
/// The order of the variants is the order of [`PromptCategory::ALL`] and of every table that lists
/// categories. In JSON a category is its [`as_str`](PromptCategory::as_str) name.
///
/// ```
/// use driveever_core::prompt::category::PromptCategory;
///
/// let category: PromptCategory = "safety_assessment".parse()?;
/// assert_eq!(category, PromptCategory::SafetyAssessment);
/// assert_eq!(category.to_string(), "safety_assessment");
/// # Ok::<(), driveever_core::prompt::category::UnknownCategory>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptCategory {
    /// Advice about the asker's own vehicle and its standing: MOT and tax dates, SORN, log book,
    /// emission zones, recalls, history and mileage, known weak points, fuel it takes, towing,
    /// upgrades and what is legal to fit.
    ///
    /// What a term means in general, or a rule that concerns drivers and not a vehicle, is
    /// [`GeneralInquiry`](Self::GeneralInquiry).
    VehicleAdvice,
    /// Is it safe, roadworthy or legal to drive with this defect, advisory, wear or warning lamp,
    /// and how urgent is the repair.
    ///
    /// The danger is weighed beforehand; when it is happening, it is
    /// [`EmergencyGuidance`](Self::EmergencyGuidance). What causes a symptom is
    /// [`TechnicalSupport`](Self::TechnicalSupport).
    SafetyAssessment,
    /// Servicing and upkeep: intervals, fluids, grades and pressures, how to do a job oneself,
    /// preparing for an MOT, winter or a long trip, cleaning and storing.
    ///
    /// A part that has already gone wrong is [`TechnicalSupport`](Self::TechnicalSupport).
    MaintenanceGuidance,
    /// Money: what a part, job, tax, fine, charge or fuel costs, running cost, what a car is worth,
    /// whether a bill is fair, whether a repair is worth it.
    ///
    /// The price of a policy is [`InsuranceAdvice`](Self::InsuranceAdvice); whether to buy a car at
    /// its price is [`PurchaseRecommendation`](Self::PurchaseRecommendation).
    CostAnalysis,
    /// Buying, choosing, financing, selling or exchanging a car: which one, what to check, whether
    /// it is a good deal, buyers' rights.
    PurchaseRecommendation,
    /// Diagnosis and operation: what a symptom, fault code or warning lamp means, why something does
    /// not work, how a system works and how to operate or reset it.
    ///
    /// A fault that leaves somebody in danger or stranded now is
    /// [`EmergencyGuidance`](Self::EmergencyGuidance).
    TechnicalSupport,
    /// Everything else about motoring (law for drivers, licences, tests, signs, definitions), about
    /// this service, and everything off the subject.
    GeneralInquiry,
    /// Something dangerous is happening or has just happened, or how to act when it does: brakes
    /// gone, fire, smoke, flood, a red lamp while driving, a crash, a breakdown on the road, wrong
    /// fuel at the pump.
    EmergencyGuidance,
    /// Cover, premiums, claims, excess, no claims bonus, insurers' duties and the asker's duties to
    /// them, breakdown cover.
    InsuranceAdvice,
}

impl PromptCategory {
    /// How many categories there are.
    pub const COUNT: usize = 9;

    /// All categories, in their order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::VehicleAdvice,
        Self::SafetyAssessment,
        Self::MaintenanceGuidance,
        Self::CostAnalysis,
        Self::PurchaseRecommendation,
        Self::TechnicalSupport,
        Self::GeneralInquiry,
        Self::EmergencyGuidance,
        Self::InsuranceAdvice,
    ];

    /// The name in JSON, configuration and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VehicleAdvice => "vehicle_advice",
            Self::SafetyAssessment => "safety_assessment",
            Self::MaintenanceGuidance => "maintenance_guidance",
            Self::CostAnalysis => "cost_analysis",
            Self::PurchaseRecommendation => "purchase_recommendation",
            Self::TechnicalSupport => "technical_support",
            Self::GeneralInquiry => "general_inquiry",
            Self::EmergencyGuidance => "emergency_guidance",
            Self::InsuranceAdvice => "insurance_advice",
        }
    }

    /// The position in [`ALL`](Self::ALL).
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for PromptCategory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A category name that is none of the nine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown category {given:?}: expected one of {}", names())]
pub struct UnknownCategory {
    /// What was given, cut to [`UnknownCategory::LONGEST_ECHO`] characters.
    pub given: String,
}

impl UnknownCategory {
    /// How many characters of the refused name the error repeats.
    pub const LONGEST_ECHO: usize = 60;
}

fn names() -> String {
    PromptCategory::ALL.map(PromptCategory::as_str).join(", ")
}

impl FromStr for PromptCategory {
    type Err = UnknownCategory;

    /// Parses the exact name, as [`as_str`](PromptCategory::as_str) gives it.
    fn from_str(name: &str) -> Result<Self, UnknownCategory> {
        Self::ALL
            .into_iter()
            .find(|category| category.as_str() == name)
            .ok_or_else(|| UnknownCategory {
                given: name.chars().take(UnknownCategory::LONGEST_ECHO).collect(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_through_text_and_json() {
        for (position, category) in PromptCategory::ALL.into_iter().enumerate() {
            assert_eq!(category.index(), position);
            assert_eq!(category.as_str().parse(), Ok(category));
            let json = serde_json::to_string(&category).unwrap();
            assert_eq!(json, format!("\"{category}\""));
            assert_eq!(
                serde_json::from_str::<PromptCategory>(&json).unwrap(),
                category
            );
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_valid_ones() {
        let message = "Safety".parse::<PromptCategory>().unwrap_err().to_string();
        assert!(message.starts_with("unknown category \"Safety\""));
        for category in PromptCategory::ALL {
            assert!(message.contains(category.as_str()), "{message}");
        }
        assert!(serde_json::from_str::<PromptCategory>("\"Safety\"").is_err());
    }

    #[test]
    fn a_refused_name_is_not_repeated_at_length() {
        let error = "x".repeat(1_000_000).parse::<PromptCategory>().unwrap_err();
        assert_eq!(error.given.len(), UnknownCategory::LONGEST_ECHO);
    }
}
