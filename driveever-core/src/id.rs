//! Typed identifiers and where they come from.
//!
//! An [`Id`] names what it identifies, so that a prompt's id cannot be passed where an order's is wanted, and so that
//! `repository.get(id)` knows its entity. Values are UUIDs; those that DriveEver makes are version 7 (RFC 9562), whose
//! order is the order of creation, which keeps the indexes of a growing table compact.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr, sync::atomic::AtomicU64};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The identifier of an `E`.
///
/// ```
/// use driveever_core::id::Id;
/// struct Prompt;
/// let id: Id<Prompt> = "01936a3e-1c52-7000-8000-000000000001".parse()?;
/// assert_eq!(id.to_string(), "01936a3e-1c52-7000-8000-000000000001");
/// # Ok::<(), driveever_core::id::ParseIdError>(())
/// ```
pub struct Id<E>(Uuid, PhantomData<fn() -> E>);

impl<E> Id<E> {
    /// The id with this UUID.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The UUID within.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The same UUID as the id of something else: for a record that shares its identity with another, such as an order
    /// and its saga.
    pub const fn cast<F>(self) -> Id<F> {
        Id::new(self.0)
    }
}

impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Id<E> {}
impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<E> Eq for Id<E> {}
impl<E> PartialOrd for Id<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Id<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<E> hash::Hash for Id<E> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<E> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<E> fmt::Display for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<E> From<Uuid> for Id<E> {
    fn from(uuid: Uuid) -> Self {
        Self::new(uuid)
    }
}
impl<E> Serialize for Id<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, E> Deserialize<'de> for Id<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::new)
    }
}

/// The text is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no UUID: expected 32 hexadecimal digits in five groups, such as 01936a3e-1c52-7000-8000-000000000001")]
pub struct ParseIdError;

impl<E> FromStr for Id<E> {
    type Err = ParseIdError;

    /// Takes the hyphenated form only: a looser parser would give one object several spellings in caches and logs.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 36 {
            return Err(ParseIdError);
        }
        Uuid::try_parse(text).map(Self::new).map_err(|_| ParseIdError)
    }
}

/// The UUID that always stands for these texts: the first half of their SHA-256 as version 8 (RFC 9562, section 5.8).
///
/// For a row that is found by what it stands for and must not be made twice. Each text is hashed with its length, so
/// that `["ab", "c"]` and `["a", "bc"]` differ.
///
/// ```
/// use driveever_core::id::derived_uuid;
/// assert_eq!(derived_uuid(["day", "openai"]), derived_uuid(["day", "openai"]));
/// assert_ne!(derived_uuid(["ab", "c"]), derived_uuid(["a", "bc"]));
/// ```
pub fn derived_uuid<'a>(texts: impl IntoIterator<Item = &'a str>) -> Uuid {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Where new identifiers come from: a port, so that tests are deterministic.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait IdGenerator: Send + Sync {
    /// A new UUID, greater than those that this generator gave before.
    fn uuid(&self) -> Uuid;
}

impl dyn IdGenerator + '_ {
    /// A new id of an `E`.
    pub fn id<E>(&self) -> Id<E> {
        Id::new(self.uuid())
    }
}

/// Version 7 UUIDs from the system's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdGenerator for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the port's implementation")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Version 7 UUIDs that count up from one: for tests and reproducible examples.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    /// A generator whose first id ends in 1.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl IdGenerator for SequentialIds {
    fn uuid(&self) -> Uuid {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let version_and_variant = 0x0000_0000_0000_7000_8000_0000_0000_0000_u128;
        // 2026-01-01T00:00:00Z in milliseconds, the time part of a version 7 UUID.
        let time = 0x019b_76da_a800_u128 << 80;
        // The counter's high bits go where version 7 has random bits, below the variant.
        Uuid::from_u128(time | version_and_variant | u128::from(next & 0x3fff_ffff_ffff_ffff))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    #[test]
    fn sequential_ids_are_version_7_and_ascend() {
        let ids = SequentialIds::new();
        let (a, b) = (ids.uuid(), ids.uuid());
        assert_eq!(a.get_version_num(), 7);
        assert!(a < b);
    }

    #[test]
    fn system_ids_ascend() {
        let all: Vec<_> = (0..1000).map(|_| SystemIds.uuid()).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn other_spellings_of_a_uuid_are_refused() {
        for bad in [
            "",
            "1",
            "01936a3e1c5270008000000000000001",
            "{01936a3e-1c52-7000-8000-000000000001}",
            "zzz36a3e-1c52-7000-8000-000000000001",
        ] {
            assert_eq!(bad.parse::<Id<Thing>>(), Err(ParseIdError), "{bad}");
        }
    }
}
