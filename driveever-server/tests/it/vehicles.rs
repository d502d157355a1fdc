//! `/vehicles`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::answers_support::{Answer, App, app, user_id};

async fn added(app: &App, token: &str, registration: &str) -> Answer {
    let answer = app.post("/vehicles", token, json!({ "registrationNumber": registration })).await;
    assert_eq!(answer.status, 201, "{:?}", answer.json);
    answer
}

#[tokio::test]
async fn a_vehicle_is_filled_from_the_sources_and_labelled() {
    let app = app();
    let body = json!({
        "registrationNumber": "l2 wps", "make": "SOMETHING ELSE",
        "metadata": { "insuranceProvider": "Admiral", "nextServiceDue": "2027-03-01" },
    });
    let answer = app.post("/vehicles", "user-1", body).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (201, "\"1\""));
    assert_eq!(answer.header("location"), format!("/vehicles/{}", answer.id()));
    let vehicle = &answer.json;
    assert_eq!((&vehicle["registrationNumber"], &vehicle["demonstration"]), (&json!("L2WPS"), &json!(true)));
    assert_ne!(vehicle["make"], "SOMETHING ELSE", "what a source states stands");
    let sources: Vec<&Value> = vehicle["dataSources"].as_array().unwrap().iter().map(|one| &one["source"]).collect();
    assert_eq!(sources, [&json!("dvla"), &json!("dvsa")]);
    assert_eq!(
        vehicle["metadata"],
        json!({ "ownerId": user_id(1), "insuranceProvider": "Admiral", "nextServiceDue": "2027-03-01" })
    );
    let advisories = vehicle["motAdvisories"].as_array().unwrap();
    assert!(advisories.iter().all(|one| one["text"].is_string() && one["severity"].is_string()));
    let miles: Vec<&str> =
        vehicle["mileageHistory"].as_array().unwrap().iter().map(|one| one["date"].as_str().unwrap()).collect();
    assert!(miles.len() > 1 && miles.is_sorted());
    assert_eq!(app.get(answer.header("location"), "user-1").await.json, answer.json);

    let again = app.post("/vehicles", "user-1", json!({ "registrationNumber": "L2WPS" })).await;
    assert_eq!((again.status.as_u16(), &again.json["code"]), (409, &json!("vehicle_exists")));
}

#[tokio::test]
async fn what_no_source_knows_is_the_owner_s_word() {
    let app = app();
    let body = json!({
        "registrationNumber": "BD51SMR", "make": "VAUXHALL", "manufactureYear": 2001, "fuelType": "petrol",
        "taxStatus": "sorn", "motExpiryDate": "2027-01-31", "primaryColour": "BLUE", "engineSize": 1598,
    });
    let answer = app.post("/vehicles", "user-1", body.clone()).await;
    for (field, said) in body.as_object().unwrap() {
        assert_eq!(&answer.json[field], said, "{field}");
    }
    assert_eq!(answer.json["dataSources"].as_array().unwrap().last().unwrap()["source"], "owner");
    let steam = app
        .call_with(
            &format!("PUT /vehicles/{}", answer.id()),
            "user-1",
            &[("if-match", "\"1\"")],
            Some(json!({ "fuelType": "STEAM" })),
        )
        .await;
    assert_eq!((&steam.json["fuelType"], &steam.json["make"]), (&json!("STEAM"), &json!("VAUXHALL")));
    assert_eq!((steam.header("etag"), &steam.json["revision"]), ("\"2\"", &json!(2)));
}

#[tokio::test]
async fn a_mistyped_registration_is_answered_with_what_may_have_been_meant() {
    let app = app();
    for (path, field) in [("/vehicles", "registrationNumber"), ("/vehicles/lookup", "registrationNumber")] {
        let answer = app.post(path, "user-1", json!({ "registrationNumber": "ABI7 XYZ" })).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (400, vec![field]));
        assert_eq!(answer.json["errors"][0]["suggestions"], json!(["AB17 XYZ"]), "{path}");
        let told = [&answer.json["detail"], &answer.json["errors"][0]["message"]];
        assert!(told.iter().all(|text| !text.as_str().unwrap().contains("XYZ")), "messages may be logged");
    }
    let answer = app.post("/vehicles", "user-1", json!({ "registrationNumber": "?" })).await;
    assert!(answer.json["errors"][0].get("suggestions").is_none());
}

#[tokio::test]
async fn bad_vehicles_are_refused_field_by_field() {
    let app = app();
    let bad = json!({ "registrationNumber": "XX", "manufactureYear": 1700, "engineSize": 0, "make": " " });
    let answer = app.post("/vehicles", "user-1", bad).await;
    assert_eq!(answer.fields(), ["engineSize", "make", "manufactureYear", "registrationNumber"]);
    let bad = json!({ "taxStatus": "maybe", "motExpiryDate": "2027-02-30", "wheels": 4, "metadata": { "ownerId": 1 } });
    let answer = app.post("/vehicles", "user-1", bad).await;
    let fields = ["metadata.ownerId", "motExpiryDate", "registrationNumber", "taxStatus", "wheels"];
    assert_eq!((answer.status.as_u16(), answer.fields()), (400, fields.to_vec()));
    assert_eq!(app.post("/vehicles/lookup", "user-1", json!({ "registrationNumber": "?" })).await.status, 400);
    assert_eq!(app.get("/vehicles", "user-1").await.json["total"], 0);
}

#[tokio::test]
async fn another_s_vehicle_is_not_there() {
    let app = app();
    let id = added(&app, "user-1", "L2WPS").await.id();
    for call in ["GET ", "GET /mot-history", "GET /report", "PUT ", "DELETE ", "POST /refresh"] {
        let (method, rest) = call.split_once(' ').unwrap();
        let body = (method == "PUT").then(|| json!({ "make": "MINE" }));
        let answer = app.call_with(&format!("{method} /vehicles/{id}{rest}"), "user-2", &[], body).await;
        assert_eq!(answer.status, 404, "{call}");
    }
    assert_eq!(app.get("/vehicles", "user-2").await.json["total"], 0);
    assert_eq!(app.get(&format!("/vehicles/{id}"), "admin-9").await.status, 200);
}

#[tokio::test]
async fn conditions_are_kept() {
    let app = app();
    let path = format!("/vehicles/{}", added(&app, "user-1", "L2WPS").await.id());
    let get = |tag: &'static str| [("if-none-match", tag)];
    assert_eq!(app.call_with(&format!("GET {path}"), "user-1", &get("\"1\""), None).await.status, 304);
    assert_eq!(app.call_with(&format!("GET {path}"), "user-1", &get("\"2\""), None).await.status, 200);
    let edit = Some(json!({ "metadata": { "insuranceProvider": "Aviva" } }));
    let put = format!("PUT {path}");
    let stale = app.call_with(&put, "user-1", &[("if-match", "\"7\"")], edit.clone()).await;
    assert_eq!((stale.status.as_u16(), &stale.json["code"]), (412, &json!("precondition_failed")));
    assert_eq!(app.call_with(&put, "user-1", &[("if-match", "7")], edit.clone()).await.fields(), ["If-Match"]);
    assert_eq!(app.call_with(&put, "user-1", &[("if-match", "\"1\"")], edit).await.status, 200);

    let delete = format!("DELETE {path}");
    assert_eq!(app.call_with(&delete, "user-1", &[("if-match", "\"1\"")], None).await.status, 412);
    let gone = app.call_with(&delete, "user-1", &[("if-match", "\"2\"")], None).await;
    assert_eq!((gone.status.as_u16(), gone.json), (204, Value::Null));
    assert_eq!(app.get(&path, "user-1").await.status, 404);
    assert_eq!(app.call_with(&delete, "user-1", &[], None).await.status, 404);
}

#[tokio::test]
async fn a_refresh_waits_its_time() {
    let app = app();
    let path = format!("/vehicles/{}/refresh", added(&app, "user-1", "L2WPS").await.id());
    let early = app.call_with(&format!("POST {path}"), "user-1", &[], None).await;
    assert_eq!((early.status.as_u16(), early.header("retry-after")), (429, "900"));
    app.clock.advance(Duration::from_mins(15));
    let refreshed = app.call_with(&format!("POST {path}"), "user-1", &[], None).await;
    assert_eq!((refreshed.status.as_u16(), &refreshed.json["revision"]), (200, &json!(2)));
}

#[tokio::test]
async fn history_and_report_tell_what_the_tests_found() {
    let app = app();
    let id = added(&app, "user-1", "AB17DGR").await.id();
    let history = app.get(&format!("/vehicles/{id}/mot-history"), "user-1").await;
    assert_eq!((history.status.as_u16(), &history.json["demonstration"]), (200, &json!(true)));
    let latest = &history.json["tests"][0];
    let dangerous = json!("dangerous");
    assert!(latest["defects"].as_array().unwrap().iter().any(|defect| defect["severity"] == dangerous), "{latest}");
    assert!(latest["odometerMiles"].is_u64() && latest["authority"] == "dvsa");

    let report = app.get(&format!("/vehicles/{id}/report"), "user-1").await.json;
    assert_eq!((&report["asOf"], &report["demonstration"]), (&json!("2026-11-23"), &json!(true)));
    assert_eq!(report["driving"]["doNotDrive"], true);
    assert_eq!(report["driving"]["reasons"][0]["ground"], "dangerous_defect");
    assert_eq!(report["findings"][0]["urgency"], "stop_now");
    assert!(report["mot"]["statement"].is_string() && report["tax"]["statement"].is_string());
    assert!(!report["mileage"]["readings"].as_array().unwrap().is_empty());
    assert!(!has_null(&report), "what is absent is left out: {report}");

    let vehicle = app.get(&format!("/vehicles/{id}"), "user-1").await.json;
    assert!(vehicle["motFailures"].as_array().unwrap().iter().any(|defect| defect["severity"] == dangerous));
}

fn has_null(json: &Value) -> bool {
    match json {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(object) => object.values().any(has_null),
        _ => false,
    }
}

#[tokio::test]
async fn every_demonstration_vehicle_can_be_shown() {
    let app = app();
    for (number, mark) in driveever::providers::vehicle_files::DemonstrationVehicles::marks().enumerate() {
        let answer = app.post("/vehicles", "user-1", json!({ "registrationNumber": mark })).await;
        assert_eq!(answer.status, 201, "{mark}: {}", answer.json);
        assert!(!has_null(&answer.json), "{mark}");
        let report = app.get(&format!("/vehicles/{}/report", answer.id()), "user-1").await;
        assert!(report.status == 200 && !has_null(&report.json), "{mark}");
        assert_eq!(app.get("/vehicles", "user-1").await.json["total"], number + 1);
    }
}

#[tokio::test]
async fn a_look_up_stores_nothing() {
    let app = app();
    let found = app.post("/vehicles/lookup", "user-1", json!({ "registrationNumber": "L2 WPS" })).await;
    assert_eq!((found.status.as_u16(), &found.json["demonstration"]), (200, &json!(true)));
    assert!(!found.json["motTests"].as_array().unwrap().is_empty());
    assert!(found.json.get("id").is_none());
    let unknown = app.post("/vehicles/lookup", "user-1", json!({ "registrationNumber": "BD51SMR" })).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(app.get("/vehicles", "user-1").await.json["total"], 0);
}
