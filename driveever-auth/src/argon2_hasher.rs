//! Passwords with Argon2id (RFC 9106).
//!
//! A hash takes tens of milliseconds and megabytes of memory by design, which is why it runs on the blocking pool and why only so
//! many run at once: a flood of log-ins then queues for hashing and leaves the other requests alone. The queue is bounded
//! too; past it, the answer is "not available" at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{self, phc},
};
use async_trait::async_trait;
use driveever_core::{
    Error,
    user::{PasswordHash, PasswordHasher},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::secrets::random;

/// How hard a hash is, and how many are made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Options {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// How many hashes are made at once; each takes one thread and its memory.
    pub at_once: usize,
    /// How many may wait for that; a further one is refused.
    pub waiting: usize,
}

impl Default for Argon2Options {
    /// 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet); as many at once as there are processors, 256
    /// waiting.
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        Self { memory_kib: 19_456, passes: 2, lanes: 1, at_once, waiting: 256 }
    }
}

/// Options that Argon2 does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Argon2 does not take {memory_kib} KiB, {passes} passes, {lanes} lanes, {at_once} at once: {reason}")]
pub struct Argon2OptionsError {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    at_once: usize,
    reason: String,
}

/// Hashes passwords with Argon2id, a new 16 byte salt each, to PHC strings.
pub struct Argon2Hasher {
    argon2: Arc<Argon2<'static>>,
    decoy: PasswordHash,
    running: Arc<Semaphore>,
    held: Arc<AtomicUsize>,
    most_held: usize,
}

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

impl Argon2Hasher {
    /// With these options.
    ///
    /// # Errors
    /// When Argon2 does not take them, or nothing could ever run.
    pub fn new(options: Argon2Options) -> Result<Self, Argon2OptionsError> {
        let Argon2Options { memory_kib, passes, lanes, at_once, waiting } = options;
        let refused = |reason: String| Argon2OptionsError { memory_kib, passes, lanes, at_once, reason };
        if at_once == 0 || at_once > Semaphore::MAX_PERMITS {
            return Err(refused("at least one must run at once".to_owned()));
        }
        let params = Params::new(memory_kib, passes, lanes, Some(HASH_BYTES)).map_err(|e| refused(e.to_string()))?;
        let decoy = decoy(&params).map_err(|error| refused(error.to_string()))?;
        Ok(Self {
            argon2: Arc::new(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)),
            decoy,
            running: Arc::new(Semaphore::new(at_once)),
            held: Arc::new(AtomicUsize::new(0)),
            most_held: at_once.saturating_add(waiting),
        })
    }

    /// Runs one hash when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let held = Held::enter(&self.held, self.most_held)?;
        let permit = self.running.clone().acquire_owned().await.map_err(Error::internal)?;
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            // Held until the work is done, also when whoever asked has gone.
            drop((permit, held));
            result
        });
        done.await.map_err(Error::internal)?
    }
}

/// A place in the queue.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn enter(held: &Arc<AtomicUsize>, most: usize) -> Result<Self, Error> {
        let full = || Error::Unavailable { what: "logging in", detail: "too many wait: try again soon".to_owned() };
        let enter = |now: usize| (now < most).then_some(now + 1);
        held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enter).map_err(|_| full())?;
        Ok(Self(held.clone()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A hash of the right form that was never made from a password: verifying it costs as much as a real one.
fn decoy(params: &Params) -> Result<PasswordHash, password_hash::Error> {
    let bytes = || random::<HASH_BYTES>().map_err(|_| password_hash::Error::Crypto);
    let hash = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(params)?,
        salt: Some(phc::Salt::new(bytes()?.get(..SALT_BYTES).unwrap_or_default())?),
        hash: Some(phc::Output::new(&bytes()?)?),
    };
    Ok(PasswordHash::new(hash.to_string()))
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("a stored password hash cannot be read: {error}"))
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        let (password, salt) = (password.clone(), random::<SALT_BYTES>()?);
        self.run(move |argon2| {
            let hash: Result<phc::PasswordHash, _> =
                argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| PasswordHash::new(hash.to_string())).map_err(Error::internal)
        })
        .await
    }

    async fn verify(&self, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error> {
        let (password, hash) = (password.clone(), hash.clone());
        self.run(move |argon2| {
            let hash = phc::PasswordHash::new(hash.expose()).map_err(unreadable)?;
            match argon2.verify_password(password.expose_secret().as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(unreadable(error)),
            }
        })
        .await
    }

    fn needs_rehash(&self, hash: &PasswordHash) -> bool {
        let now = self.argon2.params();
        let Ok(hash) = phc::PasswordHash::new(hash.expose()) else { return true };
        let Ok(then) = Params::try_from(&hash) else { return true };
        let weaker = then.m_cost() < now.m_cost() || then.t_cost() < now.t_cost() && then.m_cost() <= now.m_cost();
        hash.algorithm != Algorithm::Argon2id.ident() || weaker
    }

    fn decoy(&self) -> PasswordHash {
        self.decoy.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick(memory_kib: u32, passes: u32) -> Argon2Hasher {
        let options = Argon2Options { memory_kib, passes, lanes: 1, at_once: 1, waiting: 2 };
        Argon2Hasher::new(options).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_with_its_own_salt() {
        let hasher = Argon2Hasher::new(Argon2Options::default()).unwrap();
        let (one, two) = (hasher.hash(&secret("ä b\0c")).await.unwrap(), hasher.hash(&secret("ä b\0c")).await.unwrap());
        assert!(one.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.expose());
        assert_ne!(one, two);
        assert!(hasher.verify(&secret("ä b\0c"), &one).await.unwrap());
        assert!(!hasher.verify(&secret("ä b"), &one).await.unwrap());
        assert!(!hasher.verify(&secret("ä b\0c "), &one).await.unwrap());
        assert!(!hasher.needs_rehash(&one));
    }

    #[tokio::test]
    async fn the_decoy_has_no_password_and_the_same_parameters() {
        let hasher = quick(64, 1);
        assert!(hasher.decoy().expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(hasher.decoy().expose().len(), hasher.hash(&secret("x")).await.unwrap().expose().len());
        assert!(!hasher.verify(&secret(""), &hasher.decoy()).await.unwrap());
        assert!(!hasher.needs_rehash(&hasher.decoy()));
    }

    #[tokio::test]
    async fn hashes_of_weaker_parameters_are_verified_and_renewed() {
        let old = quick(64, 1).hash(&secret("x")).await.unwrap();
        for (memory, passes, renewed) in [(128, 1, true), (64, 2, true), (64, 1, false), (32, 1, false)] {
            let hasher = quick(memory, passes);
            assert!(hasher.verify(&secret("x"), &old).await.unwrap());
            assert_eq!(hasher.needs_rehash(&old), renewed, "{memory} {passes}");
        }
        assert!(quick(64, 1).needs_rehash(&PasswordHash::new("$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g")));
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_read_is_a_defect_and_not_shown() {
        let error = quick(64, 1).verify(&secret("x"), &PasswordHash::new("secret nonsense")).await.unwrap_err();
        assert!(matches!(&error, Error::Internal(detail) if !detail.contains("nonsense")));
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let hasher = Arc::new(quick(8 * 1024, 3));
        let tasks: Vec<_> = (0..12)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash(&secret("x")).await })
            })
            .collect();
        let mut refused = 0;
        for task in tasks {
            let result = task.await.unwrap();
            refused += usize::from(matches!(result, Err(Error::Unavailable { .. })));
        }
        assert_eq!(refused, 9, "one runs, two wait");
        hasher.hash(&secret("x")).await.unwrap();
    }

    #[test]
    fn bad_options_are_refused() {
        for (memory_kib, passes, lanes, at_once) in [(1, 1, 1, 1), (64, 0, 1, 1), (64, 1, 0, 1), (64, 1, 1, 0)] {
            assert!(Argon2Hasher::new(Argon2Options { memory_kib, passes, lanes, at_once, waiting: 1 }).is_err());
        }
    }
}
