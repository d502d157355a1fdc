//! Answers of language models, and what users think of them.

use serde::{Deserialize, Serialize};

use super::text_model::{AnswerSource, Cost, Usage};
use crate::{
    entity,
    entity::Context,
    id::Id,
    prompt::{ExposureId, PromptCategory, PromptId},
    time::Timestamp,
    user::UserId,
    vehicle::VehicleId,
};

/// The AI service's tables.
#[derive(Debug)]
pub struct AiContext;
impl Context for AiContext {
    const NAME: &'static str = "ai";
}

/// An answer's id.
pub type ResponseId = Id<AiResponse>;

/// Records that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(pub Vec<AnswerSource>);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseError {
    /// A stable `snake_case` code; see [`ModelError::code`](super::ModelError::code).
    pub code: String,
    /// What happened, in words that a client may see.
    pub detail: String,
}

/// One try at one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The provider.
    pub provider: String,
    /// The model; absent in rows of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How long was waited before it, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waited_ms: u32,
    /// How long it took, in milliseconds.
    pub response_time_ms: u32,
    /// The provider's own id of the request, when it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_request_id: Option<String>,
    /// What went wrong; absent when it answered.
    pub error: Option<ResponseError>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The tries of an answer, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempts(pub Vec<Attempt>);

crate::json_column!(Sources, ResponseError, Attempts, Usage, Cost);

entity! {
    /// What a provider answered, or that it did not.
    #[derive(PartialEq)]
    pub struct AiResponse in AiContext as versioned "ai_response" in "ai_responses" {
        unique [], lookup ["user_id"], search [],
    } {
        /// Who asked; absent once they are erased.
        pub user_id: Option<UserId> => USER_ID,
        /// The prompt, when one of the library's was used.
        pub prompt_id: Option<PromptId> => PROMPT_ID,
        /// Its version's number.
        pub prompt_version: Option<u32> => PROMPT_VERSION,
        /// The exposure that this answer is the outcome of.
        pub exposure_id: Option<ExposureId> => EXPOSURE_ID,
        /// The category of the question, when it is known.
        pub category: Option<PromptCategory> => CATEGORY,
        /// The vehicle, when it is one of the user's.
        pub vehicle_id: Option<VehicleId> => VEHICLE_ID,
        /// Who answered, or was asked last.
        pub provider: String => PROVIDER,
        /// The model, as it names itself; of a failure, the one asked for.
        pub model: String => MODEL,
        /// The driver's question.
        pub question: String => QUESTION,
        /// The answer in Markdown; empty or partial when it failed.
        pub answer: String => ANSWER,
        /// Whether the answer is cut at the bound on its length.
        pub truncated: bool => TRUNCATED,
        /// A documented statistic between 0 and 1, or absent.
        pub confidence: Option<f64> => CONFIDENCE,
        /// Records that the prompt carried.
        pub sources: Sources => SOURCES,
        /// From asking to the whole answer, in milliseconds.
        pub response_time_ms: u32 => RESPONSE_TIME_MS,
        /// Tokens used, when the provider says.
        pub usage: Option<Usage> => USAGE,
        /// What it cost, when that is known.
        pub cost: Option<Cost> => COST,
        /// Whether there is an answer.
        pub success: bool => SUCCESS,
        /// Why there is none.
        pub error: Option<ResponseError> => ERROR,
        /// The provider that was asked first, when another one answered.
        pub fallback_from: Option<String> => FALLBACK_FROM,
        /// Every try.
        pub attempts: Attempts => ATTEMPTS,
        /// The client's session, as it named it.
        pub session_id: Option<String> => SESSION_ID,
        /// In which request.
        pub request_id: String => REQUEST_ID,
        /// When it was asked.
        pub created_at: Timestamp => CREATED_AT,
    }
}

/// A feedback's id.
pub type FeedbackId = Id<Feedback>;

entity! {
    /// What a user thinks of an answer: one a user and answer, the latest.
    #[derive(PartialEq)]
    pub struct Feedback in AiContext as versioned "feedback" in "ai_feedback" {
        unique [["response_id", "user_id"]], lookup ["response_id", "user_id"], search [],
    } {
        /// Of which answer.
        pub response_id: ResponseId => RESPONSE_ID,
        /// Whose; absent once they are erased.
        pub user_id: Option<UserId> => USER_ID,
        /// 1 to 5.
        pub rating: u8 => RATING,
        /// Whether it helped.
        pub helpful: Option<bool> => HELPFUL,
        /// In the user's words.
        pub comment: Option<String> => COMMENT,
        /// When it was first given.
        pub created_at: Timestamp => CREATED_AT,
        /// When it was given as it stands.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}

entity! {
    /// Every feedback as it was given, the present one included.
    #[derive(PartialEq)]
    pub struct FeedbackHistory in AiContext as append_only "feedback_history" in "ai_feedback_history" {
        unique [], lookup ["feedback_id", "user_id"], search [],
    } {
        /// Whose history.
        pub feedback_id: FeedbackId => FEEDBACK_ID,
        /// The user's; their history is deleted when they are erased.
        pub user_id: UserId => USER_ID,
        /// 1 to 5.
        pub rating: u8 => RATING,
        /// Whether it helped.
        pub helpful: Option<bool> => HELPFUL,
        /// In the user's words.
        pub comment: Option<String> => COMMENT,
        /// When it was given.
        pub given_at: Timestamp => GIVEN_AT,
    }
}
