//! The prompt service over its ports.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::try_join;

use super::{
    DraftTemplate, EditPrompt, ExposureId, GoldenChoice, GoldenRequest, LabelChange, LabelMove, MoveLabel, NewPrompt,
    OptimizeOutcome, Outcome, Prompt, PromptCategory, PromptContext, PromptDetails, PromptFilter, PromptId,
    PromptLibrary, PromptOptions, PromptRepository, PromptService, PromptSort, PromptVersion, Rendered, RenderedDraft,
    SavedPrompt, SeedReport, UsageStatistics, VariableValues, VersionDiff, VersionRecord, VersionSelector,
    cache::{Forms, Rankings},
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    event::EventFactory,
    id::IdGenerator,
    page::{Page, PageRequest},
    query::{Deleted, Query},
    request::{RequestContext, Role},
    time::Clock,
};

/// The prompt library: [`PromptService`] and [`PromptLibrary`] over a [`PromptRepository`], the context's
/// [`EventHandler`](crate::event::EventHandler) and its [`PersonalData`](crate::user::PersonalData).
pub struct Prompts {
    pub(super) repository: Arc<dyn PromptRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) options: PromptOptions,
    pub(super) rankings: Rankings,
    pub(super) forms: Forms,
}

impl Prompts {
    /// Over these ports.
    pub fn new(
        repository: Arc<dyn PromptRepository>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        options: PromptOptions,
    ) -> Self {
        let (rankings, forms) = (Rankings::new(options.ranking_age), Forms::new(options.parsed_versions));
        Self { repository, clock, ids, options, rankings, forms }
    }

    pub(super) fn events<'a>(&'a self, request: &'a RequestContext) -> EventFactory<'a> {
        EventFactory::new(self.clock.as_ref(), self.ids.as_ref(), request)
    }

    /// A living prompt.
    pub(super) async fn living(&self, id: PromptId) -> Result<Prompt, Error> {
        self.repository.get(id).await?.ok_or(Error::NotFound { kind: "prompt" })
    }

    /// A living prompt at the revision that the caller read.
    pub(super) async fn living_at(&self, id: PromptId, expected: Option<Revision>) -> Result<Prompt, Error> {
        let prompt = self.living(id).await?;
        at_revision(&prompt, expected)?;
        Ok(prompt)
    }

    /// A prompt, deleted or not.
    pub(super) async fn prompt_of_any_time(&self, id: PromptId, deleted: Deleted) -> Result<Prompt, Error> {
        let query = Query::filter(Prompt::ID.eq(id)).deleted(deleted).limit(1);
        self.repository.find(&query).await?.pop().ok_or(Error::NotFound { kind: "prompt" })
    }

    /// Commits a change of a prompt; its category is ranked anew.
    pub(super) async fn commit(&self, prompt: &Prompt, changes: Changes<PromptContext>) -> Result<(), Error> {
        self.repository.commit(changes).await.map_err(refused)?;
        self.rankings.drop_ranking(prompt.category);
        Ok(())
    }
}

/// What a refused write means to the caller.
pub(super) fn refused(error: StoreError) -> Error {
    match error {
        StoreError::Duplicate { kind: "prompt", columns } if columns == "name" => {
            Error::conflict("name_taken", "another prompt has this name: choose a different one")
        }
        // Whoever was quicker changed the prompt as well, so that both end as the same answer.
        StoreError::Duplicate { .. } | StoreError::Stale { .. } => Error::Stale { kind: "prompt" },
        other => other.into(),
    }
}

/// Refuses a prompt that is not at the revision that the caller read.
pub(super) fn at_revision(prompt: &Prompt, expected: Option<Revision>) -> Result<(), Error> {
    if expected.is_some_and(|expected| expected != prompt.revision) {
        return Err(Error::Stale { kind: "prompt" });
    }
    Ok(())
}

/// Whether the caller may read the library: every user, and our own services.
pub(super) const fn may_read(request: &RequestContext) -> Result<(), Error> {
    if request.roles.has(Role::Service) { Ok(()) } else { request.require(Role::User) }
}

#[async_trait]
impl PromptService for Prompts {
    async fn golden(&self, request: &RequestContext, golden: GoldenRequest) -> Result<GoldenChoice, Error> {
        may_read(request)?;
        self.choose(request, golden).await
    }

    async fn render(
        &self,
        request: &RequestContext,
        prompt: PromptId,
        version_number: u32,
        values: &VariableValues,
    ) -> Result<Rendered, Error> {
        may_read(request)?;
        self.render_number(prompt, version_number, values).await
    }

    async fn withdraw(&self, request: &RequestContext, exposure: ExposureId) -> Result<(), Error> {
        may_read(request)?;
        self.take_back(request, exposure).await
    }

    async fn record_outcome(
        &self,
        request: &RequestContext,
        exposure: ExposureId,
        outcome: Outcome,
    ) -> Result<(), Error> {
        may_read(request)?;
        self.learn(request, exposure, outcome).await
    }
}

#[async_trait]
impl PromptLibrary for Prompts {
    async fn create(&self, request: &RequestContext, prompt: NewPrompt) -> Result<SavedPrompt, Error> {
        request.require(Role::PromptEditor)?;
        self.create_prompt(request, prompt).await
    }

    async fn edit(
        &self,
        request: &RequestContext,
        id: PromptId,
        edit: EditPrompt,
        expected: Option<Revision>,
    ) -> Result<SavedPrompt, Error> {
        request.require(Role::PromptEditor)?;
        self.edit_prompt(request, id, edit, expected).await
    }

    async fn get(&self, request: &RequestContext, id: PromptId) -> Result<PromptDetails, Error> {
        may_read(request)?;
        self.shown_by_id(id).await
    }

    async fn by_name(
        &self,
        request: &RequestContext,
        name: &str,
        version: VersionSelector,
    ) -> Result<PromptDetails, Error> {
        may_read(request)?;
        self.named(name, version).await
    }

    async fn search(
        &self,
        request: &RequestContext,
        filter: PromptFilter,
        sort: PromptSort,
        page: PageRequest,
    ) -> Result<Page<PromptDetails>, Error> {
        may_read(request)?;
        self.matching(filter, sort, &page).await
    }

    async fn by_category(
        &self,
        request: &RequestContext,
        category: PromptCategory,
        page: PageRequest,
    ) -> Result<Page<PromptDetails>, Error> {
        may_read(request)?;
        let filter = PromptFilter { category: Some(category), active: Some(true), ..PromptFilter::default() };
        self.matching(filter, PromptSort::LastUpdatedFirst, &page).await
    }

    async fn delete(&self, request: &RequestContext, id: PromptId, expected: Option<Revision>) -> Result<(), Error> {
        request.require(Role::PromptEditor)?;
        self.delete_prompt(request, id, expected).await
    }

    async fn restore(
        &self,
        request: &RequestContext,
        id: PromptId,
        expected: Option<Revision>,
    ) -> Result<PromptDetails, Error> {
        request.require(Role::PromptEditor)?;
        self.restore_prompt(request, id, expected).await
    }

    async fn versions(
        &self,
        request: &RequestContext,
        id: PromptId,
        page: PageRequest,
    ) -> Result<Page<PromptVersion>, Error> {
        may_read(request)?;
        self.version_history(id, &page).await
    }

    async fn version(&self, request: &RequestContext, id: PromptId, number: u32) -> Result<PromptVersion, Error> {
        may_read(request)?;
        self.living(id).await?;
        self.version_numbered(id, number).await
    }

    async fn diff(&self, request: &RequestContext, id: PromptId, from: u32, to: u32) -> Result<VersionDiff, Error> {
        may_read(request)?;
        self.living(id).await?;
        let (from, to) = try_join(self.version_numbered(id, from), self.version_numbered(id, to)).await?;
        Ok(super::diff::compare(&from, &to))
    }

    async fn move_label(
        &self,
        request: &RequestContext,
        id: PromptId,
        label: MoveLabel,
        expected_revision: Option<Revision>,
    ) -> Result<LabelChange, Error> {
        request.require(Role::PromptEditor)?;
        self.point_label(request, id, label, expected_revision).await
    }

    async fn label_history(
        &self,
        request: &RequestContext,
        id: PromptId,
        page: PageRequest,
    ) -> Result<Page<LabelMove>, Error> {
        may_read(request)?;
        self.move_history(id, &page).await
    }

    async fn rollback(
        &self,
        request: &RequestContext,
        id: PromptId,
        version: u32,
        reason: String,
        expected: Option<Revision>,
    ) -> Result<PromptDetails, Error> {
        request.require(Role::PromptEditor)?;
        self.roll_back(request, id, version, &reason, expected).await
    }

    async fn render_version(
        &self,
        request: &RequestContext,
        id: PromptId,
        version: VersionSelector,
        values: &VariableValues,
    ) -> Result<Rendered, Error> {
        may_read(request)?;
        let prompt = self.living(id).await?;
        let number = self.selected(&prompt, version).await?;
        self.render_number(id, number, values).await
    }

    async fn render_draft(&self, request: &RequestContext, draft: DraftTemplate) -> Result<RenderedDraft, Error> {
        request.require(Role::PromptEditor)?;
        self.fill_draft(&draft)
    }

    async fn performance(&self, request: &RequestContext, id: PromptId) -> Result<Vec<VersionRecord>, Error> {
        may_read(request)?;
        self.records(id).await
    }

    async fn usage_statistics(&self, request: &RequestContext) -> Result<UsageStatistics, Error> {
        may_read(request)?;
        self.usage().await
    }

    async fn optimize(&self, request: &RequestContext, id: PromptId) -> Result<OptimizeOutcome, Error> {
        request.require(Role::PromptEditor)?;
        self.promote_on_evidence(request, id).await
    }

    async fn seed(&self, request: &RequestContext) -> Result<SeedReport, Error> {
        request.require(Role::Admin)?;
        self.seed_library(request).await
    }
}
