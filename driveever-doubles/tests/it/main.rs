//! The doubles, seen from a bare socket.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests; the exception for tests covers test functions only"
)]

use std::time::Duration;

use driveever_doubles::{Answer, Double, Ending, Fault, Protocol, Reply, Script, rows};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// What came back, as far as it came.
struct Answered {
    head: String,
    body: String,
    /// Whether the connection broke.
    broken: bool,
}

async fn send(double: &Double, path: &str, headers: &str, body: &str) -> Answered {
    let mut socket = TcpStream::connect(double.address()).await.unwrap();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: double\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_millis(300), socket.read_to_end(&mut bytes)).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    Answered { head: head.to_owned(), body: body.to_owned(), broken: matches!(read, Ok(Err(_))) }
}

const OPENAI: &str = "authorization: Bearer sk-x\r\n";
const ANTHROPIC: &str = "x-api-key: sk-x\r\nanthropic-version: 2023-06-01\r\n";
const GEMINI: &str = "x-goog-api-key: k\r\n";

fn path(protocol: Protocol, stream: bool) -> (&'static str, &'static str) {
    match (protocol, stream) {
        (Protocol::OpenAi, _) => ("/openai/v1/chat/completions", OPENAI),
        (Protocol::Anthropic, _) => ("/anthropic/v1/messages", ANTHROPIC),
        (Protocol::Gemini, false) => ("/gemini/v1beta/models/m:generateContent", GEMINI),
        (Protocol::Gemini, true) => ("/gemini/v1beta/models/m:streamGenerateContent?alt=sse", GEMINI),
        (other, _) => panic!("{other:?} is no model's"),
    }
}

fn good(protocol: Protocol, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": "Hello"}]);
    match protocol {
        Protocol::OpenAi if stream => {
            json!({"model": "m", "messages": messages, "stream": true, "stream_options": {"include_usage": true}})
        }
        Protocol::OpenAi => json!({"model": "m", "messages": messages}),
        Protocol::Anthropic => json!({"model": "m", "messages": messages, "max_tokens": 9, "stream": stream}),
        Protocol::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}),
        other => panic!("{other:?} is no model's"),
    }
}

async fn ask(double: &Double, protocol: Protocol, stream: bool) -> Answered {
    let (path, headers) = path(protocol, stream);
    send(double, path, headers, &good(protocol, stream).to_string()).await
}

#[tokio::test]
async fn each_protocol_answers_whole_and_as_a_stream() {
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        for stream in [false, true] {
            double.script(protocol, Script::answer("Tyres need 1.6 mm."));
            let answered = ask(&double, protocol, stream).await;
            assert!(answered.head.starts_with("HTTP/1.1 200"), "{protocol:?}: {}{}", answered.head, answered.body);
            let ends = match (protocol, stream) {
                (Protocol::OpenAi, true) => "data: [DONE]",
                (Protocol::Anthropic, true) => "event: message_stop",
                (Protocol::Gemini, true) => "\"finishReason\":\"STOP\"",
                _ => "Tyres need 1.6 mm.",
            };
            assert!(answered.body.contains(ends), "{}", answered.body);
            assert_eq!(answered.head.contains("text/event-stream"), stream);
        }
    }
    assert_eq!((double.violations(), double.questions()), (Vec::new(), 6));
}

#[tokio::test]
async fn what_a_protocol_does_not_take_is_refused_as_it_would_be() {
    let double = Double::start().await.unwrap();
    let bad = [
        (Protocol::OpenAi, "", json!({}), "401", "authorization"),
        (Protocol::OpenAi, OPENAI, json!({"colour": "red"}), "400", "colour: unknown field"),
        (Protocol::OpenAi, OPENAI, json!({"stream_options": {"include_usage": true}}), "400", "only with stream"),
        (Protocol::OpenAi, OPENAI, json!({"model": "gpt-6-luna", "max_tokens": 5}), "400", "max_completion_tokens"),
        (Protocol::OpenAi, OPENAI, json!({"messages": []}), "400", "messages"),
        (Protocol::Anthropic, "x-api-key: k\r\n", json!({}), "400", "anthropic-version"),
        (Protocol::Anthropic, ANTHROPIC, json!({"max_tokens": null}), "400", "max_tokens"),
        (Protocol::Anthropic, ANTHROPIC, json!({"temperature": 1.5}), "400", "temperature"),
        (
            Protocol::Anthropic,
            "authorization: Bearer k\r\nanthropic-version: 2026-10-21\r\n",
            json!({"temperature": 1}),
            "400",
            "does not take it",
        ),
        (Protocol::Gemini, "", json!({}), "403", "x-goog-api-key"),
        (Protocol::Gemini, GEMINI, json!({"generationConfig": {"max_tokens": 1}}), "400", "max_tokens"),
    ];
    for (protocol, headers, change, status, says) in bad {
        let mut body = good(protocol, false);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answered = send(&double, path(protocol, false).0, headers, &body.to_string()).await;
        assert!(answered.head.starts_with(&format!("HTTP/1.1 {status}")), "{protocol:?} {change}: {}", answered.head);
        assert!(answered.body.contains(says), "{}", answered.body);
        assert!(double.received().last().unwrap().violations.iter().any(|violation| violation.contains(says)));
    }
}

#[tokio::test]
async fn faults_are_what_they_say() {
    let double = Double::start().await.unwrap();
    let fault = async |fault, stream| {
        double.script(Protocol::OpenAi, Script::answer("Tyres need 1.6 mm.").with(fault));
        ask(&double, Protocol::OpenAi, stream).await
    };
    assert!(fault(Fault::Reset, false).await.broken, "a reset is an error, not an end");
    let hung_up = fault(Fault::HangUp, false).await;
    assert!(!hung_up.broken && hung_up.head.is_empty());
    assert!(fault(Fault::Silent, false).await.head.is_empty());
    let cut = fault(Fault::CutAt { byte: 100, abort: false }, true).await;
    assert!(cut.body.ends_with("0\r\n\r\n") && !cut.body.contains("DONE"));
    let broken = fault(Fault::CutAt { byte: 100, abort: true }, true).await;
    assert!(!broken.body.ends_with("0\r\n\r\n"), "the last chunk is missing");
    let unended = fault(Fault::NoTerminalEvent, true).await;
    assert!(!unended.body.contains("DONE") && !unended.body.contains("\"finish_reason\":\"stop\""));
    assert!(unended.body.contains("\"m.\""), "all the text is there: {}", unended.body);
    assert!(fault(Fault::GzipBomb { bytes: 1 << 20 }, false).await.head.contains("content-encoding: gzip"));
    assert!(fault(Fault::Redirect { location: "/x".into() }, false).await.head.starts_with("HTTP/1.1 307"));
}

#[tokio::test]
async fn another_program_scripts_it_and_reads_what_came() {
    let double = Double::start().await.unwrap();
    let answer = Answer::text("No.").ending(Ending::Refusal);
    let script = Script::of(Reply::Answer(answer)).header("x-note", "mine");
    let order = json!({"protocol": "openai", "script": script, "times": 2});
    assert!(send(&double, "/script", "", &order.to_string()).await.head.starts_with("HTTP/1.1 200"));
    for _ in 0..2 {
        let answered = ask(&double, Protocol::OpenAi, false).await;
        assert!(answered.head.contains("x-note: mine") && answered.body.contains("\"refusal\":\"No.\""));
    }
    assert!(ask(&double, Protocol::OpenAi, false).await.body.contains("1.6 mm"), "the script is used up");
    let received = send(&double, "/received", "", "").await.body;
    assert_eq!(received.matches("\"path\":\"/v1/chat/completions\"").count(), 3);
    assert!(send(&double, "/script", "", "{}").await.head.starts_with("HTTP/1.1 400"));
}

const KEY: &str = "x-api-key: k\r\n";

#[tokio::test]
async fn registers_answer_what_they_know_to_who_has_a_token() {
    let double = Double::start().await.unwrap();
    double.know(Protocol::Ves, "AA19MOT", json!({"registrationNumber": "AA19MOT"}));
    double.know(Protocol::Dvsa, "AA19MOT", json!({"errorCode": "MOTH-UN-01"}));
    let ves = async |mark: &str, status: &str| {
        let body = json!({"registrationNumber": mark}).to_string();
        let answered = send(&double, "/dvla/vehicle-enquiry/v1/vehicles", KEY, &body).await;
        assert!(answered.head.starts_with(&format!("HTTP/1.1 {status}")), "{mark}: {}", answered.head);
    };
    ves("AA19MOT", "200").await;
    ves("L2WPS", "404").await;
    ves("L2 WPS", "400").await;

    let dvsa = async |token: &str, status: &str, says: &str| {
        let headers = format!("{KEY}{token}");
        let answered = send(&double, "/dvsa/v1/trade/vehicles/registration/AA19MOT", &headers, "").await;
        assert!(answered.head.starts_with(&format!("HTTP/1.1 {status}")), "{}", answered.head);
        assert!(answered.body.contains(says), "{}", answered.body);
    };
    dvsa("", "401", "MOTH-FB-04").await;
    dvsa("authorization: Bearer mine\r\n", "401", "MOTH-UA-01").await;
    double.script(Protocol::DvsaToken, Script::ordinary());
    let url = double.base_url(Protocol::DvsaToken);
    let path = url.split_once("/entra").unwrap().1;
    let refused = send(&double, &format!("/entra{path}"), "", "grant_type=password").await;
    assert!(refused.head.starts_with("HTTP/1.1 400") && refused.body.contains("invalid_request"), "{}", refused.body);
    assert!(double.violations().iter().any(|violation| violation.contains("client_secret: required")));
}

#[test]
fn rows_have_names_of_their_own() {
    for protocol in Protocol::MODELS.into_iter().chain(Protocol::VEHICLES) {
        let mut names: Vec<_> = rows::of(protocol).into_iter().map(|row| row.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(rows::row(protocol, "html").is_some());
    }
}
