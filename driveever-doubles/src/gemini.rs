//! Google's Gemini API.

use serde_json::{Value, json};

use crate::{
    check::Checked,
    protocol::Request,
    script::{Answer, Ending, Usage},
};

const ID: &str = "double0001";
/// The API's versions, as paths begin.
const VERSIONS: [&str; 2] = ["/v1beta", "/v1"];
const OPTIONAL: [&str; 9] = [
    "systemInstruction",
    "generationConfig",
    "safetySettings",
    "tools",
    "toolConfig",
    "cachedContent",
    "labels",
    "serviceTier",
    "store",
];
const CONFIG: [&str; 23] = [
    "temperature",
    "topP",
    "topK",
    "candidateCount",
    "maxOutputTokens",
    "stopSequences",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "responseModalities",
    "thinkingConfig",
    "presencePenalty",
    "frequencyPenalty",
    "seed",
    "responseLogprobs",
    "logprobs",
    "enableEnhancedCivicAnswers",
    "speechConfig",
    "imageConfig",
    "mediaResolution",
    "audioTimestamp",
    "routingConfig",
    "modelSelectionConfig",
];

pub(crate) fn check(request: &Request<'_>) -> Checked {
    let mut checked = Checked::default();
    if request.header("x-goog-api-key").is_none_or(str::is_empty) {
        checked.refuse(403, "x-goog-api-key: required");
    }
    if request.query.split('&').any(|pair| pair.starts_with("key=")) {
        checked.refuse(400, "key: a key in the address is logged on the way");
    }
    // Google's own client of November 2026 asks `v1`, earlier ones `v1beta`.
    let path = VERSIONS.iter().find_map(|version| request.path.strip_prefix(version)).unwrap_or_default();
    let call = path.strip_prefix("/models/").and_then(|rest| rest.split_once(':'));
    match (request.method, call) {
        ("GET", None) if path == "/models" => checked.wants_models = true,
        ("POST", Some((model, action @ ("generateContent" | "streamGenerateContent")))) => {
            model.clone_into(&mut checked.model);
            checked.stream = action == "streamGenerateContent";
            if checked.stream && request.query != "alt=sse" {
                checked.refuse(400, "alt: this double streams server-sent events only: ?alt=sse");
            }
            check_content(&mut checked, request);
        }
        (method, _) => checked.refuse(404, format!("no such call: {method} {}", request.path)),
    }
    checked
}

fn check_content(checked: &mut Checked, request: &Request<'_>) {
    let body = checked.object(request);
    checked.fields("", &body, &["contents"], &OPTIONAL);
    for (place, content) in checked.list("contents", body.get("contents")).iter().enumerate() {
        let at = format!("contents[{place}].");
        if !matches!(content.get("role").and_then(Value::as_str), Some("user" | "model")) {
            checked.refuse(400, format!("{at}role: must be user or model"));
        }
        check_parts(checked, &at, content);
    }
    if let Some(system) = body.get("systemInstruction") {
        check_parts(checked, "systemInstruction.", system);
    }
    let Some(config) = body.get("generationConfig") else { return };
    match config.as_object() {
        Some(config) => {
            checked.fields("generationConfig.", config, &[], &CONFIG);
            checked.number("generationConfig.temperature", config.get("temperature"), 0.0, 2.0);
            checked.count("generationConfig.maxOutputTokens", config.get("maxOutputTokens"));
        }
        None => checked.refuse(400, "generationConfig: must be an object"),
    }
}

fn check_parts(checked: &mut Checked, at: &str, content: &Value) {
    if let Some(object) = content.as_object() {
        checked.fields(at, object, &["parts"], &["role"]);
    }
    for (place, part) in checked.list(&format!("{at}parts"), content.get("parts")).iter().enumerate() {
        let at = format!("{at}parts[{place}].");
        checked.fields(&at, part.as_object().unwrap_or(&serde_json::Map::new()), &["text"], &["thought"]);
        checked.text(&format!("{at}text"), part.get("text"));
    }
}

fn finish(ending: &Ending) -> &str {
    match ending {
        Ending::Stop => "STOP",
        Ending::Length => "MAX_TOKENS",
        Ending::Filtered => "SAFETY",
        Ending::Refusal | Ending::PromptBlocked => "PROHIBITED_CONTENT",
        Ending::Other(word) => word,
    }
}

fn usage(usage: Usage) -> Value {
    let prompt = usage.fresh + usage.cached;
    json!({
        "promptTokenCount": prompt, "cachedContentTokenCount": usage.cached,
        "candidatesTokenCount": usage.text, "thoughtsTokenCount": usage.thoughts,
        "totalTokenCount": prompt + usage.text + usage.thoughts,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
    })
}

fn response(answer: &Answer, model: &str, candidates: Option<Value>) -> Value {
    let mut response = json!({"modelVersion": answer.model.as_deref().unwrap_or(model), "responseId": ID});
    match candidates {
        Some(candidates) => response["candidates"] = candidates,
        None => {
            response["promptFeedback"] = json!({"blockReason": "SAFETY", "safetyRatings": [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT",
                    "probability": "HIGH", "blocked": true}]});
        }
    }
    if let Some(counted) = answer.usage {
        response["usageMetadata"] = usage(counted);
    }
    response
}

fn candidate(parts: &[Value], finish: Option<&str>) -> Value {
    let mut candidate = json!({"index": 0});
    if !parts.is_empty() {
        candidate["content"] = json!({"role": "model", "parts": parts});
    }
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    json!([candidate])
}

fn thought(answer: &Answer) -> Option<Value> {
    answer.thoughts.as_ref().map(|text| json!({"text": text, "thought": true}))
}

pub(crate) fn whole(answer: &Answer, model: &str) -> Value {
    if answer.ending == Ending::PromptBlocked {
        return response(answer, model, None);
    }
    let text = Some(answer.whole()).filter(|text| !text.is_empty()).map(|text| json!({"text": text}));
    let parts: Vec<Value> = thought(answer).into_iter().chain(text).collect();
    response(answer, model, Some(candidate(&parts, Some(finish(&answer.ending)))))
}

pub(crate) fn events(answer: &Answer, model: &str) -> Vec<String> {
    let event = |response: Value| format!("data: {response}\r\n\r\n");
    if answer.ending == Ending::PromptBlocked {
        return vec![event(response(answer, model, None))];
    }
    let thoughts = thought(answer).into_iter();
    let mut parts: Vec<Value> = thoughts.chain(answer.pieces.iter().map(|piece| json!({"text": piece}))).collect();
    // The last text and the finish reason come together, unless a chunk of its own ends it.
    let last = if answer.finish_with_text { parts.pop() } else { None };
    let mut events: Vec<String> =
        parts.into_iter().map(|part| event(response(answer, model, Some(candidate(&[part], None))))).collect();
    let last: Vec<Value> = last.into_iter().collect();
    events.push(event(response(answer, model, Some(candidate(&last, Some(finish(&answer.ending)))))));
    events
}

pub(crate) fn refusal(status: u16, message: &str) -> Value {
    let word = match status {
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        _ => "INVALID_ARGUMENT",
    };
    json!({"error": {"code": status, "message": message, "status": word}})
}

pub(crate) fn models(models: &[String]) -> Value {
    let entry = |id: &String| {
        json!({
            "name": format!("models/{id}"), "displayName": id, "version": "1", "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536, "supportedGenerationMethods": ["generateContent", "countTokens"],
        })
    };
    json!({"models": models.iter().map(entry).collect::<Vec<_>>()})
}
