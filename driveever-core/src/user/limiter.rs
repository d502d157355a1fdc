//! How often secrets may be tried.
//!
//! Attempts are counted in buckets: one for an account tried from one address, one for an account from anywhere, one for an
//! address. Each follows the generic cell rate algorithm (ITU-T I.371): a quota of `n` in a time `t` lets `n` attempts
//! through at once and one more every `t / n`. It keeps a single time for each key, and being over quota means waiting, never a
//! lock. An attempt is counted when it begins, so that attempts side by side cannot slip through, and is given back when it
//! succeeds.
//!
//! A stranger who guesses at an account fills the account's bucket. Its owner is let through all the same from an address
//! where they logged in before ([`AttemptLimiter::trust`]), and open sessions are not concerned.
//!
//! [`MemoryAttemptLimiter`] forgets at a restart. That gives an attacker who can restart the server a few more attempts;
//! writing each failed attempt to disk would give every attacker a disk flush for each request. Where several processes serve
//! log-ins, put a shared store behind the port.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::{
    error::Error,
    time::{Clock, Timestamp},
};

/// So many attempts in such a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many; 0 counts as 1.
    pub attempts: u32,
    /// In which time.
    pub per: Duration,
}

impl Quota {
    /// `attempts` in `minutes`.
    pub const fn in_minutes(attempts: u32, minutes: u64) -> Self {
        Self { attempts, per: Duration::from_secs(minutes * 60) }
    }

    fn interval(self) -> Duration {
        self.per / self.attempts.max(1)
    }
}

/// The quotas of everything that tries a secret or makes an account.
#[derive(Debug, Clone)]
pub struct AttemptLimits {
    /// Whether attempts are limited at all; off for load tests only.
    pub enabled: bool,
    /// Failed log-ins to one account from one address.
    pub account_and_address: Quota,
    /// Failed log-ins to one account from addresses that never logged in to it.
    pub account: Quota,
    /// Failed log-ins from one address.
    pub address: Quota,
    /// Registrations from one address, successful ones included.
    pub registrations: Quota,
    /// Wrong present passwords when the password is changed.
    pub password_changes: Quota,
    /// How long an address is trusted with an account after a log-in.
    pub trust: Duration,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            account_and_address: Quota::in_minutes(5, 15),
            account: Quota::in_minutes(20, 60),
            address: Quota::in_minutes(100, 60),
            registrations: Quota::in_minutes(50, 60),
            password_changes: Quota::in_minutes(5, 15),
            trust: Duration::from_hours(30 * 24),
        }
    }
}

/// What is counted: a hash, so that no address and no e-mail is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BucketKey([u8; 32]);

impl BucketKey {
    /// Of these parts.
    pub fn of(parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // The length keeps "ab", "c" apart from "a", "bc".
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(digest.finalize().into())
    }

    /// The key as bytes, for an adapter.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The part of an address that one client holds: the whole of an IPv4 address, the network half of an IPv6 address.
pub fn client_network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// A key and its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// What is counted.
    pub key: BucketKey,
    /// How much of it.
    pub quota: Quota,
}

/// Counts attempts.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AttemptLimiter: Send + Sync {
    /// Takes one attempt from each bucket, or none from any: then it gives how long to wait.
    async fn take(&self, buckets: &[Bucket]) -> Result<Option<Duration>, Error>;

    /// Gives an attempt back to each bucket: it succeeded.
    async fn give_back(&self, buckets: &[Bucket]) -> Result<(), Error>;

    /// Remembers a key for a time.
    async fn trust(&self, key: BucketKey, lasting: Duration) -> Result<(), Error>;

    /// Whether a key is remembered.
    async fn trusts(&self, key: BucketKey) -> Result<bool, Error>;
}

/// Counts in memory, for one process. Holds a bounded number of keys; when it is full, it forgets those that would be
/// free soonest.
pub struct MemoryAttemptLimiter {
    clock: Arc<dyn Clock>,
    counted: Mutex<BoundedTimes>,
    trusted: Mutex<BoundedTimes>,
}

impl MemoryAttemptLimiter {
    /// Room for 100,000 keys, some 10 MB when full.
    const CAPACITY: usize = 100_000;

    /// With nothing counted.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_capacity(clock, Self::CAPACITY)
    }

    /// With room for this many keys of each kind.
    pub fn with_capacity(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        let times = || Mutex::new(BoundedTimes { times: HashMap::new(), capacity: capacity.max(1) });
        Self { clock, counted: times(), trusted: times() }
    }
}

/// Times by key, at most so many; a time that is past means nothing.
struct BoundedTimes {
    times: HashMap<BucketKey, Timestamp>,
    capacity: usize,
}

impl BoundedTimes {
    fn get(&self, key: BucketKey, now: Timestamp) -> Timestamp {
        self.times.get(&key).copied().unwrap_or(now).max(now)
    }

    fn set(&mut self, key: BucketKey, to: Timestamp, now: Timestamp) {
        if self.times.len() >= self.capacity && !self.times.contains_key(&key) {
            self.times.retain(|_, time| *time > now);
            self.make_room();
        }
        self.times.insert(key, to);
    }

    /// Forgets the eighth that ends first, so that a full map is not searched for every new key.
    fn make_room(&mut self) {
        if self.times.len() < self.capacity {
            return;
        }
        let mut ends: Vec<Timestamp> = self.times.values().copied().collect();
        let (_, pivot, _) = ends.select_nth_unstable(self.capacity / 8);
        let (pivot, mut left) = (*pivot, self.capacity / 8 + 1);
        self.times.retain(|_, time| {
            let goes = *time <= pivot && left > 0;
            left -= usize::from(goes);
            !goes
        });
    }
}

#[async_trait]
impl AttemptLimiter for MemoryAttemptLimiter {
    async fn take(&self, buckets: &[Bucket]) -> Result<Option<Duration>, Error> {
        let now = self.clock.now();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = buckets.iter().map(|bucket| {
            let busy = counted.get(bucket.key, now).since(now) + bucket.quota.interval();
            busy.saturating_sub(bucket.quota.interval() * bucket.quota.attempts.max(1))
        });
        let wait = waits.max().unwrap_or_default();
        if !wait.is_zero() {
            return Ok(Some(wait));
        }
        for bucket in buckets {
            let until = counted.get(bucket.key, now).plus(bucket.quota.interval());
            counted.set(bucket.key, until, now);
        }
        Ok(None)
    }

    async fn give_back(&self, buckets: &[Bucket]) -> Result<(), Error> {
        let now = self.clock.now();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for bucket in buckets {
            let until = counted.get(bucket.key, now).minus(bucket.quota.interval());
            counted.set(bucket.key, until, now);
        }
        Ok(())
    }

    async fn trust(&self, key: BucketKey, lasting: Duration) -> Result<(), Error> {
        let now = self.clock.now();
        self.trusted.lock().unwrap_or_else(PoisonError::into_inner).set(key, now.plus(lasting), now);
        Ok(())
    }

    async fn trusts(&self, key: BucketKey) -> Result<bool, Error> {
        let now = self.clock.now();
        Ok(self.trusted.lock().unwrap_or_else(PoisonError::into_inner).get(key, now) > now)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::time::FixedClock;

    fn limiter(capacity: usize) -> (FixedClock, MemoryAttemptLimiter) {
        let clock = FixedClock::at(Timestamp::from_micros(0));
        (clock.clone(), MemoryAttemptLimiter::with_capacity(Arc::new(clock), capacity))
    }

    fn bucket(name: &str, attempts: u32) -> Bucket {
        Bucket { key: BucketKey::of(&[name]), quota: Quota::in_minutes(attempts, 15) }
    }

    /// The in-memory limiter never waits.
    fn take(limiter: &MemoryAttemptLimiter, buckets: &[Bucket]) -> Option<Duration> {
        limiter.take(buckets).now_or_never().unwrap().unwrap()
    }

    #[test]
    fn a_quota_is_a_burst_and_then_a_pace() {
        let (clock, limiter) = limiter(9);
        let bucket = bucket("a", 5);
        for _ in 0..5 {
            assert_eq!(take(&limiter, &[bucket]), None);
        }
        assert_eq!(take(&limiter, &[bucket]), Some(Duration::from_mins(3)));
        clock.advance(Duration::from_mins(2));
        assert_eq!(take(&limiter, &[bucket]), Some(Duration::from_mins(1)));
        clock.advance(Duration::from_mins(1));
        assert_eq!(take(&limiter, &[bucket]), None);
        assert_eq!(take(&limiter, &[bucket]), Some(Duration::from_mins(3)));
        limiter.give_back(&[bucket]).now_or_never().unwrap().unwrap();
        assert_eq!(take(&limiter, &[bucket]), None);
    }

    #[test]
    fn several_buckets_are_taken_all_or_none() {
        let (_, limiter) = limiter(9);
        let (small, large) = (bucket("small", 1), bucket("large", 2));
        assert_eq!(take(&limiter, &[small, large]), None);
        assert!(take(&limiter, &[small, large]).is_some());
        assert_eq!(take(&limiter, &[large]), None, "the refused attempt took nothing from it");
    }

    #[test]
    fn memory_is_bounded_and_the_busiest_keys_are_kept() {
        let (_, limiter) = limiter(16);
        let busy = bucket("busy", 5);
        for _ in 0..5 {
            take(&limiter, &[busy]);
        }
        for number in 0..1_000 {
            take(&limiter, &[bucket(&number.to_string(), 5)]);
        }
        assert!(limiter.counted.lock().unwrap().times.len() <= 16);
        assert!(take(&limiter, &[busy]).is_some());
    }

    #[test]
    fn trust_ends() {
        let (clock, limiter) = limiter(9);
        let key = BucketKey::of(&["a"]);
        let trusts = || limiter.trusts(key).now_or_never().unwrap().unwrap();
        assert!(!trusts());
        limiter.trust(key, Duration::from_mins(1)).now_or_never().unwrap().unwrap();
        assert!(trusts());
        clock.advance(Duration::from_mins(1));
        assert!(!trusts());
    }

    #[test]
    fn an_ipv6_client_is_its_network_and_a_mapped_address_is_ipv4() {
        let network = |text: &str| client_network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
