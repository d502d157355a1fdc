//! Whoever leaves takes every word of theirs along: nothing of it is left in any table.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    support::{Home, PASSWORD, Server, User},
    truth::Truth,
};
use crate::orders_support::{Answer, Call};

/// Words that nothing else has: one that the person uses everywhere, without its first letter, which may be a capital; and
/// their registration, as typed and as kept.
const WORDS: [&str; 3] = ["arquonia", "XV51 ZZY", "XV51ZZY"];

/// The columns in which one of the words stands, as `table.column`.
async fn columns_with_words(home: &Home) -> BTreeSet<String> {
    let options = SqliteConnectOptions::new().filename(home.database());
    let mut connection: SqliteConnection = options.connect().await.unwrap();
    let tables = "SELECT t.name, c.name FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'";
    let columns = sqlx::query(tables).fetch_all(&mut connection).await.unwrap();
    assert!(columns.len() > 200, "the whole database: {}", columns.len());
    let mut found = BTreeSet::new();
    for column in columns {
        let (table, name): (String, String) = (column.get(0), column.get(1));
        for word in WORDS.iter().flat_map(|word| [word.to_lowercase(), word.to_uppercase()]) {
            // By bytes, so that blobs are looked through too.
            let sql = format!("SELECT count(*) FROM \"{table}\" WHERE instr(hex(\"{name}\"), hex('{word}')) > 0");
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
            if rows > 0 {
                found.insert(format!("{table}.{name}"));
            }
        }
    }
    connection.close().await.unwrap();
    found
}

async fn keyed(server: &Server, user: Option<&User>, path: &str, body: Value) -> Answer {
    let call = Call::post(path).header("idempotency-key", &format!("key of {path}").replace(' ', "-")).json(&body);
    let call = call.header("user-agent", "zarquonia browser");
    server.send(user.into_iter().fold(call, |call, user| call.token(&user.token))).await.unwrap()
}

/// An account whose owner said their word wherever there is room for one; gives their token and id.
async fn full_account(server: &Server) -> (User, String) {
    let account = json!({ "email": "zarquonia@example.org", "password": PASSWORD, "name": "Zarquonia Zed" });
    let registered = keyed(server, None, "/api/users/register", account).await.expect(201);
    let id = registered["id"].as_str().unwrap().to_owned();
    let login = json!({ "email": "zarquonia@example.org", "password": PASSWORD });
    let login = Call::post("/api/auth/login").header("user-agent", "zarquonia browser").json(&login);
    let tokens = server.send(login).await.unwrap().expect(200);
    let user = User { token: tokens["accessToken"].as_str().unwrap().to_owned() };
    let ann = Some(&user);

    let vehicle = json!({
        "registrationNumber": "XV51 ZZY", "make": "ZARQUONIA", "model": "Z", "metadata": { "insuranceProvider": "Zarquonia plc" },
    });
    let vehicle = keyed(server, ann, "/api/vehicles", vehicle).await.expect(201);
    keyed(server, ann, "/api/vehicles/lookup", json!({ "registrationNumber": "XV51 ZZY" })).await;
    let order = json!({
        "question": "Is it safe to drive to zarquonia with XV51 ZZY on worn tyres?", "vehicleId": vehicle["id"],
        "metadata": { "vehicleData": { "note": "zarquonia" } },
    });
    let order = keyed(server, ann, "/api/orders", order).await.expect(201);
    // One that fails has its question too.
    let declined = json!({ "question": "zarquonia?", "metadata": { "paymentTest": "decline", "note": "zarquonia" } });
    server.post(&user, "/api/orders", &declined).await.expect(402);
    let rating = json!({ "rating": 2, "comment": "zarquonia was closed" });
    let response = order["advice"]["id"].as_str().unwrap();
    keyed(server, ann, &format!("/api/ai/responses/{response}/feedback"), rating).await.expect(200);
    let question = json!({ "prompt": "Answer zarquonia.", "question": "When is my MOT due in zarquonia?" });
    keyed(server, ann, "/api/ai/generate", question).await.expect(200);
    let golden = server.get(&user, "/api/prompts/golden/safety_assessment?assignmentKey=zarquonia").await.expect(200);
    assert!(golden["exposureId"].is_string(), "{golden}");

    // What an admin does to them, with a key of the admin's own.
    let admin = server.admin().await;
    let grant = json!({ "amount": 100, "currency": "GBP", "reason": "for zarquonia" });
    keyed(server, Some(&admin), &format!("/api/users/{id}/credit"), grant).await.expect(200);
    let order = order["id"].as_str().unwrap();
    let refunded = keyed(server, Some(&admin), &format!("/api/orders/{order}/refund"), json!({})).await.expect(200);
    assert!(refunded.to_string().contains("zarquonia"), "{refunded}");
    (user, id)
}

#[tokio::test]
async fn no_word_of_a_person_is_left_in_any_table() {
    let home = Home::new();
    let server = home.start().await;
    let (user, id) = full_account(&server).await;
    let truth = Truth::of(&home).await;
    truth.at_rest().await;
    let before = columns_with_words(&home).await;
    for column in [
        "ai_feedback.comment",
        "ai_responses.question",
        "gateway_idempotency_keys.answer",
        "order_sagas.input",
        "order_orders.metadata",
        "user_sessions.client",
        "user_users.email",
        "user_users.name",
        "vehicle_vehicles.registration_number",
    ] {
        assert!(before.contains(column), "{column} in {before:?}");
    }
    let export = server.get(&user, "/api/users/me/export").await.expect(200);
    assert!(export["data"]["gateway"].as_array().is_some_and(|kept| kept.len() >= 5), "{}", export["data"]["gateway"]);

    let left = server.send(Call::new(Method::DELETE, "/api/users/me").token(&user.token)).await.unwrap();
    assert!(left.status.is_success(), "{:?}", left.body);
    truth.at_rest().await;
    assert_eq!(columns_with_words(&home).await, BTreeSet::new());
    truth.assert_records("after an erasure").await;
    truth.close().await;
    let admin = server.admin().await;
    server.get(&admin, &format!("/api/users/{id}")).await.expect(404);
    server.terminate().await;
    // Nor in a page that the database gave up: a stop leaves one file, without its log.
    let bytes = std::fs::read(home.database()).unwrap();
    let bytes = bytes.to_ascii_lowercase();
    for word in WORDS.map(str::to_lowercase) {
        let places = bytes.windows(word.len()).filter(|window| *window == word.as_bytes()).count();
        assert_eq!(places, 0, "{word}");
    }
}
