//! Vehicles, their records and MOT history.

pub mod merge;
mod model;
pub mod record;
pub mod registration;
pub mod report;
mod service;
pub mod source;
pub mod wire;

pub use model::{StoredRecord, Vehicle, VehicleContext, VehicleId};
pub use service::{FactsRequest, VehicleFacts, VehicleService};
