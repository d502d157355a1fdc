//! Vehicles, their records and MOT history.

pub mod record;
pub mod registration;
