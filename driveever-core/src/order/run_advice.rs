//! Steps 4 to 7: facts, prompt, answer, delivery.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::try_join;
use sha2::{Digest, Sha256};

use super::{
    Failure, OrderStatus, PaymentStatus, SagaInput, SagaStep,
    run::{Halt, Next, Run},
    transition::Mover,
    variables,
};
use crate::{
    ai::{
        AiResponse, GenerateRequest,
        rules::{Consulted, Groundwork, Matter},
    },
    changes::Changes,
    error::Error,
    prompt::{GoldenChoice, GoldenRequest, PromptCategory, VariableSupply},
    vehicle::{FactsRequest, VehicleFacts, record::RecordSource},
};

/// Everything that the model is asked with.
struct Prepared {
    category: PromptCategory,
    facts: VehicleFacts,
    choice: GoldenChoice,
    text: String,
    groundwork: Option<Groundwork>,
}

impl Run<'_> {
    /// From a paid order to a delivered one. The answer's id is the order's: when one is stored already, it was asked
    /// for before, by whoever had the saga then, and is not asked for again.
    pub(super) async fn advise(&mut self) -> Result<Next, Halt> {
        if self.saga.step == SagaStep::Generate {
            match self.stored_answer().await {
                Ok(Some(answer)) => return self.answered(answer).await,
                Ok(None) => {}
                Err(_) if !self.is_late() => return self.wait().await,
                Err(error) => return self.fail(Failure::of("generate", &error)).await,
            }
        }
        if self.is_late() {
            return self.fail(self.late()).await;
        }
        let Some(input) = self.saga.input.clone() else {
            return self.fail(Failure::new("erased", "the question was erased")).await;
        };
        let prepared = match self.prepare(&input).await {
            Ok(prepared) => prepared,
            Err(failure) => return self.fail(failure).await,
        };
        self.record(&prepared).await?;
        self.generate(&input, prepared).await
    }

    async fn stored_answer(&self) -> Result<Option<AiResponse>, Error> {
        match self.orders.ports.ai.response(&self.owner(), self.order.id.cast()).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Facts, prompt and text; each tried again at once when a service does not answer.
    async fn prepare(&self, input: &SagaInput) -> Result<Prepared, Failure> {
        let ports = &self.orders.ports;
        let owner = self.owner();
        let request =
            FactsRequest { vehicle_id: input.vehicle_id, registration_number: input.registration_number.clone() };
        let facts = self.tried("vehicle", || ports.vehicles.facts(&owner, &request));
        let category = async { Ok(input.category.unwrap_or_else(|| (ports.classify)(&input.question))) };
        let (facts, category) = try_join(facts, category).await?;
        let golden = GoldenRequest {
            category,
            assignment_key: Some(self.order.user_id.to_string()),
            exposure_id: Some(self.order.id.cast()),
            supply: VariableSupply::Advice,
        };
        let choice = self.tried("prompt", || ports.prompts.golden(&owner, golden.clone())).await?;
        let today = ports.clock.today();
        let matter =
            Matter { question: &input.question, category: Some(category), record: facts.record.as_ref(), today };
        let Consulted { rules, groundwork } = ports.rules.consult(&matter);
        let values = variables::values(&choice.version, &input.question, facts.record.as_deref(), &rules, today);
        let (prompt, version) = (choice.prompt.id, choice.version.number);
        let text = self.tried("prompt", || ports.prompts.render(&owner, prompt, version, &values)).await?.text;
        Ok(Prepared { category, facts, choice, text, groundwork })
    }

    /// Asks another service, again when it does not answer.
    async fn tried<T, F: Future<Output = Result<T, Error>>>(
        &self,
        what: &str,
        ask: impl Fn() -> F,
    ) -> Result<T, Failure> {
        let mut tries = 1;
        loop {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_retryable() && tries < self.orders.options.step_attempts => tries += 1,
                Err(error) => return Err(Failure::of(what, &error)),
            }
        }
    }

    /// What was prepared, before the model is asked.
    async fn record(&mut self, prepared: &Prepared) -> Result<(), Halt> {
        let Prepared { category, facts, choice, text, .. } = prepared;
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
        let record = facts.record.as_deref();
        let found = record.iter().flat_map(|record| &record.readings);
        let found = found.filter(|reading| reading.outcome.has_vehicle());
        let sources: Vec<RecordSource> = found.map(|reading| reading.source).collect();
        let fetched_at = record.and_then(crate::vehicle::record::VehicleRecord::fetched_at);
        let lease = self.lease_for(SagaStep::Generate);
        self.commit(Changes::new(), |draft| {
            let saga = draft.saga()?;
            saga.step = SagaStep::Generate;
            saga.lease_until = lease;
            let progress = &mut saga.progress;
            progress.category = Some(*category);
            progress.vehicle_id = facts.vehicle_id;
            progress.sources.clone_from(&sources);
            progress.facts_fetched_at = fetched_at;
            progress.prompt_id = Some(choice.prompt.id);
            progress.prompt_version = Some(choice.version.number);
            progress.exposure_id = Some(choice.exposure_id);
            progress.text_hash = Some(hash.clone());
            Ok(())
        })
        .await
    }

    async fn generate(&mut self, input: &SagaInput, prepared: Prepared) -> Result<Next, Halt> {
        let request = GenerateRequest {
            response_id: Some(self.order.id.cast()),
            prompt: prepared.text,
            question: input.question.clone(),
            prompt_id: Some(prepared.choice.prompt.id),
            prompt_version: Some(prepared.choice.version.number),
            exposure_id: Some(prepared.choice.exposure_id),
            category: Some(prepared.category),
            vehicle_id: prepared.facts.vehicle_id,
            record: prepared.facts.record,
            groundwork: prepared.groundwork,
            provider: input.provider.clone(),
            model: None,
            fallback: true,
            session_id: input.session_id.clone(),
        };
        let (ai, owner) = (self.orders.ports.ai.clone(), self.owner());
        let mut tries = 1;
        let error = loop {
            match ai.generate(&owner, request.clone()).await {
                Ok(answer) => return self.answered(answer).await,
                Err(error @ Error::Model { .. }) => return self.fail(Failure::of("generate", &error)).await,
                Err(error) if error.is_retryable() && tries < self.orders.options.step_attempts => tries += 1,
                Err(error) => break error,
            }
        };
        // The answer may be stored though we were not told so.
        match self.stored_answer().await {
            Ok(Some(answer)) => self.answered(answer).await,
            Ok(None) => self.fail(Failure::of("generate", &error)).await,
            Err(_) => self.wait().await,
        }
    }

    /// DELIVERED with this answer; or the failure that is stored in its place.
    async fn answered(&mut self, answer: AiResponse) -> Result<Next, Halt> {
        if !answer.success {
            let (code, detail) = answer.error.map_or_else(
                || ("provider_unavailable".to_owned(), "no provider answered".to_owned()),
                |error| (error.code, error.detail),
            );
            let failure = Failure { response_id: Some(answer.id), ..Failure::new(&code, detail) };
            return self.fail(failure).await;
        }
        let (response, prompt, provider) = (answer.id, answer.prompt_id, answer.provider.clone());
        self.commit(Changes::new(), move |draft| {
            let saga = draft.saga()?;
            saga.progress.provider = Some(provider.clone());
            let prompt = saga.progress.prompt_id.or(prompt);
            saga.finish();
            draft.order.response_id = Some(response);
            draft.order.prompt_id = prompt;
            draft.move_to(OrderStatus::Delivered, PaymentStatus::Paid, Mover::System, None)
        })
        .await?;
        self.advice = Some(answer);
        Ok(Next::Go)
    }
}
