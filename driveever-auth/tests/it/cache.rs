//! The cache remembers that a token is ours, and nothing else.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use driveever_auth::CachedVerifier;
use driveever_core::{
    Error, RequestContext,
    user::{AccessClaims, AuthService, Authenticator, TokenVerifier},
};
use secrecy::ExposeSecret as _;

use crate::support::{Service, service};

/// Counts what reaches the signature check.
struct Counted<V> {
    inner: V,
    asked: AtomicU32,
}

#[async_trait]
impl<V: TokenVerifier> TokenVerifier for Counted<V> {
    async fn verify(&self, token: &str) -> Result<Arc<AccessClaims>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.verify(token).await
    }
}

fn cached(service: &Service, capacity: usize) -> (Arc<CachedVerifier>, impl Fn() -> u32) {
    let counted = Arc::new(Counted { inner: service.verifier(), asked: AtomicU32::new(0) });
    let cache = CachedVerifier::with_capacity(counted.clone(), Arc::new(service.clock.clone()), capacity);
    (Arc::new(cache), move || counted.asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_good_token_is_checked_once_until_it_expires() {
    let service = service();
    service.register().await;
    let pair = service.login().await;
    let token = pair.access_token.expose_secret();
    let (cache, asked) = cached(&service, 10);
    for _ in 0..5 {
        cache.verify(token).await.unwrap();
    }
    assert_eq!((asked(), cache.len()), (1, 1));
    service.clock.advance(Duration::from_mins(10));
    cache.verify(token).await.unwrap();
    assert_eq!((asked(), cache.len()), (2, 0), "past its time it is not kept");
}

#[tokio::test]
async fn a_remembered_token_is_still_taken_back() {
    let service = service();
    service.register().await;
    let pair = service.login().await;
    let token = pair.access_token.expose_secret();
    let (cache, asked) = cached(&service, 10);
    let (revocations, clock) = (service.users.revocations().clone(), Arc::new(service.clock.clone()));
    let authenticator = Authenticator::new(cache, revocations, clock, service.options.tokens.clone());
    let identity = authenticator.authenticate(token).await.unwrap();
    service.users.logout(&identity.request("r"), &pair.refresh_token).await.unwrap();
    assert!(authenticator.authenticate(token).await.is_err());
    assert_eq!(asked(), 1);
    assert_eq!(identity.request("r").user_id().unwrap(), RequestContext::user(pair.user_id, "r").user_id().unwrap());
}

#[tokio::test]
async fn bad_tokens_are_not_remembered_and_the_cache_is_bounded() {
    let service = service();
    service.register().await;
    let (cache, asked) = cached(&service, 4);
    for _ in 0..3 {
        assert!(cache.verify("a.b.c").await.is_err());
    }
    assert_eq!((asked(), cache.is_empty()), (3, true));
    let used = service.login().await;
    for _ in 0..40 {
        cache.verify(service.login().await.access_token.expose_secret()).await.unwrap();
        cache.verify(used.access_token.expose_secret()).await.unwrap();
    }
    assert!(cache.len() <= 8);
    assert_eq!(asked(), 3 + 41, "what is in use stays");
    cache.clear();
    assert!(cache.is_empty());
}
