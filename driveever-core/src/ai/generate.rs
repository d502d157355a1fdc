//! Asking for a whole answer: the candidates in turn until one answers or none may be asked any more.

use super::{
    AiResponse,
    answers::Inner,
    ask::{self, Ask},
    text_model::ModelError,
};

impl Inner {
    /// The answer or failure, not stored yet.
    pub(super) async fn generated(&self, asked: &Ask) -> AiResponse {
        let mut response = asked.begun(self.clock.now());
        let mut last = None;
        for (place, model) in asked.candidates.iter().enumerate() {
            let began = self.clock.now();
            let Some(left) = self.time_left(&response) else { break };
            let generation = asked.generation(place, began, left, &self.options);
            let result = model.generate(&generation).await.and_then(|generated| {
                if generated.text.trim().is_empty() {
                    // A cut answer without text is as empty as any other.
                    return Err(ModelError::Malformed { detail: "it answered without text".to_owned() });
                }
                Ok(generated)
            });
            let now = self.clock.now();
            let error = result.as_ref().err();
            ask::tried(&mut response, model.as_ref(), generation.model.as_deref(), now.since(began), error);
            match result {
                Ok(generated) => {
                    ask::succeeded(&mut response, generated, now, self.options.answer_chars);
                    return response;
                }
                Err(error) => {
                    let stop = !error.allows_fallback();
                    last = Some(error);
                    if stop {
                        break;
                    }
                }
            }
        }
        let error = last.unwrap_or(ModelError::TimedOut { waited: self.options.budget });
        ask::failed(&mut response, &error, self.clock.now());
        response
    }

    /// What is left of the budget for all tries; nothing when it is used up.
    pub(super) fn time_left(&self, response: &AiResponse) -> Option<std::time::Duration> {
        let spent = self.clock.now().since(response.created_at);
        self.options.budget.checked_sub(spent).filter(|left| !left.is_zero())
    }
}
