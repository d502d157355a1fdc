//! The store itself.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use driveever_core::{
    changes::Changes,
    entity::{Context, Entity, Row, Schema},
    error::StoreError,
    event::DomainEvent,
    id::Id,
    query::{Comparison, Deleted, Node, Query, Start},
    reads::{Belonging, Found, Read, Reads},
    repository::{ContextStore, Repository},
    value::Value,
};
use parking_lot::RwLock;
use uuid::Uuid;

use crate::{log::Log, table::Table};

/// Keeps every context's rows, events and inboxes in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    tables: HashMap<&'static str, Table>,
    pub(crate) logs: HashMap<&'static str, Log>,
    inboxes: HashMap<&'static str, HashSet<Uuid>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read())
    }

    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.state.write())
    }
}

impl State {
    fn commit<C: Context>(&mut self, changes: Changes<C>) -> Result<(), StoreError> {
        let (writes, events, handled) = changes.into_parts();
        events.iter().try_for_each(DomainEvent::check)?;
        let inbox = self.inboxes.entry(C::NAME).or_default();
        let mut marked = HashSet::new();
        if handled.iter().any(|id| inbox.contains(id) || !marked.insert(*id)) {
            return Err(StoreError::Duplicate { kind: "handled message", columns: "event_id".to_owned() });
        }
        let log = self.logs.entry(C::NAME).or_default();
        let mut told = HashSet::new();
        if events.iter().any(|event| log.contains(event.id) || !told.insert(event.id)) {
            return Err(StoreError::Duplicate { kind: "event", columns: "id".to_owned() });
        }
        let mut applied = Vec::with_capacity(writes.len());
        for write in writes {
            match self.tables.entry(write.schema.table).or_default().apply(write.schema, write.operation) {
                Ok(undo) => applied.extend(undo.map(|undo| (write.schema, undo))),
                Err(error) => {
                    for (schema, undo) in applied.into_iter().rev() {
                        self.tables.entry(schema.table).or_default().undo(schema, undo);
                    }
                    return Err(error);
                }
            }
        }
        self.inboxes.entry(C::NAME).or_default().extend(handled);
        let log = self.logs.entry(C::NAME).or_default();
        for event in events {
            log.append(event);
        }
        Ok(())
    }

    /// The rows of a query that match, in no order; `node` is its filter with whatever else must hold.
    fn matching(&self, schema: &Schema, node: &Node, deleted: Deleted) -> Vec<&Row> {
        let Some(table) = self.tables.get(schema.table) else { return Vec::new() };
        let wanted = |row: &&Row| is_seen(schema, row, deleted) && node.holds(schema, row);
        match narrowing(node, schema.lookup) {
            Some(Narrowing::Ids(values)) => {
                let ids: BTreeSet<Uuid> = values.iter().filter_map(as_uuid).collect();
                ids.into_iter().filter_map(|id| table.get(id)).filter(wanted).collect()
            }
            Some(Narrowing::Lookup(column, values)) => {
                let values: BTreeSet<&Value> = values.iter().collect();
                values.into_iter().flat_map(|value| table.rows_where(column, value)).filter(wanted).collect()
            }
            None => table.rows().filter(wanted).collect(),
        }
    }

    /// What a query finds, in its order.
    fn find(&self, read: &Read, node: &Node) -> Vec<Row> {
        let positions = || read.order.iter().filter_map(|(column, _)| read.schema.position(column));
        let key = |row: &Row| -> Vec<Value> { positions().filter_map(|position| row.get(position)).cloned().collect() };
        let compare = |a: &[Value], b: &[Value]| {
            let pairs = read.order.iter().zip(a.iter().zip(b));
            let orderings = pairs.map(|((_, descending), (a, b))| if *descending { b.cmp(a) } else { a.cmp(b) });
            orderings.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        };
        let matching = self.matching(read.schema, node, read.deleted);
        let mut rows: Vec<(Vec<Value>, &Row)> = matching.into_iter().map(|row| (key(row), row)).collect();
        if let Start::After(last) = &read.start {
            rows.retain(|(key, _)| compare(key, last).is_gt());
        }
        rows.sort_by(|(a, _), (b, _)| compare(a, b));
        let skip =
            if let Start::Offset(offset) = read.start { usize::try_from(offset).unwrap_or(usize::MAX) } else { 0 };
        rows.into_iter().skip(skip).take(read.limit as usize).map(|(_, row)| row.clone()).collect()
    }

    /// What each of several queries finds; a later one may ask for what belongs to an earlier one's rows.
    fn find_all(&self, reads: &[Read]) -> Vec<Vec<Row>> {
        let mut found: Vec<Vec<Row>> = Vec::with_capacity(reads.len());
        for read in reads {
            let rows = match read.of {
                None => self.find(read, &read.filter),
                Some(of) => {
                    let keys = found.get(of.to).map(|rows| keys_of(reads, of, rows)).unwrap_or_default();
                    let belongs = Node::OneOf { column: of.column, values: keys };
                    self.find(read, &Node::All(vec![belongs, read.filter.clone()]))
                }
            };
            found.push(rows);
        }
        found
    }
}

/// What the rows of an earlier query hold in the column that a later one asks for, without nulls.
fn keys_of(reads: &[Read], of: Belonging, rows: &[Row]) -> Vec<Value> {
    let position = reads.get(of.to).and_then(|read| read.schema.position(of.to_column));
    let keys: BTreeSet<&Value> = rows.iter().filter_map(|row| row.get(position?)).collect();
    keys.into_iter().filter(|key| !key.is_null()).cloned().collect()
}

fn is_seen(schema: &Schema, row: &Row, deleted: Deleted) -> bool {
    let is_deleted = schema.versioned && row.get(2).is_some_and(|at| !at.is_null());
    match deleted {
        Deleted::Excluded => !is_deleted,
        Deleted::Included => true,
        Deleted::Only => is_deleted,
    }
}

/// Values of which every match has one, in a column that an index covers.
enum Narrowing<'a> {
    Ids(&'a [Value]),
    Lookup(&'static str, &'a [Value]),
}

/// An equality that every match must have and that an index answers.
fn narrowing<'a>(node: &'a Node, lookup: &[&'static str]) -> Option<Narrowing<'a>> {
    let (column, values) = match node {
        Node::All(nodes) => return nodes.iter().find_map(|node| narrowing(node, lookup)),
        Node::Compare { column, op: Comparison::Equal, value } => (*column, std::slice::from_ref(value)),
        Node::OneOf { column, values } => (*column, values.as_slice()),
        _ => return None,
    };
    match column {
        "id" => Some(Narrowing::Ids(values)),
        _ if lookup.contains(&column) => Some(Narrowing::Lookup(column, values)),
        _ => None,
    }
}

const fn as_uuid(value: &Value) -> Option<Uuid> {
    match value {
        Value::Uuid(id) => Some(*id),
        _ => None,
    }
}

fn decode<E: Entity>(row: Row) -> Result<E, StoreError> {
    E::from_row(row).map_err(|source| StoreError::Corrupt { kind: E::SCHEMA.kind, source })
}

#[async_trait]
impl<C: Context> ContextStore<C> for MemoryStore {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        self.write(|state| state.commit(changes))
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        Ok(Found::new(self.read(|state| state.find_all(reads.reads()))))
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let known = |inbox: &HashSet<Uuid>| events.iter().copied().filter(|id| inbox.contains(id)).collect();
        Ok(self.read(|state| state.inboxes.get(C::NAME).map_or_else(Vec::new, known)))
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for MemoryStore {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        self.read(|state| {
            let row = state.tables.get(E::SCHEMA.table).and_then(|table| table.get(id.uuid()));
            row.filter(|row| is_seen(E::SCHEMA, row, Deleted::Excluded)).cloned().map(decode).transpose()
        })
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        let read = Read::of(query, None);
        let rows = self.read(|state| state.find(&read, &read.filter));
        rows.into_iter().map(decode).collect()
    }

    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        let matching = |state: &State| state.matching(E::SCHEMA, query.filter.node(), query.deleted).len();
        Ok(self.read(matching) as u64)
    }
}
