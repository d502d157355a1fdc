//! A person's questions and answers: given out and erased.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use serde_json::json;

use super::{AiContext, AiResponse, Answers, Feedback, FeedbackHistory, ResponseError, Sources};
use crate::{
    entity::Context,
    error::{Error, StoreError},
    query::Query,
    repository::RepositoryExt,
    user::{PersonalData, UserId},
};

/// How often erasing begins anew when a write came in between.
const TRIES: usize = 4;

#[async_trait]
impl PersonalData for Answers {
    fn context(&self) -> &'static str {
        AiContext::NAME
    }

    async fn export(&self, user: UserId) -> Result<serde_json::Value, Error> {
        let repository = &self.inner.repository;
        let responses: Vec<AiResponse> =
            repository.stream(Query::filter(AiResponse::USER_ID.eq(user))).try_collect().await?;
        let history: Vec<FeedbackHistory> =
            repository.stream(Query::filter(FeedbackHistory::USER_ID.eq(user))).try_collect().await?;
        let feedback: Vec<Feedback> =
            repository.stream(Query::filter(Feedback::USER_ID.eq(user))).try_collect().await?;
        let response_of = |given: &FeedbackHistory| {
            feedback.iter().find(|feedback| feedback.id == given.feedback_id).map(|feedback| feedback.response_id)
        };
        Ok(json!({
            "responses": responses.iter().map(exported).collect::<Vec<_>>(),
            "feedback": history.iter().map(|given| json!({
                "responseId": response_of(given), "rating": given.rating, "helpful": given.helpful,
                "comment": given.comment, "givenAt": given.given_at,
            })).collect::<Vec<_>>(),
        }))
    }

    /// Texts go, and with them whatever leads to the person; what remains counts: provider, time, tokens, rating.
    async fn erase(&self, user: UserId) -> Result<(), Error> {
        // Streams that the user dropped would come back after the erasure.
        self.store_cancelled().await?;
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.erase_once(user).await {
                Err(error) if error.is_conflict() && tries > 0 => {}
                result => return Ok(result?),
            }
        }
    }
}

impl Answers {
    async fn erase_once(&self, user: UserId) -> Result<(), StoreError> {
        let repository = &self.inner.repository;
        repository.update_by(AiResponse::USER_ID.eq(user), &anonymise).await?;
        let forget = |feedback: &mut Feedback| {
            feedback.user_id = None;
            feedback.comment = None;
        };
        repository.update_by(Feedback::USER_ID.eq(user), &forget).await?;
        repository.delete_by(FeedbackHistory::USER_ID.eq(user)).await?;
        Ok(())
    }
}

fn anonymise(response: &mut AiResponse) {
    response.user_id = None;
    response.vehicle_id = None;
    response.session_id = None;
    response.question.clear();
    response.answer.clear();
    // Dates of a vehicle's tests lead to it.
    response.sources = Sources::default();
    let blank = |error: &mut ResponseError| error.detail.clear();
    response.error.iter_mut().for_each(blank);
    response.attempts.0.iter_mut().filter_map(|attempt| attempt.error.as_mut()).for_each(blank);
}

fn exported(response: &AiResponse) -> serde_json::Value {
    json!({
        "id": response.id, "createdAt": response.created_at, "question": response.question, "answer": response.answer,
        "category": response.category, "vehicleId": response.vehicle_id, "promptId": response.prompt_id,
        "provider": response.provider, "model": response.model, "success": response.success, "error": response.error,
        "sources": response.sources, "responseTimeMs": response.response_time_ms, "usage": response.usage,
        "cost": response.cost, "sessionId": response.session_id, "requestId": response.request_id,
    })
}
