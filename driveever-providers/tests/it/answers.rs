//! What comes back when all is well, and what is sent.

use driveever_core::ai::text_model::{FinishReason, TextModel};
use driveever_doubles::{Answer, Double, Ending, Fault, Protocol, Reply, Script};
use serde_json::json;

use crate::support::{KEY, asked, model, model_of, outcome, request, settings, streamed};

const TEXT: &str = "Tyres need 1.6 mm: £2,500 a tyre — ünïcödé 🚗.";

#[tokio::test]
async fn an_answer_is_whole_with_its_model_usage_and_request_id() {
    let double = Double::start().await.unwrap();
    let counted = driveever_doubles::Usage { fresh: 20, cached: 4, cache_written: 2, text: 9, thoughts: 3 };
    for protocol in Protocol::MODELS {
        let model = model(&double, protocol);
        // What Gemini writes to its cache, it does not tell.
        let written = if protocol == Protocol::Gemini { 0 } else { 2 };
        let answer = Answer {
            usage: Some(counted),
            model: Some("model-1-2026-11-01".into()),
            thoughts: Some("Let me think.".into()),
            ..Answer::text(TEXT)
        };
        for stream in [false, true] {
            let script = Script::of(Reply::Answer(answer.clone()));
            let generated = outcome(&double, &model, protocol, script, stream).await.unwrap();
            assert_eq!(generated.text, TEXT, "{protocol:?} {stream}");
            assert_eq!(generated.model, "model-1-2026-11-01");
            assert_eq!(generated.finish_reason, FinishReason::Stop);
            let usage = generated.usage.unwrap();
            assert_eq!((usage.prompt_tokens, usage.completion_tokens), (24 + written, 12), "{protocol:?} {stream}");
            assert_eq!((usage.total_tokens, usage.cached_tokens), (36 + written, Some(4)));
            let thoughts = if protocol == Protocol::Anthropic { None } else { Some(3) };
            assert_eq!(usage.reasoning_tokens, thoughts);
            let id = (protocol != Protocol::Gemini).then_some("req_double0001");
            assert_eq!(generated.provider_request_id.as_deref(), id);
            assert_eq!((generated.cost, generated.confidence), (None, None));
        }
    }
    assert_eq!(double.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn deltas_are_the_text_as_it_comes() {
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        for finish_with_text in [false, true] {
            let answer = Answer { finish_with_text, ..Answer::text(TEXT) };
            double.script(protocol, Script::of(Reply::Answer(answer)).with(Fault::OddLines));
            let (text, end) = streamed(&model(&double, protocol)).await;
            assert_eq!((text.as_str(), end.unwrap().text.as_str()), (TEXT, TEXT));
        }
    }
}

#[tokio::test]
async fn what_is_not_said_is_not_made_up() {
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        for stream in [false, true] {
            let script = Script::of(Reply::Answer(Answer { usage: None, ..Answer::text(TEXT) }));
            let generated = outcome(&double, &model(&double, protocol), protocol, script, stream).await.unwrap();
            assert_eq!(generated.usage, None, "{protocol:?} {stream}");
            let script = Script::of(Reply::Answer(Answer::text(TEXT).ending(Ending::Length)));
            let cut = outcome(&double, &model(&double, protocol), protocol, script, stream).await.unwrap();
            assert_eq!((cut.finish_reason, cut.text.as_str()), (FinishReason::Length, TEXT));
        }
    }
}

#[tokio::test]
async fn compatible_servers_may_leave_out_what_they_like() {
    let double = Double::start().await.unwrap();
    let protocol = Protocol::OpenAi;
    let settings = settings(&double, protocol);
    let keyless =
        driveever_providers::remote::RemoteModel::openai_compatible(settings, crate::support::clock()).unwrap();
    let answer = Answer { done: false, usage: None, ..Answer::text(TEXT) };
    double.script(protocol, Script::of(Reply::Answer(answer.clone())));
    let (_, end) = streamed(&keyless).await;
    assert_eq!(end.unwrap().text, TEXT, "a compatible server ends without [DONE]");
    double.script(protocol, Script::of(Reply::Answer(answer)));
    let (text, end) = streamed(&model(&double, protocol)).await;
    assert_eq!(text, TEXT);
    assert_eq!(end.unwrap_err().code(), "stream_incomplete", "OpenAI itself never does");
    let bound: Vec<_> = double.received().iter().map(|received| received.body.get("max_tokens").is_some()).collect();
    assert_eq!(bound, [true, false], "the old name is the one that local servers know");
}

#[tokio::test]
async fn what_is_sent_is_what_was_set_and_no_more() {
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        let settings = driveever_providers::remote::RemoteSettings {
            temperature: Some(0.2),
            max_output_tokens: 77,
            ..settings(&double, protocol)
        };
        let model = model_of(settings, protocol);
        let asks = driveever_core::ai::text_model::Generation { model: Some("model-2".into()), ..request() };
        model.generate(&asks).await.unwrap();
        assert!(!format!("{model:?}").contains(KEY));
    }
    let bodies: Vec<_> = double.received().into_iter().map(|received| received.body).collect();
    let prompt = request().prompt;
    let messages = json!([{"role": "user", "content": prompt}]);
    assert_eq!(
        bodies,
        [
            json!({"model": "model-2", "messages": messages, "max_completion_tokens": 77, "temperature": 0.2}),
            json!({"model": "model-2", "messages": messages, "max_tokens": 77}),
            json!({
                "contents": [{"role": "user", "parts": [{"text": prompt}]}],
                "generationConfig": {"maxOutputTokens": 77, "temperature": 0.2},
            }),
        ]
    );
    assert_eq!(double.violations(), Vec::<String>::new());
    let path = double.received().last().unwrap().path.clone();
    assert_eq!(path, "/v1beta/models/model-2:generateContent", "the key is in no address");
}

#[tokio::test]
async fn health_is_the_list_of_models_and_costs_nothing() {
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        let model = model(&double, protocol);
        assert!(model.health().await.available);
        double.script(protocol, Script::error(401, json!({"error": {"type": "authentication_error"}})));
        let health = model.health().await;
        assert!(!health.available && health.detail.unwrap().contains("401"));
        double.script(protocol, Script::error(404, json!({})));
        assert!(model.health().await.available, "a server without a list is a server");
    }
    assert_eq!(double.questions(), 0);
    let nowhere = driveever_providers::remote::RemoteSettings {
        base_url: "http://127.0.0.1:9/v1".into(),
        ..settings(&double, Protocol::OpenAi)
    };
    assert!(!model_of(nowhere, Protocol::OpenAi).health().await.available);
}

#[tokio::test]
async fn an_allowance_that_is_used_up_is_waited_for_here() {
    let double = Double::start().await.unwrap();
    let protocol = Protocol::OpenAi;
    let model = model(&double, protocol);
    let script = Script::answer(TEXT)
        .header("x-ratelimit-remaining-requests", "0")
        .header("x-ratelimit-reset-requests", "1m30s");
    outcome(&double, &model, protocol, script, false).await.unwrap();
    let error = asked(&model, false).await.unwrap_err();
    let driveever_core::ai::ModelError::RateLimited { retry_after, .. } = &error else { panic!("{error:?}") };
    assert_eq!(retry_after.unwrap().as_secs(), 90);
    assert_eq!(double.questions(), 1, "the second was not sent");
}
