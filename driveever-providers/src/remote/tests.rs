//! What the readers guarantee, for every byte at which a stream can end.

use driveever_core::ai::{ModelError, text_model::Generated};
use driveever_doubles::{Answer, Ending, Protocol as Spoken, Usage};
use proptest::prelude::*;

use super::{
    anthropic::Anthropic,
    gemini::Gemini,
    openai::OpenAi,
    protocol::{Protocol, Read},
    sse::Decoder,
};

fn reader_of(spoken: Spoken, compatible: bool) -> Box<dyn super::protocol::Reader> {
    match spoken {
        Spoken::OpenAi => OpenAi { compatible }.reader(),
        Spoken::Anthropic => Anthropic.reader(),
        // Of a model's protocols it is the last.
        _ => Gemini.reader(),
    }
}

/// Reads bytes as they would come over the wire: the text that was passed on, and the end.
fn read(spoken: Spoken, compatible: bool, bytes: &[u8], in_order: bool) -> (String, Result<Generated, ModelError>) {
    let (mut decoder, mut reader) = (Decoder::new(1 << 16), reader_of(spoken, compatible));
    let (mut events, mut text) = (Vec::new(), String::new());
    if let Err(error) = decoder.push(bytes, &mut events) {
        return (text, Err(ModelError::Malformed { detail: error.to_string() }));
    }
    for event in events {
        match reader.event(&event) {
            Ok(Read::Nothing) => {}
            Ok(Read::Text(piece)) => text.push_str(&piece),
            Ok(Read::End) => return (text, reader.finish(true)),
            Err(error) => return (text, Err(error)),
        }
    }
    let end = reader.finish(in_order);
    (text, end)
}

fn answers() -> impl Strategy<Value = Answer> {
    let pieces = prop::collection::vec("[ -~é£🚗\\n]{0,12}", 1..5);
    let ending = prop_oneof![Just(Ending::Stop), Just(Ending::Length)];
    (pieces, ending, any::<[bool; 4]>()).prop_map(|(pieces, ending, [thinks, done, finish_with_text, counts])| Answer {
        pieces,
        ending,
        thoughts: thinks.then(|| "Hm.".to_owned()),
        done,
        finish_with_text,
        usage: counts.then(Usage::default),
        ..Answer::default()
    })
}

/// An end is reached with the whole text or not at all.
fn holds(spoken: Spoken, compatible: bool, answer: &Answer, bytes: &[u8], cut: usize, in_order: bool) {
    let whole = answer.whole();
    let (text, end) = read(spoken, compatible, &bytes[..cut], in_order);
    assert!(whole.starts_with(&text), "{spoken:?} {cut}");
    match end {
        Ok(generated) => assert_eq!((&generated.text, &text), (&whole, &whole), "{spoken:?} {cut}"),
        Err(error) => assert_eq!(error.code(), "stream_incomplete", "{spoken:?} {cut}: {error:?}"),
    }
}

#[test]
fn cut_at_every_byte_a_stream_is_never_a_shorter_answer() {
    let answer =
        Answer { pieces: vec!["£5".into(), " 🚗".into()], thoughts: Some("Hm".into()), ..Answer::default() };
    for spoken in Spoken::MODELS {
        let bytes = spoken.stream_bytes(&answer);
        for cut in 0..=bytes.len() {
            holds(spoken, true, &answer, &bytes, cut, true);
            holds(spoken, false, &answer, &bytes, cut, false);
        }
    }
}

proptest! {
    #[test]
    fn no_cut_makes_a_shorter_answer(answer in answers(), compatible: bool, cuts: [prop::sample::Index; 3], in_order: bool) {
        for (spoken, cut) in Spoken::MODELS.into_iter().zip(cuts) {
            let bytes = spoken.stream_bytes(&answer);
            holds(spoken, compatible, &answer, &bytes, cut.index(bytes.len()), in_order);
            let ends = compatible || answer.done || spoken != Spoken::OpenAi;
            prop_assert_eq!(read(spoken, compatible, &bytes, true).1.is_ok(), ends, "{:?} {:?}", spoken, answer);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        answer in answers(), noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    ) {
        for spoken in Spoken::MODELS {
            let mut bytes = spoken.stream_bytes(&answer);
            for (place, byte) in &noise {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            let _ = read(spoken, true, &bytes, true);
        }
    }

    #[test]
    fn no_body_makes_a_parser_panic(body in ".{0,200}", status in 300..600_u16) {
        let protocols: [&dyn Protocol; 3] = [&OpenAi { compatible: true }, &Anthropic, &Gemini];
        for protocol in protocols {
            prop_assert!(protocol.whole(body.as_bytes()).is_err());
            let told = protocol.failure(status, body.as_bytes()).error(None, None).detail();
            prop_assert!(told.len() < 400);
        }
    }
}
