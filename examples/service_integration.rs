//! The services together, the whole way of a driver: an account, a session, a vehicle, a question, the order that pays for
//! the answer, a rating, and what follows from the events: a notification, the prompt's record, statistics, an export.
//!
//! An application that has users of its own leaves `login` out, makes a [`RequestContext`] for whom it let in, and goes on
//! from the vehicle: see `ask.rs`.
//!
//! `cargo run --example service_integration --features auth`
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::Arc;

use driveever::{
    Accounts, DriveEver, Login,
    auth::{Argon2Options, KeyEncryptionKey},
    core::{
        Error, RequestContext,
        ai::NewFeedback,
        order::{NewOrder, OrderDetails},
        page::PageRequest,
        secrecy::{ExposeSecret as _, SecretString},
        time::SystemClock,
        user::{self, AccountService as _, AuthService as _, Client, NewUser, PrivacyService as _, UserOptions},
        vehicle::NewVehicle,
    },
    providers::vehicle_files::DemonstrationVehicles,
};

const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "nine tall horses cross a river";

#[tokio::main]
async fn main() -> Result<(), Error> {
    // A server keeps this key in a file (`KeyEncryptionKey::load_or_create`): sessions end with it.
    let key = KeyEncryptionKey::generate().map_err(Error::internal)?;
    let app = DriveEver::builder()
        .vehicle_source(Arc::new(DemonstrationVehicles::new(Arc::new(SystemClock))))
        .login(Login::new(key, Argon2Options::default(), UserOptions::default())?)
        .build()?;
    let seeded = app.prepare().await?;
    println!("golden library: {} prompts", seeded.created.len());

    let accounts = app.accounts().ok_or_else(|| Error::internal("login was set"))?;
    let driver = let_in(accounts).await?;
    let order = ask(&app, &driver).await?;
    rate(&app, &driver, &order).await?;
    what_followed(&app, &driver).await?;

    let export = accounts.privacy.export(&driver, order.order.user_id).await?;
    let contexts: Vec<_> = export.as_object().into_iter().flat_map(|parts| parts.keys()).collect();
    println!("an export of everything kept about {EMAIL} has {contexts:?}");
    Ok(())
}

/// Registers and logs in; the request context comes from the access token, as in a server's middleware.
async fn let_in(accounts: &Accounts) -> Result<RequestContext, Error> {
    let (nobody, client) = (RequestContext::anonymous("request-1"), Client::default());
    let password = SecretString::from(PASSWORD);
    let new = NewUser { email: EMAIL.into(), password: password.clone(), name: "Ann".into() };
    accounts.users.register(&nobody, new, &client).await?;
    let wrong = user::Login { email: EMAIL.into(), password: SecretString::from("a guess") };
    if let Err(error) = accounts.users.login(&nobody, wrong, &client).await {
        println!("a guess: {error}");
    }
    let tokens = accounts.users.login(&nobody, user::Login { email: EMAIL.into(), password }, &client).await?;
    let identity = accounts.authenticator.authenticate(tokens.access_token.expose_secret()).await?;
    println!("logged in for {} s", tokens.expires_in.as_secs());
    Ok(identity.request("request-2"))
}

/// Adds a vehicle and asks about it: the order comes back paid and delivered, with its answer.
async fn ask(app: &DriveEver, driver: &RequestContext) -> Result<OrderDetails, Error> {
    let vehicle =
        app.garage().add(driver, NewVehicle { registration_number: "L2 WPS".into(), ..NewVehicle::default() }).await?;
    let report = app.garage().report(driver, vehicle.id).await?;
    println!("{}: {} findings in its report", vehicle.registration_number, report.findings.len());

    let question = "Is my car safe to drive with these advisories?".to_owned();
    let new = NewOrder { question: Some(question), vehicle_id: Some(vehicle.id), ..NewOrder::default() };
    let order = app.orders().place(driver, new).await?;
    for step in app.orders().history(driver, order.order.id).await? {
        println!("  order {} ({})", step.to_status, step.payment_status);
    }
    Ok(order)
}

/// Shows the answer and rates it.
async fn rate(app: &DriveEver, driver: &RequestContext, order: &OrderDetails) -> Result<(), Error> {
    let answer = order.advice.as_ref().ok_or_else(|| Error::internal("a delivered order has an answer"))?;
    println!("{} by {}:\n\n{}\n", order.order.total(), answer.provider, answer.answer);
    app.ai().give_feedback(driver, answer.id, NewFeedback { rating: 5, ..NewFeedback::default() }).await?;
    Ok(())
}

/// Hands the events over, which a server's background work does all the time, and reads what they led to.
async fn what_followed(app: &DriveEver, driver: &RequestContext) -> Result<(), Error> {
    println!("{} events handed over", app.settle().await?);
    for notification in app.notifications().notifications(driver, Some(true), &PageRequest::default()).await?.data() {
        println!("  notified: {} ({})", notification.title, notification.kind);
    }
    // Statistics want the role `analyst`; the system has every role.
    let overview = app.analytics().overview(&RequestContext::system("request-3")).await?;
    println!(
        "  statistics: {} questions, {} answers, average rating {:?}, revenue {:?}",
        overview.questions,
        overview.answers,
        overview.average_rating(),
        overview.revenue()
    );
    Ok(())
}
