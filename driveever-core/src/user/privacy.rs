//! A person's data in all contexts: exported, and erased.
//!
//! An erasure survives a crash at any point. Its first commit closes the account and records the [`Erasure`]: the row of the
//! user keeps its id and its history of events and nothing that names anybody, the password is gone, no token holds. Then
//! each context erases what it keeps; that is recorded context by context and taken up again where it stopped. Nobody can log
//! in or order meanwhile, so that nothing new is kept about them.
//!
//! It stands beside [`Users`] and not within, because the other contexts know users: this one knows all of them and is made
//! last.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{
    event::{UserErased, UserErasing},
    model::{Credential, Erasure, ErasureState, User, UserId},
    personal::PersonalData,
    service::PrivacyService,
    users::{ATTEMPTS, Users, expect_revision, too_busy},
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::Error,
    id::Id,
    query::{Deleted, Query},
    repository::RepositoryExt,
    request::{RequestContext, Roles},
};

/// Exports and erases a person's data.
pub struct Privacy {
    users: Arc<Users>,
    contexts: Vec<Arc<dyn PersonalData>>,
}

/// How many unfinished erasures one recovery takes up.
const RECOVER: u32 = 100;

impl Privacy {
    /// Over these other contexts; that of users is added.
    pub fn new(users: Arc<Users>, mut contexts: Vec<Arc<dyn PersonalData>>) -> Self {
        // Last, as it is the smallest part and the others may name the user in what they log.
        contexts.push(users.clone());
        Self { users, contexts }
    }

    /// Closes the account and records that it is to be erased; nothing when that was done before.
    async fn begin(&self, request: &RequestContext, id: UserId, expected: Option<Revision>) -> Result<Erasure, Error> {
        let users = &self.users;
        for _ in 0..ATTEMPTS {
            if let Some(erasure) = users.repository().get(id.cast::<Erasure>()).await? {
                return Ok(erasure);
            }
            let mut user = users.find(id).await?;
            expect_revision(&user, expected)?;
            let roster = users.leave_roster(&user).await?;
            let now = users.ports.clock.now();
            user.email = format!("erased:{id}");
            user.name = String::new();
            user.roles = Roles::NONE;
            user.updated_at = now;
            let erasure = Erasure {
                id: id.cast(),
                revision: Revision::FIRST,
                deleted_at: None,
                state: ErasureState::Erasing,
                requested_at: now,
                done: Vec::new(),
                failing: None,
                finished_at: None,
            };
            let changes = roster.insert(&erasure).update(&mut user).soft_delete(&mut user, now);
            let erasing = users.events(request).event(&user, user.revision, &UserErasing {});
            let changes = changes.delete::<Credential>(id.cast()).causing(erasing);
            if users.try_commit(changes).await? {
                users.revocations.end_all(id);
                return Ok(erasure);
            }
        }
        Err(too_busy())
    }

    /// Lets every context that has not erased yet do so. Stops at the first that fails, and records which.
    async fn go_on(&self, request: &RequestContext, mut erasure: Erasure) -> Result<ErasureState, Error> {
        let user: UserId = erasure.id.cast();
        for context in &self.contexts {
            let name = context.context();
            if erasure.state == ErasureState::Done || erasure.done.iter().any(|done| done == name) {
                continue;
            }
            if context.erase(user).await.is_err() {
                if erasure.failing.as_deref() != Some(name) {
                    erasure.failing = Some(name.to_owned());
                    self.record(Changes::new().update(&mut erasure)).await?;
                }
                return Ok(ErasureState::Erasing);
            }
            erasure.done.push(name.to_owned());
            erasure.failing = None;
            if !self.record(Changes::new().update(&mut erasure)).await? {
                return Ok(ErasureState::Erasing);
            }
        }
        if erasure.state == ErasureState::Erasing {
            self.finish(request, erasure).await?;
        }
        Ok(ErasureState::Done)
    }

    async fn finish(&self, request: &RequestContext, mut erasure: Erasure) -> Result<(), Error> {
        erasure.state = ErasureState::Done;
        erasure.finished_at = Some(self.users.ports.clock.now());
        let id: Id<User> = erasure.id.cast();
        let query = Query::filter(User::ID.eq(id)).deleted(Deleted::Included).limit(1);
        let user: Option<User> = self.users.repository().find(&query).await?.pop();
        let erased = user.map(|user| self.users.events(request).event(&user, user.revision.next(), &UserErased {}));
        let changes = erased.into_iter().fold(Changes::new(), Changes::causing);
        self.record(changes.update(&mut erasure)).await?;
        Ok(())
    }

    /// Gives false when another process is at the same erasure, which then goes on alone.
    async fn record(&self, changes: Changes<super::UserContext>) -> Result<bool, Error> {
        self.users.try_commit(changes).await
    }
}

/// Whoever may not see a user is told that there is none.
fn may_see(request: &RequestContext, user: UserId) -> Result<(), Error> {
    if request.may_see(user) { Ok(()) } else { Err(Error::NotFound { kind: "user" }) }
}

#[async_trait]
impl PrivacyService for Privacy {
    async fn export(&self, request: &RequestContext, user: UserId) -> Result<Value, Error> {
        may_see(request, user)?;
        self.users.find(user).await?;
        let mut parts = Map::new();
        for context in &self.contexts {
            parts.insert(context.context().to_owned(), context.export(user).await?);
        }
        Ok(json!({ "userId": user, "exportedAt": self.users.ports.clock.now(), "data": parts }))
    }

    async fn erase(
        &self,
        request: &RequestContext,
        user: UserId,
        expected: Option<Revision>,
    ) -> Result<ErasureState, Error> {
        may_see(request, user)?;
        let erasure = self.begin(request, user, expected).await?;
        self.go_on(request, erasure).await
    }

    async fn recover_erasures(&self) -> Result<usize, Error> {
        let request = RequestContext::system("erasure-recovery");
        let query = Query::filter(Erasure::STATE.eq(ErasureState::Erasing)).limit(RECOVER);
        let unfinished: Vec<Erasure> = self.users.repository().find(&query).await?;
        let mut left = 0;
        for erasure in unfinished {
            left += usize::from(self.go_on(&request, erasure).await? == ErasureState::Erasing);
        }
        Ok(left)
    }
}

impl Privacy {
    /// How an erasure stands; nothing when none was asked for. For operators.
    ///
    /// # Errors
    /// The store's.
    pub async fn erasure(&self, user: UserId) -> Result<Option<Erasure>, Error> {
        Ok(self.users.repository().find_one_by(Erasure::ID.eq(user.cast::<Erasure>())).await?)
    }
}
