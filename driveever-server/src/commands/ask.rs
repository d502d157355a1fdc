//! `ask`: the main road from the command line.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use driveever::{
    Question,
    core::{
        Error, RequestContext, Role,
        ai::AiResponse,
        order::OrderDetails,
        prompt::{
            ExposureId, GoldenChoice, GoldenRequest, Outcome, PromptCategory, PromptId, PromptService, Rendered,
            VariableValues,
        },
        user::UserId,
    },
};
use uuid::Uuid;

use super::{CommandError, config_of, output};
use crate::{
    cli::Settings,
    wiring::{Callers, Wired},
};

/// Who asks on the command line: an account of the store's own, which nobody can log in to.
const CONSOLE_USER: UserId = UserId::new(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_c0de));

/// What the prompt service chose on the road of this question; the last choice, when it was asked again.
#[derive(Default)]
struct Choices(Mutex<Option<GoldenChoice>>);

impl Choices {
    fn last(&self) -> Option<GoldenChoice> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A prompt service that notes its choices: an order keeps which prompt was chosen, and only the choice says why.
struct Witness {
    inner: Arc<dyn PromptService>,
    choices: Arc<Choices>,
}

#[async_trait]
impl PromptService for Witness {
    async fn golden(&self, request: &RequestContext, golden: GoldenRequest) -> Result<GoldenChoice, Error> {
        let choice = self.inner.golden(request, golden).await?;
        *self.choices.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(choice.clone());
        Ok(choice)
    }

    async fn render(
        &self,
        request: &RequestContext,
        prompt: PromptId,
        version_number: u32,
        values: &VariableValues,
    ) -> Result<Rendered, Error> {
        self.inner.render(request, prompt, version_number, values).await
    }

    async fn withdraw(&self, request: &RequestContext, exposure: ExposureId) -> Result<(), Error> {
        self.inner.withdraw(request, exposure).await
    }

    async fn record_outcome(
        &self,
        request: &RequestContext,
        exposure: ExposureId,
        outcome: Outcome,
    ) -> Result<(), Error> {
        self.inner.record_outcome(request, exposure, outcome).await
    }
}

pub(super) async fn ask(
    settings: Settings,
    text: String,
    registration: Option<String>,
    category: Option<PromptCategory>,
    json: bool,
) -> Result<(), CommandError> {
    let choices = Arc::new(Choices::default());
    let witness = choices.clone();
    let config = config_of(&settings)?;
    let wired = Wired::open_with(&config, Callers::Operator, |builder| {
        builder.wrap_prompts(move |inner| Arc::new(Witness { inner, choices: witness }))
    });
    let wired = wired.await?;
    let app = &wired.app;
    app.prepare().await?;
    let request_id = app.ids().uuid().to_string();
    let request = RequestContext::user(CONSOLE_USER, request_id).with_roles([Role::User, Role::Admin]);
    let question = Question { text, registration, category, provider: None };
    let outcome = app.ask(&request, question).await;
    // What a server's background work would do: statistics, notifications, the prompt's record.
    app.settle().await?;
    let told = Told { details: outcome?, choice: choices.last() };
    let printed = if json { told.print_json() } else { told.print_text().map_err(Into::into) };
    wired.close().await;
    printed
}

/// What the asker is told.
struct Told {
    details: OrderDetails,
    choice: Option<GoldenChoice>,
}

impl Told {
    fn print_json(&self) -> Result<(), CommandError> {
        let (order, advice) = (&self.details.order, self.details.advice.as_ref());
        let object = serde_json::json!({
            "orderId": order.id,
            "status": order.status,
            "totalAmount": order.total_minor,
            "currency": order.currency.code(),
            "answer": advice.map(|advice| &advice.answer),
            "provider": advice.map(|advice| &advice.provider),
            "model": advice.map(|advice| &advice.model),
            "responseTime": advice.map(|advice| advice.response_time_ms),
            "cost": advice.and_then(|advice| advice.cost.as_ref()).map(|cost| serde_json::json!({
                "amountMicros": cost.amount_micros, "currency": cost.currency.code(),
            })),
            "sources": advice.map(|advice| &advice.sources),
            "category": advice.and_then(|advice| advice.category),
            "prompt": self.choice.as_ref().map(|choice| serde_json::json!({
                "id": choice.prompt.id,
                "name": choice.prompt.name,
                "version": choice.version.version.to_string(),
                "versionNumber": choice.version.number,
                "reason": &*choice.reason,
                "exposureId": choice.exposure_id,
            })),
        });
        let text = serde_json::to_string_pretty(&object).map_err(|error| CommandError::Other(error.to_string()))?;
        output::line(text)?;
        Ok(())
    }

    fn print_text(&self) -> io::Result<()> {
        let order = &self.details.order;
        let Some(advice) = &self.details.advice else {
            output::line(format_args!("order {} is {}; there is no answer yet", order.id, order.status))?;
            return Ok(());
        };
        output::line(format_args!("{}\n", advice.answer.trim_end()))?;
        output::line("---")?;
        if let Some(category) = advice.category {
            output::line(format_args!("category: {category}"))?;
        }
        if let Some(GoldenChoice { prompt, version, reason, .. }) = &self.choice {
            output::line(format_args!(
                "prompt:   {}, version {} (number {})",
                prompt.name, version.version, version.number
            ))?;
            output::line(format_args!("why:      {reason}"))?;
        }
        output::line(format_args!("provider: {} ({}), {} ms", advice.provider, advice.model, advice.response_time_ms))?;
        output::line(format_args!("cost:     {}", cost_of(advice)))?;
        output::line(format_args!("order:    {} {}, {}", order.id, order.status, order.total()))
    }
}

/// What the model cost, in the currency's major unit.
fn cost_of(advice: &AiResponse) -> String {
    advice.cost.as_ref().map_or_else(
        || "not known".to_owned(),
        |cost| {
            let (sign, micros) = (if cost.amount_micros < 0 { "-" } else { "" }, cost.amount_micros.unsigned_abs());
            format!("{sign}{}.{:06} {}", micros / 1_000_000, micros % 1_000_000, cost.currency.code())
        },
    )
}
