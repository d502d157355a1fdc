//! Rate limits: so many requests of a kind for each user, or for each address where nobody is logged in.
//!
//! Limited routes tell their policy and what is left in the `RateLimit-Policy` and `RateLimit` headers of the IETF draft
//! (draft-ietf-httpapi-ratelimit-headers); a refused request is 429 with `Retry-After`.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    middleware::Next,
    response::{IntoResponse, Response},
};
use driveever_core::{Error, request::Actor};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use super::{caller::Caller, problem::Problem};

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// One policy: at most `quota` requests in a burst, refilled evenly over `window`.
#[derive(Clone)]
pub struct RateLimit {
    name: &'static str,
    quota: NonZeroU32,
    window: Duration,
    posts_only: bool,
    limiter: Option<Arc<Limiter>>,
}

impl std::fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{};q={};w={}", self.name, self.quota, self.window.as_secs())
    }
}

impl RateLimit {
    /// A policy that allows `quota` requests a `window`.
    pub fn new(name: &'static str, quota: NonZeroU32, window: Duration) -> Self {
        let replenish = window / quota.get();
        let limiter = Quota::with_period(replenish.max(Duration::from_nanos(1))).map(|each| {
            let quota = each.allow_burst(quota);
            Arc::new(RateLimiter::dashmap_with_clock(quota, DefaultClock::default()).with_middleware())
        });
        Self { name, quota, window, posts_only: false, limiter }
    }

    /// The policy that refuses nothing.
    pub const fn off(name: &'static str) -> Self {
        Self { name, quota: NonZeroU32::MAX, window: Duration::from_secs(1), posts_only: false, limiter: None }
    }

    /// The same policy for POST requests alone: reading what was asked for is not asking.
    pub fn posts_only(self) -> Self {
        Self { posts_only: true, ..self }
    }

    /// The same policy and quota for every method: for routes where reading costs as much as asking.
    pub fn every_method(&self) -> Self {
        Self { posts_only: false, ..self.clone() }
    }

    /// Forgets the keys that are back at their full quota; to be called now and then.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// The layer that holds requests to a policy.
pub async fn limit(State(policy): State<RateLimit>, request: Request, next: Next) -> Response {
    let Some(taken) = policy.take(&request) else { return next.run(request).await };
    let mut response = match taken.refusal() {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    taken.tell(response.headers_mut());
    response
}

/// What a request took of its caller's quota.
pub(super) struct Taken<'p> {
    policy: &'p RateLimit,
    left: u32,
    /// Until when a request that is refused must wait.
    wait: Option<Duration>,
}

impl RateLimit {
    /// Counts a request; none where the policy does not concern it.
    pub(super) fn take(&self, request: &Request) -> Option<Taken<'_>> {
        let concerned = !self.posts_only || request.method() == Method::POST;
        let limiter = self.limiter.as_ref().filter(|_| concerned)?;
        let (left, wait) = match limiter.check_key(&partition_of(request)) {
            Ok(snapshot) => (snapshot.remaining_burst_capacity(), None),
            Err(until) => (0, Some(until.wait_time_from(limiter.clock().now()))),
        };
        Some(Taken { policy: self, left, wait })
    }
}

impl Taken<'_> {
    /// The 429, when nothing was left.
    pub(super) fn refusal(&self) -> Option<Problem> {
        // Whole seconds, rounded up: not earlier than the limiter will allow.
        let retry_after = Duration::from_secs(self.wait?.as_secs() + 1);
        Some(Problem::from(Error::RateLimited { what: self.policy.name, retry_after }))
    }

    /// Adds the headers that say so. A request may be held to several policies; the nearest to the route stands first, all
    /// in one line, because many clients show one of several.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let RateLimit { name, quota, window, .. } = self.policy;
        let seconds = self.wait.unwrap_or(*window / quota.get()).as_secs() + 1;
        let said = [
            ("ratelimit-policy", format!("\"{name}\";q={quota};w={}", window.as_secs())),
            ("ratelimit", format!("\"{name}\";r={};t={seconds}", self.left)),
        ];
        for (name, value) in said {
            let before = headers.get(name).and_then(|value| value.to_str().ok());
            let value = before.map_or(value.clone(), |before| format!("{before}, {value}"));
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// Whose quota a request uses.
fn partition_of(request: &Request) -> String {
    match request.extensions().get::<Caller>().map(|caller| caller.context.actor) {
        Some(actor @ Actor::User(_)) => actor.to_string(),
        _ => {
            let address = request.extensions().get::<ConnectInfo<SocketAddr>>();
            address.map_or_else(|| "unknown".to_owned(), |ConnectInfo(address)| address.ip().to_string())
        }
    }
}
