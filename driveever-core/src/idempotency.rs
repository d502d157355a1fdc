//! Requests that may be repeated: one effect for one key.
//!
//! A client names a key; the first request with it executes, and its answer is kept and replayed for every repetition.
//! While it runs, a repetition is refused. Should the process die meanwhile, the key's lease ends and the next repetition
//! executes again, with the same *result id*: whatever the first one created, it created under that id (see
//! [`RequestContext::idempotency`](crate::RequestContext)), and so the second finds it instead of making another.
//!
//! A key belongs to its user, method and route; with another body it is refused. Answers that say that nothing was begun
//! are not kept: the caller [abandons](IdempotencyKeys::abandon) the key.
//!
//! Of a body only a fingerprint is kept. A body may hold a password, and a plain hash would let whoever reads the store try
//! passwords out at the speed of SHA-256; under a [`KeyedHash`] it says nothing to whoever has not its key.
//!
//! An answer may hold what a person asked, was told or is called. Each row therefore names the person whom it is about, and
//! goes when they leave: see the [`PersonalData`] of [`IdempotencyKeys`].

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    entity,
    entity::{Context, Revision, Schema},
    error::{Error, StoreError},
    id::IdGenerator,
    query::{Filter, Query},
    repository::{Repository, RepositoryExt},
    request::Actor,
    time::{Clock, Timestamp},
    user::{PersonalData, UserId},
    validate::Violation,
};

/// The tables of whatever faces the clients.
#[derive(Debug)]
pub struct GatewayContext;
impl Context for GatewayContext {
    const NAME: &'static str = "gateway";
}

/// The answer of a request that was executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers that belong to the answer itself, such as `Location` and `ETag`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

crate::json_column!(KeptAnswer);

entity! {
    /// A key that a client named, and what came of it.
    #[derive(PartialEq)]
    pub struct IdempotencyRecord in GatewayContext as versioned "idempotency key" in "gateway_idempotency_keys" {
        unique [["digest"]], lookup ["digest", "user_id"], search [],
    } {
        /// SHA-256 over user, method, route and key, in hexadecimal.
        pub digest: String => DIGEST,
        /// Whose personal data the row holds: the caller's, or that of whom the answer is about. None where it is nobody's.
        pub user_id: Option<UserId> => USER_ID,
        /// A hash over path and body, keyed where a secret is set, in hexadecimal.
        pub fingerprint: String => FINGERPRINT,
        /// The id under which the request creates what it creates.
        pub result_id: Uuid => RESULT_ID,
        /// Until when the execution is trusted to be alive.
        pub lease_until: Timestamp => LEASE_UNTIL,
        /// The answer, once there is one.
        pub answer: Option<KeptAnswer> => ANSWER,
        /// When it may be forgotten.
        pub expires_at: Timestamp => EXPIRES_AT,
    }
}

/// Schemas of this context.
pub const SCHEMAS: &[&Schema] = &[<IdempotencyRecord as entity::Entity>::SCHEMA];

/// Where keys are kept.
pub trait IdempotencyRepository: Repository<IdempotencyRecord> {}
impl<T: Repository<IdempotencyRecord> + ?Sized> IdempotencyRepository for T {}

/// How keys are treated.
#[derive(Debug, Clone, Copy)]
pub struct IdempotencyOptions {
    /// How long an execution is trusted to be alive; longer than any request may run.
    pub lease: Duration,
    /// How long an answer is replayed.
    pub keep: Duration,
    /// The longest body kept, in bytes; a longer answer is not replayed.
    pub max_body: usize,
}

impl Default for IdempotencyOptions {
    fn default() -> Self {
        Self { lease: Duration::from_mins(2), keep: Duration::from_hours(24), max_body: 1 << 20 }
    }
}

/// A request with a key.
#[derive(Debug, Clone, Copy)]
pub struct KeyedRequest<'a> {
    /// Who asks.
    pub actor: Actor,
    /// The HTTP method.
    pub method: &'a str,
    /// The route's template: `/orders/{id}/pay`.
    pub route: &'a str,
    /// The key: 1 to 255 visible ASCII characters.
    pub key: &'a str,
    /// The path as it was asked for, so that one key cannot serve two objects.
    pub path: &'a str,
    /// The body as it came.
    pub body: &'a [u8],
}

/// What to do with a keyed request.
#[derive(Debug, PartialEq)]
pub enum Begin {
    /// Execute it, then [complete](IdempotencyKeys::complete) or [abandon](IdempotencyKeys::abandon) it.
    Execute(Box<IdempotencyRecord>),
    /// Answer this.
    Replay(KeptAnswer),
}

/// A hash under a key that is kept elsewhere than the store.
pub type KeyedHash = Arc<dyn Fn(&[u8]) -> [u8; 32] + Send + Sync>;

/// Keeps keys and answers.
#[derive(Clone)]
pub struct IdempotencyKeys {
    secret: Option<KeyedHash>,
    repository: Arc<dyn IdempotencyRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    options: IdempotencyOptions,
}

impl IdempotencyKeys {
    /// Over this repository.
    pub fn new(
        repository: Arc<dyn IdempotencyRepository>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        options: IdempotencyOptions,
    ) -> Self {
        Self { repository, clock, ids, options, secret: None }
    }

    /// Fingerprints bodies under a key, which must be the same at every start: needed wherever bodies may hold secrets.
    pub fn with_secret(self, secret: KeyedHash) -> Self {
        Self { secret: Some(secret), ..self }
    }

    /// Decides what to do with a request.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a malformed key; [`Error::Conflict`] with `idempotency_key_reused` when the key was used
    /// with another body, and with `request_in_progress` while the first one runs.
    pub async fn begin(&self, request: &KeyedRequest<'_>) -> Result<Begin, Error> {
        check_key(request.key)?;
        let now = self.clock.now();
        let fresh = IdempotencyRecord {
            id: self.ids.id(),
            revision: Revision::FIRST,
            deleted_at: None,
            digest: digest_of(request),
            user_id: match request.actor {
                Actor::User(id) => Some(id),
                Actor::Anonymous | Actor::System => None,
            },
            fingerprint: self.fingerprint_of(request),
            result_id: self.ids.uuid(),
            lease_until: now.plus(self.options.lease),
            answer: None,
            expires_at: now.plus(self.options.keep),
        };
        match self.repository.create(&fresh, None).await {
            Ok(()) => Ok(Begin::Execute(Box::new(fresh))),
            Err(StoreError::Duplicate { .. }) => self.meet(fresh, now).await,
            Err(error) => Err(error.into()),
        }
    }

    fn fingerprint_of(&self, request: &KeyedRequest<'_>) -> String {
        let plain = hash([request.path.as_bytes(), request.body]);
        hexadecimal(&self.secret.as_ref().map_or(plain, |secret| secret(&plain)))
    }

    /// The key is there already.
    async fn meet(&self, fresh: IdempotencyRecord, now: Timestamp) -> Result<Begin, Error> {
        let found = self.repository.find_one_by(IdempotencyRecord::DIGEST.eq(fresh.digest.clone())).await?;
        // Abandoned in between: as good as running, the client asks again.
        let Some(mut found) = found else { return Err(in_progress()) };
        if found.expires_at <= now {
            found = IdempotencyRecord { id: found.id, revision: found.revision, ..fresh };
            return self.take_over(found).await;
        }
        if found.fingerprint != fresh.fingerprint {
            let detail = "this Idempotency-Key was used with another request body or path; use a new key";
            return Err(Error::conflict("idempotency_key_reused", detail));
        }
        match found.answer {
            Some(answer) => Ok(Begin::Replay(answer)),
            None if found.lease_until > now => Err(in_progress()),
            None => {
                found.lease_until = now.plus(self.options.lease);
                self.take_over(found).await
            }
        }
    }

    async fn take_over(&self, mut record: IdempotencyRecord) -> Result<Begin, Error> {
        match self.repository.update(&mut record, None).await {
            Ok(()) => Ok(Begin::Execute(Box::new(record))),
            Err(error) if error.is_conflict() => Err(in_progress()),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps the answer of an executed request. One that is too long is not kept: the key is forgotten.
    ///
    /// `about` is the person whom the answer is about where that is not the caller: somebody who has just registered, or
    /// the owner of what an admin changed.
    ///
    /// # Errors
    /// The store's; [`Error::Stale`] when the person was erased meanwhile, whose answer is not kept.
    pub async fn complete(
        &self,
        mut record: IdempotencyRecord,
        answer: KeptAnswer,
        about: Option<UserId>,
    ) -> Result<(), Error> {
        if answer.body.len() > self.options.max_body {
            return self.abandon(&record).await;
        }
        record.answer = Some(answer);
        record.user_id = about.or(record.user_id);
        record.expires_at = self.clock.now().plus(self.options.keep);
        Ok(self.repository.update(&mut record, None).await?)
    }

    /// Lets the next repetition execute again, under the same result id: for an answer that asks to be asked again.
    pub async fn give_back(&self, mut record: IdempotencyRecord) -> Result<(), Error> {
        record.lease_until = self.clock.now();
        Ok(self.repository.update(&mut record, None).await?)
    }

    /// Gives back every key whose request is under way; gives how many. For whoever knows that the processes that
    /// executed them are dead: the clients' repetitions need not wait for the leases to end.
    ///
    /// # Errors
    /// The store's.
    pub async fn release(&self) -> Result<u64, Error> {
        let mut released = 0;
        loop {
            let now = self.clock.now();
            let running = [IdempotencyRecord::ANSWER.is_null(true), IdempotencyRecord::LEASE_UNTIL.greater(now)];
            let running = Query::filter(Filter::all(running)).sort(IdempotencyRecord::LEASE_UNTIL.ascending());
            let found = self.repository.find(&running.limit(1_000)).await?;
            if found.is_empty() {
                return Ok(released);
            }
            released += found.len() as u64;
            for record in found {
                self.give_back(record).await?;
            }
        }
    }

    /// Forgets a key whose request was refused before anything began.
    pub async fn abandon(&self, record: &IdempotencyRecord) -> Result<(), Error> {
        Ok(self.repository.delete(record.id).await?)
    }

    /// Forgets expired keys; gives how many.
    pub async fn sweep(&self) -> Result<u64, Error> {
        let expired = Query::filter(IdempotencyRecord::EXPIRES_AT.at_most(self.clock.now()));
        let expired = expired.sort(IdempotencyRecord::EXPIRES_AT.ascending()).limit(1_000);
        let old = self.repository.find(&expired).await?;
        for record in &old {
            self.repository.delete(record.id).await?;
        }
        Ok(old.len() as u64)
    }
}

#[async_trait]
impl PersonalData for IdempotencyKeys {
    fn context(&self) -> &'static str {
        GatewayContext::NAME
    }

    /// That answers are kept and until when. Their bodies are copies of what the other contexts give out.
    async fn export(&self, user: UserId) -> Result<serde_json::Value, Error> {
        let kept = self.repository.stream(Query::filter(IdempotencyRecord::USER_ID.eq(user)));
        let kept = kept.map_ok(
            |record| json!({ "status": record.answer.map(|answer| answer.status), "keptUntil": record.expires_at }),
        );
        Ok(serde_json::Value::Array(kept.try_collect().await?))
    }

    /// Keys go with their answers. A request that is under way finds its key gone and keeps no answer.
    async fn erase(&self, user: UserId) -> Result<(), Error> {
        self.repository.delete_by(IdempotencyRecord::USER_ID.eq(user)).await?;
        Ok(())
    }
}

fn in_progress() -> Error {
    Error::conflict(
        "request_in_progress",
        "a request with this Idempotency-Key is still running; repeat it in a moment",
    )
}

fn check_key(key: &str) -> Result<(), Error> {
    if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = "must be 1 to 255 visible ASCII characters, such as a UUID";
    Err(Error::Invalid(vec![Violation::new("Idempotency-Key", message)]))
}

fn digest_of(request: &KeyedRequest<'_>) -> String {
    let actor = request.actor.to_string();
    hexadecimal(&hash([actor.as_bytes(), request.method.as_bytes(), request.route.as_bytes(), request.key.as_bytes()]))
}

/// Over each part's length and content, so that no two lists of parts read the same.
fn hash<const N: usize>(parts: [&[u8]; N]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn hexadecimal(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
