//! Projections: figures by what they are about and when.

use super::Figures;
use crate::{
    entity,
    entity::Context,
    id::{Id, derived_uuid},
    text_enum,
    time::Timestamp,
};

/// The analytics service's tables.
#[derive(Debug)]
pub struct AnalyticsContext;
impl Context for AnalyticsContext {
    const NAME: &'static str = "analytics";
}

text_enum! {
    /// What figures are about.
    pub enum Dimension {
        /// Everything.
        Overall = "overall",
        /// One version of a prompt.
        Prompt = "prompt",
        /// One provider.
        Provider = "provider",
        /// One category of questions.
        Category = "category",
    }
}

text_enum! {
    /// How long a time figures cover.
    pub enum Granularity {
        /// All time.
        Total = "total",
        /// A day in UTC.
        Day = "day",
        /// An hour.
        Hour = "hour",
    }
}

const HOUR_MICROS: i64 = 3_600_000_000;

impl Granularity {
    /// How long one is, in microseconds; all time has no length.
    pub(super) const fn micros(self) -> Option<i64> {
        match self {
            Self::Total => None,
            Self::Day => Some(24 * HOUR_MICROS),
            Self::Hour => Some(HOUR_MICROS),
        }
    }

    /// The start of the one that this moment is in; of all time, 1970.
    pub fn start_of(self, at: Timestamp) -> Timestamp {
        let micros = self.micros().map_or(0, |length| at.as_micros().div_euclid(length) * length);
        Timestamp::from_micros(micros)
    }
}

crate::json_column!(Figures);

entity! {
    /// Figures about one thing in one time. Made from events alone, and made again from them by a rebuild.
    #[derive(PartialEq)]
    pub struct Projection in AnalyticsContext as versioned "projection" in "analytics_projections" {
        unique [["granularity", "dimension", "key", "start"]], lookup ["granularity"], search [],
    } {
        /// How long a time.
        pub granularity: Granularity => GRANULARITY,
        /// What kind of thing.
        pub dimension: Dimension => DIMENSION,
        /// Which one: a provider, a category, a prompt's id and version number with a colon between; empty for everything.
        pub key: String => KEY,
        /// When the time begins.
        pub start: Timestamp => START,
        /// The figures.
        pub figures: Figures => FIGURES,
    }
}

/// What a projection is about and when: its identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ProjectionKey {
    pub(super) granularity: Granularity,
    pub(super) dimension: Dimension,
    pub(super) key: String,
    pub(super) start: Timestamp,
}

impl ProjectionKey {
    /// The id of its row, so that rows are read by id and two writers cannot make two.
    pub(super) fn id(&self) -> Id<Projection> {
        let start = self.start.as_micros().to_string();
        Id::new(derived_uuid([self.granularity.as_str(), self.dimension.as_str(), &self.key, &start]))
    }
}
