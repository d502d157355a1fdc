//! Accounts: registration, the own account, export and erasure, lists and roles.

use serde_json::{Value, json};

use crate::support::{Answer, App, PASSWORD, app};

pub(crate) async fn register(app: &App, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD, "name": "Ann" });
    app.post("/users/register").json(&body).send().await.expect(201)
}

pub(crate) async fn login(app: &App, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD });
    app.post("/auth/login").header("user-agent", "test browser").json(&body).send().await.expect(200)
}

/// A new user with their access token.
pub(crate) async fn session(app: &App, email: &str) -> (Value, String) {
    let user = register(app, email).await;
    let pair = login(app, email).await;
    (user, pair["accessToken"].as_str().unwrap().to_owned())
}

/// The first admin's access token.
async fn admin(app: &App) -> String {
    app.users.ensure_admin("root@example.org", Some(PASSWORD.into())).await.unwrap();
    login(app, "root@example.org").await["accessToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_is_made_and_read() {
    let app = app();
    let body = json!({ "email": "Ann@Example.org", "password": PASSWORD, "name": " Ann " });
    let made = app.post("/users/register").json(&body).send().await;
    let user = made.expect(201);
    assert_eq!((user["email"].clone(), user["name"].clone()), (json!("ann@example.org"), json!("Ann")));
    assert_eq!((user["roles"].clone(), user["revision"].clone()), (json!(["user"]), json!(1)));
    assert_eq!((made.header("location"), made.header("etag")), (Some("/users/me"), Some("\"1\"")));
    assert!(!made.text.contains("assword"));

    let token = login(&app, "ann@example.org").await["accessToken"].as_str().unwrap().to_owned();
    let read = app.get("/users/me").token(&token).send().await;
    assert_eq!(read.expect(200), user);
    let known = app.get("/users/me").token(&token).header("if-none-match", "\"1\"").send().await;
    assert_eq!((known.status, known.text.as_str(), known.header("etag")), (304, "", Some("\"1\"")));
    assert_eq!(app.get("/users/me").send().await.problem(401), "authentication_required");
}

#[tokio::test]
async fn every_bad_field_of_a_registration_is_named() {
    let app = app();
    let fields = async |body: Value| app.post("/users/register").json(&body).send().await.bad_fields();
    let bad = json!({ "email": "nobody", "password": "short", "name": "\u{0}" });
    assert_eq!(fields(bad).await, ["email", "name", "password"]);
    let granted = json!({ "email": "a@example.org", "password": PASSWORD, "name": "A", "roles": ["admin"] });
    assert_eq!(fields(granted).await, ["roles"]);
    assert_eq!(fields(json!({})).await, ["email", "name", "password"]);
    let cut = app.post("/users/register").text("{\"email\": \"\\ud800").send().await;
    assert_eq!(cut.bad_fields(), ["body"]);

    register(&app, "ann@example.org").await;
    let again = json!({ "email": "ANN@example.org", "password": PASSWORD, "name": "A" });
    assert_eq!(app.post("/users/register").json(&again).send().await.problem(409), "email_taken");
}

#[tokio::test]
async fn the_own_name_changes_at_the_revision_that_was_read() {
    let app = app();
    let (_, token) = session(&app, "ann@example.org").await;
    let rename = async |name: &str, condition: Option<&str>| -> Answer {
        let sending = app.request("PATCH", "/users/me").token(&token).json(&json!({ "name": name }));
        match condition {
            Some(tag) => sending.header("if-match", tag).send().await,
            None => sending.send().await,
        }
    };
    let renamed = rename("Bea", Some("\"1\"")).await;
    assert_eq!((renamed.expect(200)["name"].clone(), renamed.header("etag")), (json!("Bea"), Some("\"2\"")));
    assert_eq!(rename("Cat", Some("\"1\"")).await.problem(412), "precondition_failed");
    assert_eq!(rename("Cat", Some("1")).await.bad_fields(), ["If-Match"]);
    assert_eq!(rename("", None).await.bad_fields(), ["name"]);
    assert_eq!(rename("Dot", Some("*")).await.expect(200)["revision"], 3);
    let granted = app.request("PATCH", "/users/me").token(&token).json(&json!({ "roles": ["admin"] })).send().await;
    assert_eq!(granted.bad_fields(), ["roles"]);
}

#[tokio::test]
async fn a_person_takes_their_data_along_and_leaves() {
    let app = app();
    let (user, token) = session(&app, "ann@example.org").await;
    let export = app.get("/users/me/export").token(&token).send().await;
    let data = export.expect(200);
    assert_eq!(data["userId"], user["id"]);
    assert_eq!(data["data"]["user"]["email"], "ann@example.org");
    assert_eq!(data["data"]["user"]["sessions"].as_array().unwrap().len(), 1);
    assert!(export.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(!export.text.to_lowercase().contains("hash"));

    let leave = async |tag: &str| app.request("DELETE", "/users/me").token(&token).header("if-match", tag).send().await;
    assert_eq!(leave("\"9\"").await.problem(412), "precondition_failed");
    assert_eq!(leave("\"1\"").await.expect(200)["state"], "done");
    assert_eq!(app.get("/users/me").token(&token).send().await.problem(401), "invalid_token");
    let login = json!({ "email": "ann@example.org", "password": PASSWORD });
    assert_eq!(app.post("/auth/login").json(&login).send().await.problem(401), "invalid_credentials");
    register(&app, "ann@example.org").await;
}

#[tokio::test]
async fn the_last_admin_cannot_leave() {
    let app = app();
    let admin = admin(&app).await;
    assert_eq!(app.request("DELETE", "/users/me").token(&admin).send().await.problem(409), "last_admin");
}

#[tokio::test]
async fn admins_alone_list_and_read_accounts() {
    let app = app();
    let admin = admin(&app).await;
    let (ann, token) = session(&app, "ann@example.org").await;
    let own = format!("/users/{}", ann["id"].as_str().unwrap());
    for path in ["/users", own.as_str()] {
        assert_eq!(app.get(path).send().await.problem(401), "authentication_required");
        assert_eq!(app.get(path).token(&token).send().await.problem(403), "forbidden");
    }
    let read = app.get(&own).token(&admin).send().await;
    assert_eq!((read.expect(200), read.header("etag")), (ann.clone(), Some("\"1\"")));
    let missing = "/users/00000000-0000-7000-8000-00000000dead";
    assert_eq!(app.get(missing).token(&admin).send().await.problem(404), "not_found");
    assert_eq!(app.get("/users/7").token(&admin).send().await.bad_fields(), ["id"]);

    let page = app.get("/users?limit=1&page=2").token(&admin).send().await.expect(200);
    assert_eq!((page["total"].clone(), page["totalPages"].clone()), (json!(2), json!(2)));
    assert_eq!(page["data"], json!([ann]));
    let found = app.get("/users?email=ANN%40example.org").token(&admin).send().await.expect(200);
    assert_eq!(found["total"], 1);
    let bad = app.get("/users?limit=101&page=0&colour=red&sort=name").token(&admin).send().await;
    assert_eq!(bad.bad_fields(), ["colour", "limit", "page", "sort"]);
}

#[tokio::test]
async fn a_walk_by_cursor_ends_and_refuses_what_was_altered() {
    let app = app();
    let admin = admin(&app).await;
    for name in ["a", "b"] {
        register(&app, &format!("{name}@example.org")).await;
    }
    let list = async |cursor: &str| app.get(&format!("/users?limit=2&cursor={cursor}")).token(&admin).send().await;
    let first = list("").await.expect(200);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = list(cursor).await.expect(200);
    assert_eq!((second["data"].as_array().unwrap().len(), second["nextCursor"].clone()), (1, Value::Null));
    let altered = format!("{}A", &cursor[..cursor.len() - 1]);
    for bad in ["x", &altered, &cursor[1..]] {
        assert_eq!(list(bad).await.bad_fields(), ["cursor"], "{bad}");
    }
}

#[tokio::test]
async fn roles_are_given_by_admins_and_hold_at_once() {
    let app = app();
    let admin = admin(&app).await;
    let (ann, token) = session(&app, "ann@example.org").await;
    let path = format!("/users/{}/roles", ann["id"].as_str().unwrap());
    let give = async |by: &str, roles: Value| {
        app.request("PUT", &path).token(by).json(&json!({ "roles": roles })).send().await
    };
    assert_eq!(give(&token, json!(["admin"])).await.problem(403), "forbidden");
    assert_eq!(give(&admin, json!([])).await.bad_fields(), ["roles"]);
    assert_eq!(give(&admin, json!(["service"])).await.bad_fields(), ["roles"]);
    assert_eq!(give(&admin, json!(["king"])).await.bad_fields(), ["roles[0]"]);
    let given = give(&admin, json!(["user", "analyst"])).await;
    assert_eq!((given.expect(200)["roles"].clone(), given.header("etag")), (json!(["user", "analyst"]), Some("\"2\"")));
    assert_eq!(app.get("/users/me").token(&token).send().await.problem(401), "invalid_token");
    let stale = app.request("PUT", &path).token(&admin).header("if-match", "\"1\"").json(&json!({ "roles": ["user"] }));
    assert_eq!(stale.send().await.problem(412), "precondition_failed");
}
