//! DriveEver's outside world: the offline advisor, language models behind an address, and vehicle record sources.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod advisor;
pub mod offline;
#[cfg(feature = "remote")]
pub mod remote;
pub mod rulebook;
pub mod rules;
pub mod vehicle_files;
