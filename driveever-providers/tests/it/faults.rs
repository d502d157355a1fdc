//! What the network and a broken server do, and what it is to the caller.

use std::time::{Duration, Instant};

use driveever_core::ai::text_model::{Generation, TextModel};
use driveever_doubles::{Answer, Double, Ending, Fault, Protocol, Reply, Script};
use driveever_providers::remote::{RemoteModel, RemoteSettings, Timeouts, WireLimits};
use futures_util::StreamExt;

use crate::support::{asked, impatient, model_of, request, settings, streamed};

fn small(double: &Double, protocol: Protocol, timeouts: Timeouts) -> RemoteModel {
    let limits = WireLimits { body: 256 << 10, event: 64 << 10, concurrency: 1 };
    model_of(RemoteSettings { timeouts, limits, ..settings(double, protocol) }, protocol)
}

/// The codes of the outcomes, whole and as a stream.
async fn codes(script: &Script, timeouts: Timeouts) -> Vec<[String; 2]> {
    let double = Double::start().await.unwrap();
    let mut found = Vec::new();
    for protocol in Protocol::MODELS {
        let model = small(&double, protocol, timeouts);
        let mut codes = [String::new(), String::new()];
        for (code, stream) in codes.iter_mut().zip([false, true]) {
            double.script(protocol, script.clone());
            *code = match asked(&model, stream).await {
                Ok(generated) => format!("answered {:?}", generated.text),
                Err(error) => error.code().to_owned(),
            };
        }
        found.push(codes);
    }
    assert_eq!(double.violations(), Vec::<String>::new());
    found
}

async fn all(script: Script, whole: &str, stream: &str) {
    let found = codes(&script, Timeouts::default()).await;
    assert_eq!(found, vec![[whole.to_owned(), stream.to_owned()]; 3], "{script:?}");
}

const MALFORMED: &str = "provider_answer_malformed";
const INCOMPLETE: &str = "stream_incomplete";
const TIMED_OUT: &str = "provider_timed_out";
const UNAVAILABLE: &str = "provider_unavailable";
const MISCONFIGURED: &str = "provider_misconfigured";

fn with(fault: Fault) -> Script {
    Script::answer("Tyres need 1.6 mm.").with(fault)
}

#[tokio::test]
async fn a_connection_that_ends_before_the_headers() {
    all(with(Fault::HangUp), UNAVAILABLE, UNAVAILABLE).await;
    all(with(Fault::Reset), UNAVAILABLE, UNAVAILABLE).await;
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    all(with(Fault::CutAt { byte: 60, abort: true }), INCOMPLETE, INCOMPLETE).await;
    all(with(Fault::CutAt { byte: 60, abort: false }), MALFORMED, INCOMPLETE).await;
    all(with(Fault::NoTerminalEvent), "answered \"Tyres need 1.6 mm.\"", INCOMPLETE).await;
}

#[tokio::test]
async fn nothing_comes_in_time() {
    for fault in [Fault::Silent, Fault::Stall { byte: 60 }] {
        assert_eq!(codes(&with(fault), impatient()).await, vec![[TIMED_OUT, TIMED_OUT]; 3]);
    }
    // Each piece in time, the whole never: the caller's own time ends it.
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        let model = small(&double, protocol, Timeouts::default());
        double.script(protocol, Script::answer("x".repeat(9_000)).slow(0, 20));
        let began = Instant::now();
        // On a busy machine it may end before the first piece has come.
        let last = match model.stream(&Generation { timeout: Duration::from_millis(300), ..request() }).await {
            Ok(pieces) => pieces.collect::<Vec<_>>().await.pop().unwrap(),
            Err(error) => Err(error),
        };
        assert_eq!(last.unwrap_err().code(), TIMED_OUT, "{protocol:?}");
        assert!(began.elapsed() < Duration::from_mins(1), "the whole would take three minutes");
    }
}

#[tokio::test]
async fn slow_is_not_late() {
    all(Script::answer("Yes, it is.").slow(40, 40), "answered \"Yes, it is.\"", "answered \"Yes, it is.\"").await;
}

#[tokio::test]
async fn more_than_is_taken() {
    all(with(Fault::Padded { bytes: 100 << 20 }), MALFORMED, MALFORMED).await;
    all(with(Fault::Endless), MALFORMED, MALFORMED).await;
    all(with(Fault::HugeText { bytes: 300 << 10 }), MALFORMED, MALFORMED).await;
    all(with(Fault::GzipBomb { bytes: 4 << 20 }), MALFORMED, MALFORMED).await;
}

#[tokio::test]
async fn what_is_no_answer_in_the_protocol() {
    all(with(Fault::BrokenJson), MALFORMED, MALFORMED).await;
    all(with(Fault::NotUtf8), MALFORMED, MALFORMED).await;
    let says = |says: &str| with(Fault::ContentType { says: says.to_owned() });
    // A whole body speaks for itself; what is no stream of events is not read as one.
    all(says("text/plain"), "answered \"Tyres need 1.6 mm.\"", MALFORMED).await;
    let page = Reply::Text { status: 200, content_type: "text/html".into(), body: "<html>Log in</html>".into() };
    all(Script::of(page), MALFORMED, MALFORMED).await;
    all(
        Script::of(Reply::Text { status: 200, content_type: String::new(), body: String::new() }),
        MALFORMED,
        MALFORMED,
    )
    .await;
    let other = Script::of(Reply::Answer(Answer::text("Yes").ending(Ending::Other("tool_calls".into()))));
    all(other, MALFORMED, MALFORMED).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let double = Double::start().await.unwrap();
    let location = double.base_url(Protocol::OpenAi);
    all(with(Fault::Redirect { location }), MISCONFIGURED, MISCONFIGURED).await;
    assert!(double.received().is_empty());
}

#[tokio::test]
async fn events_that_come_twice_or_in_disorder_are_never_a_shorter_answer() {
    let found = codes(&with(Fault::Reversed), Timeouts::default()).await;
    assert!(found.iter().all(|[_, stream]| [MALFORMED, INCOMPLETE].contains(&stream.as_str())), "{found:?}");
    let double = Double::start().await.unwrap();
    for protocol in Protocol::MODELS {
        double.script(protocol, with(Fault::Duplicated));
        let (text, end) = streamed(&small(&double, protocol, Timeouts::default())).await;
        match (protocol, end) {
            (Protocol::Anthropic, Err(error)) => assert_eq!(error.code(), MALFORMED),
            // Nothing in these protocols tells one that came twice from one that was said twice.
            (Protocol::OpenAi | Protocol::Gemini, Ok(generated)) => {
                assert_eq!(generated.text, text);
                assert_eq!(text.matches("Tyres ne").count(), 2);
            }
            (protocol, end) => panic!("{protocol:?} {end:?}"),
        }
    }
}

#[tokio::test]
async fn tls_and_names_that_fail_are_outages() {
    let double = Double::start().await.unwrap();
    for base_url in [format!("https://{}/v1", double.address()), "http://double.invalid/v1".to_owned()] {
        let settings = RemoteSettings { base_url, timeouts: impatient(), ..settings(&double, Protocol::OpenAi) };
        let error = asked(&model_of(settings, Protocol::OpenAi), false).await.unwrap_err();
        assert!([UNAVAILABLE, TIMED_OUT].contains(&error.code()), "{error:?}");
    }
}

#[tokio::test]
async fn one_turn_at_a_time_and_a_dropped_stream_gives_its_turn_back() {
    let double = Double::start().await.unwrap();
    let timeouts = Timeouts { queue: Duration::from_millis(100), ..Timeouts::default() };
    let model = small(&double, Protocol::OpenAi, timeouts);
    double.script(Protocol::OpenAi, with(Fault::Stall { byte: 700 }));
    let mut held = model.stream(&request()).await.unwrap();
    assert!(held.next().await.unwrap().is_ok());
    let refused = asked(&model, false).await.unwrap_err();
    assert_eq!((refused.code(), double.questions()), ("provider_rate_limited", 1));
    assert_eq!(double.open(), 1);
    drop(held);
    assert!(asked(&model, false).await.is_ok());
    // The provider sees that its reader is gone.
    for _ in 0..200 {
        if double.open() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the connection to the provider was not closed");
}
