//! DriveEver's outside world: the offline advisor and vehicle record sources.

pub mod vehicle_files;
