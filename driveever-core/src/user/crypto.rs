//! The ports to cryptography. Core itself does none beyond SHA-256; `driveever-auth` has the adapters.

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    model::{KeyId, SigningKey},
    secret::{PasswordHash, SealedKey},
    token::AccessClaims,
};
use crate::error::Error;

/// Hashes passwords with a slow, salted function and verifies them.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A hash with a new salt and the present parameters.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait to be hashed, [`Error::Internal`] when hashing fails.
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error>;

    /// Whether this password has this hash; takes the same time for every password.
    ///
    /// # Errors
    /// As [`PasswordHasher::hash`], and [`Error::Internal`] for a hash that cannot be read.
    async fn verify(&self, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error>;

    /// Whether a hash was made with weaker parameters than the present ones.
    fn needs_rehash(&self, hash: &PasswordHash) -> bool;

    /// A hash that no known password has. Verified in place of an unknown user's, so that the answer takes as long.
    fn decoy(&self) -> PasswordHash;
}

/// Makes secrets that nobody can guess.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait SecretGenerator: Send + Sync {
    /// 32 bytes of the system's cryptographic randomness.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives none.
    fn bytes(&self) -> Result<[u8; 32], Error>;
}

/// A new key pair.
#[derive(Debug, Clone)]
pub struct NewKeyPair {
    /// The public half, as [`SigningKey::public_key`] has it.
    pub public_key: String,
    /// The private half, sealed for the id that it was made for.
    pub private_key: SealedKey,
}

/// Makes key pairs and signs access tokens with them: JWTs (RFC 7519) with `alg` `EdDSA`, `typ` `at+jwt` (RFC 9068) and the
/// key's id as `kid`.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait TokenSigner: Send + Sync {
    /// A new key pair whose private half is encrypted at rest and bound to `id`, so that it cannot be swapped for another
    /// row's.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be made.
    fn generate(&self, id: KeyId) -> Result<NewKeyPair, Error>;

    /// Whether a key's private half opens.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key that seals it is not the one it was sealed with.
    fn check(&self, key: &SigningKey) -> Result<(), Error>;

    /// The signed token.
    ///
    /// # Errors
    /// [`Error::Internal`] when the private half cannot be opened: the key that seals it is not the one it was sealed with.
    fn sign(&self, key: &SigningKey, claims: &AccessClaims) -> Result<SecretString, Error>;
}

/// Why a token is not even read. Clients learn only that it is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64url, not JSON, or too long.
    #[error("malformed")]
    Malformed,
    /// A header that is none of ours: another `typ` or `alg`, no usable `kid`, or a `crit`.
    #[error("a header that is none of ours")]
    ForeignHeader,
    /// No key that we know.
    #[error("an unknown key")]
    UnknownKey,
    /// The signature is not this key's.
    #[error("a wrong signature")]
    WrongSignature,
    /// Claims are missing or of the wrong type.
    #[error("unreadable claims")]
    Claims,
    /// Another issuer's.
    #[error("another issuer")]
    Issuer,
    /// Meant for somebody else.
    #[error("another audience")]
    Audience,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("not valid yet")]
    NotYetValid,
    /// It was taken back.
    #[error("revoked")]
    Revoked,
}

impl From<TokenError> for Error {
    /// One answer for all of them.
    fn from(_: TokenError) -> Self {
        Self::Unauthenticated { code: "invalid_token", detail: "the access token is invalid, expired or revoked" }
    }
}

/// Reads access tokens and checks their signatures.
///
/// An implementation takes `EdDSA` and nothing else, and takes no key from the token: `jku`, `x5u` and `jwk` are ignored
/// (RFC 8725 section 3).
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait TokenReader: Send + Sync {
    /// Which key a token names. Hostile text until [`TokenReader::verify`] succeeds with that key.
    ///
    /// # Errors
    /// For a token that is malformed or has a header that is none of ours.
    fn key_id(&self, token: &str) -> Result<KeyId, TokenError>;

    /// The claims, once the signature is found to be this public key's. The claims' times are not checked.
    ///
    /// # Errors
    /// As [`TokenReader::key_id`], for a wrong signature and for unreadable claims.
    fn verify(&self, token: &str, public_key: &str) -> Result<AccessClaims, TokenError>;
}
