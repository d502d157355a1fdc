//! What a double is told to answer, and what goes wrong on the way.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What to do with one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Script {
    /// What is said.
    pub reply: Reply,
    /// What goes wrong on the way.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Milliseconds before the first byte of the answer.
    #[serde(default)]
    pub first_byte_ms: u64,
    /// Milliseconds before each further piece of the body.
    #[serde(default)]
    pub chunk_ms: u64,
    /// Headers beside the usual ones, such as `retry-after`.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
}

impl Script {
    /// With this reply and without a fault.
    pub const fn of(reply: Reply) -> Self {
        Self { reply, fault: None, first_byte_ms: 0, chunk_ms: 0, headers: Vec::new() }
    }

    /// An ordinary answer with this text.
    pub fn answer(text: impl Into<String>) -> Self {
        Self::of(Reply::Answer(Answer::text(text)))
    }

    /// What would be answered without a script, to be disturbed by a fault.
    pub fn ordinary() -> Self {
        Self::answer("The tread must be at least 1.6 mm deep. Have it measured where you are not sure.")
    }

    /// An error with this status and body.
    pub const fn error(status: u16, body: Value) -> Self {
        Self::of(Reply::Json { status, body })
    }

    /// With this fault.
    pub fn with(self, fault: Fault) -> Self {
        Self { fault: Some(fault), ..self }
    }

    /// With a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Slow: this long before the first byte, this long before each further piece.
    pub const fn slow(mut self, first_byte_ms: u64, chunk_ms: u64) -> Self {
        self.first_byte_ms = first_byte_ms;
        self.chunk_ms = chunk_ms;
        self
    }
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Reply {
    /// An answer in the protocol of who asked, whole or as a stream as they asked; of a register of vehicles, what it knows.
    Answer(Answer),
    /// A status with a JSON body: the providers' errors are in [`rows`](crate::rows).
    Json {
        /// The status.
        status: u16,
        /// The body.
        body: Value,
    },
    /// A status with any text, such as a proxy's HTML page.
    Text {
        /// The status.
        status: u16,
        /// The content type.
        content_type: String,
        /// The body.
        body: String,
    },
    /// An answer that breaks off with an error inside the stream, after the text.
    ErrorInStream {
        /// What is said before.
        answer: Answer,
        /// The event's data, as the provider spells it.
        error: Value,
        /// The field that carries it, when it is not `data`: some builds of llama.cpp say `error`.
        #[serde(default)]
        field: Option<String>,
    },
}

/// An answer, from which each protocol makes its own shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Answer {
    /// The text, in the pieces that a stream sends.
    pub pieces: Vec<String>,
    /// What the model thinks before it answers; it is no part of the text.
    pub thoughts: Option<String>,
    /// Why it ends.
    pub ending: Ending,
    /// Tokens; absent: the provider does not say.
    pub usage: Option<Usage>,
    /// The model as it names itself; absent: as it was asked.
    pub model: Option<String>,
    /// Whether the stream ends with `[DONE]` (OpenAI's protocol; some compatible servers leave it out).
    pub done: bool,
    /// Whether the last text comes with the finish reason, in one event.
    pub finish_with_text: bool,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            thoughts: None,
            ending: Ending::Stop,
            usage: Some(Usage::default()),
            model: None,
            done: true,
            finish_with_text: false,
        }
    }
}

impl Answer {
    /// An answer with this text, in pieces of a few characters.
    pub fn text(text: impl Into<String>) -> Self {
        const PIECE: usize = 8;
        let characters: Vec<char> = text.into().chars().collect();
        let pieces = characters.chunks(PIECE).map(|piece| piece.iter().collect()).collect();
        Self { pieces, ..Self::default() }
    }

    /// The whole text.
    pub fn whole(&self) -> String {
        self.pieces.concat()
    }

    /// With another ending.
    pub fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }
}

/// Why an answer ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// All is said.
    Stop,
    /// The bound on its length is reached.
    Length,
    /// The model declines.
    Refusal,
    /// A filter cut it off: `content_filter`, `SAFETY`; of Anthropic it is the refusal.
    Filtered,
    /// The prompt was blocked: no answer at all (Gemini; the others' refusal).
    PromptBlocked,
    /// Any other word in the finish reason's place.
    Other(String),
}

/// Tokens of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Usage {
    /// Of the prompt, neither read from nor written to a cache.
    pub fresh: u64,
    /// Of the prompt, read from a cache.
    pub cached: u64,
    /// Of the prompt, written to a cache (Anthropic).
    pub cache_written: u64,
    /// Of the answer's text.
    pub text: u64,
    /// Of what the model thought.
    pub thoughts: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self { fresh: 20, cached: 4, cache_written: 0, text: 9, thoughts: 3 }
    }
}

/// What goes wrong on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Fault {
    /// The body ends after so many bytes: as if it were whole, or by the connection's end.
    CutAt {
        /// How many bytes arrive.
        byte: usize,
        /// Whether the connection breaks, instead of the body ending in order.
        abort: bool,
    },
    /// The stream ends in order, its terminal event is missing.
    NoTerminalEvent,
    /// The headers come, and after so many bytes nothing more, ever.
    Stall {
        /// How many bytes arrive.
        byte: usize,
    },
    /// Nothing comes, ever.
    Silent,
    /// The connection is closed before any header.
    HangUp,
    /// The connection is reset (TCP RST) before any header.
    Reset,
    /// The content type is another than what is in the body.
    ContentType {
        /// What it says.
        says: String,
    },
    /// The body is padded to so many bytes (spaces; in a stream, comments).
    Padded {
        /// How many bytes in all.
        bytes: usize,
    },
    /// The body never ends, and says something all the time.
    Endless,
    /// One event, or one JSON text, of so many bytes.
    HugeText {
        /// How many bytes the text has.
        bytes: usize,
    },
    /// The body is gzip, and so many bytes when it is unpacked.
    GzipBomb {
        /// How many.
        bytes: usize,
    },
    /// 307 to somewhere else.
    Redirect {
        /// Where to.
        location: String,
    },
    /// Every event comes twice.
    Duplicated,
    /// The events come in reverse order.
    Reversed,
    /// The body has bytes that are no UTF-8.
    NotUtf8,
    /// The body is broken JSON.
    BrokenJson,
    /// Lines end with CR LF, and comments come between the events.
    OddLines,
}
