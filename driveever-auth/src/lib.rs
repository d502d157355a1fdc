//! DriveEver's cryptography: Argon2id password hashes, EdDSA access tokens and random secrets.
//!
//! The adapters of the ports that [`driveever_core::user`] declares:
//!
//! - [`Argon2Hasher`] hashes passwords, off the threads that serve requests and a bounded number at a time;
//! - [`JwtSigner`] makes Ed25519 key pairs, seals their private halves under a [`KeyEncryptionKey`] and signs tokens;
//! - [`JwtReader`] reads tokens and checks their signatures; [`CachedVerifier`] remembers those that it found good;
//! - [`SystemSecrets`] makes random secrets.
//!
//! What a token says, when it holds and which key signs is decided in core; nothing of that is here.
//!
//! ```
//! use driveever_auth::{Argon2Hasher, Argon2Options};
//! use driveever_core::user::PasswordHasher;
//! use secrecy::SecretString;
//!
//! # async fn example() -> Result<(), driveever_core::Error> {
//! let hasher = Argon2Hasher::new(Argon2Options::default()).map_err(driveever_core::Error::internal)?;
//! let password = SecretString::from("seven lanterns over the ford");
//! let hash = hasher.hash(&password).await?;
//! assert!(hasher.verify(&password, &hash).await?);
//! # Ok(())
//! # }
//! ```

mod argon2_hasher;
mod cache;
mod hash_memory;
mod jwt;
mod sealing;
mod secrets;

pub use argon2_hasher::{Argon2Hasher, Argon2Options, Argon2OptionsError};
pub use cache::CachedVerifier;
pub use jwt::{JwtReader, JwtSigner};
pub use sealing::{KeyEncryptionKey, KeyEncryptionKeyError};
pub use secrets::SystemSecrets;
