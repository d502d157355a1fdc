//! Vehicles, their records and MOT history.
//!
//! [`Vehicles`] is the service: it keeps users' vehicles with what the official sources say of them, tells what that means
//! ([`report`]), and gives the facts that advice may rest on. A [`source::VehicleDataSource`] knows vehicles by their
//! registration mark; [`cache::CachedVehicleSource`] gives any of them a memory.

pub mod cache;
pub mod event;
pub mod fact_sheet;
mod garage;
pub mod merge;
mod model;
mod personal;
pub mod record;
pub mod registration;
pub mod report;
mod repository;
mod service;
pub mod source;
pub mod stale;
mod vehicles;
pub mod wire;
pub mod words;

#[cfg(feature = "mock")]
pub use garage::MockGarageService;
pub use garage::{GarageService, NewVehicle, VehicleEdit};
pub use model::{OwnerFacts, StoredRecord, Vehicle, VehicleContext, VehicleId, VehicleMetadata};
pub use repository::VehicleRepository;
#[cfg(feature = "mock")]
pub use service::MockVehicleService;
pub use service::{FactsRequest, VehicleFacts, VehicleService};
pub use vehicles::{VehicleOptions, Vehicles};

use crate::entity::{Entity, Schema};

/// The tables of this context.
pub const SCHEMAS: &[&Schema] = &[Vehicle::SCHEMA];
