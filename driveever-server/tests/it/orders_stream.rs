//! The stream of an order's steps.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use driveever_core::{
    RequestContext,
    event::LiveSink,
    order::{NewOrder, OrderId},
};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::orders_support::{Call, World, user_id};

const REPORT: &str = "0d717eee-0000-8000-8000-000000000002";
const PATIENCE: Duration = Duration::from_secs(10);

/// An open stream of server-sent events.
struct Stream {
    body: Body,
    rest: String,
}

impl Stream {
    async fn open(world: &World, token: &str, path: &str) -> Self {
        let response = world.send(Call::get(&format!("{path}/stream")).token(token).request()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), rest: String::new() }
    }

    /// The next event's name and data; none at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
                return Some((field("event:"), serde_json::from_str(&field("data:")).unwrap()));
            }
            let frame = timeout(PATIENCE, self.body.frame()).await.expect("an event in time")?;
            let data = frame.unwrap().into_data().unwrap();
            self.rest.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    async fn step(&mut self) -> Value {
        let (name, data) = self.next().await.expect("a step");
        assert_eq!(name, "step");
        data
    }

    /// Where the order stands at each step, to the end.
    async fn statuses(&mut self) -> Vec<String> {
        let mut statuses = Vec::new();
        while let Some((_, data)) = self.next().await {
            statuses.push(data["status"].as_str().unwrap().to_owned());
        }
        statuses
    }
}

/// A driver who asked a question, and whose order is stored and not begun.
async fn asked(world: &World, payment_test: Option<&str>) -> (RequestContext, OrderId, String) {
    let request = RequestContext::user(user_id(1), "test");
    let metadata = payment_test.map(|value| Map::from_iter([("paymentTest".to_owned(), json!(value))]));
    let new = NewOrder { question: Some("Are my brakes safe?".to_owned()), metadata, ..NewOrder::default() };
    let id = world.app.orders().begin(&request, new).await.unwrap().order.id;
    (request, id, format!("/orders/{id}"))
}

#[tokio::test]
async fn each_step_is_told_until_delivery() {
    let world = World::new().await;
    let (request, id, path) = asked(&world, None).await;
    let (_, other, _) = asked(&world, None).await;
    let mut stream = Stream::open(&world, "user-1", &path).await;
    let first = stream.step().await;
    assert_eq!(
        (&first["status"], &first["paymentStatus"], first.get("event")),
        (&json!("PENDING"), &json!("pending"), None)
    );
    assert_eq!(first["orderId"], id.to_string());
    world.app.orders().run(&request, other).await.unwrap();
    world.app.orders().run(&request, id).await.unwrap();
    world.app.settle().await.unwrap();
    let paid = stream.step().await;
    assert_eq!(
        (&paid["event"], &paid["status"], &paid["paymentStatus"]),
        (&json!("order.paid"), &json!("PAID"), &json!("paid"))
    );
    assert!(paid["revision"].as_u64() > first["revision"].as_u64());
    assert_eq!(stream.statuses().await, ["PROCESSING", "DELIVERED"]);
}

#[tokio::test]
async fn a_failure_is_told_with_its_reason() {
    let world = World::new().await;
    let (request, id, path) = asked(&world, Some("decline")).await;
    let mut stream = Stream::open(&world, "user-1", &path).await;
    assert_eq!(stream.step().await["status"], "PENDING");
    world.app.orders().run(&request, id).await.unwrap_err();
    world.app.settle().await.unwrap();
    let mut last = Value::Null;
    while let Some((_, data)) = stream.next().await {
        last = data;
    }
    assert_eq!(
        (&last["status"], &last["paymentStatus"], &last["reason"]),
        (&json!("FAILED"), &json!("failed"), &json!("card_declined"))
    );
}

#[tokio::test]
async fn a_declined_payment_is_a_step_and_no_end() {
    let world = World::new().await;
    let body = json!({"items": [{"productId": REPORT, "quantity": 1}], "metadata": {"paymentTest": "decline"}});
    let order = world.post("user-1", "/orders", body).await.expect(201);
    let path = format!("/orders/{}", order["id"].as_str().unwrap());
    let mut stream = Stream::open(&world, "user-1", &path).await;
    stream.step().await;
    world.post("user-1", &format!("{path}/pay"), json!({})).await.expect(402);
    world.app.settle().await.unwrap();
    let step = stream.step().await;
    assert_eq!(
        (&step["event"], &step["status"], &step["paymentStatus"]),
        (&json!("order.payment_failed"), &json!("PENDING"), &json!("failed"))
    );
    world.post("user-1", &format!("{path}/cancel"), json!({})).await.expect(200);
    world.app.settle().await.unwrap();
    assert_eq!(stream.statuses().await, ["CANCELLED"]);
}

#[tokio::test]
async fn an_order_that_came_to_its_end_is_told_once() {
    let world = World::new().await;
    let (request, id, path) = asked(&world, None).await;
    world.app.orders().run(&request, id).await.unwrap();
    for token in ["user-1", "admin-1"] {
        assert_eq!(Stream::open(&world, token, &path).await.statuses().await, ["DELIVERED"]);
    }
}

#[tokio::test]
async fn what_a_slow_socket_missed_is_read() {
    let world = World::new().await;
    let (request, id, path) = asked(&world, None).await;
    let (_, other, _) = asked(&world, None).await;
    let mut stream = Stream::open(&world, "user-1", &path).await;
    assert_eq!(stream.step().await["status"], "PENDING");
    world.app.orders().run(&request, id).await.unwrap();
    world.app.settle().await.unwrap();
    // More than the broadcast holds, and all about another order: this one's steps are gone.
    let events = world.services.log.replay("order", 0, 100).await.unwrap();
    let noise = events.into_iter().find(|event| event.event.aggregate_id == other.uuid()).unwrap();
    let noise: Vec<_> = std::iter::repeat_n(Arc::new(noise), 5_000).collect();
    world.services.live.push(&noise);
    assert_eq!(stream.statuses().await, ["DELIVERED"]);
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let world = World::new().await;
    let (_, _, path) = asked(&world, None).await;
    let mut stream = Stream::open(&world, "user-1", &path).await;
    assert_eq!(stream.step().await["status"], "PENDING");
    world.services.live.close();
    assert_eq!(stream.next().await, None);
}
