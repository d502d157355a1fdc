//! Vehicles, their records and MOT history.

mod model;
pub mod record;
mod service;

pub use model::{StoredRecord, Vehicle, VehicleContext, VehicleId};
pub use service::{FactsRequest, VehicleFacts, VehicleService};
