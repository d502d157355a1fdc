//! `serve`: the server, from start to drained.

use std::{io::IsTerminal as _, sync::Arc, time::Instant};

use async_trait::async_trait;
use driveever::{
    BackgroundOptions,
    core::{
        Error,
        user::{Authenticator, Identity},
    },
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{CommandError, config_of, output};
use crate::{
    cli::Settings,
    config::{Config, DEFAULT_ADMIN, LogFormat, Sources, StoreConfig},
    connections::{self, ConnectionLimits},
    http::caller::Authenticate,
    openapi,
    routes::system::SystemState,
    server::{RateLimits, Surroundings, router},
    telemetry::{self, Standing},
    wiring::{Callers, Wired},
};

struct Tokens(Arc<Authenticator>);

#[async_trait]
impl Authenticate for Tokens {
    async fn verify(&self, token: &str) -> Result<Identity, Error> {
        self.0.authenticate(token).await
    }
}

/// Everything around the services of this process.
fn surroundings(
    config: Config,
    wired: &Wired,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
) -> Result<Surroundings, Error> {
    let accounts = wired.app.accounts().ok_or_else(|| Error::internal("the services have no accounts"))?;
    Ok(Surroundings {
        limits: RateLimits::of(&config),
        authenticate: Arc::new(Tokens(accounts.authenticator.clone())),
        keys: wired.app.idempotency().clone(),
        system: Arc::new(SystemState {
            wired: wired.clone(),
            standing: Standing::of(wired.clone()),
            metrics,
            began: Instant::now(),
        }),
        config,
    })
}

pub(super) async fn print_openapi() -> Result<(), CommandError> {
    let mut config = Config::read(Sources::default())?;
    config.store = StoreConfig::Memory;
    config.data_dir = std::env::temp_dir();
    let wired = Wired::open(&config, Callers::Accounts).await?;
    let metrics = telemetry::recorder().map_err(|error| CommandError::Other(error.to_string()))?.handle();
    let (_, document) = router(wired.services()?, &surroundings(config, &wired, metrics)?);
    output::text(&openapi::text(&document).map_err(|error| CommandError::Other(error.to_string()))?)?;
    Ok(())
}

pub(super) async fn serve(settings: Settings) -> Result<(), CommandError> {
    let config = config_of(&settings)?;
    start_logging(&config)?;
    let wired = Wired::open(&config, Callers::Accounts).await?;
    serve_wired(config, wired).await
}

/// Serves these services until a signal says to stop, then lets open requests finish and closes the store.
///
/// # Errors
/// What keeps it from serving.
pub async fn serve_wired(config: Config, wired: Wired) -> Result<(), CommandError> {
    let metrics = telemetry::install().map_err(|error| CommandError::Other(error.to_string()))?;
    wired.take_over().await?;
    // Before the first start says a password that is never said again.
    let (host, port) = (config.host, config.port);
    let listener = TcpListener::bind((host, port)).await.map_err(|error| {
        CommandError::Other(format!("cannot listen on {host}:{port}: {error}; set port (DRIVEEVER_PORT) to a free one"))
    })?;
    let address = listener.local_addr()?;
    first_start(&config, &wired).await?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    if !config.rate_limit {
        tracing::warn!("rate limits are off: for load tests only");
    }
    let grace = config.shutdown_grace;
    let limits = ConnectionLimits {
        head_timeout: config.head_timeout,
        at_once: config.max_connections,
        per_address: config.max_connections_per_address,
    };
    let around = surroundings(config, &wired, metrics.clone())?;
    let services = wired.services()?;
    let (stop, tasks) = (services.stop.clone(), services.tasks.clone());
    let (app, _) = router(services, &around);
    tracing::info!(%address, "listening");
    say(format_args!("DriveEver listens on http://{address} (API below /api, documentation at /docs)"));

    let background =
        tokio::spawn(wired.app.background(BackgroundOptions::default(), stop.child_token(), |what, error| {
            tracing::error!(what, %error, "background work failed; it is tried again");
        }));
    let upkeep = tokio::spawn(upkeep(around.limits.clone(), metrics, stop.child_token()));
    let (draining, live) = (stop.clone(), wired.live.clone());
    tokio::spawn(async move {
        stop_signal().await;
        draining.cancel();
        live.close();
        tracing::info!("stopping: open requests may finish");
    });
    let server = connections::serve(listener, app, limits, stop.clone());
    let give_up = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        () = server => {}
        () = give_up => tracing::warn!(seconds = grace.as_secs(), "stopping with requests open"),
    }
    stop.cancel();
    tasks.close();
    // Orders that clients left to themselves finish within the grace; the next start resumes what does not.
    if tokio::time::timeout(grace, tasks.wait()).await.is_err() {
        tracing::warn!(seconds = grace.as_secs(), "stopping with orders under way; the next start resumes them");
    }
    let _ = futures_util::future::join(background, upkeep).await;
    wired.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Says a line where somebody may read it; a server goes on without a reader.
fn say(text: std::fmt::Arguments<'_>) {
    if let Err(error) = output::line(text) {
        tracing::warn!(%error, "standard output takes nothing: what would be said there is lost");
    }
}

/// The golden library and the first admin.
async fn first_start(config: &Config, wired: &Wired) -> Result<(), CommandError> {
    wired.app.prepare().await?;
    let Some(accounts) = wired.app.accounts() else { return Ok(()) };
    accounts.users.keys().check().await.map_err(|error| match error {
        Error::Internal(detail) => CommandError::Other(format!(
            "the master key in {} is not the one that this database's keys are sealed with ({detail}): put it back from a \
             backup; docs/operating.md says how to begin with a new one",
            config.data_dir.display()
        )),
        other => other.into(),
    })?;
    accounts.users.revocations().warm(wired.app.log().as_ref()).await?;
    let email = config.admin_email.as_deref().unwrap_or(DEFAULT_ADMIN);
    let first = accounts.users.ensure_admin(email, config.admin_password.clone()).await?;
    if let Some(password) = first.and_then(|first| first.generated_password) {
        use secrecy::ExposeSecret;
        let password = password.expose_secret();
        say(format_args!("The first admin is {email}; the password, shown only now: {password}"));
    }
    Ok(())
}

/// Metrics and rate limits forget what is old.
async fn upkeep(limits: RateLimits, metrics: metrics_exporter_prometheus::PrometheusHandle, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(5));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {
                metrics.run_upkeep();
                limits.sweep();
            }
        }
    }
}

fn start_logging(config: &Config) -> Result<(), CommandError> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).map_err(|error| {
        CommandError::Other(format!("log: {:?} is no filter: {error}; it takes words such as info", config.log))
    })?;
    // A reader who goes away costs the lines, and no more: telling of it on the same stream would panic.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match config.log_format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| CommandError::Other(error.to_string()))
}

/// Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
