//! Learning what came of exposures, and keeping the records equal to them: see [`record`](super::record) for how, and
//! [`vote`](super::vote) for what a user's word counts.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use futures_util::future::try_join;
use uuid::Uuid;

use super::{
    CategoryPerformance, Exposure, ExposureId, Outcome, PromptCategory, PromptContext, Prompts, VersionId,
    choose::{is_seen_by, withdrawn},
    event::{
        FEEDBACK_GIVEN, FeedbackGiven, PromptExposed, PromptOutcomeRecorded, RESPONSE_GENERATED, ResponseGenerated,
    },
    record::{Totals, VersionPerformance},
    vote::Ballot,
};
use crate::{
    changes::Changes,
    entity::{Context, Versioned},
    error::{Error, StoreError},
    event::{EventBody, EventHandler, StoredEvent, new_events},
    query::{Deleted, Query},
    repository::ContextStore,
    request::RequestContext,
    time::Timestamp,
    validate::Validator,
};

fn check_outcome(outcome: &Outcome) -> Result<(), Error> {
    let mut check = Validator::new();
    if *outcome == Outcome::default() {
        check.fault("outcome", "must tell at least one of success, rating and responseTime");
    }
    if outcome.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
        check.fault("rating", "must be between 1 and 5");
    }
    Ok(check.finish()?)
}

impl Prompts {
    /// The caller's own exposure.
    async fn exposure(&self, request: &RequestContext, id: ExposureId) -> Result<Exposure, Error> {
        let exposure = self.repository.get(id).await?.filter(|exposure| is_seen_by(exposure, request));
        exposure.ok_or(Error::NotFound { kind: "exposure" })
    }

    /// Changes an exposure, and what else that changes, and tells the differences; again when somebody else was quicker.
    async fn change_exposure(
        &self,
        request: &RequestContext,
        id: ExposureId,
        change: impl Fn(&mut Ballot) -> Result<(), Error> + Send + Sync,
    ) -> Result<(), Error> {
        for _ in 0..=self.options.retries {
            let exposure = self.exposure(request, id).await?;
            let mut ballot = self.ballot(vec![exposure]).await?;
            change(&mut ballot)?;
            let touched = ballot.changed();
            if touched.is_empty() {
                return Ok(());
            }
            let mut changes = Changes::new();
            for (before, mut exposure) in touched {
                let told = PromptOutcomeRecorded {
                    exposure_id: exposure.id,
                    prompt_id: exposure.prompt_id,
                    version_id: exposure.version_id,
                    version_number: exposure.version_number,
                    category: exposure.category,
                    change: exposure.totals().minus(&before.totals()),
                    withdrawn: exposure.withdrawn,
                };
                changes = changes.update(&mut exposure);
                changes = changes.causing(self.events(request).event(&exposure, exposure.revision, &told));
            }
            match self.repository.commit(changes).await {
                Err(error) if error.is_conflict() => {}
                done => return Ok(done?),
            }
        }
        Err(Error::Stale { kind: "exposure" })
    }

    pub(super) async fn learn(&self, request: &RequestContext, id: ExposureId, outcome: Outcome) -> Result<(), Error> {
        check_outcome(&outcome)?;
        let now = self.clock.now();
        let change = move |ballot: &mut Ballot| {
            let Some(exposure) = ballot.get_mut(id) else { return Ok(()) };
            if exposure.withdrawn {
                return Err(withdrawn());
            }
            if !exposure.tell(&outcome, now) {
                let detail = "another outcome was recorded for this exposure; what was told once stays";
                return Err(Error::conflict("outcome_recorded", detail));
            }
            ballot.vote(id);
            Ok(())
        };
        self.change_exposure(request, id, change).await
    }

    /// Takes an exposure back, or keeps its id from ever being one: whoever chooses under it may have been slower than
    /// whoever takes it back, and must not be left with an exposure that nobody takes back any more.
    pub(super) async fn take_back(&self, request: &RequestContext, id: ExposureId) -> Result<(), Error> {
        for _ in 0..=self.options.retries {
            match self.exposure_of_any_time(id).await? {
                Some(exposure) if exposure.deleted_at.is_some() => return Ok(()),
                Some(_) => {
                    let withdraw = |ballot: &mut Ballot| {
                        ballot.get_mut(id).into_iter().for_each(|exposure| exposure.withdrawn = true);
                        Ok(())
                    };
                    return self.change_exposure(request, id, withdraw).await;
                }
                None => {}
            }
            let never = Exposure::never_served(id, self.clock.now());
            match self.repository.commit(Changes::new().insert(&never)).await {
                Ok(()) => return Ok(()),
                // Chosen, or kept from being chosen, at this moment.
                Err(StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Stale { kind: "exposure" })
    }

    /// An exposure, or what keeps its id from being one.
    pub(super) async fn exposure_of_any_time(&self, id: ExposureId) -> Result<Option<Exposure>, Error> {
        let query = Query::filter(Exposure::ID.eq(id)).deleted(Deleted::Included).limit(1);
        Ok(self.repository.find(&query).await?.pop())
    }
}

/// What an AI event tells of an exposure.
enum Report {
    Response(ResponseGenerated),
    Rating(u8),
}

impl Report {
    fn read(event: &StoredEvent) -> Result<Option<(ExposureId, Self)>, Error> {
        fn body<T: serde::de::DeserializeOwned>(event: &StoredEvent) -> Result<T, Error> {
            let event = &event.event;
            serde_json::from_str(&event.body)
                .map_err(|error| Error::internal(format!("event {} ({}): {error}", event.id, event.event_type)))
        }
        match event.event.event_type.as_ref() {
            RESPONSE_GENERATED => {
                let response: ResponseGenerated = body(event)?;
                // An answer to a prompt that was not chosen here is no evidence about a choice.
                Ok(response.exposure_id.map(|id| (id, Self::Response(response))))
            }
            FEEDBACK_GIVEN => {
                let FeedbackGiven { exposure_id, rating } = body(event)?;
                let rating = rating.filter(|rating| (1..=5).contains(rating));
                Ok(exposure_id.zip(rating).map(|(id, rating)| (id, Self::Rating(rating))))
            }
            _ => Ok(None),
        }
    }

    /// An exposure that is not there was not chosen here, or was erased.
    fn apply(&self, ballot: &mut Ballot, id: ExposureId, at: Timestamp) {
        let Some(exposure) = ballot.get_mut(id) else { return };
        match self {
            Self::Response(response) => {
                let time = response.response_time_ms.map(|time| u32::try_from(time).unwrap_or(u32::MAX));
                exposure.measure(response.success, time);
                exposure.cost = exposure.cost.take().or(response.cost());
            }
            Self::Rating(rating) => {
                exposure.rate(*rating, at);
                ballot.vote(id);
            }
        }
    }
}

/// What a batch of events adds to the records.
#[derive(Default)]
struct Additions {
    versions: BTreeMap<VersionId, (Totals, Option<Timestamp>)>,
    categories: BTreeMap<PromptCategory, Totals>,
}

impl Additions {
    fn add(&mut self, version: VersionId, category: PromptCategory, change: &Totals, served_at: Option<Timestamp>) {
        let (totals, last) = self.versions.entry(version).or_default();
        totals.add(change);
        *last = (*last).max(served_at);
        self.categories.entry(category).or_default().add(change);
    }

    /// What the events of this context say.
    fn told(events: &[Arc<StoredEvent>]) -> Result<Self, Error> {
        let mut additions = Self::default();
        for StoredEvent { event, .. } in events.iter().map(AsRef::as_ref) {
            if let Some(exposed) = event.as_kind::<PromptExposed>()? {
                let one = Totals { uses: 1, ..Totals::default() };
                additions.add(exposed.version_id, exposed.category, &one, Some(event.occurred_at));
            } else if let Some(told) = event.as_kind::<PromptOutcomeRecorded>()? {
                additions.add(told.version_id, told.category, &told.change, None);
            }
        }
        Ok(additions)
    }
}

/// Writes an entity that changed; one that was not stored yet is new.
fn write<E: Versioned<Context = PromptContext>>(
    changes: Changes<PromptContext>,
    entity: &mut E,
    stored: bool,
) -> Changes<PromptContext> {
    if stored { changes.update(entity) } else { changes.insert(entity) }
}

impl Prompts {
    /// Everything that a batch changes, in one commit.
    async fn effects_of(&self, events: &[Arc<StoredEvent>]) -> Result<(Changes<PromptContext>, Additions), Error> {
        let mut additions = Additions::told(events)?;
        let mut changes = events.iter().fold(Changes::new(), |changes, event| changes.handling(event.event.id));
        let reports: Vec<(ExposureId, Report, Timestamp)> = events
            .iter()
            .filter_map(|event| {
                let found = Report::read(event).transpose()?;
                Some(found.map(|(id, report)| (id, report, event.event.occurred_at)))
            })
            .collect::<Result<_, Error>>()?;
        if !reports.is_empty() {
            let ids: HashSet<ExposureId> = reports.iter().map(|(id, ..)| *id).collect();
            let found = self.repository.find(&Query::filter(Exposure::ID.one_of(ids))).await?;
            let tells = reports.iter().any(|(_, report, _)| matches!(report, Report::Rating(_)));
            let mut ballot = if tells { self.ballot(found).await? } else { Ballot::of(found) };
            for (id, report, at) in &reports {
                report.apply(&mut ballot, *id, *at);
            }
            for (before, mut after) in ballot.changed() {
                let change = after.totals().minus(&before.totals());
                additions.add(after.version_id, after.category, &change, None);
                changes = changes.update(&mut after);
            }
        }
        Ok((self.add_to_records(changes, &additions).await?, additions))
    }

    async fn add_to_records(
        &self,
        mut changes: Changes<PromptContext>,
        additions: &Additions,
    ) -> Result<Changes<PromptContext>, Error> {
        if additions.versions.is_empty() {
            return Ok(changes);
        }
        let versions = additions.versions.keys().map(|id| id.cast::<VersionPerformance>());
        let categories = additions.categories.keys().map(|category| CategoryPerformance::id_of(*category));
        let (versions, categories) = (
            Query::filter(VersionPerformance::ID.one_of(versions)),
            Query::filter(CategoryPerformance::ID.one_of(categories)),
        );
        let (versions, categories) =
            try_join(self.repository.find(&versions), self.repository.find(&categories)).await?;
        for mut record in versions {
            let Some((change, served_at)) = additions.versions.get(&record.id.cast()) else { continue };
            record.apply(change, *served_at);
            changes = changes.update(&mut record);
        }
        let mut stored: HashMap<_, _> = categories.into_iter().map(|record| (record.category, record)).collect();
        for (category, change) in &additions.categories {
            let found = stored.remove(category);
            let is_stored = found.is_some();
            let mut record = found.unwrap_or_else(|| CategoryPerformance::new(*category));
            record.totals.add(change);
            changes = write(changes, &mut record, is_stored);
        }
        Ok(changes)
    }

    /// Those of the events that are not handled, whatever their count of attempts says.
    async fn unhandled(&self, events: &[Arc<StoredEvent>]) -> Result<Vec<Arc<StoredEvent>>, StoreError> {
        let ids: Vec<Uuid> = events.iter().map(|event| event.event.id).collect();
        let handled: HashSet<Uuid> =
            ContextStore::<PromptContext>::handled(self.repository.as_ref(), &ids).await?.into_iter().collect();
        Ok(events.iter().filter(|event| !handled.contains(&event.event.id)).cloned().collect())
    }
}

#[async_trait]
impl EventHandler for Prompts {
    fn consumer(&self) -> &'static str {
        PromptContext::NAME
    }

    fn wants(&self, event_type: &str) -> bool {
        [RESPONSE_GENERATED, FEEDBACK_GIVEN, PromptExposed::TYPE, PromptOutcomeRecorded::TYPE].contains(&event_type)
    }

    async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error> {
        let mut fresh = new_events::<PromptContext>(self.repository.as_ref(), events).await?;
        for _ in 0..=self.options.retries {
            if fresh.is_empty() {
                return Ok(());
            }
            let (changes, additions) = self.effects_of(&fresh).await?;
            match self.repository.commit(changes).await {
                // A request, another batch or another process was quicker: its effect is read and added to.
                Err(error) if error.is_conflict() => fresh = self.unhandled(&fresh).await?,
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    let is_evidence =
                        |totals: &Totals| totals.outcomes != 0 || totals.ratings != 0 || totals.rating_sum != 0;
                    let moved = additions.categories.iter().filter(|(_, totals)| is_evidence(totals));
                    moved.for_each(|(category, _)| self.rankings.drop_ranking(*category));
                    return Ok(());
                }
            }
        }
        Err(Error::Stale { kind: "record" })
    }
}
