//! An answer as clients see it within an order.

use driveever_core::{
    ai::{
        AiResponse, ResponseError,
        blocks::{Block, answer_blocks},
        text_model::{AnswerSource, Cost, Usage},
    },
    id::Id,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An AI response.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderAdvice)]
pub struct AiResponseBody {
    /// Identity.
    pub id: Uuid,
    /// The prompt it was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<Uuid>,
    /// That prompt's version number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<u32>,
    /// The vehicle, when it is one of the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_id: Option<Uuid>,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Uuid>,
    /// Who answered.
    pub provider: String,
    /// The model, as it names itself.
    pub model: String,
    /// The driver's question.
    pub question: String,
    /// The answer in Markdown.
    pub answer: String,
    /// The answer as a tree of blocks.
    #[schema(value_type = Vec<Object>)]
    pub answer_blocks: Vec<Block>,
    /// A documented statistic between 0 and 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Records that the prompt carried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub sources: Vec<AnswerSource>,
    /// In milliseconds.
    pub response_time: u32,
    /// Tokens used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub usage: Option<Usage>,
    /// What it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub cost: Option<Cost>,
    /// Whether there is an answer.
    pub success: bool,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub error: Option<ResponseError>,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Where it came from.
    pub metadata: AdviceMetadata,
}

/// Where an answer came from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderAdviceMetadata)]
pub struct AdviceMetadata {
    /// The client's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// In which request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The provider that was asked first, when another one answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_from: Option<String>,
}

impl From<AiResponse> for AiResponseBody {
    fn from(response: AiResponse) -> Self {
        Self {
            id: response.id.uuid(),
            prompt_id: response.prompt_id.map(Id::uuid),
            prompt_version: response.prompt_version,
            vehicle_id: response.vehicle_id.map(Id::uuid),
            user_id: response.user_id.map(Id::uuid),
            provider: response.provider,
            model: response.model,
            question: response.question,
            answer_blocks: answer_blocks(&response.answer),
            answer: response.answer,
            confidence: response.confidence,
            sources: response.sources.0,
            response_time: response.response_time_ms,
            usage: response.usage,
            cost: response.cost,
            success: response.success,
            error: response.error,
            created_at: response.created_at,
            metadata: AdviceMetadata {
                session_id: response.session_id,
                request_id: Some(response.request_id),
                fallback_from: response.fallback_from,
            },
        }
    }
}
