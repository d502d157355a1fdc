//! How the providers are, asked at most once in a while.

use std::{collections::HashMap, sync::PoisonError};

use futures_util::{future::join_all, lock::Mutex};

use super::{AiResponse, ProviderStatus, ResponseId, answers::Inner, breaker::BreakerState, tries::model_name};
use crate::{error::Error, request::RequestContext, time::Timestamp, user::UserId};

/// Sample questions that were answered of late, by who put them and to whom.
pub(super) type Samples = Mutex<HashMap<(UserId, String), (Timestamp, ResponseId)>>;

/// Samples that are remembered at the most.
const MOST_SAMPLES: usize = 1_000;

/// The last finding. Its lock is held while the providers are asked, so that many callers at once ask them once.
pub(super) type HealthCache = Mutex<Option<(Timestamp, Vec<ProviderStatus>)>>;

impl Inner {
    /// Each provider's state, at most as old as the options say. A probe lasts as long as the slowest adapter takes, which
    /// bounds its own.
    pub(super) async fn provider_status(&self) -> Vec<ProviderStatus> {
        let mut found = self.probed().await;
        let now = self.clock.now();
        let breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        for (status, model) in found.iter_mut().zip(&self.models) {
            status.breaker = breakers.state(model.provider(), &model_name(model.as_ref(), None), now);
            if status.breaker == BreakerState::Open {
                status.available = false;
                status.detail.get_or_insert_with(|| "it failed of late and is left alone for a while".to_owned());
            }
        }
        found
    }

    /// What the adapters found, at most as old as the options say.
    async fn probed(&self) -> Vec<ProviderStatus> {
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
                breaker: BreakerState::Closed,
            }
        });
        let found = join_all(probes).await;
        *cache = Some((now, found.clone()));
        found
    }
    /// The answer to the sample question that this caller put to this provider a moment ago.
    pub(super) async fn sample(
        &self,
        request: &RequestContext,
        provider: Option<&str>,
    ) -> Result<Option<AiResponse>, Error> {
        let key = (request.user_id()?, provider.unwrap_or_default().to_owned());
        let known = self.samples.lock().await.get(&key).copied();
        match known {
            Some((at, id)) if self.clock.now().since(at) < self.options.health_ttl => self.stored(request, id).await,
            _ => Ok(None),
        }
    }

    pub(super) async fn remember_sample(&self, request: &RequestContext, provider: Option<&str>, id: ResponseId) {
        let Ok(user) = request.user_id() else { return };
        let (now, mut samples) = (self.clock.now(), self.samples.lock().await);
        samples.retain(|_, (at, _)| now.since(*at) < self.options.health_ttl);
        if samples.len() < MOST_SAMPLES {
            samples.insert((user, provider.unwrap_or_default().to_owned()), (now, id));
        }
    }
}
