//! Labels: moves, conditions, the variable contract, history, rollback.

use serde_json::{Value, json};

use crate::{
    prompts::{created, edited},
    support::{Answer, App, app},
};

async fn moved(app: &App, path: &str, label: &str, body: Value) -> Answer {
    app.request("PUT", &format!("{path}/labels/{label}")).token("editor-1").json(&body).send().await
}

/// A prompt with a second version.
async fn with_two_versions(app: &App) -> String {
    let (path, _) = created(app, "brakes").await;
    edited(app, &path, json!({ "template": "{{question}}", "changeNote": "Shorter" })).await.expect(200);
    path
}

#[tokio::test]
async fn a_label_moves_where_it_is_expected() {
    let app = app();
    let path = with_two_versions(&app).await;
    let dry = moved(&app, &path, "production?dryRun=true", json!({ "version": 2 })).await.expect(200);
    assert_eq!((dry["from"].clone(), dry["to"].clone(), dry["moved"].clone()), (json!(1), json!(2), json!(false)));
    assert_eq!(dry["prompt"]["labels"]["production"], 1);
    assert_eq!(dry["diff"]["fields"][0]["field"], "template");

    assert_eq!(
        moved(&app, &path, "production", json!({ "version": 2, "expected": 2 })).await.problem(409),
        "label_moved"
    );
    let done = moved(&app, &path, "production", json!({ "version": 2, "expected": 1, "reason": "Better" })).await;
    assert_eq!((done.expect(200)["moved"].clone(), done.header("etag")), (json!(true), Some("\"3\"")));
    assert_eq!(done.json()["prompt"]["labels"], json!({ "latest": 2, "production": 2 }));

    assert_eq!(
        moved(&app, &path, "staging", json!({ "version": 1, "expected": 0 })).await.expect(200).get("from"),
        None
    );
    assert_eq!(moved(&app, &path, "staging", json!({ "version": 2, "expected": 0 })).await.problem(409), "label_moved");
    let read = app.get("/prompts/by-name/brakes?label=staging").token("user-1").send().await;
    assert_eq!(read.expect(200)["versionNumber"], 1);

    let history = app.get(&format!("{path}/labels/history")).token("user-1").send().await.expect(200);
    let labels: Vec<_> = history["data"].as_array().unwrap().iter().map(|row| row["label"].clone()).collect();
    assert_eq!(labels.len(), 3);
    let of_production = history["data"].as_array().unwrap().iter().find(|row| row["from"] == 1).unwrap();
    assert_eq!((of_production["reason"].clone(), of_production["to"].clone()), (json!("Better"), json!(2)));
    assert!(of_production["movedBy"].is_string());
}

#[tokio::test]
async fn a_label_is_taken_away() {
    let app = app();
    let path = with_two_versions(&app).await;
    moved(&app, &path, "staging", json!({ "version": 2 })).await.expect(200);
    let take = async |label: &str, body: Option<Value>| {
        let label = format!("{path}/labels/{label}");
        let sending = app.request("DELETE", &label).token("editor-1");
        match body {
            Some(body) => sending.json(&body).send().await,
            None => sending.send().await,
        }
    };
    assert_eq!(take("staging", Some(json!({ "expected": 1 }))).await.problem(409), "label_moved");
    assert_eq!(take("staging?dryRun=true", None).await.expect(200)["moved"], false);
    let taken = take("staging", Some(json!({ "reason": "Done" }))).await.expect(200);
    assert_eq!((taken["moved"].clone(), taken.get("to")), (json!(true), None));
    assert_eq!(take("staging", None).await.problem(404), "not_found");
    assert_eq!(take("production", None).await.problem(409), "production_in_use");
    assert_eq!(take("latest", None).await.problem(409), "label_reserved");
}

#[tokio::test]
async fn a_version_that_needs_more_is_refused_unless_forced() {
    let app = app();
    let (path, prompt) = created(&app, "brakes").await;
    let mut variables = prompt["variables"].clone();
    variables.as_array_mut().unwrap().push(json!({ "name": "vehicle", "type": "text", "required": true }));
    let edit = json!({ "template": "{{question}} {{today}} {{vehicle}}", "variables": variables });
    edited(&app, &path, edit).await.expect(200);
    let dry = moved(&app, &path, "production?dryRun=true", json!({ "version": 2 })).await.expect(200);
    assert_eq!(dry["brokenContract"], json!(["vehicle"]));
    assert_eq!(moved(&app, &path, "production", json!({ "version": 2 })).await.problem(409), "variable_contract");
    assert_eq!(
        moved(&app, &path, "production", json!({ "version": 2, "force": true })).await.expect(200)["moved"],
        true
    );
}

#[tokio::test]
async fn bad_moves_are_named_and_roles_are_asked_for() {
    let app = app();
    let path = with_two_versions(&app).await;
    assert_eq!(moved(&app, &path, "Staging", json!({ "version": 1 })).await.bad_fields(), ["label"]);
    assert_eq!(
        moved(&app, &path, "staging", json!({ "expected": -1, "colour": 1 })).await.bad_fields(),
        ["colour", "expected", "version"]
    );
    assert_eq!(
        moved(&app, &path, "staging?dryRun=maybe&x=1", json!({ "version": 1 })).await.bad_fields(),
        ["dryRun", "x"]
    );
    assert_eq!(moved(&app, &path, "staging", json!({ "version": 9 })).await.problem(404), "not_found");
    let label = format!("{path}/labels/production");
    let by_user = app.request("PUT", &label).token("user-1").json(&json!({ "version": 2 })).send().await;
    assert_eq!(by_user.problem(403), "forbidden");
    let stale = app.request("PUT", &label).token("editor-1").header("if-match", "\"1\"").json(&json!({ "version": 2 }));
    assert_eq!(stale.send().await.problem(412), "precondition_failed");
}

#[tokio::test]
async fn production_rolls_back_to_what_was_served_before() {
    let app = app();
    let path = with_two_versions(&app).await;
    let back = async |version: u32, reason: &str| {
        let body = json!({ "version": version, "reason": reason });
        app.post(&format!("{path}/rollback")).token("editor-1").json(&body).send().await
    };
    assert_eq!(back(2, "Newer").await.problem(409), "not_a_rollback");
    moved(&app, &path, "production", json!({ "version": 2 })).await.expect(200);
    assert_eq!(back(1, " ").await.bad_fields(), ["reason"]);
    assert_eq!(back(7, "Odd").await.problem(404), "not_found");
    let prompt = back(1, "Worse answers").await;
    assert_eq!(prompt.expect(200)["labels"], json!({ "latest": 2, "production": 1 }));
    let history = app.get(&format!("{path}/labels/history?limit=1")).token("user-1").send().await.expect(200);
    assert_eq!(history["total"], 3);
}
