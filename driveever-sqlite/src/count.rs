//! Counts of large lists, remembered for a few seconds.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use driveever_core::error::StoreError;
use parking_lot::Mutex;

/// Counts up to this many rows are always exact.
pub const EXACT_COUNT: u64 = 10_000;
/// Different lists whose counts are remembered; when there are more, old ones are forgotten.
const MAX_ENTRIES: usize = 1_024;

type Entry = Arc<tokio::sync::Mutex<Option<(Instant, u64)>>>;

/// Remembers counts above [`EXACT_COUNT`] by the list's statement and parameters.
#[derive(Debug)]
pub(crate) struct Counts {
    age: Duration,
    entries: Mutex<HashMap<String, Entry>>,
}

impl Counts {
    pub(crate) fn new(age: Duration) -> Self {
        Self { age, entries: Mutex::default() }
    }

    /// The remembered count while it is young enough, else a new one. Those who ask for the same count at the same time
    /// wait for one of them to count.
    pub(crate) async fn get(
        &self,
        key: String,
        count: impl Future<Output = Result<u64, StoreError>>,
    ) -> Result<u64, StoreError> {
        let entry = self.entry(key);
        let mut remembered = entry.lock().await;
        if let Some((at, rows)) = *remembered
            && at.elapsed() < self.age
        {
            return Ok(rows);
        }
        let rows = count.await?;
        *remembered = Some((Instant::now(), rows));
        Ok(rows)
    }

    /// The remembered count, when it is young enough and nobody is counting anew.
    pub(crate) fn known(&self, key: &str) -> Option<u64> {
        let entry = Arc::clone(self.entries.lock().get(key)?);
        let remembered = (*entry.try_lock().ok()?)?;
        (remembered.0.elapsed() < self.age).then_some(remembered.1)
    }

    fn entry(&self, key: String) -> Entry {
        let mut entries = self.entries.lock();
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(&key) {
            let age = self.age;
            // One that is being counted cannot be locked, and stays.
            entries.retain(|_, entry| {
                entry.try_lock().map_or(true, |entry| entry.is_some_and(|(at, _)| at.elapsed() < age))
            });
            if entries.len() >= MAX_ENTRIES {
                entries.clear();
            }
        }
        Arc::clone(entries.entry(key).or_default())
    }
}
