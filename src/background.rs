//! What runs beside the requests: the relay, recovery, reminders, sweeping.

#[cfg(not(feature = "runtime"))]
pub(crate) fn patient(
    handler: std::sync::Arc<dyn driveever_core::event::EventHandler>,
) -> std::sync::Arc<dyn driveever_core::event::EventHandler> {
    handler
}

#[cfg(feature = "runtime")]
pub use runtime::BackgroundOptions;
#[cfg(feature = "runtime")]
pub(crate) use runtime::{TokioTimer, patient};

#[cfg(feature = "runtime")]
mod runtime {
    use std::{future::Future, sync::Arc, time::Duration};

    use async_trait::async_trait;
    use driveever_core::{
        Error,
        event::{EventHandler, StoredEvent},
        time::Timer,
    };
    use tokio::time::{sleep, timeout};
    use tokio_util::sync::CancellationToken;

    use crate::DriveEver;

    /// How long a consumer may take for a batch before it counts as failed.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Waits by tokio's timer.
    pub(crate) struct TokioTimer;

    #[async_trait]
    impl Timer for TokioTimer {
        async fn sleep(&self, duration: Duration) {
            sleep(duration).await;
        }
    }

    /// A consumer that does not hold the relay up for ever.
    struct Patient(Arc<dyn EventHandler>);

    pub(crate) fn patient(handler: Arc<dyn EventHandler>) -> Arc<dyn EventHandler> {
        Arc::new(Patient(handler))
    }

    #[async_trait]
    impl EventHandler for Patient {
        fn consumer(&self) -> &'static str {
            self.0.consumer()
        }

        fn wants(&self, event_type: &str) -> bool {
            self.0.wants(event_type)
        }

        async fn handle(&self, events: &[Arc<StoredEvent>]) -> Result<(), Error> {
            timeout(PATIENCE, self.0.handle(events)).await.unwrap_or_else(|_| {
                let detail = format!("no end after {} s", PATIENCE.as_secs());
                Err(Error::Unavailable { what: "the consumer", detail })
            })
        }
    }

    /// How often what is done.
    #[derive(Debug, Clone, Copy)]
    pub struct BackgroundOptions {
        /// How long the relay rests when nothing waits.
        pub relay_rest: Duration,
        /// How often orders are looked for whose time has come: a payment that was not known, a worker that is gone.
        pub resume_every: Duration,
        /// How often unpaid orders and unfinished erasures are looked for.
        pub recovery_every: Duration,
        /// How many of them at a time.
        pub recovery_batch: u32,
        /// How often reminders are made.
        pub reminders_every: Duration,
        /// How often expired keys, sessions and the like are swept.
        pub sweep_every: Duration,
    }

    impl Default for BackgroundOptions {
        fn default() -> Self {
            Self {
                relay_rest: Duration::from_millis(50),
                resume_every: Duration::from_secs(1),
                recovery_every: Duration::from_secs(30),
                recovery_batch: 100,
                reminders_every: Duration::from_hours(1),
                sweep_every: Duration::from_mins(10),
            }
        }
    }

    impl DriveEver {
        /// Relay, recovery, reminders and sweeping as one future: spawn it, and cancel `stop` to end it. Errors are given to
        /// `report` and do not end it; what failed is tried again.
        pub fn background(
            &self,
            options: BackgroundOptions,
            stop: CancellationToken,
            report: impl Fn(&'static str, &Error) + Send + Sync + Clone + 'static,
        ) -> impl Future<Output = ()> + Send + 'static {
            let orders = futures_util::future::join(
                self.clone().resume_forever(options, report.clone()),
                self.clone().recover_forever(options, report.clone()),
            );
            let work = async_join(
                self.clone().relay_forever(options.relay_rest, report.clone()),
                async move {
                    orders.await;
                },
                self.clone().remind_forever(options, report.clone()),
                self.clone().sweep_forever(options, report),
            );
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = work => {}
                }
            }
        }

        async fn relay_forever(self, rest: Duration, report: impl Fn(&'static str, &Error) + Send + Sync) {
            loop {
                let mut moved = 0;
                for context in self.parts.contexts.iter().copied() {
                    match self.parts.relay.run_once(context).await {
                        Ok(count) => moved += count,
                        Err(error) => {
                            report("relay", &error.into());
                            sleep(Duration::from_secs(1)).await;
                        }
                    }
                }
                if moved == 0 {
                    sleep(rest).await;
                }
            }
        }

        async fn resume_forever(self, options: BackgroundOptions, report: impl Fn(&'static str, &Error) + Send + Sync) {
            // Orders of somebody's own are recovered by `recover` alone.
            let Some(orders) = &self.parts.built_in_orders else { return };
            loop {
                sleep(options.resume_every).await;
                if let Err(error) = orders.resume_due(options.recovery_batch).await {
                    report("orders", &error);
                }
            }
        }

        async fn recover_forever(
            self,
            options: BackgroundOptions,
            report: impl Fn(&'static str, &Error) + Send + Sync,
        ) {
            loop {
                if let Err(error) = self.recover(options.recovery_batch).await {
                    report("recovery", &error);
                }
                sleep(options.recovery_every).await;
            }
        }

        async fn remind_forever(self, options: BackgroundOptions, report: impl Fn(&'static str, &Error) + Send + Sync) {
            let Some(reminders) = &self.parts.reminders else { return };
            loop {
                if let Err(error) = reminders.run_reminders(self.parts.clock.now()).await {
                    report("reminders", &error);
                }
                sleep(options.reminders_every).await;
            }
        }

        async fn sweep_forever(self, options: BackgroundOptions, report: impl Fn(&'static str, &Error) + Send + Sync) {
            loop {
                if let Err(error) = self.sweep().await {
                    report("sweep", &error);
                }
                sleep(options.sweep_every).await;
            }
        }

        /// Resumes orders and erasures that a process left unfinished.
        ///
        /// # Errors
        /// The store's.
        pub async fn recover(&self, batch: u32) -> Result<(), Error> {
            self.parts.orders.recover(batch).await?;
            #[cfg(feature = "auth")]
            if let Some(accounts) = self.accounts() {
                use driveever_core::user::PrivacyService;
                accounts.privacy.recover_erasures().await?;
            }
            Ok(())
        }

        async fn sweep(&self) -> Result<(), Error> {
            self.parts.answers.store_cancelled().await?;
            while self.parts.idempotency.sweep().await? > 0 {}
            #[cfg(feature = "auth")]
            if let Some(accounts) = self.accounts() {
                accounts.users.keys().maintain().await?;
                accounts.users.purge_expired_sessions().await?;
            }
            Ok(())
        }
    }

    async fn async_join(
        relay: impl Future<Output = ()> + Send,
        recovery: impl Future<Output = ()> + Send,
        reminders: impl Future<Output = ()> + Send,
        sweep: impl Future<Output = ()> + Send,
    ) {
        futures_util::future::join4(relay, recovery, reminders, sweep).await;
    }
}
