//! Users, sessions and access tokens.
//!
//! [`Users`] is the logic behind three services: [`UserService`] for other contexts, [`AccountService`] and [`AuthService`]
//! for people; [`Privacy`] exports and erases a person's data in all contexts. [`Authenticator`] lets requests in by their access
//! token. Cryptography comes through ports ([`PasswordHasher`], [`TokenSigner`], [`TokenReader`], [`SecretGenerator`]), whose
//! adapters are in `driveever-auth`.
//!
//! A log-in opens a [`Session`] and gives a short-lived access token, which is verified without the store, and a refresh
//! token, which is good for one exchange. What takes an access token back before its time is in [`RevocationList`].

mod accounts;
mod attempt;
mod crypto;
mod email;
pub mod event;
mod keys;
mod limiter;
mod login;
mod model;
mod options;
mod password;
mod personal;
mod privacy;
mod refresh;
mod repository;
mod revocation;
mod roles;
mod secret;
mod service;
mod sessions;
mod token;
mod users;

#[cfg(feature = "mock")]
pub use crypto::{MockPasswordHasher, MockSecretGenerator, MockTokenReader, MockTokenSigner};
pub use crypto::{NewKeyPair, PasswordHasher, SecretGenerator, TokenError, TokenReader, TokenSigner};
pub use email::{EmailAddress, ParseEmailError};
pub use keys::KeyRing;
#[cfg(feature = "mock")]
pub use limiter::MockAttemptLimiter;
pub use limiter::{AttemptLimiter, AttemptLimits, Bucket, BucketKey, MemoryAttemptLimiter, Quota, client_network};
pub use model::{
    AdminRoster, Credential, Erasure, ErasureState, KeyId, RefreshToken, SCHEMAS, Session, SessionEnd, SessionId,
    SigningKey, User, UserContext, UserId,
};
pub use options::{TokenOptions, UserOptions};
pub use password::{LengthError, PasswordRules};
#[cfg(feature = "mock")]
pub use personal::MockPersonalData;
pub use personal::PersonalData;
pub use privacy::Privacy;
pub use repository::UserRepository;
pub use revocation::{Revocation, RevocationList};
pub use roles::FirstAdmin;
pub use secret::{PasswordHash, SealedKey, TokenHash};
pub use service::{
    AccountService, AuthService, Client, Login, NewUser, PasswordChange, PrivacyService, TokenPair, UserEdit,
    UserFilter, UserService,
};
#[cfg(feature = "mock")]
pub use service::{MockAccountService, MockAuthService, MockPrivacyService, MockUserService};
pub use token::{AccessClaims, Authenticator, Identity, Jwk, KeySource, SignatureVerifier, TokenVerifier};
#[cfg(feature = "mock")]
pub use token::{MockKeySource, MockTokenVerifier};
pub use users::{UserPorts, Users};
