//! DriveEver's outside world: the offline advisor and vehicle record sources.

pub mod advisor;
pub mod offline;
pub mod rulebook;
pub mod rules;
pub mod vehicle_files;
