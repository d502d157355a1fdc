//! OpenAI's chat completions.

use serde_json::{Value, json};

use crate::{
    check::Checked,
    protocol::Request,
    script::{Answer, Ending, Usage},
};

const ID: &str = "chatcmpl-double0001";
const CREATED: u64 = 1_763_976_600;

/// Fields of a request beside the required ones, as the published schema has them.
const OPTIONAL: [&str; 34] = [
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "modalities",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
    "moderation",
];
const ROLES: [&str; 5] = ["system", "user", "assistant", "tool", "developer"];

pub(crate) fn check(request: &Request<'_>) -> Checked {
    let mut checked = Checked::default();
    if request.header("authorization").is_none_or(|value| !value.starts_with("Bearer ") || value.len() < 8) {
        checked.refuse(401, "authorization: Bearer KEY is required");
    }
    match (request.method, request.path) {
        ("GET", "/v1/models") => checked.wants_models = true,
        ("POST", "/v1/chat/completions") => check_completion(&mut checked, request),
        (method, path) => checked.refuse(404, format!("no such call: {method} {path}")),
    }
    checked
}

fn check_completion(checked: &mut Checked, request: &Request<'_>) {
    let body = checked.object(request);
    checked.fields("", &body, &["model", "messages"], &OPTIONAL);
    checked.model = checked.text("model", body.get("model"));
    checked.stream = body.get("stream").and_then(Value::as_bool).unwrap_or(false);
    for (place, message) in checked.list("messages", body.get("messages")).iter().enumerate() {
        let at = format!("messages[{place}].");
        let Some(message) = message.as_object() else {
            checked.refuse(400, format!("{at}: must be an object"));
            continue;
        };
        checked.fields(&at, message, &["role", "content"], &["name", "refusal", "tool_calls", "tool_call_id"]);
        if !message.get("role").and_then(Value::as_str).is_some_and(|role| ROLES.contains(&role)) {
            checked.refuse(400, format!("{at}role: must be one of {ROLES:?}"));
        }
        checked.content(&format!("{at}content"), message.get("content"));
    }
    checked.number("temperature", body.get("temperature"), 0.0, 2.0);
    checked.count("max_tokens", body.get("max_tokens"));
    checked.count("max_completion_tokens", body.get("max_completion_tokens"));
    if body.contains_key("max_tokens") && thinks(&checked.model) {
        checked.refuse(400, "max_tokens: this model takes max_completion_tokens");
    }
    let options = body.get("stream_options").and_then(Value::as_object);
    if options.is_some() && !checked.stream {
        checked.refuse(400, "stream_options: only with stream");
    }
    checked.wants_usage = options.and_then(|options| options.get("include_usage")) == Some(&Value::Bool(true));
}

/// Whether a model refuses the old name of the bound on an answer's length.
fn thinks(model: &str) -> bool {
    ["gpt-5", "gpt-6", "o1", "o3", "o4"].iter().any(|family| model.starts_with(family))
}

fn finish(ending: &Ending) -> &str {
    match ending {
        // A refusal is in the message's own field; the model has stopped.
        Ending::Stop | Ending::Refusal => "stop",
        Ending::Length => "length",
        Ending::Filtered | Ending::PromptBlocked => "content_filter",
        Ending::Other(word) => word,
    }
}

fn usage(usage: Usage) -> Value {
    let prompt = usage.fresh + usage.cached + usage.cache_written;
    let completion = usage.text + usage.thoughts;
    json!({
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.thoughts, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}

pub(crate) fn whole(answer: &Answer, model: &str) -> Value {
    let refused = answer.ending == Ending::Refusal;
    let text = answer.whole();
    let mut message = json!({
        "role": "assistant",
        "content": if refused { Value::Null } else { json!(text) },
        "refusal": if refused { json!(text) } else { Value::Null },
        "annotations": [],
    });
    if let Some(thoughts) = &answer.thoughts {
        // As Ollama has it.
        message["reasoning"] = json!(thoughts);
    }
    let mut whole = json!({
        "id": ID, "object": "chat.completion", "created": CREATED, "model": answer.model.as_deref().unwrap_or(model),
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(&answer.ending)}],
    });
    if let Some(counted) = answer.usage {
        whole["usage"] = usage(counted);
    }
    whole
}

pub(crate) fn events(answer: &Answer, model: &str, wants_usage: bool) -> Vec<String> {
    let model = answer.model.as_deref().unwrap_or(model);
    let chunk = |choices: Value| {
        let mut chunk = json!({
            "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": model, "choices": choices,
        });
        if wants_usage && answer.usage.is_some() {
            chunk["usage"] = Value::Null;
        }
        chunk
    };
    let delta = |delta: Value, finish: Option<&str>| {
        chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]))
    };
    let field = if answer.ending == Ending::Refusal { "refusal" } else { "content" };
    let mut chunks = vec![delta(json!({"role": "assistant", "content": ""}), None)];
    chunks.extend(answer.thoughts.iter().map(|thoughts| delta(json!({"reasoning": thoughts}), None)));
    let last = answer.pieces.len().saturating_sub(1);
    for (place, piece) in answer.pieces.iter().enumerate() {
        let ends = answer.finish_with_text && place == last;
        chunks.push(delta(json!({field: piece}), ends.then(|| finish(&answer.ending))));
    }
    if !answer.finish_with_text || answer.pieces.is_empty() {
        chunks.push(delta(json!({}), Some(finish(&answer.ending))));
    }
    if let (true, Some(counted)) = (wants_usage, answer.usage) {
        let mut totals = chunk(json!([]));
        totals["usage"] = usage(counted);
        chunks.push(totals);
    }
    let mut events: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    if answer.done {
        events.push("data: [DONE]\n\n".to_owned());
    }
    events
}

pub(crate) fn refusal(status: u16, message: &str) -> Value {
    let (kind, code) = match status {
        401 => ("invalid_request_error", json!("invalid_api_key")),
        404 => ("invalid_request_error", json!("model_not_found")),
        _ => ("invalid_request_error", Value::Null),
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

pub(crate) fn models(models: &[String]) -> Value {
    let data: Vec<Value> = models
        .iter()
        .map(|id| json!({"id": id, "object": "model", "created": CREATED, "owned_by": "double"}))
        .collect();
    json!({"object": "list", "data": data})
}
