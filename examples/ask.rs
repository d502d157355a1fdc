//! The main road in ten lines: a question about a demonstration vehicle, answered offline, billed and rated.
//!
//! `cargo run --example ask`
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::Arc;

use driveever::{
    DriveEver, Question,
    core::{Error, RequestContext, ai::NewFeedback, id::Id, time::SystemClock},
    providers::vehicle_files::DemonstrationVehicles,
};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let source = Arc::new(DemonstrationVehicles::new(Arc::new(SystemClock)));
    let app = DriveEver::builder().vehicle_source(source).build()?;
    app.prepare().await?;

    let driver = RequestContext::user(Id::new(app.ids().uuid()), "request-1");
    let order =
        app.ask(&driver, Question::new("Is my car safe to drive with these advisories?").about("L2WPS")).await?;
    let answer = order.advice.ok_or_else(|| Error::internal("a delivered order has an answer"))?;
    println!("{}\n\n{} for {}", answer.answer, order.order.status, order.order.total());

    app.ai().give_feedback(&driver, answer.id, NewFeedback { rating: 5, ..NewFeedback::default() }).await?;
    // A server runs `app.background(..)`; here every event is handed over at once.
    app.settle().await?;
    let prompt = answer.prompt_id.ok_or_else(|| Error::internal("the answer names its prompt"))?;
    let record = app.library().performance(&driver, prompt).await?;
    println!(
        "uses of the prompt: {}, ratings: {}",
        record.iter().map(|version| version.uses).sum::<u64>(),
        record.iter().map(|version| version.ratings).sum::<u64>()
    );
    Ok(())
}
