//! Counts of lists, remembered until something of their kind is written.
//!
//! Every page by number tells how many rows there are in all, and counting them costs more than reading the page. All
//! writes of this process pass one writer, which notes what kinds of row it wrote; a count of up to [`EXACT_COUNT`] rows
//! holds until its kind is noted again. A larger one holds for a few seconds whatever is written, as does a smaller one
//! for what another process writes to the file.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use driveever_core::error::StoreError;
use parking_lot::Mutex;

/// Counts up to this many rows are exact, as far as this process wrote them.
pub const EXACT_COUNT: u64 = 10_000;
/// Different lists whose counts are remembered; when there are more, old ones are forgotten.
const MAX_ENTRIES: usize = 1_024;

/// How often rows of each kind were written.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<HashMap<&'static str, u64>>);

impl Written {
    /// Notes that rows of these kinds were written and can be read.
    pub(crate) fn note(&self, kinds: impl Iterator<Item = &'static str>) {
        let mut written = self.0.lock();
        for kind in kinds {
            *written.entry(kind).or_default() += 1;
        }
    }

    fn times(&self, kind: &str) -> u64 {
        self.0.lock().get(kind).copied().unwrap_or(0)
    }
}

/// A count, and what had been written when it began.
#[derive(Debug, Clone, Copy)]
struct Remembered {
    at: Instant,
    written: u64,
    rows: u64,
}

type Entry = Arc<tokio::sync::Mutex<Option<Remembered>>>;

/// Remembers counts by the list's statement and parameters.
#[derive(Debug)]
pub(crate) struct Counts {
    age: Duration,
    written: Arc<Written>,
    entries: Mutex<HashMap<String, Entry>>,
}

impl Counts {
    pub(crate) fn new(age: Duration, written: Arc<Written>) -> Self {
        Self { age, written, entries: Mutex::default() }
    }

    /// The remembered count of rows of this kind while it holds, else a new one. Those who ask for the same count at the
    /// same time wait for one of them to count.
    pub(crate) async fn get(
        &self,
        kind: &str,
        key: String,
        count: impl Future<Output = Result<u64, StoreError>>,
    ) -> Result<u64, StoreError> {
        let entry = self.entry(key);
        let mut remembered = entry.lock().await;
        let written = self.written.times(kind);
        if let Some(known) = remembered.filter(|known| self.holds(known, written)) {
            return Ok(known.rows);
        }
        let at = Instant::now();
        let rows = count.await?;
        *remembered = Some(Remembered { at, written, rows });
        Ok(rows)
    }

    fn holds(&self, known: &Remembered, written: u64) -> bool {
        known.at.elapsed() < self.age && (known.written == written || known.rows > EXACT_COUNT)
    }

    fn entry(&self, key: String) -> Entry {
        let mut entries = self.entries.lock();
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(&key) {
            let age = self.age;
            // One that is being counted cannot be locked, and stays.
            entries.retain(|_, entry| {
                entry.try_lock().map_or(true, |entry| entry.is_some_and(|known| known.at.elapsed() < age))
            });
            if entries.len() >= MAX_ENTRIES {
                entries.clear();
            }
        }
        Arc::clone(entries.entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn count(counts: &Counts, rows: u64) -> u64 {
        counts.get("row", "list".to_owned(), async { Ok(rows) }).await.unwrap()
    }

    #[tokio::test]
    async fn a_count_holds_until_its_kind_is_written() {
        let written = Arc::new(Written::default());
        let counts = Counts::new(Duration::from_mins(1), written.clone());
        assert_eq!(count(&counts, 7).await, 7);
        written.note(["other"].into_iter());
        assert_eq!(count(&counts, 8).await, 7);
        written.note(["row"].into_iter());
        assert_eq!(count(&counts, 8).await, 8);
        assert_eq!(count(&counts, 9).await, 8);
    }

    #[tokio::test]
    async fn a_large_count_holds_for_its_time() {
        let written = Arc::new(Written::default());
        let counts = Counts::new(Duration::from_mins(1), written.clone());
        assert_eq!(count(&counts, EXACT_COUNT + 1).await, EXACT_COUNT + 1);
        written.note(["row"].into_iter());
        assert_eq!(count(&counts, 5).await, EXACT_COUNT + 1);
        let hasty = Counts::new(Duration::ZERO, written);
        assert_eq!(count(&hasty, EXACT_COUNT + 1).await, EXACT_COUNT + 1);
        assert_eq!(count(&hasty, 5).await, 5);
    }

    /// What is written while it is counted may or may not be in it.
    #[tokio::test]
    async fn a_count_that_was_overtaken_is_not_kept() {
        let written = Arc::new(Written::default());
        let counts = Counts::new(Duration::from_mins(1), written.clone());
        let overtaken = async {
            written.note(["row"].into_iter());
            Ok(7)
        };
        assert_eq!(counts.get("row", "list".to_owned(), overtaken).await.unwrap(), 7);
        assert_eq!(count(&counts, 8).await, 8);
    }
}
