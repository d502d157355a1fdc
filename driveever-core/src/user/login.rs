//! Log-in, and the change of a password.
//!
//! A log-in that fails does the same whether the address has an account or not: two reads, one hash, one event, one answer.

use std::borrow::Cow;

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    attempt::{Attempt, AttemptKind},
    event::{LOGIN_ATTEMPT, LoginFailed, PasswordChanged, UserLoggedIn},
    model::{Credential, RefreshToken, Session, SessionEnd, User, UserContext, UserId},
    secret::PasswordHash,
    service::{Client, Login, PasswordChange, TokenPair},
    users::{ATTEMPTS, Users, too_busy},
};
use crate::{
    changes::Changes,
    entity::{Context, Revision},
    error::Error,
    event::{DomainEvent, EventBody},
    id::Id,
    request::RequestContext,
    validate::Validator,
};

/// The longest label of a client that is kept, in characters.
const MAX_LABEL: usize = 200;
/// The longest address that is looked up.
const MAX_EMAIL: usize = 254;

fn invalid_credentials() -> Error {
    Error::Unauthenticated { code: "invalid_credentials", detail: "the e-mail address or the password is wrong" }
}

/// A client's label as it may be shown: without control characters, cut to a bounded length.
fn label(client: &Client) -> Option<String> {
    let text = client.label.as_deref()?;
    let shown: String = text.chars().filter(|character| !character.is_control()).take(MAX_LABEL).collect();
    Some(shown.trim().to_owned()).filter(|label| !label.is_empty())
}

impl Users {
    pub(super) async fn log_in(
        &self,
        request: &RequestContext,
        login: Login,
        client: &Client,
    ) -> Result<TokenPair, Error> {
        let email = login.email.trim().to_ascii_lowercase();
        let mut check = Validator::new();
        check.require("email", !email.is_empty(), "must not be empty or blank");
        check.require("email", email.len() <= MAX_EMAIL, "must have at most 254 characters");
        self.check_given(&mut check, "password", &login.password);
        check.finish()?;

        let attempt = self.begin_attempt(AttemptKind::Login(&email), client).await?;
        let user = self.find_by_email(&email).await?;
        // Read for nobody when there is no user, so that the reads are as many.
        let id = user.as_ref().map_or(Id::new(uuid::Uuid::nil()), |user| user.id.cast());
        let credential: Option<Credential> = self.repository().get(id).await?;
        let hash = credential.as_ref().map_or_else(|| self.ports.hasher.decoy(), |found| found.password_hash.clone());
        let is_right = self.verified(&attempt, &login.password, &hash).await?;
        match (user, credential) {
            (Some(user), Some(credential)) if is_right => {
                self.succeed(&attempt).await?;
                let rehash = self.stronger_hash(&login.password, &credential).await?;
                self.open_session(request, &user, credential, rehash, label(client)).await
            }
            (user, _) => {
                let failed = self.login_failed(request, user.map(|user| user.id));
                self.repository().commit(Changes::<UserContext>::new().causing(failed)).await?;
                Err(invalid_credentials())
            }
        }
    }

    /// Notes a given password that is empty or longer than any that was accepted.
    fn check_given(&self, check: &mut Validator, field: &str, password: &SecretString) {
        let (password, max) = (password.expose_secret(), self.options.passwords.max());
        check.require(field, !password.is_empty(), "must not be empty");
        let fits = password.len() <= max.saturating_mul(4) && password.chars().count() <= max;
        check.require(field, fits, &format!("must have at most {max} characters"));
    }

    /// Whether a password has this hash. When it could not be told, as while too many wait to be hashed, no attempt was
    /// made: a flood of log-ins must not use up those of whom it turns away.
    async fn verified(&self, attempt: &Attempt, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error> {
        let verified = self.ports.hasher.verify(password, hash).await;
        if matches!(verified, Err(Error::Unavailable { .. })) {
            self.take_back(attempt).await?;
        }
        verified
    }

    /// A hash with the present parameters, when the stored one has weaker ones.
    async fn stronger_hash(
        &self,
        password: &SecretString,
        credential: &Credential,
    ) -> Result<Option<PasswordHash>, Error> {
        if !self.ports.hasher.needs_rehash(&credential.password_hash) {
            return Ok(None);
        }
        self.ports.hasher.hash(password).await.map(Some)
    }

    /// Opens a session for a password that was found right.
    async fn open_session(
        &self,
        request: &RequestContext,
        user: &User,
        mut credential: Credential,
        rehash: Option<PasswordHash>,
        client: Option<String>,
    ) -> Result<TokenPair, Error> {
        let verified = credential.password_hash.clone();
        for _ in 0..ATTEMPTS {
            let now = self.ports.clock.now();
            let user: User = self.repository().get(user.id).await?.ok_or_else(invalid_credentials)?;
            let session = Session {
                id: self.ports.ids.id(),
                revision: Revision::FIRST,
                deleted_at: None,
                user_id: user.id,
                client: client.clone(),
                created_at: now,
                last_used_at: now,
                idle_expires_at: now.plus(self.options.session_idle),
                expires_at: now.plus(self.options.session_life),
                ended_at: None,
                end_reason: None,
            };
            let (token, secret) = self.new_refresh_token(&session, None, now)?;
            let pair = self.token_pair(&user, &session, &token, secret).await?;
            credential.last_login_at = Some(now);
            if let Some(hash) = &rehash {
                credential.password_hash = hash.clone();
            }
            let body = UserLoggedIn { user_id: user.id };
            let logged_in = self.events(request).event(&session, session.revision, &body);
            let (displaced, ended) = self.displace_sessions(request, user.id).await?;
            let changes = displaced.insert(&session).insert::<RefreshToken>(&token).update(&mut credential);
            if self.try_commit(changes.causing(logged_in)).await? {
                self.revocations.end_sessions(ended);
                return Ok(pair);
            }
            // Somebody logged in or changed the password meanwhile: only the password that was verified opens a session.
            let current: Option<Credential> = self.repository().get(credential.id).await?;
            let same = |found: &Credential| {
                found.password_hash == verified || rehash.is_some() && found.changed_at == credential.changed_at
            };
            credential = current.filter(same).ok_or_else(invalid_credentials)?;
        }
        Err(too_busy())
    }

    fn login_failed(&self, request: &RequestContext, user_id: Option<UserId>) -> DomainEvent {
        DomainEvent {
            id: self.ports.ids.uuid(),
            context: Cow::Borrowed(UserContext::NAME),
            aggregate_type: Cow::Borrowed(LOGIN_ATTEMPT),
            aggregate_id: self.ports.ids.uuid(),
            aggregate_revision: Revision::FIRST.get(),
            event_type: Cow::Borrowed(LoginFailed::TYPE),
            actor: request.actor.to_string(),
            request_id: request.request_id.clone(),
            occurred_at: self.ports.clock.now(),
            body: serde_json::to_string(&LoginFailed { user_id }).unwrap_or_else(|_| "null".to_owned()),
        }
    }

    pub(super) async fn replace_password(
        &self,
        request: &RequestContext,
        change: PasswordChange,
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.find(request.user_id()?).await?;
        let mut check = Validator::new();
        self.check_given(&mut check, "currentPassword", &change.current);
        let (current, new) = (change.current.expose_secret(), change.new.expose_secret());
        self.options.passwords.check(&mut check, "newPassword", new, &[&user.name, &user.email]);
        check.require("newPassword", current != new, "must differ from the present password");
        check.finish()?;

        let attempt = self.begin_attempt(AttemptKind::PasswordChange(user.id), client).await?;
        let found: Option<Credential> = self.repository().get(user.id.cast()).await?;
        let mut credential = found.ok_or(Error::NotFound { kind: "user" })?;
        if !self.verified(&attempt, &change.current, &credential.password_hash).await? {
            return Err(Error::Denied {
                code: "wrong_current_password",
                detail: "currentPassword is not the present password",
            });
        }
        self.succeed(&attempt).await?;
        let (hash, verified_since) = (self.ports.hasher.hash(&change.new).await?, credential.changed_at);
        for _ in 0..ATTEMPTS {
            credential.password_hash = hash.clone();
            credential.changed_at = self.ports.clock.now();
            let body = PasswordChanged {};
            let event = self.events(request).event(&user, user.revision, &body);
            let mut sessions = self.living_sessions(user.id).await?;
            sessions.retain(|session| Some(session.id) != change.keep);
            let (changes, ended) = self.end_sessions(request, user.id, sessions, SessionEnd::PasswordChanged);
            if self.try_commit(changes.update(&mut credential).causing(event)).await? {
                self.revocations.end_sessions(ended);
                return Ok(());
            }
            let current: Option<Credential> = self.repository().get(credential.id).await?;
            let unchanged = |found: &Credential| found.changed_at == verified_since;
            credential = current.filter(unchanged).ok_or(Error::Stale { kind: "password" })?;
        }
        Err(too_busy())
    }
}
