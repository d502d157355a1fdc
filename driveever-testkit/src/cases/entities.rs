//! Rows of DriveEver's own entities, for cases that hold for every entity.
//!
//! A row is filled by its schema, each column with a value of its own, so that one that is written or read in another's
//! place is noticed; what a column's type wants beyond its kind is given by name. An entity that gains a plain column needs
//! no change here; a new entity has to be named in the list, or a test of this crate fails.

use std::fmt::Debug;

use driveever_core::{
    ai::{AiResponse, Feedback, FeedbackHistory},
    analytics::Projection,
    changes::Changes,
    entity::{ColumnSpec, Entity, Schema, Versioned},
    error::StoreError,
    event::ParkedMessage,
    idempotency::IdempotencyRecord,
    notification::{Notification, Preferences, Ticket},
    order::{AdviceSaga, LedgerAccount, LedgerTransaction, Order, OrderItem, OrderTransition},
    prompt::{
        CategoryPerformance, Exposure, Label, LabelMove, Prompt, PromptCategory, PromptVersion, VersionPerformance,
    },
    query::{Deleted, Query},
    repository::{Repository, RepositoryExt},
    user::{AdminRoster, Credential, Erasure, RefreshToken, Session, SigningKey, User},
    value::{ColumnType, Value},
    vehicle::Vehicle,
};

use crate::sample::{time, uuid};

/// An entity with this number, the named columns as given, and every other one filled by its kind; optional ones are
/// null when the number is even.
///
/// # Panics
/// When a column wants more than its kind: name it.
pub fn fixture<E: Entity>(number: u64, named: &[(&str, Value)]) -> E {
    let row = (0_u64..).zip(E::SCHEMA.columns).map(|(position, spec)| {
        let given = named.iter().find(|(name, _)| *name == spec.name);
        given.map_or_else(|| filled(position, spec, number), |(_, value)| value.clone())
    });
    E::from_row(row.collect()).unwrap_or_else(|error| panic!("fixture of a {}: {error}", E::SCHEMA.kind))
}

/// A value for a column, different from those of its neighbours.
fn filled(position: u64, spec: &ColumnSpec, number: u64) -> Value {
    let own = position + number % 100;
    let small = u8::try_from(own).unwrap();
    match (spec.name, spec.kind) {
        ("id", _) => Value::Uuid(uuid(number)),
        ("revision", _) => Value::Int(1),
        ("deleted_at", _) => Value::Null,
        _ if is_null(spec, number) => Value::Null,
        (_, ColumnType::Bool) => Value::Bool(own.is_multiple_of(2)),
        (_, ColumnType::Int) => Value::Int(small.into()),
        (_, ColumnType::Real) => Value::Real(f64::from(small) / 4.0),
        (name, ColumnType::Text) => Value::Text(format!("{name} {number}")),
        (_, ColumnType::Uuid) => Value::Uuid(uuid(number + 10_000 * (position + 1))),
        (_, ColumnType::Time) => Value::Time(time(number + 10_000 * (position + 1))),
        (_, ColumnType::Date) => Value::Date(chrono::NaiveDate::default() + chrono::Days::new(own)),
        (_, ColumnType::Json) if spec.nullable => Value::Null,
        (_, ColumnType::Json) => Value::Json("[]".to_owned()),
    }
}

const fn is_null(spec: &ColumnSpec, number: u64) -> bool {
    spec.nullable && number.is_multiple_of(2)
}

/// A column's name, and its value by the number of the row.
type Named = (&'static str, fn(u64) -> Value);

/// The same, with values by number for the named columns.
fn numbered<E: Entity>(number: u64, named: &[Named]) -> E {
    let value = |(name, value): &Named| {
        let position = E::SCHEMA.position(name).unwrap_or_else(|| panic!("a {} has no {name}", E::SCHEMA.kind));
        let null = is_null(&E::SCHEMA.columns[position], number);
        (*name, if null { Value::Null } else { value(number) })
    };
    fixture(number, &named.iter().map(value).collect::<Vec<_>>())
}

/// What holds for every entity: it is read as it was written, its id and unique values are taken, it can be deleted.
async fn entity_behaves<E, S>(store: &S, make: impl Fn(u64) -> E)
where
    E: Entity + PartialEq + Debug,
    S: Repository<E> + ?Sized,
{
    let all: Vec<E> = (1..=4).map(make).collect();
    let rows: Vec<_> = all.iter().map(Entity::to_row).collect();
    for (position, spec) in E::SCHEMA.columns.iter().enumerate().filter(|(_, spec)| spec.name != "deleted_at") {
        let tried = rows.iter().any(|row| !row[position].is_null());
        assert!(tried, "{} of a {} is always null: name a value for it", spec.name, E::SCHEMA.kind);
    }
    store.create_many(&all).await.unwrap();
    for entity in &all {
        assert_eq!(store.get(entity.id()).await.unwrap().as_ref(), Some(entity));
    }
    assert_eq!(store.find(&Query::everything()).await.unwrap(), all);
    assert_eq!(store.count(&Query::everything()).await.unwrap(), 4);
    let taken = store.create(&all[0], None).await.unwrap_err();
    assert!(matches!(&taken, StoreError::Duplicate { kind, .. } if *kind == E::SCHEMA.kind), "{taken:?}");
    for columns in E::SCHEMA.unique {
        // An odd one: its optional columns are filled, and so unique.
        let mut row = all[0].to_row();
        row[0] = Value::Uuid(uuid(99));
        for column in E::SCHEMA.unique.iter().copied().flatten().filter(|column| !columns.contains(column)) {
            // Another set may share a column; what it has of its own is made different.
            match &mut row[E::SCHEMA.position(column).unwrap()] {
                Value::Text(text) => text.push_str("+x"),
                Value::Int(number) => *number += 1_000,
                Value::Uuid(id) => *id = uuid(77),
                _ => {}
            }
        }
        let twin = E::from_row(row).unwrap();
        let error = store.create(&twin, None).await.unwrap_err();
        let named = columns.join(", ");
        assert!(matches!(&error, StoreError::Duplicate { columns, .. } if *columns == named), "{named}: {error:?}");
    }
    store.delete(all[3].id()).await.unwrap();
    assert_eq!(store.get(all[3].id()).await.unwrap(), None);
}

/// What holds for every entity that changes.
async fn versioned_behaves<E, S>(store: &S, make: impl Fn(u64) -> E)
where
    E: Versioned + PartialEq + Debug,
    S: Repository<E> + ?Sized,
{
    let mut entity = make(5);
    store.create(&entity, None).await.unwrap();
    let mut stale = entity.clone();
    // Every column but the first three becomes another's: values where there were none, and none where there were.
    for other in [make(8), make(7)] {
        let (old, mut row) = (entity.to_row(), other.to_row());
        row[..3].clone_from_slice(&old[..3]);
        entity = E::from_row(row).unwrap();
        store.update(&mut entity, None).await.unwrap();
        assert_eq!(store.get(entity.id()).await.unwrap().as_ref(), Some(&entity));
    }
    assert!(matches!(store.update(&mut stale, None).await, Err(StoreError::Stale { .. })));
    store.soft_delete(&mut entity, time(60)).await.unwrap();
    assert_eq!(store.get(entity.id()).await.unwrap(), None);
    let deleted = Query::everything().deleted(Deleted::Only);
    assert_eq!(store.find(&deleted).await.unwrap(), [entity.clone()]);
    store.restore(&mut entity).await.unwrap();
    assert_eq!(store.get(entity.id()).await.unwrap().as_ref(), Some(&entity));
    let mut missing = make(6);
    let changes = Changes::new().update(&mut missing);
    assert!(matches!(store.commit(changes).await, Err(StoreError::Missing { .. })));
}

/// The cases of an entity that does not change.
async fn append_only<E, S>(store: &S, make: impl Fn(u64) -> E)
where
    E: Entity + PartialEq + Debug,
    S: Repository<E> + ?Sized,
{
    entity_behaves(store, make).await;
}

/// The cases of one that does.
async fn versioned<E, S>(store: &S, make: impl Fn(u64) -> E)
where
    E: Versioned + PartialEq + Debug,
    S: Repository<E> + ?Sized,
{
    entity_behaves(store, &make).await;
    versioned_behaves(store, &make).await;
}

/// Every entity, whether it changes, and values for the columns that want more than their kind.
macro_rules! every_entity {
    ($($kind:ident $entity:ident { $($column:literal: $value:expr),* })+) => {
        /// A store of every entity that DriveEver has.
        pub trait WholeStore: $(Repository<$entity> +)+ {}
        impl<T: $(Repository<$entity> +)+ ?Sized> WholeStore for T {}

        /// The tables of every entity that DriveEver has.
        pub const SCHEMAS: &[&Schema] = &[$($entity::SCHEMA),+];

        /// DriveEver's own entities are kept, each column of each.
        pub async fn every_entity_is_kept<S: WholeStore + ?Sized>(store: &S) {
            $($kind(store, |number| numbered::<$entity>(number, &[$(($column, $value)),*])).await;)+
        }
    };
}

every_entity! {
    append_only ParkedMessage {}
    versioned Prompt {
        "category": |_| text("safety_assessment"),
        "tags": |_| json(r#"["tyre", "brake"]"#),
        "metadata": |_| json(r#"{"author": "Ann"}"#)
    }
    append_only PromptVersion {
        "version": |number| Value::Text(format!("1.{number}.0")),
        "variables": |_| json(r#"[{"name": "question", "type": "text", "required": true}]"#)
    }
    versioned Label {}
    append_only LabelMove {}
    versioned Exposure {
        "category": |_| text("cost_analysis"),
        "cost": |_| json(r#"{"amountMicros": 12, "currency": "GBP"}"#)
    }
    versioned VersionPerformance {
        "category": |_| text("cost_analysis"),
        "totals": |_| json(r#"{"uses": 3, "ratingSum": 9, "costs": {"GBP": {"count": 1, "amountMicros": 12}}}"#)
    }
    versioned CategoryPerformance {
        "category": category,
        "totals": |_| json(r#"{"uses": 3, "outcomes": 2}"#)
    }
    versioned AiResponse {
        "category": |_| text("technical_support"),
        "sources": |_| json(r#"[{"title": "T", "publisher": "P", "date": "2026-09-08", "demonstration": true}]"#),
        "usage": |_| json(r#"{"promptTokens": 1, "completionTokens": 2, "totalTokens": 3}"#),
        "cost": |_| json(r#"{"amountMicros": 12, "currency": "GBP"}"#),
        "error": |_| json(r#"{"code": "refused", "detail": "policy"}"#),
        "attempts": |_| json(r#"[{"provider": "offline", "responseTimeMs": 3, "error": null}]"#)
    }
    versioned Feedback {}
    append_only FeedbackHistory {}
    versioned Vehicle {
        "record": |_| json(VEHICLE_RECORD),
        "owner_facts": |_| json(r#"{"make": "FORD", "manufactureYear": 2015}"#),
        "metadata": |_| json(r#"{"insuranceProvider": "A"}"#)
    }
    versioned User { "roles": |_| json(r#"["user", "analyst"]"#) }
    versioned Credential {}
    versioned Session { "end_reason": |_| text("logout") }
    versioned RefreshToken {}
    append_only SigningKey {}
    versioned AdminRoster { "admins": |_| json(r#"["one", "two"]"#) }
    versioned Erasure {
        "state": |_| text("erasing"),
        "done": |_| json(r#"["order", "ai"]"#)
    }
    versioned Order {
        "status": |_| text("PAID"),
        "payment_status": |_| text("paid"),
        "currency": |_| text("GBP"),
        "metadata": |_| json(r#"{"colour": "red"}"#)
    }
    append_only OrderItem {
        "product_type": |_| text("vehicle_report"),
        "metadata": |_| json(r#"{"colour": "red"}"#)
    }
    append_only OrderTransition {
        "from_status": |_| text("PENDING"),
        "to_status": |_| text("PAID"),
        "payment_status": |_| text("paid"),
        "actor": |number| Value::Text(format!("user:{}", uuid(number)))
    }
    versioned AdviceSaga {
        "kind": |_| text("advice"),
        "step": |_| text("prepare"),
        "input": |_| json(r#"{"question": "Is it safe?"}"#),
        "progress": |_| json(r#"{"paymentAttempt": 1, "capture": "c"}"#)
    }
    append_only LedgerTransaction {
        "operation": |_| text("capture"),
        "currency": |_| text("GBP")
    }
    versioned LedgerAccount { "currency": |_| text("GBP") }
    versioned Notification {
        "kind": |_| text("advice_ready"),
        "link": |_| json(r#"{"orderId": "01936a3e-1c52-7000-8000-000000000001"}"#)
    }
    versioned Preferences { "switched_off": |_| json(r#"["mot_due"]"#) }
    versioned Ticket {}
    versioned Projection {
        "granularity": |_| text("day"),
        "dimension": |_| text("provider"),
        "figures": |_| json(r#"{"questions": 3, "answers": 2}"#)
    }
    versioned IdempotencyRecord {
        "answer": |_| json(r#"{"status": 201, "headers": [["etag", "1"]], "body": "{}"}"#)
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn json(value: &str) -> Value {
    Value::Json(value.to_owned())
}

/// One of its own for each of the first nine.
fn category(number: u64) -> Value {
    let all = PromptCategory::ALL;
    let place = usize::try_from(number).unwrap() % all.len();
    text(all[place].as_str())
}

/// The least that a vehicle's record has.
const VEHICLE_RECORD: &str = r#"{
    "registrationNumber": "L2WPS", "demonstration": false, "readings": [],
    "motStatus": {"value": "not_valid", "source": "derived", "fetchedAt": "2026-11-23T09:30:00Z"},
    "motTests": [], "conflicts": []
}"#;

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use driveever_core::{ai, analytics, idempotency, notification, order, prompt, user, vehicle};

    use super::*;

    /// The tables that the sources below this folder declare: `... in "table" {`.
    fn declared(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                declared(&path, found);
                continue;
            }
            let source = fs::read_to_string(path).unwrap();
            let entities = source.lines().filter(|line| !line.trim_start().starts_with("//"));
            let entities =
                entities.filter(|line| line.contains(" as versioned \"") || line.contains(" as append_only \""));
            found
                .extend(entities.filter_map(|line| Some(line.split("\" in \"").nth(1)?.split('"').next()?.to_owned())));
        }
    }

    fn tables(schemas: &[&Schema]) -> BTreeSet<String> {
        schemas.iter().map(|schema| schema.table.to_owned()).collect()
    }

    #[test]
    fn every_entity_of_every_context_is_covered() {
        let mut all = BTreeSet::new();
        declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../driveever-core/src"), &mut all);
        assert_eq!(tables(SCHEMAS), all, "name it in `every_entity!`");
        let contexts = [
            &[ParkedMessage::SCHEMA],
            prompt::SCHEMAS,
            ai::SCHEMAS,
            vehicle::SCHEMAS,
            user::SCHEMAS,
            order::SCHEMAS,
            notification::SCHEMAS,
            analytics::SCHEMAS,
            idempotency::SCHEMAS,
        ];
        assert_eq!(tables(&contexts.concat()), all, "name it in its context's `SCHEMAS`");
    }
}
