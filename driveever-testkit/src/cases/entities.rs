//! Rows of DriveEver's own entities, for cases that hold for every entity.
//!
//! A row is filled by its schema, with what a column's type wants beyond its kind given by name: an entity that gains a
//! plain column needs no change here.

use std::fmt::Debug;

use driveever_core::{
    ai::AiResponse,
    changes::Changes,
    entity::{Entity, Versioned},
    error::StoreError,
    event::ParkedMessage,
    prompt::{Exposure, Prompt, PromptVersion},
    query::{Deleted, Query},
    repository::{Repository, RepositoryExt},
    user::User,
    value::{ColumnType, Value},
    vehicle::Vehicle,
};

use crate::sample::{time, uuid};

/// A store of every entity that DriveEver has.
pub trait WholeStore:
    Repository<ParkedMessage>
    + Repository<Prompt>
    + Repository<PromptVersion>
    + Repository<Exposure>
    + Repository<AiResponse>
    + Repository<Vehicle>
    + Repository<User>
{
}
impl<T> WholeStore for T where
    T: Repository<ParkedMessage>
        + Repository<Prompt>
        + Repository<PromptVersion>
        + Repository<Exposure>
        + Repository<AiResponse>
        + Repository<Vehicle>
        + Repository<User>
        + ?Sized
{
}

/// An entity with this number, the named columns as given, and every other one filled by its kind; optional ones are
/// null when the number is even.
///
/// # Panics
/// When a column wants more than its kind: name it.
pub fn fixture<E: Entity>(number: u64, named: &[(&str, Value)]) -> E {
    let row = E::SCHEMA.columns.iter().map(|spec| {
        if let Some((_, value)) = named.iter().find(|(name, _)| *name == spec.name) {
            return value.clone();
        }
        match (spec.name, spec.kind) {
            ("id", _) => Value::Uuid(uuid(number)),
            ("revision", _) => Value::Int(1),
            ("deleted_at", _) => Value::Null,
            _ if spec.nullable && number.is_multiple_of(2) => Value::Null,
            (_, ColumnType::Bool) => Value::Bool(true),
            (_, ColumnType::Int) => Value::Int(3),
            (_, ColumnType::Real) => Value::Real(0.25),
            (name, ColumnType::Text) => Value::Text(format!("{name} {number}")),
            (_, ColumnType::Uuid) => Value::Uuid(uuid(number + 1_000)),
            (_, ColumnType::Time) => Value::Time(time(number)),
            (_, ColumnType::Date) => Value::Date(chrono::NaiveDate::default()),
            (_, ColumnType::Json) if spec.nullable => Value::Null,
            (_, ColumnType::Json) => Value::Json("[]".to_owned()),
        }
    });
    E::from_row(row.collect()).unwrap_or_else(|error| panic!("fixture of a {}: {error}", E::SCHEMA.kind))
}

/// What holds for every entity: it is read as it was written, its id and unique values are taken, it can be deleted.
async fn entity_behaves<E, S>(store: &S, make: impl Fn(u64) -> E)
where
    E: Entity + PartialEq + Debug,
    S: Repository<E> + ?Sized,
{
    let all: Vec<E> = (1..=4).map(make).collect();
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
    store.update(&mut entity, None).await.unwrap();
    assert_eq!(store.get(entity.id()).await.unwrap().as_ref(), Some(&entity));
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

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn json(value: &str) -> Value {
    Value::Json(value.to_owned())
}

/// DriveEver's own entities are kept.
pub async fn every_entity_is_kept<S: WholeStore + ?Sized>(store: &S) {
    entity_behaves(store, |number| fixture::<ParkedMessage>(number, &[])).await;

    let category = ("category", text("safety_assessment"));
    let prompt = |number| {
        let metadata = ("metadata", if number % 2 == 0 { Value::Null } else { json(r#"{"author":"Ann"}"#) });
        fixture::<Prompt>(number, &[category.clone(), metadata])
    };
    entity_behaves(store, prompt).await;
    versioned_behaves(store, prompt).await;

    entity_behaves(store, |number| {
        let version = ("version", text(&format!("1.{number}.0")));
        fixture::<PromptVersion>(number, &[version])
    })
    .await;

    let exposure = |number| fixture::<Exposure>(number, std::slice::from_ref(&category));
    entity_behaves(store, exposure).await;
    versioned_behaves(store, exposure).await;

    let response = |number| fixture::<AiResponse>(number, std::slice::from_ref(&category));
    entity_behaves(store, response).await;
    versioned_behaves(store, response).await;

    let record = ("record", json(VEHICLE_RECORD));
    let vehicle = |number| fixture::<Vehicle>(number, std::slice::from_ref(&record));
    entity_behaves(store, vehicle).await;
    versioned_behaves(store, vehicle).await;

    let user = |number| fixture::<User>(number, &[("roles", json(r#"["user","analyst"]"#))]);
    entity_behaves(store, user).await;
    versioned_behaves(store, user).await;
}

/// The least that a vehicle's record has.
const VEHICLE_RECORD: &str = r#"{
    "registrationNumber": "L2WPS", "demonstration": false, "readings": [],
    "motStatus": {"value": "not_valid", "source": "derived", "fetchedAt": "2026-11-23T09:30:00Z"},
    "motTests": [], "conflicts": []
}"#;
