//! Golden prompts, outcomes, records, classification, rendering.

use serde_json::{Value, json};

use crate::{
    prompts::{created, edited},
    support::{App, app},
};

async fn golden(app: &App, token: &str) -> Value {
    let path = "/prompts/golden/safety_assessment?assignmentKey=k";
    app.get(path).token(token).send().await.expect(200)
}

async fn report(app: &App, token: &str, exposure: &Value, outcome: Value) -> crate::support::Answer {
    let path = format!("/prompts/exposures/{}/outcome", exposure.as_str().unwrap());
    app.post(&path).token(token).json(&outcome).send().await
}

#[tokio::test]
async fn the_golden_prompt_learns_from_outcomes() {
    let app = app();
    let none = app.get("/prompts/golden/safety_assessment").token("user-1").send().await;
    assert_eq!(none.problem(404), "not_found");
    let (path, prompt) = created(&app, "brakes").await;
    edited(&app, &path, json!({ "template": "{{question}}" })).await.expect(200);
    let choice = golden(&app, "user-1").await;
    assert_eq!((&choice["prompt"]["id"], &choice["version"]), (&prompt["id"], &json!(1)));
    assert_eq!((&choice["prompt"]["versionNumber"], &choice["prompt"]["template"]), (&json!(1), &prompt["template"]));
    assert_eq!((choice["propensity"].as_f64(), choice.get("experimentId")), (Some(1.0), None));
    assert!(!choice["reason"].as_str().unwrap().is_empty());

    let exposure = &choice["exposureId"];
    let tag = app.get(&path).token("user-1").send().await.header("etag").unwrap().to_owned();
    report(&app, "user-1", exposure, json!({ "success": true, "responseTime": 900 })).await.expect(204);
    report(&app, "user-1", exposure, json!({ "rating": 4 })).await.expect(204);
    report(&app, "user-1", exposure, json!({ "rating": 4, "success": true })).await.expect(204);
    for other in [json!({ "rating": 2 }), json!({ "success": false }), json!({ "responseTime": 1 })] {
        assert_eq!(report(&app, "user-1", exposure, other).await.problem(409), "outcome_recorded");
    }
    app.deliver("prompt").await;

    let read = app.get(&path).token("user-1").header("if-none-match", &tag).send().await;
    let shown = read.expect(200)["performance"].clone();
    assert_eq!((shown["averageRating"].as_f64(), shown["totalUses"].as_u64()), (Some(4.0), Some(1)));
    assert_eq!((shown["successRate"].as_f64(), shown["averageResponseTime"].as_f64()), (Some(1.0), Some(900.0)));
    assert!(shown["lastTested"].is_string());
    // The tag changed with the record, and an editor may still name it.
    let tag = read.header("etag").unwrap().to_owned();
    let known = app.get(&path).token("user-1").header("if-none-match", &tag).send().await;
    assert_eq!(known.status, 304);
    let renamed = app.request("PUT", &path).token("editor-1").header("if-match", &tag).json(&json!({ "name": "B" }));
    renamed.send().await.expect(200);

    let records = app.get(&format!("{path}/performance")).token("user-1").send().await.expect(200);
    let first = &records["versions"][1];
    assert_eq!((&first["versionNumber"], &first["uses"], &first["ratings"]), (&json!(1), &json!(1), &json!(1)));
    assert!(first["success"]["lower"].as_f64().unwrap() < first["success"]["mean"].as_f64().unwrap());
    assert_eq!((&records["versions"][0]["uses"], &records["versions"][0]["success"]), (&json!(0), &Value::Null));

    let usage = app.get("/prompts/stats/usage").token("user-1").send().await.expect(200);
    assert_eq!((&usage["totalPrompts"], &usage["topCategory"]), (&json!(1), &json!("safety_assessment")));
    assert_eq!((usage["averageRating"].as_f64(), usage["byCategory"].as_array().unwrap().len()), (Some(4.0), 9));
    let rated = app.get("/prompts?minRating=4").token("user-1").send().await.expect(200);
    assert_eq!(rated["total"], 1);
}

#[tokio::test]
async fn figures_without_data_are_null() {
    let app = app();
    let usage = app.get("/prompts/stats/usage").token("user-1").send().await.expect(200);
    assert_eq!((&usage["averageRating"], &usage["topCategory"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_outcome_is_reported_by_whom_the_prompt_was_served_to() {
    let app = app();
    created(&app, "brakes").await;
    let choice = golden(&app, "user-1").await;
    let exposure = &choice["exposureId"];
    assert_eq!(report(&app, "user-2", exposure, json!({ "rating": 1 })).await.problem(404), "not_found");
    assert_eq!(report(&app, "user-1", exposure, json!({})).await.bad_fields(), ["outcome"]);
    assert_eq!(report(&app, "user-1", exposure, json!({ "rating": 6 })).await.bad_fields(), ["rating"]);
    let odd = json!({ "rating": 4.5, "success": "yes", "responseTime": -1, "cost": 1 });
    assert_eq!(report(&app, "user-1", exposure, odd).await.bad_fields(), ["cost", "rating", "responseTime", "success"]);
    let unknown = json!("00000000-0000-7000-8000-00000000dead");
    assert_eq!(report(&app, "user-1", &unknown, json!({ "rating": 1 })).await.problem(404), "not_found");
    let bad = app.get("/prompts/golden/cars").token("user-1").send().await;
    assert_eq!(bad.bad_fields(), ["category"]);
    let long = format!("/prompts/golden/cost_analysis?assignmentKey={}", "k".repeat(201));
    assert_eq!(app.get(&long).token("user-1").send().await.bad_fields(), ["assignmentKey"]);
}

#[tokio::test]
async fn a_question_is_classified() {
    let app = app();
    let classify = async |question: &str| {
        app.post("/prompts/classify").token("user-1").json(&json!({ "question": question })).send().await
    };
    let answer = classify("There is smoke!").await.expect(200);
    assert_eq!(
        (&answer["category"], &answer["scores"]["emergency_guidance"]),
        (&json!("emergency_guidance"), &json!(0.9))
    );
    for bad in [" ".to_owned(), "x".repeat(4_001), "a\u{0}b".to_owned(), "a\u{202e}b".to_owned()] {
        assert_eq!(classify(&bad).await.bad_fields(), ["question"]);
    }
    assert_eq!(app.post("/prompts/classify").json(&json!({ "question": "x" })).send().await.status, 401);
}

#[tokio::test]
async fn a_prompt_is_rendered_with_values_as_data() {
    let app = app();
    let (path, prompt) = created(&app, "brakes").await;
    edited(&app, &path, json!({ "template": "{{question}}" })).await.expect(200);
    let render = async |body: Value| app.post(&format!("{path}/render")).token("user-1").json(&body).send().await;
    let values = json!({ "question": "Are {{today}} safe?", "today": "Monday" });
    let rendered = render(json!({ "variables": values })).await.expect(200);
    let expected = json!({ "text": "Today is Monday.\nAre {{today}} safe?", "promptId": prompt["id"], "version": 1, "warnings": [] });
    assert_eq!(rendered, expected);
    let latest = render(json!({ "variables": values, "label": "latest" })).await.expect(200);
    assert_eq!((&latest["version"], latest["warnings"].as_array().unwrap().len()), (&json!(2), 1));
    assert_eq!(render(json!({ "variables": values, "version": 2 })).await.expect(200)["version"], 2);
    assert_eq!(render(json!({ "variables": values, "version": 2, "label": "latest" })).await.bad_fields(), ["version"]);
    assert_eq!(render(json!({ "variables": values, "label": "staging" })).await.problem(404), "not_found");
    let wrong = json!({ "variables": { "question": 7, "colour": "red" } });
    assert_eq!(render(wrong).await.bad_fields(), ["variables.colour", "variables.question", "variables.today"]);
    assert_eq!(render(json!({ "variables": [] })).await.bad_fields(), ["variables"]);
}

#[tokio::test]
async fn an_unsaved_template_is_tried_by_editors() {
    let app = app();
    let body = json!({
        "template": "{{a}}!",
        "declared": [{ "name": "a", "type": "number", "required": true }, { "name": "b", "type": "text", "required": false }],
        "variables": { "a": 7 },
    });
    let render = async |token: &str, body: &Value| app.post("/prompts/render").token(token).json(body).send().await;
    let rendered = render("editor-1", &body).await.expect(200);
    assert_eq!(rendered["text"], "7!");
    assert_eq!(
        rendered["variables"],
        json!({ "declared": ["a", "b"], "used": ["a"], "undeclared": [], "unused": ["b"] })
    );
    assert_eq!(rendered["warnings"][0], "the variable \"b\" is declared and not used");
    assert_eq!(render("user-1", &body).await.problem(403), "forbidden");
    let undeclared = json!({ "template": "{{c}} {{", "declared": [], "variables": {} });
    assert_eq!(render("editor-1", &undeclared).await.bad_fields(), ["template"]);
}

#[tokio::test]
async fn optimising_says_why_it_did_nothing() {
    let app = app();
    let (path, _) = created(&app, "brakes").await;
    let optimise = format!("{path}/optimize");
    assert_eq!(app.post(&optimise).token("user-1").send().await.problem(403), "forbidden");
    let outcome = app.post(&optimise).token("editor-1").send().await.expect(200);
    assert_eq!((&outcome["optimized"], &outcome["decision"]["reason"]), (&json!(false), &json!("no_alternative")));
    assert_eq!(outcome["decision"]["requiredRatings"], 30);
    assert!(!outcome["message"].as_str().unwrap().is_empty());
}
