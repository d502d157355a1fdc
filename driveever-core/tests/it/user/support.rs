//! The user service over doubles of its cryptography: transparent, counted, and quick.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use driveever_core::{
    Error, RequestContext,
    event::{DomainEvent, EventLog, EventQuery},
    user::{
        AccessClaims, AccountService, AuthService, Authenticator, Client, KeyId, Login, MemoryAttemptLimiter,
        NewKeyPair, NewUser, PasswordHash, PasswordHasher, SealedKey, SecretGenerator, SignatureVerifier, SigningKey,
        TokenError, TokenPair, TokenReader, TokenSigner, User, UserOptions, UserPorts, Users,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest, Sha256};

use crate::support::{World, world};

/// A good password.
pub(crate) const PASSWORD: &str = "seven lanterns over the ford";

/// Counts the work; a hash names its generation of parameters.
#[derive(Default)]
pub(crate) struct CountingHasher {
    pub(crate) hashed: AtomicU32,
    pub(crate) verified: AtomicU32,
    pub(crate) generation: AtomicU32,
    /// How often the next verification gives way to others before it is done.
    pub(crate) slow: AtomicU32,
    /// How many verifications are turned away, as while too many wait.
    pub(crate) full: AtomicU32,
}

fn digest(password: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(password.expose_secret()))
}

#[async_trait]
impl PasswordHasher for CountingHasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        // Gives way, as real hashing does, so that requests side by side really interleave.
        tokio::task::yield_now().await;
        self.hashed.fetch_add(1, Ordering::Relaxed);
        Ok(PasswordHash::new(format!("{}${}", self.generation.load(Ordering::Relaxed), digest(password))))
    }

    async fn verify(&self, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error> {
        for _ in 0..=self.slow.swap(0, Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        let less = |full: u32| full.checked_sub(1);
        if self.full.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            return Err(Error::Unavailable { what: "logging in", detail: "too many wait".to_owned() });
        }
        self.verified.fetch_add(1, Ordering::Relaxed);
        Ok(hash.expose().split_once('$').is_some_and(|(_, found)| found == digest(password)))
    }

    fn needs_rehash(&self, hash: &PasswordHash) -> bool {
        !hash.expose().starts_with(&format!("{}$", self.generation.load(Ordering::Relaxed)))
    }

    fn decoy(&self) -> PasswordHash {
        PasswordHash::new("0$decoy")
    }
}

/// Secrets that count up.
#[derive(Default)]
pub(crate) struct CountingSecrets(AtomicU32);

impl SecretGenerator for CountingSecrets {
    fn bytes(&self) -> Result<[u8; 32], Error> {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        Ok(Sha256::digest(bytes).into())
    }
}

/// Tokens of the form `kid.claims.digest`.
pub(crate) struct OpenTokens;

impl OpenTokens {
    fn signature(key: &str, message: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{key}|{message}")))
    }
}

impl TokenSigner for OpenTokens {
    fn check(&self, _key: &SigningKey) -> Result<(), Error> {
        Ok(())
    }

    fn generate(&self, id: KeyId) -> Result<NewKeyPair, Error> {
        Ok(NewKeyPair { public_key: format!("key-{id}"), private_key: SealedKey::new(format!("sealed-{id}")) })
    }

    fn sign(&self, key: &SigningKey, claims: &AccessClaims) -> Result<SecretString, Error> {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).map_err(Error::internal)?);
        let message = format!("{}.{claims}", key.id);
        Ok(SecretString::from(format!("{message}.{}", Self::signature(&key.public_key, &message))))
    }
}

impl TokenReader for OpenTokens {
    fn key_id(&self, token: &str) -> Result<KeyId, TokenError> {
        let id = token.split('.').next().unwrap_or_default();
        id.parse().map_err(|_| TokenError::Malformed)
    }

    fn verify(&self, token: &str, public_key: &str) -> Result<AccessClaims, TokenError> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        if Self::signature(public_key, message) != signature {
            return Err(TokenError::WrongSignature);
        }
        let claims = message.rsplit_once('.').map(|(_, claims)| claims).ok_or(TokenError::Malformed)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| TokenError::Malformed)?;
        serde_json::from_slice(&claims).map_err(|_| TokenError::Claims)
    }
}

/// The service and its doubles.
pub(crate) struct Service {
    pub(crate) world: World,
    pub(crate) hasher: Arc<CountingHasher>,
    pub(crate) users: Arc<Users>,
    pub(crate) options: UserOptions,
}

pub(crate) fn service() -> Service {
    service_with(UserOptions::default())
}

pub(crate) fn service_with(options: UserOptions) -> Service {
    let (world, hasher) = (world(), Arc::new(CountingHasher::default()));
    let ports = UserPorts {
        repository: world.store.clone(),
        clock: world.clock.clone(),
        ids: world.ids.clone(),
        hasher: hasher.clone(),
        secrets: Arc::new(CountingSecrets::default()),
        signer: Arc::new(OpenTokens),
        limiter: Arc::new(MemoryAttemptLimiter::new(world.clock.clone())),
    };
    let users = Arc::new(Users::new(ports, options.clone()));
    Service { world, hasher, users, options }
}

pub(crate) fn anonymous() -> RequestContext {
    RequestContext::anonymous("request-1")
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

pub(crate) fn new_user(email: &str) -> NewUser {
    NewUser { email: email.into(), password: secret(PASSWORD), name: "Ann".into() }
}

/// A client at this address.
pub(crate) fn from(address: &str) -> Client {
    Client { address: Some(address.parse().unwrap()), label: Some("Browser".into()) }
}

impl Service {
    pub(crate) async fn register(&self, email: &str) -> User {
        self.users.register(&anonymous(), new_user(email), &from("192.0.2.1")).await.unwrap()
    }

    pub(crate) async fn try_login(&self, email: &str, password: &str, address: &str) -> Result<TokenPair, Error> {
        let login = Login { email: email.into(), password: secret(password) };
        self.users.login(&anonymous(), login, &from(address)).await
    }

    pub(crate) async fn login(&self, email: &str) -> TokenPair {
        self.try_login(email, PASSWORD, "192.0.2.1").await.unwrap()
    }

    pub(crate) async fn refresh(&self, pair: &TokenPair) -> Result<TokenPair, Error> {
        self.users.refresh(&anonymous(), &pair.refresh_token).await
    }

    pub(crate) fn authenticator(&self) -> Authenticator {
        let tokens = self.options.tokens.clone();
        let verifier = SignatureVerifier::new(self.users.keys().clone(), Arc::new(OpenTokens), tokens.clone());
        let (revocations, clock) = (self.users.revocations().clone(), self.world.clock.clone());
        Authenticator::new(Arc::new(verifier), revocations, clock, tokens)
    }

    /// Whether an access token lets in.
    pub(crate) async fn lets_in(&self, pair: &TokenPair) -> bool {
        self.authenticator().authenticate(pair.access_token.expose_secret()).await.is_ok()
    }

    pub(crate) async fn events(&self) -> Vec<DomainEvent> {
        let query = EventQuery { limit: 10_000, ..EventQuery::default() };
        let stored = EventLog::read(self.world.store.as_ref(), &query).await.unwrap();
        stored.into_iter().map(|stored| stored.event).collect()
    }

    pub(crate) async fn event_types(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.event_type.into_owned()).collect()
    }
}

/// The stable code of an error.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Unauthenticated { code, .. } | Error::Conflict { code, .. } | Error::Denied { code, .. } => {
            code.to_owned()
        }
        Error::Invalid(violations) => {
            let fields: Vec<String> = violations.into_iter().map(|violation| violation.field).collect();
            format!("invalid {}", fields.join(","))
        }
        Error::NotFound { .. } => "not_found".into(),
        Error::Forbidden { .. } => "forbidden".into(),
        Error::RateLimited { .. } => "rate_limited".into(),
        Error::Stale { .. } => "stale".into(),
        other => other.to_string(),
    }
}

/// A context that keeps one line about each user, and fails when it is told to.
pub(crate) struct Diary {
    pub(crate) name: &'static str,
    pub(crate) kept: Mutex<HashSet<driveever_core::user::UserId>>,
    pub(crate) failures: AtomicU32,
    pub(crate) erasures: AtomicU32,
}

impl Diary {
    pub(crate) fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, kept: Mutex::default(), failures: AtomicU32::new(0), erasures: AtomicU32::new(0) })
    }
}

#[async_trait]
impl driveever_core::user::PersonalData for Diary {
    fn context(&self) -> &'static str {
        self.name
    }

    async fn export(&self, user: driveever_core::user::UserId) -> Result<serde_json::Value, Error> {
        Ok(serde_json::json!({ "kept": self.kept.lock().unwrap().contains(&user) }))
    }

    async fn erase(&self, user: driveever_core::user::UserId) -> Result<(), Error> {
        self.erasures.fetch_add(1, Ordering::Relaxed);
        if self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(Error::internal("not today"));
        }
        self.kept.lock().unwrap().remove(&user);
        Ok(())
    }
}
