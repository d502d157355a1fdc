//! Putting the golden library into a store.
//!
//! Idempotent, at every start if one likes. A prompt of the library is known by its key, which it keeps when it is
//! renamed. One that is missing is made. One that nobody edited follows the library: a changed text becomes a new
//! version, which serves at once. One that an operator edited, relabelled, optimised or deleted, and a name that an
//! operator took first, are left as they are. Records of versions are never touched. Two processes that seed at once end as one.

use std::collections::{HashMap, HashSet};

use super::{
    Bump, NewPrompt, PRODUCTION, Prompt, PromptContext, PromptVersion, Prompts, SeedReport, VersionId,
    content::{CheckedPrompt, check_new},
    edit::{NewIds, decide_create, next_version, user_of},
    event::PromptEdited,
    golden::{GoldenPrompt, golden_library},
    labels::Move,
    prompts::refused,
    record::VersionPerformance,
};
use crate::{
    changes::Changes,
    error::Error,
    query::{Deleted, Query},
    request::RequestContext,
};

impl From<GoldenPrompt> for NewPrompt {
    fn from(golden: GoldenPrompt) -> Self {
        Self {
            name: golden.name,
            description: golden.description,
            category: golden.category,
            template: golden.template,
            variables: golden.variables,
            expected_output: golden.expected_output,
            tags: golden.tags,
            metadata: Some(golden.metadata),
        }
    }
}

/// What the store has of the library.
struct Stored {
    /// By key of the library, deleted ones too; a living one before a deleted one.
    by_key: HashMap<String, Prompt>,
    /// Names of living prompts.
    taken: HashSet<String>,
    /// The newest version of each of these prompts.
    versions: HashMap<VersionId, PromptVersion>,
}

impl Prompts {
    async fn stored(&self, keys: &[String]) -> Result<Stored, Error> {
        let known = keys.iter().map(|key| Some(key.clone()));
        let known = Query::filter(Prompt::LIBRARY_KEY.one_of(known)).deleted(Deleted::Included);
        let named = Query::filter(Prompt::NAME.one_of(keys.iter().cloned()));
        let mut by_key: HashMap<String, Prompt> = HashMap::new();
        for prompt in self.repository.find(&known).await? {
            let Some(key) = prompt.library_key.clone() else { continue };
            let kept = by_key.entry(key).or_insert_with(|| prompt.clone());
            if prompt.deleted_at.is_none() {
                *kept = prompt;
            }
        }
        let taken = self.repository.find(&named).await?.into_iter().map(|prompt| prompt.name).collect();
        let newest = by_key.values().map(|prompt| prompt.latest_version_id).collect::<Vec<_>>();
        let versions = self.repository.find(&Query::filter(PromptVersion::ID.one_of(newest))).await?;
        Ok(Stored { by_key, taken, versions: versions.into_iter().map(|version| (version.id, version)).collect() })
    }

    pub(super) async fn seed_library(&self, request: &RequestContext) -> Result<SeedReport, Error> {
        let library = golden_library().map_err(Error::internal)?;
        self.seed_with(request, library).await
    }

    /// Seeds with a library of one's own; what [`PromptLibrary::seed`](super::PromptLibrary::seed) does with ours.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a prompt that the limits refuse, or the store's.
    pub async fn seed_with(&self, request: &RequestContext, library: Vec<GoldenPrompt>) -> Result<SeedReport, Error> {
        let keys: Vec<String> = library.iter().map(|golden| golden.name.clone()).collect();
        let library = library.into_iter().map(|golden| check_new(&self.options.limits, golden.into()));
        let library: Vec<CheckedPrompt> = library.collect::<Result<_, _>>()?;
        for _ in 0..=self.options.retries {
            let stored = self.stored(&keys).await?;
            let (changes, report) = self.plan(request, &library, stored)?;
            if changes.is_empty() {
                return Ok(report);
            }
            match self.repository.commit(changes).await {
                // Another process seeds, or an operator edits: look again.
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(refused(error)),
                Ok(()) => {
                    for category in super::PromptCategory::ALL {
                        self.rankings.drop_ranking(*category);
                    }
                    return Ok(report);
                }
            }
        }
        Err(Error::Stale { kind: "prompt" })
    }

    fn plan(
        &self,
        request: &RequestContext,
        library: &[CheckedPrompt],
        mut stored: Stored,
    ) -> Result<(Changes<PromptContext>, SeedReport), Error> {
        let mut report = SeedReport::default();
        let mut changes = Changes::new();
        for golden in library {
            let key = golden.name.clone();
            match stored.by_key.remove(&key) {
                None if stored.taken.contains(&key) => report.kept.push(key),
                None => {
                    changes = changes.and(self.create_golden(request, golden));
                    report.created.push(key);
                }
                Some(prompt) if prompt.edited || prompt.deleted_at.is_some() => report.kept.push(key),
                Some(prompt) => {
                    let latest = stored.versions.remove(&prompt.latest_version_id);
                    let latest = latest.ok_or_else(|| Error::internal(format!("\"{key}\" has no newest version")))?;
                    match self.follow_library(request, golden, prompt, &latest) {
                        None => report.unchanged.push(key),
                        Some(update) => {
                            changes = changes.and(update);
                            report.updated.push(key);
                        }
                    }
                }
            }
        }
        Ok((changes, report))
    }

    fn create_golden(&self, request: &RequestContext, golden: &CheckedPrompt) -> Changes<PromptContext> {
        let ids = NewIds { prompt: self.ids.id(), version: self.ids.id(), label_move: self.ids.id() };
        let copy = CheckedPrompt {
            name: golden.name.clone(),
            description: golden.description.clone(),
            category: golden.category,
            tags: golden.tags.clone(),
            metadata: golden.metadata.clone(),
            content: golden.content.clone(),
            warnings: Vec::new(),
        };
        let (author, now, events) = (user_of(request), self.clock.now(), self.events(request));
        decide_create(copy, Some(golden.name.clone()), &ids, author, now, events).2
    }

    /// What makes a prompt that nobody edited as the library has it; none when it is.
    fn follow_library(
        &self,
        request: &RequestContext,
        golden: &CheckedPrompt,
        mut prompt: Prompt,
        latest: &PromptVersion,
    ) -> Option<Changes<PromptContext>> {
        let same_standing = prompt.description == golden.description
            && prompt.category == golden.category
            && prompt.tags == golden.tags
            && prompt.metadata == golden.metadata;
        let same_text = golden.content.is_that_of(latest);
        if same_standing && same_text {
            return None;
        }
        prompt.description.clone_from(&golden.description);
        prompt.category = golden.category;
        prompt.tags.clone_from(&golden.tags);
        prompt.metadata.clone_from(&golden.metadata);
        let now = self.clock.now();
        if same_text {
            prompt.last_updated = now;
            let edited = PromptEdited { fields: vec!["library".to_owned()], version_number: None };
            let changes = Changes::new().update(&mut prompt);
            return Some(changes.causing(self.events(request).event(&prompt, prompt.revision, &edited)));
        }
        let note = Some("The golden library was updated.".to_owned());
        let (content, author) = (golden.content.clone(), user_of(request));
        let version = next_version(self.ids.id(), latest, content, Bump::Minor, note.clone(), author, now);
        (prompt.latest_version, prompt.latest_version_id) = (version.number, version.id);
        let changes = Changes::new().insert(&version).insert(&VersionPerformance::new(&version, prompt.category));
        let from = prompt.production_version;
        let planned = Move { label: PRODUCTION, row: None, from, to: Some(&version), reason: note, forced: false };
        Some(changes.and(self.changes_of(request, &mut prompt, planned)))
    }
}
