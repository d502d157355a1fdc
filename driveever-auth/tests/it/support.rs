//! The user service on real cryptography, with quick password hashes.

use std::sync::Arc;

use driveever_auth::{Argon2Hasher, Argon2Options, JwtReader, JwtSigner, KeyEncryptionKey, SystemSecrets};
use driveever_core::{
    RequestContext,
    id::SystemIds,
    time::FixedClock,
    user::{
        AccountService, AuthService, Authenticator, Client, Login, MemoryAttemptLimiter, NewUser, SignatureVerifier,
        TokenPair, UserOptions, UserPorts, Users,
    },
};
use driveever_memory::MemoryStore;
use secrecy::SecretString;

pub(crate) const PASSWORD: &str = "seven lanterns over the ford";

pub(crate) struct Service {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: FixedClock,
    pub(crate) users: Users,
    pub(crate) options: UserOptions,
}

pub(crate) fn service() -> Service {
    service_over(Arc::new(MemoryStore::new()), KeyEncryptionKey::new([3; 32]))
}

pub(crate) fn service_over(store: Arc<MemoryStore>, key: KeyEncryptionKey) -> Service {
    let clock = FixedClock::at("2026-11-23T09:30:00Z".parse().unwrap());
    let hashes = Argon2Options { memory_kib: 64, passes: 1, ..Argon2Options::default() };
    let ports = UserPorts {
        repository: store.clone(),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SystemIds),
        hasher: Arc::new(Argon2Hasher::new(hashes).unwrap()),
        secrets: Arc::new(SystemSecrets),
        signer: Arc::new(JwtSigner::new(key)),
        limiter: Arc::new(MemoryAttemptLimiter::new(Arc::new(clock.clone()))),
    };
    let options = UserOptions::default();
    Service { store, clock, users: Users::new(ports, options.clone()), options }
}

impl Service {
    pub(crate) fn verifier(&self) -> SignatureVerifier {
        let tokens = self.options.tokens.clone();
        SignatureVerifier::new(self.users.keys().clone(), Arc::new(JwtReader::new()), tokens)
    }

    pub(crate) fn authenticator(&self) -> Authenticator {
        let (revocations, clock) = (self.users.revocations().clone(), Arc::new(self.clock.clone()));
        Authenticator::new(Arc::new(self.verifier()), revocations, clock, self.options.tokens.clone())
    }

    pub(crate) async fn register(&self) {
        let new =
            NewUser { email: "ann@example.org".into(), password: SecretString::from(PASSWORD), name: "Ann".into() };
        self.users.register(&RequestContext::anonymous("r"), new, &Client::default()).await.unwrap();
    }

    pub(crate) async fn login(&self) -> TokenPair {
        let login = Login { email: "ann@example.org".into(), password: SecretString::from(PASSWORD) };
        self.users.login(&RequestContext::anonymous("r"), login, &Client::default()).await.unwrap()
    }
}
