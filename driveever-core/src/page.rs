//! Pages of a list: by number with a total, or after a cursor.
//!
//! A numbered page answers "page 3 of 12"; a cursor page goes on after the last row seen, costs the same however far it
//! has come, and neither repeats nor skips rows when others are inserted meanwhile. A [`Cursor`] is opaque text: it names
//! the order that it belongs to and carries a checksum, so that one that was cut, altered, or made for another list is
//! refused. It holds no secret and grants nothing: what a caller may see is decided by the filter.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::try_join;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    entity::Entity,
    error::StoreError,
    query::{Query, Start},
    repository::Repository,
    validate::Violation,
    value::Value,
};

/// The most rows a page holds.
pub const MAX_PAGE_LIMIT: u32 = 100;
/// How many rows a page holds unless said otherwise.
pub const DEFAULT_PAGE_LIMIT: u32 = 10;
/// The last page number: below it the rows to skip fit every store's integer.
pub const MAX_PAGE: u32 = 1_000_000_000;

const CURSOR_VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 8;
const MAX_CURSOR_CHARS: usize = 1_000;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum PageRequest {
    /// By number, with the total.
    Numbered {
        /// From 1.
        page: u32,
        /// Rows a page.
        limit: u32,
    },
    /// The first page of a walk by cursor, without a total.
    First {
        /// Rows a page.
        limit: u32,
    },
    /// The page after a cursor.
    After {
        /// Where the last page ended.
        cursor: Cursor,
        /// Rows a page.
        limit: u32,
    },
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::Numbered { page: 1, limit: DEFAULT_PAGE_LIMIT }
    }
}

impl PageRequest {
    /// From a request's parameters: `limit` 1..=100, `page` from 1, or a `cursor`; an empty cursor begins a walk.
    ///
    /// # Errors
    /// One [`Violation`] for each parameter that is out of range, not a cursor, or does not go with another.
    pub fn parse(page: Option<i64>, limit: Option<i64>, cursor: Option<&str>) -> Result<Self, Vec<Violation>> {
        let mut violations = Vec::new();
        let mut in_range = |field: &str, value: Option<i64>, default: u32, max: u32| match value {
            None => default,
            Some(value) => match u32::try_from(value) {
                Ok(number) if (1..=max).contains(&number) => number,
                _ => {
                    violations.push(Violation::new(field, format!("must be between 1 and {max}")));
                    default
                }
            },
        };
        let limit = in_range("limit", limit, DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT);
        let number = in_range("page", page, 1, MAX_PAGE);
        let request = match cursor {
            None => Self::Numbered { page: number, limit },
            Some(_) if page.is_some() => {
                violations.push(Violation::new("page", "cannot be combined with cursor"));
                Self::First { limit }
            }
            Some("") => Self::First { limit },
            Some(text) => match Cursor::parse(text) {
                Ok(cursor) => Self::After { cursor, limit },
                Err(violation) => {
                    violations.push(violation);
                    Self::First { limit }
                }
            },
        };
        if violations.is_empty() { Ok(request) } else { Err(violations) }
    }

    /// Rows a page.
    pub const fn limit(&self) -> u32 {
        match self {
            Self::Numbered { limit, .. } | Self::First { limit } | Self::After { limit, .. } => *limit,
        }
    }

    /// The query that reads this page of a list: one row more than the limit for a page by cursor, which tells whether
    /// another follows.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] when the cursor was made for another list.
    pub fn query_of<E: Entity>(&self, query: Query<E>) -> Result<Query<E>, StoreError> {
        Ok(match self {
            Self::Numbered { page, limit } => {
                let offset = u64::from(page.saturating_sub(1)) * u64::from(*limit);
                query.start(Start::Offset(offset)).limit(*limit)
            }
            Self::First { limit } => query.limit(limit.saturating_add(1)),
            Self::After { cursor, limit } => {
                let start = cursor.start_of(&query).map_err(StoreError::Cursor)?;
                query.start(start).limit(limit.saturating_add(1))
            }
        })
    }
}

/// A place in a list, between two rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    order: String,
    key: Vec<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CursorBody {
    v: u8,
    o: String,
    k: Vec<Value>,
}

impl Cursor {
    /// The place after `last` in this query's order.
    pub fn after<E: Entity>(query: &Query<E>, last: &E) -> Self {
        Self { order: order_name(query), key: query.key_of(last) }
    }

    /// A place in a list of this name that is no query of entities, such as an event log.
    pub fn at(list: &str, key: Vec<Value>) -> Self {
        Self { order: list.to_owned(), key }
    }

    /// Its key, for the list of this name.
    ///
    /// # Errors
    /// When the cursor was made for another list.
    pub fn key_in(&self, list: &str) -> Result<&[Value], Violation> {
        if self.order == list { Ok(&self.key) } else { Err(another_list()) }
    }

    /// From its text.
    ///
    /// # Errors
    /// When it is cut, altered or of another version.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let refused =
            || Violation::new("cursor", "is no cursor of this list: take nextCursor of the page before, unchanged");
        if text.len() > MAX_CURSOR_CHARS {
            return Err(refused());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
        let (body, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or_else(refused)?;
        if checksum_of(body) != *checksum {
            return Err(refused());
        }
        let body: CursorBody = serde_json::from_slice(body).map_err(|_| refused())?;
        if body.v == CURSOR_VERSION { Ok(Self { order: body.o, key: body.k }) } else { Err(refused()) }
    }

    /// Where this query goes on.
    ///
    /// # Errors
    /// When the cursor was made for a list in another order, or its values are not of that order's kinds.
    pub fn start_of<E: Entity>(&self, query: &Query<E>) -> Result<Start, Violation> {
        let order = query.order();
        let fits = |(column, value): (&'static str, &Value)| {
            let spec = E::SCHEMA.position(column).and_then(|position| E::SCHEMA.columns.get(position));
            spec.is_some_and(|spec| value.is_of(spec.kind))
        };
        let typed = order.len() == self.key.len() && order.iter().map(|sort| sort.column).zip(&self.key).all(fits);
        if typed && self.order == order_name(query) { Ok(Start::After(self.key.clone())) } else { Err(another_list()) }
    }
}

fn another_list() -> Violation {
    Violation::new("cursor", "belongs to another list or another sort order")
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = CursorBody { v: CURSOR_VERSION, o: self.order.clone(), k: self.key.clone() };
        let mut bytes = serde_json::to_vec(&body).map_err(|_| std::fmt::Error)?;
        let checksum = checksum_of(&bytes);
        bytes.extend(checksum);
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

fn checksum_of(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut digest = Sha256::new();
    digest.update(b"driveever-cursor");
    digest.update(bytes);
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    checksum
}

fn order_name<E: Entity>(query: &Query<E>) -> String {
    query.order().iter().fold(E::SCHEMA.table.to_owned(), |mut name, sort| {
        name.push(if sort.descending { '-' } else { '+' });
        name.push_str(sort.column);
        name
    })
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Page<T> {
    /// By number.
    Numbered {
        /// The rows.
        data: Vec<T>,
        /// How many rows there are in all.
        total: u64,
        /// From 1.
        page: u32,
        /// Rows a page.
        limit: u32,
    },
    /// By cursor.
    Cursor {
        /// The rows.
        data: Vec<T>,
        /// Rows a page.
        limit: u32,
        /// Where the next page begins; absent at the end.
        next: Option<Cursor>,
    },
}

impl<T> Page<T> {
    /// The rows.
    pub fn data(&self) -> &[T] {
        match self {
            Self::Numbered { data, .. } | Self::Cursor { data, .. } => data,
        }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        match self {
            Self::Numbered { data, total, page, limit } => {
                Page::Numbered { data: data.into_iter().map(f).collect(), total, page, limit }
            }
            Self::Cursor { data, limit, next } => Page::Cursor { data: data.into_iter().map(f).collect(), limit, next },
        }
    }
}

impl<E: Entity> Page<E> {
    /// Reads a page.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] when the cursor was made for another list, or the store's own.
    pub async fn read<R: Repository<E> + ?Sized>(
        repository: &R,
        query: Query<E>,
        request: &PageRequest,
    ) -> Result<Self, StoreError> {
        let query = request.query_of(query)?;
        let total = async {
            match request {
                PageRequest::Numbered { .. } => repository.count(&query).await,
                PageRequest::First { .. } | PageRequest::After { .. } => Ok(0),
            }
        };
        let (data, total) = try_join(repository.find(&query), total).await?;
        Ok(Self::of(request, &query, data, total))
    }

    /// The page, from what its query ([`PageRequest::query_of`]) found; `total` counts for a numbered one.
    pub fn of(request: &PageRequest, query: &Query<E>, mut data: Vec<E>, total: u64) -> Self {
        let limit = request.limit();
        if let PageRequest::Numbered { page, .. } = request {
            return Self::Numbered { data, total, page: *page, limit };
        }
        let more = data.len() > limit as usize;
        data.truncate(limit as usize);
        let next = data.last().filter(|_| more).map(|last| Cursor::after(query, last));
        Self::Cursor { data, limit, next }
    }
}
