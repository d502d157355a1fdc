//! Remembers what a source said for a while, in front of any [`VehicleDataSource`].
//!
//! Records change by the day and the official services count requests, so a found vehicle is remembered for a day, one
//! whose MOT is about to expire or has failed for an hour, and an unknown mark for an hour; a record that a service failed to
//! answer for a minute, and an error not at all. Whoever asks for a mark while it is asked for already waits for that answer.
//!
//! Where the source fails, what it said before stands, marked as [stale](super::stale), for a week. Bounded: at its capacity,
//! what ends soonest makes room.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::Days;
use futures_util::lock::Mutex as AsyncMutex;

use super::{
    record::VehicleRecord,
    registration::Registration,
    source::{Freshness, SourceError, VehicleDataSource},
    stale::{stale, with_stale},
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
    /// A record that a service failed to answer.
    pub failed: Duration,
    /// How old what a source said may get where it fails.
    pub stale: Duration,
    /// Vehicles at most.
    pub capacity: usize,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            found: Duration::from_hours(24),
            changing: Duration::from_hours(1),
            unknown: Duration::from_hours(1),
            failed: Duration::from_mins(1),
            stale: Duration::from_hours(7 * 24),
            capacity: 10_000,
        }
    }
}

impl CacheOptions {
    /// How long this record may be relied on.
    pub fn life_of(&self, record: &VehicleRecord, clock: &dyn Clock) -> Duration {
        if record.readings.iter().any(|reading| reading.outcome.is_failure()) {
            return self.failed;
        }
        if !record.is_known() {
            return self.unknown;
        }
        let soon = clock.today().checked_add_days(Days::new(14));
        let ending =
            record.mot_expiry_date.as_ref().is_some_and(|expiry| soon.is_some_and(|soon| expiry.value <= soon));
        let failed = record.latest_test().is_some_and(|test| !test.passed);
        if ending || failed { self.changing } else { self.found }
    }

    /// From when on what a source said stands where it fails now.
    pub fn oldest(&self, now: Timestamp) -> Timestamp {
        now.minus(self.stale)
    }
}

/// A source with a memory.
pub struct CachedVehicleSource {
    inner: Arc<dyn VehicleDataSource>,
    clock: Arc<dyn Clock>,
    options: CacheOptions,
    known: Mutex<HashMap<Registration, Remembered>>,
    turns: Mutex<HashMap<Registration, Turn>>,
}

/// Held by who asks for a mark; it leaves behind when and why that failed, for those who waited.
type Turn = Arc<AsyncMutex<Option<(Timestamp, SourceError)>>>;

struct Remembered {
    record: VehicleRecord,
    until: Timestamp,
}

impl CachedVehicleSource {
    /// In front of `inner`.
    pub fn new(inner: Arc<dyn VehicleDataSource>, clock: Arc<dyn Clock>, options: CacheOptions) -> Self {
        Self { inner, clock, options, known: Mutex::default(), turns: Mutex::default() }
    }

    /// What is remembered, and whether it may be relied on still.
    fn recall(&self, registration: &Registration) -> Option<(VehicleRecord, bool)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = known.get(registration)?;
        let now = self.clock.now();
        let stands = remembered.record.fetched_at().is_some_and(|at| at >= self.options.oldest(now));
        (remembered.until > now || stands).then(|| (remembered.record.clone(), remembered.until > now))
    }

    fn remember(&self, registration: &Registration, record: &VehicleRecord) {
        let now = self.clock.now();
        let until = now.plus(self.options.life_of(record, self.clock.as_ref()));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.options.capacity && !known.contains_key(registration) {
            let soonest = known.iter().min_by_key(|(_, remembered)| remembered.until).map(|(mark, _)| mark.clone());
            if let Some(soonest) = soonest {
                known.remove(&soonest);
            }
        }
        known.insert(registration.clone(), Remembered { record: record.clone(), until });
    }

    /// The turn to ask for a mark: one at a time.
    fn turn(&self, registration: &Registration) -> Turn {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(registration.clone()).or_default().clone()
    }

    async fn ask(&self, registration: &Registration, freshness: Freshness) -> Result<VehicleRecord, SourceError> {
        let before = self.recall(registration).map(|(record, _)| record);
        match (self.inner.lookup(registration, freshness).await, before) {
            (Ok(record), before) => {
                let oldest = self.options.oldest(self.clock.now());
                let record = match &before {
                    Some(before) => with_stale(record, before, oldest),
                    None => record,
                };
                self.remember(registration, &record);
                Ok(record)
            }
            (Err(_), Some(before)) if freshness == Freshness::Remembered && before.is_known() => {
                let record = stale(before);
                self.remember(registration, &record);
                Ok(record)
            }
            (Err(error), _) => Err(error),
        }
    }
}

#[async_trait]
impl VehicleDataSource for CachedVehicleSource {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn lookup(&self, registration: &Registration, freshness: Freshness) -> Result<VehicleRecord, SourceError> {
        let remembered = || self.recall(registration).filter(|(_, reliable)| *reliable).map(|(record, _)| record);
        let asked_at = self.clock.now();
        if freshness == Freshness::Remembered
            && let Some(record) = remembered()
        {
            return Ok(record);
        }
        let turn = self.turn(registration);
        let mut failed = turn.lock().await;
        if let Some((_, error)) = failed.as_ref().filter(|(at, _)| *at >= asked_at) {
            return Err(error.clone());
        }
        // Whoever had the turn before may have asked meanwhile.
        let fresh = |record: &VehicleRecord| {
            freshness == Freshness::Remembered || record.fetched_at().is_some_and(|at| at > asked_at)
        };
        if let Some(record) = remembered().filter(fresh) {
            return Ok(record);
        }
        let asked = self.ask(registration, freshness).await;
        *failed = asked.as_ref().err().map(|error| (self.clock.now(), error.clone()));
        asked
    }
}
