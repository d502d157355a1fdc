//! The event logs.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use async_trait::async_trait;
use driveever_core::{
    error::StoreError,
    event::{DomainEvent, EventLog, EventQuery, StoredEvent},
    time::Timestamp,
    value::{Value, ValueError},
};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::{
    SqliteStore,
    filter::LIMIT,
    sql::{Cell, id_list},
    statement::{Effect, Step},
    transaction::Batch,
};

const KIND: &str = "event";

fn decode(context: &'static str, row: &SqliteRow) -> Result<StoredEvent, StoreError> {
    let read = || -> Result<StoredEvent, ValueError> {
        Ok(StoredEvent {
            position: number(row, 0)?,
            attempts: 0,
            event: DomainEvent {
                id: Cell::read(row, 1)?,
                context: Cow::Borrowed(context),
                aggregate_type: Cow::Owned(Cell::read(row, 2)?),
                aggregate_id: Cell::read(row, 3)?,
                aggregate_revision: number(row, 4)?,
                event_type: Cow::Owned(Cell::read(row, 5)?),
                actor: Cell::read(row, 6)?,
                request_id: Cell::read(row, 7)?,
                occurred_at: Timestamp::from_micros(Cell::read(row, 8)?),
                body: Cell::read(row, 9)?,
            },
        })
    };
    read().map_err(|source| StoreError::Corrupt { kind: KIND, source })
}

fn number<T: TryFrom<i64>>(row: &SqliteRow, position: usize) -> Result<T, ValueError> {
    let number = i64::read(row, position)?;
    T::try_from(number).map_err(|_| ValueError::new(std::any::type_name::<T>(), number))
}

/// How often the event at each place has been claimed.
fn attempts_of(claimed: &[SqliteRow]) -> Result<HashMap<u64, u32>, StoreError> {
    let read = |row| Ok((number(row, 0)?, number(row, 1)?));
    claimed.iter().map(read).collect::<Result<_, _>>().map_err(|source| StoreError::Corrupt { kind: KIND, source })
}

fn decode_all(context: &'static str, rows: &[SqliteRow]) -> Result<Vec<StoredEvent>, StoreError> {
    rows.iter().map(|row| decode(context, row)).collect()
}

/// The condition of a query on one log, its order and its limit.
pub(crate) fn conditions(query: &EventQuery) -> (String, Vec<Value>) {
    let mut conditions = Vec::new();
    let mut binds = Vec::new();
    let mut add = |condition: &'static str, value: Option<Value>| {
        if let Some(value) = value {
            conditions.push(condition);
            binds.push(value);
        }
    };
    let ids = (!query.ids.is_empty()).then(|| id_list(&query.ids));
    add("id IN (SELECT unhex(value) FROM json_each(?))", ids);
    add("actor = ?", query.actor.map(|actor| Value::Text(actor.to_string())));
    add("aggregate_type = ?", query.aggregate_type.clone().map(Value::Text));
    add("aggregate_id = ?", query.aggregate_id.map(Value::Uuid));
    add("event_type = ?", query.event_type.clone().map(Value::Text));
    add("occurred_at >= ?", query.from.map(Value::Time));
    add("occurred_at < ?", query.until.map(Value::Time));
    let beyond = if query.newest_first { "id < ?" } else { "id > ?" };
    add(beyond, query.after.map(Value::Uuid));
    let condition = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
    let direction = if query.newest_first { " DESC" } else { "" };
    binds.push(Value::Int(i64::from(query.limit)));
    (format!(" WHERE {condition} ORDER BY id{direction}{LIMIT}"), binds)
}

impl SqliteStore {
    async fn write_step(
        &self,
        sql: &Arc<str>,
        binds: Vec<Value>,
        effect: Effect,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let step = Step { sql: Arc::clone(sql), binds, kind: KIND, effect };
        self.writer.write(Batch::new(vec![step])?).await
    }
}

#[async_trait]
impl EventLog for SqliteStore {
    async fn claim(
        &self,
        context: &'static str,
        _worker: Uuid,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let sql = self.statements.context(context);
        // Relays ask all the time, and mostly there is nothing: that is answered without the writer.
        if self.readers.row(&sql.waiting, vec![Value::Time(now)], KIND).await?.is_none() {
            return Ok(Vec::new());
        }
        let binds = vec![Value::Time(lease), Value::Time(now), Value::Time(now), Value::Int(i64::from(limit))];
        let places = attempts_of(&self.write_step(&sql.claim, binds, Effect::Any).await?)?;
        let list = places.keys().copied().collect::<serde_json::Value>().to_string();
        // Read beside the writer, which has more to do. What cannot be read is claimed again when the lease ends.
        let mut claimed = decode_all(context, &self.readers.rows(&sql.claimed, vec![Value::Text(list)], KIND).await?)?;
        for event in &mut claimed {
            event.attempts = places.get(&event.position).copied().unwrap_or_default();
        }
        Ok(claimed)
    }

    async fn mark_published(&self, context: &'static str, events: &[Uuid]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let sql = self.statements.context(context);
        self.write_step(&sql.publish, vec![id_list(events)], Effect::Any).await.map(|_| ())
    }

    async fn postpone(&self, context: &'static str, events: &[Uuid], until: Timestamp) -> Result<(), StoreError> {
        let sql = self.statements.context(context);
        self.write_step(&sql.postpone, vec![Value::Time(until), id_list(events)], Effect::Any).await.map(|_| ())
    }

    async fn release(&self, context: &'static str) -> Result<(), StoreError> {
        let sql = self.statements.context(context);
        self.write_step(&sql.release, Vec::new(), Effect::Any).await.map(|_| ())
    }

    async fn unpublished(&self, context: &'static str) -> Result<u64, StoreError> {
        let sql = self.statements.context(context);
        self.count(&sql.unpublished, Vec::new(), KIND).await
    }

    async fn read(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, StoreError> {
        let (condition, binds) = conditions(query);
        let mut contexts = self.contexts();
        contexts.retain(|context| query.contexts.is_empty() || query.contexts.contains(context));
        let mut found = Vec::new();
        for context in contexts {
            let sql = format!("{}{condition}", self.statements.context(context).select).into();
            let rows = self.readers.rows(&sql, binds.clone(), KIND).await?;
            found.extend(decode_all(context, &rows)?);
        }
        found.sort_unstable_by_key(|stored| stored.event.id);
        if query.newest_first {
            found.reverse();
        }
        found.truncate(query.limit as usize);
        Ok(found)
    }

    async fn replay(&self, context: &'static str, after: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let sql = self.statements.context(context);
        let after = Value::Int(i64::try_from(after).unwrap_or(i64::MAX));
        let rows = self.readers.rows(&sql.replay, vec![after, Value::Int(i64::from(limit))], KIND).await?;
        decode_all(context, &rows)
    }
}
