//! Vehicles filled from the DVLA's and the DVSA's services, over the wire.

use driveever_doubles::{Double, Protocol, Script};
use serde_json::json;
use tokio::process::Command;

use super::support::{Home, Server};

const SECRET: &str = "very-s3cret";

async fn double() -> Double {
    let double = Double::start().await.unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../driveever-providers/data/vehicles");
    assert!(double.know_folder(folder.as_ref()).unwrap() > 0);
    double
}

fn command(home: &Home, double: &Double) -> Command {
    let mut command = home.command();
    for (name, protocol) in
        [("DVLA_BASE_URL", Protocol::Ves), ("DVSA_BASE_URL", Protocol::Dvsa), ("DVSA_TOKEN_URL", Protocol::DvsaToken)]
    {
        command.env(name, double.base_url(protocol));
    }
    for name in ["DVLA_API_KEY", "DVSA_API_KEY", "DVSA_CLIENT_SECRET"] {
        command.env(name, SECRET);
    }
    command.env("DVSA_CLIENT_ID", "client-1");
    command
}

#[tokio::test]
async fn a_vehicle_is_filled_from_both_services() {
    let (home, double) = (Home::new(), double().await);
    let server = Server::start(command(&home, &double)).await;
    let user = server.user("ann@example.org").await;
    let vehicle = server.post(&user, "/api/vehicles", &json!({"registrationNumber": "aa19 mot"})).await.expect(201);
    for (field, value) in [("registrationNumber", "AA19MOT"), ("make", "NORVAL"), ("taxStatus", "taxed")] {
        assert_eq!(vehicle[field], value, "{vehicle}");
    }
    assert!(vehicle["motExpiryDate"].is_string() && vehicle["model"].is_string(), "{vehicle}");
    let asked = |double: &Double| Protocol::VEHICLES.map(|protocol| double.count(protocol));
    assert_eq!(asked(&double), [1, 1, 1]);

    // What was read a moment ago is relied on: by a question, by another user's look-up.
    let order = json!({"question": "When is my MOT due?", "vehicleId": vehicle["id"]});
    let advice = server.post(&user, "/api/orders", &order).await.expect(201)["advice"].clone();
    let sources = advice["sources"].to_string();
    assert!(sources.contains("DVLA vehicle record") && sources.contains("DVSA MOT history"), "{advice}");
    let other = server.user("bob@example.org").await;
    let found = server.post(&other, "/api/vehicles/lookup", &json!({"registrationNumber": "AA19MOT"})).await;
    assert_eq!(found.expect(200)["make"], "NORVAL");
    assert_eq!(asked(&double), [1, 1, 1]);

    // One that is unknown, one that is down, both that are down.
    let look_up =
        async |mark: &str| server.post(&user, "/api/vehicles/lookup", &json!({"registrationNumber": mark})).await;
    look_up("A1ABC").await.expect(404);
    double.always(Protocol::Ves, Script::error(503, json!([{"status": 503, "title": "down"}])));
    let half = look_up("L2WPS").await.expect(200);
    assert!(half["model"].is_string() || half["make"].is_string(), "{half}");
    double.always(Protocol::Dvsa, Script::error(403, json!({"errorCode": "MOTH-FB-03", "errorMessage": "[ABZ4417]"})));
    let problem = look_up("ABZ4417").await.expect(503);
    assert!(!problem.to_string().contains("ABZ"), "{problem}");

    assert_eq!(double.violations(), Vec::<String>::new(), "what was sent is what the services take");
    let said = server.said();
    for secret in [SECRET, "client-1", "token-1", "AA19MOT", "L2WPS", "ABZ4417"] {
        assert!(!said.contains(secret), "{secret} in a log line: {said}");
    }
    server.terminate().await;
}

#[tokio::test]
async fn a_refresh_asks_anew_and_keeps_what_a_service_that_is_down_said_before() {
    let (home, double) = (Home::new(), double().await);
    let server = Server::start(command(&home, &double)).await;
    let admin = server.admin().await;
    let vehicle = server.post(&admin, "/api/vehicles", &json!({"registrationNumber": "AA19MOT"})).await.expect(201);
    double.know(
        Protocol::Ves,
        "AA19MOT",
        json!({"registrationNumber": "AA19MOT", "make": "NORVAL", "taxStatus": "Untaxed", "taxDueDate": "2026-01-01"}),
    );
    double.always(Protocol::Dvsa, Script::error(403, json!({"errorCode": "MOTH-FB-03"})));
    let path = format!("/api/vehicles/{}", vehicle["id"].as_str().unwrap());
    let refreshed = server.post(&admin, &format!("{path}/refresh"), &json!({})).await.expect(200);
    assert_eq!((&refreshed["taxStatus"], &refreshed["taxDueDate"]), (&json!("untaxed"), &json!("2026-01-01")));
    assert_eq!((&refreshed["model"], &refreshed["motExpiryDate"]), (&vehicle["model"], &vehicle["motExpiryDate"]));
    let sources = refreshed["dataSources"].as_array().unwrap();
    let outcomes: Vec<_> = sources.iter().map(|reading| (&reading["source"], &reading["outcome"])).collect();
    assert_eq!(outcomes, [(&json!("dvla"), &json!("found")), (&json!("dvsa"), &json!("stale"))]);
    let tests = server.get(&admin, &format!("{path}/mot-history")).await.expect(200);
    assert!(tests.to_string().contains("passed"), "{tests}");
    let audit = server.get(&admin, "/api/audit?type=vehicle.updated").await.expect(200).to_string();
    assert!(audit.contains("vehicle.updated"), "{audit}");
    server.terminate().await;
}
