//! One key, many requests at one time.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::{
    support::{Caller, Home, User, eventually},
    truth::Truth,
};
use crate::orders_support::{Answer, Call};

const REQUESTS: usize = 50;

fn call(user: &User) -> Call {
    let body = json!({ "question": "Is it safe to drive with a worn tyre?" });
    Call::post("/api/orders").token(&user.token).header("idempotency-key", "one-key").json(&body)
}

async fn all_at_once(client: &Caller, user: &User) -> Vec<Result<Answer, String>> {
    join_all((0..REQUESTS).map(|_| client.send(call(user)))).await
}

/// The bodies of those that have an answer; all others are told to come again.
fn answered(answers: impl IntoIterator<Item = Answer>) -> Vec<Value> {
    let mut bodies = Vec::new();
    for answer in answers {
        match answer.status.as_u16() {
            201 => bodies.push(answer.json()),
            409 => assert!(answer.header("retry-after").is_some(), "{:?}", answer.body),
            status => panic!("{status}: {:?}", answer.body),
        }
    }
    bodies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_requests_with_one_key_make_one_order() {
    let (home, user) = Home::with_user().await;
    let server = home.start().await;
    let client = server.client();
    let first = answered(all_at_once(&client, &user).await.into_iter().map(Result::unwrap));
    assert!(!first.is_empty(), "the one that executes has its answer");
    let later = answered(all_at_once(&client, &user).await.into_iter().map(Result::unwrap));
    assert_eq!(later.len(), REQUESTS, "once it is there everybody has it");
    assert!(first.iter().chain(&later).all(|order| *order == first[0]), "byte for byte the same");
    let truth = Truth::of(&home).await;
    truth.assert_sound("fifty requests").await;
    assert_eq!(truth.orders().await.len(), 1);
    truth.close().await;
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_requests_with_one_key_make_one_order_though_the_server_dies_amid_them() {
    let (template, user) = Home::with_user().await;
    for wait in [2, 8, 20, 45] {
        let home = template.copy();
        let server = home.start().await;
        let client = server.client();
        let (answers, _) = tokio::join!(all_at_once(&client, &user), async {
            sleep(Duration::from_millis(wait)).await;
            server.kill().await
        });
        let before = answered(answers.into_iter().flatten());
        let server = home.start().await;
        let client = server.client();
        let mut after = answered(all_at_once(&client, &user).await.into_iter().map(Result::unwrap));
        after.push(
            eventually(async || {
                let answer = client.send(call(&user)).await?;
                answered([answer]).pop().ok_or_else(|| "not yet".to_owned())
            })
            .await,
        );
        let id = |order: &Value| order["id"].as_str().unwrap().to_owned();
        assert!(before.iter().chain(&after).all(|order| id(order) == id(&after[0])), "{wait} ms: one order");
        let truth = Truth::of(&home).await;
        truth.assert_sound("killed amid one key's requests").await;
        assert_eq!(truth.orders().await.len(), 1);
        truth.close().await;
        server.terminate().await;
    }
}
