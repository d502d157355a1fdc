//! Tokens that were found good, remembered.
//!
//! Checking a signature costs more than most requests. That a token is ours never changes, so it is remembered, by the
//! SHA-256 of the whole token, until it expires; whether it still holds is asked each time by core's
//! [`Authenticator`](driveever_core::user::Authenticator), behind which this stands. Tokens that are not ours are not
//! remembered: nobody can fill the cache but who holds valid tokens.
//!
//! The cache holds two generations: what is used moves to the young one, and when that is full, the old one is forgotten
//! whole. That keeps what is in use, costs one lock and no list to mend with each look-up.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use driveever_core::{
    Error,
    time::{Clock, Timestamp},
    user::{AccessClaims, TokenVerifier},
};
use parking_lot::{Mutex, RwLock};
use sha2::{Digest, Sha256};

type TokenId = [u8; 32];
type Generation = HashMap<TokenId, Arc<AccessClaims>>;

/// Remembers which tokens another verifier found good.
pub struct CachedVerifier {
    inner: Arc<dyn TokenVerifier>,
    clock: Arc<dyn Clock>,
    capacity: usize,
    young: RwLock<Generation>,
    old: Mutex<Generation>,
}

impl CachedVerifier {
    /// Room for 20,000 tokens a generation, some 10 MB in all when full.
    const CAPACITY: usize = 20_000;

    /// In front of `inner`.
    pub fn new(inner: Arc<dyn TokenVerifier>, clock: Arc<dyn Clock>) -> Self {
        Self::with_capacity(inner, clock, Self::CAPACITY)
    }

    /// With room for this many tokens in each of two generations.
    pub fn with_capacity(inner: Arc<dyn TokenVerifier>, clock: Arc<dyn Clock>, capacity: usize) -> Self {
        Self { inner, clock, capacity: capacity.max(1), young: RwLock::default(), old: Mutex::default() }
    }

    /// Forgets everything: for when a signing key was withdrawn.
    pub fn clear(&self) {
        self.young.write().clear();
        self.old.lock().clear();
    }

    /// How many tokens are remembered.
    pub fn len(&self) -> usize {
        self.young.read().len() + self.old.lock().len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn known(&self, id: &TokenId) -> Option<Arc<AccessClaims>> {
        if let Some(claims) = self.young.read().get(id) {
            return Some(claims.clone());
        }
        let claims = self.old.lock().remove(id)?;
        self.remember(*id, claims.clone());
        Some(claims)
    }

    fn remember(&self, id: TokenId, claims: Arc<AccessClaims>) {
        let mut young = self.young.write();
        if young.len() >= self.capacity {
            *self.old.lock() = std::mem::take(&mut *young);
        }
        young.insert(id, claims);
    }

    fn forget(&self, id: &TokenId) {
        self.young.write().remove(id);
        self.old.lock().remove(id);
    }
}

fn is_expired(claims: &AccessClaims, now: Timestamp) -> bool {
    now.as_micros().div_euclid(1_000_000) >= claims.exp
}

#[async_trait]
impl TokenVerifier for CachedVerifier {
    async fn verify(&self, token: &str) -> Result<Arc<AccessClaims>, Error> {
        let id: TokenId = Sha256::digest(token.as_bytes()).into();
        if let Some(claims) = self.known(&id) {
            if !is_expired(&claims, self.clock.now()) {
                return Ok(claims);
            }
            self.forget(&id);
        }
        let claims = self.inner.verify(token).await?;
        if !is_expired(&claims, self.clock.now()) {
            self.remember(id, claims.clone());
        }
        Ok(claims)
    }
}
