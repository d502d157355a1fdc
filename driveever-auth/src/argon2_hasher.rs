//! Passwords with Argon2id (RFC 9106).
//!
//! A hash takes tens of milliseconds and megabytes of memory by design, which is why it runs on the blocking pool and why only so
//! many run at once: a flood of log-ins then queues for hashing and leaves the other requests alone. The queue is bounded
//! in length and in time; past either, the answer is "not available". Hashes share as many memories as run at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, phc},
};
use async_trait::async_trait;
use driveever_core::{
    Error,
    user::{PasswordHash, PasswordHasher},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::{hash_memory::HashMemory, secrets::random};

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
    /// How long each may wait; one that waited so long is refused.
    pub patience: Duration,
    /// Whether the memory of a hash is kept for the next. An allocator that gives large memory back to the system, as
    /// glibc's does not, does without.
    pub keeps_memory: bool,
}

impl Default for Argon2Options {
    /// 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet); as many at once as there are processors, 256
    /// waiting, for 5 seconds each; memory is kept.
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
            at_once,
            waiting: 256,
            patience: Duration::from_secs(5),
            keeps_memory: true,
        }
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
    work: Arc<Work>,
    decoy: PasswordHash,
    running: Arc<Semaphore>,
    held: Arc<AtomicUsize>,
    most_held: usize,
    patience: Duration,
}

/// What a hash needs on whichever thread it runs.
struct Work {
    params: Params,
    memory: HashMemory,
}

impl Work {
    /// The output of a hash with the parameters of `like`, and its salt.
    fn output(&self, password: &SecretString, like: &Like) -> Result<phc::Output, password_hash::Error> {
        let argon2 = Argon2::new(like.algorithm, like.version, like.params.clone());
        let mut buffer = [0; phc::Output::MAX_LENGTH];
        let length = like.params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = buffer.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
        self.memory.lend(&like.params, self.params.block_count(), |blocks| {
            argon2.hash_password_into_with_memory(password.expose_secret().as_bytes(), &like.salt, output, blocks)
        })?;
        phc::Output::new(output).map_err(Into::into)
    }
}

/// How a hash is made.
struct Like {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: phc::Salt,
}

impl Like {
    /// As these present parameters have it.
    fn present(params: &Params, salt: &[u8]) -> Result<Self, password_hash::Error> {
        let salt = phc::Salt::new(salt)?;
        Ok(Self { algorithm: Algorithm::Argon2id, version: Version::V0x13, params: params.clone(), salt })
    }

    /// As a stored hash was made.
    fn stored(hash: &phc::PasswordHash) -> Result<Self, password_hash::Error> {
        let salt = hash.salt.ok_or(password_hash::Error::SaltInvalid)?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
        let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
        Ok(Self { algorithm, version, params: Params::try_from(hash)?, salt })
    }

    /// The whole hash.
    fn hash(self, output: phc::Output) -> Result<PasswordHash, password_hash::Error> {
        let hash = phc::PasswordHash {
            algorithm: self.algorithm.ident(),
            version: Some(self.version.into()),
            params: phc::ParamsString::try_from(&self.params)?,
            salt: Some(self.salt),
            hash: Some(output),
        };
        Ok(PasswordHash::new(hash.to_string()))
    }
}

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

impl Argon2Hasher {
    /// With these options.
    ///
    /// # Errors
    /// When Argon2 does not take them, or nothing could ever run.
    pub fn new(options: Argon2Options) -> Result<Self, Argon2OptionsError> {
        let Argon2Options { memory_kib, passes, lanes, at_once, waiting, patience, keeps_memory } = options;
        let refused = |reason: String| Argon2OptionsError { memory_kib, passes, lanes, at_once, reason };
        if at_once == 0 || at_once > Semaphore::MAX_PERMITS {
            return Err(refused("at least one must run at once".to_owned()));
        }
        let params = Params::new(memory_kib, passes, lanes, Some(HASH_BYTES)).map_err(|e| refused(e.to_string()))?;
        let decoy = decoy(&params).map_err(|error| refused(error.to_string()))?;
        Ok(Self {
            work: Arc::new(Work { params, memory: HashMemory::new(keeps_memory) }),
            decoy,
            running: Arc::new(Semaphore::new(at_once)),
            held: Arc::new(AtomicUsize::new(0)),
            most_held: at_once.saturating_add(waiting),
            patience,
        })
    }

    /// Runs one hash when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        hash: impl FnOnce(&Work) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let held = Held::enter(&self.held, self.most_held)?;
        let turn = tokio::time::timeout(self.patience, self.running.clone().acquire_owned());
        let permit = turn.await.map_err(|_| too_many())?.map_err(Error::internal)?;
        let work = self.work.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = hash(&work);
            // Held until the work is done, also when whoever asked has gone.
            drop((permit, held));
            result
        });
        done.await.map_err(Error::internal)?
    }
}

fn too_many() -> Error {
    Error::Unavailable { what: "logging in", detail: "too many wait: try again soon".to_owned() }
}

/// A place in the queue.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn enter(held: &Arc<AtomicUsize>, most: usize) -> Result<Self, Error> {
        let enter = |now: usize| (now < most).then_some(now + 1);
        held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enter).map_err(|_| too_many())?;
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
    let like = Like::present(params, bytes()?.get(..SALT_BYTES).unwrap_or_default())?;
    like.hash(phc::Output::new(&bytes()?)?)
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("a stored password hash cannot be read: {error}"))
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        let (password, salt) = (password.clone(), random::<SALT_BYTES>()?);
        self.run(move |work| {
            let like = Like::present(&work.params, &salt).map_err(Error::internal)?;
            let output = work.output(&password, &like).map_err(Error::internal)?;
            like.hash(output).map_err(Error::internal)
        })
        .await
    }

    async fn verify(&self, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error> {
        let (password, hash) = (password.clone(), hash.clone());
        self.run(move |work| {
            let hash = phc::PasswordHash::new(hash.expose()).map_err(unreadable)?;
            let output = work.output(&password, &Like::stored(&hash).map_err(unreadable)?).map_err(unreadable)?;
            // Outputs compare in constant time.
            Ok(hash.hash.is_some_and(|stored| stored == output))
        })
        .await
    }

    fn needs_rehash(&self, hash: &PasswordHash) -> bool {
        let now = &self.work.params;
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

    const PATIENCE: Duration = Duration::from_mins(1);

    fn quick(memory_kib: u32, passes: u32) -> Argon2Hasher {
        let options = Argon2Options {
            memory_kib,
            passes,
            lanes: 1,
            at_once: 1,
            waiting: 2,
            patience: PATIENCE,
            keeps_memory: true,
        };
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

    #[tokio::test]
    async fn whoever_waits_too_long_is_refused() {
        let options = Argon2Options { at_once: 1, patience: Duration::from_millis(20), ..Argon2Options::default() };
        let hasher = Argon2Hasher::new(options).unwrap();
        let permit = hasher.running.clone().acquire_owned().await.unwrap();
        let refused = hasher.hash(&secret("x")).await;
        assert!(matches!(refused, Err(Error::Unavailable { what: "logging in", .. })), "{refused:?}");
        drop(permit);
        hasher.hash(&secret("x")).await.unwrap();
    }

    /// As many memories as run at once, whatever the number of threads on which they run.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn hashes_share_their_memory() {
        let options = Argon2Options {
            memory_kib: 64,
            passes: 1,
            lanes: 1,
            at_once: 3,
            waiting: 100,
            patience: PATIENCE,
            keeps_memory: true,
        };
        let hasher = Arc::new(Argon2Hasher::new(options).unwrap());
        let tasks: Vec<_> = (0..60)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash(&secret("x")).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let ready = hasher.work.memory.ready();
        assert!((1..=3).contains(&ready.len()) && ready.iter().all(|blocks| *blocks == 64), "{ready:?}");
        // One of larger parameters has what it needs, and leaves no more than the others.
        let large = quick(256, 1).hash(&secret("y")).await.unwrap();
        assert!(hasher.verify(&secret("y"), &large).await.unwrap());
        assert_eq!(hasher.work.memory.ready(), ready);
    }

    #[tokio::test]
    async fn memory_is_given_back_where_it_is_not_kept() {
        let options = Argon2Options { memory_kib: 64, passes: 1, keeps_memory: false, ..Argon2Options::default() };
        let hasher = Argon2Hasher::new(options).unwrap();
        let hash = hasher.hash(&secret("x")).await.unwrap();
        assert!(hasher.verify(&secret("x"), &hash).await.unwrap());
        assert!(hasher.work.memory.ready().is_empty());
    }

    #[test]
    fn bad_options_are_refused() {
        for (memory_kib, passes, lanes, at_once) in [(1, 1, 1, 1), (64, 0, 1, 1), (64, 1, 0, 1), (64, 1, 1, 0)] {
            let options = Argon2Options { memory_kib, passes, lanes, at_once, ..Argon2Options::default() };
            assert!(Argon2Hasher::new(options).is_err());
        }
    }
}
