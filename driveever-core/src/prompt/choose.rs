//! The road's two steps: choosing the golden prompt, and rendering it.
//!
//! Both answer from memory once warm. A ranking is read anew after a change that this process made or heard of, and at
//! the latest when it is [`PromptOptions::ranking_age`](super::PromptOptions::ranking_age) old. Choosing then writes one row,
//! the exposure, that no other request writes; rendering reads and writes nothing.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::try_join3;

use super::{
    CategoryPerformance, DraftTemplate, Exposure, ExposureId, GoldenChoice, GoldenRequest, Prompt, PromptCategory,
    PromptContext, PromptId, PromptVersion, Prompts, Rendered, RenderedDraft, VariableValues, VersionId,
    cache::Ranking,
    content::check_form,
    edit::user_of,
    event::PromptExposed,
    record::{Totals, VersionPerformance},
    select::{Candidate, rank},
    values::Form,
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    query::{Deleted, Filter, Query},
    request::{RequestContext, Role},
    validate::Validator,
};

/// An exposure of the caller's own; our own services and admins see all.
pub(super) fn is_seen_by(exposure: &Exposure, request: &RequestContext) -> bool {
    let own = exposure.user_id.is_some_and(|owner| request.may_see(owner));
    own || request.roles.has(Role::Service) || request.roles.has(Role::Admin)
}

/// The answer about an exposure that was taken back.
pub(super) fn withdrawn() -> Error {
    Error::conflict("exposure_withdrawn", "the exposure was taken back: ask for a prompt again")
}

impl Prompts {
    pub(super) async fn choose(&self, request: &RequestContext, golden: GoldenRequest) -> Result<GoldenChoice, Error> {
        if let Some(key) = &golden.assignment_key {
            let mut check = Validator::new();
            check.text("assignmentKey", key, self.options.limits.assignment_key);
            check.finish()?;
        }
        let ranking = self.ranking(golden.category).await?;
        let Some(candidate) = ranking.iter().find(|candidate| golden.supply.suffices(&candidate.version.variables))
        else {
            // What was chosen before stays chosen, though there is no choice any more.
            let missing = Error::NotFound { kind: "golden prompt" };
            return match golden.exposure_id {
                Some(id) => self.chosen_before(request, id).await?.ok_or(missing),
                None => Err(missing),
            };
        };
        let exposure = self.exposure_of(request, &golden, candidate);
        let exposed = PromptExposed {
            exposure_id: exposure.id,
            prompt_id: exposure.prompt_id,
            version_id: exposure.version_id,
            version_number: exposure.version_number,
            category: exposure.category,
            experiment_id: exposure.experiment_id,
            arm: exposure.arm,
            propensity: exposure.propensity,
        };
        let event = self.events(request).event(&exposure, exposure.revision, &exposed);
        let changes = Changes::<PromptContext>::new().insert(&exposure).causing(event);
        match self.repository.commit(changes).await {
            Ok(()) => Ok(GoldenChoice {
                prompt: candidate.prompt.clone(),
                version: candidate.version.clone(),
                reason: candidate.reason.clone(),
                experiment_id: None,
                arm: None,
                propensity: exposure.propensity,
                exposure_id: exposure.id,
            }),
            // Asked before: most requests are not, so that looking first would cost them a read.
            Err(StoreError::Duplicate { .. }) if golden.exposure_id.is_some() => {
                let before = self.chosen_before(request, exposure.id).await?;
                before.ok_or(Error::NotFound { kind: "exposure" })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn exposure_of(&self, request: &RequestContext, golden: &GoldenRequest, candidate: &Candidate) -> Exposure {
        let named = || golden.assignment_key.as_deref().and_then(|key| key.parse().ok());
        Exposure {
            id: golden.exposure_id.unwrap_or_else(|| self.ids.id()),
            revision: Revision::FIRST,
            deleted_at: None,
            prompt_id: candidate.prompt.id,
            version_id: candidate.version.id,
            version_number: candidate.version.number,
            category: golden.category,
            assignment_key: golden.assignment_key.clone(),
            user_id: user_of(request).or_else(named),
            experiment_id: None,
            arm: None,
            propensity: 1.0,
            success: None,
            measured: false,
            rating: None,
            rated_at: None,
            voter: None,
            response_time_ms: None,
            cost: None,
            served_at: self.clock.now(),
            withdrawn: false,
        }
    }

    /// The choice that an exposure recorded.
    async fn chosen_before(&self, request: &RequestContext, id: ExposureId) -> Result<Option<GoldenChoice>, Error> {
        let Some(exposure) = self.exposure_of_any_time(id).await? else { return Ok(None) };
        if exposure.deleted_at.is_some() {
            return Err(withdrawn());
        }
        if !is_seen_by(&exposure, request) {
            return Err(Error::NotFound { kind: "exposure" });
        }
        if exposure.withdrawn {
            return Err(withdrawn());
        }
        let prompt = self.prompt_of_any_time(exposure.prompt_id, Deleted::Included).await?;
        let version = self.version_by_id(exposure.version_id).await?;
        Ok(Some(GoldenChoice {
            prompt: prompt.into(),
            version: version.into(),
            reason: "chosen before under this exposure".into(),
            experiment_id: exposure.experiment_id,
            arm: exposure.arm,
            propensity: exposure.propensity,
            exposure_id: exposure.id,
        }))
    }

    async fn ranking(&self, category: PromptCategory) -> Result<Ranking, Error> {
        let now = self.clock.now();
        match self.rankings.get(category, now) {
            Ok(ranking) => Ok(ranking),
            Err(generation) => {
                let ranking: Ranking = self.read_ranking(category).await?.into();
                self.rankings.put(category, generation, now, ranking.clone());
                Ok(ranking)
            }
        }
    }

    async fn read_ranking(&self, category: PromptCategory) -> Result<Vec<Candidate>, Error> {
        let active = Filter::all([
            Prompt::CATEGORY.eq(category),
            Prompt::IS_ACTIVE.eq(true),
            Prompt::PRODUCTION_VERSION_ID.is_null(false),
        ]);
        let query = Query::filter(active).sort(Prompt::LAST_UPDATED.descending()).limit(self.options.candidates);
        let prompts = self.repository.find(&query).await?;
        let served: Vec<VersionId> = prompts.iter().filter_map(|prompt| prompt.production_version_id).collect();
        if served.is_empty() {
            return Ok(Vec::new());
        }
        let versions = Query::filter(PromptVersion::ID.one_of(served.iter().copied()));
        let records = Query::filter(VersionPerformance::ID.one_of(served.into_iter().map(VersionId::cast)));
        let (versions, records, whole) = try_join3(
            self.repository.find(&versions),
            self.repository.find(&records),
            self.repository.get(CategoryPerformance::id_of(category)),
        )
        .await?;
        let mut versions: HashMap<_, _> = versions.into_iter().map(|version| (version.prompt_id, version)).collect();
        let records: HashMap<_, _> = records.into_iter().map(|record| (record.prompt_id, record)).collect();
        let whole = whole.map_or_else(Totals::default, |whole| whole.totals);
        let candidates = prompts.into_iter().filter_map(|prompt| {
            let (version, record) = (versions.remove(&prompt.id)?, records.get(&prompt.id));
            Some(Candidate::new(prompt, version, record, &whole))
        });
        Ok(rank(category, candidates.collect()))
    }

    async fn form(&self, prompt: PromptId, number: u32) -> Result<Arc<Form>, Error> {
        if let Some(form) = self.forms.get(prompt, number) {
            return Ok(form);
        }
        let version = self.version_numbered(prompt, number).await?;
        let form = Arc::new(Form::of_version(&version)?);
        self.forms.put(prompt, number, form.clone());
        Ok(form)
    }

    pub(super) async fn render_number(
        &self,
        prompt: PromptId,
        number: u32,
        values: &VariableValues,
    ) -> Result<Rendered, Error> {
        let form = self.form(prompt, number).await?;
        let (text, warnings) = form.fill(values, self.options.limits.fill())?;
        Ok(Rendered { text, prompt_id: prompt, version_number: number, warnings })
    }

    pub(super) fn fill_draft(&self, draft: &DraftTemplate) -> Result<RenderedDraft, Error> {
        let limits = &self.options.limits;
        let mut check = Validator::new();
        let checked = check_form(&mut check, limits, &draft.template, &draft.declared);
        check.finish()?;
        let bound =
            checked.and_then(|(template, used)| Some((Form::new(template, draft.declared.clone().into())?, used)));
        // Without a fault the template parsed and declares what it uses.
        let (form, variables) = bound.ok_or_else(|| Error::internal("a checked template does not bind"))?;
        let (text, warnings) = form.fill(&draft.values, limits.fill())?;
        Ok(RenderedDraft { text, variables, warnings })
    }
}
