//! `ask`: the main road from the command line.

use driveever::{
    Question,
    core::{
        RequestContext, Role,
        order::OrderDetails,
        prompt::{PromptCategory, PromptDetails},
        user::UserId,
    },
};
use uuid::Uuid;

use super::{CommandError, open};
use crate::cli::Settings;

/// Who asks on the command line: an account of the store's own, which nobody can log in to.
const CONSOLE_USER: UserId = UserId::new(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_c0de));

pub(super) async fn ask(
    settings: Settings,
    text: String,
    registration: Option<String>,
    category: Option<PromptCategory>,
    json: bool,
) -> Result<(), CommandError> {
    let (_, wired) = open(&settings).await?;
    let app = &wired.app;
    app.prepare().await?;
    let request_id = app.ids().uuid().to_string();
    let request = RequestContext::user(CONSOLE_USER, request_id).with_roles([Role::User, Role::Admin]);
    let question = Question { text, registration, category, provider: None };
    let outcome = app.ask(&request, question).await;
    // What a server's background work would do: statistics, notifications, the prompt's record.
    app.settle().await?;
    let details = outcome?;
    let prompt = match details.order.prompt_id {
        Some(id) => Some(app.library().get(&request, id).await?),
        None => None,
    };
    if json {
        print_json(&details, prompt.as_ref())?;
    } else {
        print_text(&details, prompt.as_ref());
    }
    wired.close().await;
    Ok(())
}

fn print_json(details: &OrderDetails, prompt: Option<&PromptDetails>) -> Result<(), CommandError> {
    let advice = details.advice.as_ref();
    let object = serde_json::json!({
        "orderId": details.order.id,
        "status": details.order.status,
        "totalAmount": details.order.total_minor,
        "currency": details.order.currency.code(),
        "answer": advice.map(|advice| &advice.answer),
        "provider": advice.map(|advice| &advice.provider),
        "model": advice.map(|advice| &advice.model),
        "responseTime": advice.map(|advice| advice.response_time_ms),
        "cost": advice.and_then(|advice| advice.cost),
        "sources": advice.map(|advice| &advice.sources),
        "category": advice.and_then(|advice| advice.category),
        "prompt": prompt.map(|prompt| serde_json::json!({
            "id": prompt.prompt.id, "name": prompt.prompt.name,
            "version": advice.and_then(|advice| advice.prompt_version),
        })),
    });
    let text = serde_json::to_string_pretty(&object).map_err(|error| CommandError::Other(error.to_string()))?;
    println!("{text}");
    Ok(())
}

fn print_text(details: &OrderDetails, prompt: Option<&PromptDetails>) {
    let order = &details.order;
    let Some(advice) = &details.advice else {
        println!("order {} is {}; there is no answer yet", order.id, order.status);
        return;
    };
    println!("{}\n", advice.answer.trim_end());
    println!("---");
    if let Some(prompt) = prompt {
        let version = advice.prompt_version.unwrap_or(prompt.prompt.latest_version);
        println!("prompt:   {} version {version}", prompt.prompt.name);
    }
    if let Some(category) = advice.category {
        println!("category: {category}");
    }
    println!("provider: {} ({}), {} ms", advice.provider, advice.model, advice.response_time_ms);
    let cost = advice.cost.map_or_else(
        || "not known".to_owned(),
        |cost| format!("{} millionths of {}", cost.amount_micros, cost.currency.code()),
    );
    println!("model cost: {cost}");
    println!("order:    {} {}, {}", order.id, order.status, order.total());
}
