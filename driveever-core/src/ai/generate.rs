//! Asking for a whole answer: the candidates in turn until one answers or none may be asked any more.

use super::{
    AiResponse,
    answers::Inner,
    ask::{self, Ask},
    text_model::{Cost, Generated, ModelError},
    tries::Tries,
};

impl Inner {
    /// The answer or failure, not stored yet.
    pub(super) async fn generated(&self, asked: &Ask) -> AiResponse {
        let mut response = asked.begun(self.clock.now());
        let mut tries = Tries::default();
        let error = loop {
            let (model, generation) = match self.next_try(asked, &mut response, &mut tries) {
                Ok(next) => next,
                Err(error) => break error,
            };
            match model.generate(&generation).await.and_then(with_text) {
                Ok(generated) => {
                    self.tried(asked, &mut response, &mut tries, Ok(&generated));
                    self.succeeded(&mut response, generated);
                    return response;
                }
                Err(error) => match self.failed_try(asked, &mut response, &mut tries, &error) {
                    Some(wait) => self.pause(wait).await,
                    None => break error,
                },
            }
        };
        ask::failed(&mut response, &error, self.clock.now());
        response
    }

    /// Notes the end with an answer.
    pub(super) fn succeeded(&self, response: &mut AiResponse, mut generated: Generated) {
        if generated.cost.is_none() {
            generated.cost = self.cost(response, &generated);
        }
        ask::succeeded(response, generated, self.clock.now(), self.options.answer_chars);
    }

    /// What an answer cost, where its tokens are counted and its model has a price.
    fn cost(&self, response: &AiResponse, generated: &Generated) -> Option<Cost> {
        let models = [generated.model.as_str(), response.model.as_str()];
        let day = response.created_at.to_datetime().date_naive();
        self.prices.as_ref()?.cost(&response.provider, models, generated.usage.as_ref()?, day)
    }

    /// What is left of the budget for all tries; nothing when it is used up.
    pub(super) fn time_left(&self, response: &AiResponse) -> Option<std::time::Duration> {
        let spent = self.clock.now().since(response.created_at);
        self.options.budget.checked_sub(spent).filter(|left| !left.is_zero())
    }
}

/// A cut answer without text is as empty as any other.
fn with_text(generated: Generated) -> Result<Generated, ModelError> {
    if generated.text.trim().is_empty() { Err(without_text()) } else { Ok(generated) }
}

pub(super) fn without_text() -> ModelError {
    ModelError::Malformed { detail: "it answered without text".to_owned() }
}
