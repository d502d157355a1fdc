//! Starting on what is no good database, and what happens to one while a server works on it.

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use rustix::process::geteuid;
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    support::{End, Home, Server, User, eventually},
    truth::Truth,
};
use crate::orders_support::Call;

/// Nobody, on every system.
const NOBODY: u32 = 65_534;

/// What a server that does not start says; its exit code is that of failures.
async fn refusal(home: &Home) -> String {
    refusal_of(home.command()).await
}

async fn refusal_of(command: tokio::process::Command) -> String {
    let Err(End { status, said }) = Server::try_start(command).await else { panic!("it started") };
    assert_eq!(status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("driveever-server: ") && said.lines().count() == 1, "one clear line: {said}");
    last
}

#[track_caller]
fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` in {said}");
    }
}

/// A database with an order in it, and what it is.
async fn with_an_order() -> (Home, User, String) {
    let home = Home::new();
    let server = home.start().await;
    let user = server.user("ann@example.org").await;
    let order = question(&server, &user).await.expect(201);
    server.terminate().await;
    (home, user, order["id"].as_str().unwrap().to_owned())
}

async fn question(server: &Server, user: &User) -> crate::orders_support::Answer {
    server.post(user, "/api/orders", &json!({ "question": "Is it safe to drive with a worn tyre?" })).await
}

async fn sql(path: &Path, sql: &str) {
    let mut connection: SqliteConnection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    connection.close().await.unwrap();
}

/// What is done to a database, and what is said about it then.
type Spoil = (fn(&Path), &'static [&'static str]);

#[tokio::test]
async fn what_is_no_database_of_this_version_is_refused_and_left_alone() {
    let (template, user, id) = with_an_order().await;
    let spoil: [Spoil; 2] = [
        (
            |path| fs::write(path, "this is a letter and no database; it is long enough to be taken for one").unwrap(),
            &["no SQLite database"],
        ),
        (
            |path| {
                let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
                for page in (4..file.metadata().unwrap().len() / 4_096).step_by(2) {
                    file.seek(SeekFrom::Start(page * 4_096)).unwrap();
                    file.write_all(&[0xa5; 2_048]).unwrap();
                }
            },
            &["damaged", "restore a backup"],
        ),
    ];
    for (spoil, says) in spoil {
        let home = template.copy();
        spoil(&home.database());
        let before = fs::read(home.database()).unwrap();
        let said = refusal(&home).await;
        assert_says(&said, says);
        assert_says(&said, &["driveever.db"]);
        assert_eq!(fs::read(home.database()).unwrap(), before, "left as it was");
    }
    for (change, says) in [
        ("PRAGMA user_version = 999", "newer (version 999)"),
        ("UPDATE driveever_migrations SET checksum = 'x' WHERE version = 6", "migration 0006_order was changed"),
        ("DELETE FROM driveever_migrations WHERE version = 3", "not complete"),
        ("PRAGMA application_id = 7", "another program's database"),
    ] {
        let home = template.copy();
        sql(&home.database(), change).await;
        let before = fs::read(home.database()).unwrap();
        assert_says(&refusal(&home).await, &[says, "driveever.db"]);
        assert_eq!(fs::read(home.database()).unwrap(), before, "left as it was");
    }
    let server = template.start().await;
    server.get(&user, &format!("/api/orders/{id}")).await.expect(200);
    server.terminate().await;
}

#[tokio::test]
async fn folders_are_made_when_they_can_be() {
    let home = Home::new();
    let mut command = home.command();
    command.env("DRIVEEVER_DATA_DIR", home.path().join("not/yet/there"));
    Server::start(command).await.terminate().await;
    assert!(home.path().join("not/yet/there/driveever.db").is_file());

    fs::write(home.path().join("file"), "").unwrap();
    let mut command = home.command();
    command.env("DRIVEEVER_DATA_DIR", home.path().join("file/below"));
    assert_says(&refusal_of(command).await, &["the data folder", "file/below", "DRIVEEVER_DATA_DIR"]);
    let mut command = home.command();
    command.env("DATABASE_URL", format!("sqlite:{}", home.path().display()));
    assert_says(&refusal_of(command).await, &["cannot be opened", &home.path().display().to_string()]);
}

/// A command run by somebody who may not write what root may.
fn as_nobody(home: &Home) -> tokio::process::Command {
    if !geteuid().is_root() {
        return home.command();
    }
    // Nobody may not look into the folder that the binary is in.
    let binary = home.path().join("server");
    fs::copy(env!("CARGO_BIN_EXE_driveever-server"), &binary).unwrap();
    for entry in fs::read_dir(home.path()).unwrap() {
        let path = entry.unwrap().path();
        let mode = if path == binary { 0o755 } else { 0o666 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = home.command_of(&binary);
    command.uid(NOBODY).gid(NOBODY);
    command
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_refused() {
    let (home, user, id) = with_an_order().await;
    let command = as_nobody(&home);
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(home.database(), fs::Permissions::from_mode(0o444)).unwrap();
    let said = refusal_of(command).await;
    assert_says(&said, &["driveever.db", "read-only", "writable"]);

    // The file may be written, and nothing may be made beside it.
    fs::remove_file(home.path().join("driveever.db.lock")).unwrap();
    let command = as_nobody(&home);
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let said = refusal_of(command).await;
    assert_says(&said, &["driveever.db.lock", "make its folder writable"]);

    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(home.database(), fs::Permissions::from_mode(0o644)).unwrap();
    let server = home.start().await;
    server.get(&user, &format!("/api/orders/{id}")).await.expect(200);
    server.terminate().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused_and_commands_are_not() {
    let (home, user) = Home::with_user().await;
    let first = home.start().await;
    let said = refusal(&home).await;
    assert_says(&said, &["another server", &first.pid().as_raw_nonzero().to_string(), "driveever.db", "DATABASE_URL"]);
    let mut check = home.command();
    check.arg("check");
    let checked = check.output().await.unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let mut ask = home.command();
    ask.args(["ask", "--json", "How deep must my tyre tread be?"]);
    let asked = ask.output().await.unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let asked: Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!(asked["status"], "DELIVERED");
    question(&first, &user).await.expect(201);
    // However the first one ends, the next one may start.
    first.kill().await;
    let second = home.start().await;
    let truth = Truth::of(&home).await;
    truth.assert_sound("a server and a command").await;
    assert_eq!(truth.orders().await.len(), 2);
    truth.close().await;
    second.terminate().await;
}

#[tokio::test]
async fn a_database_that_another_process_locks_is_waited_for_and_then_refused() {
    let (home, _) = Home::with_user().await;
    let mut holder: SqliteConnection = SqliteConnectOptions::new().filename(home.database()).connect().await.unwrap();
    let locking = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE";
    holder.execute(sqlx::raw_sql(locking)).await.unwrap();
    assert_says(&refusal(&home).await, &["driveever.db", "locked by another process"]);
    holder.execute(sqlx::raw_sql("ROLLBACK; PRAGMA journal_mode = WAL")).await.unwrap();
    holder.close().await.unwrap();
    home.start().await.terminate().await;
}

#[tokio::test]
async fn no_room_for_a_database_is_said_at_the_start() {
    let home = Home::new();
    let binary = env!("CARGO_BIN_EXE_driveever-server");
    let mut command = home.command_of("/bin/sh".as_ref());
    // Without the signal a write that is too much fails, as on a full disk.
    command.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\"", binary]);
    assert_says(&refusal_of(command).await, &["driveever.db", "check the disk"]);
    home.start().await.terminate().await;
}

/// Lets a running server's files grow to so many bytes at most.
#[cfg(target_os = "linux")]
fn limit_files(server: &Server, bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(server.pid()), Resource::Fsize, limit).unwrap();
}

async fn assert_store_unavailable(server: &Server, user: &User) {
    let problem = question(server, user).await;
    assert!(problem.header("retry-after").is_some());
    assert_eq!(problem.code(503), "store_unavailable");
    assert_eq!(server.send(Call::get("/health/live")).await.unwrap().status, 204);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn on_a_full_disk_nothing_acknowledged_is_lost_and_the_server_goes_on_when_there_is_room() {
    let (home, user, id) = with_an_order().await;
    let mut command = home.command_of("/bin/sh".as_ref());
    command.args(["-c", "trap '' XFSZ; exec \"$0\"", env!("CARGO_BIN_EXE_driveever-server")]);
    let server = Server::start(command).await;
    let mut acknowledged = vec![id];
    let ids = |order: Value| order["id"].as_str().unwrap().to_owned();
    acknowledged.push(ids(question(&server, &user).await.expect(201)));
    // The write-ahead log may grow by a few pages: an order begins, and does not end.
    let log = fs::metadata(home.path().join("driveever.db-wal")).unwrap().len();
    limit_files(&server, Some(log + 30_000));
    let mut refused = 0;
    for number in 0..40 {
        let key = format!("order-{number}");
        let body = json!({ "question": "Is it safe to drive with a worn tyre?" });
        let call = Call::post("/api/orders").token(&user.token).header("idempotency-key", &key).json(&body);
        let answer = server.send(call).await.unwrap();
        match answer.status.as_u16() {
            201 => acknowledged.push(ids(answer.json())),
            503 => {
                assert!(answer.header("retry-after").is_some());
                refused += 1;
            }
            status => panic!("{status}: {:?}", answer.body),
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "it became full");
    assert_store_unavailable(&server, &user).await;
    for id in &acknowledged {
        server.get(&user, &format!("/api/orders/{id}")).await.expect(200);
    }
    limit_files(&server, None);
    eventually(async || {
        let answer = question(&server, &user).await;
        if answer.status == 201 { Ok(()) } else { Err(format!("{:?}", answer.body)) }
    })
    .await;
    server.kill().await;
    // What was begun and cut off is taken up by the next server.
    let server = home.start().await;
    let truth = Truth::of(&home).await;
    truth.at_rest().await;
    for id in &acknowledged {
        let order = truth.order(id).await.expect("acknowledged");
        assert!(order.response_id.is_some(), "{order:?}");
    }
    truth.close().await;
    server.terminate().await;
}

#[tokio::test]
async fn a_database_that_is_taken_away_is_noticed_and_works_again_when_it_is_back() {
    let (home, user, id) = with_an_order().await;
    let server = home.start().await;
    let away = home.path().join("away.db");
    fs::rename(home.database(), &away).unwrap();
    assert_store_unavailable(&server, &user).await;
    eventually(async || {
        let health = server.send(Call::get("/health/ready")).await.unwrap();
        if health.status == 503 { Ok(()) } else { Err("still ready".into()) }
    })
    .await;
    fs::rename(&away, home.database()).unwrap();
    question(&server, &user).await.expect(201);
    assert_eq!(server.send(Call::get("/health/ready")).await.unwrap().status, 200);
    server.get(&user, &format!("/api/orders/{id}")).await.expect(200);
    let truth = Truth::of(&home).await;
    truth.assert_sound("taken away and back").await;
    assert_eq!(truth.orders().await.len(), 2);
    truth.close().await;
    server.terminate().await;
}
