//! The audit trail, and parked deliveries.

use serde_json::{Value, json};

use crate::{
    prompts::created,
    support::{App, app, user_id},
};

async fn entries(app: &App, query: &str) -> Value {
    app.get(&format!("/audit?{query}")).token("admin-9").send().await.expect(200)
}

#[tokio::test]
async fn the_trail_says_who_did_what_in_which_request() {
    let app = app();
    let (path, prompt) = created(&app, "brakes").await;
    let renamed = app.request("PUT", &path).token("editor-2").header("x-request-id", "request-77");
    renamed.json(&json!({ "name": "Brakes" })).send().await.expect(200);
    let all = entries(&app, "").await;
    let newest = &all["data"][0];
    assert_eq!((&newest["type"], &newest["entity"]), (&json!("prompt.edited"), &json!("prompt")));
    assert_eq!((&newest["entityId"], &newest["entityRevision"]), (&prompt["id"], &json!(2)));
    assert_eq!(
        (&newest["actor"], &newest["requestId"]),
        (&json!(format!("user:{}", user_id(2))), &json!("request-77"))
    );
    assert_eq!(newest["details"]["fields"], json!(["name"]));

    let count = async |query: &str| entries(&app, query).await["data"].as_array().unwrap().len();
    assert_eq!(count(&format!("actor=user:{}", user_id(2))).await, 1);
    assert_eq!(count("type=prompt.created").await, 1);
    assert_eq!(count(&format!("entity=prompt&entityId={}", prompt["id"].as_str().unwrap())).await, 2);
    assert_eq!(count("from=2026-11-23T09:30:00Z&to=2026-11-23T09:30:01Z").await, 2);
    assert_eq!(count("to=2026-11-23T09:30:00Z").await, 0);

    let first = entries(&app, "limit=1").await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = entries(&app, &format!("limit=1&cursor={cursor}")).await;
    assert_eq!((&second["data"][0]["type"], &second["nextCursor"]), (&json!("prompt.created"), &Value::Null));
}

#[tokio::test]
async fn admins_alone_read_it_and_bad_filters_are_named() {
    let app = app();
    for path in ["/audit", "/events/parked"] {
        assert_eq!(app.get(path).send().await.problem(401), "authentication_required");
        for token in ["user-1", "editor-1", "analyst-1"] {
            assert_eq!(app.get(path).token(token).send().await.problem(403), "forbidden");
        }
    }
    let bad = "/audit?actor=ann&entityId=7&from=yesterday&limit=101&colour=red&cursor=x";
    let fields = app.get(bad).token("admin-1").send().await.bad_fields();
    assert_eq!(fields, ["actor", "colour", "cursor", "entityId", "from", "limit"]);
    let backwards = "/audit?from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z";
    assert_eq!(app.get(backwards).token("admin-1").send().await.bad_fields(), ["to"]);
}

#[tokio::test]
async fn a_delivery_that_kept_failing_is_listed_replayed_and_dropped() {
    let app = app();
    *app.flaky.failing.lock().unwrap() = true;
    for name in ["brakes", "tyres"] {
        created(&app, name).await;
    }
    app.deliver("prompt").await;
    let list = async || app.get("/events/parked").token("admin-1").send().await.expect(200);
    let parked = list().await;
    assert_eq!(parked["total"], 2);
    let message = &parked["data"][0];
    assert_eq!((&message["consumer"], &message["eventType"]), (&json!("flaky"), &json!("prompt.created")));
    assert!(message["error"].as_str().unwrap().contains("no paper"));

    let path = |place: usize| format!("/events/parked/{}", parked["data"][place]["id"].as_str().unwrap());
    let replay = format!("{}/replay", path(0));
    assert_eq!(app.post(&replay).token("user-1").send().await.problem(403), "forbidden");
    assert_eq!(app.post(&replay).token("admin-1").send().await.problem(409), "replay_failed");
    assert_eq!(list().await["total"], 2);
    *app.flaky.failing.lock().unwrap() = false;
    app.post(&replay).token("admin-1").send().await.expect(204);
    assert_eq!(app.post(&replay).token("admin-1").send().await.problem(404), "not_found");

    assert_eq!(app.request("DELETE", &path(1)).token("user-1").send().await.problem(403), "forbidden");
    app.request("DELETE", &path(1)).token("admin-1").send().await.expect(204);
    assert_eq!(app.request("DELETE", &path(1)).token("admin-1").send().await.problem(404), "not_found");
    assert_eq!(list().await["total"], 0);
    assert_eq!(app.post("/events/parked/7/replay").token("admin-1").send().await.bad_fields(), ["id"]);
}
