//! The statements of each table, built once, and what a commit becomes: a list of [`Step`]s.

use std::{collections::HashMap, sync::Arc};

use driveever_core::{
    changes::{RowOperation, Write},
    entity::{Row, Schema},
    error::StoreError,
    event::DomainEvent,
    query::search_words,
    value::{Column, Value},
};
use parking_lot::RwLock;
use uuid::Uuid;

use crate::{
    ddl::{quoted, searches},
    filter::LIMIT,
};

/// One statement of a write, with its parameters.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) sql: Arc<str>,
    pub(crate) binds: Vec<Value>,
    /// What is written, for messages.
    pub(crate) kind: &'static str,
    pub(crate) effect: Effect,
}

/// What a statement must come to.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Anything.
    Any,
    /// It makes the row with this id. SQLite names whichever of several collisions it met first; the id comes first here,
    /// by which a caller knows a row of their own that they write again.
    NewRow { id: Uuid, exists: Arc<str> },
    /// It changes the row with this id; else the revision was stale, or the row is missing, which `exists` tells.
    Row { id: Uuid, exists: Arc<str> },
}

impl Step {
    /// A statement that may change any number of rows.
    pub(crate) const fn any(sql: Arc<str>, binds: Vec<Value>, kind: &'static str) -> Self {
        Self { sql, binds, kind, effect: Effect::Any }
    }
}

/// One table's statements.
#[derive(Debug)]
pub(crate) struct TableSql {
    /// The columns in their order, as a select lists them.
    pub(crate) columns: Arc<str>,
    pub(crate) get: Arc<str>,
    exists: Arc<str>,
    insert: Arc<str>,
    update: Arc<str>,
    soft_delete: Arc<str>,
    restore: Arc<str>,
    delete: Arc<str>,
    search: Option<SearchSql>,
}

#[derive(Debug)]
struct SearchSql {
    insert: Arc<str>,
    update: Arc<str>,
    delete: Arc<str>,
}

impl TableSql {
    fn new(schema: &Schema) -> Self {
        let table = schema.table;
        let columns: Vec<&str> = schema.columns.iter().map(|spec| spec.name).collect();
        let list = quoted(&columns);
        let marks = vec!["?"; columns.len()].join(", ");
        let sets: Vec<String> = columns.iter().skip(1).map(|column| format!("\"{column}\" = ?")).collect();
        let stamp = format!("UPDATE {table} SET revision = ?, deleted_at = ? WHERE id = ? AND revision = ?");
        let living = if schema.versioned { " AND deleted_at IS NULL" } else { "" };
        let number = format!("(SELECT rowid FROM {table} WHERE id = ?)");
        Self {
            columns: list.as_str().into(),
            get: format!("SELECT {list} FROM {table} WHERE id = ?{living}").into(),
            exists: format!("SELECT 1 FROM {table} WHERE id = ?").into(),
            insert: format!("INSERT INTO {table} ({list}) VALUES ({marks})").into(),
            update: format!("UPDATE {table} SET {} WHERE id = ? AND revision = ?{living}", sets.join(", ")).into(),
            soft_delete: format!("{stamp} AND deleted_at IS NULL").into(),
            restore: format!("{stamp} AND deleted_at IS NOT NULL").into(),
            delete: format!("DELETE FROM {table} WHERE id = ?").into(),
            search: searches(schema).then(|| SearchSql {
                insert: format!("INSERT INTO {table}_search (words, rowid) VALUES (?, {number})").into(),
                update: format!("UPDATE {table}_search SET words = ? WHERE rowid = {number} AND words <> ?").into(),
                delete: format!("DELETE FROM {table}_search WHERE rowid = {number}").into(),
            }),
        }
    }

    /// The statements of one write.
    fn steps(&self, write: Write, steps: &mut Vec<Step>) -> Result<(), StoreError> {
        let Write { schema, operation } = write;
        let kind = schema.kind;
        let any = |sql: &Arc<str>, binds| Step::any(Arc::clone(sql), binds, kind);
        let one = |sql: &Arc<str>, binds, id| {
            let effect = Effect::Row { id, exists: Arc::clone(&self.exists) };
            Step { sql: Arc::clone(sql), binds, kind, effect }
        };
        match operation {
            RowOperation::Insert(row) => {
                schema.check(&row)?;
                let id = id_of(&row);
                let words = self.search.as_ref().map(|search| (search, words_of(schema, &row)));
                let effect = Effect::NewRow { id: uuid_of(&id), exists: Arc::clone(&self.exists) };
                steps.push(Step { sql: Arc::clone(&self.insert), binds: row, kind, effect });
                if let Some((search, words)) = words {
                    steps.push(any(&search.insert, vec![words, id]));
                }
            }
            RowOperation::Update { row, from } => {
                schema.check(&row)?;
                let id = id_of(&row);
                let words = self.search.as_ref().map(|search| (search, words_of(schema, &row)));
                let mut binds = row;
                binds.rotate_left(1);
                binds.push(from.to_value());
                steps.push(one(&self.update, binds, uuid_of(&id)));
                if let Some((search, words)) = words {
                    steps.push(any(&search.update, vec![words.clone(), id, words]));
                }
            }
            RowOperation::SoftDelete { id, from, at } => {
                let binds = vec![from.next().to_value(), Value::Time(at), Value::Uuid(id), from.to_value()];
                steps.push(one(&self.soft_delete, binds, id));
            }
            RowOperation::Restore { id, from } => {
                let binds = vec![from.next().to_value(), Value::Null, Value::Uuid(id), from.to_value()];
                steps.push(one(&self.restore, binds, id));
            }
            RowOperation::Delete { id } => {
                if let Some(search) = &self.search {
                    steps.push(any(&search.delete, vec![Value::Uuid(id)]));
                }
                steps.push(any(&self.delete, vec![Value::Uuid(id)]));
            }
        }
        Ok(())
    }
}

fn words_of(schema: &Schema, row: &Row) -> Value {
    Value::Text(search_words(schema, row).join(" "))
}

fn id_of(row: &Row) -> Value {
    row.first().cloned().unwrap_or(Value::Null)
}

fn uuid_of(value: &Value) -> Uuid {
    if let Value::Uuid(id) = value { *id } else { Uuid::nil() }
}

/// Columns of an event that a commit writes, in the order of its parameters.
const EVENT_COLUMNS: &str =
    "id, aggregate_type, aggregate_id, aggregate_revision, event_type, actor, request_id, occurred_at, body";
/// Events that one statement inserts.
const EVENTS_A_STATEMENT: usize = 8;

/// All statements that were needed so far.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    tables: RwLock<HashMap<&'static str, Arc<TableSql>>>,
    contexts: RwLock<HashMap<&'static str, Arc<ContextSql>>>,
}

/// One context's statements over its log, outbox and inbox.
#[derive(Debug)]
pub(crate) struct ContextSql {
    events: Vec<Arc<str>>,
    handle: Arc<str>,
    pub(crate) handled: Arc<str>,
    pub(crate) waiting: Arc<str>,
    pub(crate) claim: Arc<str>,
    /// The events at places that were claimed.
    pub(crate) claimed: Arc<str>,
    pub(crate) publish: Arc<str>,
    pub(crate) postpone: Arc<str>,
    pub(crate) release: Arc<str>,
    pub(crate) unpublished: Arc<str>,
    pub(crate) replay: Arc<str>,
    /// `SELECT columns FROM log`, to be continued; the columns are those that `log` decodes.
    pub(crate) select: String,
}

impl ContextSql {
    fn new(context: &str) -> Self {
        let (log, outbox, inbox) =
            (format!("{context}_events"), format!("{context}_outbox"), format!("{context}_inbox"));
        let list = "IN (SELECT unhex(value) FROM json_each(?))";
        let of_events = format!("position IN (SELECT position FROM {log} WHERE id {list})");
        let columns = format!("position, {EVENT_COLUMNS}");
        let insert = |rows: usize| {
            let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?)";
            format!("INSERT INTO {log} ({EVENT_COLUMNS}) VALUES {}", vec![row; rows].join(", ")).into()
        };
        Self {
            events: (1..=EVENTS_A_STATEMENT).map(insert).collect(),
            handle: format!("INSERT INTO {inbox} (event_id) VALUES (?)").into(),
            handled: format!("SELECT event_id FROM {inbox} WHERE event_id {list}").into(),
            waiting: format!("SELECT 1 FROM {outbox} WHERE held_until IS NULL OR held_until <= ? LIMIT 1").into(),
            // An event waits while an earlier one of its aggregate is held; see `EventLog::claim`.
            claim: format!(
                "UPDATE {outbox} SET attempts = attempts + 1, held_until = ? WHERE position IN (
    SELECT position FROM {outbox} AS outbox
    WHERE (held_until IS NULL OR held_until <= ?)
    AND NOT EXISTS (
        SELECT 1 FROM {outbox} AS earlier INDEXED BY {outbox}_in_order
        WHERE earlier.aggregate_id = outbox.aggregate_id
        AND earlier.position < outbox.position AND earlier.held_until > ?
    ) ORDER BY position{LIMIT}
) RETURNING position, attempts"
            )
            .into(),
            claimed: format!(
                "SELECT {columns} FROM {log} WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position"
            )
            .into(),
            publish: format!("DELETE FROM {outbox} WHERE {of_events}").into(),
            postpone: format!("UPDATE {outbox} SET held_until = ? WHERE {of_events}").into(),
            release: format!("UPDATE {outbox} SET held_until = NULL WHERE held_until IS NOT NULL").into(),
            unpublished: format!("SELECT COUNT(*) FROM {outbox}").into(),
            replay: format!("SELECT {columns} FROM {log} WHERE position > ? ORDER BY position{LIMIT}").into(),
            select: format!("SELECT {columns} FROM {log}"),
        }
    }
}

impl Statements {
    /// A table's.
    pub(crate) fn table(&self, schema: &Schema) -> Arc<TableSql> {
        cached(&self.tables, schema.table, || TableSql::new(schema))
    }

    /// A context's.
    pub(crate) fn context(&self, context: &'static str) -> Arc<ContextSql> {
        cached(&self.contexts, context, || ContextSql::new(context))
    }

    /// A commit's statements, in their order: marks of handled messages first, so that a repeated delivery is refused
    /// before anything else is tried.
    pub(crate) fn commit(
        &self,
        context: &'static str,
        (writes, events, handled): (Vec<Write>, Vec<DomainEvent>, Vec<Uuid>),
    ) -> Result<Vec<Step>, StoreError> {
        let sql = self.context(context);
        let mut steps =
            Vec::with_capacity(handled.len() + writes.len() * 2 + events.len().div_ceil(EVENTS_A_STATEMENT));
        for id in handled {
            steps.push(Step::any(Arc::clone(&sql.handle), vec![Value::Uuid(id)], "handled message"));
        }
        for write in writes {
            self.table(write.schema).steps(write, &mut steps)?;
        }
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            let mut binds = Vec::new();
            let mut rows = 0;
            for event in events.by_ref().take(EVENTS_A_STATEMENT) {
                event.check()?;
                push_event(&mut binds, event);
                rows += 1;
            }
            let text = sql.events.get(rows - 1).map(Arc::clone);
            steps.extend(text.map(|text| Step::any(text, binds, "event")));
        }
        Ok(steps)
    }
}

fn cached<T>(cache: &RwLock<HashMap<&'static str, Arc<T>>>, name: &'static str, make: impl FnOnce() -> T) -> Arc<T> {
    if let Some(found) = cache.read().get(name) {
        return Arc::clone(found);
    }
    let new = Arc::new(make());
    Arc::clone(cache.write().entry(name).or_insert(new))
}

fn push_event(binds: &mut Vec<Value>, event: DomainEvent) {
    binds.extend([
        Value::Uuid(event.id),
        Value::Text(event.aggregate_type.into_owned()),
        Value::Uuid(event.aggregate_id),
        Value::Int(i64::from(event.aggregate_revision)),
        Value::Text(event.event_type.into_owned()),
        Value::Text(event.actor),
        Value::Text(event.request_id),
        Value::Time(event.occurred_at),
        Value::Json(event.body),
    ]);
}
