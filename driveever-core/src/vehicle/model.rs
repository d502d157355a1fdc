//! Vehicles of users.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::record::{
    FuelType, MotStatus, ReadingOutcome, RecordSource, SourceReading, Sourced, TaxStatus, VehicleRecord,
};
use crate::{entity, entity::Context, id::Id, time::Timestamp, user::UserId};

/// The vehicle service's tables.
#[derive(Debug)]
pub struct VehicleContext;
impl Context for VehicleContext {
    const NAME: &'static str = "vehicle";
}

/// A vehicle's id.
pub type VehicleId = Id<Vehicle>;

/// A record in its column.
pub type StoredRecord = Box<VehicleRecord>;

/// What the owner says of a vehicle; it stands where no source states the fact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerFacts {
    /// Make.
    pub make: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Year of manufacture.
    pub manufacture_year: Option<u16>,
    /// Primary colour.
    pub primary_colour: Option<String>,
    /// What it runs on.
    pub fuel_type: Option<FuelType>,
    /// Engine size in cubic centimetres.
    pub engine_size: Option<u32>,
    /// MOT expiry.
    pub mot_expiry_date: Option<NaiveDate>,
    /// Tax status.
    pub tax_status: Option<TaxStatus>,
    /// Tax due date.
    pub tax_due_date: Option<NaiveDate>,
}

/// What the owner keeps beside the record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VehicleMetadata {
    /// Who insures it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insurance_provider: Option<String>,
    /// When it was last serviced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_service_date: Option<NaiveDate>,
    /// When the next service is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_service_due: Option<NaiveDate>,
}

crate::json_column!(VehicleRecord, StoredRecord, OwnerFacts, VehicleMetadata);

entity! {
    /// A user's vehicle.
    #[derive(PartialEq)]
    pub struct Vehicle in VehicleContext as versioned "vehicle" in "vehicle_vehicles" {
        unique [["owner_id", "registration_number"]], lookup ["owner_id", "mot_expiry_date", "tax_due_date"], search [],
    } {
        /// Whose.
        pub owner_id: UserId => OWNER_ID,
        /// The registration mark, normalised.
        pub registration_number: String => REGISTRATION_NUMBER,
        /// What the sources said when they were last read, completed by the owner's word.
        pub record: StoredRecord => RECORD,
        /// What the owner says.
        pub owner_facts: OwnerFacts => OWNER_FACTS,
        /// What the owner keeps beside it.
        pub metadata: VehicleMetadata => METADATA,
        /// The record's MOT expiry, for reminders.
        pub mot_expiry_date: Option<NaiveDate> => MOT_EXPIRY_DATE,
        /// The record's tax due date, for reminders.
        pub tax_due_date: Option<NaiveDate> => TAX_DUE_DATE,
        /// When the sources were last asked.
        pub read_at: Timestamp => READ_AT,
        /// When it was added.
        pub created_at: Timestamp => CREATED_AT,
        /// When it was last changed.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}

impl Vehicle {
    /// Takes a record over, completed by the owner's word.
    pub fn set_record(&mut self, record: VehicleRecord, read_at: Timestamp) {
        let record = complete(record, &self.owner_facts, self.updated_at);
        self.mot_expiry_date = record.mot_expiry_date.as_ref().map(|fact| fact.value);
        self.tax_due_date = record.tax_due_date.as_ref().map(|fact| fact.value);
        *self.record = record;
        self.read_at = read_at;
    }
}

/// A record that nobody has filled: where no source is configured or none could be reached.
pub(super) fn empty_record(registration_number: &str, readings: Vec<SourceReading>, at: Timestamp) -> VehicleRecord {
    VehicleRecord { readings, ..VehicleRecord::empty(registration_number, at) }
}

/// Fills what no source states with the owner's word, marked as such.
fn complete(mut record: VehicleRecord, owner: &OwnerFacts, at: Timestamp) -> VehicleRecord {
    fn fill<T: Clone>(fact: &mut Option<Sourced<T>>, owner: Option<&T>, at: Timestamp) -> bool {
        let stated = owner.filter(|_| fact.is_none()).cloned();
        let filled = stated.is_some();
        if let Some(value) = stated {
            *fact = Some(Sourced { value, source: RecordSource::Owner, fetched_at: at });
        }
        filled
    }
    let filled = [
        fill(&mut record.make, owner.make.as_ref(), at),
        fill(&mut record.model, owner.model.as_ref(), at),
        fill(&mut record.colour, owner.primary_colour.as_ref(), at),
        fill(&mut record.fuel_type, owner.fuel_type.as_ref(), at),
        fill(&mut record.engine_cc, owner.engine_size.as_ref(), at),
        fill(&mut record.manufacture_year, owner.manufacture_year.as_ref(), at),
        fill(&mut record.mot_expiry_date, owner.mot_expiry_date.as_ref(), at),
        fill(&mut record.tax_status, owner.tax_status.as_ref(), at),
        fill(&mut record.tax_due_date, owner.tax_due_date.as_ref(), at),
    ];
    if filled.contains(&true) {
        record.readings.push(SourceReading {
            source: RecordSource::Owner,
            fetched_at: at,
            outcome: ReadingOutcome::Found,
        });
    }
    record
}

/// The record as of `today`: the MOT status that the sources' answer had on the day it was read may have changed since.
pub(super) fn as_of(record: &VehicleRecord, today: NaiveDate) -> VehicleRecord {
    let mut record = record.clone();
    if let Some(expiry) = &record.mot_expiry_date
        && expiry.value < today
        && matches!(record.mot_status.value, MotStatus::Valid | MotStatus::NotYetDue)
    {
        record.mot_status =
            Sourced { value: MotStatus::NotValid, source: RecordSource::Derived, fetched_at: expiry.fetched_at };
    }
    record
}
