//! `/notifications`.

use std::time::Duration;

use driveever_server::live::Live;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::answers_support::{App, PATIENCE, app, app_with, user_id};

#[tokio::test]
async fn notifications_are_listed_and_read() {
    let app = app();
    for _ in 0..2 {
        app.alert(user_id(1)).await;
    }
    let page = app.get("/notifications?unread=true", "user-1").await;
    assert_eq!((&page.json["total"], &page.json["data"][0]["kind"]), (&json!(2), &json!("security_alert")));
    let newest = page.json["data"][0]["id"].as_str().unwrap();
    let read = app.call_with(&format!("POST /notifications/{newest}/read"), "user-1", &[], None).await;
    assert_eq!((read.status.as_u16(), read.header("etag")), (200, "\"2\""));
    assert!(read.json["readAt"].is_string());
    assert_eq!(app.get("/notifications?unread=false", "user-1").await.json["total"], 1);
    let others = app.call_with(&format!("POST /notifications/{newest}/read"), "user-2", &[], None).await;
    assert_eq!(others.status, 404);
    let all = app.call_with("POST /notifications/read-all", "user-1", &[], None).await;
    assert_eq!(all.json, json!({ "marked": 1 }));
    assert_eq!(app.get("/notifications?unread=true", "user-1").await.json["total"], 0);
    assert_eq!(app.get("/notifications", "user-2").await.json["total"], 0);
    assert_eq!(app.get("/notifications?unread=no&kind=x", "user-1").await.fields(), ["kind", "unread"]);
}

#[tokio::test]
async fn preferences_are_set_kind_by_kind() {
    let app = app();
    let never = app.get("/notifications/preferences", "user-1").await;
    assert_eq!((never.header("etag"), never.json.get("revision")), ("", None));
    let kinds = never.json["kinds"].as_object().unwrap();
    assert!(kinds.len() == 6 && kinds.values().all(|on| on == true));

    let put = |tag: &'static str, body: Value| {
        let app = &app;
        async move { app.call_with("PUT /notifications/preferences", "user-1", &[("if-match", tag)], Some(body)).await }
    };
    let off = put("*", json!({ "kinds": { "mot_due": false } })).await;
    assert_eq!((off.status.as_u16(), off.header("etag")), (200, "\"1\""));
    assert_eq!((&off.json["kinds"]["mot_due"], &off.json["kinds"]["tax_due"]), (&json!(false), &json!(true)));
    assert_eq!(app.get("/notifications/preferences", "user-1").await.json, off.json);
    assert_eq!(put("\"9\"", json!({ "kinds": {} })).await.status, 412);
    let locked = put("*", json!({ "kinds": { "security_alert": false } })).await;
    assert_eq!((locked.status.as_u16(), locked.fields()), (400, vec!["kinds.security_alert"]));
    assert_eq!(put("*", json!({ "kinds": { "weather": true } })).await.status, 400);
    assert_eq!(put("*", json!({ "mot_due": true })).await.fields(), ["kinds", "mot_due"]);
}

#[tokio::test]
async fn a_stream_tells_what_comes_and_goes_on_where_it_ended() {
    let app = app();
    app.alert(user_id(1)).await;
    let mut stream = app.open("/notifications/stream", "user-1", &[]).await;
    let ready = stream.next().await.unwrap();
    assert_eq!(ready.name, "ready");
    app.alert(user_id(2)).await;
    app.alert(user_id(1)).await;
    let told = stream.next().await.unwrap();
    assert_eq!((told.name.as_str(), &told.data["kind"]), ("notification", &json!("security_alert")));
    assert_eq!(told.data["id"], told.id.as_str());
    let newest = app.get("/notifications", "user-1").await;
    assert_eq!(newest.json["data"][0], told.data);
    assert!(stream.is_silent(Duration::from_millis(50)).await, "neither another's nor an older one");
    drop(stream);

    app.alert(user_id(1)).await;
    app.alert(user_id(1)).await;
    let mut stream = app.open("/notifications/stream", "user-1", &[("last-event-id", &ready.id)]).await;
    let (again, second, third) =
        (stream.next().await.unwrap(), stream.next().await.unwrap(), stream.next().await.unwrap());
    assert_eq!((again.name.as_str(), again.id), ("ready", ready.id));
    assert_eq!(second.id, told.id);
    app.alert(user_id(1)).await;
    let (fourth, fifth) = (stream.next().await.unwrap(), stream.next().await.unwrap());
    let ids = [&second.id, &third.id, &fourth.id, &fifth.id];
    assert!(ids.is_sorted() && ids.windows(2).all(|two| two[0] != two[1]), "each once and in order");
    assert!(stream.is_silent(Duration::from_millis(50)).await);

    let bad = app.call_with("GET /notifications/stream", "user-1", &[("last-event-id", "7")], None).await;
    assert_eq!(bad.fields(), ["Last-Event-ID"]);
}

#[tokio::test]
async fn a_slow_reader_catches_up() {
    let app = app();
    let mut stream = app.open("/notifications/stream", "user-1", &[]).await;
    stream.next().await.unwrap();
    app.alert(user_id(1)).await;
    // More than the broadcast keeps: what was told first is lost there, and read from the service.
    for _ in 0..6 {
        for _ in 0..200 {
            app.alert(user_id(2)).await;
        }
    }
    app.alert(user_id(1)).await;
    let (first, second) = (stream.next().await.unwrap(), stream.next().await.unwrap());
    assert!(first.id < second.id);
    assert!(stream.is_silent(Duration::from_millis(50)).await);
}

#[tokio::test]
async fn streams_end_with_the_server_and_are_counted() {
    let live = Live::with_places(1);
    let app = app_with(live.clone());
    let mut stream = app.open("/notifications/stream", "user-1", &[]).await;
    let refused = app.get("/notifications/stream", "user-1").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "1"));
    assert_eq!(stream.next().await.unwrap().name, "ready");
    live.close();
    assert!(stream.next().await.is_none());
}

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Serves the app; gives its address.
async fn served(app: &App) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}/notifications/ws", listener.local_addr().unwrap());
    let router = app.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn connected(url: &str, token: &str) -> Result<Client, u16> {
    let mut request = url.into_client_request().unwrap();
    if !token.is_empty() {
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    match connect_async(request).await {
        Ok((client, _)) => Ok(client),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn received(client: &mut Client) -> Message {
    tokio::time::timeout(PATIENCE, client.next()).await.expect("a frame").unwrap().unwrap()
}

async fn ticket(app: &App) -> String {
    let issued = app.call_with("POST /notifications/ws-ticket", "user-1", &[], None).await;
    assert_eq!(issued.json["expiresAt"], "2026-11-23T09:30:30.000000Z");
    issued.json["ticket"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_ticket_opens_one_socket_and_soon() {
    let app = app();
    let url = served(&app).await;
    let good = format!("{url}?ticket={}", ticket(&app).await);
    let mut client = connected(&good, "").await.unwrap();
    app.alert(user_id(2)).await;
    app.alert(user_id(1)).await;
    let Message::Text(text) = received(&mut client).await else { panic!("a text frame") };
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told, app.get("/notifications", "user-1").await.json["data"][0]);
    client.send(Message::Ping(b"there?".to_vec().into())).await.unwrap();
    assert_eq!(received(&mut client).await, Message::Pong(b"there?".to_vec().into()));

    assert_eq!(connected(&good, "").await.unwrap_err(), 401, "a ticket is good once");
    assert_eq!(connected(&format!("{url}?ticket=guess"), "").await.unwrap_err(), 401);
    assert_eq!(connected(&url, "").await.unwrap_err(), 401);
    assert_eq!(connected(&format!("{url}?ticket=a&colour=b"), "").await.unwrap_err(), 400);
    let late = format!("{url}?ticket={}", {
        let ticket = ticket(&app).await;
        app.clock.advance(Duration::from_secs(31));
        ticket
    });
    assert_eq!(connected(&late, "").await.unwrap_err(), 401);
}

#[tokio::test]
async fn a_socket_goes_on_where_one_ended_and_is_told_to_leave() {
    let app = app();
    let url = served(&app).await;
    app.alert(user_id(1)).await;
    let first = app.get("/notifications", "user-1").await.json["data"][0]["id"].as_str().unwrap().to_owned();
    app.alert(user_id(1)).await;
    let mut client = connected(&format!("{url}?lastEventId={first}"), "user-1").await.unwrap();
    let Message::Text(text) = received(&mut client).await else { panic!("a text frame") };
    assert_ne!(serde_json::from_str::<Value>(&text).unwrap()["id"], first.as_str());
    app.services.live.close();
    let Message::Close(Some(frame)) = received(&mut client).await else { panic!("a farewell") };
    assert_eq!(u16::from(frame.code), 1001);
}

#[tokio::test]
async fn a_client_that_sends_too_much_is_let_go() {
    let app = app();
    let url = served(&app).await;
    let mut client = connected(&url, "user-1").await.unwrap();
    client.send(Message::text("hello")).await.unwrap();
    client.send(Message::text("x".repeat(2_000))).await.unwrap();
    let end = tokio::time::timeout(PATIENCE, client.next()).await.expect("the end");
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");
}

#[tokio::test]
async fn a_plain_request_is_told_to_upgrade_and_keeps_its_ticket() {
    let app = app();
    let url = served(&app).await;
    let ticket = ticket(&app).await;
    let plain = app.get(&format!("/notifications/ws?ticket={ticket}"), "").await;
    assert_eq!((plain.status.as_u16(), plain.header("upgrade")), (426, "websocket"));
    assert!(connected(&format!("{url}?ticket={ticket}"), "").await.is_ok());
}
