//! Refresh tokens: given out, exchanged once, and what happens when one comes twice.
//!
//! What an exchange does is decided by [`decide`], from what was read, without a store. The token that was shown is marked
//! used under its revision, so that of two exchanges side by side one is refused by the store; it decides anew and finds a
//! used token. There is no period of grace for that: RFC 9700 section 4.14.2 knows none, and it would be a thief's as well.

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    event::{AlertKind, SecurityAlert},
    model::{RefreshToken, Session, SessionEnd, User},
    secret::TokenHash,
    service::TokenPair,
    token::AccessClaims,
    users::{ATTEMPTS, Users, too_busy},
};
use crate::{
    changes::Changes, entity::Revision, error::Error, id::Id, repository::RepositoryExt, request::RequestContext,
    time::Timestamp,
};

/// What comes of a token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exchange {
    /// It is good.
    Rotate,
    /// It was used before, and its session is alive.
    Reuse,
    /// It is over.
    Refuse,
}

fn decide(token: &RefreshToken, session: &Session, now: Timestamp) -> Exchange {
    match (session.is_alive(now), token.used_at) {
        (true, Some(_)) => Exchange::Reuse,
        (true, None) if now < token.expires_at => Exchange::Rotate,
        _ => Exchange::Refuse,
    }
}

fn invalid_token() -> Error {
    Error::Unauthenticated { code: "invalid_refresh_token", detail: "the refresh token is invalid or expired: log in" }
}

/// No refresh token of ours is longer.
const MAX_TOKEN: usize = 128;

impl Users {
    /// The stored token that was shown.
    pub(super) async fn find_token(&self, shown: &SecretString) -> Result<Option<RefreshToken>, Error> {
        let shown = shown.expose_secret();
        if shown.is_empty() || shown.len() > MAX_TOKEN {
            return Ok(None);
        }
        Ok(self.repository().find_one_by(RefreshToken::HASH.eq(TokenHash::of(shown))).await?)
    }

    pub(super) fn new_refresh_token(
        &self,
        session: &Session,
        parent: Option<Id<RefreshToken>>,
        now: Timestamp,
    ) -> Result<(RefreshToken, SecretString), Error> {
        let secret = self.new_secret()?;
        let token = RefreshToken {
            id: self.ports.ids.id(),
            revision: Revision::FIRST,
            deleted_at: None,
            user_id: session.user_id,
            session_id: session.id,
            parent,
            hash: TokenHash::of(secret.expose_secret()),
            issued_at: now,
            used_at: None,
            expires_at: session.idle_expires_at.min(session.expires_at),
        };
        Ok((token, secret))
    }

    /// The pair for a session, signed before anything is stored.
    pub(super) async fn token_pair(
        &self,
        user: &User,
        session: &Session,
        refresh: &RefreshToken,
        secret: SecretString,
    ) -> Result<TokenPair, Error> {
        let options = &self.options.tokens;
        let iat = refresh.issued_at.as_micros().div_euclid(1_000_000);
        let claims = AccessClaims {
            iss: options.issuer.clone(),
            exp: iat.saturating_add(i64::try_from(options.life.as_secs()).unwrap_or(i64::MAX)),
            aud: options.audience.clone(),
            sub: user.id,
            client_id: options.client_id.clone(),
            iat,
            nbf: None,
            jti: self.ports.ids.uuid(),
            roles: user.roles,
            sid: session.id,
            rev: user.revision.get(),
        };
        Ok(TokenPair {
            access_token: self.keys.sign(&claims).await?,
            refresh_token: secret,
            expires_in: options.life,
            refresh_expires_in: refresh.expires_at.since(refresh.issued_at),
            session_id: session.id,
            user_id: user.id,
        })
    }

    pub(super) async fn exchange(&self, request: &RequestContext, shown: &SecretString) -> Result<TokenPair, Error> {
        for _ in 0..ATTEMPTS {
            let now = self.ports.clock.now();
            let token = self.find_token(shown).await?.ok_or_else(invalid_token)?;
            let session: Session = self.repository().get(token.session_id).await?.ok_or_else(invalid_token)?;
            // A user who is erased has no living row.
            let user: User = self.repository().get(token.user_id).await?.ok_or_else(invalid_token)?;
            match decide(&token, &session, now) {
                Exchange::Refuse => return Err(invalid_token()),
                Exchange::Reuse => {
                    if self.end_family(request, session).await? {
                        return Err(invalid_token());
                    }
                }
                Exchange::Rotate => {
                    if let Some(pair) = self.rotate_token(&user, session, token, now).await? {
                        return Ok(pair);
                    }
                }
            }
        }
        Err(too_busy())
    }

    async fn rotate_token(
        &self,
        user: &User,
        mut session: Session,
        mut token: RefreshToken,
        now: Timestamp,
    ) -> Result<Option<TokenPair>, Error> {
        session.last_used_at = now;
        session.idle_expires_at = now.plus(self.options.session_idle);
        let (next, secret) = self.new_refresh_token(&session, Some(token.id), now)?;
        let pair = self.token_pair(user, &session, &next, secret).await?;
        token.used_at = Some(now);
        let changes = Changes::new().update(&mut token).update(&mut session).insert(&next);
        Ok(self.try_commit(changes).await?.then_some(pair))
    }

    /// Ends a session whose token was shown twice; gives whether it was done, or is to be decided anew.
    async fn end_family(&self, request: &RequestContext, session: Session) -> Result<bool, Error> {
        let body = SecurityAlert { user_id: session.user_id, kind: AlertKind::RefreshTokenReused };
        let alert = self.events(request).event(&session, session.revision.next(), &body);
        let user = session.user_id;
        let (changes, ended) = self.end_sessions(request, user, vec![session], SessionEnd::TokenReused);
        let done = self.try_commit(changes.causing(alert)).await?;
        if done {
            self.revocations.end_sessions(ended);
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn session(ended_at: Option<Timestamp>) -> Session {
        Session {
            id: Id::new(Uuid::from_u128(1)),
            revision: Revision::FIRST,
            deleted_at: None,
            user_id: Id::new(Uuid::from_u128(2)),
            client: None,
            created_at: at(0),
            last_used_at: at(0),
            idle_expires_at: at(10),
            expires_at: at(100),
            ended_at,
            end_reason: None,
        }
    }

    fn token(used_at: Option<Timestamp>) -> RefreshToken {
        RefreshToken {
            id: Id::new(Uuid::from_u128(3)),
            revision: Revision::FIRST,
            deleted_at: None,
            user_id: Id::new(Uuid::from_u128(2)),
            session_id: Id::new(Uuid::from_u128(1)),
            parent: None,
            hash: TokenHash::of("x"),
            issued_at: at(0),
            used_at,
            expires_at: at(10),
        }
    }

    #[test]
    fn an_exchange_is_decided_by_use_and_time() {
        assert_eq!(decide(&token(None), &session(None), at(9)), Exchange::Rotate);
        assert_eq!(decide(&token(Some(at(1))), &session(None), at(9)), Exchange::Reuse);
        assert_eq!(decide(&token(None), &session(None), at(10)), Exchange::Refuse);
        assert_eq!(decide(&token(None), &session(Some(at(5))), at(9)), Exchange::Refuse);
        // A session that is over already gives no second alert.
        assert_eq!(decide(&token(Some(at(1))), &session(Some(at(5))), at(9)), Exchange::Refuse);
        let long_idle = Session { idle_expires_at: at(1_000), ..session(None) };
        assert_eq!(
            decide(&RefreshToken { expires_at: at(1_000), ..token(None) }, &long_idle, at(100)),
            Exchange::Refuse
        );
    }
}
