//! A server that kills itself around one of its commits: the real server over a store that counts.
//!
//! The test's own executable is started again to be it, so that nothing of this is in the server that ships.

use std::{
    env,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use driveever::sqlite::{SqliteConfig, SqliteStore};
use driveever_core::{
    StoreError,
    changes::Changes,
    entity::{Context, Entity},
    event::{EventLog, EventQuery, StoredEvent},
    id::Id,
    idempotency::GatewayContext,
    query::Query,
    reads::{Found, Reads},
    repository::{ContextStore, Repository},
    time::Timestamp,
};
use driveever_server::{
    commands::serve_wired,
    config::{Config, Sources, StoreConfig},
    wiring::{Callers, Wired},
};
use rustix::process::{Signal, getpid, kill_process};
use tokio::process::Command;
use uuid::Uuid;

use super::support::Home;

/// Says to the test's executable that it is to be a mortal server, and when it dies.
const MORTAL: &str = "MORTAL_SERVER";
/// Before its count of commits, among what a mortal server that survived says.
const COUNTED: &str = "commits counted: ";

/// When a server dies: its commits are counted from the first request with an idempotency key on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// When this commit is asked for.
    Before(u32),
    /// When this commit is done, and before anybody is told.
    After(u32),
    /// Not by itself.
    Never,
}

impl Death {
    fn name(self) -> String {
        match self {
            Self::Before(number) => format!("before {number}"),
            Self::After(number) => format!("after {number}"),
            Self::Never => "never 0".to_owned(),
        }
    }
}

impl FromStr for Death {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let (when, number) = name.split_once(' ').ok_or(())?;
        let number = number.parse().map_err(|_| ())?;
        Ok(match when {
            "before" => Self::Before(number),
            "after" => Self::After(number),
            _ => Self::Never,
        })
    }
}

/// A server in this home that dies as told, run by the test with this name.
pub(crate) fn command(home: &Home, test: &str, death: Death) -> Command {
    let mut command = home.command_of(&env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(MORTAL, death.name());
    command
}

/// How many commits a server counted that was asked to stop.
pub(crate) fn counted(said: &str) -> u32 {
    let count = said.lines().find_map(|line| line.split_once(COUNTED)).expect("it says its count");
    count.1.trim().parse().unwrap()
}

/// The other half of a test: when this process was started to be a mortal server, it is one, to its end.
#[expect(clippy::print_stderr, reason = "the other half reads it")]
pub(crate) fn is_mortal() -> bool {
    let Ok(death) = env::var(MORTAL) else { return false };
    let death = death.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut sources = Sources::default();
        sources.environment(env::vars().filter(|(name, _)| name.starts_with("DRIVEEVER_")));
        let config = Config::read(sources).unwrap();
        let StoreConfig::Sqlite(path) = &config.store else { panic!("a file") };
        let store = Arc::new(SqliteStore::open(SqliteConfig::at(path)).await.unwrap());
        let mortal = Arc::new(MortalStore::new(store.clone(), death));
        let wired = Wired::over(&config, Callers::Accounts, mortal.clone()).unwrap();
        serve_wired(config, wired).await.unwrap();
        store.close().await;
        eprintln!("{COUNTED}{}", mortal.commits.load(Ordering::SeqCst));
    });
    true
}

struct MortalStore {
    inner: Arc<SqliteStore>,
    death: Death,
    counts: AtomicBool,
    commits: AtomicU32,
}

impl MortalStore {
    const fn new(inner: Arc<SqliteStore>, death: Death) -> Self {
        Self { inner, death, counts: AtomicBool::new(false), commits: AtomicU32::new(0) }
    }

    /// Counts a commit; its number, or zero while none are counted.
    fn count(&self) -> u32 {
        if self.counts.load(Ordering::SeqCst) { self.commits.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 }
    }

    async fn around<T>(&self, commit: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
        let number = self.count();
        if self.death == Death::Before(number) {
            die();
        }
        let done = commit.await;
        if self.death == Death::After(number) {
            die();
        }
        done
    }
}

/// The end that nothing can catch.
fn die() -> ! {
    kill_process(getpid(), Signal::KILL).unwrap();
    loop {
        std::thread::park();
    }
}

#[async_trait]
impl<C: Context> ContextStore<C> for MortalStore {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        if C::NAME == GatewayContext::NAME {
            self.counts.store(true, Ordering::SeqCst);
        }
        self.around(ContextStore::<C>::commit(self.inner.as_ref(), changes)).await
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        self.inner.find_all(reads).await
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        ContextStore::<C>::handled(self.inner.as_ref(), events).await
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for MortalStore {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        self.inner.get(id).await
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        self.inner.find(query).await
    }

    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        Repository::<E>::count(self.inner.as_ref(), query).await
    }
}

#[async_trait]
impl EventLog for MortalStore {
    async fn claim(
        &self,
        context: &'static str,
        worker: Uuid,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let claimed = self.inner.claim(context, worker, now, lease, limit).await?;
        // One that found nothing wrote nothing. Whether one finds something is known afterwards only.
        if !claimed.is_empty() {
            let number = self.count();
            if [Death::Before(number), Death::After(number)].contains(&self.death) {
                die();
            }
        }
        Ok(claimed)
    }

    async fn mark_published(&self, context: &'static str, events: &[Uuid]) -> Result<(), StoreError> {
        self.around(self.inner.mark_published(context, events)).await
    }

    async fn postpone(&self, context: &'static str, events: &[Uuid], until: Timestamp) -> Result<(), StoreError> {
        self.around(self.inner.postpone(context, events, until)).await
    }

    async fn release(&self, context: &'static str) -> Result<(), StoreError> {
        self.inner.release(context).await
    }

    async fn unpublished(&self, context: &'static str) -> Result<u64, StoreError> {
        self.inner.unpublished(context).await
    }

    async fn read(&self, query: &EventQuery) -> Result<Vec<StoredEvent>, StoreError> {
        EventLog::read(self.inner.as_ref(), query).await
    }

    async fn replay(&self, context: &'static str, after: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.replay(context, after, limit).await
    }
}
