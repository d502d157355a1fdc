//! Vehicles, their records and MOT history.
