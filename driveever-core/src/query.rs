//! What is asked of storage: typed filters, sorting and limits.
//!
//! A [`Field`] is a field of an entity with its type, so that a filter cannot name a column that is not there, compare it
//! with a value of another type, or carry SQL. Adapters translate a [`Filter`]; [`Filter::matches`] is its meaning, which
//! the in-memory adapter uses and the conformance suite holds every other adapter to.

use std::{cmp::Ordering, marker::PhantomData};

use crate::{
    entity::{Entity, Row, Schema},
    value::{Column, Sortable, Value},
};

/// Where a versioned table has `deleted_at`; see [`Schema::versioned`].
const DELETED_AT: usize = 2;

/// A field of `E` with values of type `T`.
pub struct Field<E, T> {
    name: &'static str,
    types: PhantomData<fn() -> (E, T)>,
}

impl<E, T> Clone for Field<E, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E, T> Copy for Field<E, T> {}

impl<E, T> Field<E, T> {
    /// The field with this column name. Made by [`entity!`](crate::entity!), which knows that the column is there.
    pub const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    /// The column's name.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<E, T: Column> Field<E, T> {
    fn compare(self, op: Comparison, value: Value) -> Filter<E> {
        // What is no number compares with nothing, in Rust as in SQL.
        let value = if is_nan(&value) { Value::Null } else { value };
        Filter(Node::Compare { column: self.name, op, value }, PhantomData)
    }

    /// Equal. Nothing equals null; see [`Field::is_null`].
    pub fn eq(self, value: impl Into<T>) -> Filter<E> {
        self.compare(Comparison::Equal, value.into().to_value())
    }

    /// Not equal, and not null.
    pub fn not_eq(self, value: impl Into<T>) -> Filter<E> {
        self.compare(Comparison::NotEqual, value.into().to_value())
    }

    /// Less than.
    pub fn less(self, value: impl Into<T>) -> Filter<E> {
        self.compare(Comparison::Less, value.into().to_value())
    }

    /// Less than or equal.
    pub fn at_most(self, value: impl Into<T>) -> Filter<E> {
        self.compare(Comparison::AtMost, value.into().to_value())
    }

    /// Greater than.
    pub fn greater(self, value: impl Into<T>) -> Filter<E> {
        self.compare(Comparison::Greater, value.into().to_value())
    }

    /// Greater than or equal.
    pub fn at_least(self, value: impl Into<T>) -> Filter<E> {
        self.compare(Comparison::AtLeast, value.into().to_value())
    }

    /// Equal to one of these; none matches when there are none.
    pub fn one_of(self, values: impl IntoIterator<Item = T>) -> Filter<E> {
        let values = values.into_iter().map(|value| value.to_value());
        let values = values.filter(|value| !value.is_null() && !is_nan(value)).collect();
        Filter(Node::OneOf { column: self.name, values }, PhantomData)
    }

    /// Null or not.
    pub fn is_null(self, null: bool) -> Filter<E> {
        Filter(Node::IsNull { column: self.name, null }, PhantomData)
    }
}

impl<E, T: Sortable> Field<E, T> {
    /// Smallest first.
    pub const fn ascending(self) -> Sort<E> {
        Sort { column: self.name, descending: false, entity: PhantomData }
    }

    /// Greatest first.
    pub const fn descending(self) -> Sort<E> {
        Sort { column: self.name, descending: true, entity: PhantomData }
    }
}

impl<E> Field<E, Vec<String>> {
    /// The list contains exactly this text.
    pub fn has(self, item: impl Into<String>) -> Filter<E> {
        Filter(Node::Has { column: self.name, item: item.into() }, PhantomData)
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A filter's tree, as an adapter walks it. Column names come from [`Field`]s only.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Every one holds; true when empty.
    All(Vec<Node>),
    /// At least one holds; false when empty.
    Any(Vec<Node>),
    /// It does not hold.
    Not(Box<Node>),
    /// A column against a value; false when either is null.
    Compare {
        /// The column.
        column: &'static str,
        /// How.
        op: Comparison,
        /// With what.
        value: Value,
    },
    /// A column equals one of several values.
    OneOf {
        /// The column.
        column: &'static str,
        /// Which; none of them null.
        values: Vec<Value>,
    },
    /// A column is null, or is not.
    IsNull {
        /// The column.
        column: &'static str,
        /// Whether it should be.
        null: bool,
    },
    /// A column's JSON list contains a text.
    Has {
        /// The column.
        column: &'static str,
        /// The text, whole.
        item: String,
    },
    /// Every word of a text begins some word in the searchable columns. Words are runs of letters and digits, compared
    /// in lower case. Without a word in it, nothing matches.
    Search(String),
}

/// Which rows.
pub struct Filter<E>(Node, PhantomData<fn() -> E>);

impl<E> Clone for Filter<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}
impl<E> std::fmt::Debug for Filter<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
impl<E> PartialEq for Filter<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Filter<E> {
    /// Every row.
    pub const fn everything() -> Self {
        Self(Node::All(Vec::new()), PhantomData)
    }

    /// Rows for which all of these hold.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::All(filters.into_iter().map(|filter| filter.0).collect()), PhantomData)
    }

    /// Rows for which at least one of these holds.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::Any(filters.into_iter().map(|filter| filter.0).collect()), PhantomData)
    }

    /// Rows whose searchable columns have all words of `text`; see [`Node::Search`].
    pub fn search(text: impl Into<String>) -> Self {
        Self(Node::Search(text.into()), PhantomData)
    }

    /// This one and that one.
    pub fn and(self, other: Self) -> Self {
        match self.0 {
            Node::All(mut nodes) => {
                nodes.push(other.0);
                Self(Node::All(nodes), PhantomData)
            }
            node => Self(Node::All(vec![node, other.0]), PhantomData),
        }
    }

    /// The contrary.
    pub fn negated(self) -> Self {
        Self(Node::Not(Box::new(self.0)), PhantomData)
    }

    /// The tree, for adapters.
    pub const fn node(&self) -> &Node {
        &self.0
    }
}

impl<E: Entity> Filter<E> {
    /// Whether it holds for a row: the meaning that every adapter keeps.
    pub fn matches(&self, row: &[Value]) -> bool {
        self.0.holds(E::SCHEMA, row)
    }
}

impl Node {
    /// Whether it holds for a row of this table: the meaning that every adapter keeps.
    pub fn holds(&self, schema: &Schema, row: &[Value]) -> bool {
        let at = |column: &str| schema.position(column).and_then(|position| row.get(position)).unwrap_or(&Value::Null);
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(schema, row)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(schema, row)),
            Self::Not(node) => !node.holds(schema, row),
            Self::Compare { column, op, value } => {
                let stored = at(column);
                !stored.is_null() && !value.is_null() && compares(*op, stored, value)
            }
            Self::OneOf { column, values } => values.contains(at(column)) && !at(column).is_null(),
            Self::IsNull { column, null } => at(column).is_null() == *null,
            Self::Has { column, item } => list(at(column)).iter().any(|found| found == item),
            Self::Search(text) => {
                let stored = search_words(schema, row);
                let mut wanted = words(text).peekable();
                wanted.peek().is_some() && wanted.all(|wanted| stored.iter().any(|word| word.starts_with(&wanted)))
            }
        }
    }
}

fn compares(op: Comparison, stored: &Value, value: &Value) -> bool {
    match op {
        Comparison::Equal => stored == value,
        Comparison::NotEqual => stored != value,
        Comparison::Less => stored < value,
        Comparison::AtMost => stored <= value,
        Comparison::Greater => stored > value,
        Comparison::AtLeast => stored >= value,
    }
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Real(number) if number.is_nan())
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Json(json) => serde_json::from_str(json).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn text_words(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => words(text).collect(),
        Value::Json(_) => list(value).iter().flat_map(|item| words(item).collect::<Vec<_>>()).collect(),
        _ => Vec::new(),
    }
}

/// The words that a search finds a row by, in the order of the searchable columns: for adapters that keep an index of them.
pub fn search_words(schema: &Schema, row: &[Value]) -> Vec<String> {
    let values = schema.search.iter().filter_map(|column| row.get(schema.position(column)?));
    values.flat_map(text_words).collect()
}

/// The words of a text, as a search sees them: runs of letters and digits, in lower case.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// In which order.
#[derive(Debug)]
pub struct Sort<E> {
    /// By this column.
    pub column: &'static str,
    /// Greatest first.
    pub descending: bool,
    entity: PhantomData<fn() -> E>,
}

impl<E> Clone for Sort<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Sort<E> {}

/// Whether soft-deleted rows are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deleted {
    /// Not seen: the default.
    #[default]
    Excluded,
    /// Seen beside the others.
    Included,
    /// Only these are seen.
    Only,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Start {
    /// At the first row.
    #[default]
    First,
    /// After this many.
    Offset(u64),
    /// After the row with these values in the columns of [`Query::order`].
    After(Vec<Value>),
}

/// Which rows, in which order, and how many.
#[derive(Debug, Clone)]
pub struct Query<E> {
    /// Which rows.
    pub filter: Filter<E>,
    /// The order asked for; see [`Query::order`] for the whole one.
    pub sort: Vec<Sort<E>>,
    /// Where to begin.
    pub start: Start,
    /// At most this many rows.
    pub limit: u32,
    /// Whether soft-deleted rows are seen.
    pub deleted: Deleted,
}

/// The most rows that one call may ask for.
pub const MAX_LIMIT: u32 = 10_000;

impl<E> Query<E> {
    /// The rows that match, by id, up to [`MAX_LIMIT`].
    pub const fn filter(filter: Filter<E>) -> Self {
        Self { filter, sort: Vec::new(), start: Start::First, limit: MAX_LIMIT, deleted: Deleted::Excluded }
    }

    /// Every row.
    pub const fn everything() -> Self {
        Self::filter(Filter::everything())
    }

    /// Adds an order below those given before.
    pub fn sort(mut self, sort: Sort<E>) -> Self {
        self.sort.push(sort);
        self
    }

    /// At most this many rows, and never above [`MAX_LIMIT`].
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit.min(MAX_LIMIT);
        self
    }

    /// Begins there.
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Whether soft-deleted rows are seen.
    pub fn deleted(mut self, deleted: Deleted) -> Self {
        self.deleted = deleted;
        self
    }
}

impl<E: Entity> Query<E> {
    /// The whole order: what was asked for, then by id in the direction of the last, so that no two rows tie.
    pub fn order(&self) -> Vec<Sort<E>> {
        let mut order = self.sort.clone();
        if !order.iter().any(|sort| sort.column == "id") {
            let descending = order.last().is_some_and(|sort| sort.descending);
            order.push(Sort { column: "id", descending, entity: PhantomData });
        }
        order
    }

    /// Whether a row is one of those asked for, wherever the page begins and ends: the meaning that every adapter keeps.
    pub fn wants(&self, row: &[Value]) -> bool {
        wants(E::SCHEMA, self.filter.node(), self.deleted, row)
    }

    /// Of rows that it [`wants`](Self::wants), in whatever order, those of this page, in its order: for adapters that hold
    /// rows as they are.
    pub fn arrange<'r>(&self, rows: impl IntoIterator<Item = &'r Row>) -> Vec<&'r Row> {
        let order: Vec<_> = self.order().iter().map(|sort| (sort.column, sort.descending)).collect();
        arrange(E::SCHEMA, &order, &self.start, self.limit, rows)
    }

    /// The values by which a page goes on after this row.
    pub fn key_of(&self, entity: &E) -> Vec<Value> {
        let row = entity.to_row();
        let at = |sort: &Sort<E>| E::SCHEMA.position(sort.column).and_then(|position| row.get(position)).cloned();
        self.order().iter().map(|sort| at(sort).unwrap_or(Value::Null)).collect()
    }
}

/// See [`Query::wants`].
pub(crate) fn wants(schema: &Schema, filter: &Node, deleted: Deleted, row: &[Value]) -> bool {
    let is_deleted = schema.versioned && row.get(DELETED_AT).is_some_and(|at| !at.is_null());
    let is_seen = match deleted {
        Deleted::Excluded => !is_deleted,
        Deleted::Included => true,
        Deleted::Only => is_deleted,
    };
    is_seen && filter.holds(schema, row)
}

/// See [`Query::arrange`].
pub(crate) fn arrange<'r>(
    schema: &Schema,
    order: &[(&'static str, bool)],
    start: &Start,
    limit: u32,
    rows: impl IntoIterator<Item = &'r Row>,
) -> Vec<&'r Row> {
    let place = |(column, descending): &(&'static str, bool)| Some((schema.position(column)?, *descending));
    let order: Vec<(usize, bool)> = order.iter().filter_map(place).collect();
    let key = |row: &'r Row| order.iter().map(move |(place, _)| row.get(*place).unwrap_or(&Value::Null));
    let mut rows: Vec<&Row> = rows.into_iter().collect();
    if let Start::After(last) = start {
        rows.retain(|row| compare_keys(&order, key(row), last.iter()).is_gt());
    }
    rows.sort_by(|a, b| compare_keys(&order, key(a), key(b)));
    let skip = if let Start::Offset(offset) = start { usize::try_from(*offset).unwrap_or(usize::MAX) } else { 0 };
    rows.into_iter().skip(skip).take(limit as usize).collect()
}

fn compare_keys<'v>(
    order: &[(usize, bool)],
    a: impl Iterator<Item = &'v Value>,
    b: impl Iterator<Item = &'v Value>,
) -> Ordering {
    let pairs = a.zip(b).zip(order);
    let mut orderings = pairs.map(|((a, b), (_, descending))| if *descending { b.cmp(a) } else { a.cmp(b) });
    orderings.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}
