//! What the AI service tells the others.

use super::ResponseId;
use crate::{
    event_body,
    money::Currency,
    prompt::{ExposureId, PromptCategory, PromptId},
    time::Timestamp,
    user::UserId,
};

event_body! {
    /// A question was put to the providers, and answered or not.
    pub struct ResponseGenerated as "ai.response_generated" {
        /// The stored answer or failure.
        pub response_id: ResponseId,
        /// Who asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub user_id: Option<UserId>,
        /// The exposure that this is the outcome of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub exposure_id: Option<ExposureId>,
        /// The library's prompt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub prompt_id: Option<PromptId>,
        /// Its version's number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub prompt_version: Option<u32>,
        /// The question's category.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub category: Option<PromptCategory>,
        /// Who answered, or was asked last.
        pub provider: String,
        /// With which model.
        pub model: String,
        /// Whether there is an answer.
        pub success: bool,
        /// Why there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub error_code: Option<String>,
        /// From asking to the whole answer, in milliseconds.
        pub response_time_ms: u32,
        /// Tokens of the prompt, when the provider says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub prompt_tokens: Option<u64>,
        /// Tokens of the answer, when the provider says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub completion_tokens: Option<u64>,
        /// What it cost in millionths of `currency`, when that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cost_micros: Option<i64>,
        /// The cost's currency.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub currency: Option<Currency>,
        /// The provider that was asked first, when another one answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub fallback_from: Option<String>,
    }
}

event_body! {
    /// A user rated an answer, or rated it anew.
    pub struct FeedbackGiven as "ai.feedback_given" {
        /// The answer.
        pub response_id: ResponseId,
        /// The exposure that the answer was the outcome of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub exposure_id: Option<ExposureId>,
        /// The library's prompt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub prompt_id: Option<PromptId>,
        /// Its version's number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub prompt_version: Option<u32>,
        /// The question's category.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub category: Option<PromptCategory>,
        /// Who answered.
        pub provider: String,
        /// 1 to 5.
        pub rating: u8,
        /// The rating that this one replaces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub previous_rating: Option<u8>,
        /// When that one was given: the `occurred_at` of its event, so that a projection by time can take it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub previous_at: Option<Timestamp>,
        /// Whether the user found it helpful.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub helpful: Option<bool>,
    }
}
