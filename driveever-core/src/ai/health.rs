//! How the providers are, asked at most once in a while.

use futures_util::{future::join_all, lock::Mutex};

use super::{ProviderStatus, answers::Inner};
use crate::time::Timestamp;

/// The last finding. Its lock is held while the providers are asked, so that many callers at once ask them once.
pub(super) type HealthCache = Mutex<Option<(Timestamp, Vec<ProviderStatus>)>>;

impl Inner {
    /// Each provider's state, at most as old as the options say. A probe lasts as long as the slowest adapter takes, which
    /// bounds its own.
    pub(super) async fn provider_status(&self) -> Vec<ProviderStatus> {
        let mut cache = self.health.lock().await;
        let now = self.clock.now();
        if let Some((found_at, found)) = cache.as_ref()
            && now.since(*found_at) < self.options.health_ttl
        {
            return found.clone();
        }
        let probes = self.models.iter().map(|model| async move {
            let health = model.health().await;
            ProviderStatus {
                name: model.provider().to_owned(),
                available: health.available,
                detail: health.detail,
                checked_at: health.checked_at,
            }
        });
        let found = join_all(probes).await;
        *cache = Some((now, found.clone()));
        found
    }
}
