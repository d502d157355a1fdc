//! The nine kinds of question that prompts are written for.
//!
//! Every prompt belongs to one category and every question is classified into one ([`classify`](super::classify)). The
//! variants say what belongs to each and where the border to its neighbours runs, because a labelled question set is only
//! as good as its borders.

use crate::text_enum;

text_enum! {
    /// What a driver's question is about.
    pub enum PromptCategory {
        /// Advice about the asker's own vehicle and its standing: MOT and tax dates, SORN, log book,
        /// emission zones, recalls, history and mileage, known weak points, fuel it takes, towing,
        /// upgrades and what is legal to fit.
        ///
        /// What a term means in general, or a rule that concerns drivers and not a vehicle, is
        /// [`GeneralInquiry`](Self::GeneralInquiry).
        VehicleAdvice = "vehicle_advice",
        /// Is it safe, roadworthy or legal to drive with this defect, advisory, wear or warning lamp,
        /// and how urgent is the repair.
        ///
        /// The danger is weighed beforehand; when it is happening, it is
        /// [`EmergencyGuidance`](Self::EmergencyGuidance). What causes a symptom is
        /// [`TechnicalSupport`](Self::TechnicalSupport).
        SafetyAssessment = "safety_assessment",
        /// Servicing and upkeep: intervals, fluids, grades and pressures, how to do a job oneself,
        /// preparing for an MOT, winter or a long trip, cleaning and storing.
        ///
        /// A part that has already gone wrong is [`TechnicalSupport`](Self::TechnicalSupport).
        MaintenanceGuidance = "maintenance_guidance",
        /// Money: what a part, job, tax, fine, charge or fuel costs, running cost, what a car is worth,
        /// whether a bill is fair, whether a repair is worth it.
        ///
        /// The price of a policy is [`InsuranceAdvice`](Self::InsuranceAdvice); whether to buy a car at
        /// its price is [`PurchaseRecommendation`](Self::PurchaseRecommendation).
        CostAnalysis = "cost_analysis",
        /// Buying, choosing, financing, selling or exchanging a car: which one, what to check, whether
        /// it is a good deal, buyers' rights.
        PurchaseRecommendation = "purchase_recommendation",
        /// Diagnosis and operation: what a symptom, fault code or warning lamp means, why something does
        /// not work, how a system works and how to operate or reset it.
        ///
        /// A fault that leaves somebody in danger or stranded now is
        /// [`EmergencyGuidance`](Self::EmergencyGuidance).
        TechnicalSupport = "technical_support",
        /// Everything else about motoring (law for drivers, licences, tests, signs, definitions), about
        /// this service, and everything off the subject.
        GeneralInquiry = "general_inquiry",
        /// Something dangerous is happening or has just happened, or how to act when it does: brakes
        /// gone, fire, smoke, flood, a red lamp while driving, a crash, a breakdown on the road, wrong
        /// fuel at the pump.
        EmergencyGuidance = "emergency_guidance",
        /// Cover, premiums, claims, excess, no claims bonus, insurers' duties and the asker's duties to
        /// them, breakdown cover.
        InsuranceAdvice = "insurance_advice",
    }
}

impl PromptCategory {
    /// How many categories there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The place in [`ALL`](Self::ALL).
    pub const fn index(self) -> usize {
        self as usize
    }
}
