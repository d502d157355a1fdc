//! From a draft to Markdown and the list of its sources.
//!
//! Only headings, paragraphs, lists and emphasis are written, which every Markdown reader knows and which clients that
//! render block by block allow. Texts from outside have passed [`escape`]. A bound on length drops whole lines from the
//! end, never a part of one, so that no figure and no warning is cut in half.

use driveever_core::{
    ai::text_model::{AnswerSource, FinishReason},
    vehicle::record::RecordSource,
};

use super::draft::{Basis, Draft, Line};
use crate::rules::Urgency;

/// How many characters of an outside text are shown.
const MAX_QUOTED: usize = 200;
/// Bytes of English text that one token of a language model stands for, about; for bounds stated in tokens.
const BYTES_PER_TOKEN: usize = 4;

/// How long an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Everything that bears on the question.
    Full,
    /// What matters most.
    Brief,
}

/// What a draft does not know of the vehicle and the answer.
#[derive(Debug)]
pub(super) struct Setting<'r> {
    pub(super) form: Form,
    pub(super) max_tokens: Option<u32>,
    /// The registration mark and whether its record is demonstration data.
    pub(super) vehicle: Option<(&'r str, bool)>,
}

/// A rendered answer.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) sources: Vec<AnswerSource>,
    pub(super) finish: FinishReason,
    /// The lines that were shown; tests check their pieces.
    #[cfg(test)]
    pub(super) lines: Vec<Line>,
}

/// How many lines of each section a form shows.
struct Limits {
    others: usize,
    lead: usize,
    known: usize,
    rules: usize,
    unknown: usize,
    steps: usize,
    costs: usize,
}

impl Form {
    const fn limits(self) -> Limits {
        match self {
            Self::Full => Limits { others: 4, lead: 8, known: 16, rules: 7, unknown: 7, steps: 6, costs: 5 },
            Self::Brief => Limits { others: 1, lead: 2, known: 3, rules: 1, unknown: 1, steps: 1, costs: 1 },
        }
    }
}

struct Writer<'r> {
    text: String,
    budget: usize,
    cut: bool,
    bases: Vec<Basis>,
    vehicle: Option<(&'r str, bool)>,
    #[cfg(test)]
    lines: Vec<Line>,
}

impl Writer<'_> {
    /// Appends `before`, the line and `after`, if they fit.
    fn line(&mut self, before: &str, line: &Line, after: &str) {
        if self.cut || self.text.len() + before.len() + line.text.len() + after.len() > self.budget {
            self.cut = true;
            return;
        }
        self.text.push_str(before);
        self.text.push_str(&line.text);
        self.text.push_str(after);
        for basis in &line.bases {
            if !self.bases.contains(basis) {
                self.bases.push(*basis);
            }
        }
        #[cfg(test)]
        self.lines.push(line.clone());
    }

    fn section(&mut self, heading: &str, lines: &[Line], limit: usize, numbered: bool) {
        if lines.is_empty() || limit == 0 {
            return;
        }
        let mut before = format!("\n### {heading}\n\n");
        for (index, line) in lines.iter().take(limit).enumerate() {
            if numbered {
                before.push_str(&(index + 1).to_string());
                before.push_str(". ");
            } else {
                before.push_str("- ");
            }
            self.line(&before, line, "\n");
            before.clear();
        }
    }
}

/// Renders a draft.
pub(super) fn render(draft: &Draft, setting: &Setting<'_>) -> Rendered {
    let budget = setting.max_tokens.map_or(usize::MAX, |tokens| (tokens as usize).saturating_mul(BYTES_PER_TOKEN));
    let mut writer = Writer {
        text: String::with_capacity(4_096),
        budget,
        cut: false,
        bases: Vec::new(),
        vehicle: setting.vehicle,
        #[cfg(test)]
        lines: Vec::new(),
    };
    let limits = setting.form.limits();
    urgency(draft, limits.others, &mut writer);
    writer.section("Do this first", &draft.first, usize::MAX, true);
    for (index, line) in draft.lead.iter().take(limits.lead).enumerate() {
        writer.line(if index == 0 { "\n" } else { " " }, line, "");
    }
    if !draft.lead.is_empty() {
        writer.line("", &Line::default(), "\n");
    }
    writer.section("What you say, which the record confirms", &draft.confirmed, limits.known, false);
    writer.section("What you say, which the record contradicts", &draft.contradicted, limits.known, false);
    writer.section("What you say, which no record here confirms", &draft.stated, limits.known, false);
    writer.section(&record_heading(setting.vehicle), &draft.known, limits.known, false);
    writer.section("What the rules say", &draft.rules, limits.rules, false);
    writer.section("What is not known", &draft.unknown, limits.unknown, false);
    writer.section("Next step", &draft.steps, limits.steps, true);
    writer.section("Cost", &draft.costs, limits.costs, false);
    footer(draft, &mut writer);
    Rendered {
        sources: sources(&writer),
        finish: if writer.cut { FinishReason::Length } else { FinishReason::Stop },
        text: writer.text,
        #[cfg(test)]
        lines: writer.lines,
    }
}

fn urgency(draft: &Draft, limit: usize, writer: &mut Writer<'_>) {
    let (urgency, reason) = draft.urgency();
    let before = format!("**Urgency: {}.** ", urgency.label());
    let nothing = Line::new(match urgency {
        Urgency::Information => "This is information; nothing here calls for action by itself.",
        _ => "",
    });
    writer.line(&before, reason.unwrap_or(&nothing), "\n");
    // Other grave reasons are not lost behind the first.
    let others = draft
        .reasons
        .iter()
        .filter(|(other, line)| *other >= Urgency::Soon && reason.is_none_or(|first| first.text != line.text));
    for (other, line) in others.take(limit) {
        writer.line(&format!("\n**Also {}:** ", other.label()), line, "\n");
    }
}

fn record_heading(vehicle: Option<(&str, bool)>) -> String {
    let mut heading = String::from("What the record says");
    if let Some((registration, demonstration)) = vehicle {
        heading.push_str(" of ");
        escape(registration, &mut heading);
        if demonstration {
            heading.push_str(" (demonstration data)");
        }
    }
    heading
}

fn footer(draft: &Draft, writer: &mut Writer<'_>) {
    let silent = draft.known.is_empty() && draft.unknown.is_empty() && draft.reasons.is_empty();
    if let Some((registration, true)) = writer.vehicle.filter(|_| !silent) {
        let line = Line::new("_")
            .quote(registration)
            .say(" is a demonstration vehicle that ships with DriveEver: its record describes no real vehicle._");
        writer.line("\n", &line, "\n");
    }
    if !draft.rules.is_empty() || !draft.costs.is_empty() || !draft.first.is_empty() {
        let line = Line::new(
            "_Figures are those of the named sources on the named day and may have changed. This is general information, not legal advice._",
        );
        writer.line("\n", &line, "\n");
    }
}

/// The sources of the lines that were shown, each once, in the order of their first use.
fn sources(writer: &Writer<'_>) -> Vec<AnswerSource> {
    let demonstration = writer.vehicle.is_some_and(|(_, demonstration)| demonstration);
    let mut sources: Vec<AnswerSource> = Vec::with_capacity(writer.bases.len());
    let mut add = |source: AnswerSource| {
        if !sources.contains(&source) {
            sources.push(source);
        }
    };
    for basis in &writer.bases {
        match basis {
            Basis::Reading(source, day) => {
                add(of_record(reading_title(*source), reading_publisher(*source), Some(*day), demonstration));
            }
            Basis::Test(day) => {
                let title = day.map_or_else(
                    || "MOT history, test without a date".to_owned(),
                    |day| format!("MOT history, test of {day}"),
                );
                add(of_record(&title, "Driver and Vehicle Standards Agency (DVSA)", *day, demonstration));
            }
            Basis::Rule(rule) => {
                for source in &rule.sources {
                    add(AnswerSource {
                        title: source.title.clone(),
                        publisher: source.publisher.clone(),
                        date: Some(rule.as_of),
                        demonstration: false,
                    });
                }
            }
        }
    }
    sources
}

fn of_record(title: &str, publisher: &str, date: Option<chrono::NaiveDate>, demonstration: bool) -> AnswerSource {
    let (title, publisher) = if demonstration {
        (format!("Demonstration data: {title}"), "DriveEver demonstration vehicles".to_owned())
    } else {
        (title.to_owned(), publisher.to_owned())
    };
    AnswerSource { title, publisher, date, demonstration }
}

const fn reading_title(source: RecordSource) -> &'static str {
    match source {
        RecordSource::Dvla => "DVLA vehicle record",
        RecordSource::Dvsa => "DVSA MOT history",
        RecordSource::Owner => "Vehicle details from the owner",
        RecordSource::Derived => "Vehicle record, worked out from its other facts",
    }
}

const fn reading_publisher(source: RecordSource) -> &'static str {
    match source {
        RecordSource::Dvla => "Driver and Vehicle Licensing Agency (DVLA)",
        RecordSource::Dvsa => "Driver and Vehicle Standards Agency (DVSA)",
        RecordSource::Owner => "The vehicle's owner",
        RecordSource::Derived => "DriveEver",
    }
}

/// Appends a text from outside so that Markdown shows it as it is: markup escaped, control and direction characters
/// dropped, white space made single, links broken, length bounded with an ellipsis.
pub(super) fn escape(text: &str, into: &mut String) {
    let mut space = false;
    let mut shown = 0;
    let mut previous = '\0';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            space = shown > 0;
            continue;
        }
        if c.is_control() || is_invisible(c) {
            continue;
        }
        if shown >= MAX_QUOTED {
            into.push('…');
            return;
        }
        if std::mem::take(&mut space) {
            into.push(' ');
            shown += 1;
            previous = ' ';
        }
        let link = (c == ':' && rest.peek() == Some(&'/')) || (c == '.' && previous.eq_ignore_ascii_case(&'w'));
        if link || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '@' | '$' | '^')
        {
            into.push('\\');
        }
        into.push(c);
        shown += 1;
        previous = c;
    }
}

/// Characters that change how others are shown: direction marks, joiners, byte order marks, tags.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut into = String::new();
        escape(text, &mut into);
        into
    }

    #[test]
    fn outside_texts_cannot_be_markup() {
        assert_eq!(escaped("<b>x</b>"), "\\<b\\>x\\</b\\>");
        assert_eq!(escaped("[a](https://evil.example)"), "\\[a\\](https\\://evil.example)");
        assert_eq!(escaped("www.evil.example"), "www\\.evil.example");
        assert_eq!(escaped("a\n\n# head\u{0}\u{202e}"), "a \\# head");
        assert_eq!(escaped("  Brake disc (1.1.14 (a))  "), "Brake disc (1.1.14 (a))");
    }

    #[test]
    fn outside_texts_are_bounded() {
        let long = escaped(&"*".repeat(10_000));
        assert_eq!(long.chars().count(), MAX_QUOTED * 2 + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_bound_drops_whole_lines() {
        let mut draft = Draft::default();
        draft.lead(Line::new("The first sentence."));
        draft.known(Line::new("A fact."));
        let setting = |max_tokens| Setting { form: Form::Full, max_tokens, vehicle: None };
        let whole = render(&draft, &setting(None));
        assert_eq!(whole.finish, FinishReason::Stop);
        let cut = render(&draft, &setting(Some(28)));
        assert_eq!(cut.finish, FinishReason::Length);
        assert!(cut.text.len() <= 112 && whole.text.starts_with(&cut.text), "{}", cut.text);
    }
}
