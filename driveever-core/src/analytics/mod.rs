//! Statistics: projections of events, and nothing else.
//!
//! [`Projections`] consumes the events of answers, feedback and orders and keeps [`Figures`] about everything, each prompt
//! version, provider and category, by hour, by day and of all time, so that no request adds up a table that grows
//! with traffic. They can be worked out anew from the logs and are equal then ([`Projections::rebuild`]). [`Statistics`]
//! serves them. Percentiles come from a [`Sketch`] with a relative error of 1 %. There is no personal data here: events
//! carry ids, and figures not even these.
//!
//! A new figure is a field of [`Figures`] with its place in `merge` and `project`, and a rebuild.

mod csv;
mod figures;
mod model;
mod project;
mod projections;
mod range;
mod repository;
mod service;
mod sketch;
mod statistics;

pub use figures::{Amount, Figures};
pub use model::{AnalyticsContext, Dimension, Granularity, Projection};
pub use projections::{Projections, RebuildMode, RebuildReport};
pub use repository::AnalyticsRepository;
#[cfg(feature = "mock")]
pub use service::MockAnalyticsService;
pub use service::{
    AnalyticsService, Bucket, CategoryFigures, Export, ExportRequest, Metric, Point, PromptFigures, ProviderFigures,
    Timeseries, TimeseriesRequest,
};
pub use sketch::Sketch;
pub use statistics::{AnalyticsOptions, Statistics};

use crate::entity::{Entity, Schema};

/// The tables of this context.
pub const SCHEMAS: &[&Schema] = &[Projection::SCHEMA];
