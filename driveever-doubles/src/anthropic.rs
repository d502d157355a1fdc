//! Anthropic's messages.

use serde_json::{Map, Value, json};

use crate::{
    check::Checked,
    protocol::Request,
    script::{Answer, Ending, Usage},
};

const ID: &str = "msg_double0001";
/// Fields of a request beside the required ones, as the published schema has them.
const OPTIONAL: [&str; 18] = [
    "cache_control",
    "container",
    "context_management",
    "inference_geo",
    "mcp_servers",
    "metadata",
    "output_config",
    "output_format",
    "service_tier",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];
/// The API's versions, the newest first.
const VERSIONS: [&str; 2] = ["2026-10-21", "2023-06-01"];
/// What the newest no longer takes, at whatever value.
const REMOVED: [&str; 3] = ["temperature", "top_k", "top_p"];
/// The largest request that the provider takes.
const MAX_BODY: usize = 32 << 20;

pub(crate) fn check(request: &Request<'_>) -> Checked {
    let mut checked = Checked::default();
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if request.header("x-api-key").or(bearer).is_none_or(str::is_empty) {
        checked.refuse(401, "x-api-key: required, or authorization: Bearer KEY");
    }
    if !request.header("anthropic-version").is_some_and(|version| VERSIONS.contains(&version)) {
        checked.refuse(400, format!("anthropic-version: one of {VERSIONS:?} is required"));
    }
    match (request.method, request.path) {
        ("GET", "/v1/models") => checked.wants_models = true,
        ("POST", "/v1/messages") => check_message(&mut checked, request),
        (method, path) => checked.refuse(404, format!("no such call: {method} {path}")),
    }
    checked
}

fn check_message(checked: &mut Checked, request: &Request<'_>) {
    if request.body.len() > MAX_BODY {
        checked.refuse(413, "Request exceeds the maximum size");
    }
    let body = checked.object(request);
    checked.fields("", &body, &["model", "max_tokens", "messages"], &OPTIONAL);
    checked.model = checked.text("model", body.get("model"));
    checked.stream = body.get("stream").and_then(Value::as_bool).unwrap_or(false);
    checked.count("max_tokens", body.get("max_tokens"));
    checked.number("temperature", body.get("temperature"), 0.0, 1.0);
    if request.header("anthropic-version") == Some(VERSIONS[0]) {
        for name in REMOVED.iter().filter(|name| body.contains_key(**name)) {
            checked.refuse(400, format!("{name}: this version does not take it"));
        }
    }
    if body.contains_key("system") {
        checked.content("system", body.get("system"));
    }
    for (place, message) in checked.list("messages", body.get("messages")).iter().enumerate() {
        check_turn(checked, &format!("messages[{place}]."), message.as_object());
    }
}

fn check_turn(checked: &mut Checked, at: &str, message: Option<&Map<String, Value>>) {
    let Some(message) = message else { return checked.refuse(400, format!("{at}: must be an object")) };
    checked.fields(at, message, &["role", "content"], &[]);
    if !matches!(message.get("role").and_then(Value::as_str), Some("user" | "assistant")) {
        checked.refuse(400, format!("{at}role: must be user or assistant"));
    }
    checked.content(&format!("{at}content"), message.get("content"));
}

fn stop_reason(ending: &Ending) -> &str {
    match ending {
        Ending::Stop => "end_turn",
        Ending::Length => "max_tokens",
        Ending::Refusal | Ending::Filtered | Ending::PromptBlocked => "refusal",
        Ending::Other(word) => word,
    }
}

fn stop_details(ending: &Ending) -> Value {
    match stop_reason(ending) {
        "refusal" => json!({"type": "refusal", "category": null, "explanation": null}),
        _ => Value::Null,
    }
}

/// The counters, with so much of the answer counted.
fn usage(usage: Usage, output: u64) -> Value {
    json!({
        "input_tokens": usage.fresh, "output_tokens": output,
        "cache_read_input_tokens": usage.cached, "cache_creation_input_tokens": usage.cache_written,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.cache_written, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
    })
}

fn message(answer: &Answer, model: &str, content: &[Value], ended: bool, output: u64) -> Value {
    let mut message = json!({
        "id": ID, "type": "message", "role": "assistant", "model": answer.model.as_deref().unwrap_or(model),
        "content": content, "stop_sequence": null,
        "stop_reason": if ended { json!(stop_reason(&answer.ending)) } else { Value::Null },
        "stop_details": if ended { stop_details(&answer.ending) } else { Value::Null },
    });
    if let Some(counted) = answer.usage {
        message["usage"] = usage(counted, output);
    }
    message
}

pub(crate) fn whole(answer: &Answer, model: &str) -> Value {
    let thoughts =
        answer.thoughts.iter().map(|text| json!({"type": "thinking", "thinking": text, "signature": "c2ln"}));
    let text = Some(answer.whole()).filter(|text| !text.is_empty());
    let text = text.iter().map(|text| json!({"type": "text", "text": text, "citations": null}));
    let content: Vec<Value> = thoughts.chain(text).collect();
    let output = answer.usage.map_or(0, |usage| usage.text + usage.thoughts);
    message(answer, model, &content, true, output)
}

pub(crate) fn events(answer: &Answer, model: &str) -> Vec<String> {
    let mut events = vec![json!({"type": "message_start", "message": message(answer, model, &[], false, 1)})];
    events.push(json!({"type": "ping"}));
    let mut index = 0;
    let mut block = |start: Value, deltas: Vec<Value>| {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        let delta = |delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
        events.extend(deltas.into_iter().map(delta));
        events.push(json!({"type": "content_block_stop", "index": index}));
        index += 1;
    };
    if let Some(thoughts) = &answer.thoughts {
        let deltas = vec![
            json!({"type": "thinking_delta", "thinking": thoughts}),
            json!({"type": "signature_delta", "signature": "c2ln"}),
        ];
        block(json!({"type": "thinking", "thinking": "", "signature": ""}), deltas);
    }
    if !answer.pieces.is_empty() {
        let deltas = answer.pieces.iter().map(|piece| json!({"type": "text_delta", "text": piece})).collect();
        block(json!({"type": "text", "text": ""}), deltas);
    }
    let delta = json!({
        "stop_reason": stop_reason(&answer.ending), "stop_sequence": null, "stop_details": stop_details(&answer.ending),
    });
    let mut end = json!({"type": "message_delta", "delta": delta});
    end["usage"] = match answer.usage {
        Some(counted) => usage(counted, counted.text + counted.thoughts),
        None => Value::Null,
    };
    events.push(end);
    events.push(json!({"type": "message_stop"}));
    events.iter().map(event).collect()
}

/// An event with its name, which its data repeats.
pub(crate) fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default())
}

pub(crate) fn refusal(status: u16, message: &str) -> Value {
    let kind = match status {
        401 => "authentication_error",
        404 => "not_found_error",
        413 => "request_too_large",
        _ => "invalid_request_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_double"})
}

pub(crate) fn models(models: &[String]) -> Value {
    let entry = |id| json!({"id": id, "type": "model", "display_name": id, "created_at": "2026-01-01T00:00:00Z"});
    let data: Vec<Value> = models.iter().map(entry).collect();
    json!({"data": data, "has_more": false, "first_id": models.first(), "last_id": models.last()})
}
