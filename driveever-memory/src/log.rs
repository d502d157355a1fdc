//! The event logs of all contexts.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use driveever_core::{
    error::StoreError,
    event::{DomainEvent, EventLog, EventQuery, StoredEvent},
    time::Timestamp,
};
use uuid::Uuid;

use crate::MemoryStore;

/// One context's log; an event's position is its place, from 1.
#[derive(Debug, Default)]
pub(crate) struct Log {
    events: Vec<Entry>,
    by_id: HashMap<Uuid, usize>,
    unpublished: BTreeSet<usize>,
}

#[derive(Debug)]
struct Entry {
    event: DomainEvent,
    attempts: u32,
    held_until: Option<Timestamp>,
}

impl Log {
    pub(crate) fn contains(&self, id: Uuid) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(crate) fn append(&mut self, event: DomainEvent) {
        let place = self.events.len();
        self.by_id.insert(event.id, place);
        self.unpublished.insert(place);
        self.events.push(Entry { event, attempts: 0, held_until: None });
    }

    fn stored(&self, place: usize) -> Option<StoredEvent> {
        let entry = self.events.get(place)?;
        Some(StoredEvent { position: place as u64 + 1, attempts: entry.attempts, event: entry.event.clone() })
    }

    fn claim(&mut self, now: Timestamp, lease: Timestamp, limit: usize) -> Vec<StoredEvent> {
        let mut blocked = HashSet::new();
        let mut claimed = Vec::new();
        for place in &self.unpublished {
            if claimed.len() == limit {
                break;
            }
            let Some(entry) = self.events.get_mut(*place) else { continue };
            let aggregate = entry.event.aggregate_id;
            let held = entry.held_until.is_some_and(|until| until > now);
            if held || blocked.contains(&aggregate) {
                blocked.insert(aggregate);
                continue;
            }
            entry.attempts += 1;
            entry.held_until = Some(lease);
            claimed.push(*place);
        }
        claimed.into_iter().filter_map(|place| self.stored(place)).collect()
    }
}

#[async_trait]
impl EventLog for MemoryStore {
    async fn claim(
        &self,
        context: &'static str,
        _worker: Uuid,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.write(|state| state.logs.entry(context).or_default().claim(now, lease, limit as usize)))
    }

    async fn mark_published(&self, context: &'static str, events: &[Uuid]) -> Result<(), StoreError> {
        self.write(|state| {
            let log = state.logs.entry(context).or_default();
            for id in events {
                if let Some(place) = log.by_id.get(id) {
                    log.unpublished.remove(place);
                }
            }
        });
        Ok(())
    }

    async fn postpone(&self, context: &'static str, events: &[Uuid], until: Timestamp) -> Result<(), StoreError> {
        self.write(|state| {
            let log = state.logs.entry(context).or_default();
            for id in events {
                let place = log.by_id.get(id).copied();
                if let Some(entry) = place.and_then(|place| log.events.get_mut(place)) {
                    entry.held_until = Some(until);
                }
            }
        });
        Ok(())
    }

    async fn release(&self, context: &'static str) -> Result<(), StoreError> {
        self.write(|state| {
            let log = state.logs.entry(context).or_default();
            for place in &log.unpublished {
                if let Some(entry) = log.events.get_mut(*place) {
                    entry.held_until = None;
                }
            }
        });
        Ok(())
    }

    async fn unpublished(&self, context: &'static str) -> Result<u64, StoreError> {
        Ok(self.read(|state| state.logs.get(context).map_or(0, |log| log.unpublished.len() as u64)))
    }

    async fn read(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, StoreError> {
        let mut found = self.read(|state| {
            let logs = state.logs.iter();
            let logs = logs.filter(|(context, _)| query.contexts.is_empty() || query.contexts.contains(context));
            let places = logs.flat_map(|(_, log)| (0..log.events.len()).map(move |place| (log, place)));
            let matching =
                places.filter(|(log, place)| log.events.get(*place).is_some_and(|entry| query.wants(&entry.event)));
            matching.filter_map(|(log, place)| log.stored(place)).collect::<Vec<_>>()
        });
        found.sort_by_key(|stored| stored.event.id);
        if query.newest_first {
            found.reverse();
        }
        found.truncate(query.limit as usize);
        Ok(found)
    }

    async fn replay(&self, context: &'static str, after: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let from = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(self.read(|state| {
            let log = state.logs.get(context);
            let places = log.map_or(0..0, |log| from..log.events.len()).take(limit as usize);
            places.filter_map(|place| log.and_then(|log| log.stored(place))).collect()
        }))
    }
}
