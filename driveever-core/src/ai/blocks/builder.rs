//! From the parser's events to the tree.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Tag, TagEnd};

use super::{Block, ColumnAlignment, Inline, MAX_DEPTH, MAX_NODES, MAX_URL_BYTES};

/// What is open, from the outermost.
enum Open {
    /// A block that holds lines, by what closes it.
    Line(LineKind, Vec<Inline>),
    Styled(Style, Vec<Inline>),
    Code(Option<String>, String),
    List(Option<u64>, Vec<Vec<Block>>),
    /// A list's item, with lines of its own in a tight list.
    Item(Vec<Block>, Vec<Inline>),
    Table {
        alignments: Vec<ColumnAlignment>,
        header: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Row(Vec<Vec<Inline>>),
    Cell(Vec<Inline>),
    /// An element that is taken for its content alone.
    Through,
}

#[derive(Clone, Copy)]
enum LineKind {
    Paragraph,
    Heading(u8),
}

enum Style {
    Emphasis,
    Strong,
    Link(String),
}

/// Puts the tree together.
#[derive(Default)]
pub(super) struct Builder {
    done: Vec<Block>,
    open: Vec<Open>,
    nodes: usize,
}

impl Builder {
    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => self.inline(Inline::Code { text: text.into_string() }),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.inline(Inline::Break),
            // Extensions that are not turned on give no events, and a rule is decoration.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let too_deep = self.open.len() >= MAX_DEPTH;
        let open = match tag {
            Tag::Paragraph | Tag::HtmlBlock => Open::Line(LineKind::Paragraph, Vec::new()),
            Tag::Heading { level, .. } => Open::Line(LineKind::Heading(level as u8), Vec::new()),
            Tag::CodeBlock(kind) => Open::Code(language(&kind), String::new()),
            Tag::List(start) if !too_deep => Open::List(start, Vec::new()),
            Tag::Item if matches!(self.open.last(), Some(Open::List(..))) => Open::Item(Vec::new(), Vec::new()),
            Tag::Table(alignments) if !too_deep => Open::Table {
                alignments: alignments.iter().map(|alignment| column(*alignment)).collect(),
                header: Vec::new(),
                rows: Vec::new(),
            },
            Tag::TableHead | Tag::TableRow if matches!(self.open.last(), Some(Open::Table { .. })) => {
                Open::Row(Vec::new())
            }
            Tag::TableCell if matches!(self.open.last(), Some(Open::Row(_))) => Open::Cell(Vec::new()),
            Tag::Emphasis if !too_deep => Open::Styled(Style::Emphasis, Vec::new()),
            Tag::Strong if !too_deep => Open::Styled(Style::Strong, Vec::new()),
            Tag::Link { dest_url, .. } if !too_deep && is_https(&dest_url) => {
                Open::Styled(Style::Link(dest_url.into_string()), Vec::new())
            }
            _ => Open::Through,
        };
        // A block that begins inside a tight item ends the item's own line.
        if !matches!(open, Open::Styled(..) | Open::Through) {
            self.flush_item();
        }
        self.open.push(open);
    }

    fn end(&mut self, end: TagEnd) {
        let Some(open) = self.open.pop() else { return };
        match open {
            Open::Line(_, content) if content.is_empty() => {}
            Open::Line(LineKind::Paragraph, content) => self.block(Block::Paragraph { content: tidy(content) }),
            Open::Line(LineKind::Heading(level), content) => {
                self.block(Block::Heading { level, content: tidy(content) });
            }
            Open::Styled(_, content) if content.is_empty() => {}
            Open::Styled(Style::Emphasis, content) => self.inline(Inline::Emphasis { content }),
            Open::Styled(Style::Strong, content) => self.inline(Inline::Strong { content }),
            Open::Styled(Style::Link(url), content) => self.inline(Inline::Link { url, content }),
            Open::Code(language, text) => self.block(Block::Code { language, text }),
            Open::List(start, items) => self.block(Block::List { start, items }),
            Open::Item(mut blocks, line) => {
                push_line(&mut blocks, line);
                if let Some(Open::List(_, items)) = self.open.last_mut() {
                    items.push(blocks);
                }
            }
            Open::Table { alignments, header, rows } => self.block(Block::Table { alignments, header, rows }),
            Open::Row(cells) => {
                if let Some(Open::Table { header, rows, .. }) = self.open.last_mut() {
                    if end == TagEnd::TableHead { *header = cells } else { rows.push(cells) }
                }
            }
            Open::Cell(content) => {
                if let Some(Open::Row(cells)) = self.open.last_mut() {
                    cells.push(tidy(content));
                }
            }
            Open::Through => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(Open::Code(_, code)) = self.open.last_mut() {
            code.push_str(text);
        } else {
            self.inline(Inline::Text { text: text.to_owned() });
        }
    }

    /// Adds to the innermost element that holds lines; text outside of any becomes a paragraph.
    fn inline(&mut self, inline: Inline) {
        let target = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Line(_, content) | Open::Styled(_, content) | Open::Item(_, content) | Open::Cell(content) => {
                Some(content)
            }
            _ => None,
        });
        match (target, inline) {
            (Some(content), Inline::Text { text }) => {
                if let Some(Inline::Text { text: last }) = content.last_mut() {
                    last.push_str(&text);
                } else if self.nodes < MAX_NODES {
                    self.nodes += 1;
                    content.push(Inline::Text { text });
                }
            }
            (Some(content), inline) if self.nodes < MAX_NODES => {
                self.nodes += 1;
                content.push(inline);
            }
            (None, inline) => self.block(Block::Paragraph { content: vec![inline] }),
            _ => {}
        }
    }

    /// Adds to the innermost element that holds blocks.
    fn block(&mut self, block: Block) {
        if self.nodes >= MAX_NODES {
            return;
        }
        self.nodes += 1;
        let item = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Item(blocks, _) => Some(blocks),
            _ => None,
        });
        item.unwrap_or(&mut self.done).push(block);
    }

    fn flush_item(&mut self) {
        if let Some(Open::Item(blocks, line)) = self.open.last_mut() {
            let line = std::mem::take(line);
            push_line(blocks, line);
        }
    }

    /// The tree.
    pub(super) fn finish(mut self) -> Vec<Block> {
        // The parser closes what it opens; should it not, what is open still counts.
        while !self.open.is_empty() {
            self.end(TagEnd::Paragraph);
        }
        self.done
    }
}

fn push_line(blocks: &mut Vec<Block>, line: Vec<Inline>) {
    let content = tidy(line);
    if !content.is_empty() {
        blocks.push(Block::Paragraph { content });
    }
}

/// Without the line end that closes a block of raw HTML.
fn tidy(mut content: Vec<Inline>) -> Vec<Inline> {
    if let Some(Inline::Text { text }) = content.last_mut() {
        text.truncate(text.trim_end().len());
        if text.is_empty() {
            content.pop();
        }
    }
    content
}

fn language(kind: &CodeBlockKind<'_>) -> Option<String> {
    let CodeBlockKind::Fenced(info) = kind else { return None };
    let name: String = info.split_whitespace().next()?.chars().take(40).collect();
    name.chars().all(|character| character.is_ascii_alphanumeric() || "+-#.".contains(character)).then_some(name)
}

const fn column(alignment: Alignment) -> ColumnAlignment {
    match alignment {
        Alignment::None => ColumnAlignment::None,
        Alignment::Left => ColumnAlignment::Left,
        Alignment::Center => ColumnAlignment::Center,
        Alignment::Right => ColumnAlignment::Right,
    }
}

/// Whether an address is absolute, `https`, names a host and hides nothing: no user part, no white space or controls.
fn is_https(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |character: char| !character.is_control() && !character.is_whitespace() && character != '\\';
    scheme.eq_ignore_ascii_case("https")
        && url.len() <= MAX_URL_BYTES
        && host.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !host.contains('@')
        && url.chars().all(plain)
}
