//! Vehicles of users.

use super::record::VehicleRecord;
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

crate::json_column!(VehicleRecord, StoredRecord);

entity! {
    /// A user's vehicle.
    #[derive(PartialEq)]
    pub struct Vehicle in VehicleContext as versioned "vehicle" in "vehicle_vehicles" {
        unique [["owner_id", "registration_number"]], lookup ["owner_id"], search [],
    } {
        /// Whose.
        pub owner_id: UserId => OWNER_ID,
        /// The registration mark, normalised.
        pub registration_number: String => REGISTRATION_NUMBER,
        /// What the sources said when they were last read, completed by the owner's word.
        pub record: StoredRecord => RECORD,
        /// When it was added.
        pub created_at: Timestamp => CREATED_AT,
        /// When it was last changed.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}
