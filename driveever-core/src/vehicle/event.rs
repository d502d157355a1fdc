//! What the vehicle service tells.

use chrono::NaiveDate;

use crate::{event_body, user::UserId};

event_body! {
    /// A user added a vehicle.
    pub struct VehicleAdded as "vehicle.added" {
        /// Whose.
        pub user_id: UserId,
        /// Whether the record is demonstration data.
        pub demonstration: bool,
    }
}

event_body! {
    /// A vehicle's record was read anew, or its owner changed what they say of it.
    pub struct VehicleUpdated as "vehicle.updated" {
        /// Whose.
        pub user_id: UserId,
        /// The MOT expiry, when it is another than before.
        pub mot_expiry_date: Option<NaiveDate>,
        /// The tax due date, when it is another than before.
        pub tax_due_date: Option<NaiveDate>,
    }
}

event_body! {
    /// A user took a vehicle out.
    pub struct VehicleRemoved as "vehicle.removed" {
        /// Whose.
        pub user_id: UserId,
    }
}
