//! A person's data in the prompt library: the requests for which prompts were served, and who edited what.
//!
//! Figures stay when a person leaves: an exposure without a person is a count, and a vote is the exposure's own. Versions and moves of labels stay as well;
//! they are the library's history, without a name then.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::{Exposure, LabelMove, PromptContext, PromptVersion, Prompts};
use crate::{
    changes::Changes,
    entity::{Context, Entity},
    error::Error,
    query::{Deleted, Filter, Query},
    repository::{Repository, RepositoryExt},
    user::{PersonalData, UserId},
};

/// How many rows one commit of an erasure changes.
const BATCH: u32 = 500;

fn exported(exposure: &Exposure) -> Value {
    json!({
        "exposureId": exposure.id,
        "promptId": exposure.prompt_id,
        "versionNumber": exposure.version_number,
        "category": exposure.category,
        "assignmentKey": exposure.assignment_key,
        "servedAt": exposure.served_at,
        "success": exposure.success,
        "rating": exposure.rating,
        "ratedAt": exposure.rated_at,
        "responseTime": exposure.response_time_ms,
        "withdrawn": exposure.withdrawn,
    })
}

impl Prompts {
    /// Rewrites append-only rows: removed and stored again under the same id, in one commit.
    async fn rewrite<E>(&self, filter: Filter<E>, forget: impl Fn(&mut E) + Send + Sync) -> Result<(), Error>
    where
        E: Entity<Context = PromptContext>,
        dyn super::PromptRepository: Repository<E>,
    {
        let query = Query::filter(filter).limit(BATCH);
        loop {
            let mut rows = self.repository.find(&query).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let changes = rows.iter_mut().fold(Changes::new(), |changes, row| {
                forget(row);
                changes.delete(row.id()).insert(row)
            });
            self.repository.commit(changes).await?;
        }
    }

    async fn forget_exposures(&self, user: UserId) -> Result<(), Error> {
        let query = Query::filter(Exposure::USER_ID.eq(user)).deleted(Deleted::Excluded).limit(BATCH);
        let mut conflicts = 0;
        loop {
            let mut exposures = self.repository.find(&query).await?;
            if exposures.is_empty() {
                return Ok(());
            }
            let changes = exposures.iter_mut().fold(Changes::new(), |changes, exposure| {
                (exposure.user_id, exposure.assignment_key) = (None, None);
                exposure.voter = exposure.voter.map(|_| exposure.id.uuid());
                changes.update(exposure)
            });
            match self.repository.commit(changes).await {
                // An outcome arrived meanwhile.
                Err(error) if error.is_conflict() && conflicts < self.options.retries => conflicts += 1,
                done => done?,
            }
        }
    }
}

#[async_trait]
impl PersonalData for Prompts {
    fn context(&self) -> &'static str {
        PromptContext::NAME
    }

    async fn export(&self, user: UserId) -> Result<Value, Error> {
        let exposures = self.repository.stream(Query::filter(Exposure::USER_ID.eq(user)));
        let exposures: Vec<Value> = exposures.map_ok(|exposure| exported(&exposure)).try_collect().await?;
        let versions = self.repository.stream(Query::filter(PromptVersion::CREATED_BY.eq(user)));
        let versions: Vec<Value> = versions
            .map_ok(|version| {
                json!({
                    "promptId": version.prompt_id,
                    "versionNumber": version.number,
                    "changeNote": version.change_note,
                    "createdAt": version.created_at,
                })
            })
            .try_collect()
            .await?;
        let moves = self.repository.stream(Query::filter(LabelMove::ACTOR_ID.eq(user)));
        let moves: Vec<Value> = moves
            .map_ok(|moved| {
                json!({
                    "promptId": moved.prompt_id,
                    "label": moved.label,
                    "from": moved.from_version,
                    "to": moved.to_version,
                    "reason": moved.reason,
                    "movedAt": moved.moved_at,
                })
            })
            .try_collect()
            .await?;
        Ok(json!({ "exposures": exposures, "versionsMade": versions, "labelsMoved": moves }))
    }

    async fn erase(&self, user: UserId) -> Result<(), Error> {
        self.forget_exposures(user).await?;
        self.rewrite(PromptVersion::CREATED_BY.eq(user), |version: &mut PromptVersion| version.created_by = None)
            .await?;
        self.rewrite(LabelMove::ACTOR_ID.eq(user), |moved: &mut LabelMove| moved.actor_id = None).await
    }
}
