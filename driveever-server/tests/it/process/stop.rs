//! Asked to stop, a server lets what it accepted come to its end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt, future::join_all};
use http_body_util::BodyExt;
use rustix::process::Signal;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{
    support::{Home, PATIENCE, Server, eventually},
    truth::Truth,
};
use crate::orders_support::Call;

#[tokio::test]
async fn connections_on_which_nothing_is_asked_do_not_hold_it() {
    let server = Home::new().start().await;
    let silent = TcpStream::connect(server.address()).await.unwrap();
    let mut idle = TcpStream::connect(server.address()).await.unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
    assert!(timeout(PATIENCE, idle.read_u8()).await.unwrap().is_ok());
    let signalled = Instant::now();
    server.terminate().await;
    assert!(signalled.elapsed() < Duration::from_secs(15), "at once, and not after the grace of 30 s");
    drop((silent, idle));
}

#[tokio::test]
async fn a_reader_of_the_log_who_goes_away_costs_the_lines_alone() {
    let home = Home::new();
    let (reader, log) = std::io::pipe().unwrap();
    let mut command = home.command();
    command.stderr(log).env("DRIVEEVER_LOG", "debug");
    drop(reader);
    let server = Server::start(command).await;
    let user = server.user("ann@example.org").await;
    server.get(&user, "/api/users/me").await.expect(200);
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_it_drains_and_streams_end() {
    let (home, user) = Home::with_user().await;
    let server = home.start().await;
    let client = server.client();
    let events = client.open(Call::get("/api/notifications/stream").token(&user.token)).await.unwrap();
    assert_eq!(events.status(), 200);
    let events = tokio::spawn(timeout(PATIENCE, events.into_body().collect()));
    let ticket = client.send(Call::post("/api/notifications/ws-ticket").token(&user.token)).await.unwrap();
    let ticket = ticket.expect(200)["ticket"].as_str().unwrap().to_owned();
    let place = format!("ws://{}/api/notifications/ws?ticket={ticket}", server.address());
    let (mut socket, _) = connect_async(place).await.unwrap();
    socket.send(Message::Ping("hello".into())).await.unwrap();
    let socket = tokio::spawn(timeout(PATIENCE, async move { while let Some(Ok(_)) = socket.next().await {} }));

    // More than are done when the signal comes.
    let done = Arc::new(AtomicUsize::new(0));
    let orders = (0..60).map(|number| {
        let (client, user, done) = (client.clone(), user.clone(), done.clone());
        tokio::spawn(async move {
            let call =
                Call::post("/api/orders").token(&user.token).json(&json!({ "question": "What does a clutch cost?" }));
            let call = if number % 4 == 0 { call.header("prefer", "respond-async") } else { call };
            let answer = client.send(call).await;
            done.fetch_add(1, Ordering::SeqCst);
            answer
        })
    });
    let orders: Vec<_> = orders.collect();
    eventually(async || if done.load(Ordering::SeqCst) >= 5 { Ok(()) } else { Err("nothing is done".into()) }).await;
    let before = done.load(Ordering::SeqCst);
    server.signal(Signal::TERM);
    let signalled = Instant::now();
    let end = server.end().await;
    assert!(end.status.success(), "{end:?}");
    assert!(signalled.elapsed() < Duration::from_secs(30), "within its grace, not at its end");

    let mut accepted = Vec::new();
    for order in join_all(orders).await {
        // Who came too late was never let in, and left nothing: see below.
        if let Ok(answer) = order.unwrap() {
            assert!([201, 202].contains(&answer.status.as_u16()), "{:?}", answer.body);
            accepted.push(answer.json()["id"].as_str().unwrap().to_owned());
        }
    }
    assert!(accepted.len() > before, "{before} before the signal, and {} in all", accepted.len());
    events.await.unwrap().expect("the stream ends").unwrap();
    socket.await.unwrap().expect("the socket ends");

    let truth = Truth::of(&home).await;
    for id in &accepted {
        let order = truth.order(id).await.expect("acknowledged");
        assert!(order.response_id.is_some(), "{order:?}");
    }
    assert_eq!(truth.orders().await.len(), accepted.len(), "none that was let in was cut off");
    truth.close().await;
    assert!(!home.path().join("driveever.db-wal").exists(), "one file is left");
}
