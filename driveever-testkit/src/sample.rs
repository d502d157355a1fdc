//! A context made for the suite: one entity that changes, with every kind of column, and one that does not.

use std::{borrow::Cow, time::Duration};

use chrono::NaiveDate;
use driveever_core::{
    entity,
    entity::{Context, Revision},
    event::{DomainEvent, EventLog},
    id::Id,
    repository::Repository,
    text_enum,
    time::Timestamp,
};
use uuid::Uuid;

/// The sample tables.
#[derive(Debug)]
pub struct SampleContext;
impl Context for SampleContext {
    const NAME: &'static str = "sample";
}

text_enum! {
    /// A column that is an enumeration.
    pub enum Colour {
        /// R.
        Red = "red",
        /// G.
        Green = "green",
        /// B.
        Blue = "blue",
    }
}

entity! {
    /// Changes; has every kind of column, plain and optional.
    #[derive(PartialEq)]
    pub struct Sample in SampleContext as versioned "sample" in "sample_samples" {
        unique [["name"], ["owner", "slot"]], lookup ["owner", "colour"], search ["name", "label", "tags"],
    } {
        /// Unique among living samples.
        pub name: String => NAME,
        /// Text or nothing.
        pub label: Option<String> => LABEL,
        /// An enumeration.
        pub colour: Colour => COLOUR,
        /// An enumeration or nothing.
        pub maybe_colour: Option<Colour> => MAYBE_COLOUR,
        /// A truth.
        pub flag: bool => FLAG,
        /// A truth or nothing.
        pub maybe_flag: Option<bool> => MAYBE_FLAG,
        /// A whole number.
        pub count: i64 => COUNT,
        /// A whole number or nothing.
        pub maybe_count: Option<i64> => MAYBE_COUNT,
        /// A number.
        pub ratio: f64 => RATIO,
        /// A number or nothing.
        pub maybe_ratio: Option<f64> => MAYBE_RATIO,
        /// A UUID, unique with the slot.
        pub owner: Uuid => OWNER,
        /// A UUID or nothing.
        pub maybe_owner: Option<Uuid> => MAYBE_OWNER,
        /// Unique with the owner, when there is one.
        pub slot: Option<u32> => SLOT,
        /// A time.
        pub at: Timestamp => AT,
        /// A time or nothing.
        pub maybe_at: Option<Timestamp> => MAYBE_AT,
        /// A day.
        pub day: NaiveDate => DAY,
        /// A day or nothing.
        pub maybe_day: Option<NaiveDate> => MAYBE_DAY,
        /// A list of texts as JSON.
        pub tags: Vec<String> => TAGS,
        /// Any JSON.
        pub data: serde_json::Value => DATA,
        /// JSON or nothing.
        pub maybe_data: Option<serde_json::Map<String, serde_json::Value>> => MAYBE_DATA,
        /// A word of SQL as a name, which an adapter has to quote.
        pub order: u8 => ORDER,
    }
}

entity! {
    /// Is written once.
    #[derive(PartialEq)]
    pub struct Note in SampleContext as append_only "note" in "sample_notes" {
        unique [["sample_id", "number"]], lookup ["sample_id"], search ["text"],
    } {
        /// Of which sample.
        pub sample_id: Id<Sample> => SAMPLE_ID,
        /// Unique in it.
        pub number: u32 => NUMBER,
        /// What it says.
        pub text: String => TEXT,
        /// Optional text, for filters on nulls.
        pub author: Option<String> => AUTHOR,
    }
}

/// A store with the sample context's tables and a log.
pub trait SampleStore: Repository<Sample> + Repository<Note> + EventLog {}
impl<T: Repository<Sample> + Repository<Note> + EventLog + ?Sized> SampleStore for T {}

/// The context's name, as logs want it.
pub const CONTEXT: &str = SampleContext::NAME;

/// The UUID with this number; greater numbers give greater UUIDs.
pub fn uuid(number: u64) -> Uuid {
    // The form of version 7, with the number where that has the time.
    let time = u128::from(number & 0xffff_ffff_ffff) << 80;
    Uuid::from_u128(time | 0x7000_8000_0000_0000_0001)
}

/// 2026-11-23T09:30:00Z and so many seconds.
pub fn time(seconds: u64) -> Timestamp {
    Timestamp::from_micros(1_795_426_200_000_000).plus(Duration::from_secs(seconds))
}

/// The sample with this number: a living one that no other collides with.
pub fn sample(number: u64) -> Sample {
    Sample {
        id: Id::new(uuid(number)),
        revision: Revision::FIRST,
        deleted_at: None,
        name: format!("sample {number}"),
        label: None,
        colour: Colour::Red,
        maybe_colour: None,
        flag: false,
        maybe_flag: None,
        count: i64::try_from(number).unwrap_or(i64::MAX),
        maybe_count: None,
        ratio: 0.5,
        maybe_ratio: None,
        owner: uuid(1_000_000 + number),
        maybe_owner: None,
        slot: None,
        at: time(number),
        maybe_at: None,
        day: NaiveDate::default(),
        maybe_day: None,
        tags: Vec::new(),
        data: serde_json::Value::Null,
        maybe_data: None,
        order: 0,
    }
}

/// A sample with something in every column.
pub fn full_sample(number: u64) -> Sample {
    Sample {
        label: Some("a label".into()),
        colour: Colour::Blue,
        maybe_colour: Some(Colour::Green),
        flag: true,
        maybe_flag: Some(false),
        maybe_count: Some(-7),
        ratio: 0.1,
        maybe_ratio: Some(-2.5),
        maybe_owner: Some(uuid(77)),
        slot: Some(3),
        at: Timestamp::from_micros(1_795_426_200_123_456),
        maybe_at: Some(Timestamp::from_micros(-1)),
        day: NaiveDate::from_ymd_opt(2024, 2, 29).unwrap_or_default(),
        maybe_day: NaiveDate::from_ymd_opt(1969, 12, 31),
        tags: vec!["winter tyres".into(), "\"quoted\"".into(), String::new()],
        data: serde_json::json!({"b": [1, 2.5, null, true], "a": {"nested": "ünï"}}),
        maybe_data: Some(serde_json::Map::from_iter([("k".to_owned(), serde_json::json!(-1))])),
        order: 255,
        ..sample(number)
    }
}

/// A note of a sample.
pub fn note(sample: &Sample, number: u32) -> Note {
    let id = sample.id.uuid().as_u128().wrapping_add(u128::from(number) << 16);
    Note {
        id: Id::new(Uuid::from_u128(id)),
        sample_id: sample.id,
        number,
        text: format!("note {number}"),
        author: None,
    }
}

/// The event with this number, of an aggregate at a revision.
pub fn event(number: u64, aggregate: Uuid, revision: u32) -> DomainEvent {
    DomainEvent {
        id: uuid(number),
        context: Cow::Borrowed(CONTEXT),
        aggregate_type: Cow::Borrowed("sample"),
        aggregate_id: aggregate,
        aggregate_revision: revision,
        event_type: Cow::Borrowed("sample.changed"),
        actor: "system".into(),
        request_id: "request-1".into(),
        occurred_at: time(number),
        body: format!("{{\"number\":{number}}}"),
    }
}
