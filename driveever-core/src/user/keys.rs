//! The keys that sign access tokens, and their rotation.
//!
//! A new key is published one cache lifetime before it signs, so that every verifier knows it by then; the one before stays
//! published until the last token that it signed has expired, then it is deleted with its private half. The first key
//! signs at once, as nobody has a set of keys yet.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    crypto::TokenSigner,
    event::SigningKeyPublished,
    model::{KeyId, SigningKey},
    options::TokenOptions,
    repository::UserRepository,
    token::{AccessClaims, Jwk, KeySource},
};
use crate::{
    changes::Changes,
    entity::Revision,
    error::{Error, StoreError},
    event::EventFactory,
    id::IdGenerator,
    query::Query,
    request::RequestContext,
    time::{Clock, Timestamp},
};

/// Keys are read again at most this often, and when an unknown one is asked for.
const REREAD: Duration = Duration::from_mins(1);
/// For unknown keys, at most this often: their ids come from strangers.
const REREAD_UNKNOWN: Duration = Duration::from_secs(5);
/// More keys than rotation can ever leave.
const MAX_KEYS: u32 = 100;

/// Signs with the present key, publishes all, and rotates them.
pub struct KeyRing {
    repository: Arc<dyn UserRepository>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    options: TokenOptions,
    known: RwLock<Known>,
}

#[derive(Default, Clone)]
struct Known {
    /// In the order of their numbers.
    keys: Arc<[SigningKey]>,
    read_at: Option<Timestamp>,
}

impl KeyRing {
    /// Over this store.
    pub fn new(
        repository: Arc<dyn UserRepository>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        options: TokenOptions,
    ) -> Self {
        Self { repository, signer, clock, ids, options, known: RwLock::default() }
    }

    /// Signs claims with the present key; makes the first one when there is none.
    ///
    /// # Errors
    /// [`Error::Internal`] when the present key's private half cannot be opened, or the store's.
    pub async fn sign(&self, claims: &AccessClaims) -> Result<SecretString, Error> {
        let key = match signing(&self.keys(REREAD).await?, self.clock.now()) {
            Some(key) => key,
            None => self.maintain().await?,
        };
        self.signer.sign(&key, claims)
    }

    /// Whether tokens can be signed: the newest key opens, where there is one.
    ///
    /// # Errors
    /// As [`KeyRing::sign`].
    pub async fn check(&self) -> Result<(), Error> {
        let keys = self.keys(Duration::ZERO).await?;
        keys.last().map_or(Ok(()), |newest| self.signer.check(newest))
    }

    /// The published keys (RFC 7517): those that sign, signed lately, or will sign.
    ///
    /// # Errors
    /// The store's.
    pub async fn published(&self) -> Result<Vec<Jwk>, Error> {
        let keys = self.keys(REREAD).await?;
        let now = self.clock.now();
        let valid = keys.iter().filter(|key| !self.is_over(key, &keys, now));
        Ok(valid.map(|key| Jwk::ed25519(key.id, key.public_key.clone())).collect())
    }

    /// Rotates when it is time: publishes the next key, deletes keys that no valid token needs. Safe to call often and in
    /// several processes. Gives the key that signs now.
    ///
    /// # Errors
    /// As [`KeyRing::sign`].
    pub async fn maintain(&self) -> Result<SigningKey, Error> {
        let keys = self.keys(Duration::ZERO).await?;
        let now = self.clock.now();
        let over: Vec<KeyId> = keys.iter().filter(|key| self.is_over(key, &keys, now)).map(|key| key.id).collect();
        if !over.is_empty() {
            let changes = over.into_iter().fold(Changes::new(), Changes::delete::<SigningKey>);
            self.repository.commit(changes).await?;
        }
        let due = keys
            .last()
            .is_none_or(|newest| now.plus(self.options.key_cache) >= newest.signs_from.plus(self.options.key_rotation));
        let keys = if due { self.rotate().await? } else { self.keys(Duration::ZERO).await? };
        // Read anew: a key that was made just now signs from a moment after `now`.
        signing(&keys, self.clock.now()).ok_or_else(|| Error::internal("no signing key though one was made"))
    }

    /// Publishes the next key now, whatever the present one's age; it signs one cache lifetime later.
    ///
    /// # Errors
    /// As [`KeyRing::sign`].
    pub async fn rotate(&self) -> Result<Arc<[SigningKey]>, Error> {
        let keys = self.keys(Duration::ZERO).await?;
        let now = self.clock.now();
        let signs_from = if signing(&keys, now).is_some() { now.plus(self.options.key_cache) } else { now };
        let id = self.ids.id();
        let pair = self.signer.generate(id)?;
        let number = keys.last().map_or(1, |last| last.number.saturating_add(1));
        let (public_key, private_key) = (pair.public_key, pair.private_key);
        let key = SigningKey { id, number, public_key, private_key, created_at: now, signs_from };
        let request = RequestContext::system("signing-keys");
        let events = EventFactory::new(self.clock.as_ref(), self.ids.as_ref(), &request);
        let published = events.event(&key, Revision::FIRST, &SigningKeyPublished { number });
        match self.repository.commit(Changes::new().insert(&key).causing(published)).await {
            // Another process made the same key: theirs is as good.
            Ok(()) | Err(StoreError::Duplicate { .. }) => self.keys(Duration::ZERO).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Whether no valid token can be signed by a key any more.
    fn is_over(&self, key: &SigningKey, keys: &[SigningKey], now: Timestamp) -> bool {
        let successor = keys.iter().filter(|other| other.number > key.number).map(|other| other.signs_from).min();
        // Another process may sign with the old key until it has read the new one.
        let grace = self.options.life + self.options.skew + REREAD;
        successor.is_some_and(|from| from.plus(grace) <= now)
    }

    /// The keys, not older than this.
    async fn keys(&self, age: Duration) -> Result<Arc<[SigningKey]>, Error> {
        let now = self.clock.now();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.read_at.is_some_and(|at| now.since(at) < age && at <= now) {
            return Ok(known.keys);
        }
        let query = Query::everything().sort(SigningKey::NUMBER.ascending()).limit(MAX_KEYS);
        let keys: Arc<[SigningKey]> = self.repository.find(&query).await?.into();
        let read = Known { keys: keys.clone(), read_at: Some(now) };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(keys)
    }
}

/// The key that signs at this time.
fn signing(keys: &[SigningKey], now: Timestamp) -> Option<SigningKey> {
    keys.iter().rev().find(|key| key.signs_from <= now).cloned()
}

#[async_trait]
impl KeySource for KeyRing {
    async fn public_key(&self, id: KeyId) -> Result<Option<String>, Error> {
        let now = self.clock.now();
        for age in [REREAD, REREAD_UNKNOWN] {
            let keys = self.keys(age).await?;
            if let Some(key) = keys.iter().find(|key| key.id == id) {
                return Ok((!self.is_over(key, &keys, now)).then(|| key.public_key.clone()));
            }
        }
        Ok(None)
    }
}
