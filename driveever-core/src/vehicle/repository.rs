//! Where vehicles are kept.

use super::Vehicle;
use crate::repository::Repository;

/// The port down to storage.
pub trait VehicleRepository: Repository<Vehicle> {}
impl<T: Repository<Vehicle> + ?Sized> VehicleRepository for T {}
