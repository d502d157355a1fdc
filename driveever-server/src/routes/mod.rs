//! The routes, one file an endpoint group: parse, call a service, map its answer.
//!
//! Each file's `routes()` gives its router with its part of the OpenAPI document. Paths are those of the service on its own
//! port; the gateway serves them under `/api`.

pub mod ai;
pub mod analytics;
pub mod audit;
pub mod auth;
pub mod notifications;
pub mod orders;
pub mod prompt_body;
pub mod prompt_labels;
pub mod prompt_records;
pub mod prompt_use;
pub mod prompt_versions;
pub mod prompts;
pub mod system;
pub mod users;
pub mod vehicles;
