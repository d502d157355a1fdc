//! An answer's Markdown as clients draw it: [`answer_blocks`](driveever_core::ai::blocks::answer_blocks) with its schema.

use driveever_core::ai::blocks::{Block, ColumnAlignment, Inline};
use serde::Serialize;
use utoipa::ToSchema;

/// A block of an answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum AiBlock {
    /// A heading.
    Heading {
        /// 1 to 6.
        #[schema(minimum = 1, maximum = 6)]
        level: u8,
        /// Its text.
        content: Vec<AiInline>,
    },
    /// A paragraph.
    Paragraph {
        /// Its text.
        content: Vec<AiInline>,
    },
    /// A list.
    List {
        /// The first number of a numbered list; absent for bullets.
        #[serde(skip_serializing_if = "Option::is_none")]
        start: Option<u64>,
        /// The items, each of blocks.
        #[schema(no_recursion)]
        items: Vec<Vec<AiBlock>>,
    },
    /// A table.
    Table {
        /// How each column is aligned.
        alignments: Vec<AiColumnAlignment>,
        /// The heading row's cells.
        header: Vec<Vec<AiInline>>,
        /// The other rows' cells.
        rows: Vec<Vec<Vec<AiInline>>>,
    },
    /// Code, as it stands.
    Code {
        /// Its language, when it is named.
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// The code.
        text: String,
    },
}

/// How a table's column is aligned.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum AiColumnAlignment {
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
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum AiInline {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// Emphasis.
    Emphasis {
        /// What is emphasised.
        #[schema(no_recursion)]
        content: Vec<AiInline>,
    },
    /// Strong emphasis.
    Strong {
        /// What is emphasised.
        #[schema(no_recursion)]
        content: Vec<AiInline>,
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
        #[schema(no_recursion)]
        content: Vec<AiInline>,
    },
    /// A line break.
    Break,
}

fn all<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    list.into_iter().map(Into::into).collect()
}

fn all_of_all<T: Into<U>, U>(lists: Vec<Vec<T>>) -> Vec<Vec<U>> {
    lists.into_iter().map(all).collect()
}

impl From<Block> for AiBlock {
    fn from(block: Block) -> Self {
        match block {
            Block::Heading { level, content } => Self::Heading { level, content: all(content) },
            Block::Paragraph { content } => Self::Paragraph { content: all(content) },
            Block::List { start, items } => Self::List { start, items: all_of_all(items) },
            Block::Table { alignments, header, rows } => Self::Table {
                alignments: all(alignments),
                header: all_of_all(header),
                rows: rows.into_iter().map(all_of_all).collect(),
            },
            Block::Code { language, text } => Self::Code { language, text },
        }
    }
}

impl From<ColumnAlignment> for AiColumnAlignment {
    fn from(alignment: ColumnAlignment) -> Self {
        match alignment {
            ColumnAlignment::None => Self::None,
            ColumnAlignment::Left => Self::Left,
            ColumnAlignment::Center => Self::Center,
            ColumnAlignment::Right => Self::Right,
        }
    }
}

impl From<Inline> for AiInline {
    fn from(inline: Inline) -> Self {
        match inline {
            Inline::Text { text } => Self::Text { text },
            Inline::Emphasis { content } => Self::Emphasis { content: all(content) },
            Inline::Strong { content } => Self::Strong { content: all(content) },
            Inline::Code { text } => Self::Code { text },
            Inline::Link { url, content } => Self::Link { url, content: all(content) },
            Inline::Break => Self::Break,
        }
    }
}
