//! What an operator does on the command line, and what a start leaves on the disk.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Output, time::Duration};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
    time::{Instant, timeout},
};

use super::support::{End, Home, PATIENCE, Server};
use crate::orders_support::Call;

async fn run(home: &Home, arguments: &[&str]) -> Output {
    output(home.command(), arguments).await
}

pub(super) async fn output(mut command: Command, arguments: &[&str]) -> Output {
    command.args(arguments);
    timeout(PATIENCE, command.output()).await.expect("it ends in time").unwrap()
}

pub(super) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn wrong_settings_are_refused_alike_by_check_and_by_serve_and_nothing_is_made() {
    let home = Home::new();
    for (name, value, says) in [
        ("DRIVEEVER_ADMIN_PASSWORD", "short", "must have at least 15 characters"),
        ("DRIVEEVER_ADMIN_EMAIL", "nobody", "must be an e-mail address"),
        ("DRIVEEVER_LOG", "lower=loud", "must be a log filter"),
        ("DRIVEEVER_VEHICLES_DIR", "no/such/folder", "must be a folder"),
        ("DRIVEEVER_TOKEN_ISSUER", "", "must be a name"),
        ("DRIVEEVER_HEAD_TIMEOUT", "0", "takes seconds"),
        ("DRIVEEVER_MAX_CONNECTIONS", "many", "takes connections"),
        ("DRIVEEVER_PASSWORD_HASHES", "0", "takes hashes"),
        ("OPENAI_BASE_URL", "notaurl", "takes an http or https address"),
        ("DRIVEEVER_OUTCOMES_PER_MINUTE", "0", "takes a whole number from 1"),
        ("DRIVEEVER_REQUESTS_PER_MINUTE", "4294967296", "takes a whole number from 1 to 4294967295"),
        ("DATABASE_URL", "sqlite::memory:", "takes sqlite:PATH or memory:"),
    ] {
        for arguments in [&["check"][..], &["serve"], &[]] {
            let mut command = home.command();
            command.env(name, value);
            let refused = output(command, arguments).await;
            assert_eq!(refused.status.code(), Some(2), "{name} {arguments:?}: {}", said(&refused));
            assert!(
                said(&refused).contains(&format!("{name} has")) && said(&refused).contains(says),
                "{}",
                said(&refused)
            );
        }
    }
    assert_eq!(names_in(&home.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_check_looks_and_makes_nothing() {
    let home = Home::new();
    let data = home.path().join("not/yet");
    let mut command = home.command();
    command.env("DRIVEEVER_DATA_DIR", &data).env("DVLA_API_KEY", "k3y");
    let fresh = output(command, &["check", "--json"]).await;
    assert!(fresh.status.success(), "{}", said(&fresh));
    let fresh: Value = serde_json::from_slice(&fresh.stdout).unwrap();
    assert!(fresh["store"].as_str().unwrap().contains("is not there yet"), "{fresh}");
    assert!(fresh["warnings"].to_string().contains("the DVSA is not asked"), "{fresh}");
    assert_eq!(names_in(&home.path()), Vec::<String>::new());

    let stopped = home.start().await;
    stopped.terminate().await;
    check_leaves_it(&home).await;
    let killed = home.start().await;
    killed.kill().await;
    check_leaves_it(&home).await;
    fs::write(home.database(), "this is a letter and no database; it is long enough to be taken for one").unwrap();
    let damaged = run(&home, &["check"]).await;
    assert_eq!((damaged.status.code(), said(&damaged).contains("no SQLite database")), (Some(1), true));
}

#[tokio::test]
async fn what_is_no_database_is_told_as_that_and_a_lost_one_is_missed() {
    let home = Home::new();
    fs::write(home.database(), "this is a letter and no database; it is long enough to be taken for one").unwrap();
    let refused = run(&home, &["check"]).await;
    assert!(said(&refused).contains("no SQLite database"), "{}", said(&refused));
    fs::remove_file(home.database()).unwrap();
    home.start().await.terminate().await;
    fs::remove_file(home.database()).unwrap();
    let found = run(&home, &["check"]).await;
    assert!(String::from_utf8_lossy(&found.stdout).contains("though a master key is"));
    let server = home.start().await;
    assert!(server.said().contains("there is a master key and no database"), "{}", server.said());
    server.terminate().await;
}

#[tokio::test]
async fn a_taken_port_does_not_cost_the_first_password() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = home.command();
    command.env_remove("DRIVEEVER_ADMIN_PASSWORD");
    command.env("DRIVEEVER_PORT", taken.local_addr().unwrap().port().to_string());
    let refused = output(command, &["serve"]).await;
    assert!(said(&refused).contains("cannot listen on"), "{}", said(&refused));
    assert!(!String::from_utf8_lossy(&refused.stdout).contains("password"));
    drop(taken);
    let mut command = home.command();
    command.env_remove("DRIVEEVER_ADMIN_PASSWORD").stdout(std::process::Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let first = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    assert!(first.contains("the password, shown only now"), "{first}");
    server.kill().await.unwrap();
}

#[tokio::test]
async fn wrong_arguments_are_told_by_the_exit_code() {
    let home = Home::new();
    for arguments in [&["ask", "--demo", ""][..], &["ask", "--demo", "Is it safe?", "--registration", "!!"]] {
        let refused = run(&home, arguments).await;
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    }
}

async fn check_leaves_it(home: &Home) {
    let files = || names_in(&home.path()).into_iter().map(|name| (fs::read(home.path().join(&name)).unwrap(), name));
    // The index of the write-ahead log is memory that SQLite shares, locks included, and no content.
    let content = || files().filter(|(_, name)| !name.ends_with("-shm")).collect::<Vec<_>>();
    let before = content();
    let found = run(home, &["check"]).await;
    assert!(found.status.success(), "{}", said(&found));
    assert!(String::from_utf8_lossy(&found.stdout).contains("driveever.db answers"));
    // Not `assert_eq`: a database is no message.
    assert!(content() == before, "{:?}", names_in(&home.path()));
}

#[tokio::test]
async fn what_a_server_keeps_is_for_its_own_user_alone() {
    let home = Home::new();
    let data = home.path().join("data");
    let mut command = home.command();
    command.env("DRIVEEVER_DATA_DIR", &data);
    let server = Server::start(command).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files = names_in(&data);
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        assert_eq!(mode(&data.join(&file)), 0o600, "{file}");
    }
    server.terminate().await;
}

#[tokio::test]
async fn a_database_without_its_key_is_not_served() {
    let home = Home::new();
    let server = home.start().await;
    server.admin().await;
    server.terminate().await;
    let key = home.path().join("master.key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let Err(End { status, said: why }) = Server::try_start(home.command()).await else { panic!("it started") };
    assert_eq!(status.code(), Some(1), "{why}");
    assert!(why.contains("master.key is missing") && why.contains("backup"), "{why}");
    let checked = run(&home, &["check"]).await;
    assert_eq!((checked.status.code(), said(&checked).contains("master.key is missing")), (Some(1), true));
    assert!(!key.exists(), "no new one is made in its place");
    let other = Home::new();
    other.start().await.terminate().await;
    fs::copy(other.path().join("master.key"), &key).unwrap();
    let Err(End { status, said: why }) = Server::try_start(home.command()).await else { panic!("it started") };
    assert_eq!(status.code(), Some(1), "{why}");
    assert!(why.contains("is not the one that this database's keys are sealed with"), "{why}");
    fs::write(&key, kept).unwrap();
    home.start().await.terminate().await;
}

#[tokio::test]
async fn whoever_stops_reading_ends_a_command_quietly() {
    let home = Home::new();
    let mut command = home.command();
    let mut child = command.arg("openapi").spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).await.unwrap();
    drop(out);
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
    let status = timeout(PATIENCE, child.wait()).await.expect("it ends in time").unwrap();
    assert!(status.success() && errors.is_empty(), "{status} {errors}");
}

#[tokio::test]
async fn commands_speak_to_programs_too() {
    let home = Home::new();
    let json = async |arguments: &[&str]| {
        let done = run(&home, arguments).await;
        assert!(done.status.success(), "{arguments:?} {}", said(&done));
        let text = String::from_utf8(done.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect::<Vec<Value>>()
    };
    let seeded = json(&["seed", "--json"]).await;
    assert!(seeded[0]["created"].as_u64().unwrap() > 9 && seeded[0]["kept"] == 0, "{seeded:?}");
    let events = json(&["events", "list", "--json", "--limit", "3"]).await;
    assert_eq!((events.len(), &events[0]["actor"]), (3, &json!("system")));
    assert!(events.iter().all(|event| event["type"].is_string() && event["body"].is_object()), "{events:?}");
    assert!(json(&["events", "parked", "--json"]).await.is_empty());
    assert_eq!(json(&["rebuild-analytics", "--compare", "--json"]).await[0]["differing"], 0);
}

#[tokio::test]
async fn a_mistyped_registration_is_met_with_what_may_have_been_meant() {
    let home = Home::new();
    let asked = run(&home, &["ask", "Is it safe?", "--registration", "ABI9 ABC"]).await;
    assert_eq!(asked.status.code(), Some(2));
    assert!(said(&asked).trim_end().ends_with("did you mean AB19 ABC?"), "{}", said(&asked));
}

/// What a process holds in memory, in MiB.
#[cfg(target_os = "linux")]
fn resident(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid().as_raw_nonzero())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn log_ins_do_not_make_the_server_grow() {
    let home = Home::new();
    let mut command = home.command();
    command.env("DRIVEEVER_PASSWORD_HASHES", "2").env("DRIVEEVER_PASSWORD_WAIT", "60");
    let server = Server::start(command).await;
    let (client, before) = (server.client(), resident(&server));
    let clients = (0..24).map(|number| {
        let client = client.clone();
        async move {
            for _ in 0..4 {
                let body = json!({ "email": format!("nobody-{number}@example.org"), "password": "wrong on purpose" });
                let answer = client.send(Call::post("/api/auth/login").json(&body)).await.unwrap();
                assert_eq!(answer.code(401), "invalid_credentials");
            }
        }
    });
    join_all(clients).await;
    let grown = resident(&server).saturating_sub(before);
    // Two memories of 19 MiB, and what connections and threads take; without sharing it was 440.
    assert!(grown < 150, "{grown} MiB more than {before}");
    server.terminate().await;
}

#[tokio::test]
async fn a_payment_that_is_known_late_is_waited_for() {
    let (home, user) = Home::with_user().await;
    let mut command = home.command();
    command.env("DRIVEEVER_ORDER_WAIT", "40");
    let server = Server::start(command).await;
    let began = Instant::now();
    let body = json!({ "question": "What does a clutch cost?", "metadata": { "paymentTest": "delay" } });
    let order = server.post(&user, "/api/orders", &body).await.expect(201);
    assert_eq!((&order["status"], order["advice"].is_object()), (&json!("DELIVERED"), true));
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(20), "{took:?}");
    server.terminate().await;
}
