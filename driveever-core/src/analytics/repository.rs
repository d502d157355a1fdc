//! Where projections are kept.

use super::Projection;
use crate::repository::Repository;

/// The analytics service's storage. Reads that must stay fast: by granularity, dimension and key, in the order of the start
/// (the unique columns' index); for the export, by granularity in the order of the start.
pub trait AnalyticsRepository: Repository<Projection> {}

impl<T: Repository<Projection> + ?Sized> AnalyticsRepository for T {}
