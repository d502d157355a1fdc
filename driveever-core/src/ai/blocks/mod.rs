//! An answer's Markdown as a tree of allow-listed blocks, so that no client renders HTML.
//!
//! [`answer_blocks`] takes `CommonMark` with tables and gives headings, paragraphs, lists, tables, code, emphasis and links.
//! All else becomes text or goes: raw HTML is text, an image is its description, a quotation is its paragraphs, a rule
//! goes. A link keeps its address only when that is an absolute `https` one; else its text stands alone. The tree is
//! bounded in depth and size whatever the text is: a model's answer is untrusted.
//!
//! Why `pulldown-cmark` and not a parser of our own: `CommonMark`'s emphasis and list rules fill pages; it takes linear
//! time, has no I/O, and adds 2 s to a cold build.

mod builder;

use pulldown_cmark::{Options, Parser};
use serde::{Deserialize, Serialize};

use self::builder::Builder;

/// How many elements may be open around another one that nests (a list, a table, emphasis, a link); deeper ones are taken
/// for their text. The last list adds its item and the paragraph in it.
pub const MAX_DEPTH: usize = 16;
/// How many blocks and inline elements an answer may have; what follows is left out.
pub const MAX_NODES: usize = 20_000;
/// The longest link address, in bytes.
pub const MAX_URL_BYTES: usize = 2_048;

/// A block of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Block {
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        content: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph {
        /// Its text.
        content: Vec<Inline>,
    },
    /// A list.
    List {
        /// The first number of a numbered list; absent for bullets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<u64>,
        /// The items, each of blocks.
        items: Vec<Vec<Block>>,
    },
    /// A table.
    Table {
        /// How each column is aligned.
        alignments: Vec<ColumnAlignment>,
        /// The heading row's cells.
        header: Vec<Vec<Inline>>,
        /// The other rows' cells.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// Code, as it stands.
    Code {
        /// Its language, when the fence names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// The code.
        text: String,
    },
}

/// How a table's column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ColumnAlignment {
    /// As the client likes.
    None,
    /// Left.
    Left,
    /// Centred.
    Center,
    /// Right.
    Right,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Inline {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// Emphasis.
    Emphasis {
        /// What is emphasised.
        content: Vec<Inline>,
    },
    /// Strong emphasis.
    Strong {
        /// What is emphasised.
        content: Vec<Inline>,
    },
    /// Code in a line.
    Code {
        /// The code.
        text: String,
    },
    /// A link to another site.
    Link {
        /// An absolute `https` address.
        url: String,
        /// What it reads.
        content: Vec<Inline>,
    },
    /// A line break that the author asked for.
    Break,
}

/// The blocks of a Markdown text.
///
/// ```
/// use driveever_core::ai::blocks::{Block, Inline, answer_blocks};
/// let text = |text: &str| Inline::Text { text: text.to_owned() };
/// assert_eq!(
///     answer_blocks("# Stop\n<b>now</b>"),
///     [
///         Block::Heading { level: 1, content: vec![text("Stop")] },
///         Block::Paragraph { content: vec![text("<b>now</b>")] },
///     ]
/// );
/// ```
pub fn answer_blocks(markdown: &str) -> Vec<Block> {
    let mut builder = Builder::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        builder.take(event);
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text { text: text.to_owned() }
    }

    fn paragraph(content: Vec<Inline>) -> Block {
        Block::Paragraph { content }
    }

    #[test]
    fn every_allowed_block_has_its_form() {
        let blocks = answer_blocks(
            "## Brakes\n\nStop *now*, **really**: `DOT 4`.\n\n1. one\n2. two\n   - deep\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\n```rust\nlet x;\n```\n",
        );
        assert_eq!(blocks[0], Block::Heading { level: 2, content: vec![text("Brakes")] });
        assert_eq!(
            blocks[1],
            paragraph(vec![
                text("Stop "),
                Inline::Emphasis { content: vec![text("now")] },
                text(", "),
                Inline::Strong { content: vec![text("really")] },
                text(": "),
                Inline::Code { text: "DOT 4".into() },
                text("."),
            ])
        );
        let deep = Block::List { start: None, items: vec![vec![paragraph(vec![text("deep")])]] };
        let items = vec![vec![paragraph(vec![text("one")])], vec![paragraph(vec![text("two")]), deep]];
        assert_eq!(blocks[2], Block::List { start: Some(1), items });
        assert_eq!(
            blocks[3],
            Block::Table {
                alignments: vec![ColumnAlignment::Left, ColumnAlignment::Right],
                header: vec![vec![text("a")], vec![text("b")]],
                rows: vec![vec![vec![text("1")], vec![text("2")]]],
            }
        );
        assert_eq!(blocks[4], Block::Code { language: Some("rust".into()), text: "let x;\n".into() });
    }

    #[test]
    fn html_is_text_and_only_https_is_linked() {
        assert_eq!(
            answer_blocks("<script>alert(1)</script>\n\nx <img src=y onerror=z> y"),
            [paragraph(vec![text("<script>alert(1)</script>")]), paragraph(vec![text("x <img src=y onerror=z> y")])]
        );
        let linked = answer_blocks("[a](https://www.gov.uk/check-mot)");
        let url = "https://www.gov.uk/check-mot".to_owned();
        assert_eq!(linked, [paragraph(vec![Inline::Link { url, content: vec![text("a")] }])]);
        for bad in [
            "[a](javascript:alert(1))",
            "[a](http://gov.uk)",
            "[a](//gov.uk)",
            "[a](/x)",
            "[a](data:text/html,x)",
            "[a](https://gov.uk@evil.example)",
            "[a](https:///x)",
            "![a](https://evil.example/track.png)",
            "> a",
        ] {
            assert_eq!(answer_blocks(bad), [paragraph(vec![text("a")])], "{bad}");
        }
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = (0..5_000).fold(String::new(), |all, level| all + &" ".repeat(level.min(300) * 2) + "- a\n");
        assert!(depth(&answer_blocks(&deep)) <= MAX_DEPTH + 2);
        let quoted = answer_blocks(&("> ".repeat(10_000) + "x"));
        assert_eq!(quoted.len(), 1);
        let many = answer_blocks(&"x\n\n".repeat(MAX_NODES * 2));
        assert!(many.len() <= MAX_NODES);
        let stars = answer_blocks(&"*a **b ".repeat(20_000));
        assert!(depth(&stars) <= MAX_DEPTH + 2);
    }

    fn depth(blocks: &[Block]) -> usize {
        let of = |block: &Block| match block {
            Block::List { items, .. } => 1 + items.iter().map(|item| 1 + depth(item)).max().unwrap_or(0),
            Block::Heading { content, .. } | Block::Paragraph { content } => 1 + inline_depth(content),
            Block::Table { .. } | Block::Code { .. } => 1,
        };
        blocks.iter().map(of).max().unwrap_or(0)
    }

    fn inline_depth(content: &[Inline]) -> usize {
        let of = |inline: &Inline| match inline {
            Inline::Emphasis { content } | Inline::Strong { content } | Inline::Link { content, .. } => {
                1 + inline_depth(content)
            }
            _ => 0,
        };
        content.iter().map(of).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn any_text_gives_bounded_blocks_that_travel_as_json(markdown in "[a-z#*_`\\[\\]()<>|:\\- \n!&;/]{0,300}") {
            let blocks = answer_blocks(&markdown);
            prop_assert!(depth(&blocks) <= MAX_DEPTH + 2);
            let json = serde_json::to_string(&blocks).unwrap();
            prop_assert_eq!(serde_json::from_str::<Vec<Block>>(&json).unwrap(), blocks);
        }
    }
}
