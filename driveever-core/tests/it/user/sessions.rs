//! Refresh tokens, their reuse, and sessions.

use std::time::Duration;

use driveever_core::{
    RequestContext,
    event::EventLog,
    query::{Filter, Query},
    repository::Repository,
    user::{AuthService, RefreshToken, RevocationList, Session, SessionEnd, TokenPair, UserOptions},
};
use secrecy::ExposeSecret as _;

use super::support::{Service, anonymous, code, secret, service, service_with};

async fn sessions_in_store(service: &Service) -> Vec<Session> {
    service.world.store.find(&Query::everything()).await.unwrap()
}

async fn tokens_in_store(service: &Service) -> Vec<RefreshToken> {
    service.world.store.find(&Query::filter(Filter::everything())).await.unwrap()
}

fn owner(pair: &TokenPair) -> RequestContext {
    RequestContext::user(pair.user_id, "request-4")
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_only_its_hash_is_kept() {
    let service = service();
    service.register("ann@example.org").await;
    let first = service.login("ann@example.org").await;
    service.world.clock.advance(Duration::from_mins(5));
    let second = service.refresh(&first).await.unwrap();
    assert_eq!(second.session_id, first.session_id);
    assert_ne!(second.refresh_token.expose_secret(), first.refresh_token.expose_secret());
    assert!(service.lets_in(&second).await);
    let tokens = tokens_in_store(&service).await;
    assert_eq!(tokens[1].parent, Some(tokens[0].id));
    for pair in [&first, &second] {
        assert!(!format!("{tokens:?}").contains(pair.refresh_token.expose_secret()));
        assert!(tokens.iter().all(|token| token.hash.expose() != pair.refresh_token.expose_secret()));
    }
}

#[tokio::test]
async fn a_used_token_kills_its_family_and_raises_an_alert() {
    let service = service();
    service.register("ann@example.org").await;
    let (stolen, other) = (service.login("ann@example.org").await, service.login("ann@example.org").await);
    let current = service.refresh(&service.refresh(&stolen).await.unwrap()).await.unwrap();
    assert_eq!(code(service.refresh(&stolen).await), "invalid_refresh_token");
    assert_eq!(code(service.refresh(&current).await), "invalid_refresh_token");
    assert!(!service.lets_in(&current).await);
    assert!(service.lets_in(&other).await, "another session of the same user goes on");
    service.refresh(&other).await.unwrap();

    // Shown again and again, it raises one alert.
    assert_eq!(code(service.refresh(&stolen).await), "invalid_refresh_token");
    let events = service.events().await;
    let alerts: Vec<_> = events.iter().filter(|event| event.event_type == "user.security_alert").collect();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].body, format!(r#"{{"userId":"{}","kind":"refresh_token_reused"}}"#, stolen.user_id));
    let ended = sessions_in_store(&service).await.into_iter().find(|session| session.id == stolen.session_id).unwrap();
    assert_eq!(ended.end_reason, Some(SessionEnd::TokenReused));
}

#[tokio::test]
async fn of_two_refreshes_side_by_side_one_wins_and_the_other_is_reuse() {
    let service = service();
    service.register("ann@example.org").await;
    let pair = service.login("ann@example.org").await;
    let results = futures_util::future::join_all((0..8).map(|_| service.refresh(&pair))).await;
    let winners: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
    assert!(winners.len() <= 1, "{} winners", winners.len());
    assert_eq!(code(service.refresh(&pair).await), "invalid_refresh_token");
    for winner in &winners {
        assert_eq!(code(service.refresh(winner).await), "invalid_refresh_token");
        assert!(!service.lets_in(winner).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_refreshes_on_many_threads_one_wins() {
    for _ in 0..20 {
        let service = std::sync::Arc::new(service());
        service.register("ann@example.org").await;
        let pair = service.login("ann@example.org").await;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (service, pair) = (service.clone(), pair.clone());
                tokio::spawn(async move { service.refresh(&pair).await.is_ok() })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            winners += u32::from(task.await.unwrap());
        }
        assert_eq!(winners, 1);
        assert_eq!(tokens_in_store(&service).await.len(), 2);
        assert!(sessions_in_store(&service).await[0].ended_at.is_some());
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_refresh_token_the_answer_is_one() {
    let service = service();
    service.register("ann@example.org").await;
    let pair = service.login("ann@example.org").await;
    service.users.logout(&owner(&pair), &pair.refresh_token).await.unwrap();
    let mut answers = vec![service.refresh(&pair).await.unwrap_err().to_string()];
    for bad in ["", "x", &"x".repeat(10_000_000), "\0"] {
        answers.push(service.users.refresh(&anonymous(), &secret(bad)).await.unwrap_err().to_string());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn a_session_ends_by_idleness_and_by_age() {
    let service = service();
    service.register("ann@example.org").await;
    let idle = service.login("ann@example.org").await;
    service.world.clock.advance(Duration::from_hours(14 * 24));
    assert_eq!(code(service.refresh(&idle).await), "invalid_refresh_token");

    let mut pair = service.login("ann@example.org").await;
    for _ in 0..8 {
        service.world.clock.advance(Duration::from_hours(10 * 24));
        pair = service.refresh(&pair).await.unwrap();
    }
    assert!(pair.refresh_expires_in <= Duration::from_hours(10 * 24), "the absolute end comes first");
    service.world.clock.advance(Duration::from_hours(10 * 24));
    assert_eq!(code(service.refresh(&pair).await), "invalid_refresh_token");
    let purged = service.users.purge_expired_sessions().await.unwrap();
    assert_eq!((purged, sessions_in_store(&service).await.len()), (2, 0));
}

#[tokio::test]
async fn purging_takes_the_tokens_with_it() {
    let service = service();
    service.register("ann@example.org").await;
    service.refresh(&service.login("ann@example.org").await).await.unwrap();
    service.world.clock.advance(Duration::from_hours(91 * 24));
    assert_eq!(service.users.purge_expired_sessions().await.unwrap(), 1);
    assert!(sessions_in_store(&service).await.is_empty() && tokens_in_store(&service).await.is_empty());
}

#[tokio::test]
async fn logout_ends_the_session_at_once_and_knows_no_strangers() {
    let service = service();
    service.register("ann@example.org").await;
    service.register("bob@example.org").await;
    let (ann, bob) = (service.login("ann@example.org").await, service.login("bob@example.org").await);
    service.users.logout(&owner(&bob), &ann.refresh_token).await.unwrap();
    assert!(service.lets_in(&ann).await, "another's token does nothing");
    service.users.logout(&owner(&ann), &secret("unknown")).await.unwrap();
    service.users.logout(&owner(&ann), &ann.refresh_token).await.unwrap();
    service.users.logout(&owner(&ann), &ann.refresh_token).await.unwrap();
    assert!(!service.lets_in(&ann).await);
    assert_eq!(code(service.users.logout(&anonymous(), &bob.refresh_token).await), "authentication_required");
    assert_eq!(service.event_types().await.iter().filter(|kind| *kind == "user.sessions_revoked").count(), 1);
}

#[tokio::test]
async fn a_user_sees_and_ends_their_own_sessions() {
    let service = service();
    service.register("ann@example.org").await;
    service.register("bob@example.org").await;
    let (first, bob) = (service.login("ann@example.org").await, service.login("bob@example.org").await);
    service.world.clock.advance(Duration::from_mins(1));
    let second = service.login("ann@example.org").await;
    let seen = service.users.sessions(&owner(&first)).await.unwrap();
    let ids: Vec<_> = seen.iter().map(|session| session.id).collect();
    assert_eq!(ids, [second.session_id, first.session_id]);
    assert_eq!(seen[0].client.as_deref(), Some("Browser"));
    assert_eq!(code(service.users.end_session(&owner(&first), bob.session_id).await), "not_found");
    service.users.end_session(&owner(&first), second.session_id).await.unwrap();
    assert_eq!(code(service.users.end_session(&owner(&first), second.session_id).await), "not_found");
    assert!(service.lets_in(&first).await && !service.lets_in(&second).await && service.lets_in(&bob).await);
}

#[tokio::test]
async fn a_login_past_the_limit_ends_the_session_unused_for_longest() {
    let service = service_with(UserOptions { max_sessions: 3, ..UserOptions::default() });
    service.register("ann@example.org").await;
    let mut pairs = Vec::new();
    for _ in 0..5 {
        service.world.clock.advance(Duration::from_secs(1));
        pairs.push(service.login("ann@example.org").await);
    }
    let mut alive = Vec::new();
    for pair in &pairs {
        alive.push(service.lets_in(pair).await);
    }
    assert_eq!(alive, [false, false, true, true, true]);
}

#[tokio::test]
async fn a_process_that_starts_later_knows_what_was_taken_back() {
    let service = service();
    service.register("ann@example.org").await;
    let pair = service.login("ann@example.org").await;
    service.users.logout(&owner(&pair), &pair.refresh_token).await.unwrap();
    let reader = super::support::OpenTokens;
    let claims = {
        use driveever_core::user::TokenReader as _;
        let key = service.users.published_keys().await.unwrap().remove(0);
        reader.verify(pair.access_token.expose_secret(), &key.x).unwrap()
    };
    let list = RevocationList::new(service.world.clock.clone(), &service.options.tokens);
    assert!(!list.has(&claims));
    list.warm(service.world.store.as_ref() as &dyn EventLog).await.unwrap();
    assert!(list.has(&claims));
    // It is forgotten when the token has long expired.
    service.world.clock.advance(Duration::from_mins(30));
    list.end_sessions([]);
    assert!(!list.has(&claims));
}
