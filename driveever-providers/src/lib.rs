//! DriveEver's outside world: the offline advisor, language models behind an address, and vehicle record sources.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod advisor;
mod heard;
#[cfg(feature = "http")]
mod http;
pub mod offline;
#[cfg(feature = "vehicles")]
pub mod registers;
#[cfg(feature = "remote")]
pub mod remote;
pub mod rulebook;
pub mod rules;
pub mod vehicle_files;
