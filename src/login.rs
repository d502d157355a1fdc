//! DriveEver's own accounts: passwords, sessions, signed tokens.

use std::sync::Arc;

use driveever_auth::{
    Argon2Hasher, Argon2Options, CachedVerifier, JwtReader, JwtSigner, KeyEncryptionKey, SystemSecrets,
};
use driveever_core::{
    Error,
    id::IdGenerator,
    idempotency::KeyedHash,
    time::Clock,
    user::{
        Authenticator, MemoryAttemptLimiter, PersonalData, Privacy, SignatureVerifier, UserOptions, UserPorts, Users,
    },
};

use crate::Store;

/// How accounts work.
pub struct Login {
    key: KeyEncryptionKey,
    hasher: Argon2Hasher,
    options: UserOptions,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Login {
    /// Accounts whose signing keys are sealed under `key`, which must be the same at every start.
    ///
    /// # Errors
    /// [`Error::Invalid`] for hash parameters that Argon2id does not take.
    pub fn new(key: KeyEncryptionKey, hashing: Argon2Options, options: UserOptions) -> Result<Self, Error> {
        let hasher = Argon2Hasher::new(hashing).map_err(|error| Error::invalid("hashing", error.to_string()))?;
        Ok(Self { key, hasher, options })
    }

    /// The hash that bodies with passwords are fingerprinted with.
    pub(crate) fn fingerprints(&self) -> KeyedHash {
        Arc::new(self.key.keyed_hash("idempotency fingerprints"))
    }

    pub(crate) fn accounts(self, store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Accounts {
        let tokens = self.options.tokens.clone();
        let ports = UserPorts {
            repository: store,
            clock: clock.clone(),
            ids,
            hasher: Arc::new(self.hasher),
            secrets: Arc::new(SystemSecrets),
            signer: Arc::new(JwtSigner::new(self.key)),
            limiter: Arc::new(MemoryAttemptLimiter::new(clock.clone())),
        };
        let users = Arc::new(Users::new(ports, self.options));
        let verifier = SignatureVerifier::new(users.keys().clone(), Arc::new(JwtReader::new()), tokens.clone());
        let verifier = Arc::new(CachedVerifier::new(Arc::new(verifier), clock.clone()));
        let authenticator = Arc::new(Authenticator::new(verifier, users.revocations().clone(), clock, tokens));
        let privacy = Arc::new(Privacy::new(users.clone(), Vec::new()));
        Accounts { users, privacy, authenticator }
    }
}

/// The services of accounts.
#[derive(Clone)]
pub struct Accounts {
    /// Registration, roles, login, sessions: it implements `AccountService`, `AuthService` and `UserService`.
    pub users: Arc<Users>,
    /// Export and erasure over all contexts.
    pub privacy: Arc<Privacy>,
    /// Verifies access tokens.
    pub authenticator: Arc<Authenticator>,
}

impl Accounts {
    pub(crate) fn with_privacy(self, contexts: Vec<Arc<dyn PersonalData>>) -> Self {
        Self { privacy: Arc::new(Privacy::new(self.users.clone(), contexts)), ..self }
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}
