//! The logic's common ground: [`Users`] and what its services share.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use serde_json::json;

use super::{
    crypto::{PasswordHasher, SecretGenerator, TokenSigner},
    keys::KeyRing,
    limiter::AttemptLimiter,
    model::{RefreshToken, Session, User, UserContext, UserId},
    options::UserOptions,
    personal::PersonalData,
    repository::UserRepository,
    revocation::RevocationList,
    service::UserService,
};
use crate::{
    changes::Changes,
    entity::{Context, Revision},
    error::{Error, StoreError},
    event::EventFactory,
    id::IdGenerator,
    query::{Deleted, Query},
    repository::RepositoryExt,
    request::{RequestContext, Role},
    time::Clock,
};

/// What [`Users`] stands on.
#[derive(Clone)]
pub struct UserPorts {
    /// Storage.
    pub repository: Arc<dyn UserRepository>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn IdGenerator>,
    /// Passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Refresh tokens and made-up passwords.
    pub secrets: Arc<dyn SecretGenerator>,
    /// Access tokens.
    pub signer: Arc<dyn TokenSigner>,
    /// Attempts.
    pub limiter: Arc<dyn AttemptLimiter>,
}

/// The user service's logic: [`UserService`], [`AccountService`](super::AccountService), [`AuthService`](super::AuthService)
/// and this context's [`PersonalData`].
pub struct Users {
    pub(super) ports: UserPorts,
    pub(super) options: UserOptions,
    pub(super) keys: Arc<KeyRing>,
    pub(super) revocations: Arc<RevocationList>,
}

/// How often a decision is taken anew when somebody else was quicker.
pub(super) const ATTEMPTS: u32 = 16;

impl Users {
    /// Over these ports.
    pub fn new(ports: UserPorts, options: UserOptions) -> Self {
        let keys = Arc::new(KeyRing::new(
            ports.repository.clone(),
            ports.signer.clone(),
            ports.clock.clone(),
            ports.ids.clone(),
            options.tokens.clone(),
        ));
        let revocations = Arc::new(RevocationList::new(ports.clock.clone(), &options.tokens));
        Self { ports, options, keys, revocations }
    }

    /// The keys that sign its access tokens.
    pub const fn keys(&self) -> &Arc<KeyRing> {
        &self.keys
    }

    /// The access tokens that it took back.
    pub const fn revocations(&self) -> &Arc<RevocationList> {
        &self.revocations
    }

    pub(super) fn repository(&self) -> &dyn UserRepository {
        self.ports.repository.as_ref()
    }

    pub(super) fn events<'a>(&'a self, request: &'a RequestContext) -> EventFactory<'a> {
        EventFactory::new(self.ports.clock.as_ref(), self.ports.ids.as_ref(), request)
    }

    /// A living user.
    pub(super) async fn find(&self, id: UserId) -> Result<User, Error> {
        self.repository().get(id).await?.ok_or(Error::NotFound { kind: "user" })
    }

    pub(super) async fn find_by_email(&self, email: &str) -> Result<Option<User>, Error> {
        Ok(self.repository().find_one_by(User::EMAIL.eq(email)).await?)
    }

    /// Commits; gives whether it was done, or somebody else was quicker and the decision is to be taken anew.
    pub(super) async fn try_commit(&self, changes: Changes<UserContext>) -> Result<bool, Error> {
        match self.repository().commit(changes).await {
            Ok(()) => Ok(true),
            Err(StoreError::Stale { .. } | StoreError::Missing { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes sessions that ended by time, with their refresh tokens: for background work. Gives how many sessions.
    ///
    /// # Errors
    /// The store's; what was deleted before it stays deleted.
    pub async fn purge_expired_sessions(&self) -> Result<u64, Error> {
        let over = Session::EXPIRES_AT.at_most(self.ports.clock.now());
        let query = Query::filter(over).deleted(Deleted::Included);
        let mut sessions = RepositoryExt::<Session>::stream(self.repository(), query);
        let mut purged = 0;
        while let Some(session) = sessions.try_next().await? {
            self.repository().delete_by(RefreshToken::SESSION_ID.eq(session.id)).await?;
            self.repository().delete(session.id).await?;
            purged += 1;
        }
        Ok(purged)
    }
}

/// A request that names the revision it read must name the present one.
pub(super) fn expect_revision(user: &User, expected: Option<Revision>) -> Result<(), Error> {
    match expected {
        Some(expected) if expected != user.revision => Err(Error::Stale { kind: "user" }),
        _ => Ok(()),
    }
}

/// What is said when somebody else was quicker too often.
pub(super) fn too_busy() -> Error {
    Error::Unavailable { what: "the account", detail: "it is being changed by other requests: try again".to_owned() }
}

#[async_trait]
impl UserService for Users {
    async fn user(&self, request: &RequestContext, id: UserId) -> Result<User, Error> {
        if !request.may_see(id) && !request.roles.has(Role::Service) {
            return Err(Error::NotFound { kind: "user" });
        }
        self.find(id).await
    }
}

#[async_trait]
impl PersonalData for Users {
    fn context(&self) -> &'static str {
        UserContext::NAME
    }

    async fn export(&self, user: UserId) -> Result<serde_json::Value, Error> {
        let account = self.find(user).await?;
        let query = Query::filter(Session::USER_ID.eq(user)).deleted(Deleted::Included);
        let sessions: Vec<Session> = RepositoryExt::<Session>::stream(self.repository(), query).try_collect().await?;
        let sessions = sessions.iter().map(|session| {
            json!({
                "id": session.id, "client": session.client, "createdAt": session.created_at,
                "lastUsedAt": session.last_used_at, "expiresAt": session.expires_at,
                "endedAt": session.ended_at, "endReason": session.end_reason,
            })
        });
        Ok(json!({
            "id": account.id, "email": account.email, "name": account.name, "roles": account.roles,
            "createdAt": account.created_at, "updatedAt": account.updated_at, "sessions": sessions.collect::<Vec<_>>(),
        }))
    }

    /// The account itself is anonymised when the erasure begins; see [`Privacy`](super::Privacy). What is left are sessions.
    async fn erase(&self, user: UserId) -> Result<(), Error> {
        self.repository().delete_by(RefreshToken::USER_ID.eq(user)).await?;
        self.repository().delete_by(Session::USER_ID.eq(user)).await?;
        Ok(())
    }
}
