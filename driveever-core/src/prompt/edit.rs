//! Making, editing, deleting and restoring prompts.

use super::{
    Bump, EditPrompt, LabelMove, NewPrompt, PRODUCTION, Prompt, PromptContext, PromptId, PromptVersion, Prompts,
    SavedPrompt, VersionId,
    content::{CheckedEdit, CheckedPrompt, Content, check_edit, check_new},
    event::{PromptCreated, PromptDeleted, PromptEdited, PromptRestored},
    prompts::at_revision,
    record::VersionPerformance,
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::Error,
    event::EventFactory,
    id::Id,
    query::Deleted,
    request::{Actor, RequestContext},
    time::Timestamp,
    user::UserId,
};

/// The user behind a request, when it is one.
pub(super) const fn user_of(request: &RequestContext) -> Option<UserId> {
    match request.actor {
        Actor::User(id) => Some(id),
        Actor::Anonymous | Actor::System => None,
    }
}

impl Bump {
    /// The number that follows.
    pub fn after(self, version: &semver::Version) -> semver::Version {
        let semver::Version { major, minor, patch, .. } = *version;
        match self {
            Self::Major => semver::Version::new(major.saturating_add(1), 0, 0),
            Self::Minor => semver::Version::new(major, minor.saturating_add(1), 0),
            Self::Patch => semver::Version::new(major, minor, patch.saturating_add(1)),
        }
    }
}

/// Ids of what a new prompt is made of.
pub(super) struct NewIds {
    pub(super) prompt: PromptId,
    pub(super) version: VersionId,
    pub(super) label_move: Id<LabelMove>,
}

/// A new prompt with its first version, served at once.
pub(super) fn decide_create(
    checked: CheckedPrompt,
    library_key: Option<String>,
    ids: &NewIds,
    author: Option<UserId>,
    now: Timestamp,
    events: EventFactory<'_>,
) -> (Prompt, PromptVersion, Changes<PromptContext>) {
    let Content { template, variables, expected_output } = checked.content;
    let version = PromptVersion {
        id: ids.version,
        prompt_id: ids.prompt,
        number: 1,
        version: semver::Version::new(1, 0, 0),
        template,
        variables,
        expected_output,
        change_note: None,
        created_by: author,
        created_at: now,
    };
    let prompt = Prompt {
        id: ids.prompt,
        revision: Revision::FIRST,
        deleted_at: None,
        name: checked.name,
        description: checked.description,
        category: checked.category,
        tags: checked.tags,
        is_active: true,
        metadata: checked.metadata,
        latest_version: 1,
        latest_version_id: version.id,
        production_version: Some(1),
        production_version_id: Some(version.id),
        edited: library_key.is_none(),
        library_key,
        created_at: now,
        last_updated: now,
    };
    let first_move = LabelMove {
        id: ids.label_move,
        prompt_id: prompt.id,
        label: PRODUCTION.to_owned(),
        from_version: None,
        to_version: Some(1),
        reason: None,
        forced: false,
        actor_id: author,
        moved_at: now,
    };
    let created = PromptCreated { category: prompt.category, version_number: 1 };
    let changes = Changes::new()
        .insert(&prompt)
        .insert(&version)
        .insert(&VersionPerformance::new(&version, prompt.category))
        .insert(&first_move)
        .causing(events.event(&prompt, prompt.revision, &created));
    (prompt, version, changes)
}

/// The version that follows `latest`.
pub(super) fn next_version(
    id: VersionId,
    latest: &PromptVersion,
    content: Content,
    bump: Bump,
    change_note: Option<String>,
    author: Option<UserId>,
    now: Timestamp,
) -> PromptVersion {
    PromptVersion {
        id,
        prompt_id: latest.prompt_id,
        number: latest.number.saturating_add(1),
        version: bump.after(&latest.version),
        template: content.template,
        variables: content.variables,
        expected_output: content.expected_output,
        change_note,
        created_by: author,
        created_at: now,
    }
}

/// Takes over what is edited in place; gives the names of the fields that changed.
fn edit_in_place(prompt: &mut Prompt, edit: &EditPrompt, checked: &CheckedEdit) -> Vec<String> {
    fn take<T: PartialEq + Clone>(field: &str, stored: &mut T, given: Option<&T>, changed: &mut Vec<String>) {
        if let Some(given) = given.filter(|given| **given != *stored) {
            *stored = given.clone();
            changed.push(field.to_owned());
        }
    }
    let mut changed = Vec::new();
    take("name", &mut prompt.name, checked.name.as_ref(), &mut changed);
    take("description", &mut prompt.description, checked.description.as_ref(), &mut changed);
    take("category", &mut prompt.category, edit.category.as_ref(), &mut changed);
    take("isActive", &mut prompt.is_active, edit.is_active.as_ref(), &mut changed);
    take("tags", &mut prompt.tags, checked.tags.as_ref(), &mut changed);
    take("metadata", &mut prompt.metadata, Some(&checked.metadata), &mut changed);
    changed
}

/// Which parts of what a version says differ.
fn content_fields(content: &Content, version: &PromptVersion) -> impl Iterator<Item = String> {
    let fields = [
        ("template", content.template != version.template),
        ("variables", content.variables != version.variables),
        ("expectedOutput", content.expected_output != version.expected_output),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field.to_owned())
}

impl Prompts {
    pub(super) async fn create_prompt(
        &self,
        request: &RequestContext,
        prompt: NewPrompt,
    ) -> Result<SavedPrompt, Error> {
        let checked = check_new(&self.options.limits, prompt)?;
        let warnings = checked.warnings.clone();
        // An idempotent request names the identity of what it makes: its repetition finds what the first one made.
        let named = request.idempotency.map(Id::<Prompt>::new);
        if let Some(id) = named
            && let Some(prompt) = self.repository.get(id).await?
        {
            return Ok(SavedPrompt { details: self.details(prompt).await?, new_version: true, warnings });
        }
        let ids = NewIds {
            prompt: named.unwrap_or_else(|| self.ids.id()),
            version: self.ids.id(),
            label_move: self.ids.id(),
        };
        let (prompt, version, changes) =
            decide_create(checked, None, &ids, user_of(request), self.clock.now(), self.events(request));
        self.commit(&prompt, changes).await?;
        let details = self.shown(prompt, version).await?;
        Ok(SavedPrompt { details, new_version: true, warnings })
    }

    pub(super) async fn edit_prompt(
        &self,
        request: &RequestContext,
        id: PromptId,
        edit: EditPrompt,
        expected: Option<Revision>,
    ) -> Result<SavedPrompt, Error> {
        let mut prompt = self.living_at(id, expected).await?;
        let latest = self.version_by_id(prompt.latest_version_id).await?;
        let checked = check_edit(&self.options.limits, &edit, &prompt, &latest)?;
        let category_before = prompt.category;
        let mut fields = edit_in_place(&mut prompt, &edit, &checked);
        fields.extend(content_fields(&checked.content, &latest));
        let CheckedEdit { content, change_note, warnings, .. } = checked;
        if fields.is_empty() {
            let details = self.shown(prompt, latest).await?;
            return Ok(SavedPrompt { details, new_version: false, warnings });
        }
        let now = self.clock.now();
        let mut changes = Changes::new();
        let new_version = !content.is_that_of(&latest);
        let version = if new_version {
            if prompt.latest_version >= self.options.limits.versions {
                let most = self.options.limits.versions;
                let detail = format!("a prompt has at most {most} versions: make a new prompt");
                return Err(Error::conflict("too_many_versions", detail));
            }
            let author = user_of(request);
            let version = next_version(self.ids.id(), &latest, content, edit.bump, change_note, author, now);
            (prompt.latest_version, prompt.latest_version_id) = (version.number, version.id);
            changes = changes.insert(&version).insert(&VersionPerformance::new(&version, prompt.category));
            version
        } else {
            latest
        };
        (prompt.edited, prompt.last_updated) = (true, now);
        let edited = PromptEdited { fields, version_number: new_version.then_some(version.number) };
        let changes = changes.update(&mut prompt);
        let changes = changes.causing(self.events(request).event(&prompt, prompt.revision, &edited));
        self.commit(&prompt, changes).await?;
        self.rankings.drop_ranking(category_before);
        let details = self.shown(prompt, version).await?;
        Ok(SavedPrompt { details, new_version, warnings })
    }

    pub(super) async fn delete_prompt(
        &self,
        request: &RequestContext,
        id: PromptId,
        expected: Option<Revision>,
    ) -> Result<(), Error> {
        let mut prompt = self.living_at(id, expected).await?;
        let changes = Changes::new().soft_delete(&mut prompt, self.clock.now());
        let changes = changes.causing(self.events(request).event(&prompt, prompt.revision, &PromptDeleted {}));
        self.commit(&prompt, changes).await
    }

    pub(super) async fn restore_prompt(
        &self,
        request: &RequestContext,
        id: PromptId,
        expected: Option<Revision>,
    ) -> Result<super::PromptDetails, Error> {
        let mut prompt = self.prompt_of_any_time(id, Deleted::Only).await?;
        at_revision(&prompt, expected)?;
        let changes = Changes::new().restore(&mut prompt);
        prompt.last_updated = self.clock.now();
        let changes = changes.update(&mut prompt);
        let changes = changes.causing(self.events(request).event(&prompt, prompt.revision, &PromptRestored {}));
        self.commit(&prompt, changes).await?;
        self.details(prompt).await
    }

    /// A version that a prompt names.
    pub(super) async fn version_by_id(&self, id: VersionId) -> Result<PromptVersion, Error> {
        let version = self.repository.get(id).await?;
        version.ok_or_else(|| Error::internal(format!("version {id} is named by a prompt and not stored")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bump_resets_what_is_below() {
        let version = semver::Version::new(1, 4, 2);
        assert_eq!(Bump::Major.after(&version).to_string(), "2.0.0");
        assert_eq!(Bump::Minor.after(&version).to_string(), "1.5.0");
        assert_eq!(Bump::Patch.after(&version).to_string(), "1.4.3");
    }
}
