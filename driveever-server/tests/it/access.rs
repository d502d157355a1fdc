//! Who may what (OWASP API Security Top 10, 2023: API1, API2, API5, API9), over every operation of the document.

use serde_json::json;

use crate::whole::{NOWHERE, Operation, Whole};

const CALLERS: [&str; 4] = ["user", "analyst", "prompt_editor", "admin"];

/// The role that an operation asks for.
fn needed(operation: &Operation) -> &'static str {
    match operation.id.as_str() {
        "list_users"
        | "get_user"
        | "set_user_roles"
        | "grant_credit"
        | "update_order"
        | "refund_order"
        | "list_audit_entries"
        | "list_parked_messages"
        | "delete_parked_message"
        | "replay_parked_message" => "admin",
        "create_prompt"
        | "update_prompt"
        | "delete_prompt"
        | "restore_prompt"
        | "roll_back_prompt"
        | "move_prompt_label"
        | "delete_prompt_label"
        | "render_template"
        | "optimize_prompt" => "prompt_editor",
        _ if operation.path.starts_with("/api/analytics") => "analyst",
        _ => "user",
    }
}

/// What ends the session that the next call needs.
const ENDING: [&str; 1] = ["delete_own_user"];

async fn answer(whole: &Whole, operation: &Operation, token: Option<&str>) -> (u16, String) {
    let mut path = operation.path_with(&[]);
    if operation.id == "get_analytics_timeseries" {
        path.push_str("?metric=questions");
    }
    let mut asking = whole.request(&operation.method, path);
    if let Some(token) = token {
        asking = asking.token(token);
    }
    if let Some(schema) = operation.body() {
        asking = asking.json(&whole.sample(schema));
    }
    let said = asking.send().await;
    (said.status, said.text)
}

#[tokio::test]
async fn every_role_may_what_is_its_own_and_nothing_else() {
    let whole = Whole::start().await;
    let mut tokens = Vec::new();
    for role in CALLERS {
        tokens.push((role, if role == "admin" { whole.admin().await } else { whole.with_role(role).await }));
    }
    let mut wrong = Vec::new();
    let mut cells = 0;
    for operation in whole.operations() {
        for (role, token) in &tokens {
            if ENDING.contains(&operation.id.as_str()) {
                continue;
            }
            cells += 1;
            let (status, text) = answer(&whole, &operation, Some(token)).await;
            let needed = needed(&operation);
            let may = *role == "admin" || needed == "user" || needed == *role;
            let fits = if may { status != 403 && status != 401 && status < 500 } else { status == 403 };
            if !may && operation.body().is_some() {
                let path = operation.path_with(&[]);
                let empty = whole.request(&operation.method, path).token(token).json(&json!({})).send().await;
                if empty.status != 403 {
                    wrong.push(format!(
                        "{role} {} {} without a body: {}",
                        operation.method, operation.path, empty.status
                    ));
                }
            }
            // A generated refresh token is nobody's.
            if !fits && operation.id != "refresh_session" && operation.id != "create_session" {
                wrong.push(format!("{role} {} {}: {status} {text}", operation.method, operation.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells > 300, "{cells}");
}

#[tokio::test]
async fn without_a_good_token_nothing_opens() {
    let whole = Whole::start().await;
    let good = whole.log_in("somebody@example.org").await;
    let mut parts = good.split('.');
    let (header, claims, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    // {"alg":"none","typ":"at+jwt"} and {"alg":"HS256","typ":"at+jwt"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{claims}.");
    let symmetric = format!("eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.{claims}.{signature}");
    let flipped: String = signature.chars().rev().collect();
    let bad = [
        String::new(),
        "nonsense".to_owned(),
        none,
        symmetric,
        format!("{header}.{claims}.{flipped}"),
        format!("{header}.{claims}"),
        "a".repeat(100_000),
    ];
    let before = whole.stored().await;
    for operation in whole.operations().iter().filter(|operation| operation.needs_token()) {
        let (status, text) = answer(&whole, operation, None).await;
        assert_eq!(status, 401, "{} {}: {text}", operation.method, operation.path);
        for token in &bad {
            let (status, text) = answer(&whole, operation, Some(token)).await;
            assert_eq!(status, 401, "{:.40} {} {}: {text}", token, operation.method, operation.path);
        }
        for scheme in ["Basic dXNlcjpwYXNz", "Bearer", "bearer  ", "Token x"] {
            let said = whole.request(&operation.method, operation.path_with(&[])).header("authorization", scheme);
            let said = said.send().await;
            assert_eq!((said.status, said.problem(scheme)["code"].as_str()), (401, Some("invalid_token")), "{scheme}");
            assert_eq!(said.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
        }
    }
    assert_eq!(whole.stored().await, before);
    // A bad token is refused where none is needed, too; one that was taken back is bad.
    assert_eq!(whole.request("GET", "/api/products").token("nonsense").send().await.status, 401);
    let pair = whole.tokens("somebody@example.org").await;
    let token = pair["accessToken"].as_str().unwrap();
    let over =
        whole.request("POST", "/api/auth/logout").token(token).json(&json!({"refreshToken": pair["refreshToken"]}));
    assert_eq!(over.send().await.status, 204);
    let said = whole.request("GET", "/api/users/me").token(token).send().await;
    assert_eq!(said.problem("after log-out")["code"], "invalid_token");
}

/// Things of one user, and where they are: the prefix of the operations that take their id, and the id.
async fn things(whole: &Whole, token: &str) -> Vec<(&'static str, String)> {
    let post = async |path: &str, body: serde_json::Value| {
        let said = whole.request("POST", path).token(token).json(&body).send().await;
        assert!(said.status < 300, "{path}: {}", said.text);
        said.json()
    };
    let vehicle = post("/api/vehicles", json!({"registrationNumber": "L2 WPS"})).await;
    let order = post("/api/orders", json!({"question": "When is my MOT due?", "vehicleId": vehicle["id"]})).await;
    whole.wired.app.settle().await.unwrap();
    let list = async |path: &str| whole.request("GET", path).token(token).send().await.json()["data"][0]["id"].clone();
    let (notification, session) = (list("/api/notifications").await, list("/api/users/me/sessions").await);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    vec![
        ("/api/vehicles/", text(&vehicle["id"])),
        ("/api/orders/", text(&order["id"])),
        ("/api/ai/responses/", text(&order["advice"]["id"])),
        // An exposure has its order's id.
        ("/api/prompts/exposures/", text(&order["id"])),
        ("/api/notifications/", text(&notification)),
        ("/api/users/me/sessions/", text(&session)),
    ]
}

#[tokio::test]
async fn the_things_of_another_user_are_not_there() {
    let whole = Whole::start().await;
    let (ann, bob) = (whole.log_in("ann@example.org").await, whole.log_in("bob@example.org").await);
    let things = things(&whole, &ann).await;
    let before = whole.stored().await;
    let mut tried = 0;
    for operation in whole.operations().iter().filter(|operation| needed(operation) == "user") {
        let Some((prefix, id)) =
            things.iter().find(|(prefix, _)| operation.path.starts_with(&format!("{prefix}{{id}}")))
        else {
            continue;
        };
        tried += 1;
        let mut asking = whole.request(&operation.method, operation.path_with(&[("id", id)])).token(&bob);
        if let Some(schema) = operation.body() {
            let mut body = whole.sample(schema);
            if operation.id == "record_prompt_outcome" {
                body = json!({"rating": 1});
            }
            asking = asking.json(&body);
        }
        let said = asking.send().await;
        assert_eq!(said.status, 404, "{} {} of {prefix}: {}", operation.method, operation.path, said.text);
        // Not a word differs from what is nowhere.
        let detail = said.problem(&operation.path)["detail"].clone();
        let mut asking = whole.request(&operation.method, operation.path_with(&[("id", NOWHERE)])).token(&bob);
        if let Some(schema) = operation.body() {
            let body =
                if operation.id == "record_prompt_outcome" { json!({"rating": 1}) } else { whole.sample(schema) };
            asking = asking.json(&body);
        }
        assert_eq!(asking.send().await.problem(&operation.path)["detail"], detail, "{}", operation.path);
    }
    assert!(tried >= 16, "{tried}");
    // In bodies.
    let vehicle = &things[0].1;
    let order = json!({"question": "Is it safe?", "vehicleId": vehicle});
    let generation = json!({"prompt": "Answer.", "question": "Is it safe?", "context": {"vehicleId": vehicle}});
    for (path, body) in [
        ("/api/orders", order),
        ("/api/ai/generate", generation.clone()),
        ("/api/ai/generate-with-fallback", generation.clone()),
        ("/api/ai/generate/stream", generation.clone()),
    ] {
        let said = whole.request("POST", path).token(&bob).json(&body).send().await;
        assert_eq!(said.status, 404, "{path}: {}", said.text);
    }
    // In lists.
    for path in ["/api/vehicles", "/api/orders", "/api/ai/responses", "/api/notifications"] {
        let said = whole.request("GET", path).token(&bob).send().await.json();
        assert_eq!((said["total"].as_u64(), said["data"].as_array().map(Vec::len)), (Some(0), Some(0)), "{path}");
    }
    let sessions = whole.request("GET", "/api/users/me/sessions").token(&bob).send().await.text;
    assert!(!sessions.contains(&things[5].1), "{sessions}");
    assert_eq!(whole.stored().await, before, "nothing changed");
    // Their owner still has them all.
    for (prefix, id) in &things[..3] {
        assert_eq!(whole.request("GET", format!("{prefix}{id}")).token(&ann).send().await.status, 200, "{prefix}");
    }
}

#[tokio::test]
async fn what_is_documented_is_served_and_nothing_beside() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    for (path, item) in whole.document["paths"].as_object().unwrap() {
        let place = Operation { id: String::new(), method: String::new(), path: path.clone(), raw: json!({}) };
        let concrete = place.path_with(&[]);
        for method in methods {
            let said = whole.request(method, concrete.clone()).token(&admin);
            let documented = item.get(method.to_lowercase()).is_some();
            if documented && method == "DELETE" && path == "/api/users/me" {
                continue;
            }
            let said = said.send().await;
            if documented {
                let nothing = said.text.contains("there is nothing at this path");
                assert!(said.status != 405 && !nothing, "{method} {path}: {} {}", said.status, said.text);
            } else {
                assert_eq!(said.status, 405, "{method} {path}: {}", said.text);
                let allowed = said.headers["allow"].to_str().unwrap().to_owned();
                for named in allowed.split(',').filter(|named| *named != "HEAD") {
                    assert!(item.get(named.to_lowercase()).is_some(), "{path} allows {named}");
                }
            }
        }
    }
    for nowhere in ["/api", "/api/nothing", "/api/users/me/nothing", "/orders", "/api//orders", "/api/orders/"] {
        let said = whole.request("GET", nowhere).token(&admin).send().await;
        assert_eq!(said.status, 404, "{nowhere}: {}", said.text);
        said.problem(nowhere);
    }
}
