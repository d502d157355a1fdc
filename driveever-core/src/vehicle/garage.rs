//! What a user does with their vehicles.

use async_trait::async_trait;
use chrono::NaiveDate;

use super::{
    OwnerFacts, Vehicle, VehicleId, VehicleMetadata,
    record::{FuelType, MotTest, TaxStatus, VehicleRecord},
    report::VehicleReport,
};
use crate::{
    entity::Revision,
    error::Error,
    page::{Page, PageRequest},
    request::RequestContext,
};

/// A vehicle to be added, as its owner typed it.
#[derive(Debug, Clone, Default)]
pub struct NewVehicle {
    /// The registration mark.
    pub registration_number: String,
    /// What the owner says of it.
    pub edit: VehicleEdit,
}

/// What an owner says of a vehicle; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct VehicleEdit {
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
    /// Who insures it, last and next service.
    pub metadata: Option<VehicleMetadata>,
}

impl VehicleEdit {
    /// The owner's facts after this edit.
    pub(super) fn over(&self, facts: &OwnerFacts) -> OwnerFacts {
        OwnerFacts {
            make: self.make.clone().or_else(|| facts.make.clone()),
            model: self.model.clone().or_else(|| facts.model.clone()),
            manufacture_year: self.manufacture_year.or(facts.manufacture_year),
            primary_colour: self.primary_colour.clone().or_else(|| facts.primary_colour.clone()),
            fuel_type: self.fuel_type.clone().or_else(|| facts.fuel_type.clone()),
            engine_size: self.engine_size.or(facts.engine_size),
            mot_expiry_date: self.mot_expiry_date.or(facts.mot_expiry_date),
            tax_status: self.tax_status.or(facts.tax_status),
            tax_due_date: self.tax_due_date.or(facts.tax_due_date),
        }
    }
}

/// A user's vehicles. Another user's vehicle is not found.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait GarageService: Send + Sync {
    /// Adds a vehicle, filled from the sources, else from the owner's word.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault; [`Error::Conflict`] with `vehicle_exists` when the user has it already and with
    /// `too_many_vehicles` at the limit.
    async fn add(&self, request: &RequestContext, new: NewVehicle) -> Result<Vehicle, Error>;

    /// One of the caller's vehicles.
    async fn vehicle(&self, request: &RequestContext, id: VehicleId) -> Result<Vehicle, Error>;

    /// The caller's vehicles, oldest first.
    async fn vehicles(&self, request: &RequestContext, page: &PageRequest) -> Result<Page<Vehicle>, Error>;

    /// Changes what the owner says of a vehicle.
    async fn edit(
        &self,
        request: &RequestContext,
        id: VehicleId,
        edit: VehicleEdit,
        expected: Option<Revision>,
    ) -> Result<Vehicle, Error>;

    /// Takes a vehicle out.
    async fn remove(&self, request: &RequestContext, id: VehicleId, expected: Option<Revision>) -> Result<(), Error>;

    /// Reads the sources anew.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when that was done a moment ago, [`Error::Unavailable`] when no source answers.
    async fn refresh(&self, request: &RequestContext, id: VehicleId) -> Result<Vehicle, Error>;

    /// The MOT tests, newest first.
    async fn mot_history(&self, request: &RequestContext, id: VehicleId) -> Result<Vec<MotTest>, Error>;

    /// What the record means today.
    async fn report(&self, request: &RequestContext, id: VehicleId) -> Result<VehicleReport, Error>;

    /// What the sources say of a registration; nothing is stored.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no source knows it, [`Error::Unavailable`] when none answers or is configured.
    async fn lookup(&self, request: &RequestContext, registration_number: &str) -> Result<VehicleRecord, Error>;
}
