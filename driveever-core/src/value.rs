//! What storage keeps in a column: [`Value`], and how Rust types travel to it and back ([`Column`]).
//!
//! An entity maps once to a row of values (see [`entity`](mod@crate::entity)); a filter compares values; an adapter binds
//! and reads the nine kinds of value in its own types. No type of a database appears here.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{id::Id, time::Timestamp};

/// A column's content.
///
/// Values are totally ordered, so that the in-memory adapter sorts as SQL does: by kind ([`Value::Null`] first), then by
/// content; text by its bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number; the two zeros are one.
    Real(f64),
    /// Text without NUL.
    Text(String),
    /// A UUID.
    Uuid(Uuid),
    /// A point in time.
    Time(Timestamp),
    /// A day in the years 0000 to 9999.
    Date(NaiveDate),
    /// Free-form data as JSON text, without NUL in its strings; compared as text here, as a value by the conformance suite.
    Json(String),
}

impl Value {
    const fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Real(_) => 3,
            Self::Text(_) => 4,
            Self::Uuid(_) => 5,
            Self::Time(_) => 6,
            Self::Date(_) => 7,
            Self::Json(_) => 8,
        }
    }

    /// Whether there is nothing.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is of this kind; null is of none.
    pub const fn is_of(&self, kind: ColumnType) -> bool {
        matches!(
            (self, kind),
            (Self::Bool(_), ColumnType::Bool)
                | (Self::Int(_), ColumnType::Int)
                | (Self::Real(_), ColumnType::Real)
                | (Self::Text(_), ColumnType::Text)
                | (Self::Uuid(_), ColumnType::Uuid)
                | (Self::Time(_), ColumnType::Time)
                | (Self::Date(_), ColumnType::Date)
                | (Self::Json(_), ColumnType::Json)
        )
    }

    /// Why no store keeps this value, when that is so. What one database cannot hold none may: text with NUL (PostgreSQL
    /// refuses it, C interfaces cut at it), numbers that are not finite, days whose text does not sort.
    pub fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Real(number) if !number.is_finite() => Some("must be a finite number"),
            Self::Text(text) if text.contains('\0') => Some("must not contain NUL"),
            Self::Date(day) if !(0..=9999).contains(&day.year()) => Some("must lie in the years 0000 to 9999"),
            Self::Json(json) if holds_nul(json) => Some("must not contain NUL"),
            _ => None,
        }
    }
}

/// Whether a JSON text holds NUL, bare or as the escape that is the only way to write it.
fn holds_nul(json: &str) -> bool {
    let mut rest = json;
    if rest.contains('\0') {
        return true;
    }
    while let Some(at) = rest.find('\\') {
        let escape = rest.get(at + 1..).unwrap_or_default();
        if escape.starts_with("u0000") {
            return true;
        }
        // What is escaped may itself be a backslash, which escapes nothing further.
        rest = escape.char_indices().nth(1).map_or("", |(next, _)| escape.get(next..).unwrap_or_default());
    }
    false
}

/// The same number, and the positive of the two zeros: databases keep one of them only.
fn one_zero(number: f64) -> f64 {
    number + 0.0
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Real(a), Self::Real(b)) => one_zero(*a).total_cmp(&one_zero(*b)),
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a.cmp(b),
            (Self::Uuid(a), Self::Uuid(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}
impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Value {}
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Real(value) => one_zero(*value).to_bits().hash(state),
            Self::Text(value) | Self::Json(value) => value.hash(state),
            Self::Uuid(value) => value.hash(state),
            Self::Time(value) => value.hash(state),
            Self::Date(value) => value.hash(state),
        }
    }
}

/// The kind of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// [`Value::Bool`].
    Bool,
    /// [`Value::Int`].
    Int,
    /// [`Value::Real`].
    Real,
    /// [`Value::Text`].
    Text,
    /// [`Value::Uuid`].
    Uuid,
    /// [`Value::Time`].
    Time,
    /// [`Value::Date`].
    Date,
    /// [`Value::Json`].
    Json,
}

/// What was read does not fit the type that it should become: the database holds what this version never wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct ValueError {
    expected: String,
    found: String,
}

impl ValueError {
    /// Says what was expected and what was found. The found value's text is cut to 40 characters.
    pub fn new(expected: impl fmt::Display, found: impl fmt::Debug) -> Self {
        let found = format!("{found:?}").chars().take(40).collect();
        Self { expected: expected.to_string(), found }
    }
}

/// A type that one column can keep.
pub trait Column: Sized {
    /// The kind of value.
    const TYPE: ColumnType;
    /// Whether [`Value::Null`] may stand for it.
    const NULLABLE: bool = false;

    /// To storage.
    fn to_value(&self) -> Value;

    /// From storage.
    fn from_value(value: Value) -> Result<Self, ValueError>;
}

/// A column type whose values have one order everywhere and are never null, so that a list may be sorted by it and a
/// page may go on after it.
pub trait Sortable: Column {}

macro_rules! plain_column {
    ($type:ty, $variant:ident) => {
        impl Column for $type {
            const TYPE: ColumnType = ColumnType::$variant;

            fn to_value(&self) -> Value {
                Value::$variant(self.clone())
            }

            fn from_value(value: Value) -> Result<Self, ValueError> {
                match value {
                    Value::$variant(value) => Ok(value),
                    other => Err(ValueError::new(stringify!($variant), other)),
                }
            }
        }
        impl Sortable for $type {}
    };
}
plain_column!(bool, Bool);
plain_column!(i64, Int);
plain_column!(f64, Real);
plain_column!(String, Text);
plain_column!(Uuid, Uuid);
plain_column!(Timestamp, Time);
plain_column!(NaiveDate, Date);

macro_rules! integer_column {
    ($($type:ty),+) => {$(
        impl Column for $type {
            const TYPE: ColumnType = ColumnType::Int;

            fn to_value(&self) -> Value {
                // Beyond i64 a count is not meant to get; it stays at the largest that storage holds.
                Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
            }

            fn from_value(value: Value) -> Result<Self, ValueError> {
                match value {
                    Value::Int(value) => Self::try_from(value).map_err(|_| ValueError::new(stringify!($type), value)),
                    other => Err(ValueError::new(stringify!($type), other)),
                }
            }
        }
        impl Sortable for $type {}
    )+};
}
integer_column!(u8, u16, u32, u64, i32);

impl<E> Column for Id<E> {
    const TYPE: ColumnType = ColumnType::Uuid;

    fn to_value(&self) -> Value {
        Value::Uuid(self.uuid())
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        Uuid::from_value(value).map(Self::new)
    }
}
impl<E> Sortable for Id<E> {}

impl<T: Column> Column for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Column::to_value)
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// To a JSON column. Serialisation of our own types cannot fail; should a map with keys that are no text ever try, null
/// is stored and reading it back reports the fault.
pub fn to_json_value<T: Serialize>(value: &T) -> Value {
    Value::Json(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()))
}

/// From a JSON column.
pub fn from_json_value<T: DeserializeOwned>(value: Value) -> Result<T, ValueError> {
    match value {
        Value::Json(text) => {
            serde_json::from_str(&text).map_err(|error| ValueError::new(std::any::type_name::<T>(), error.to_string()))
        }
        other => Err(ValueError::new("Json", other)),
    }
}

/// Lets types with `Serialize` and `DeserializeOwned` be kept in a JSON column.
#[macro_export]
macro_rules! json_column {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::value::Column for $type {
            const TYPE: $crate::value::ColumnType = $crate::value::ColumnType::Json;

            fn to_value(&self) -> $crate::value::Value {
                $crate::value::to_json_value(self)
            }

            fn from_value(value: $crate::value::Value) -> Result<Self, $crate::value::ValueError> {
                $crate::value::from_json_value(value)
            }
        }
    )+};
}

/// Lets types with `Display` and `FromStr`, each the other's inverse, be kept in a text column.
#[macro_export]
macro_rules! text_column {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::value::Column for $type {
            const TYPE: $crate::value::ColumnType = $crate::value::ColumnType::Text;

            fn to_value(&self) -> $crate::value::Value {
                $crate::value::Value::Text(self.to_string())
            }

            fn from_value(value: $crate::value::Value) -> Result<Self, $crate::value::ValueError> {
                let text = <String as $crate::value::Column>::from_value(value)?;
                text.parse().map_err(|_| $crate::value::ValueError::new(stringify!($type), text))
            }
        }
        impl $crate::value::Sortable for $type {}
    )+};
}

json_column!(Vec<String>, serde_json::Value, serde_json::Map<String, serde_json::Value>);
text_column!(semver::Version);

impl Column for iso_currency::Currency {
    const TYPE: ColumnType = ColumnType::Text;

    fn to_value(&self) -> Value {
        Value::Text(self.code().to_owned())
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        let code = String::from_value(value)?;
        Self::from_code(&code).ok_or_else(|| ValueError::new("an ISO 4217 code", code))
    }
}

/// Defines an enumeration that is spelled the same in JSON, storage and text.
///
/// Each variant has its spelling; `ALL`, `as_str`, `Display`, `FromStr`, serde and [`Column`] follow from it.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is spelled in JSON and storage.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::value::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::value::UnknownName::new(&[$($text),+])),
                }
            }
        }

        $crate::text_column!($name);
    };
}

/// A name that is none of those known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName(&'static [&'static str]);

impl UnknownName {
    /// Known names, for the message.
    pub const fn new(known: &'static [&'static str]) -> Self {
        Self(known)
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be one of: {}", self.0.join(", "))
    }
}

impl std::error::Error for UnknownName {}

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro is meant for public types")]
    use super::*;

    text_enum! {
        /// For this test.
        pub enum Colour {
            /// R.
            Red = "red",
            /// G.
            DarkGreen = "dark_green",
        }
    }

    #[test]
    fn an_enumeration_has_one_spelling() {
        assert_eq!(Colour::DarkGreen.to_value(), Value::Text("dark_green".into()));
        assert_eq!(Colour::from_value(Value::Text("red".into())), Ok(Colour::Red));
        assert_eq!(serde_json::to_string(&Colour::DarkGreen).unwrap(), "\"dark_green\"");
        assert_eq!("blue".parse::<Colour>().unwrap_err().to_string(), "must be one of: red, dark_green");
        assert_eq!(Colour::ALL.len(), 2);
    }

    #[test]
    fn wrong_kinds_and_ranges_are_errors() {
        assert!(bool::from_value(Value::Int(1)).is_err());
        assert!(u32::from_value(Value::Int(-1)).is_err());
        assert!(String::from_value(Value::Null).is_err());
        assert_eq!(Option::<String>::from_value(Value::Null), Ok(None));
    }

    #[test]
    fn what_some_database_cannot_keep_is_refused() {
        for bad in [
            Value::Real(f64::NAN),
            Value::Real(f64::NEG_INFINITY),
            Value::Text("a\0b".into()),
            Value::Json(r#"["a\u0000"]"#.into()),
            Value::Json(r#"["\\\u0000"]"#.into()),
            Value::Date(NaiveDate::MAX),
            Value::Date(NaiveDate::MIN),
        ] {
            assert!(bad.refusal().is_some(), "{bad:?}");
        }
        for good in [
            Value::Null,
            Value::Real(f64::MAX),
            Value::Text("u0000".into()),
            Value::Json(r#"["\\u0000", "\n\u0001"]"#.into()),
            Value::Json("\"\\".into()),
        ] {
            assert_eq!(good.refusal(), None, "{good:?}");
        }
    }

    #[test]
    fn there_is_one_zero() {
        assert_eq!(Value::Real(-0.0), Value::Real(0.0));
        assert!(Value::Real(-0.0) > Value::Real(-f64::MIN_POSITIVE));
    }

    #[test]
    fn json_columns_round_trip() {
        let tags = vec!["a".to_owned(), "ß \u{1f697}".to_owned()];
        assert_eq!(Vec::<String>::from_value(tags.to_value()), Ok(tags));
        assert!(Vec::<String>::from_value(Value::Json("{".into())).is_err());
    }
}
