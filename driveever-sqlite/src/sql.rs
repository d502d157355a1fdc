//! Values to SQLite's parameters and rows back to values.

use chrono::NaiveDate;
use driveever_core::{
    entity::{Entity, Row as CoreRow, Schema},
    error::StoreError,
    time::Timestamp,
    value::{ColumnType, Value, ValueError},
};
use sqlx::{
    Arguments as _, Decode, Row as _, Sqlite, ValueRef as _,
    sqlite::{SqliteArguments, SqliteRow, SqliteValueRef},
};
use uuid::Uuid;

use crate::error::unavailable;

/// Binds values in their order.
pub(crate) fn arguments(values: impl IntoIterator<Item = Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        bind(&mut arguments, value)
            .map_err(|error| unavailable("a value cannot be bound", sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

fn bind(arguments: &mut SqliteArguments, value: Value) -> Result<(), sqlx::error::BoxDynError> {
    match value {
        Value::Null => arguments.add(None::<i64>),
        Value::Bool(value) => arguments.add(i64::from(value)),
        Value::Int(value) => arguments.add(value),
        Value::Real(value) => arguments.add(value),
        Value::Text(value) | Value::Json(value) => arguments.add(value),
        Value::Uuid(value) => arguments.add(value.into_bytes().to_vec()),
        Value::Time(value) => arguments.add(value.as_micros()),
        Value::Date(value) => arguments.add(value.to_string()),
    }
}

/// An entity from a row with its schema's columns in order.
pub(crate) fn entity<E: Entity>(row: &SqliteRow) -> Result<E, StoreError> {
    values(E::SCHEMA, row, 0)
        .and_then(E::from_row)
        .map_err(|source| StoreError::Corrupt { kind: E::SCHEMA.kind, source })
}

/// A row with its schema's columns in order, the first of them at a position.
pub(crate) fn values(schema: &Schema, row: &SqliteRow, first: usize) -> Result<CoreRow, ValueError> {
    let columns = schema.columns.iter().enumerate();
    columns.map(|(position, spec)| value(row, first + position, spec.kind)).collect()
}

fn value(row: &SqliteRow, position: usize, kind: ColumnType) -> Result<Value, ValueError> {
    let raw = row.try_get_raw(position).map_err(|error| misfit(kind, &error))?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match kind {
        ColumnType::Bool => Value::Bool(decode::<i64>(raw)? != 0),
        ColumnType::Int => Value::Int(decode(raw)?),
        ColumnType::Real => Value::Real(decode(raw)?),
        ColumnType::Text => Value::Text(decode(raw)?),
        ColumnType::Json => Value::Json(decode(raw)?),
        ColumnType::Uuid => Value::Uuid(uuid(raw)?),
        ColumnType::Time => Value::Time(Timestamp::from_micros(decode(raw)?)),
        ColumnType::Date => {
            let text = decode::<&str>(raw)?;
            Value::Date(text.parse::<NaiveDate>().map_err(|_| ValueError::new("a day", text))?)
        }
    })
}

fn uuid(raw: SqliteValueRef<'_>) -> Result<Uuid, ValueError> {
    let bytes = decode::<&[u8]>(raw)?;
    Uuid::from_slice(bytes).map_err(|_| ValueError::new("16 bytes of a UUID", bytes))
}

fn decode<'r, T: Decode<'r, Sqlite>>(raw: SqliteValueRef<'r>) -> Result<T, ValueError> {
    T::decode(raw).map_err(|error| ValueError::new(std::any::type_name::<T>(), error.to_string()))
}

fn misfit(expected: impl std::fmt::Debug, error: &sqlx::Error) -> ValueError {
    ValueError::new(format!("{expected:?}"), error.to_string())
}

/// One column of a row that has no schema.
pub(crate) trait Cell: Sized {
    /// Reads the column at a position.
    fn read(row: &SqliteRow, position: usize) -> Result<Self, ValueError>;
}

macro_rules! plain_cell {
    ($($type:ty),+) => {$(
        impl Cell for $type {
            fn read(row: &SqliteRow, position: usize) -> Result<Self, ValueError> {
                decode(row.try_get_raw(position).map_err(|error| misfit(stringify!($type), &error))?)
            }
        }
    )+};
}
plain_cell!(i64, String);

impl Cell for Uuid {
    fn read(row: &SqliteRow, position: usize) -> Result<Self, ValueError> {
        uuid(row.try_get_raw(position).map_err(|error| misfit("a UUID", &error))?)
    }
}

/// Many ids as one parameter, for `IN (SELECT unhex(value) FROM json_each(?))`: the statement's text stays the same
/// however many there are.
pub(crate) fn id_list<'a>(ids: impl IntoIterator<Item = &'a Uuid>) -> Value {
    let mut list = String::from("[");
    for id in ids {
        if list.len() > 1 {
            list.push(',');
        }
        list.push('"');
        list.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        list.push('"');
    }
    list.push(']');
    Value::Json(list)
}
