//! Signing keys: published before they sign, kept until nothing they signed is valid.

use std::time::Duration;

use driveever_core::user::{AuthService, KeyId, KeySource, TokenPair, TokenReader as _};
use secrecy::ExposeSecret as _;

use super::support::{OpenTokens, Service, service};

fn key_of(pair: &TokenPair) -> KeyId {
    OpenTokens.key_id(pair.access_token.expose_secret()).unwrap()
}

async fn published(service: &Service) -> Vec<String> {
    service.users.published_keys().await.unwrap().into_iter().map(|key| key.kid).collect()
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_kept_until_its_tokens_expire() {
    let service = service();
    service.register("ann@example.org").await;
    let first = key_of(&service.login("ann@example.org").await);
    assert_eq!(published(&service).await, [first.to_string()]);

    // An hour before its time the next one is published, and the first still signs.
    service.world.clock.advance(Duration::from_hours(90 * 24 - 1));
    assert_eq!(service.users.keys().maintain().await.unwrap().id, first);
    service.users.keys().maintain().await.unwrap();
    let both = published(&service).await;
    assert_eq!(both.len(), 2);
    service.world.clock.advance(Duration::from_mins(59));
    let last_of_first = service.login("ann@example.org").await;
    assert_eq!(key_of(&last_of_first), first);

    // Then it signs, and what the first one signed still holds.
    service.world.clock.advance(Duration::from_mins(1));
    let of_second = service.login("ann@example.org").await;
    assert_eq!(key_of(&of_second).to_string(), both[1]);
    assert!(service.lets_in(&last_of_first).await && service.lets_in(&of_second).await);
    service.users.keys().maintain().await.unwrap();
    assert_eq!(published(&service).await.len(), 2);

    // When its last token has expired, it is gone, with its private half.
    service.world.clock.advance(Duration::from_mins(12));
    service.users.keys().maintain().await.unwrap();
    assert_eq!(published(&service).await, [both[1].clone()]);
    assert!(!service.lets_in(&last_of_first).await);
    assert_eq!(service.users.keys().public_key(first).await.unwrap(), None);
}

#[tokio::test]
async fn of_two_processes_that_rotate_at_once_one_makes_the_key() {
    let service = service();
    let other = driveever_core::user::KeyRing::new(
        service.world.store.clone(),
        std::sync::Arc::new(OpenTokens),
        service.world.clock.clone(),
        service.world.ids.clone(),
        service.options.tokens.clone(),
    );
    let (one, two) = tokio::join!(service.users.keys().maintain(), other.maintain());
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(published(&service).await.len(), 1);
}

#[tokio::test]
async fn a_key_that_another_process_made_is_found_soon() {
    let service = service();
    let first = service.users.keys().maintain().await.unwrap();
    let other = driveever_core::user::KeyRing::new(
        service.world.store.clone(),
        std::sync::Arc::new(OpenTokens),
        service.world.clock.clone(),
        service.world.ids.clone(),
        service.options.tokens.clone(),
    );
    assert!(other.public_key(first.id).await.unwrap().is_some());
    let keys = service.users.keys().rotate().await.unwrap();
    let second = keys.last().unwrap().id;
    assert_eq!(other.public_key(second).await.unwrap(), None, "read within the last seconds");
    service.world.clock.advance(Duration::from_secs(5));
    assert!(other.public_key(second).await.unwrap().is_some());
}

#[tokio::test]
async fn a_token_for_somebody_else_does_not_let_in() {
    let service = service();
    service.register("ann@example.org").await;
    let pair = service.login("ann@example.org").await;
    assert!(service.lets_in(&pair).await);
    for other in ["issuer", "audience"] {
        let mut service = Service { options: service.options.clone(), ..super::support::service() };
        service.register("ann@example.org").await;
        let pair = service.login("ann@example.org").await;
        match other {
            "issuer" => service.options.tokens.issuer = "elsewhere".into(),
            _ => service.options.tokens.audience = "elsewhere".into(),
        }
        assert!(!service.lets_in(&pair).await, "{other}");
    }
    for bad in ["", "x", "a.b.c", &"x".repeat(1_000_000)] {
        assert!(service.authenticator().authenticate(bad).await.is_err());
    }
}

/// A clock that moves on whenever somebody looks at it, as every real one does.
struct Ticking(std::sync::Arc<driveever_core::time::FixedClock>);

impl driveever_core::time::Clock for Ticking {
    fn now(&self) -> driveever_core::time::Timestamp {
        self.0.advance(Duration::from_millis(1));
        self.0.now()
    }
}

#[tokio::test]
async fn the_first_key_signs_at_once_though_time_passes_while_it_is_made() {
    let service = service();
    let ring = driveever_core::user::KeyRing::new(
        service.world.store.clone(),
        std::sync::Arc::new(OpenTokens),
        std::sync::Arc::new(Ticking(service.world.clock.clone())),
        service.world.ids.clone(),
        service.options.tokens.clone(),
    );
    assert_eq!(ring.maintain().await.unwrap().number, 1);
}
