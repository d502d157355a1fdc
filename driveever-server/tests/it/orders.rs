//! Products, orders, payment, credit.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use driveever_core::{ai::text_model::ModelError, order::PaymentMode};
use driveever_server::routes;
use serde_json::{Value, json};

use crate::orders_support::{Call, World, user_id};

const ANSWER: &str = "0d717eee-0000-8000-8000-000000000001";
const REPORT: &str = "0d717eee-0000-8000-8000-000000000002";
const NOBODYS: &str = "01936a3e-1c52-7000-8000-000000000001";

fn question() -> Value {
    json!({"question": "Are my brakes safe?"})
}

fn items() -> Value {
    json!({"items": [{"productId": REPORT, "quantity": 2}]})
}

fn path_of(order: &Value) -> String {
    format!("/orders/{}", order["id"].as_str().unwrap())
}

fn texts(values: &Value, field: &str) -> Vec<String> {
    values.as_array().unwrap().iter().map(|value| value[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_catalogue_is_public() {
    let world = World::new().await;
    let products = world.call(Call::get("/products")).await.expect(200);
    assert_eq!(texts(&products, "productType"), ["ai_response", "vehicle_report", "prompt", "subscription"]);
    let first = &products[0];
    assert_eq!(first["id"], ANSWER);
    assert_eq!((&first["unitPrice"], &first["currency"]), (&json!(50), &json!("GBP")));
    assert_eq!(first.as_object().unwrap().len(), 6, "{first}");
    assert_eq!(world.call(Call::get("/products?x=1")).await.fields(), ["x"]);
}

#[tokio::test]
async fn a_question_comes_back_delivered_with_its_advice() {
    let world = World::new().await;
    let body = json!({"question": "Are my brakes safe?", "metadata": {"sessionId": "s-1", "colour": "red"}});
    let answer = world.post("user-1", "/orders", body).await;
    let location = answer.header("location").unwrap().to_owned();
    let tag = answer.header("etag").unwrap().to_owned();
    let order = answer.expect(201);
    assert_eq!(location, path_of(&order));
    assert_eq!(tag, format!("\"{}\"", order["revision"]));
    assert_eq!((&order["status"], &order["paymentStatus"]), (&json!("DELIVERED"), &json!("paid")));
    assert_eq!((&order["totalAmount"], &order["currency"]), (&json!(50), &json!("GBP")));
    assert_eq!(order["userId"], user_id(1).to_string());
    let item = &order["items"][0];
    assert_eq!(
        (&item["productId"], &item["quantity"], &item["unitPrice"], &item["totalPrice"]),
        (&json!(ANSWER), &json!(1), &json!(50), &json!(50))
    );
    assert_eq!(order["metadata"]["colour"], "red");
    assert_eq!(order["metadata"]["aiResponseId"], order["advice"]["id"]);
    assert_eq!(order["metadata"]["promptId"], order["advice"]["promptId"]);
    assert_eq!(order["advice"]["question"], "Are my brakes safe?");
    assert_eq!(order["advice"]["metadata"]["sessionId"], "s-1");
    assert!(order["advice"]["answerBlocks"][0]["type"] == "heading", "{order}");
    assert_eq!(world.get("user-1", &location).await.expect(200), order);

    let history = world.get("user-1", &format!("{location}/history")).await.expect(200);
    assert_eq!(texts(&history, "to"), ["PENDING", "PAID", "PROCESSING", "DELIVERED"]);
    assert!(history[0].get("from").is_none());
    assert_eq!(
        (&history[0]["actor"], &history[1]["actor"]),
        (&json!(format!("user:{}", user_id(1))), &json!("system"))
    );
}

#[tokio::test]
async fn an_order_that_the_client_has_is_not_sent_again() {
    let world = World::new().await;
    let path = path_of(&world.post("user-1", "/orders", items()).await.expect(201));
    let tag = world.get("user-1", &path).await.header("etag").unwrap().to_owned();
    let again = world.call(Call::get(&path).token("user-1").header("if-none-match", &tag)).await;
    assert_eq!(again.status, 304);
    assert!(again.body.is_empty());
    let other = world.call(Call::get(&path).token("user-1").header("if-none-match", "\"99\"")).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn respond_async_answers_at_once_and_the_saga_goes_on() {
    let world = World::new().await;
    world.model.hold();
    let answer =
        world.call(Call::post("/orders").token("user-1").header("prefer", "respond-async").json(&question())).await;
    assert_eq!(answer.header("preference-applied"), Some("respond-async"));
    let path = answer.header("location").unwrap().to_owned();
    let order = answer.expect(202);
    assert_eq!((&order["status"], path_of(&order)), (&json!("PENDING"), path.clone()));

    world.model.gate.add_permits(1);
    world.services.tasks.close();
    world.services.tasks.wait().await;
    let order = world.get("user-1", &path).await.expect(200);
    assert_eq!(order["status"], "DELIVERED");
    assert!(order["advice"].is_object());
}

#[tokio::test]
async fn an_answer_that_asks_to_come_again_is_not_the_keys_answer_for_good() {
    let world = World::new().await;
    let body = json!({"question": "Are my brakes safe?", "metadata": {"paymentTest": "delay"}});
    let answer = world.post("user-1", "/orders", body).await;
    let path = answer.header("location").unwrap().to_owned();
    let pay = || Call::post(&format!("{path}/pay")).token("user-1").header("idempotency-key", "one");
    let early = world.call(pay()).await;
    assert_eq!(early.header("retry-after"), Some("1"));
    assert_eq!(early.code(409), "order_in_progress");
    world.clock.advance(Duration::from_mins(1));
    world.app.orders().recover(10).await.unwrap();
    let late = world.call(pay()).await;
    assert_eq!(late.header("idempotency-replayed"), None);
    assert_eq!(late.code(409), "illegal_transition");
    assert_eq!(world.call(pay()).await.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn a_payment_whose_outcome_is_not_known_yet_is_accepted() {
    let world = World::new().await;
    let body = json!({"question": "Are my brakes safe?", "metadata": {"paymentTest": "delay"}});
    let answer = world.post("user-1", "/orders", body).await;
    let path = answer.header("location").unwrap().to_owned();
    assert_eq!(answer.header("preference-applied"), None);
    assert_eq!(answer.expect(202)["status"], "PENDING");
    world.clock.advance(Duration::from_mins(1));
    world.app.orders().recover(10).await.unwrap();
    assert_eq!(world.get("user-1", &path).await.expect(200)["status"], "DELIVERED");
}

#[tokio::test]
async fn items_wait_to_be_paid() {
    let world = World::new().await;
    let order = world.post("user-1", "/orders", items()).await.expect(201);
    assert_eq!(
        (&order["status"], &order["paymentStatus"], &order["totalAmount"]),
        (&json!("PENDING"), &json!("pending"), &json!(398))
    );
    assert!(order.get("advice").is_none() && order.get("metadata").is_none());
    let path = path_of(&order);
    let paid = world.call(Call::post(&format!("{path}/pay")).token("user-1")).await;
    assert!(paid.header("etag").is_some());
    let paid = paid.expect(200);
    assert_eq!((&paid["status"], &paid["paymentStatus"]), (&json!("PAID"), &json!("paid")));
    let again = world.call(Call::post(&format!("{path}/pay")).token("user-1")).await;
    assert_eq!(again.code(409), "illegal_transition");
}

#[tokio::test]
async fn cancelling_and_refunding_give_the_money_back_once() {
    let world = World::new().await;
    let unpaid = path_of(&world.post("user-1", "/orders", items()).await.expect(201));
    let cancelled = world.post("user-1", &format!("{unpaid}/cancel"), json!({})).await.expect(200);
    assert_eq!((&cancelled["status"], &cancelled["paymentStatus"]), (&json!("CANCELLED"), &json!("pending")));

    let paid = path_of(&world.post("user-1", "/orders", items()).await.expect(201));
    world.post("user-1", &format!("{paid}/pay"), json!({})).await.expect(200);
    let cancelled = world.post("user-1", &format!("{paid}/cancel"), json!({})).await.expect(200);
    assert_eq!((&cancelled["status"], &cancelled["paymentStatus"]), (&json!("CANCELLED"), &json!("refunded")));

    let asked = path_of(&world.post("user-1", "/orders", question()).await.expect(201));
    assert_eq!(world.post("user-1", &format!("{asked}/cancel"), json!({})).await.code(409), "illegal_transition");
    assert_eq!(world.post("user-1", &format!("{asked}/refund"), json!({})).await.code(403), "forbidden");
    let refunded = world.post("admin-1", &format!("{asked}/refund"), json!({})).await.expect(200);
    assert_eq!((&refunded["status"], &refunded["paymentStatus"]), (&json!("REFUNDED"), &json!("refunded")));
    assert!(refunded["advice"].is_object());
    assert_eq!(world.post("admin-1", &format!("{asked}/refund"), json!({})).await.code(409), "illegal_transition");
}

#[tokio::test]
async fn a_declined_payment_is_402_with_the_order() {
    let world = World::new().await;
    let body = json!({"question": "Are my brakes safe?", "metadata": {"paymentTest": "decline"}});
    let problem = world.post("user-1", "/orders", body).await.problem(402);
    assert_eq!(problem["code"], "payment_declined");
    let order = world.get("user-1", &format!("/orders/{}", problem["orderId"].as_str().unwrap())).await.expect(200);
    assert_eq!((&order["status"], &order["paymentStatus"]), (&json!("FAILED"), &json!("failed")));

    let body = json!({"items": [{"productId": REPORT, "quantity": 1}], "metadata": {"paymentTest": "decline"}});
    let path = path_of(&world.post("user-1", "/orders", body).await.expect(201));
    let problem = world.post("user-1", &format!("{path}/pay"), json!({})).await.problem(402);
    assert_eq!(
        (&problem["code"], format!("/orders/{}", problem["orderId"].as_str().unwrap())),
        (&json!("payment_declined"), path.clone())
    );
    assert_eq!(world.get("user-1", &path).await.expect(200)["status"], "PENDING");
}

#[tokio::test]
async fn a_failed_saga_names_the_order_and_gives_the_money_back() {
    let cases = [
        (ModelError::Malformed { detail: "no text".into() }, 502),
        (ModelError::Misconfigured { detail: "no key".into() }, 503),
        (ModelError::TimedOut { waited: Duration::from_secs(9) }, 504),
    ];
    for (error, status) in cases {
        let world = World::new().await;
        let code = error.code();
        *world.model.error.lock().unwrap() = Some(error);
        let problem = world.post("user-1", "/orders", question()).await.problem(status);
        assert_eq!(problem["code"], code);
        assert!(problem["responseId"].is_string(), "{problem}");
        let path = format!("/orders/{}", problem["orderId"].as_str().unwrap());
        let order = world.get("user-1", &path).await.expect(200);
        assert_eq!((&order["status"], &order["paymentStatus"]), (&json!("FAILED"), &json!("refunded")), "{code}");
        let history = world.get("user-1", &format!("{path}/history")).await.expect(200);
        assert_eq!(history.as_array().unwrap().last().unwrap()["reason"], code);
    }
}

#[tokio::test]
async fn every_fault_of_an_order_is_named() {
    let world = World::new().await;
    let fields = async |body: &str| world.call(Call::post("/orders").token("user-1").text(body)).await.fields();
    assert_eq!(fields("{}").await, ["items"]);
    assert_eq!(fields("{").await, ["body"]);
    assert_eq!(fields("[]").await, ["body"]);
    assert_eq!(
        fields(r#"{"question": 7, "category": "weather", "colour": "red", "vehicleId": "x"}"#).await,
        ["category", "colour", "question", "vehicleId"]
    );
    assert_eq!(fields(r#"{"items": [{"productId": "x", "quantity": 1}]}"#).await, ["items[0].productId"]);
    assert_eq!(
        fields(&format!(r#"{{"items": [{{"productId": "{REPORT}", "quantity": 1.5}}]}}"#)).await,
        ["items[0].quantity"]
    );
    let line = |product: &str, quantity: i64| json!({"productId": product, "quantity": quantity});
    let body = json!({"items": [line(REPORT, 0), line(REPORT, 101), line(NOBODYS, 1), line(REPORT, i64::MAX)]});
    assert_eq!(
        fields(&body.to_string()).await,
        ["items[0].quantity", "items[1].quantity", "items[2].productId", "items[3].quantity"]
    );
    let body = json!({"items": [{"productId": REPORT, "quantity": 1, "colour": "red"}]});
    assert_eq!(fields(&body.to_string()).await, ["items[0].colour"]);
    let body = json!({"question": "a\u{0}b", "provider": "nobody", "metadata": {"promptId": "x"}});
    assert_eq!(fields(&body.to_string()).await, ["metadata.promptId", "provider", "question"]);
    let body = json!({"question": "Is it safe?", "registrationNumber": "!!!"});
    assert_eq!(fields(&body.to_string()).await, ["registrationNumber"]);
    let body = json!({"items": [line(REPORT, 1)], "category": "cost_analysis"});
    assert_eq!(fields(&body.to_string()).await, ["category"]);
    let body = json!({"question": "Is it safe?", "vehicleId": NOBODYS});
    assert_eq!(world.post("user-1", "/orders", body).await.code(404), "not_found");
    let plain = world.call(Call::post("/orders").token("user-1")).await;
    assert_eq!(plain.code(415), "unsupported_media_type");
    assert_eq!(world.get("admin-1", "/orders").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn nobody_and_strangers_get_nothing() {
    let world = World::new().await;
    let path = path_of(&world.post("user-1", "/orders", items()).await.expect(201));
    let under = |suffix: &str| format!("{path}{suffix}");
    let calls = || {
        [
            Call::get("/orders"),
            Call::post("/orders").json(&items()),
            Call::get(&path),
            Call::get(&under("/history")),
            Call::get(&under("/stream")),
            Call::post(&under("/pay")),
            Call::post(&under("/cancel")),
            Call::post(&under("/refund")),
            Call::put(&path).json(&json!({"status": "PAID"})),
            Call::get("/users/me/credit"),
            Call::post(&format!("/users/{}/credit", user_id(1)))
                .json(&json!({"amount": 5, "currency": "GBP", "reason": "gift"})),
        ]
    };
    for call in calls() {
        let answer = world.call(call).await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(answer.code(401), "authentication_required");
    }
    for call in calls() {
        assert_eq!(world.call(call.token("nobody-1")).await.code(401), "invalid_token");
    }
    for call in calls() {
        assert_eq!(world.call(call.token("editor-1")).await.code(403), "forbidden");
    }
    for suffix in ["", "/history", "/stream"] {
        assert_eq!(world.get("user-2", &under(suffix)).await.code(404), "not_found", "{suffix}");
        assert_eq!(world.get("user-2", &format!("/orders/7{suffix}")).await.fields(), ["id"]);
    }
    for suffix in ["/pay", "/cancel"] {
        assert_eq!(world.post("user-2", &under(suffix), json!({})).await.code(404), "not_found", "{suffix}");
    }
    assert_eq!(world.get("user-2", "/orders").await.expect(200)["total"], 0);
    assert_eq!(world.get("admin-1", &path).await.expect(200)["status"], "PENDING");
}

#[tokio::test]
async fn only_an_admin_changes_an_order_and_only_the_one_they_read() {
    let world = World::new().await;
    let path = path_of(&world.post("user-1", "/orders", items()).await.expect(201));
    let put = |token: &'static str, tag: &'static str, body: Value| {
        world.call(Call::put(&path).token(token).header("if-match", tag).json(&body))
    };
    assert_eq!(put("user-1", "*", json!({"metadata": {"a": 1}})).await.code(403), "forbidden");
    let ours = put("admin-1", "\"1\"", json!({"metadata": {"a": 1, "promptId": "mine"}})).await;
    assert_eq!(ours.fields(), ["metadata.promptId"], "refused, and not dropped");
    let changed = put("admin-1", "\"1\"", json!({"metadata": {"a": 1}})).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.expect(200)["metadata"], json!({"a": 1}));
    assert_eq!(put("admin-1", "\"1\"", json!({"metadata": {"a": 2}})).await.code(412), "precondition_failed");
    assert_eq!(put("admin-1", "W/\"2\"", json!({"metadata": {"a": 2}})).await.code(412), "precondition_failed");
    assert_eq!(put("admin-1", "2", json!({"metadata": {"a": 2}})).await.fields(), ["If-Match"]);
    assert_eq!(put("admin-1", "\"2\"", json!({"status": "DELIVERED"})).await.code(409), "illegal_transition");
    assert_eq!(put("admin-1", "*", json!({"status": "LOST", "colour": 1})).await.fields(), ["colour", "status"]);
    assert_eq!(put("admin-1", "*", json!({})).await.fields(), ["status"]);
    assert_eq!(put("admin-1", "*", json!({"status": "CANCELLED", "metadata": {}})).await.fields(), ["metadata"]);
    assert_eq!(put("admin-1", "\"1\"", json!({"status": "CANCELLED"})).await.code(412), "precondition_failed");
    assert_eq!(put("admin-1", "\"2\"", json!({"status": "CANCELLED"})).await.expect(200)["status"], "CANCELLED");
    let missing =
        world.call(Call::put(&format!("/orders/{NOBODYS}")).token("admin-1").json(&json!({"status": "PAID"}))).await;
    assert_eq!(missing.code(404), "not_found");
}

#[tokio::test]
async fn an_admin_fulfils_an_order_of_items() {
    let world = World::new().await;
    let path = path_of(&world.post("user-1", "/orders", items()).await.expect(201));
    world.post("user-1", &format!("{path}/pay"), json!({})).await.expect(200);
    for status in ["PROCESSING", "DELIVERED"] {
        let order = world.call(Call::put(&path).token("admin-1").json(&json!({"status": status}))).await.expect(200);
        assert_eq!(order["status"], status);
    }
}

#[tokio::test]
async fn lists_are_paged_by_number_and_by_cursor() {
    let world = World::new().await;
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(world.post("user-1", "/orders", items()).await.expect(201)["id"].clone());
    }
    world.post("user-2", "/orders", items()).await.expect(201);
    placed.reverse();
    let first = format!("/orders/{}", placed[4].as_str().unwrap());
    world.post("user-1", &format!("{first}/cancel"), json!({})).await.expect(200);

    let page = world.get("user-1", "/orders?page=2&limit=2").await.expect(200);
    assert_eq!(
        (&page["total"], &page["page"], &page["limit"], &page["totalPages"]),
        (&json!(5), &json!(2), &json!(2), &json!(3))
    );
    assert_eq!(page["data"][0]["id"], placed[2]);
    assert_eq!(page["data"][0]["items"][0]["quantity"], 2);
    let pending = world.get("user-1", "/orders?status=PENDING").await.expect(200);
    assert_eq!(pending["total"], 4);
    assert_eq!(world.get("admin-1", "/orders").await.expect(200)["total"], 6);

    let mut cursor = String::new();
    let mut walked = Vec::new();
    loop {
        let page = world.get("user-1", &format!("/orders?limit=2&cursor={cursor}")).await.expect(200);
        walked.extend(page["data"].as_array().unwrap().iter().map(|order| order["id"].clone()));
        // An insert during the walk moves nothing.
        world.post("user-1", "/orders", items()).await.expect(201);
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(walked, placed);

    let mut tampered = cursor.clone();
    tampered.replace_range(4..5, if &cursor[4..5] == "A" { "B" } else { "A" });
    assert_eq!(world.get("user-1", &format!("/orders?cursor={tampered}")).await.fields(), ["cursor"]);
    let bad = world.get("user-1", "/orders?status=LOST&limit=101&page=0&colour=red").await;
    assert_eq!(bad.fields(), ["colour", "limit", "page", "status"]);
    assert_eq!(world.get("user-1", "/orders?sort=status").await.fields(), ["sort"]);
}

#[tokio::test]
async fn fifty_requests_with_one_key_make_one_order() {
    let world = Arc::new(World::new().await);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let world = world.clone();
            let call = Call::post("/orders").token("user-1").header("idempotency-key", "k-1").json(&question());
            tokio::spawn(async move { world.call(call).await })
        })
        .collect();
    let mut bodies = BTreeSet::new();
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status.as_u16() {
            201 => drop(bodies.insert(answer.body)),
            409 => assert_eq!(answer.code(409), "request_in_progress"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(bodies.len(), 1);
    let replayed =
        world.call(Call::post("/orders").token("user-1").header("idempotency-key", "k-1").json(&question())).await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    assert!(replayed.header("location").is_some());
    assert!(bodies.contains(&replayed.body));
    let other = world.call(Call::post("/orders").token("user-1").header("idempotency-key", "k-1").json(&items())).await;
    assert_eq!(other.code(422), "idempotency_key_reused");
    assert_eq!(world.get("user-1", "/orders").await.expect(200)["total"], 1);
}

#[tokio::test]
async fn credit_is_granted_by_admins_and_spent_by_users() {
    let world = World::paying(PaymentMode::Credit).await;
    assert_eq!(world.post("user-1", "/orders", question()).await.code(402), "payment_declined");
    assert_eq!(world.get("user-1", "/users/me/credit").await.expect(200), json!([]));

    let path = format!("/users/{}/credit", user_id(1));
    let grant = |token: &'static str, body: Value| world.post(token, &path, body);
    let gift = json!({"amount": 120, "currency": "GBP", "reason": "a gift"});
    assert_eq!(grant("user-1", gift.clone()).await.code(403), "forbidden");
    assert_eq!(grant("admin-1", gift).await.expect(200), json!({"currency": "GBP", "available": 120, "held": 0}));
    assert_eq!(
        grant("admin-1", json!({"amount": 0, "currency": "GBP", "reason": " "})).await.fields(),
        ["amount", "reason"]
    );
    assert_eq!(
        grant("admin-1", json!({"amount": 1.5, "currency": "gbp", "note": 1})).await.fields(),
        ["amount", "currency", "note", "reason"]
    );
    let nobody = world.post("admin-1", "/users/7/credit", json!({"amount": 1, "currency": "GBP", "reason": "x"})).await;
    assert_eq!(nobody.fields(), ["id"]);

    assert_eq!(world.post("user-1", "/orders", question()).await.expect(201)["status"], "DELIVERED");
    assert_eq!(
        world.get("user-1", "/users/me/credit").await.expect(200),
        json!([{"currency": "GBP", "available": 70, "held": 0}])
    );
    assert_eq!(world.get("user-2", "/users/me/credit").await.expect(200), json!([]));
    world.app.ledger().check().await.unwrap();
}

#[tokio::test]
async fn the_document_refers_to_nothing_that_it_lacks() {
    let (_, mut document) = routes::orders::routes().split_for_parts();
    driveever_server::openapi::complete(&mut document);
    let document: Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
    let mut ids = BTreeSet::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(ids.len(), 12);
    let line = &document["components"]["schemas"]["OrderItemRequest"];
    assert_eq!(line["required"], json!(["productId", "quantity"]));
    assert_eq!(line["additionalProperties"], json!(false));
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    for reference in references {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                references.insert(reference.to_owned());
            }
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
