//! Every error as the providers spell it, whole and as a stream: what it is to the caller.

use driveever_core::ai::{ModelError, text_model::Generated};
use driveever_doubles::{Answer, Double, Ending, Protocol, Reply, Script, rows};
use serde_json::json;

use crate::support::{KEY, model, outcome};

/// Kind, and the wait in milliseconds.
type Expected = (&'static str, Option<u64>);

const UNAVAILABLE: Expected = ("unavailable", None);
const MISCONFIGURED: Expected = ("misconfigured", None);
const REJECTED: Expected = ("rejected", None);
const LIMITED: Expected = ("limited", None);
const REFUSED: Expected = ("refused", None);

fn kind(outcome: &Result<Generated, ModelError>) -> Expected {
    let wait = |wait: &Option<std::time::Duration>| wait.map(|wait| wait.as_millis().try_into().unwrap());
    match outcome {
        Err(ModelError::Unavailable { retry_after, .. }) => ("unavailable", wait(retry_after)),
        Err(ModelError::RateLimited { retry_after, .. }) => ("limited", wait(retry_after)),
        Err(ModelError::Misconfigured { .. }) => MISCONFIGURED,
        Err(ModelError::Refused { .. }) => REFUSED,
        Err(ModelError::Rejected { .. }) => REJECTED,
        other => panic!("{other:?}"),
    }
}

fn openai(name: &str) -> Expected {
    match name {
        "rate_limit_seconds" => ("limited", Some(7_000)),
        "rate_limit_milliseconds" => ("limited", Some(1_500)),
        "rate_limit_date" => ("limited", Some(20_000)),
        "rate_limit" | "rate_limit_nonsense" | "slow_down" => LIMITED,
        "invalid_request" | "context_length" | "unprocessable" | "too_large" | "vllm_flat" => REJECTED,
        "bad_key" | "forbidden" | "no_model" | "ollama_no_model" | "quota" | "credit_exhausted" | "project_spend"
        | "organization_spend" | "organization_usage" | "quota_by_type" => MISCONFIGURED,
        "litellm_policy" => REFUSED,
        "timeout" | "conflict" | "server_error" | "overloaded" | "llama_loading" | "litellm_null_type" | "html"
        | "empty" => UNAVAILABLE,
        other => panic!("no outcome is written down for {other}"),
    }
}

fn anthropic(name: &str) -> Expected {
    match name {
        "rate_limit_seconds" => ("limited", Some(12_000)),
        "rate_limit" => LIMITED,
        "invalid_request" | "too_large_at_the_edge" => REJECTED,
        "bad_key" | "billing" | "forbidden" | "no_model" => MISCONFIGURED,
        "conflict" | "api_error" | "timeout" | "overloaded" | "html" => UNAVAILABLE,
        other => panic!("no outcome is written down for {other}"),
    }
}

fn gemini(name: &str) -> Expected {
    match name {
        "rate_limit" => LIMITED,
        "rate_limit_delay" | "rate_limit_in_a_list" => ("limited", Some(57_238)),
        "invalid_argument" | "cancelled" => REJECTED,
        "failed_precondition" | "bad_key" | "prepaid_gone" | "forbidden" | "no_model" | "per_day" => MISCONFIGURED,
        "internal" | "unavailable" | "deadline" | "html" => UNAVAILABLE,
        other => panic!("no outcome is written down for {other}"),
    }
}

#[tokio::test]
async fn every_row_has_its_outcome_whole_and_as_a_stream() {
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        let mut asked = model(&double, protocol);
        for row in rows::of(protocol) {
            for stream in [false, true] {
                let found = outcome(&double, &asked, protocol, row.script.clone(), stream).await;
                if let ("limited", Some(_)) = kind(&found) {
                    // It keeps to the wait; the next row is asked without one.
                    asked = model(&double, protocol);
                }
                let expected = match protocol {
                    Protocol::OpenAi => openai(row.name),
                    Protocol::Anthropic => anthropic(row.name),
                    Protocol::Gemini => gemini(row.name),
                    other => panic!("{other:?} is no model's"),
                };
                assert_eq!(kind(&found), expected, "{protocol:?} {} stream: {stream}", row.name);
                let told = format!("{found:?}");
                for secret in ["PIN", "secret", KEY, "127.0.0.1"] {
                    assert!(!told.contains(secret), "{secret} in {told}");
                }
                assert_eq!(double.violations(), Vec::<String>::new());
            }
        }
    }
}

#[tokio::test]
async fn an_error_inside_a_stream_is_the_error_that_it_would_have_been() {
    let rows = [
        (
            Protocol::OpenAi,
            json!({"error": {"message": "PIN", "type": "server_error", "code": null}}),
            None,
            "unavailable",
        ),
        (Protocol::OpenAi, json!({"error": {"type": "rate_limit_error", "code": "slow_down"}}), None, "limited"),
        (
            Protocol::OpenAi,
            json!({"error": {"code": 400, "message": "PIN", "type": "BadRequestError"}}),
            None,
            "rejected",
        ),
        (Protocol::OpenAi, json!({"object": "error", "message": "PIN", "code": 500}), None, "unavailable"),
        (Protocol::OpenAi, json!({"code": 500, "message": "PIN"}), Some("error"), "unavailable"),
        (Protocol::Anthropic, json!({"type": "error", "error": {"type": "overloaded_error"}}), None, "unavailable"),
        (Protocol::Anthropic, json!({"type": "error", "error": {"type": "rate_limit_error"}}), None, "limited"),
        (Protocol::Anthropic, json!({"type": "error", "error": {"type": "billing_error"}}), None, "misconfigured"),
        (Protocol::Gemini, json!({"error": {"code": 503, "status": "UNAVAILABLE"}}), None, "unavailable"),
        (Protocol::Gemini, json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}), None, "limited"),
    ];
    let double = Double::start().await.unwrap();
    for (protocol, error, field, expected) in rows {
        let answer = Answer::text("Half an answer");
        let reply = Reply::ErrorInStream { answer, error, field: field.map(str::to_owned) };
        double.script(protocol, Script::of(reply.clone()));
        let (text, end) = crate::support::streamed(&model(&double, protocol)).await;
        assert_eq!((text.as_str(), kind(&end).0), ("Half an answer", expected), "{reply:?}");
        assert!(!format!("{end:?}").contains("PIN"));
    }
}

#[tokio::test]
async fn refusals_are_refusals_whatever_text_came_before() {
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        for ending in [Ending::Refusal, Ending::Filtered, Ending::PromptBlocked] {
            for stream in [false, true] {
                let script = Script::of(Reply::Answer(Answer::text("I would say").ending(ending.clone())));
                let found = outcome(&double, &model(&double, protocol), protocol, script, stream).await;
                assert_eq!(kind(&found), REFUSED, "{protocol:?} {ending:?} {stream}");
            }
        }
    }
}
