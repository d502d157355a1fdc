//! What the vehicle service offers.

use std::sync::Arc;

use async_trait::async_trait;

use super::{VehicleId, record::VehicleRecord};
use crate::{error::Error, request::RequestContext};

/// Whose facts are wanted: a vehicle of the caller's, or a registration; neither gives no facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactsRequest {
    /// One of the caller's vehicles.
    pub vehicle_id: Option<VehicleId>,
    /// A registration mark, as it was typed.
    pub registration_number: Option<String>,
}

/// The facts that advice may rest on.
#[derive(Debug, Clone, Default)]
pub struct VehicleFacts {
    /// The vehicle, when it is one of the caller's.
    pub vehicle_id: Option<VehicleId>,
    /// The record; absent when no vehicle was named or no source could be reached. A record that no source knows says so
    /// itself.
    pub record: Option<Arc<VehicleRecord>>,
}

/// Knows vehicles.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait VehicleService: Send + Sync {
    /// Checks what [`VehicleService::facts`] would refuse, without reading any source.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a malformed registration, [`Error::NotFound`] for a vehicle that is not the caller's.
    async fn check(&self, request: &RequestContext, facts: &FactsRequest) -> Result<(), Error>;

    /// The facts of a vehicle; read from the sources when what is stored is old. A source that fails is no error: the
    /// record tells.
    async fn facts(&self, request: &RequestContext, facts: &FactsRequest) -> Result<VehicleFacts, Error>;
}
