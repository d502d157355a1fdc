//! `/ai`.

use driveever_core::ai::ModelError;
use serde_json::{Value, json};

use crate::answers_support::{app, events, request, user_id};

fn question() -> Value {
    json!({ "prompt": "Answer: is it safe?", "question": " Is it safe? " })
}

fn down() -> ModelError {
    ModelError::Unavailable { detail: "connection refused".to_owned(), retry_after: None }
}

#[tokio::test]
async fn an_answer_is_given_stored_and_listed() {
    let app = app();
    let context = json!({ "sessionId": "s-1", "category": "safety_assessment" });
    let body = json!({ "prompt": "Is it safe?", "question": "Is it safe?", "model": "large", "context": context });
    let answer = app.call_with("POST /ai/generate", "user-1", &[("x-request-id", "r-1")], Some(body)).await;
    assert_eq!(answer.status, 200);
    let response = &answer.json;
    assert_eq!((&response["provider"], &response["model"]), (&json!("first"), &json!("small-2026")));
    assert_eq!((&response["success"], &response["responseTime"]), (&json!(true), &json!(250)));
    assert_eq!(response["userId"], json!(user_id(1)));
    assert_eq!(response["usage"], json!({ "promptTokens": 10, "completionTokens": 5, "totalTokens": 15 }));
    assert_eq!(response["metadata"], json!({ "sessionId": "s-1", "requestId": "r-1" }));
    assert_eq!(
        response["answerBlocks"],
        json!([{ "type": "paragraph", "content": [
            { "type": "text", "text": "Check the " },
            { "type": "strong", "content": [{ "type": "text", "text": "brakes" }] },
            { "type": "text", "text": "." },
        ] }])
    );
    for absent in ["confidence", "sources", "cost", "error", "promptId", "vehicleId"] {
        assert!(response.get(absent).is_none(), "{absent}");
    }

    let path = format!("/ai/responses/{}", answer.id());
    let stored = app.get(&path, "user-1").await;
    assert_eq!((stored.json.clone(), stored.header("etag")), (answer.json, "\"1\""));
    let unchanged = app.call_with(&format!("GET {path}"), "user-1", &[("if-none-match", "\"1\"")], None).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.json), (304, Value::Null));
    assert_eq!(app.get(&path, "user-2").await.status, 404);
    assert_eq!(app.get(&path, "admin-9").await.status, 200);
    assert_eq!(app.get("/ai/responses/7", "user-1").await.fields(), ["id"]);

    let page = app.get("/ai/responses?limit=5", "user-1").await;
    assert_eq!((&page.json["total"], &page.json["data"][0]["id"]), (&json!(1), &stored.json["id"]));
    assert_eq!(app.get("/ai/responses", "user-2").await.json["total"], 0);
}

#[tokio::test]
async fn bad_questions_are_refused_field_by_field() {
    let app = app();
    let bad = json!({ "prompt": " ", "question": 7, "provider": "first", "colour": "red", "context": { "who": 1 } });
    let answer = app.post("/ai/generate", "user-1", bad).await;
    assert_eq!((answer.status.as_u16(), answer.fields()), (400, vec!["colour", "context.who", "prompt", "question"]));
    let bad = json!({ "prompt": " ", "question": "", "provider": "nobody" });
    let answer = app.post("/ai/generate", "user-1", bad.clone()).await;
    assert_eq!(answer.fields(), ["prompt", "provider", "question"]);
    assert_eq!(app.post("/ai/generate/stream", "user-1", bad).await.fields(), ["prompt", "provider", "question"]);
    let bad = json!({ "prompt": "p", "question": "q", "model": "huge", "context": { "category": "weather" } });
    assert_eq!(app.post("/ai/generate", "user-1", bad).await.fields(), ["context.category"]);
    let named_twice = json!({ "prompt": "p", "question": "q", "providers": ["first", "first", "nobody"] });
    let answer = app.post("/ai/generate-multiple", "user-1", named_twice).await;
    assert_eq!(answer.fields(), ["providers[1]", "providers[2]"]);
    let none = json!({ "prompt": "p", "question": "q", "providers": [] });
    assert_eq!(app.post("/ai/generate-multiple", "user-1", none).await.fields(), ["providers"]);

    let (status, _, _) =
        app.send(request("POST /ai/generate", "user-1", &[("content-type", "text/plain")], None)).await;
    assert_eq!(status, 415);
    assert!(app.first.asked.lock().unwrap().is_empty(), "nobody is asked a bad question");
    assert_eq!(app.get("/ai/responses", "user-1").await.json["total"], 0);
}

#[tokio::test]
async fn a_failure_names_what_was_stored_and_fallback_asks_another() {
    let app = app();
    app.first.fail(down());
    let answer = app.post("/ai/generate", "user-1", question()).await;
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (502, &json!("provider_unavailable")));
    let path = format!("/ai/responses/{}", answer.json["responseId"].as_str().unwrap());
    let stored = app.get(&path, "user-1").await;
    assert_eq!((&stored.json["success"], &stored.json["error"]["code"]), (&json!(false), &answer.json["code"]));
    let rated = app.post(&format!("{path}/feedback"), "user-1", json!({ "rating": 1 })).await;
    assert_eq!((rated.status.as_u16(), &rated.json["code"]), (409, &json!("no_answer")));

    app.first.fail(ModelError::TimedOut { waited: std::time::Duration::from_secs(1) });
    assert_eq!(app.post("/ai/generate", "user-1", question()).await.status, 504);
    app.first.fail(ModelError::RateLimited { detail: "quota".into(), retry_after: None });
    assert_eq!(app.post("/ai/generate", "user-1", question()).await.status, 503);

    app.first.fail(down());
    let answer = app.post("/ai/generate-with-fallback", "user-1", question()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        (&answer.json["provider"], &answer.json["metadata"]["fallbackFrom"]),
        (&json!("second"), &json!("first"))
    );
}

#[tokio::test]
async fn several_are_asked_and_each_is_told() {
    let app = app();
    app.first.fail(down());
    let body = json!({ "prompt": "p", "question": "q", "providers": ["second", "first"] });
    let answer = app.post("/ai/generate-multiple", "user-1", body).await;
    let told: Vec<_> =
        answer.json.as_array().unwrap().iter().map(|entry| (&entry["provider"], &entry["success"])).collect();
    assert_eq!(told, [(&json!("second"), &json!(true)), (&json!("first"), &json!(false))]);
}

#[tokio::test]
async fn a_vehicle_s_facts_are_carried_and_are_its_owner_s_only() {
    let app = app();
    let vehicle = app.post("/vehicles", "user-1", json!({ "registrationNumber": "L2WPS" })).await;
    let context = json!({ "vehicleId": vehicle.id() });
    let body = json!({ "prompt": "Answer.", "question": "Is it safe?", "provider": "first", "context": context });
    assert_eq!(app.post("/ai/generate", "user-2", body.clone()).await.status, 404);
    let answer = app.post("/ai/generate", "user-1", body).await;
    assert_eq!((answer.status.as_u16(), &answer.json["vehicleId"]), (200, &json!(vehicle.id())));
    let sources = answer.json["sources"].as_array().unwrap();
    assert!(!sources.is_empty() && sources.iter().all(|source| source["demonstration"] == true), "{sources:?}");
    let asked = app.first.asked.lock().unwrap();
    assert!(asked.last().unwrap().prompt.contains("Registration: L2WPS"));
}

#[tokio::test]
async fn a_stream_ends_with_the_stored_answer_or_a_problem() {
    let app = app();
    let stream = |token: &'static str| request("POST /ai/generate/stream", token, &[], Some(question()));
    let (status, headers, text) = app.send(stream("user-1")).await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "text/event-stream"));
    let told = events(&text);
    let names: Vec<&str> = told.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["delta", "delta", "done"]);
    assert_eq!(told[0].data, json!({ "text": "Check the " }));
    let path = format!("/ai/responses/{}", told[2].data["id"].as_str().unwrap());
    assert_eq!(app.get(&path, "user-1").await.json, told[2].data);

    app.first.fail(ModelError::Incomplete { detail: "half-way".into() });
    let (_, _, text) = app.send(stream("user-1")).await;
    let told = events(&text);
    let names: Vec<&str> = told.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["delta", "error"]);
    let problem = &told[1].data;
    assert_eq!((&problem["status"], &problem["code"]), (&json!(502), &json!("stream_incomplete")));
    assert!(problem["requestId"].is_string());
    let path = format!("/ai/responses/{}", problem["responseId"].as_str().unwrap());
    assert_eq!(app.get(&path, "user-1").await.json["answer"], "Check the ");
}

#[tokio::test]
async fn providers_are_told_with_their_state() {
    let app = app();
    let providers = app.get("/ai/providers", "user-1").await;
    assert_eq!(providers.json["providers"][0], json!({ "name": "first", "models": ["small", "large"] }));
    let status = app.get("/ai/providers/status", "user-1").await;
    assert_eq!((&status.json["first"], &status.json["second"]), (&json!(true), &json!(false)));
    assert_eq!(status.json["details"]["second"]["detail"], "key refused");
    let health = app.get("/ai/health", "").await;
    assert_eq!(
        health.json,
        json!({ "status": "degraded", "availableCount": 2, "totalCount": 3,
            "providers": { "first": true, "second": false, "offline": true } })
    );
    assert_eq!(app.get("/ai/health?deep=1", "").await.fields(), ["deep"]);
}

#[tokio::test]
async fn a_provider_is_tested_by_either_method() {
    let app = app();
    assert_eq!(app.get("/ai/test?provider=second", "user-1").await.json["provider"], "second");
    assert_eq!(app.get("/ai/test", "user-1").await.json["provider"], "first");
    assert_eq!(app.get("/ai/test?provider=nobody", "user-1").await.fields(), ["provider"]);
    assert_eq!(app.post("/ai/test", "user-1", json!({ "provider": "offline" })).await.json["provider"], "offline");
    assert_eq!(app.call_with("POST /ai/test", "user-1", &[], None).await.json["provider"], "first");
}

#[tokio::test]
async fn feedback_replaces_and_is_the_asker_s() {
    let app = app();
    let id = app.post("/ai/generate", "user-1", question()).await.id();
    let path = format!("/ai/responses/{id}/feedback");
    let first = app.post(&path, "user-1", json!({ "rating": 2 })).await;
    assert_eq!((first.status.as_u16(), &first.json["rating"], first.header("etag")), (200, &json!(2), "\"1\""));
    let second = app.post(&path, "user-1", json!({ "rating": 5, "helpful": true, "comment": "Clear." })).await;
    assert_eq!((second.id(), &second.json["revision"]), (first.id(), &json!(2)));
    assert_eq!((&second.json["helpful"], &second.json["responseId"]), (&json!(true), &json!(id)));
    for (bad, field) in
        [(json!({ "rating": 6 }), "rating"), (json!({}), "rating"), (json!({ "rating": 1.5 }), "rating")]
    {
        assert_eq!(app.post(&path, "user-1", bad).await.fields(), [field]);
    }
    assert_eq!(app.post(&path, "user-2", json!({ "rating": 1 })).await.status, 404);
}

#[tokio::test]
async fn lists_are_paged_and_cursors_are_not_to_be_touched() {
    let app = app();
    for _ in 0..3 {
        app.post("/ai/generate", "user-1", question()).await;
    }
    let page = app.get("/ai/responses?cursor=&limit=2", "user-1").await;
    assert_eq!(page.json["data"].as_array().unwrap().len(), 2);
    let cursor = page.json["nextCursor"].as_str().unwrap();
    let rest = app.get(&format!("/ai/responses?cursor={cursor}&limit=2"), "user-1").await;
    assert_eq!((rest.json["data"].as_array().unwrap().len(), &rest.json["nextCursor"]), (1, &Value::Null));
    let tampered = format!("/ai/responses?cursor=A{}", &cursor[1..]);
    assert_eq!(app.get(&tampered, "user-1").await.fields(), ["cursor"]);
    let elsewhere = app.get(&format!("/notifications?cursor={cursor}"), "user-1").await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.fields()), (400, vec!["cursor"]));
    assert_eq!(app.get("/ai/responses?limit=101&page=0&sort=x", "user-1").await.fields(), ["limit", "page", "sort"]);
}
