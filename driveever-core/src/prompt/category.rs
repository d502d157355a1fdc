//! What a question is about.

use crate::text_enum;

text_enum! {
    /// One of the nine kinds of question that the library has prompts for.
    pub enum PromptCategory {
        /// Advice about this vehicle and its standing: MOT due, tax, SORN, zones, its history.
        VehicleAdvice = "vehicle_advice",
        /// Whether it is safe to drive; what a defect means for safety.
        SafetyAssessment = "safety_assessment",
        /// Servicing, intervals, upkeep.
        MaintenanceGuidance = "maintenance_guidance",
        /// What something costs and whether it is worth it.
        CostAnalysis = "cost_analysis",
        /// Buying, selling, choosing.
        PurchaseRecommendation = "purchase_recommendation",
        /// Finding a fault; how a system works.
        TechnicalSupport = "technical_support",
        /// Everything else about motoring, and what is not about it.
        GeneralInquiry = "general_inquiry",
        /// Something is happening now: brakes gone, fire, smoke, flood, a red lamp while driving.
        EmergencyGuidance = "emergency_guidance",
        /// Cover, claims, premiums.
        InsuranceAdvice = "insurance_advice",
    }
}
