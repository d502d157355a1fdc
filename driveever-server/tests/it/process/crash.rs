//! A server that is killed at every commit of a request; another one finds what it left.
//!
//! Each case has a home of its own, a copy of the same one. The server in it kills itself before the first commit, or
//! after one, whether of the request, of the order's saga or of what follows from its events, and before anybody is told.
//! (Killed before a later commit, it leaves the same file as killed after the one before.) Then the plain server starts
//! on that file, the client repeats its request with the same key, and everything must be as if nothing had happened.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep, timeout};

use super::{
    mortal::{self, Death, counted, is_mortal},
    support::{Caller, Home, Server, User, eventually},
    truth::Truth,
};
use crate::orders_support::{Answer, Call};

const REPORT: &str = "0d717eee-0000-8000-8000-000000000002";
/// How long the last effect of a request may follow the one before.
const QUIET: Duration = Duration::from_millis(400);
/// Cases that run side by side: most of their time they wait for each other's disk and clock.
const SIDE_BY_SIDE: usize = 4;

/// A request that is cut off.
#[derive(Clone)]
struct Request {
    path: String,
    user: User,
    body: Option<Value>,
    prefers: Option<&'static str>,
    /// Where its order comes to in the end.
    ends: &'static str,
}

impl Request {
    fn call(&self) -> Call {
        let call = Call::post(&self.path).token(&self.user.token).header("idempotency-key", "the-one-key");
        let call = match &self.body {
            Some(body) => call.json(body),
            None => call,
        };
        match self.prefers {
            Some(preference) => call.header("prefer", preference),
            None => call,
        }
    }

    fn advice(user: &User, prefers: Option<&'static str>) -> Self {
        let body = json!({ "question": "My brakes grind when I slow down. Is it safe to drive?" });
        Self { path: "/api/orders".into(), user: user.clone(), body: Some(body), prefers, ends: "DELIVERED" }
    }

    fn on(order: &Value, verb: &str, user: &User, ends: &'static str) -> Self {
        let path = format!("/api/orders/{}/{verb}", order["id"].as_str().unwrap());
        Self { path, user: user.clone(), body: None, prefers: None, ends }
    }
}

async fn items(server: &Server, user: &User) -> Value {
    let body = json!({ "items": [{ "productId": REPORT, "quantity": 2 }] });
    server.post(user, "/api/orders", &body).await.expect(201)
}

/// Sends the request to a server that may die of it, and waits for what follows from it; gives its answer, if any came.
async fn send_to_the_mortal(server: Server, request: &Request) -> (Option<Answer>, String) {
    let answer = server.send(request.call()).await.ok();
    let client = server.client();
    let lives = || async { client.send(Call::get("/health/live")).await.is_ok() };
    // Whatever follows does so at once or after the relay's short rest.
    let mut last = (String::new(), 0);
    while last.1 < 3 && lives().await {
        sleep(QUIET / 4).await;
        let heard = client.send(Call::get("/api/notifications").token(&request.user.token)).await;
        let now = heard.map_or_else(|error| error, |answer| format!("{:?}", answer.body));
        last = if now == last.0 { (now, last.1 + 1) } else { (now, 0) };
    }
    let said = server.said();
    server.kill().await;
    (answer, said)
}

/// Repeats the request until its answer is final.
async fn repeat(client: &Caller, request: &Request) -> Answer {
    eventually(async || {
        let answer = client.send(request.call()).await?;
        if answer.status == 409 || answer.status == 503 {
            assert!(answer.header("retry-after").is_some(), "{:?}", answer.body);
            return Err(format!("{:?}", answer.body));
        }
        Ok(answer)
    })
    .await
}

/// The order at its end, as its owner reads it.
async fn ended(client: &Caller, request: &Request, id: &str) -> Value {
    eventually(async || {
        let call = Call::get(&format!("/api/orders/{id}")).token(&request.user.token);
        let order = client.send(call).await?.expect(200);
        if order["status"] == request.ends { Ok(order) } else { Err(format!("{order}")) }
    })
    .await
}

async fn one_case(template: &Home, test: &str, request: &Request, orders: usize, death: Death) {
    let case = format!("{test}, {death:?}");
    let home = template.copy();
    let mortal = Server::start(mortal::command(&home, test, death)).await;
    let (first, said) = send_to_the_mortal(mortal, request).await;
    let acknowledged = first.filter(|answer| answer.status.is_success()).map(|answer| answer.json());

    let server = home.start().await;
    let client = server.client();
    let again = repeat(&client, request).await;
    assert!(again.status.is_success(), "{case}: {:?}, {said}", again.body);
    let again = again.json();
    let id = again["id"].as_str().unwrap();
    if let Some(acknowledged) = &acknowledged {
        assert_eq!(acknowledged["id"], id, "{case}: another order");
    }
    let order = ended(&client, request, id).await;
    assert!(request.ends != "DELIVERED" || order["advice"]["success"] == true, "{case}: {order}");
    let truth = Truth::of(&home).await;
    truth.assert_sound(&case).await;
    assert_eq!(truth.orders().await.len(), orders, "{case}: one order a key");
    truth.close().await;
    server.kill().await;
}

/// Lets a server die at each commit of a request in turn.
async fn die_everywhere(template: Home, test: &'static str, request: Request) {
    let rehearsal = template.copy();
    let server = Server::start(mortal::command(&rehearsal, test, Death::Never)).await;
    server.send(request.call()).await.unwrap();
    let truth = Truth::of(&rehearsal).await;
    sleep(QUIET).await;
    truth.at_rest().await;
    let orders = truth.orders().await.len();
    truth.close().await;
    server.signal(rustix::process::Signal::TERM);
    let commits = counted(&server.end().await.said);
    assert!(commits > 4, "{commits} commits");
    let deaths = [Death::Before(1)].into_iter().chain((1..=commits).map(Death::After));
    let cases = stream::iter(deaths).map(|death| one_case(&template, test, &request, orders, death));
    timeout(Duration::from_mins(5), cases.buffer_unordered(SIDE_BY_SIDE).collect::<()>()).await.unwrap();
}

/// A test that is a server of its own when it is started as one.
fn killed(test: &'static str, prepare: impl AsyncFnOnce(&Server, &User) -> Request) {
    if is_mortal() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let template = Home::new();
        let server = template.start().await;
        let user = server.user("ann@example.org").await;
        let request = prepare(&server, &user).await;
        let truth = Truth::of(&template).await;
        truth.at_rest().await;
        truth.close().await;
        server.terminate().await;
        die_everywhere(template, test, request).await;
    });
}

#[test]
fn at_every_commit_of_an_order() {
    killed("process::crash::at_every_commit_of_an_order", async |_, user| Request::advice(user, None));
}

#[test]
fn at_every_commit_of_an_order_that_nobody_waits_for() {
    killed("process::crash::at_every_commit_of_an_order_that_nobody_waits_for", async |_, user| {
        Request::advice(user, Some("respond-async"))
    });
}

#[test]
fn at_every_commit_of_a_payment() {
    killed("process::crash::at_every_commit_of_a_payment", async |server, user| {
        let order = items(server, user).await;
        Request::on(&order, "pay", user, "PAID")
    });
}

#[test]
fn at_every_commit_of_a_cancellation() {
    killed("process::crash::at_every_commit_of_a_cancellation", async |server, user| {
        let order = items(server, user).await;
        let pay = Request::on(&order, "pay", user, "PAID");
        server.send(Call::post(&pay.path).token(&user.token)).await.unwrap().expect(200);
        Request::on(&order, "cancel", user, "CANCELLED")
    });
}

#[test]
fn at_every_commit_of_a_refund() {
    killed("process::crash::at_every_commit_of_a_refund", async |server, user| {
        let question = json!({ "question": "Is my clutch worn?" });
        let order = server.post(user, "/api/orders", &question).await.expect(201);
        let admin = server.admin().await;
        Request::on(&order, "refund", &admin, "REFUNDED")
    });
}
