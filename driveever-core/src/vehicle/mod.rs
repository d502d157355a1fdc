//! Vehicles, their records and MOT history.

pub mod merge;
pub mod record;
pub mod registration;
pub mod report;
pub mod source;
pub mod wire;
