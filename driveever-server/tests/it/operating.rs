//! What an operator sees of requests: traces, metrics, answers of the layers; and what the command line prints.

use std::process::Command;

use serde_json::{Value, json};

use crate::whole::{Log, Whole};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn a_trace_is_taken_told_and_logged() {
    let whole = Whole::start().await;
    let log = Log::default();
    let listening = log.listen();
    let asking = whole.request("GET", "/api/nothing").header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let said = asking.header("x-request-id", "request-7").send().await;
    drop(listening);
    let problem = said.problem("a trace");
    assert_eq!((problem["traceId"].as_str(), problem["requestId"].as_str()), (Some(TRACE), Some("request-7")));
    let told = said.headers["traceresponse"].to_str().unwrap();
    assert!(told.starts_with(&format!("00-{TRACE}-")) && told.ends_with("-01"), "{told}");
    assert!(!told.contains("00f067aa0ba902b7"), "the span is this server's own: {told}");
    let line = log.text().lines().find(|line| line.contains("answered")).unwrap().to_owned();
    assert!(line.contains(TRACE) && line.contains("request-7"), "{line}");
    // One that is malformed is passed over, and a trace is begun.
    let said = whole.request("GET", "/api/nothing").header("traceparent", format!("00-{TRACE}-0-01")).send().await;
    let begun = said.problem("no trace")["traceId"].as_str().unwrap().to_owned();
    assert!(begun != TRACE && begun.len() == 32 && begun.bytes().all(|byte| byte.is_ascii_hexdigit()), "{begun}");
    // Answers that are no problems tell it as well.
    assert!(whole.request("GET", "/api/products").send().await.headers.contains_key("traceresponse"));
}

#[tokio::test]
async fn a_problem_is_whole_whatever_the_client_takes() {
    let whole = Whole::start().await;
    for path in ["/api/nothing", "/api/orders", "/api/prompts?limit=0"] {
        let said = whole.request("GET", path).header("accept-encoding", "gzip").send().await;
        assert_eq!(said.headers["content-encoding"], "gzip", "{path}");
        assert_eq!(said.text.bytes().next(), Some(0x1f), "{path} is not what it is said to be: {}", said.text);
    }
}

#[tokio::test]
async fn metrics_tell_what_happened_and_of_nobody() {
    let whole = Whole::start().await;
    let _measuring = metrics::set_default_local_recorder(&whole.recorder);
    let token = whole.log_in("zanzibar7@example.org").await;
    let question = json!({"question": "When is my MOT due?", "registrationNumber": "L2 WPS"});
    for _ in 0..2 {
        let asking = whole.request("POST", "/api/orders").token(&token).header("idempotency-key", "one");
        assert_eq!(asking.json(&question).send().await.status, 201);
    }
    let declined = json!({"question": "Is it safe?", "metadata": {"paymentTest": "decline"}});
    assert_eq!(whole.request("POST", "/api/orders").token(&token).json(&declined).send().await.status, 402);
    whole.request("BREW", "/api/zanzibar7").send().await;
    whole.wired.app.settle().await.unwrap();
    let figures = whole.request("GET", "/api/metrics").send().await.text;
    for line in [
        "driveever_http_requests_total{method=\"POST\",route=\"/api/orders\",status=\"201\"} 2",
        "driveever_http_requests_total{method=\"other\",route=\"unmatched\",status=\"404\"} 1",
        "driveever_http_request_seconds_count{method=\"POST\",route=\"/api/orders\",status=\"2xx\"} 2",
        "driveever_http_requests_in_flight 1",
        "driveever_idempotent_requests_total{outcome=\"executed\"} 1",
        "driveever_idempotent_requests_total{outcome=\"replayed\"} 1",
        "driveever_orders_total{status=\"DELIVERED\"} 1",
        "driveever_orders_total{status=\"FAILED\"} 1",
        "driveever_order_failures_total{reason=\"payment_declined\"} 1",
        "driveever_order_payments_failed_total 1",
        "driveever_ai_generations_total{provider=\"offline\",outcome=\"success\"} 1",
        "driveever_ai_generation_seconds_count{provider=\"offline\",outcome=\"success\"} 1",
        "driveever_events_unpublished{context=\"order\"} 0",
        "driveever_events_parked{context=\"order\"} 0",
        "driveever_events_total{type=\"order.delivered\"} 1",
        "driveever_event_delivery_seconds_count{context=\"ai\"} 1",
        "driveever_live_sockets 0",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line} in\n{figures}");
    }
    assert!(figures.contains("process_start_time_seconds") && figures.contains("process_resident_memory_bytes"));
    assert!(!figures.contains("zanzibar7") && !figures.contains("L2"), "{figures}");
}

fn ask(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_driveever-server"));
    command.current_dir(folder.path()).args(["ask", "--demo", "--database-url", "memory:", "--data-dir"]);
    command.arg(folder.path()).args(["When is my MOT due?", "--registration", "L2WPS"]).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn asking_on_the_command_line_says_why() {
    let text = ask(&[]);
    for beginning in
        ["category: ", "prompt:   ", "why:      place 1 of ", "provider: offline ", "cost:     ", "order:    "]
    {
        assert!(text.lines().any(|line| line.starts_with(beginning)), "{beginning} in\n{text}");
    }
    let object: Value = serde_json::from_str(&ask(&["--json"])).unwrap();
    let prompt = &object["prompt"];
    assert!(prompt["reason"].as_str().unwrap().contains("by proven rating"), "{object}");
    assert_eq!((prompt["version"].as_str(), prompt["versionNumber"].as_u64()), (Some("1.0.0"), Some(1)));
    assert!(
        prompt["name"].is_string() && object["responseTime"].is_number() && object["orderId"].is_string(),
        "{object}"
    );
    assert_eq!(object["status"], "DELIVERED");
}
