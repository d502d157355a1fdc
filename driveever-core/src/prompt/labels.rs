//! Moving labels: compare-and-swap, the variable contract, the history, rollback.
//!
//! The *variable contract* of a label is what its present version declares: whoever renders by the label fills in these
//! variables. A version that requires others would break them at the move, so it is refused unless forced.

use super::{
    ExpectedVersion, LATEST, Label, LabelChange, LabelMove, MoveLabel, PRODUCTION, Prompt, PromptContext,
    PromptDetails, PromptId, PromptVersion, Prompts, content::check_label, diff::compare, edit::user_of,
    event::PromptLabelMoved,
};
use crate::{
    changes::Changes, entity::Revision, error::Error, query::Filter, repository::RepositoryExt,
    request::RequestContext, validate::Validator,
};

/// Variables that `to` requires and `from` does not declare.
pub(super) fn broken_contract(from: &PromptVersion, to: &PromptVersion) -> Vec<String> {
    let declared = |name: &str| from.variables.0.iter().any(|variable| variable.name == name);
    let required = to.variables.0.iter().filter(|variable| variable.required);
    required.map(|variable| variable.name.clone()).filter(|name| !declared(name)).collect()
}

/// Refuses a label that does not point where its mover saw it.
fn as_expected(label: &str, present: Option<u32>, expected: ExpectedVersion) -> Result<(), Error> {
    let holds = match expected {
        ExpectedVersion::Any => true,
        ExpectedVersion::Absent => present.is_none(),
        ExpectedVersion::Version(number) => present == Some(number),
    };
    if holds {
        return Ok(());
    }
    let now = present.map_or_else(|| "points nowhere".to_owned(), |number| format!("points at version {number}"));
    Err(Error::conflict("label_moved", format!("\"{label}\" {now} now: read it again")))
}

/// A move that was decided on.
pub(super) struct Move<'a> {
    pub(super) label: &'a str,
    /// The label's row, when it is an editor's own and there.
    pub(super) row: Option<Label>,
    pub(super) from: Option<u32>,
    pub(super) to: Option<&'a PromptVersion>,
    pub(super) reason: Option<String>,
    pub(super) forced: bool,
}

impl Prompts {
    /// The changes that make a move; `prompt` becomes what it is after it.
    pub(super) fn changes_of(
        &self,
        request: &RequestContext,
        prompt: &mut Prompt,
        planned: Move<'_>,
    ) -> Changes<PromptContext> {
        let Move { label, row, from, to, reason, forced } = planned;
        let now = self.clock.now();
        let changes = match (label, row, to) {
            (PRODUCTION, _, to) => {
                prompt.production_version = to.map(|version| version.number);
                prompt.production_version_id = to.map(|version| version.id);
                Changes::new()
            }
            (_, Some(mut row), Some(version)) => {
                (row.version_number, row.version_id) = (version.number, version.id);
                Changes::new().update(&mut row)
            }
            (_, Some(row), None) => Changes::new().delete(row.id),
            (name, None, Some(version)) => Changes::new().insert(&Label {
                id: self.ids.id(),
                revision: Revision::FIRST,
                deleted_at: None,
                prompt_id: prompt.id,
                name: name.to_owned(),
                version_number: version.number,
                version_id: version.id,
            }),
            (_, None, None) => Changes::new(),
        };
        let to = to.map(|version| version.number);
        let moved = LabelMove {
            id: self.ids.id(),
            prompt_id: prompt.id,
            label: label.to_owned(),
            from_version: from,
            to_version: to,
            reason,
            forced,
            actor_id: user_of(request),
            moved_at: now,
        };
        prompt.last_updated = now;
        let told = PromptLabelMoved { label: label.to_owned(), from_version: from, to_version: to, forced };
        let changes = changes.insert(&moved).update(prompt);
        changes.causing(self.events(request).event(prompt, prompt.revision, &told))
    }

    fn check_move(&self, change: &MoveLabel) -> Result<Option<String>, Error> {
        let mut check = Validator::new();
        check_label(&mut check, &self.options.limits, &change.label);
        let reason = check.optional_text("reason", change.reason.as_deref(), self.options.limits.note);
        check.finish()?;
        if change.label == LATEST {
            return Err(Error::conflict("label_reserved", "\"latest\" moves by itself, to each new version"));
        }
        Ok(reason)
    }

    pub(super) async fn point_label(
        &self,
        request: &RequestContext,
        id: PromptId,
        change: MoveLabel,
        expected_revision: Option<Revision>,
    ) -> Result<LabelChange, Error> {
        let reason = self.check_move(&change)?;
        let mut prompt = self.living_at(id, expected_revision).await?;
        let label = change.label.as_str();
        let is_production = label == PRODUCTION;
        let row = if is_production { None } else { self.label_named(id, label).await? };
        let from = if is_production { prompt.production_version } else { row.as_ref().map(|row| row.version_number) };
        as_expected(label, from, change.expected)?;
        let to = match change.version {
            Some(number) => Some(self.version_numbered(id, number).await?),
            None => None,
        };
        self.may_move(&prompt, label, from, to.as_ref()).await?;
        let present = match from {
            Some(number) if Some(number) != change.version => Some(self.version_numbered(id, number).await?),
            _ => None,
        };
        let between = present.as_ref().zip(to.as_ref());
        let broken = between.map(|(present, to)| broken_contract(present, to)).unwrap_or_default();
        let diff = between.map(|(present, to)| compare(present, to));
        let moves = from != change.version && !change.dry_run;
        if moves {
            if !broken.is_empty() && !change.force {
                let names = broken.join(", ");
                let detail = format!(
                    "the version requires variables that the present version of \"{label}\" does not declare: {names}; \
                     make them optional, or force the move when every caller supplies them"
                );
                return Err(Error::conflict("variable_contract", detail));
            }
            let forced = !broken.is_empty();
            let planned = Move { label, row, from, to: to.as_ref(), reason, forced };
            prompt.edited = true;
            let changes = self.changes_of(request, &mut prompt, planned);
            self.commit(&prompt, changes).await?;
        }
        let details = self.details(prompt).await?;
        Ok(LabelChange {
            label: change.label,
            from,
            to: change.version,
            moved: moves,
            broken_contract: broken,
            diff,
            details,
        })
    }

    /// Refuses what no move may do.
    async fn may_move(
        &self,
        prompt: &Prompt,
        label: &str,
        from: Option<u32>,
        to: Option<&PromptVersion>,
    ) -> Result<(), Error> {
        match (from, to) {
            (None, None) => Err(Error::NotFound { kind: "label" }),
            (Some(_), None) if label == PRODUCTION && prompt.is_active => {
                let detail = "an active prompt keeps its production version: deactivate the prompt first";
                Err(Error::conflict("production_in_use", detail))
            }
            (None, Some(_)) if label != PRODUCTION => {
                let most = self.options.limits.labels;
                let labels = self.labels_of([prompt.id]).await?.len();
                if labels < most as usize {
                    return Ok(());
                }
                let detail = format!("a prompt has at most {most} labels beside production and latest: remove one");
                Err(Error::conflict("too_many_labels", detail))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn roll_back(
        &self,
        request: &RequestContext,
        id: PromptId,
        number: u32,
        reason: &str,
        expected: Option<Revision>,
    ) -> Result<PromptDetails, Error> {
        let mut check = Validator::new();
        let reason = check.text("reason", reason, self.options.limits.note);
        check.finish()?;
        let mut prompt = self.living_at(id, expected).await?;
        let target = self.version_numbered(id, number).await?;
        let from = prompt.production_version;
        if from == Some(number) {
            return self.details(prompt).await;
        }
        let served_before = Filter::all([
            LabelMove::PROMPT_ID.eq(id),
            LabelMove::LABEL.eq(PRODUCTION),
            LabelMove::TO_VERSION.eq(number),
        ]);
        if from.is_some_and(|from| number > from) || !self.repository.exists(served_before).await? {
            let detail = format!(
                "version {number} is not an earlier one that was in production: move the label production instead"
            );
            return Err(Error::conflict("not_a_rollback", detail));
        }
        let planned =
            Move { label: PRODUCTION, row: None, from, to: Some(&target), reason: Some(reason), forced: false };
        prompt.edited = true;
        let changes = self.changes_of(request, &mut prompt, planned);
        self.commit(&prompt, changes).await?;
        self.details(prompt).await
    }
}
