//! A read as a value: several queries of one context, answered in one trip and from one state of the store.
//!
//! What is shown together is often kept apart: a prompt, its newest version, its labels, its record. Asking for one after
//! the other costs a trip each, and between two trips somebody may write. A service writes down what it wants, where need
//! be in terms of what the same trip finds, and hands the [`Reads`] to
//! [`ContextStore::find_all`](crate::repository::ContextStore::find_all), as it hands [`Changes`](crate::changes::Changes) to
//! `commit`.
//!
//! ```
//! # use driveever_core::{prompt::{LATEST, Label, Prompt, PromptContext, PromptVersion, PromptId}, query::Query, reads::Reads};
//! # fn example(id: PromptId) {
//! let mut reads = Reads::<PromptContext>::new();
//! let prompt = reads.find(&Query::filter(Prompt::ID.eq(id)));
//! let version = reads.find_of(prompt, Prompt::LATEST_VERSION_ID, PromptVersion::ID, &Query::everything());
//! let labels = reads.find_of(prompt, Prompt::ID, Label::PROMPT_ID, &Query::everything().sort(Label::NAME.ascending()));
//! # let _ = (version, labels);
//! # }
//! ```
//!
//! Then `store.find_all(reads).await?` gives what was [`Found`], from which each answer is taken by what
//! [`Reads::find`] returned.

use std::{collections::BTreeSet, marker::PhantomData};

use crate::{
    entity::{Context, Entity, Row, Schema},
    error::StoreError,
    query::{self, Deleted, Field, Node, Query, Start},
    value::Value,
};

/// Queries of one context, in the order in which they were added.
pub struct Reads<C> {
    reads: Vec<Read>,
    context: PhantomData<fn() -> C>,
}

/// One query, as an adapter sees it.
#[derive(Debug, Clone)]
pub struct Read {
    /// The table.
    pub schema: &'static Schema,
    /// Which rows.
    pub filter: Node,
    /// Only rows that belong to those that an earlier query of the same trip finds.
    pub of: Option<Belonging>,
    /// The whole order: columns, and whether the greatest comes first.
    pub order: Vec<(&'static str, bool)>,
    /// Where to begin.
    pub start: Start,
    /// At most this many rows.
    pub limit: u32,
    /// Whether soft-deleted rows are seen.
    pub deleted: Deleted,
}

/// How the rows of a query belong to those of an earlier one: `column` of the one equals `to_column` of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belonging {
    /// The column here.
    pub column: &'static str,
    /// Which query, counted from 0; always an earlier one.
    pub to: usize,
    /// The column there.
    pub to_column: &'static str,
}

/// A query that was added: the name by which its answer is taken.
pub struct Asked<E> {
    place: usize,
    entity: PhantomData<fn() -> E>,
}

impl<E> Clone for Asked<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Asked<E> {}

impl<E> std::fmt::Debug for Asked<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asked({})", self.place)
    }
}

impl<C> std::fmt::Debug for Reads<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.reads.fmt(f)
    }
}

impl<C> Clone for Reads<C> {
    fn clone(&self) -> Self {
        Self { reads: self.reads.clone(), context: PhantomData }
    }
}

impl<C: Context> Default for Reads<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Context> Reads<C> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { reads: Vec::new(), context: PhantomData }
    }

    /// Asks for what [`Repository::find`](crate::repository::Repository::find) would give.
    pub fn find<E: Entity<Context = C>>(&mut self, query: &Query<E>) -> Asked<E> {
        self.push(query, None)
    }

    /// Asks for those whose `column` equals `key` of one that `of` finds. Null equals nothing. A limit counts all of them
    /// together.
    ///
    /// The two columns must be of one kind; ids of different entities are, because some entities share the id of another.
    pub fn find_of<E, F, K, T>(
        &mut self,
        of: Asked<E>,
        key: Field<E, K>,
        column: Field<F, T>,
        query: &Query<F>,
    ) -> Asked<F>
    where
        E: Entity<Context = C>,
        F: Entity<Context = C>,
    {
        let belonging = Belonging { column: column.name(), to: of.place, to_column: key.name() };
        self.push(query, Some(belonging))
    }

    /// The queries: for adapters.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// Answers the queries one after the other, for adapters that do not join: `find` gives the rows of one query, which
    /// asks for what belongs to an earlier one by the keys that were found. What it reads from must not change meanwhile.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn answer(&self, find: impl Fn(&Read) -> Result<Vec<Row>, StoreError>) -> Result<Found<C>, StoreError> {
        let mut found: Vec<Vec<Row>> = Vec::with_capacity(self.reads.len());
        for read in &self.reads {
            let rows = match read.of {
                None => find(read)?,
                Some(of) => {
                    let rows = found.get(of.to).map(Vec::as_slice).unwrap_or_default();
                    let keys =
                        self.reads.get(of.to).map(|earlier| earlier.keys(of.to_column, rows)).unwrap_or_default();
                    let belongs = Node::OneOf { column: of.column, values: keys };
                    find(&Read { filter: Node::All(vec![belongs, read.filter.clone()]), of: None, ..read.clone() })?
                }
            };
            found.push(rows);
        }
        Ok(Found::new(found))
    }

    fn push<E: Entity>(&mut self, query: &Query<E>, of: Option<Belonging>) -> Asked<E> {
        let place = self.reads.len();
        self.reads.push(Read::of(query, of));
        Asked { place, entity: PhantomData }
    }
}

impl Read {
    /// A query without its type.
    pub fn of<E: Entity>(query: &Query<E>, of: Option<Belonging>) -> Self {
        Self {
            schema: E::SCHEMA,
            filter: query.filter.node().clone(),
            of,
            order: query.order().iter().map(|sort| (sort.column, sort.descending)).collect(),
            start: query.start.clone(),
            limit: query.limit,
            deleted: query.deleted,
        }
    }

    /// As [`Query::wants`], whatever it belongs to.
    pub fn wants(&self, row: &[Value]) -> bool {
        query::wants(self.schema, &self.filter, self.deleted, row)
    }

    /// As [`Query::arrange`].
    pub fn arrange<'r>(&self, rows: impl IntoIterator<Item = &'r Row>) -> Vec<&'r Row> {
        query::arrange(self.schema, &self.order, &self.start, self.limit, rows)
    }

    /// What rows of this query hold in a column, each once and without null.
    fn keys(&self, column: &str, rows: &[Row]) -> Vec<Value> {
        let position = self.schema.position(column);
        let keys: BTreeSet<&Value> = rows.iter().filter_map(|row| row.get(position?)).collect();
        keys.into_iter().filter(|key| !key.is_null()).cloned().collect()
    }
}

/// The answers to [`Reads`].
#[derive(Debug)]
pub struct Found<C> {
    rows: Vec<Vec<Row>>,
    context: PhantomData<fn() -> C>,
}

impl<C: Context> Found<C> {
    /// From the rows that each query found, in the order of the queries: for adapters.
    pub const fn new(rows: Vec<Vec<Row>>) -> Self {
        Self { rows, context: PhantomData }
    }

    /// The answer to one query; nothing when it was taken before.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a row that does not fit its entity.
    pub fn take<E: Entity<Context = C>>(&mut self, asked: Asked<E>) -> Result<Vec<E>, StoreError> {
        let rows = self.rows.get_mut(asked.place).map(std::mem::take).unwrap_or_default();
        let corrupt = |source| StoreError::Corrupt { kind: E::SCHEMA.kind, source };
        rows.into_iter().map(|row| E::from_row(row).map_err(corrupt)).collect()
    }
}
