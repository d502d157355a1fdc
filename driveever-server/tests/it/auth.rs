//! Log-in, refresh, logout, sessions, passwords, keys.

use serde_json::{Value, json};

use crate::{
    support::{Answer, App, PASSWORD, app},
    users::{login, register, session},
};

async fn refresh(app: &App, token: &str) -> Answer {
    app.post("/auth/refresh").json(&json!({ "refreshToken": token })).send().await
}

/// The name and value of the cookie that was set, after its attributes were found right.
fn cookie(answer: &Answer) -> String {
    let (pair, attributes) = answer.header("set-cookie").unwrap().split_once(';').unwrap();
    for attribute in [" Secure", " HttpOnly", " SameSite=Strict", " Path=/"] {
        assert!(attributes.split(';').any(|found| found == attribute), "{attributes}");
    }
    assert!(pair.starts_with("__Host-refresh="));
    pair.to_owned()
}

fn credentials() -> Value {
    json!({ "email": "ann@example.org", "password": PASSWORD })
}

#[tokio::test]
async fn a_session_is_opened_refreshed_and_ended() {
    let app = app();
    register(&app, "ann@example.org").await;
    let pair = login(&app, "ANN@example.org").await;
    assert_eq!((pair["tokenType"].clone(), pair["expiresIn"].clone()), (json!("Bearer"), json!(600)));
    let first = pair["refreshToken"].as_str().unwrap();
    let next = refresh(&app, first).await.expect(200);
    assert_ne!(next["refreshToken"], pair["refreshToken"]);
    let access = next["accessToken"].as_str().unwrap();
    app.get("/users/me").token(access).send().await.expect(200);

    let logout = json!({ "refreshToken": next["refreshToken"] });
    assert_eq!(app.post("/auth/logout").json(&logout).send().await.problem(401), "authentication_required");
    let answer = app.post("/auth/logout").token(access).json(&logout).send().await;
    answer.expect(204);
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(app.get("/users/me").token(access).send().await.problem(401), "invalid_token");
    assert_eq!(refresh(&app, next["refreshToken"].as_str().unwrap()).await.problem(401), "invalid_refresh_token");
}

#[tokio::test]
async fn a_refresh_token_shown_twice_ends_its_session() {
    let app = app();
    register(&app, "ann@example.org").await;
    let pair = login(&app, "ann@example.org").await;
    let first = pair["refreshToken"].as_str().unwrap();
    let next = refresh(&app, first).await.expect(200);
    assert_eq!(refresh(&app, first).await.problem(401), "invalid_refresh_token");
    assert_eq!(refresh(&app, next["refreshToken"].as_str().unwrap()).await.problem(401), "invalid_refresh_token");
    let access = next["accessToken"].as_str().unwrap();
    assert_eq!(app.get("/users/me").token(access).send().await.problem(401), "invalid_token");
}

#[tokio::test]
async fn bad_input_is_named_and_says_nothing_about_accounts() {
    let app = app();
    register(&app, "ann@example.org").await;
    let try_login = async |email: &str, password: &str| {
        app.post("/auth/login").json(&json!({ "email": email, "password": password })).send().await
    };
    let (wrong, unknown) = (try_login("ann@example.org", "x").await, try_login("bob@example.org", PASSWORD).await);
    let said = |answer: &Answer| (answer.problem(401), answer.json()["detail"].clone());
    assert_eq!(said(&wrong), said(&unknown));
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer"));
    let long = "x".repeat(129);
    assert_eq!(try_login(" ", &long).await.bad_fields(), ["email", "password"]);
    let odd = json!({ "email": 1, "pasword": "x" });
    let answer = app.post("/auth/login").json(&odd).send().await;
    assert_eq!(answer.bad_fields(), ["email", "password", "pasword"]);
    assert_eq!(app.post("/auth/login").send().await.problem(415), "unsupported_media_type");
    assert_eq!(app.post("/auth/refresh").send().await.bad_fields(), ["refreshToken"]);
    assert_eq!(app.post("/auth/refresh").text(" null ").send().await.bad_fields(), ["refreshToken"]);
    assert_eq!(app.post("/auth/refresh").header("content-type", "text/plain").send().await.status, 400);
    for token in ["", "x", &"y".repeat(1_000)] {
        assert_eq!(refresh(&app, token).await.problem(401), "invalid_refresh_token");
    }
}

#[tokio::test]
async fn attempts_are_throttled_by_the_address_of_the_connection() {
    let app = app();
    register(&app, "ann@example.org").await;
    let attempt = async |address: [u8; 4]| {
        let wrong = json!({ "email": "ann@example.org", "password": "wrong" });
        let sending = app.post("/auth/login").from(address).header("x-forwarded-for", "203.0.113.9");
        sending.json(&wrong).send().await
    };
    for _ in 0..5 {
        assert_eq!(attempt([192, 0, 2, 7]).await.status, 401);
    }
    let refused = attempt([192, 0, 2, 7]).await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(attempt([192, 0, 2, 8]).await.status, 401, "another address has its own count");
}

#[tokio::test]
async fn a_browser_keeps_its_refresh_token_in_a_cookie_and_in_no_body() {
    let app = app();
    register(&app, "ann@example.org").await;
    let from_page = |path| app.post(path).header("x-session", "cookie").header("sec-fetch-site", "same-origin");
    let opened = from_page("/auth/login").json(&credentials()).send().await;
    assert!(opened.expect(200).get("refreshToken").is_none());
    let first = cookie(&opened);
    let token = first.split_once('=').unwrap().1;
    assert!(!opened.text.contains(token));

    let refreshed = from_page("/auth/refresh").header("cookie", first.clone()).send().await;
    let access = refreshed.expect(200)["accessToken"].as_str().unwrap().to_owned();
    assert!(refreshed.json().get("refreshToken").is_none());
    let second = cookie(&refreshed);
    assert_ne!(first, second);
    // Without the header the cookie counts for nothing; with it, a body must not carry a token.
    assert_eq!(app.post("/auth/refresh").header("cookie", second.clone()).send().await.bad_fields(), ["refreshToken"]);
    let both = from_page("/auth/refresh").header("cookie", second.clone()).json(&json!({ "refreshToken": token }));
    assert_eq!(both.send().await.bad_fields(), ["refreshToken"]);
    assert_eq!(from_page("/auth/refresh").send().await.problem(401), "invalid_refresh_token");

    let ended = from_page("/auth/logout").token(&access).header("cookie", second.clone()).send().await;
    ended.expect(204);
    assert_eq!(cookie(&ended), "__Host-refresh=");
    assert!(ended.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(from_page("/auth/refresh").header("cookie", second).send().await.problem(401), "invalid_refresh_token");
}

#[tokio::test]
async fn another_site_cannot_use_the_cookie() {
    let app = app();
    register(&app, "ann@example.org").await;
    let by_body = |path| app.post(path).header("x-session", "cookie").header("host", "driveever.example");
    for path in ["/auth/login", "/auth/refresh"] {
        let crossed = by_body(path).header("sec-fetch-site", "cross-site").json(&credentials()).send().await;
        assert_eq!(crossed.problem(403), "cross_site_request", "{path}");
        let foreign = by_body(path).header("origin", "https://evil.example").json(&credentials()).send().await;
        assert_eq!(foreign.problem(403), "cross_site_request", "{path}");
    }
    let own = by_body("/auth/login").header("origin", "https://driveever.example").json(&credentials()).send().await;
    own.expect(200);
    let odd = app.post("/auth/login").header("x-session", "jar").json(&credentials()).send().await;
    assert_eq!(odd.bad_fields(), ["X-Session"]);
}

#[tokio::test]
async fn tokens_are_never_kept_for_a_repetition() {
    let app = app();
    register(&app, "ann@example.org").await;
    let keyed = async || app.post("/auth/login").header("idempotency-key", "k1").json(&credentials()).send().await;
    let (first, second) = (keyed().await, keyed().await);
    assert_ne!(first.expect(200)["refreshToken"], second.expect(200)["refreshToken"]);
    assert_eq!(second.header("idempotency-replayed"), None);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    let app = app();
    let (_, ann) = session(&app, "ann@example.org").await;
    login(&app, "ann@example.org").await;
    let (_, bob) = session(&app, "bob@example.org").await;
    let list = async |token: &str| app.get("/users/me/sessions").token(token).send().await.expect(200)["data"].clone();
    let sessions = list(&ann).await;
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    let other = sessions.as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    assert_eq!(other["client"], "test browser");
    let path = format!("/users/me/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(app.request("DELETE", &path).token(&bob).send().await.problem(404), "not_found");
    app.request("DELETE", &path).token(&ann).send().await.expect(204);
    assert_eq!(app.request("DELETE", &path).token(&ann).send().await.problem(404), "not_found");
    assert_eq!(list(&ann).await.as_array().unwrap().len(), 1);
    assert_eq!(app.request("DELETE", "/users/me/sessions/7").token(&ann).send().await.bad_fields(), ["id"]);
    assert_eq!(app.get("/users/me/sessions").send().await.problem(401), "authentication_required");
}

#[tokio::test]
async fn a_change_of_the_password_keeps_this_session_and_ends_the_others() {
    let app = app();
    let (_, ann) = session(&app, "ann@example.org").await;
    let other = login(&app, "ann@example.org").await;
    let change = async |current: &str, new: &str| {
        let body = json!({ "currentPassword": current, "newPassword": new });
        app.post("/users/me/password").token(&ann).json(&body).send().await
    };
    let next = "nine barges under the bridge";
    assert_eq!(change("not it at all", next).await.problem(403), "wrong_current_password");
    assert_eq!(change(PASSWORD, "short").await.bad_fields(), ["newPassword"]);
    change(PASSWORD, next).await.expect(204);
    app.get("/users/me").token(&ann).send().await.expect(200);
    let ended = other["accessToken"].as_str().unwrap();
    assert_eq!(app.get("/users/me").token(ended).send().await.problem(401), "invalid_token");
    assert_eq!(app.post("/auth/login").json(&credentials()).send().await.problem(401), "invalid_credentials");
}

#[tokio::test]
async fn keys_are_public_and_may_be_kept_for_a_short_while() {
    let app = app();
    session(&app, "ann@example.org").await;
    let answer = app.get("/.well-known/jwks.json").send().await;
    let keys = answer.expect(200)["keys"].clone();
    assert_eq!((keys[0]["kty"].clone(), keys[0]["alg"].clone()), (json!("OKP"), json!("EdDSA")));
    assert_eq!(keys[0].get("d"), None);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_everywhere() {
    let app = app();
    for token in ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        for path in ["/users/me", "/.well-known/jwks.json"] {
            let answer = app.get(path).token(token).send().await;
            assert_eq!(answer.problem(401), "invalid_token", "{token} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        }
    }
}
