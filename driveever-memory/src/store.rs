//! The store itself.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{PoisonError, RwLock},
};

use async_trait::async_trait;
use driveever_core::{
    changes::Changes,
    entity::{Context, Entity, Row},
    error::StoreError,
    event::DomainEvent,
    id::Id,
    query::{Comparison, Node, Query},
    reads::{Found, Read, Reads},
    repository::{ContextStore, Repository},
    value::Value,
};
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
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
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

    /// The rows that a query asks for, in no order.
    fn matching(&self, read: &Read) -> Vec<&Row> {
        let Some(table) = self.tables.get(read.schema.table) else { return Vec::new() };
        let wanted = |row: &&Row| read.wants(row);
        match narrowing(&read.filter, read.schema.lookup) {
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

fn decode<E: Entity>(row: &Row) -> Result<E, StoreError> {
    E::from_row(row.clone()).map_err(|source| StoreError::Corrupt { kind: E::SCHEMA.kind, source })
}

#[async_trait]
impl<C: Context> ContextStore<C> for MemoryStore {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        self.write(|state| state.commit(changes))
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        self.read(|state| reads.answer(|read| Ok(read.arrange(state.matching(read)).into_iter().cloned().collect())))
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let known = |inbox: &HashSet<Uuid>| events.iter().copied().filter(|id| inbox.contains(id)).collect();
        Ok(self.read(|state| state.inboxes.get(C::NAME).map_or_else(Vec::new, known)))
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for MemoryStore {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        let living = Query::<E>::everything();
        self.read(|state| {
            let row = state.tables.get(E::SCHEMA.table).and_then(|table| table.get(id.uuid()));
            row.filter(|row| living.wants(row)).map(decode).transpose()
        })
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        let read = Read::of(query, None);
        self.read(|state| read.arrange(state.matching(&read)).into_iter().map(decode).collect())
    }

    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        let read = Read::of(query, None);
        Ok(self.read(|state| state.matching(&read).len() as u64))
    }
}
