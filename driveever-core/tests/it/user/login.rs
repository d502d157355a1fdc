//! Log-in: one answer, equal work, limits; and the change of a password.

use std::{sync::atomic::Ordering, time::Duration};

use driveever_core::{
    Error, RequestContext,
    user::{AuthService, PasswordChange},
};

use super::support::{PASSWORD, Service, anonymous, code, from, secret, service};

const WRONG: &str = "nine lanterns under the ford";

fn change(current: &str, new: &str) -> PasswordChange {
    PasswordChange { current: secret(current), new: secret(new), keep: None }
}

/// What a failed log-in costs: hashes, events; and what it says.
async fn failed_login(service: &Service, email: &str) -> (u32, usize, String) {
    let (verified, events) = (service.hasher.verified.load(Ordering::Relaxed), service.events().await.len());
    let error = service.try_login(email, WRONG, "192.0.2.7").await.unwrap_err();
    assert!(matches!(error, Error::Unauthenticated { code: "invalid_credentials", .. }));
    let after = (service.hasher.verified.load(Ordering::Relaxed), service.events().await.len());
    (after.0 - verified, after.1 - events, error.to_string())
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_answer_the_same_for_the_same_work() {
    let service = service();
    service.register("ann@example.org").await;
    let known = failed_login(&service, "ann@example.org").await;
    let unknown = failed_login(&service, "nobody@example.org").await;
    let malformed = failed_login(&service, "no address at all").await;
    assert_eq!(known, (1, 1, "the e-mail address or the password is wrong".to_owned()));
    assert_eq!((&unknown, &malformed), (&known, &known));
    let failed: Vec<_> = service.events().await.into_iter().filter(|e| e.event_type == "user.login_failed").collect();
    assert!(failed.iter().all(|event| !event.body.contains("example.org")));
}

#[tokio::test]
async fn a_login_takes_the_address_in_any_case_and_lets_in() {
    let service = service();
    let ann = service.register("ann@example.org").await;
    let pair = service.try_login(" ANN@Example.org ", PASSWORD, "192.0.2.1").await.unwrap();
    assert_eq!((pair.user_id, pair.expires_in), (ann.id, Duration::from_mins(10)));
    assert!(service.lets_in(&pair).await);
    assert!(!format!("{pair:?}").contains(secrecy::ExposeSecret::expose_secret(&pair.refresh_token)));
    service.world.clock.advance(Duration::from_mins(11));
    assert!(!service.lets_in(&pair).await, "expired");
}

#[tokio::test]
async fn what_no_password_can_be_is_bad_input() {
    let service = service();
    for password in ["", &"x".repeat(129), &"x".repeat(10_000_000)] {
        assert_eq!(code(service.try_login("ann@example.org", password, "192.0.2.1").await), "invalid password");
    }
    assert_eq!(code(service.try_login(" ", PASSWORD, "192.0.2.1").await), "invalid email");
    assert_eq!(service.hasher.verified.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn guessing_is_limited_for_known_and_unknown_addresses_alike() {
    let service = service();
    service.register("ann@example.org").await;
    for email in ["ann@example.org", "nobody@example.org"] {
        for _ in 0..5 {
            assert_eq!(code(service.try_login(email, WRONG, "192.0.2.9").await), "invalid_credentials");
        }
        let limited = service.try_login(email, PASSWORD, "192.0.2.9").await.unwrap_err();
        let Error::RateLimited { retry_after, .. } = limited else { panic!("{limited}") };
        assert_eq!(retry_after, Duration::from_mins(3));
    }
    service.world.clock.advance(Duration::from_mins(3));
    service.try_login("ann@example.org", PASSWORD, "192.0.2.9").await.unwrap();
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_limited() {
    let service = service();
    let mut refused = 0;
    for number in 0..120 {
        let result = service.try_login(&format!("user{number}@example.org"), WRONG, "192.0.2.9").await;
        refused += u32::from(code(result) == "rate_limited");
    }
    assert_eq!(refused, 20);
}

#[tokio::test]
async fn a_stranger_cannot_lock_an_owner_out() {
    let service = service();
    service.register("ann@example.org").await;
    let pair = service.login("ann@example.org").await;
    // From many addresses, until the account's own quota is used up.
    let mut refused = 0;
    for number in 0..30 {
        let result = service.try_login("ann@example.org", WRONG, &format!("198.51.100.{number}")).await;
        refused += u32::from(code(result) == "rate_limited");
    }
    assert_eq!(refused, 10);
    // The owner goes on from where they logged in before, and their session is not concerned.
    service.login("ann@example.org").await;
    service.refresh(&pair).await.unwrap();
    // From a new address they wait for minutes, not for an admin.
    let elsewhere = service.try_login("ann@example.org", PASSWORD, "203.0.113.1").await.unwrap_err();
    let Error::RateLimited { retry_after, .. } = elsewhere else { panic!("{elsewhere}") };
    assert!(retry_after <= Duration::from_mins(3));
}

#[tokio::test]
async fn successful_logins_use_no_quota() {
    let service = service();
    service.register("ann@example.org").await;
    for _ in 0..40 {
        service.login("ann@example.org").await;
    }
}

#[tokio::test]
async fn guesses_side_by_side_cannot_slip_past_the_limit() {
    let service = service();
    service.register("ann@example.org").await;
    let guesses = (0..20).map(|_| service.try_login("ann@example.org", WRONG, "192.0.2.9"));
    let results = futures_util::future::join_all(guesses).await;
    let wrong = results.into_iter().filter(|result| matches!(result, Err(Error::Unauthenticated { .. }))).count();
    assert_eq!(wrong, 5);
}

#[tokio::test]
async fn a_login_renews_a_hash_of_weaker_parameters() {
    let service = service();
    service.register("ann@example.org").await;
    service.hasher.generation.store(1, Ordering::Relaxed);
    let before = service.hasher.hashed.load(Ordering::Relaxed);
    service.login("ann@example.org").await;
    service.login("ann@example.org").await;
    assert_eq!(service.hasher.hashed.load(Ordering::Relaxed), before + 1);
}

#[tokio::test]
async fn logins_side_by_side_all_succeed() {
    let service = service();
    service.register("ann@example.org").await;
    let logins = (0..8).map(|_| service.try_login("ann@example.org", PASSWORD, "192.0.2.1"));
    assert!(futures_util::future::join_all(logins).await.iter().filter(|result| result.is_ok()).count() >= 5);
}

#[tokio::test]
async fn a_change_of_the_password_needs_the_present_one_and_ends_other_sessions() {
    let service = service();
    let ann = service.register("ann@example.org").await;
    let (here, there) = (service.login("ann@example.org").await, service.login("ann@example.org").await);
    let request = RequestContext::user(ann.id, "request-3");
    let new = "eleven herons by the weir";
    let client = from("192.0.2.1");
    let wrong = service.users.change_password(&request, change(WRONG, new), &client).await;
    assert_eq!(code(wrong), "wrong_current_password");
    let weak = service.users.change_password(&request, change(PASSWORD, "password"), &client).await;
    assert_eq!(code(weak), "invalid newPassword,newPassword");
    let same = service.users.change_password(&request, change(PASSWORD, PASSWORD), &client).await;
    assert_eq!(code(same), "invalid newPassword");
    assert_eq!(
        code(service.users.change_password(&anonymous(), change(PASSWORD, new), &client).await),
        "authentication_required"
    );

    let keep = PasswordChange { keep: Some(here.session_id), ..change(PASSWORD, new) };
    service.users.change_password(&request, keep, &client).await.unwrap();
    assert!(service.lets_in(&here).await && !service.lets_in(&there).await);
    service.refresh(&here).await.unwrap();
    assert_eq!(code(service.refresh(&there).await), "invalid_refresh_token");
    assert_eq!(code(service.try_login("ann@example.org", PASSWORD, "192.0.2.1").await), "invalid_credentials");
    service.try_login("ann@example.org", new, "192.0.2.1").await.unwrap();
    assert!(service.event_types().await.contains(&"user.password_changed".to_owned()));
}

#[tokio::test]
async fn whoever_is_turned_away_by_a_flood_has_made_no_attempt() {
    let service = service();
    let ann = service.register("ann@example.org").await;
    service.hasher.full.store(30, Ordering::Relaxed);
    for _ in 0..30 {
        let refused = service.try_login("ann@example.org", PASSWORD, "192.0.2.1").await;
        assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    }
    service.try_login("ann@example.org", PASSWORD, "192.0.2.1").await.unwrap();
    service.hasher.full.store(30, Ordering::Relaxed);
    let request = RequestContext::user(ann.id, "request-3");
    let new = "eleven herons by the weir";
    for _ in 0..30 {
        let refused = service.users.change_password(&request, change(PASSWORD, new), &from("192.0.2.1")).await;
        assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    }
    service.users.change_password(&request, change(PASSWORD, new), &from("192.0.2.1")).await.unwrap();
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_the_present_password() {
    let service = service();
    let ann = service.register("ann@example.org").await;
    let request = RequestContext::user(ann.id, "request-3");
    let mut answers = Vec::new();
    for _ in 0..6 {
        let guess = change(WRONG, "eleven herons by the weir");
        answers.push(code(service.users.change_password(&request, guess, &from("192.0.2.1")).await));
    }
    assert_eq!(answers[4], "wrong_current_password");
    assert_eq!(answers[5], "rate_limited");
}

#[tokio::test]
async fn no_session_of_an_old_password_survives_its_change() {
    let service = service();
    let ann = service.register("ann@example.org").await;
    let request = RequestContext::user(ann.id, "request-3");
    let client = from("192.0.2.1");
    // The old password is found right, and changed before the session is opened; or the session is opened first.
    for (slow, old, new) in [(9, PASSWORD, WRONG), (0, WRONG, PASSWORD)] {
        service.hasher.slow.store(slow, Ordering::Relaxed);
        let (login, changed) = tokio::join!(
            service.try_login("ann@example.org", old, "192.0.2.1"),
            service.users.change_password(&request, change(old, new), &client)
        );
        changed.unwrap();
        match login {
            Ok(pair) => {
                assert!(!service.lets_in(&pair).await);
                assert_eq!(code(service.refresh(&pair).await), "invalid_refresh_token");
            }
            Err(error) => assert!(matches!(error, Error::Unauthenticated { .. })),
        }
    }
}
