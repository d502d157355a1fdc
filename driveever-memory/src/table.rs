//! One entity's rows and their indexes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use driveever_core::{
    changes::RowOperation,
    entity::{Revision, Row, Schema},
    error::StoreError,
    value::{Column, Value},
};
use uuid::Uuid;

const REVISION: usize = 1;
const DELETED_AT: usize = 2;

/// Rows by id, with indexes over the schema's unique and look-up columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: BTreeMap<Uuid, Row>,
    unique: HashMap<(usize, Vec<Value>), Uuid>,
    lookup: HashMap<(&'static str, Value), BTreeSet<Uuid>>,
}

/// What undoes one applied operation.
#[derive(Debug)]
pub(crate) struct Undo {
    id: Uuid,
    before: Option<Row>,
}

impl Table {
    pub(crate) fn get(&self, id: Uuid) -> Option<&Row> {
        self.rows.get(&id)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Rows with this value in a look-up column.
    pub(crate) fn rows_where(&self, column: &'static str, value: &Value) -> impl Iterator<Item = &Row> {
        let ids = self.lookup.get(&(column, value.clone()));
        ids.into_iter().flatten().filter_map(|id| self.rows.get(id))
    }

    /// Applies one operation, or refuses it and leaves the table as it was.
    pub(crate) fn apply(
        &mut self,
        schema: &'static Schema,
        operation: RowOperation,
    ) -> Result<Option<Undo>, StoreError> {
        match operation {
            RowOperation::Insert(row) => {
                schema.check(&row)?;
                let id = id_of(&row).unwrap_or_default();
                if self.rows.contains_key(&id) {
                    return Err(StoreError::Duplicate { kind: schema.kind, columns: "id".to_owned() });
                }
                self.replace(schema, id, Some(row)).map(Some)
            }
            RowOperation::Update { row, from } => {
                schema.check(&row)?;
                let id = id_of(&row).unwrap_or_default();
                self.expect(schema, id, from, false)?;
                self.replace(schema, id, Some(row)).map(Some)
            }
            RowOperation::SoftDelete { id, from, at } => {
                let mut row = self.expect(schema, id, from, false)?.clone();
                stamp(&mut row, from, Value::Time(at));
                self.replace(schema, id, Some(row)).map(Some)
            }
            RowOperation::Restore { id, from } => {
                let mut row = self.expect(schema, id, from, true)?.clone();
                stamp(&mut row, from, Value::Null);
                self.replace(schema, id, Some(row)).map(Some)
            }
            RowOperation::Delete { id } if self.rows.contains_key(&id) => self.replace(schema, id, None).map(Some),
            RowOperation::Delete { .. } => Ok(None),
        }
    }

    /// Takes an applied operation back.
    pub(crate) fn undo(&mut self, schema: &'static Schema, undo: Undo) {
        self.unindex(schema, undo.id);
        if let Some(row) = undo.before {
            self.index(schema, undo.id, &row);
            self.rows.insert(undo.id, row);
        } else {
            self.rows.remove(&undo.id);
        }
    }

    fn expect(&self, schema: &'static Schema, id: Uuid, from: Revision, deleted: bool) -> Result<&Row, StoreError> {
        let row = self.rows.get(&id).ok_or(StoreError::Missing { kind: schema.kind, id })?;
        let current = row.get(REVISION) == Some(&from.to_value());
        let is_deleted = row.get(DELETED_AT).is_some_and(|at| !at.is_null());
        if current && is_deleted == deleted { Ok(row) } else { Err(StoreError::Stale { kind: schema.kind, id }) }
    }

    fn replace(&mut self, schema: &'static Schema, id: Uuid, row: Option<Row>) -> Result<Undo, StoreError> {
        if let Some(row) = &row {
            for (place, columns) in schema.unique.iter().enumerate() {
                let taken = unique_key(schema, row, columns).and_then(|key| self.unique.get(&(place, key)));
                if taken.is_some_and(|owner| *owner != id) {
                    return Err(StoreError::Duplicate { kind: schema.kind, columns: columns.join(", ") });
                }
            }
        }
        self.unindex(schema, id);
        let before = match row {
            Some(row) => {
                self.index(schema, id, &row);
                self.rows.insert(id, row)
            }
            None => self.rows.remove(&id),
        };
        Ok(Undo { id, before })
    }

    fn index(&mut self, schema: &'static Schema, id: Uuid, row: &Row) {
        for (place, columns) in schema.unique.iter().enumerate() {
            if let Some(key) = unique_key(schema, row, columns) {
                self.unique.insert((place, key), id);
            }
        }
        for column in schema.lookup {
            if let Some(value) = schema.position(column).and_then(|position| row.get(position)) {
                self.lookup.entry((column, value.clone())).or_default().insert(id);
            }
        }
    }

    fn unindex(&mut self, schema: &'static Schema, id: Uuid) {
        let Some(row) = self.rows.get(&id) else { return };
        for (place, columns) in schema.unique.iter().enumerate() {
            if let Some(key) = unique_key(schema, row, columns) {
                self.unique.remove(&(place, key));
            }
        }
        for column in schema.lookup {
            let Some(value) = schema.position(column).and_then(|position| row.get(position)) else { continue };
            let key = (*column, value.clone());
            if let Some(ids) = self.lookup.get_mut(&key) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.lookup.remove(&key);
                }
            }
        }
    }
}

fn id_of(row: &Row) -> Option<Uuid> {
    match row.first() {
        Some(Value::Uuid(id)) => Some(*id),
        _ => None,
    }
}

fn stamp(row: &mut Row, from: Revision, deleted_at: Value) {
    if let Some(revision) = row.get_mut(REVISION) {
        *revision = from.next().to_value();
    }
    if let Some(deleted) = row.get_mut(DELETED_AT) {
        *deleted = deleted_at;
    }
}

/// The values that must be unique; none when the row is deleted or one of them is null.
fn unique_key(schema: &Schema, row: &Row, columns: &[&str]) -> Option<Vec<Value>> {
    if schema.versioned && row.get(DELETED_AT).is_some_and(|at| !at.is_null()) {
        return None;
    }
    let value = |column: &&str| row.get(schema.position(column)?).filter(|value| !value.is_null()).cloned();
    columns.iter().map(value).collect()
}
