//! Access tokens: what they say, and who is let in with one.
//!
//! A token passes in two steps. A [`TokenVerifier`] finds that it is ours: form, key, signature, issuer, audience. That
//! never changes for a token, so a cache may stand in front of it. The [`Authenticator`] finds that it still holds: its
//! times, and that nobody took it back. That is looked up anew with each request, in memory.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    crypto::{TokenError, TokenReader},
    model::{KeyId, SessionId, UserId},
    options::TokenOptions,
    revocation::RevocationList,
};
use crate::{
    error::Error,
    request::{Actor, RequestContext, Roles},
    time::{Clock, Timestamp},
};

/// The claims of an access token (RFC 9068 section 2.2, with `sid` as in the `OpenID` Connect standards); times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who issued it.
    pub iss: String,
    /// Until when it is valid.
    pub exp: i64,
    /// Whom it is for.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The client.
    pub client_id: String,
    /// When it was issued.
    pub iat: i64,
    /// From when on it is valid, when that is not at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// The token's own id.
    pub jti: Uuid,
    /// What the user may do.
    pub roles: Roles,
    /// The session.
    pub sid: SessionId,
    /// The revision of the user that the roles were read from. A change of roles takes back the tokens of earlier
    /// revisions: exactly those, where a time would depend on clocks and on who was quicker within a second.
    pub rev: u32,
}

/// A public key as a JSON Web Key (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The public key.
    pub x: String,
    /// The key's id.
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `EdDSA`.
    pub alg: String,
}

impl Jwk {
    /// An Ed25519 key.
    pub fn ed25519(id: KeyId, public_key: impl Into<String>) -> Self {
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: public_key.into(),
            kid: id.to_string(),
            usage: "sig".to_owned(),
            alg: "EdDSA".to_owned(),
        }
    }
}

/// Where a verifier finds public keys: the [`KeyRing`](super::KeyRing) itself, or the published set, fetched.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The public key with this id, when it may verify now. An implementation that fetches does so at most once in a
    /// while for ids that it does not know.
    async fn public_key(&self, id: KeyId) -> Result<Option<String>, Error>;
}

/// Finds whether a token is ours.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait TokenVerifier: Send + Sync {
    /// The claims of a token of ours; their times are not checked.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every token that is not ours, or the key source's error.
    async fn verify(&self, token: &str) -> Result<Arc<AccessClaims>, Error>;
}

/// Verifies each token's signature.
pub struct SignatureVerifier {
    keys: Arc<dyn KeySource>,
    reader: Arc<dyn TokenReader>,
    options: TokenOptions,
}

impl SignatureVerifier {
    /// With these keys.
    pub const fn new(keys: Arc<dyn KeySource>, reader: Arc<dyn TokenReader>, options: TokenOptions) -> Self {
        Self { keys, reader, options }
    }
}

#[async_trait]
impl TokenVerifier for SignatureVerifier {
    async fn verify(&self, token: &str) -> Result<Arc<AccessClaims>, Error> {
        let id = self.reader.key_id(token)?;
        let key = self.keys.public_key(id).await?.ok_or(TokenError::UnknownKey)?;
        let claims = self.reader.verify(token, &key)?;
        if claims.iss != self.options.issuer {
            return Err(TokenError::Issuer.into());
        }
        if claims.aud != self.options.audience {
            return Err(TokenError::Audience.into());
        }
        Ok(Arc::new(claims))
    }
}

/// Whether claims hold at a time, with clocks that may be `skew` seconds apart. A life longer than ours is no token of ours.
fn check_times(claims: &AccessClaims, now: Timestamp, options: &TokenOptions) -> Result<(), TokenError> {
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let (now, skew) = (now.as_micros().div_euclid(1_000_000), seconds(options.skew));
    if now >= claims.exp.saturating_add(skew) || claims.exp.saturating_sub(claims.iat) > seconds(options.life) {
        return Err(TokenError::Expired);
    }
    if claims.iat.max(claims.nbf.unwrap_or(claims.iat)) > now.saturating_add(skew) {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

/// Who a token lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user_id: UserId,
    /// What they may do.
    pub roles: Roles,
    /// Their session.
    pub session_id: SessionId,
}

impl Identity {
    /// A request of theirs.
    pub fn request(&self, request_id: impl Into<String>) -> RequestContext {
        let (actor, roles, request_id) = (Actor::User(self.user_id), self.roles, request_id.into());
        RequestContext { actor, roles, request_id, idempotency: None }
    }
}

/// Lets requests in by their access token.
pub struct Authenticator {
    verifier: Arc<dyn TokenVerifier>,
    revocations: Arc<RevocationList>,
    clock: Arc<dyn Clock>,
    options: TokenOptions,
}

impl Authenticator {
    /// With this verifier and these revocations.
    pub const fn new(
        verifier: Arc<dyn TokenVerifier>,
        revocations: Arc<RevocationList>,
        clock: Arc<dyn Clock>,
        options: TokenOptions,
    ) -> Self {
        Self { verifier, revocations, clock, options }
    }

    /// Who this token lets in.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], the same for every reason, or the key source's error.
    pub async fn authenticate(&self, token: &str) -> Result<Identity, Error> {
        let claims = self.verifier.verify(token).await?;
        check_times(&claims, self.clock.now(), &self.options)?;
        if self.revocations.has(&claims) {
            return Err(TokenError::Revoked.into());
        }
        Ok(Identity { user_id: claims.sub, roles: claims.roles, session_id: claims.sid })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{id::Id, request::Role};

    fn claims(iat: i64, exp: i64) -> AccessClaims {
        AccessClaims {
            iss: "driveever".into(),
            exp,
            aud: "driveever".into(),
            sub: Id::new(Uuid::from_u128(1)),
            client_id: "driveever".into(),
            iat,
            nbf: None,
            jti: Uuid::from_u128(2),
            roles: Roles::of([Role::User]),
            sid: Id::new(Uuid::from_u128(3)),
            rev: 1,
        }
    }

    #[test]
    fn times_hold_within_the_skew() {
        let options = TokenOptions::default();
        let at = |seconds: i64, claims: &AccessClaims| {
            check_times(claims, Timestamp::from_micros(seconds * 1_000_000), &options)
        };
        let token = claims(1_000, 1_600);
        assert_eq!(at(939, &token), Err(TokenError::NotYetValid));
        assert_eq!(at(940, &token), Ok(()));
        assert_eq!(at(1_659, &token), Ok(()));
        assert_eq!(at(1_660, &token), Err(TokenError::Expired));
        assert_eq!(at(1_000, &AccessClaims { nbf: Some(1_061), ..token.clone() }), Err(TokenError::NotYetValid));
        assert_eq!(at(1_000, &claims(1_000, 1_601)), Err(TokenError::Expired), "longer than any token of ours");
        assert_eq!(at(1_000, &claims(i64::MIN, i64::MAX)), Err(TokenError::Expired));
        assert_eq!(at(1_000, &claims(i64::MAX, i64::MAX)), Err(TokenError::NotYetValid));
        assert_eq!(Duration::from_mins(10), options.life);
    }

    #[test]
    fn a_token_carries_no_address_and_no_name() {
        let json = serde_json::to_value(claims(1, 2)).unwrap();
        let mut names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["aud", "client_id", "exp", "iat", "iss", "jti", "rev", "roles", "sid", "sub"]);
    }
}
