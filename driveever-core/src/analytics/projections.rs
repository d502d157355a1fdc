//! Keeping the projections: live from delivered events, and anew from the logs.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::{
    AnalyticsContext, AnalyticsRepository, Projection,
    model::ProjectionKey,
    project::{self, Projected, project},
};
use crate::{
    changes::Changes,
    entity::{Context, Revision},
    error::Error,
    event::{EventHandler, EventLog, StoredEvent, commit_once, unhandled_events},
    id::Id,
    query::Query,
    repository::RepositoryExt,
};

/// Rows read by id at a time.
const READ_CHUNK: usize = 1_000;
/// Events of a log read at a time.
const REPLAY_BATCH: u32 = 1_000;
/// How often a rebuild begins anew when events were handled in between.
const REBUILD_TRIES: usize = 5;

/// Keeps the projections.
///
/// As a consumer it applies a batch of events in one commit: each row that a batch touches is read and written once, and
/// the events are marked as handled in that commit, so that none counts twice. An event counts in the time in which it
/// occurred, however late it comes.
#[derive(Clone)]
pub struct Projections {
    repository: Arc<dyn AnalyticsRepository>,
}

/// What a rebuild does with what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebuildMode {
    /// Tells only. While events arrive, those on their way are differences too.
    Compare,
    /// Puts it right, in one commit.
    Replace,
}

/// What a rebuild found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RebuildReport {
    /// Events that count.
    pub events: u64,
    /// Rows that follow from them.
    pub rows: usize,
    /// Rows that were missing, wrong or too many.
    pub differing: usize,
}

impl Projections {
    /// Over this store.
    pub fn new(repository: Arc<dyn AnalyticsRepository>) -> Self {
        Self { repository }
    }

    /// Works all figures out anew from the logs, and compares them with what is stored or replaces it. Readers and the live
    /// consumer go on meanwhile: what it marks as handled is not counted again when it is delivered later, and when a row
    /// changes in between it begins anew. Figures of events that a log no longer keeps are lost by a replacement.
    ///
    /// # Errors
    /// The store's and the log's; [`Error::Stale`] or a duplicate when events kept coming in between;
    /// [`Error::Internal`] for an event that cannot be read.
    pub async fn rebuild(&self, log: &dyn EventLog, mode: RebuildMode) -> Result<RebuildReport, Error> {
        let mut tries = REBUILD_TRIES;
        loop {
            tries -= 1;
            // First what is stored, then the logs: an event that is in a row is in its log by then.
            let stored = self.stored().await?;
            let (projected, events, unhandled) = self.replayed(log).await?;
            let rows = projected.len();
            let (changes, differing) = difference(projected, stored);
            let report = RebuildReport { events, rows, differing };
            if mode == RebuildMode::Compare {
                return Ok(report);
            }
            let changes = unhandled.into_iter().fold(changes, Changes::handling);
            if changes.is_empty() {
                return Ok(report);
            }
            match self.repository.commit(changes).await {
                Ok(()) => return Ok(report),
                Err(error) if error.is_conflict() && tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn stored(&self) -> Result<HashMap<Id<Projection>, Projection>, Error> {
        let rows = self.repository.stream(Query::everything()).map_ok(|row: Projection| (row.id, row));
        Ok(rows.try_collect().await?)
    }

    /// Figures of everything in the logs, how many events counted, and which of them were not handled yet.
    async fn replayed(&self, log: &dyn EventLog) -> Result<(Projected, u64, HashSet<Uuid>), Error> {
        let (mut projected, mut events, mut unhandled) = (Projected::new(), 0, HashSet::new());
        for context in project::SOURCES.iter().copied() {
            let mut after = 0;
            loop {
                let batch = log.replay(context, after, REPLAY_BATCH).await?;
                let Some(last) = batch.last() else { break };
                after = last.position;
                let counted = batch.into_iter().filter(|stored| project::is_wanted(&stored.event.event_type));
                let counted: Vec<_> = counted.map(Arc::new).collect();
                for stored in &counted {
                    project(&stored.event, &mut projected)?;
                }
                events += counted.len() as u64;
                let fresh = unhandled_events(self.repository.as_ref(), &counted).await?;
                unhandled.extend(fresh.iter().map(|stored| stored.event.id));
            }
        }
        Ok((projected, events, unhandled))
    }

    /// The changes that add these figures to the stored ones.
    async fn addition(&self, projected: Projected) -> Result<Changes<AnalyticsContext>, Error> {
        let ids: Vec<Id<Projection>> = projected.keys().map(ProjectionKey::id).collect();
        let mut stored = HashMap::new();
        for chunk in ids.chunks(READ_CHUNK) {
            let query = Query::filter(Projection::ID.one_of(chunk.iter().copied()));
            stored.extend(self.repository.find(&query).await?.into_iter().map(|row| (row.id, row)));
        }
        Ok(projected.into_iter().fold(Changes::new(), |changes, (key, figures)| match stored.remove(&key.id()) {
            Some(mut row) => {
                row.figures.merge(&figures);
                changes.update(&mut row)
            }
            None => changes.insert(&row_of(key, figures)),
        }))
    }
}

fn row_of(key: ProjectionKey, figures: super::Figures) -> Projection {
    Projection {
        id: key.id(),
        revision: Revision::FIRST,
        deleted_at: None,
        granularity: key.granularity,
        dimension: key.dimension,
        key: key.key,
        start: key.start,
        figures,
    }
}

/// What makes the stored rows those that follow from the events, and how many rows that concerns.
fn difference(
    projected: Projected,
    mut stored: HashMap<Id<Projection>, Projection>,
) -> (Changes<AnalyticsContext>, usize) {
    let mut differing = 0;
    let mut changes = Changes::new();
    for (key, figures) in projected {
        changes = match stored.remove(&key.id()) {
            Some(row) if row.figures == figures => continue,
            Some(mut row) => {
                row.figures = figures;
                changes.update(&mut row)
            }
            None => changes.insert(&row_of(key, figures)),
        };
        differing += 1;
    }
    differing += stored.len();
    (stored.into_keys().fold(changes, Changes::delete), differing)
}

#[async_trait]
impl EventHandler for Projections {
    fn consumer(&self) -> &'static str {
        AnalyticsContext::NAME
    }

    fn wants(&self, event_type: &str) -> bool {
        project::is_wanted(event_type)
    }

    async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        commit_once(self.repository.as_ref(), events, |fresh| {
            let this = self.clone();
            Box::pin(async move {
                let mut projected = Projected::new();
                for stored in &fresh {
                    project(&stored.event, &mut projected)?;
                }
                this.addition(projected).await
            })
        })
        .await
    }
}
