//! What is measured.

use std::{path::Path, sync::Arc};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    Fault, Load,
    driver::{Call, Http, drive},
    fill,
    report::Report,
    server::{Server, free_port},
};

const EMAIL: &str = "load@example.org";
const PASSWORD: &str = "a long passphrase for the load harness";

/// Runs the scenarios asked for.
pub(crate) async fn run(load: &Load) -> Result<(), Fault> {
    let folder = tempfile::tempdir()?;
    let mut server = start(load, folder.path()).await?;
    println!("start to healthy on an empty folder: {:?}", server.startup);
    let wanted = |name: &str| load.scenarios.is_empty() || load.scenarios.iter().any(|scenario| scenario == name);
    if wanted("get-prompt") || wanted("page") {
        let token = login(&server.http, EMAIL).await?;
        let prompt = make_prompt(&server.http, &token).await?;
        if load.store == "sqlite" {
            server.stop().await?;
            fill::copy(&folder.path().join("driveever.db"), &prompt, load.prompts.saturating_sub(1)).await?;
            server = start(load, folder.path()).await?;
            println!("start to healthy with {} prompts: {:?}", load.prompts, server.startup);
        }
        compare(load, folder.path(), &server, &token, &prompt, &wanted).await?;
    }
    if wanted("road") {
        let drivers = drivers(&server.http, load.users).await?;
        let call = |number: u64| road(&drivers, number);
        measure(load, "road", &server, call).await?.print();
    }
    server.stop().await?;
    let again = start(load, folder.path()).await?;
    println!("start to healthy on what the load left: {:?}, {} MB", again.startup, again.usage()?.memory / 1_000_000);
    again.stop().await
}

/// The same reads through the server and through the bare handler, one after the other on one file.
async fn compare(
    load: &Load,
    folder: &Path,
    server: &Server,
    token: &Arc<str>,
    prompt: &str,
    wanted: &impl Fn(&str) -> bool,
) -> Result<(), Fault> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare").arg(folder.join("driveever.db")).arg(port.to_string());
    let bare = if load.store == "sqlite" { Some(Server::start(command, port, "/prompts").await?) } else { None };
    for (name, path) in [("get-prompt", format!("/prompts/{prompt}")), ("page", "/prompts?limit=20".to_owned())] {
        if !wanted(name) {
            continue;
        }
        let call = |_| Call { method: "GET", path: format!("/api{path}"), token: Some(token.clone()), body: None };
        let ours = measure(load, name, server, call).await?;
        ours.print();
        if let Some(bare) = &bare {
            let call = |_| Call { method: "GET", path: path.clone(), token: None, body: None };
            let theirs = measure(load, &format!("{name}, bare axum+sqlx"), bare, call).await?;
            theirs.print();
            println!(
                "{name}: {:.2} of the bare handler per CPU second",
                ours.per_cpu_second() / theirs.per_cpu_second()
            );
        }
    }
    Ok(())
}

async fn measure(load: &Load, name: &str, server: &Server, call: impl Fn(u64) -> Call) -> Result<Report, Fault> {
    let before = server.usage()?;
    let measured = drive(&server.http, load.rate, load.duration(), load.connections, call).await;
    let after = server.usage()?;
    // The usage covers the warm-up too, a fifth more than what is counted.
    let counted = after.cpu.saturating_sub(before.cpu).mul_f64(5.0 / 6.0);
    let after = crate::server::Usage { cpu: before.cpu + counted, ..after };
    Ok(Report { name: name.to_owned(), measured, seconds: load.duration().as_secs_f64(), before, after })
}

async fn start(load: &Load, folder: &Path) -> Result<Server, Fault> {
    let port = free_port()?;
    let store = if load.store == "memory" {
        "memory:".to_owned()
    } else {
        format!("sqlite:{}", folder.join("driveever.db").display())
    };
    let mut command = Command::new(&load.server);
    command
        .arg("serve")
        .arg("--demo")
        .env("DRIVEEVER_PORT", port.to_string())
        .env("DRIVEEVER_DATA_DIR", folder)
        .env("DATABASE_URL", store)
        .env("DRIVEEVER_RATE_LIMIT", "off")
        .env("DRIVEEVER_LOG", "warn")
        .env("DRIVEEVER_ACCESS_TOKEN_LIFE", "3600")
        .env("DRIVEEVER_ADMIN_EMAIL", EMAIL)
        .env("DRIVEEVER_ADMIN_PASSWORD", PASSWORD);
    Server::start(command, port, "/api/health/ready").await
}

/// Users who ask, registered and logged in.
async fn drivers(http: &Http, users: u32) -> Result<Vec<Arc<str>>, Fault> {
    let mut tokens = Vec::new();
    for number in 0..users.max(1) {
        let email = format!("driver-{number}@example.org");
        let body = json!({ "email": email, "password": PASSWORD, "name": "A driver" }).to_string();
        let call = Call { method: "POST", path: "/api/users/register".into(), token: None, body: Some(body) };
        let (status, answer) = http.send(&call).await?;
        if status >= 300 {
            return Err(format!("no registration: {status} {}", String::from_utf8_lossy(&answer)).into());
        }
        tokens.push(login(http, &email).await?);
    }
    Ok(tokens)
}

async fn login(http: &Http, email: &str) -> Result<Arc<str>, Fault> {
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    let call = Call { method: "POST", path: "/api/auth/login".into(), token: None, body: Some(body) };
    let (status, answer) = http.send(&call).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let token = answer.get("accessToken").and_then(Value::as_str);
    token.map(Into::into).ok_or_else(|| format!("no login: {status} {answer}").into())
}

/// Makes a prompt; gives its id.
async fn make_prompt(http: &Http, token: &Arc<str>) -> Result<String, Fault> {
    let body = json!({
        "name": "load", "description": "Made by the load harness.", "category": "general_inquiry",
        "template": "Answer the driver: {{question}}", "expectedOutput": "An answer.", "tags": ["load"],
        "variables": [{ "name": "question", "type": "text", "required": true }],
    });
    let path = "/api/prompts".to_owned();
    let call = Call { method: "POST", path, token: Some(token.clone()), body: Some(body.to_string()) };
    let (status, answer) = http.send(&call).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let id = answer.get("id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| format!("no prompt: {status} {answer}").into())
}

/// The main road: a question of one of the drivers about one of the demonstration vehicles.
fn road(drivers: &[Arc<str>], number: u64) -> Call {
    const QUESTIONS: [&str; 4] = [
        "Is my car safe to drive with these advisories?",
        "When is my MOT due and can I renew it early?",
        "How much is the tax on this car now?",
        "What should I check before I sell it?",
    ];
    const REGISTRATIONS: [&str; 3] = ["L2WPS", "AA19MOT", "AA19SRN"];
    let pick = |length: usize| usize::try_from(number).unwrap_or(0) % length;
    let question = QUESTIONS.get(pick(QUESTIONS.len())).copied().unwrap_or_default();
    let registration = REGISTRATIONS.get(pick(REGISTRATIONS.len())).copied().unwrap_or_default();
    let body = json!({ "question": question, "registrationNumber": registration }).to_string();
    let token = drivers.get(pick(drivers.len())).cloned();
    Call { method: "POST", path: "/api/orders".into(), token, body: Some(body) }
}
