//! A stream that is cut on the wire never passes for an answer with less than the whole text. Here it is cut here and there;
//! that it holds for every byte is shown beside the readers, without a wire.

use driveever_doubles::{Answer, Double, Fault, Protocol, Reply, Script};

use crate::support::{model, streamed};

const TEXT: &str = "Tyres need 1.6 mm. £ é 🚗";

/// Coprime to the length of every line.
const STEP: usize = 37;

/// Asks with a cut at one byte after the other; a few past the end of it all end it.
async fn cut_everywhere(protocol: Protocol, abort: bool, answer: Answer) {
    let double = Double::start().await.unwrap();
    let model = model(&double, protocol);
    let mut succeeded = 0;
    for byte in (0..6_000).step_by(STEP) {
        let script = Script::of(Reply::Answer(answer.clone())).with(Fault::CutAt { byte, abort });
        double.script(protocol, script);
        let (text, end) = streamed(&model).await;
        assert!(TEXT.starts_with(&text), "{protocol:?} {byte}: {text:?}");
        match end {
            Ok(generated) => {
                assert_eq!((generated.text.as_str(), text.as_str()), (TEXT, TEXT), "{protocol:?} {byte}");
                succeeded += 1;
            }
            Err(error) => {
                assert!(matches!(error.code(), "stream_incomplete"), "{protocol:?} {byte}: {error:?}");
                assert_eq!(succeeded, 0, "{protocol:?} {byte}: more bytes do not make it less whole");
            }
        }
        if succeeded > 2 {
            return;
        }
    }
    panic!("{protocol:?}: it never became whole");
}

#[tokio::test]
async fn openai_in_order() {
    cut_everywhere(Protocol::OpenAi, false, Answer::text(TEXT)).await;
}

#[tokio::test]
async fn openai_broken() {
    cut_everywhere(Protocol::OpenAi, true, Answer { finish_with_text: true, ..Answer::text(TEXT) }).await;
}

#[tokio::test]
async fn anthropic_in_order() {
    cut_everywhere(Protocol::Anthropic, false, Answer { thoughts: Some("Hm.".into()), ..Answer::text(TEXT) }).await;
}

#[tokio::test]
async fn anthropic_broken() {
    cut_everywhere(Protocol::Anthropic, true, Answer::text(TEXT)).await;
}

#[tokio::test]
async fn gemini_in_order() {
    cut_everywhere(Protocol::Gemini, false, Answer { finish_with_text: true, ..Answer::text(TEXT) }).await;
}

#[tokio::test]
async fn gemini_broken() {
    cut_everywhere(Protocol::Gemini, true, Answer::text(TEXT)).await;
}
