//! A server that is killed at moments that nobody chose, while clients order and repeat what was not answered.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use super::{
    support::{Caller, Home, User, eventually},
    truth::Truth,
};
use crate::orders_support::Call;

const CLIENTS: usize = 6;
const KILLS: usize = 8;
const QUESTIONS: [&str; 3] =
    ["My brakes grind when I slow down. Is it safe to drive?", "What does a new clutch cost?", "When is my next MOT?"];

/// The server that is up, as clients find it.
type Door = watch::Receiver<Caller>;

/// Orders until it is answered, always with the same key; gives the order's id.
async fn order(door: &Door, user: &User, key: &str, body: &Value, prefers_async: bool) -> String {
    eventually(async || {
        let caller = door.borrow().clone();
        let call = Call::post("/api/orders").token(&user.token).header("idempotency-key", key).json(body);
        let call = if prefers_async { call.header("prefer", "respond-async") } else { call };
        let answer = caller.send(call).await?;
        match answer.status.as_u16() {
            201 | 202 => Ok(answer.json()["id"].as_str().unwrap().to_owned()),
            // Still held by the server that died, or taken up by the one that lives.
            409 | 503 if answer.header("retry-after").is_some() => Err(format!("{:?}", answer.body)),
            status => panic!("{status}: {:?}", answer.body),
        }
    })
    .await
}

/// One client's orders, by the keys that it used: one after the other until the last kill, and one more.
async fn client(number: usize, door: Door, user: User, over: Arc<AtomicBool>) -> BTreeMap<String, String> {
    let mut acknowledged = BTreeMap::new();
    for turn in 0.. {
        let is_last = over.load(Ordering::SeqCst);
        let key = format!("client-{number}-order-{turn}");
        let body = json!({ "question": QUESTIONS[turn % QUESTIONS.len()] });
        let id = order(&door, &user, &key, &body, turn % 3 == 2).await;
        acknowledged.insert(key, id);
        if is_last {
            break;
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_under_load() {
    let home = Home::new();
    let mut server = home.start().await;
    let user = server.user("ann@example.org").await;
    let (open, door) = watch::channel(server.client());
    let over = Arc::new(AtomicBool::new(false));
    let clients = (0..CLIENTS).map(|number| tokio::spawn(client(number, door.clone(), user.clone(), over.clone())));
    let clients: Vec<_> = clients.collect();

    let mut random = StdRng::seed_from_u64(0x0d71_7eee);
    for _ in 0..KILLS {
        sleep(Duration::from_millis(random.random_range(5..150))).await;
        server.kill().await;
        server = home.start().await;
        open.send_replace(server.client());
    }
    over.store(true, Ordering::SeqCst);
    let mut acknowledged = BTreeMap::new();
    for client in join_all(clients).await {
        acknowledged.extend(client.unwrap());
    }
    assert!(acknowledged.len() >= CLIENTS, "each has at least its last one");

    for id in acknowledged.values() {
        eventually(async || {
            let order = server.get(&user, &format!("/api/orders/{id}")).await.expect(200);
            let delivered = order["status"] == "DELIVERED" && order["advice"]["answer"].is_string();
            if delivered { Ok(()) } else { Err(format!("{order}")) }
        })
        .await;
    }
    // Asked once more, each key gives the answer that it had.
    for (key, id) in acknowledged.iter().take(5) {
        let turn: usize = key.rsplit('-').next().unwrap().parse().unwrap();
        let body = json!({ "question": QUESTIONS[turn % QUESTIONS.len()] });
        assert_eq!(&order(&door, &user, key, &body, turn % 3 == 2).await, id);
    }
    let truth = Truth::of(&home).await;
    truth.assert_sound("random kills").await;
    let mut stored: Vec<String> = truth.orders().await.iter().map(|order| order.id.to_string()).collect();
    let mut known: Vec<String> = acknowledged.into_values().collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known, "one order a key, and none that nobody asked for");
    truth.close().await;
    server.terminate().await;
}
