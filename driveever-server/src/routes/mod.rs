//! The routes, one file an endpoint group: parse, call a service, map its answer.
//!
//! Each file's `routes()` gives its router with its part of the OpenAPI document. Paths are those of the service on its own
//! port; the gateway serves them under `/api`.

pub mod orders;
