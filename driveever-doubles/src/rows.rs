//! The providers' errors, each as it is spelled: the rows that a client's table of outcomes is tested with.
//!
//! From the providers' published schemas and error pages, and for compatible servers from their documentation.

mod vehicles;

use serde_json::{Value, json};

use crate::{protocol::Protocol, script::Script};

/// An error as a provider spells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is, unique within its protocol.
    pub name: &'static str,
    /// In whose protocol.
    pub protocol: Protocol,
    /// How the double is told to give it.
    pub script: Script,
}

/// Every row of a protocol.
pub fn of(protocol: Protocol) -> Vec<Row> {
    match protocol {
        Protocol::OpenAi => openai(),
        Protocol::Anthropic => anthropic(),
        Protocol::Gemini => gemini(),
        Protocol::Ves => vehicles::ves(),
        Protocol::Dvsa => vehicles::dvsa(),
        Protocol::DvsaToken => vehicles::token(),
    }
}

/// The row with this name.
pub fn row(protocol: Protocol, name: &str) -> Option<Row> {
    of(protocol).into_iter().find(|row| row.name == name)
}

fn openai() -> Vec<Row> {
    let error = |kind: &str, code: Value| json!({"error": {"message": "Echo: what is my bank PIN? (sk-secret)", "type": kind, "param": null, "code": code}});
    let row = |name, status, body| Row { name, protocol: Protocol::OpenAi, script: Script::error(status, body) };
    let quota = |name, code: &str| row(name, 429, error("insufficient_quota", json!(code)));
    let waits = |name, header: &str, value: &str| Row {
        name,
        protocol: Protocol::OpenAi,
        script: Script::error(429, error("requests", json!("rate_limit_exceeded"))).header(header, value),
    };
    vec![
        row("invalid_request", 400, error("invalid_request_error", Value::Null)),
        row("context_length", 400, error("invalid_request_error", json!("context_length_exceeded"))),
        row("unprocessable", 422, error("invalid_request_error", Value::Null)),
        row("too_large", 413, error("invalid_request_error", Value::Null)),
        row("bad_key", 401, error("invalid_request_error", json!("invalid_api_key"))),
        row("forbidden", 403, error("invalid_request_error", json!("unsupported_country_region_territory"))),
        row("no_model", 404, error("invalid_request_error", json!("model_not_found"))),
        row("timeout", 408, error("timeout", json!(408))),
        row("conflict", 409, error("conflict", Value::Null)),
        row("rate_limit", 429, error("requests", json!("rate_limit_exceeded"))),
        waits("rate_limit_seconds", "retry-after", "7"),
        waits("rate_limit_milliseconds", "retry-after-ms", "1500"),
        waits("rate_limit_date", "retry-after", "Mon, 23 Nov 2026 09:30:20 GMT"),
        waits("rate_limit_nonsense", "retry-after", "soon"),
        row("slow_down", 429, error("rate_limit_error", json!("slow_down"))),
        quota("quota", "insufficient_quota"),
        quota("credit_exhausted", "credit_balance_exhausted"),
        quota("project_spend", "project_spend_limit_exceeded"),
        quota("organization_spend", "organization_spend_limit_exceeded"),
        quota("organization_usage", "organization_usage_limit_exceeded"),
        row("quota_by_type", 429, error("insufficient_quota", Value::Null)),
        row("server_error", 500, error("server_error", Value::Null)),
        row("overloaded", 503, error("service_unavailable_error", json!("server_is_overloaded"))),
        // Compatible servers.
        row(
            "vllm_flat",
            400,
            json!({"object": "error", "message": "too long", "type": "BadRequestError", "code": 400}),
        ),
        row("ollama_no_model", 404, json!({"error": {"message": "no", "type": "not_found_error", "code": null}})),
        row("llama_loading", 503, json!({"error": {"code": 503, "message": "Loading", "type": "unavailable_error"}})),
        row("litellm_policy", 400, error("", json!("content_policy_violation"))),
        row("litellm_null_type", 500, json!({"error": {"message": "x", "type": null, "param": null, "code": "500"}})),
        text(Protocol::OpenAi, "html", 502, "<html><body>Bad gateway</body></html>"),
        text(Protocol::OpenAi, "empty", 500, ""),
    ]
}

fn anthropic() -> Vec<Row> {
    let row = |name, status, kind: &str| Row {
        name,
        protocol: Protocol::Anthropic,
        script: Script::error(
            status,
            json!({
                "type": "error", "error": {"type": kind, "message": "Echo: what is my bank PIN? (sk-ant-secret)"},
                "request_id": "req_double0001",
            }),
        ),
    };
    let mut waits = row("rate_limit_seconds", 429, "rate_limit_error");
    waits.script = waits.script.header("retry-after", "12");
    vec![
        row("invalid_request", 400, "invalid_request_error"),
        row("bad_key", 401, "authentication_error"),
        row("billing", 402, "billing_error"),
        row("forbidden", 403, "permission_error"),
        row("no_model", 404, "not_found_error"),
        row("conflict", 409, "conflict_error"),
        row("rate_limit", 429, "rate_limit_error"),
        waits,
        row("api_error", 500, "api_error"),
        row("timeout", 504, "timeout_error"),
        row("overloaded", 529, "overloaded_error"),
        text(Protocol::Anthropic, "too_large_at_the_edge", 413, "<html>Request Entity Too Large</html>"),
        text(Protocol::Anthropic, "html", 502, "<html><body>Bad gateway</body></html>"),
    ]
}

fn gemini() -> Vec<Row> {
    let error = |status: u16, word: &str, details: Value| json!({"error": {"code": status, "message": "Echo: what is my bank PIN? (AIza-secret)", "status": word, "details": details}});
    let row = |name, status, body| Row { name, protocol: Protocol::Gemini, script: Script::error(status, body) };
    let plain = |name, status, word: &str| row(name, status, error(status, word, json!([])));
    let retry = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "57.238747106s"});
    let quota = |id: &str| {
        json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{"quotaMetric": "generativelanguage.googleapis.com/x", "quotaId": id}]})
    };
    let minute = quota("GenerateRequestsPerMinutePerProjectPerModel");
    let day = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier");
    vec![
        plain("invalid_argument", 400, "INVALID_ARGUMENT"),
        plain("failed_precondition", 400, "FAILED_PRECONDITION"),
        row(
            "bad_key",
            400,
            error(
                400,
                "INVALID_ARGUMENT",
                json!([{
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com",
                }]),
            ),
        ),
        plain("prepaid_gone", 402, "RESOURCE_EXHAUSTED"),
        plain("forbidden", 403, "PERMISSION_DENIED"),
        plain("no_model", 404, "NOT_FOUND"),
        plain("cancelled", 499, "CANCELLED"),
        plain("rate_limit", 429, "RESOURCE_EXHAUSTED"),
        row("rate_limit_delay", 429, error(429, "RESOURCE_EXHAUSTED", json!([minute, retry]))),
        row("rate_limit_in_a_list", 429, json!([error(429, "RESOURCE_EXHAUSTED", json!([minute, retry]))])),
        row("per_day", 429, error(429, "RESOURCE_EXHAUSTED", json!([day, retry]))),
        plain("internal", 500, "INTERNAL"),
        plain("unavailable", 503, "UNAVAILABLE"),
        plain("deadline", 504, "DEADLINE_EXCEEDED"),
        text(Protocol::Gemini, "html", 502, "<html><body>Bad gateway</body></html>"),
    ]
}

fn text(protocol: Protocol, name: &'static str, status: u16, body: &str) -> Row {
    let (content_type, body) = ("text/html".to_owned(), body.to_owned());
    Row { name, protocol, script: Script::of(crate::script::Reply::Text { status, content_type, body }) }
}
