//! Server-sent events, as they arrive in pieces of any size: a decoder that never holds more than one event.
//!
//! It keeps to the WHATWG grammar (lines end with LF, CR or CR LF; comments begin with a colon; an event that no blank line
//! ends is no event) and knows one field more: `error`, which some builds of llama.cpp say instead of `data`.

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// Its name; empty when it has none.
    pub name: String,
    /// Its data.
    pub data: String,
}

/// Why a stream is no stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// One event is larger than the bound.
    #[error("an event of more than {0} bytes")]
    TooLarge(usize),
    /// Its bytes are no text.
    #[error("an event that is not UTF-8")]
    NotUtf8,
}

/// Takes bytes, gives events.
#[derive(Debug)]
pub struct Decoder {
    max_event: usize,
    line: Vec<u8>,
    /// Whether the last byte was a CR, after which an LF ends nothing.
    after_cr: bool,
    /// Whether no line has ended yet: a byte order mark may stand before the first.
    first: bool,
    event: Event,
    has_data: bool,
}

impl Decoder {
    /// Holds at most so many bytes of one event.
    pub fn new(max_event: usize) -> Self {
        Self { max_event, line: Vec::new(), after_cr: false, first: true, event: Event::default(), has_data: false }
    }

    /// Takes a piece; the events that it ends are added to `events`.
    ///
    /// # Errors
    /// See [`SseError`]; nothing that follows is of use then.
    pub fn push(&mut self, bytes: &[u8], events: &mut impl Extend<Event>) -> Result<(), SseError> {
        for byte in bytes {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.after_cr = *byte == b'\r';
                    events.extend(self.end_line()?);
                }
                _ => {
                    self.after_cr = false;
                    self.line.push(*byte);
                    if self.line.len() + self.event.data.len() > self.max_event {
                        return Err(SseError::TooLarge(self.max_event));
                    }
                }
            }
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<Event>, SseError> {
        let line = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&line).map_err(|_| SseError::NotUtf8)?;
        let line = if std::mem::take(&mut self.first) { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return Ok(std::mem::take(&mut self.has_data).then_some(event));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => self.append(value),
            "error" => {
                field.clone_into(&mut self.event.name);
                self.append(value);
            }
            // Comments, `id`, `retry` and whatever else comes.
            _ => {}
        }
        Ok(None)
    }

    fn append(&mut self, value: &str) {
        if std::mem::replace(&mut self.has_data, true) {
            self.event.data.push('\n');
        }
        self.event.data.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(pieces: &[&[u8]], max: usize) -> Result<Vec<Event>, SseError> {
        let mut decoder = Decoder::new(max);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece, &mut events)?;
        }
        Ok(events)
    }

    fn event(name: &str, data: &str) -> Event {
        Event { name: name.into(), data: data.into() }
    }

    #[test]
    fn the_grammar_is_kept() {
        let text = "\u{feff}data: one\n\n: comment\r\nevent: delta\rdata:two\rdata: three\r\r\nid: 7\nretry: 1\n\ndata\n\n\
                    error: {}\n\ndata: unended\n";
        let found = decoded(&[text.as_bytes()], 100).unwrap();
        assert_eq!(found, [event("", "one"), event("delta", "two\nthree"), event("", ""), event("error", "{}")]);
    }

    #[test]
    fn no_more_than_the_bound_is_held() {
        assert_eq!(decoded(&[b"data: 123456\n\n"], 11), Err(SseError::TooLarge(11)));
        assert_eq!(decoded(&[b"data: 12345\n", b"data: 67890\n\n"], 12), Err(SseError::TooLarge(12)));
        assert_eq!(decoded(&[b": ", &[b'x'; 50]], 20), Err(SseError::TooLarge(20)));
        assert_eq!(decoded(&[b"data: \xff\n\n"], 100), Err(SseError::NotUtf8));
    }

    proptest! {
        #[test]
        fn how_bytes_are_cut_into_pieces_makes_no_difference(
            text in "(data: [a-zé]{0,9}|event: [a-z]{1,3}|: c|)(\r\n|\n|\r|\r\r|\n\n|\r\n\r\n)".prop_map(String::from),
            repeats in 1..6_usize, cuts in prop::collection::vec(0..200_usize, 0..6),
        ) {
            let text = text.repeat(repeats);
            let whole = decoded(&[text.as_bytes()], 1_000);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (text.len() + 1)).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts {
                pieces.push(&text.as_bytes()[from..cut]);
                from = cut;
            }
            pieces.push(&text.as_bytes()[from..]);
            prop_assert_eq!(decoded(&pieces, 1_000), whole);
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decoded(&[&bytes], 64);
        }
    }
}
