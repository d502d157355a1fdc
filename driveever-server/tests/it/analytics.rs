//! `/analytics`.

use std::time::Duration;

use driveever_core::ai::ModelError;
use serde_json::json;

use crate::answers_support::{App, app, request};

async fn asked(app: &App, rating: u8) {
    let body = json!({ "prompt": "p", "question": "q", "context": { "category": "cost_analysis" } });
    let id = app.post("/ai/generate", "user-1", body).await.id();
    app.post(&format!("/ai/responses/{id}/feedback"), "user-1", json!({ "rating": rating })).await;
    app.settle().await;
}

#[tokio::test]
async fn figures_follow_what_happened() {
    let app = app();
    asked(&app, 5).await;
    asked(&app, 4).await;
    app.first.fail(ModelError::Malformed { detail: "nothing".into() });
    app.post("/ai/generate", "user-1", json!({ "prompt": "p", "question": "q" })).await;
    app.settle().await;
    let overview = app.get("/analytics/overview", "analyst-7").await.json;
    assert_eq!((&overview["questions"], &overview["answers"]), (&json!(3), &json!(2)));
    assert_eq!(overview["ratings"], json!({ "count": 2, "average": 4.5, "byStars": [0, 0, 0, 1, 1] }));
    assert_eq!(overview["tokens"], json!({ "prompt": 20, "completion": 10, "total": 30 }));
    let median = overview["responseTime"]["p50"].as_f64().unwrap();
    assert!((median - 250.0).abs() < 2.5, "{median}");
    let providers = app.get("/analytics/providers", "analyst-7").await.json;
    assert_eq!((&providers["data"][0]["provider"], &providers["data"][0]["questions"]), (&json!("first"), &json!(3)));
    let categories = app.get("/analytics/categories", "analyst-7").await.json;
    assert_eq!(categories["data"][0]["category"], "cost_analysis");
    assert_eq!(app.get("/analytics/prompts?limit=5", "analyst-7").await.json["total"], 0);
}

#[tokio::test]
async fn statistics_are_for_analysts() {
    let app = app();
    for path in ["overview", "prompts", "providers", "categories", "timeseries?metric=orders", "stream", "export"] {
        let path = format!("/analytics/{path}");
        assert_eq!(app.get(&path, "user-1").await.status, 403, "{path}");
        let admin = app.router.clone();
        let answer = tower::ServiceExt::oneshot(admin, request(&format!("GET {path}"), "admin-9", &[], None)).await;
        assert_eq!(answer.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_series_has_every_point() {
    let app = app();
    asked(&app, 5).await;
    let range = "from=2026-11-23T07:30:00Z&to=2026-11-23T10:00:00Z";
    let series = app.get(&format!("/analytics/timeseries?metric=answers&bucket=hour&{range}"), "analyst-7").await.json;
    let points: Vec<_> =
        series["points"].as_array().unwrap().iter().map(|point| (&point["start"], &point["value"])).collect();
    assert_eq!(points.len(), 3);
    assert_eq!(points[0], (&json!("2026-11-23T07:00:00.000000Z"), &json!(0.0)));
    assert_eq!(points[2].1, 1.0);
    let about = format!("/analytics/timeseries?metric=answers&{range}&dimension=provider&key=second");
    let series = app.get(&about, "analyst-7").await.json;
    assert_eq!((&series["bucket"], &series["points"][0]["value"]), (&json!("day"), &json!(0.0)));

    for (query, fields) in [
        ("", vec!["metric"]),
        ("metric=speed&bucket=week&from=now&x=1", vec!["bucket", "from", "metric", "x"]),
        ("metric=orders&key=offline", vec!["key"]),
        ("metric=orders&from=2026-11-23T09:00:00Z&to=2026-11-22T09:00:00Z", vec!["to"]),
        ("metric=orders&dimension=provider", vec!["key"]),
    ] {
        let answer = app.get(&format!("/analytics/timeseries?{query}"), "analyst-7").await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (400, fields), "{query}");
    }
}

#[tokio::test]
async fn an_export_is_lines() {
    let app = app();
    asked(&app, 5).await;
    let export = request("GET /analytics/export?format=csv", "analyst-7", &[], None);
    let (status, headers, text) = app.send(export).await;
    assert_eq!(status, 200);
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("day,dimension,key,questions"));
    assert!(lines.iter().any(|line| line.starts_with("2026-11-23,provider,first,1,1")), "{text}");
    assert_eq!(app.get("/analytics/export?format=xml", "analyst-7").await.fields(), ["format"]);
}

#[tokio::test]
async fn the_stream_tells_changes_and_not_too_often() {
    let app = app();
    let mut stream = app.open("/analytics/stream", "analyst-7", &[]).await;
    let first = stream.next().await.unwrap();
    assert_eq!((first.name.as_str(), &first.data["questions"]), ("overview", &json!(0)));
    // Two changes within a second are one event.
    asked(&app, 5).await;
    asked(&app, 3).await;
    let second = stream.next().await.unwrap();
    assert_eq!((&second.data["questions"], &second.data["ratings"]["count"]), (&json!(2), &json!(2)));
    app.alert(crate::answers_support::user_id(1)).await;
    assert!(stream.is_silent(Duration::from_millis(1_500)).await, "what counts nothing changes nothing");
    app.services.live.close();
    assert!(stream.next().await.is_none());
}
