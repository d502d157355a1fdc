//! Sessions: listed and ended.

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    event::SessionsRevoked,
    model::{Session, SessionEnd, SessionId, UserContext, UserId},
    service::{AuthService, Client, Login, PasswordChange, TokenPair},
    token::Jwk,
    users::{ATTEMPTS, Users, too_busy},
};
use crate::{
    changes::Changes,
    error::Error,
    query::{Filter, Query},
    request::RequestContext,
};

impl Users {
    /// A user's living sessions, last used first. Bounded by the limit that log-in keeps.
    pub(super) async fn living_sessions(&self, user: UserId) -> Result<Vec<Session>, Error> {
        let now = self.ports.clock.now();
        let not_ended = [Session::USER_ID.eq(user), Session::ENDED_AT.is_null(true), Session::EXPIRES_AT.greater(now)];
        let query = Query::filter(Filter::all(not_ended)).sort(Session::LAST_USED_AT.descending());
        let mut sessions: Vec<Session> = self.repository().find(&query).await?;
        sessions.retain(|session| session.is_alive(now));
        Ok(sessions)
    }

    /// The changes that end sessions of a user, and which they are.
    pub(super) fn end_sessions(
        &self,
        request: &RequestContext,
        user_id: UserId,
        sessions: Vec<Session>,
        reason: SessionEnd,
    ) -> (Changes<UserContext>, Vec<SessionId>) {
        let ended: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
        let Some(first) = sessions.first() else { return (Changes::new(), ended) };
        let body = SessionsRevoked { user_id, sessions: ended.clone(), reason };
        let revoked = self.events(request).event(first, first.revision.next(), &body);
        let now = self.ports.clock.now();
        let changes = sessions.into_iter().fold(Changes::new(), |changes, mut session| {
            session.ended_at = Some(now);
            session.end_reason = Some(reason);
            changes.update(&mut session)
        });
        (changes.causing(revoked), ended)
    }

    /// Makes room for one more session.
    pub(super) async fn displace_sessions(
        &self,
        request: &RequestContext,
        user: UserId,
    ) -> Result<(Changes<UserContext>, Vec<SessionId>), Error> {
        let mut sessions = self.living_sessions(user).await?;
        let room = self.options.max_sessions.max(1) as usize - 1;
        let displaced = sessions.split_off(sessions.len().min(room));
        Ok(self.end_sessions(request, user, displaced, SessionEnd::Displaced))
    }

    /// Ends a session when it is this user's and alive; gives whether it was.
    async fn end_own(&self, request: &RequestContext, id: SessionId, reason: SessionEnd) -> Result<bool, Error> {
        let user = request.user_id()?;
        for _ in 0..ATTEMPTS {
            let session: Option<Session> = self.repository().get(id).await?;
            let now = self.ports.clock.now();
            let own = session.filter(|session| session.user_id == user && session.is_alive(now));
            let Some(session) = own else { return Ok(false) };
            let (changes, ended) = self.end_sessions(request, user, vec![session], reason);
            if self.try_commit(changes).await? {
                self.revocations.end_sessions(ended);
                return Ok(true);
            }
        }
        Err(too_busy())
    }
}

#[async_trait]
impl AuthService for Users {
    async fn login(&self, request: &RequestContext, login: Login, client: &Client) -> Result<TokenPair, Error> {
        self.log_in(request, login, client).await
    }

    async fn refresh(&self, request: &RequestContext, refresh_token: &SecretString) -> Result<TokenPair, Error> {
        self.exchange(request, refresh_token).await
    }

    async fn logout(&self, request: &RequestContext, refresh_token: &SecretString) -> Result<(), Error> {
        request.user_id()?;
        if let Some(token) = self.find_token(refresh_token).await? {
            self.end_own(request, token.session_id, SessionEnd::Logout).await?;
        }
        Ok(())
    }

    async fn sessions(&self, request: &RequestContext) -> Result<Vec<Session>, Error> {
        self.living_sessions(request.user_id()?).await
    }

    async fn end_session(&self, request: &RequestContext, id: SessionId) -> Result<(), Error> {
        let ended = self.end_own(request, id, SessionEnd::Revoked).await?;
        if ended { Ok(()) } else { Err(Error::NotFound { kind: "session" }) }
    }

    async fn change_password(
        &self,
        request: &RequestContext,
        change: PasswordChange,
        client: &Client,
    ) -> Result<(), Error> {
        self.replace_password(request, change, client).await
    }

    async fn published_keys(&self) -> Result<Vec<Jwk>, Error> {
        self.keys.published().await
    }
}
