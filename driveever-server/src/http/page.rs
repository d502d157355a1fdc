//! Pages as clients see them.

use driveever_core::page::Page;
use serde::Serialize;
use utoipa::ToSchema;

/// A page: by number with its total, or by cursor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PageBody<T> {
    /// A page by number.
    #[serde(rename_all = "camelCase")]
    Numbered {
        /// The rows.
        data: Vec<T>,
        /// How many rows there are in all.
        total: u64,
        /// From 1.
        page: u32,
        /// Rows a page.
        limit: u32,
        /// How many pages there are.
        total_pages: u64,
    },
    /// A page by cursor.
    #[serde(rename_all = "camelCase")]
    Cursor {
        /// The rows.
        data: Vec<T>,
        /// Rows a page.
        limit: u32,
        /// Where the next page begins; null at the end.
        // Required, so that a page by number is not taken for one of these.
        #[schema(required)]
        next_cursor: Option<String>,
    },
}

impl<T> PageBody<T> {
    /// The page of a service, each row turned into what clients see.
    pub fn of<U>(page: Page<U>, row: impl FnMut(U) -> T) -> Self {
        match page.map(row) {
            Page::Numbered { data, total, page, limit } => {
                let total_pages = total.div_ceil(u64::from(limit.max(1)));
                Self::Numbered { data, total, page, limit, total_pages }
            }
            Page::Cursor { data, limit, next } => {
                Self::Cursor { data, limit, next_cursor: next.map(|cursor| cursor.to_string()) }
            }
        }
    }
}
