//! From a script to the bytes of an answer, and how they end.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::{
    anthropic,
    check::Checked,
    protocol::Protocol,
    script::{Answer, Fault, Reply, Script},
};

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// In order.
    Clean,
    /// The connection breaks.
    Abort,
    /// Nothing more comes, and nothing ends.
    Stall,
    /// The last piece, again and again.
    Endless,
}

/// How a request is answered.
#[derive(Debug)]
pub(crate) enum Plan {
    /// With these bytes.
    Send(Sending),
    /// Nothing comes.
    Silent,
    /// The connection is closed.
    HangUp,
    /// The connection is reset.
    Reset,
}

/// The bytes of an answer.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) pieces: Vec<Bytes>,
    pub(crate) end: End,
}

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// What a script makes of a request.
pub(crate) fn plan(protocol: Protocol, script: &Script, asked: &Checked) -> Plan {
    match &script.fault {
        Some(Fault::Silent) => return Plan::Silent,
        Some(Fault::HangUp) => return Plan::HangUp,
        Some(Fault::Reset) => return Plan::Reset,
        _ => {}
    }
    let (status, kind, pieces) = said(protocol, script, asked);
    let mut sending = Sending {
        status,
        headers: vec![("content-type".to_owned(), kind)],
        pieces: pieces.into_iter().map(Bytes::from).collect(),
        end: End::Clean,
    };
    if let Some(fault) = &script.fault {
        disturb(&mut sending, fault, asked.stream);
    }
    sending.headers.extend(script.headers.iter().cloned());
    Plan::Send(sending)
}

/// Status, content type and the pieces of the body, before anything goes wrong.
fn said(protocol: Protocol, script: &Script, asked: &Checked) -> (u16, String, Vec<String>) {
    match &script.reply {
        Reply::Json { status, body } => (*status, JSON.to_owned(), vec![body.to_string()]),
        Reply::Text { status, content_type, body } => (*status, content_type.clone(), vec![body.clone()]),
        Reply::Answer(answer) => answered(protocol, script, asked, answer),
        Reply::ErrorInStream { answer, error, field } => {
            let mut events = protocol.events(answer, asked);
            end_before_its_end(protocol, &mut events);
            events.push(match (protocol, field) {
                (Protocol::Anthropic, None) => anthropic::event(error),
                (_, field) => format!("{}: {error}\n\n", field.as_deref().unwrap_or("data")),
            });
            (200, EVENTS.to_owned(), events)
        }
    }
}

fn answered(protocol: Protocol, script: &Script, asked: &Checked, answer: &Answer) -> (u16, String, Vec<String>) {
    if asked.wants_models {
        let models = ["double-small".to_owned(), "double-large".to_owned()];
        return (200, JSON.to_owned(), vec![protocol.models(&models).to_string()]);
    }
    let mut answer = answer.clone();
    if let Some(Fault::HugeText { bytes }) = script.fault {
        answer.pieces = vec!["x".repeat(bytes)];
    }
    if !asked.stream {
        return (200, JSON.to_owned(), vec![protocol.whole(&answer, &asked.model).to_string()]);
    }
    let mut events = protocol.events(&answer, asked);
    match script.fault {
        Some(Fault::NoTerminalEvent) => end_before_its_end(protocol, &mut events),
        Some(Fault::Duplicated) => events = events.into_iter().flat_map(|event| [event.clone(), event]).collect(),
        Some(Fault::Reversed) => events.reverse(),
        Some(Fault::OddLines) => {
            let odd = |event: String| format!(": ping\r\n\r\n{}", event.replace("\r\n", "\n").replace('\n', "\r\n"));
            events = events.into_iter().map(odd).collect();
        }
        _ => {}
    }
    (200, EVENTS.to_owned(), events)
}

/// Leaves out the terminal event and what follows it.
fn end_before_its_end(protocol: Protocol, events: &mut Vec<String>) {
    let end = events.iter().position(|event| protocol.ends(event)).unwrap_or(events.len());
    events.truncate(end);
}

fn disturb(sending: &mut Sending, fault: &Fault, stream: bool) {
    match fault {
        Fault::CutAt { byte, abort } => {
            cut(&mut sending.pieces, *byte);
            sending.end = if *abort { End::Abort } else { End::Clean };
        }
        Fault::Stall { byte } => {
            cut(&mut sending.pieces, *byte);
            sending.end = End::Stall;
        }
        Fault::ContentType { says } => set(&mut sending.headers, "content-type", says),
        Fault::Padded { bytes } => pad(sending, *bytes, stream),
        Fault::Endless => {
            sending.pieces.truncate(1);
            sending.pieces.push(Bytes::from(if stream { ": still here\n\n" } else { "              \n" }.repeat(300)));
            sending.end = End::Endless;
        }
        Fault::GzipBomb { bytes } => {
            sending.pieces = vec![Bytes::from(packed(*bytes))];
            set(&mut sending.headers, "content-encoding", "gzip");
        }
        Fault::Redirect { location } => {
            sending.status = 307;
            sending.pieces.clear();
            set(&mut sending.headers, "location", location);
        }
        Fault::NotUtf8 => {
            let mut bytes = sending.pieces.concat();
            let middle = bytes.len() / 2;
            bytes.splice(middle..middle, [0xff, 0xfe, 0xc3, 0x28]);
            sending.pieces = vec![Bytes::from(bytes)];
        }
        Fault::BrokenJson => {
            let broken = |piece: &Bytes| Bytes::from(String::from_utf8_lossy(piece).replacen('"', "'", 3));
            sending.pieces = sending.pieces.iter().map(broken).collect();
        }
        // These are in what is said, or nothing is.
        Fault::NoTerminalEvent
        | Fault::Duplicated
        | Fault::Reversed
        | Fault::OddLines
        | Fault::HugeText { .. }
        | Fault::Silent
        | Fault::HangUp
        | Fault::Reset => {}
    }
}

fn set(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    headers.retain(|(header, _)| header != name);
    headers.push((name.to_owned(), value.to_owned()));
}

/// The first bytes, in the pieces that they had.
fn cut(pieces: &mut Vec<Bytes>, mut bytes: usize) {
    for piece in pieces.iter_mut() {
        piece.truncate(bytes);
        bytes -= piece.len();
    }
    pieces.retain(|piece| !piece.is_empty());
}

/// Pads the body in front, in pieces of 64 KiB, so that a reader that takes it all has taken so many bytes.
fn pad(sending: &mut Sending, bytes: usize, stream: bool) {
    const PIECE: usize = 64 << 10;
    let piece =
        if stream { Bytes::from(format!(":{}\n", " ".repeat(PIECE - 2))) } else { Bytes::from(" ".repeat(PIECE)) };
    let said = std::mem::take(&mut sending.pieces);
    sending.pieces = std::iter::repeat_n(piece, bytes / PIECE).chain(said).collect();
}

/// Spaces, and then JSON, packed.
fn packed(bytes: usize) -> Vec<u8> {
    const PIECE: usize = 1 << 16;
    let spaces = vec![b' '; PIECE];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    for _ in 0..bytes / PIECE {
        let _ = encoder.write_all(&spaces);
    }
    let _ = encoder.write_all(json!({}).to_string().as_bytes());
    encoder.finish().unwrap_or_default()
}
