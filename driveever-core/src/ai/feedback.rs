//! What users think of answers: the latest feedback of each user and answer, and its history.

use super::{
    AiResponse, Feedback, FeedbackHistory, NewFeedback, ResponseId, answers::Inner, event::FeedbackGiven,
    options::AiLimits,
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    event::EventFactory,
    query::Filter,
    repository::RepositoryExt,
    request::RequestContext,
    user::UserId,
    validate::{TextRule, Validator},
};

/// Feedback as it may be stored.
pub(super) struct Given {
    rating: u8,
    helpful: Option<bool>,
    comment: Option<String>,
}

/// How often a write is decided anew when another was quicker.
const TRIES: usize = 4;

/// Checks a feedback, all faults at once.
pub(super) fn checked(feedback: &NewFeedback, limits: &AiLimits) -> Result<Given, Error> {
    let mut check = Validator::new();
    let rating = u8::try_from(feedback.rating).ok().filter(|rating| (1..=5).contains(rating));
    check.require("rating", rating.is_some(), "must be a whole number from 1 to 5");
    let rule = TextRule::lines(1, limits.comment_chars);
    let comment = check.optional_text("comment", feedback.comment.as_deref(), rule);
    check.finish()?;
    Ok(Given { rating: rating.unwrap_or(1), helpful: feedback.helpful, comment })
}

impl Inner {
    pub(super) async fn feedback_of(&self, id: ResponseId, user: UserId) -> Result<Option<Feedback>, StoreError> {
        let filter = Filter::all([Feedback::RESPONSE_ID.eq(id), Feedback::USER_ID.eq(Some(user))]);
        self.repository.find_one_by(filter).await
    }

    /// Stores a feedback, the first or one that replaces it. Of two at once the later to commit stands.
    pub(super) async fn give_feedback(
        &self,
        request: &RequestContext,
        user: UserId,
        response: &AiResponse,
        given: &Given,
    ) -> Result<Feedback, Error> {
        if !response.success {
            return Err(Error::conflict("no_answer", "a question without an answer cannot be rated"));
        }
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let previous = self.feedback_of(response.id, user).await?;
            let (feedback, changes) = self.decide(request, user, response, given, previous);
            match self.repository.commit(changes).await {
                Ok(()) => return Ok(feedback),
                Err(error) if error.is_conflict() && tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn decide(
        &self,
        request: &RequestContext,
        user: UserId,
        response: &AiResponse,
        given: &Given,
        previous: Option<Feedback>,
    ) -> (Feedback, Changes<super::AiContext>) {
        let body = FeedbackGiven {
            response_id: response.id,
            exposure_id: response.exposure_id,
            prompt_id: response.prompt_id,
            prompt_version: response.prompt_version,
            category: response.category,
            provider: response.provider.clone(),
            rating: given.rating,
            previous_rating: previous.as_ref().map(|previous| previous.rating),
            previous_at: previous.as_ref().map(|previous| previous.updated_at),
            helpful: given.helpful,
        };
        let replaces = previous.is_some();
        let mut feedback = previous.unwrap_or_else(|| Feedback {
            id: self.ids.id(),
            revision: Revision::FIRST,
            deleted_at: None,
            response_id: response.id,
            user_id: Some(user),
            rating: given.rating,
            helpful: None,
            comment: None,
            created_at: self.clock.now(),
            updated_at: self.clock.now(),
        });
        let revision = if replaces { feedback.revision.next() } else { feedback.revision };
        let factory = EventFactory::new(self.clock.as_ref(), self.ids.as_ref(), request);
        let event = factory.event(&feedback, revision, &body);
        feedback.rating = given.rating;
        feedback.helpful = given.helpful;
        feedback.comment.clone_from(&given.comment);
        // The event's own time, by which the next one takes this rating back.
        feedback.updated_at = event.occurred_at;
        if !replaces {
            feedback.created_at = event.occurred_at;
        }
        let history = FeedbackHistory {
            id: self.ids.id(),
            feedback_id: feedback.id,
            user_id: user,
            rating: feedback.rating,
            helpful: feedback.helpful,
            comment: feedback.comment.clone(),
            given_at: feedback.updated_at,
        };
        let changes = if replaces { Changes::new().update(&mut feedback) } else { Changes::new().insert(&feedback) };
        (feedback, changes.insert(&history).causing(event))
    }
}
