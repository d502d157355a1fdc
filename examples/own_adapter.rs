//! A store of your own: an adapter over one ordered map, as an embedded key-value store has it, that passes the whole
//! conformance suite and then serves DriveEver.
//!
//! What there is to write: [`ContextStore`] and [`Repository`], each once for all contexts and entities, and [`EventLog`].
//! An entity comes as a row of values with its schema, a write as a value; there is nothing to write for each entity.
//!
//! `cargo run --example own_adapter`, or the suite as tests: `cargo test --example own_adapter`
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use driveever::{
    DriveEver, Question,
    core::{
        Error, RequestContext, StoreError, async_trait,
        changes::{Changes, RowOperation, Write},
        entity::{Context, Entity, Revision, Row, Schema},
        event::{DomainEvent, EventLog, EventQuery, StoredEvent},
        id::Id,
        query::Query,
        reads::{Found, Reads},
        repository::{ContextStore, Repository},
        time::Timestamp,
        uuid::Uuid,
        value::{Column as _, Value},
    },
};

/// Where something is kept. Keys sort by kind, then by table or context, then by what follows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// A row, by table and id.
    Row(&'static str, Uuid),
    /// A unique set of values that a row has, by table, number of the set and values.
    Unique(&'static str, usize, Vec<Value>),
    /// A message that a context has handled.
    Handled(&'static str, Uuid),
    /// An event, by context and place.
    Event(&'static str, u64),
    /// That an event is in a log, by context and id.
    Told(&'static str, Uuid),
}

/// What is kept there.
#[derive(Debug, Clone)]
enum Kept {
    Row(Row),
    Event(Box<Entry>),
    /// That it is there says all.
    Taken,
}

#[derive(Debug, Clone)]
struct Entry {
    stored: StoredEvent,
    published: bool,
    held_until: Option<Timestamp>,
}

type Map = BTreeMap<Key, Kept>;

/// The store.
#[derive(Debug, Default)]
struct MapStore(Mutex<Map>);

impl MapStore {
    fn map(&self) -> MutexGuard<'_, Map> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A context's events, in the order of its log.
    fn with_log<T>(&self, context: &'static str, work: impl FnOnce(&mut dyn Iterator<Item = &mut Entry>) -> T) -> T {
        let mut map = self.map();
        let mut entries = map.range_mut(Key::Event(context, 0)..=Key::Event(context, u64::MAX));
        work(
            &mut entries
                .by_ref()
                .filter_map(|(_, kept)| if let Kept::Event(entry) = kept { Some(&mut **entry) } else { None }),
        )
    }
}

/// A change of the map that is taken back unless it comes to its end.
struct Transaction<'m> {
    map: &'m mut Map,
    before: Vec<(Key, Option<Kept>)>,
}

impl Transaction<'_> {
    fn put(&mut self, key: Key, kept: Kept) {
        let before = self.map.insert(key.clone(), kept);
        self.before.push((key, before));
    }

    fn remove(&mut self, key: Key) {
        let before = self.map.remove(&key);
        self.before.push((key, before));
    }

    fn row(&self, schema: &Schema, id: Uuid) -> Option<Row> {
        match self.map.get(&Key::Row(schema.table, id)) {
            Some(Kept::Row(row)) => Some(row.clone()),
            _ => None,
        }
    }

    fn take_back(self) {
        for (key, before) in self.before.into_iter().rev() {
            match before {
                Some(kept) => self.map.insert(key, kept),
                None => self.map.remove(&key),
            };
        }
    }

    fn apply(&mut self, Write { schema, operation }: Write) -> Result<(), StoreError> {
        match operation {
            RowOperation::Insert(row) => {
                schema.check(&row)?;
                let id = id_of(&row);
                if self.row(schema, id).is_some() {
                    return Err(StoreError::Duplicate { kind: schema.kind, columns: "id".to_owned() });
                }
                self.replace(schema, id, Some(row))
            }
            RowOperation::Update { row, from } => {
                schema.check(&row)?;
                let id = id_of(&row);
                self.at_revision(schema, id, from, false)?;
                self.replace(schema, id, Some(row))
            }
            RowOperation::SoftDelete { id, from, at } => {
                let row = self.at_revision(schema, id, from, false)?;
                self.replace(schema, id, Some(stamped(row, from, Value::Time(at))))
            }
            RowOperation::Restore { id, from } => {
                let row = self.at_revision(schema, id, from, true)?;
                self.replace(schema, id, Some(stamped(row, from, Value::Null)))
            }
            RowOperation::Delete { id } => self.replace(schema, id, None),
        }
    }

    /// The row, if it is at this revision, and deleted or not as expected.
    fn at_revision(&self, schema: &Schema, id: Uuid, from: Revision, deleted: bool) -> Result<Row, StoreError> {
        let row = self.row(schema, id).ok_or(StoreError::Missing { kind: schema.kind, id })?;
        let is_expected = row.get(1) == Some(&from.to_value()) && is_deleted(schema, &row) == deleted;
        if is_expected { Ok(row) } else { Err(StoreError::Stale { kind: schema.kind, id }) }
    }

    /// Puts a row in the place of the one before, with its claims on unique values.
    fn replace(&mut self, schema: &'static Schema, id: Uuid, row: Option<Row>) -> Result<(), StoreError> {
        if let Some(before) = self.row(schema, id) {
            for (_, key) in unique_keys(schema, &before) {
                self.remove(key);
            }
        }
        let Some(row) = row else {
            self.remove(Key::Row(schema.table, id));
            return Ok(());
        };
        for (columns, key) in unique_keys(schema, &row) {
            if self.map.contains_key(&key) {
                return Err(StoreError::Duplicate { kind: schema.kind, columns });
            }
            self.put(key, Kept::Taken);
        }
        self.put(Key::Row(schema.table, id), Kept::Row(row));
        Ok(())
    }

    fn mark_handled(&mut self, context: &'static str, event: Uuid) -> Result<(), StoreError> {
        let key = Key::Handled(context, event);
        if self.map.contains_key(&key) {
            return Err(StoreError::Duplicate { kind: "handled message", columns: "event_id".to_owned() });
        }
        self.put(key, Kept::Taken);
        Ok(())
    }

    fn append(&mut self, context: &'static str, event: DomainEvent) -> Result<(), StoreError> {
        event.check()?;
        if self.map.contains_key(&Key::Told(context, event.id)) {
            return Err(StoreError::Duplicate { kind: "event", columns: "id".to_owned() });
        }
        let last = self.map.range(Key::Event(context, 0)..=Key::Event(context, u64::MAX)).next_back();
        let position = if let Some((Key::Event(_, last), _)) = last { last + 1 } else { 1 };
        self.put(Key::Told(context, event.id), Kept::Taken);
        let stored = StoredEvent { position, attempts: 0, event };
        let entry = Entry { stored, published: false, held_until: None };
        self.put(Key::Event(context, position), Kept::Event(Box::new(entry)));
        Ok(())
    }
}

fn id_of(row: &Row) -> Uuid {
    if let Some(Value::Uuid(id)) = row.first() { *id } else { Uuid::nil() }
}

fn is_deleted(schema: &Schema, row: &Row) -> bool {
    schema.versioned && row.get(2).is_some_and(|at| !at.is_null())
}

fn stamped(mut row: Row, from: Revision, deleted_at: Value) -> Row {
    row.splice(1..=2, [from.next().to_value(), deleted_at]);
    row
}

/// The claims of a row on its unique sets of values, with the sets' columns: none where a value is null or the row deleted.
fn unique_keys(schema: &'static Schema, row: &Row) -> Vec<(String, Key)> {
    if is_deleted(schema, row) {
        return Vec::new();
    }
    let value = |column: &&str| row.get(schema.position(column)?).filter(|value| !value.is_null()).cloned();
    let sets = schema.unique.iter().enumerate();
    let key = |(set, columns): (usize, &&[&str])| {
        let values = columns.iter().map(value).collect::<Option<Vec<_>>>()?;
        Some((columns.join(", "), Key::Unique(schema.table, set, values)))
    };
    sets.filter_map(key).collect()
}

#[async_trait]
impl<C: Context> ContextStore<C> for MapStore {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        let (writes, events, handled) = changes.into_parts();
        let mut map = self.map();
        let mut transaction = Transaction { map: &mut map, before: Vec::new() };
        let outcome = handled
            .into_iter()
            .try_for_each(|event| transaction.mark_handled(C::NAME, event))
            .and_then(|()| events.into_iter().try_for_each(|event| transaction.append(C::NAME, event)))
            .and_then(|()| writes.into_iter().try_for_each(|write| transaction.apply(write)));
        if outcome.is_err() {
            transaction.take_back();
        }
        outcome
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        let map = self.map();
        reads.answer(|read| {
            let rows = rows(&map, read.schema).filter(|row| read.wants(row));
            Ok(read.arrange(rows).into_iter().cloned().collect())
        })
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let map = self.map();
        Ok(events.iter().copied().filter(|event| map.contains_key(&Key::Handled(C::NAME, *event))).collect())
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for MapStore {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        match self.map().get(&Key::Row(E::SCHEMA.table, id.uuid())) {
            Some(Kept::Row(row)) if Query::<E>::everything().wants(row) => read(row).map(Some),
            _ => Ok(None),
        }
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        let map = self.map();
        query.arrange(wanted(&map, query)).into_iter().map(read).collect()
    }

    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        Ok(wanted(&self.map(), query).count() as u64)
    }
}

fn read<E: Entity>(row: &Row) -> Result<E, StoreError> {
    E::from_row(row.clone()).map_err(|source| StoreError::Corrupt { kind: E::SCHEMA.kind, source })
}

/// A walk over the whole table; a store that is to grow asks its indexes for the columns in [`Schema::lookup`].
fn rows<'m>(map: &'m Map, schema: &Schema) -> impl Iterator<Item = &'m Row> {
    let rows = map.range(Key::Row(schema.table, Uuid::nil())..=Key::Row(schema.table, Uuid::max()));
    rows.filter_map(|(_, kept)| if let Kept::Row(row) = kept { Some(row) } else { None })
}

fn wanted<'m, E: Entity>(map: &'m Map, query: &Query<E>) -> impl Iterator<Item = &'m Row> {
    rows(map, E::SCHEMA).filter(|row| query.wants(row))
}

#[async_trait]
impl EventLog for MapStore {
    async fn claim(
        &self,
        context: &'static str,
        _worker: Uuid,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.with_log(context, |log| {
            // What follows a held event of the same aggregate waits for it.
            let mut blocked = BTreeSet::new();
            let free = log.filter(|entry| {
                let aggregate = entry.stored.event.aggregate_id;
                let held = entry.held_until.is_some_and(|until| until > now) || blocked.contains(&aggregate);
                if !entry.published && held {
                    blocked.insert(aggregate);
                }
                !entry.published && !held
            });
            let claimed = free.take(limit as usize).map(|entry| {
                entry.stored.attempts += 1;
                entry.held_until = Some(lease);
                entry.stored.clone()
            });
            Ok(claimed.collect())
        })
    }

    async fn mark_published(&self, context: &'static str, events: &[Uuid]) -> Result<(), StoreError> {
        self.with_log(context, |log| {
            log.filter(|entry| events.contains(&entry.stored.event.id)).for_each(|entry| entry.published = true);
        });
        Ok(())
    }

    async fn postpone(&self, context: &'static str, events: &[Uuid], until: Timestamp) -> Result<(), StoreError> {
        self.with_log(context, |log| {
            log.filter(|entry| events.contains(&entry.stored.event.id))
                .for_each(|entry| entry.held_until = Some(until));
        });
        Ok(())
    }

    async fn release(&self, context: &'static str) -> Result<(), StoreError> {
        self.with_log(context, |log| log.for_each(|entry| entry.held_until = None));
        Ok(())
    }

    async fn unpublished(&self, context: &'static str) -> Result<u64, StoreError> {
        Ok(self.with_log(context, |log| log.filter(|entry| !entry.published).count() as u64))
    }

    async fn read(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, StoreError> {
        let map = self.map();
        let events =
            map.values().filter_map(|kept| if let Kept::Event(entry) = kept { Some(&entry.stored) } else { None });
        let mut found: Vec<StoredEvent> = events.filter(|stored| query.wants(&stored.event)).cloned().collect();
        found.sort_by_key(|stored| stored.event.id);
        if query.newest_first {
            found.reverse();
        }
        found.truncate(query.limit as usize);
        Ok(found)
    }

    async fn replay(&self, context: &'static str, after: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let later = |log: &mut dyn Iterator<Item = &mut Entry>| {
            log.filter(|entry| entry.stored.position > after)
                .take(limit as usize)
                .map(|entry| entry.stored.clone())
                .collect()
        };
        Ok(self.with_log(context, later))
    }
}

async fn open() -> Box<MapStore> {
    Box::default()
}

#[cfg(test)]
driveever_testkit::conformance!(open);

fn main() -> Result<(), Error> {
    let mut passed = 0;
    driveever_testkit::run_conformance!(open, |case: &str| {
        passed += 1;
        println!("{case}: ok");
    });
    println!("{passed} cases of the conformance suite passed\n");
    driveever_testkit::run(serve())
}

/// What passes the suite is a store of DriveEver.
async fn serve() -> Result<(), Error> {
    let app = DriveEver::builder().store(Arc::new(MapStore::default())).build()?;
    app.prepare().await?;
    let driver = RequestContext::user(Id::new(app.ids().uuid()), "request-1");
    let order = app.ask(&driver, Question::new("How deep must my tyre tread be?")).await?;
    println!("{}", order.advice.map(|advice| advice.answer).unwrap_or_default());
    println!("{} events delivered", app.settle().await?);
    Ok(())
}
