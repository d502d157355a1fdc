//! Remembers what a source said for a while, in front of any [`VehicleDataSource`].
//!
//! Records change by the day and the official services count requests, so a found vehicle is remembered for a day, one
//! whose MOT is about to expire or has failed for an hour, and an unknown mark for an hour. Nothing is remembered of a
//! record that a service failed to answer, nor of an error. Bounded: at its capacity, what ends soonest makes room.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::Days;

use super::{
    record::{ReadingOutcome, VehicleRecord},
    registration::Registration,
    source::{SourceError, VehicleDataSource},
};
use crate::time::{Clock, Timestamp};

/// How long what is remembered.
#[derive(Debug, Clone, Copy)]
pub struct CacheOptions {
    /// A found vehicle.
    pub found: Duration,
    /// A vehicle whose MOT expires within 14 days, has expired, or whose latest test was failed.
    pub changing: Duration,
    /// A mark that nobody knows.
    pub unknown: Duration,
    /// Vehicles at most.
    pub capacity: usize,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            found: Duration::from_hours(24),
            changing: Duration::from_hours(1),
            unknown: Duration::from_hours(1),
            capacity: 10_000,
        }
    }
}

impl CacheOptions {
    /// How long this record may be relied on; none at all when a service failed to answer.
    pub fn life_of(&self, record: &VehicleRecord, clock: &dyn Clock) -> Option<Duration> {
        if record.readings.iter().any(|reading| reading.outcome == ReadingOutcome::Failed) {
            return None;
        }
        if !record.is_known() {
            return Some(self.unknown);
        }
        let soon = clock.today().checked_add_days(Days::new(14));
        let ending =
            record.mot_expiry_date.as_ref().is_some_and(|expiry| soon.is_some_and(|soon| expiry.value <= soon));
        let failed = record.latest_test().is_some_and(|test| !test.passed);
        Some(if ending || failed { self.changing } else { self.found })
    }
}

/// A source with a memory.
pub struct CachedVehicleSource {
    inner: Arc<dyn VehicleDataSource>,
    clock: Arc<dyn Clock>,
    options: CacheOptions,
    known: Mutex<HashMap<Registration, Remembered>>,
}

struct Remembered {
    record: VehicleRecord,
    until: Timestamp,
}

impl CachedVehicleSource {
    /// In front of `inner`.
    pub fn new(inner: Arc<dyn VehicleDataSource>, clock: Arc<dyn Clock>, options: CacheOptions) -> Self {
        Self { inner, clock, options, known: Mutex::default() }
    }

    fn recall(&self, registration: &Registration) -> Option<VehicleRecord> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = known.get(registration)?;
        (remembered.until > self.clock.now()).then(|| remembered.record.clone())
    }

    fn remember(&self, registration: &Registration, record: &VehicleRecord) {
        let Some(life) = self.options.life_of(record, self.clock.as_ref()) else { return };
        let now = self.clock.now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.options.capacity && !known.contains_key(registration) {
            known.retain(|_, remembered| remembered.until > now);
            let soonest = known.iter().min_by_key(|(_, remembered)| remembered.until).map(|(mark, _)| mark.clone());
            if let Some(soonest) = soonest.filter(|_| known.len() >= self.options.capacity) {
                known.remove(&soonest);
            }
        }
        known.insert(registration.clone(), Remembered { record: record.clone(), until: now.plus(life) });
    }
}

#[async_trait]
impl VehicleDataSource for CachedVehicleSource {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn lookup(&self, registration: &Registration) -> Result<VehicleRecord, SourceError> {
        if let Some(record) = self.recall(registration) {
            return Ok(record);
        }
        let record = self.inner.lookup(registration).await?;
        self.remember(registration, &record);
        Ok(record)
    }
}
