//! What storage keeps: entities, and the rows that they map to.
//!
//! An entity is declared once, with [`entity!`](crate::entity!): its fields, its table, what is unique and what is looked
//! up. From that follow its typed [`Field`](crate::query::Field)s for filters and its row for the adapters, so that an
//! adapter needs no code per entity. Two kinds exist: *versioned* ones, which change under optimistic concurrency and are
//! soft-deleted, and *append-only* ones, which are written once.
//!
//! Why rows and not a serialised document: storage can then filter, sort and constrain by typed columns, and another
//! tool can read the tables.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    id::Id,
    time::Timestamp,
    value::{Column, ColumnType, Sortable, Value, ValueError},
};

/// How often an entity was written: 1 when it is created, one more with each change.
///
/// An update names the revision that it read; when storage has another one, the update is refused, so that nobody
/// overwrites what they have not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u32);

impl Revision {
    /// That of a new entity.
    pub const FIRST: Self = Self(1);

    /// From its number, which is at least 1.
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// Its number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The one that follows.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Column for Revision {
    const TYPE: ColumnType = ColumnType::Int;

    fn to_value(&self) -> Value {
        Value::Int(i64::from(self.0))
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        let number = u32::from_value(value)?;
        Self::new(number).ok_or_else(|| ValueError::new("a revision of at least 1", number))
    }
}
impl Sortable for Revision {}

/// A bounded context: whose tables, events and inbox they are. No context touches another's.
pub trait Context: Send + Sync + 'static {
    /// Its name, which is also the prefix of its tables: `prompt`.
    const NAME: &'static str;
}

/// One column of an entity's table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// The field's name, in snake case, in code and table alike.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: ColumnType,
    /// Whether null is allowed.
    pub nullable: bool,
}

impl ColumnSpec {
    /// The column for a field of type `T`.
    pub const fn of<T: Column>(name: &'static str) -> Self {
        Self { name, kind: T::TYPE, nullable: T::NULLABLE }
    }
}

/// An entity's table, as every adapter needs to know it.
#[derive(Debug)]
pub struct Schema {
    /// The context that owns it.
    pub context: &'static str,
    /// What one row is, for messages: `prompt`.
    pub kind: &'static str,
    /// The table: `prompt_prompts`.
    pub table: &'static str,
    /// Whether rows change under a revision and are soft-deleted. Such a table's columns begin with `id`, `revision`,
    /// `deleted_at`; an append-only one's with `id`.
    pub versioned: bool,
    /// The columns, in the order of the row.
    pub columns: &'static [ColumnSpec],
    /// Sets of columns whose values no two rows share; soft-deleted rows and rows with a null there do not count.
    pub unique: &'static [&'static [&'static str]],
    /// Columns by which rows are looked up; the in-memory adapter indexes them, SQL migrations hold their own indexes.
    pub lookup: &'static [&'static str],
    /// Text columns, and JSON lists of text, that a text search covers.
    pub search: &'static [&'static str],
}

impl Schema {
    /// The place of a column in the row.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|spec| spec.name == column)
    }

    /// Refuses a row that not every store could keep; each adapter asks this before it writes one.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`] for a value that [`Value::refusal`] names.
    pub fn check(&self, row: &[Value]) -> Result<(), StoreError> {
        let mut refusals = self.columns.iter().zip(row).filter_map(|(spec, value)| Some((spec, value.refusal()?)));
        refusals.next().map_or(Ok(()), |(spec, why)| {
            Err(StoreError::Unstorable { kind: self.kind, detail: format!("{} {why}", spec.name) })
        })
    }
}

/// A row, in the order of [`Schema::columns`].
pub type Row = Vec<Value>;

/// Something that storage keeps, with an identity.
pub trait Entity: Clone + fmt::Debug + Send + Sync + 'static {
    /// The context that owns it.
    type Context: Context;
    /// Its table.
    const SCHEMA: &'static Schema;

    /// Its id.
    fn id(&self) -> Id<Self>;

    /// To storage.
    fn to_row(&self) -> Row;

    /// From storage.
    fn from_row(row: Row) -> Result<Self, ValueError>;
}

/// An entity that changes: under a revision, and with soft deletion.
pub trait Versioned: Entity {
    /// Its revision.
    fn revision(&self) -> Revision;

    /// Sets it; called by [`Changes`](crate::changes::Changes) when a change is written down.
    fn set_revision(&mut self, revision: Revision);

    /// When it was deleted; absent while it lives.
    fn deleted_at(&self) -> Option<Timestamp>;

    /// Marks it deleted or living.
    fn set_deleted_at(&mut self, at: Option<Timestamp>);
}

/// Takes a row apart, column by column, for [`Entity::from_row`].
#[derive(Debug)]
pub struct RowReader {
    values: std::vec::IntoIter<Value>,
    columns: std::slice::Iter<'static, ColumnSpec>,
}

impl RowReader {
    /// Reads a row of this schema.
    pub fn new(schema: &'static Schema, row: Row) -> Self {
        Self { values: row.into_iter(), columns: schema.columns.iter() }
    }

    /// The next column.
    pub fn read<T: Column>(&mut self) -> Result<T, ValueError> {
        let name = self.columns.next().map_or("a column past the last", |spec| spec.name);
        let value = self.values.next().ok_or_else(|| ValueError::new(format!("column {name}"), "the row's end"))?;
        T::from_value(value).map_err(|error| ValueError::new(format!("in column {name}: {error}"), "the stored row"))
    }
}

/// Declares an entity: the struct as it stands, its typed fields, and its mapping to a row.
///
/// ```
/// use driveever_core::{entity, entity::{Context, Entity, Revision}, id::Id, time::Timestamp};
///
/// /// A garage.
/// pub struct Garage;
/// impl Context for Garage { const NAME: &'static str = "garage"; }
///
/// entity! {
///     /// A bay for one vehicle.
///     #[derive(PartialEq)]
///     pub struct Bay in Garage as versioned "bay" in "garage_bays" {
///         unique [["number"]],
///         lookup ["occupied"],
///         search ["note"],
///     } {
///         /// Its number over the door.
///         pub number: u32 => NUMBER,
///         /// Whether a vehicle is in it.
///         pub occupied: bool => OCCUPIED,
///         /// What the fitters should know.
///         pub note: Option<String> => NOTE,
///     }
/// }
///
/// let bay = Bay { id: Id::new(uuid::Uuid::nil()), revision: Revision::FIRST, deleted_at: None, number: 1, occupied: false, note: None };
/// assert_eq!(Bay::from_row(bay.to_row()), Ok(bay));
/// ```
#[macro_export]
macro_rules! entity {
    (
        $(#[$meta:meta])*
        pub struct $name:ident in $context:ty as versioned $kind:literal in $table:literal {
            unique [$([$($unique:literal),+]),*], lookup [$($lookup:literal),*], search [$($search:literal),*] $(,)?
        } {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty => $constant:ident),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Identity.
            pub id: $crate::id::Id<$name>,
            /// How often it was written.
            pub revision: $crate::entity::Revision,
            /// When it was deleted; absent while it lives.
            pub deleted_at: Option<$crate::time::Timestamp>,
            $($(#[$field_meta])* pub $field: $type),+
        }

        impl $name {
            /// The field `revision`.
            pub const REVISION: $crate::query::Field<Self, $crate::entity::Revision> = $crate::query::Field::new("revision");
            /// The field `deleted_at`.
            pub const DELETED_AT: $crate::query::Field<Self, Option<$crate::time::Timestamp>> = $crate::query::Field::new("deleted_at");
        }

        $crate::entity!(@common $name, $context, $kind, $table, true,
            [id: $crate::id::Id<$name>, revision: $crate::entity::Revision, deleted_at: Option<$crate::time::Timestamp>],
            [$([$($unique),+]),*], [$($lookup),*], [$($search),*], [$($field: $type => $constant),+]);

        impl $crate::entity::Versioned for $name {
            fn revision(&self) -> $crate::entity::Revision {
                self.revision
            }
            fn set_revision(&mut self, revision: $crate::entity::Revision) {
                self.revision = revision;
            }
            fn deleted_at(&self) -> Option<$crate::time::Timestamp> {
                self.deleted_at
            }
            fn set_deleted_at(&mut self, at: Option<$crate::time::Timestamp>) {
                self.deleted_at = at;
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident in $context:ty as append_only $kind:literal in $table:literal {
            unique [$([$($unique:literal),+]),*], lookup [$($lookup:literal),*], search [$($search:literal),*] $(,)?
        } {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty => $constant:ident),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Identity.
            pub id: $crate::id::Id<$name>,
            $($(#[$field_meta])* pub $field: $type),+
        }

        $crate::entity!(@common $name, $context, $kind, $table, false, [id: $crate::id::Id<$name>],
            [$([$($unique),+]),*], [$($lookup),*], [$($search),*], [$($field: $type => $constant),+]);
    };
    (@common $name:ident, $context:ty, $kind:literal, $table:literal, $versioned:literal, [$($own:ident: $own_type:ty),+],
        [$([$($unique:literal),+]),*], [$($lookup:literal),*], [$($search:literal),*],
        [$($field:ident: $type:ty => $constant:ident),+]) => {
        impl $name {
            /// The field `id`.
            pub const ID: $crate::query::Field<Self, $crate::id::Id<Self>> = $crate::query::Field::new("id");
            $(
                #[doc = concat!("The field `", stringify!($field), "`.")]
                pub const $constant: $crate::query::Field<Self, $type> = $crate::query::Field::new(stringify!($field));
            )+
        }

        impl $crate::entity::Entity for $name {
            type Context = $context;
            const SCHEMA: &'static $crate::entity::Schema = &$crate::entity::Schema {
                context: <$context as $crate::entity::Context>::NAME,
                kind: $kind,
                table: $table,
                versioned: $versioned,
                columns: &[
                    $($crate::entity::ColumnSpec::of::<$own_type>(stringify!($own)),)+
                    $($crate::entity::ColumnSpec::of::<$type>(stringify!($field)),)+
                ],
                unique: &[$(&[$($unique),+]),*],
                lookup: &[$($lookup),*],
                search: &[$($search),*],
            };

            fn id(&self) -> $crate::id::Id<Self> {
                self.id
            }

            fn to_row(&self) -> $crate::entity::Row {
                use $crate::value::Column as _;
                vec![$(self.$own.to_value(),)+ $(self.$field.to_value(),)+]
            }

            fn from_row(row: $crate::entity::Row) -> Result<Self, $crate::value::ValueError> {
                let mut reader = $crate::entity::RowReader::new(Self::SCHEMA, row);
                Ok(Self { $($own: reader.read()?,)+ $($field: reader.read()?,)+ })
            }
        }
    };
}
