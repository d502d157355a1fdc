//! From a configuration to the services, through the facade's one door.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use driveever::{
    Builder, DriveEver, Login, Options, Store, TrustedUsers,
    auth::{Argon2Options, KeyEncryptionKey, KeyEncryptionKeyError},
    core::{
        Error, StoreError,
        ai::text_model::TextModel,
        id::{IdGenerator, SystemIds},
        order::PaymentMode as LedgerMode,
        prompt::classify::Classifier,
        time::{Clock, SystemClock},
        user::{TokenOptions, UserOptions},
        vehicle::source::VehicleDataSource,
    },
    memory::MemoryStore,
    providers::{
        offline::OfflineAdvisor,
        registers::Registers,
        remote::RemoteModel,
        vehicle_files::{DemonstrationVehicles, FileVehicleSource},
    },
    sqlite::{Inspection, SqliteConfig, SqliteStore},
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{Config, PaymentMode, ProviderConfig, ProviderKind, StoreConfig},
    live::Live,
    lock::{LockError, ServerLock},
    state::{Offered, Services},
    telemetry::{EventFigures, ModelFigures},
};

/// Everything that a command works with.
#[derive(Debug, Clone)]
pub struct Wired {
    /// The services.
    pub app: DriveEver,
    /// Events as they pass.
    pub live: Live,
    sqlite: Option<Arc<SqliteStore>>,
    lock: Option<Arc<ServerLock>>,
    order_wait: Duration,
}

/// The file in the data folder that holds the key under which signing keys are sealed.
const MASTER_KEY: &str = "master.key";

/// Why the services could not be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WiringError {
    /// The data folder.
    #[error(
        "the data folder {path} cannot be made: {source}; set data_dir (DRIVEEVER_DATA_DIR) to a folder that can be written"
    )]
    DataDir {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Another server.
    #[error("{0}")]
    Lock(#[from] LockError),
    /// The master key.
    #[error("the master key: {0}")]
    MasterKey(String),
    /// No master key beside a database that needs it.
    #[error(
        "the master key {key} is missing, and the signing keys in {database} are sealed under it: put it back from a backup; \
         docs/operating.md says how to begin with a new one"
    )]
    KeyMissing {
        /// The key's file.
        key: String,
        /// The database.
        database: String,
    },
    /// A folder of vehicle records.
    #[error("vehicles_dir: {0}")]
    Vehicles(String),
    /// A provider of models, or a register of vehicles.
    #[error("{0}")]
    Provider(String),
    /// A service.
    #[error("{0}")]
    Service(#[from] Error),
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// Users with accounts here.
    Accounts,
    /// Whoever runs the command: the operator needs no account.
    Operator,
}

impl Wired {
    /// Opens the store and puts the services together.
    ///
    /// # Errors
    /// What stands in the way, in words for an operator.
    pub async fn open(config: &Config, callers: Callers) -> Result<Self, WiringError> {
        Self::open_with(config, callers, |builder| builder).await
    }

    /// The same, with something changed before the services are put together.
    ///
    /// # Errors
    /// As [`Wired::open`].
    pub async fn open_with(
        config: &Config,
        callers: Callers,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, WiringError> {
        folders(config)?;
        let lock = lock(config, callers)?;
        if database_is_gone(config) {
            tracing::warn!(
                "there is a master key and no database, so a new one is begun; if there was one, stop and put it back"
            );
        }
        // Before the database, which is not to be there without its key when a first start is cut off.
        let key = key_of(config).await?;
        let (store, sqlite) = open_store(config).await?;
        Self::assemble(config, callers, store, (lock, key), change).map(|wired| Self { sqlite, ..wired })
    }

    /// The same over a store that is open already.
    ///
    /// # Errors
    /// See [`Wired::open`].
    pub fn over(config: &Config, callers: Callers, store: Arc<dyn Store>) -> Result<Self, WiringError> {
        folders(config)?;
        let lock = lock(config, callers)?;
        Self::assemble(config, callers, store, (lock, master_key(config)?), |builder| builder)
    }

    fn assemble(
        config: &Config,
        callers: Callers,
        store: Arc<dyn Store>,
        (lock, key): (Option<ServerLock>, KeyEncryptionKey),
        change: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, WiringError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let live = Live::default();
        let mut builder = DriveEver::builder()
            .store(store)
            .clock(clock.clone())
            .payment(match config.payment {
                PaymentMode::Test => LedgerMode::Test,
                PaymentMode::Credit => LedgerMode::Credit,
            })
            .login(login(config, key)?)
            .options(Options { ai: config.providers.options.clone(), ..Options::default() })
            .observer(Arc::new(ModelFigures))
            .sink(Arc::new(live.clone()))
            .sink(Arc::new(EventFigures::new(clock.clone())));
        for model in models(config, &clock)? {
            builder = builder.model(model);
        }
        if let Some(prices) = &config.providers.prices {
            builder = builder.prices(prices.clone());
        }
        if callers == Callers::Operator {
            builder = builder.users(Arc::new(TrustedUsers));
        }
        if let Some(source) = vehicle_source(config, &clock)? {
            builder = builder.vehicle_source(source);
        }
        if let Some(lock) = &lock {
            builder = builder.worker(lock.worker());
        }
        let (lock, order_wait) = (lock.map(Arc::new), config.order_wait);
        Ok(Self { app: change(builder).build()?, live, sqlite: None, lock, order_wait })
    }

    /// Takes up what the server before this one left, when it is known to be dead.
    ///
    /// # Errors
    /// The store's.
    pub async fn take_over(&self) -> Result<(), Error> {
        if self.lock.is_some() { self.app.take_over().await } else { Ok(()) }
    }

    /// What handlers work with.
    ///
    /// # Errors
    /// [`Error::Internal`] without accounts, which this wiring always has.
    pub fn services(&self) -> Result<Services, Error> {
        let app = &self.app;
        let accounts = app.accounts().ok_or_else(|| Error::internal("the services have no accounts"))?;
        let consumers = app.clone();
        Ok(Services::from(Offered {
            users: accounts.users.clone(),
            accounts: accounts.users.clone(),
            auth: accounts.users.clone(),
            privacy: accounts.privacy.clone(),
            prompts: app.prompts(),
            library: app.library(),
            classify: Arc::new(|question| Classifier::bundled().classify(question).scores),
            ai: app.ai(),
            garage: app.garage(),
            orders: app.orders(),
            notifications: app.notifications(),
            analytics: app.analytics(),
            audit: app.audit(),
            parked: app.parked().clone(),
            log: app.log(),
            consumers: Arc::new(move |name| consumers.consumer(name)),
            live: self.live.clone(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            clock: app.clock().clone(),
            order_wait: self.order_wait,
        }))
    }

    /// Whether the store answers, and takes writes.
    ///
    /// # Errors
    /// The store's.
    pub async fn check_store(&self) -> Result<(), StoreError> {
        if let Some(store) = &self.sqlite {
            store.writable().await?;
        }
        self.app.log().unpublished("order").await.map(drop)
    }

    /// How many writes wait for the store's one writer; none where it has none.
    pub fn waiting_writes(&self) -> Option<usize> {
        self.sqlite.as_ref().map(|store| store.waiting_writes())
    }

    /// Ends the store's work: what was acknowledged is on disk.
    pub async fn close(&self) {
        if let Some(store) = &self.sqlite {
            store.close().await;
        }
    }
}

/// Makes the folders where they are missing, for their owner's eyes only.
fn folders(config: &Config) -> Result<(), WiringError> {
    let database = match &config.store {
        StoreConfig::Sqlite(path) => path.parent().filter(|folder| !folder.as_os_str().is_empty()),
        StoreConfig::Memory => None,
    };
    [Some(config.data_dir.as_path()), database].into_iter().flatten().try_for_each(|folder| {
        let mut new = fs::DirBuilder::new();
        new.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut new, 0o700);
        new.create(folder).map_err(|source| WiringError::DataDir { path: folder.display().to_string(), source })
    })
}

/// Only servers keep others away: commands may run beside one.
fn lock(config: &Config, callers: Callers) -> Result<Option<ServerLock>, WiringError> {
    match (&config.store, callers) {
        (StoreConfig::Sqlite(path), Callers::Accounts) => Ok(Some(ServerLock::take(path, || SystemIds.uuid())?)),
        _ => Ok(None),
    }
}

async fn open_store(config: &Config) -> Result<(Arc<dyn Store>, Option<Arc<SqliteStore>>), WiringError> {
    match &config.store {
        StoreConfig::Memory => Ok((Arc::new(MemoryStore::new()), None)),
        StoreConfig::Sqlite(path) => {
            let store = Arc::new(SqliteStore::open(SqliteConfig::at(path)).await?);
            Ok((store.clone(), Some(store)))
        }
    }
}

/// The key that signing keys are sealed under; made for a database that is yet to be made, and for no other.
fn master_key(config: &Config) -> Result<KeyEncryptionKey, WiringError> {
    let path = key_path(config);
    let key = match &config.store {
        // What is sealed goes with the process; so may the key.
        StoreConfig::Memory => KeyEncryptionKey::generate(),
        StoreConfig::Sqlite(database) if holds_something(database) => match KeyEncryptionKey::load(&path) {
            Err(KeyEncryptionKeyError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Err(WiringError::KeyMissing {
                    key: path.display().to_string(),
                    database: database.display().to_string(),
                });
            }
            loaded => loaded,
        },
        StoreConfig::Sqlite(_) => KeyEncryptionKey::load_or_create(&path),
    };
    key.map_err(|error| WiringError::MasterKey(error.to_string()))
}

/// The same; but what is no database of ours is told as that, before anything is said of its key.
async fn key_of(config: &Config) -> Result<KeyEncryptionKey, WiringError> {
    let key = master_key(config);
    if let (Err(WiringError::KeyMissing { .. }), StoreConfig::Sqlite(path)) = (&key, &config.store) {
        SqliteStore::inspect(&SqliteConfig::at(path)).await?;
    }
    key
}

fn key_path(config: &Config) -> PathBuf {
    config.data_dir.join(MASTER_KEY)
}

/// Whether there is a key without the database whose keys it sealed.
fn database_is_gone(config: &Config) -> bool {
    matches!(&config.store, StoreConfig::Sqlite(path) if !holds_something(path)) && key_path(config).exists()
}

fn holds_something(database: &Path) -> bool {
    fs::metadata(database).is_ok_and(|file| file.is_file() && file.len() > 0)
}

/// What a look at everything that a configuration names found; nothing is made and nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A store in memory.
    Memory,
    /// No database yet: starting the server makes it.
    NoDatabase {
        /// Where.
        path: PathBuf,
        /// Whether a master key is there, which a first start makes together with the database.
        key_is_there: bool,
    },
    /// A database.
    Database {
        /// Where.
        path: PathBuf,
        /// Its form, and the one that this version brings it to.
        form: Inspection,
    },
}

/// Looks whether a server with this configuration could start.
///
/// # Errors
/// What would keep it from starting, in words for an operator.
pub async fn look(config: &Config) -> Result<Found, WiringError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    vehicle_source(config, &clock)?;
    let StoreConfig::Sqlite(path) = &config.store else { return Ok(Found::Memory) };
    for folder in [Some(config.data_dir.as_path()), path.parent()].into_iter().flatten() {
        can_be_made(folder)?;
    }
    if !holds_something(path) && !path.is_dir() {
        return Ok(Found::NoDatabase { path: path.clone(), key_is_there: database_is_gone(config) });
    }
    key_of(config).await?;
    can_be_written(path)?;
    Ok(Found::Database { path: path.clone(), form: SqliteStore::inspect(&SqliteConfig::at(path)).await? })
}

/// Whether a folder can be written to, or made: what is there of its path is a folder that can.
fn can_be_made(folder: &Path) -> Result<(), WiringError> {
    let there = folder.ancestors().find(|part| part.as_os_str().is_empty() || part.exists());
    let there = there.filter(|part| !part.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fault = if there.is_dir() { writable(there).err() } else { Some(ErrorKind::NotADirectory.into()) };
    fault.map_or(Ok(()), |source| Err(WiringError::DataDir { path: folder.display().to_string(), source }))
}

/// Whether a file can be written to.
fn can_be_written(file: &Path) -> Result<(), WiringError> {
    writable(file).map_err(|error| {
        let detail = format!("{} cannot be written to: {error}; make it writable for this user", file.display());
        StoreError::Unavailable { detail, source: Some(Box::new(error)) }.into()
    })
}

/// Whether this process may write there; the answer of access(2), which changes nothing.
#[cfg(unix)]
fn writable(path: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?)
}

#[cfg(not(unix))]
fn writable(path: &Path) -> std::io::Result<()> {
    let read_only = fs::metadata(path)?.permissions().readonly();
    if read_only { Err(ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

fn login(config: &Config, key: KeyEncryptionKey) -> Result<Login, WiringError> {
    let tokens =
        TokenOptions { issuer: config.token_issuer.clone(), life: config.access_token_life, ..TokenOptions::default() };
    let mut options = UserOptions { tokens, ..UserOptions::default() };
    options.attempts.enabled = config.rate_limit;
    let hashing =
        // The server's allocator gives the memory of a hash back by itself.
        Argon2Options { at_once: config.password_hashes, patience: config.password_wait, keeps_memory: false, ..Argon2Options::default() };
    Ok(Login::new(key, hashing, options)?)
}

/// The models, in the order of fallback.
fn models(config: &Config, clock: &Arc<dyn Clock>) -> Result<Vec<Arc<dyn TextModel>>, WiringError> {
    let providers = &config.providers;
    let remote = |name: &String| providers.remote.iter().find(|provider| provider.settings.name == *name);
    let model = |name: &String| -> Result<Arc<dyn TextModel>, WiringError> {
        let Some(ProviderConfig { kind, settings }) = remote(name) else {
            return Ok(Arc::new(OfflineAdvisor::new(clock.clone())));
        };
        let open = match kind {
            ProviderKind::OpenAi => RemoteModel::openai,
            ProviderKind::Compatible => RemoteModel::openai_compatible,
            ProviderKind::Anthropic => RemoteModel::anthropic,
            ProviderKind::Gemini => RemoteModel::gemini,
        };
        let model = open(settings.clone(), clock.clone());
        Ok(Arc::new(model.map_err(|error| WiringError::Provider(format!("the provider {name}: {error}")))?))
    };
    providers.order.iter().map(model).collect()
}

fn vehicle_source(config: &Config, clock: &Arc<dyn Clock>) -> Result<Option<Arc<dyn VehicleDataSource>>, WiringError> {
    if let Some(folder) = &config.vehicles_dir {
        let source = FileVehicleSource::open(folder, clock.clone());
        return source
            .map(|source| Some(Arc::new(source) as _))
            .map_err(|error| WiringError::Vehicles(error.to_string()));
    }
    if config.demo {
        return Ok(Some(Arc::new(DemonstrationVehicles::new(clock.clone()))));
    }
    let Some(settings) = &config.registers else { return Ok(None) };
    let registers = Registers::new(settings.clone(), clock.clone());
    registers.map(|registers| Some(Arc::new(registers) as _)).map_err(|error| WiringError::Provider(error.to_string()))
}
