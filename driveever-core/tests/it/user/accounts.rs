//! Registration, profiles, roles, the first admin.

use driveever_core::{
    Error, RequestContext, Role,
    entity::Revision,
    page::PageRequest,
    user::{AccountService, NewUser, User, UserEdit, UserFilter, UserOptions, UserService},
};
use secrecy::ExposeSecret as _;

use super::support::{PASSWORD, Service, anonymous, code, from, new_user, secret, service, service_with};

fn by(user: &User) -> RequestContext {
    RequestContext::user(user.id, "request-2").with_roles(user.roles.iter())
}

async fn first_admin(service: &Service) -> User {
    service.users.ensure_admin("admin@example.org", None).await.unwrap().unwrap().user
}

#[tokio::test]
async fn every_fault_of_a_registration_is_named_at_once() {
    let service = service();
    let bad = NewUser { email: "ann".into(), password: secret("password"), name: " ".into() };
    let error = service.users.register(&anonymous(), bad, &from("192.0.2.1")).await;
    assert_eq!(code(error), "invalid email,name,password,password");
    assert!(service.events().await.is_empty());
}

#[tokio::test]
async fn one_address_has_one_account_in_whatever_case() {
    let service = service();
    let ann = service.register("Ann@Example.ORG").await;
    assert_eq!(ann.email, "ann@example.org");
    let hashed = || service.hasher.hashed.load(std::sync::atomic::Ordering::Relaxed);
    let before = hashed();
    let again = service.users.register(&anonymous(), new_user("aNN@example.org"), &from("192.0.2.1")).await;
    assert_eq!(code(again), "email_taken");
    assert_eq!(hashed(), before + 1, "the same work as for a new address");
    let look_alike = service.users.register(&anonymous(), new_user("\u{430}nn@example.org"), &from("192.0.2.1")).await;
    assert_eq!(code(look_alike), "invalid email");
}

#[tokio::test]
async fn registrations_are_limited_by_address() {
    let service = service();
    for number in 0..50 {
        service.register(&format!("user{number}@example.org")).await;
    }
    let anonymous = anonymous();
    let refused = service.users.register(&anonymous, new_user("more1@example.org"), &from("192.0.2.1")).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })));
    service.users.register(&anonymous, new_user("more2@example.org"), &from("192.0.2.2")).await.unwrap();
}

#[tokio::test]
async fn a_repeated_registration_under_one_idempotency_key_finds_its_account() {
    let service = service();
    let request = RequestContext { idempotency: Some(uuid::Uuid::from_u128(9)), ..anonymous() };
    let first = service.users.register(&request, new_user("ann@example.org"), &from("192.0.2.1")).await.unwrap();
    let second = service.users.register(&request, new_user("ann@example.org"), &from("192.0.2.1")).await.unwrap();
    assert_eq!(first, second);
    let other = service.users.register(&request, new_user("bob@example.org"), &from("192.0.2.1")).await;
    assert_eq!(code(other), "email_taken");
}

#[tokio::test]
async fn an_account_is_its_owners() {
    let service = service();
    let (ann, bob) = (service.register("ann@example.org").await, service.register("bob@example.org").await);
    assert_eq!(service.users.user(&by(&ann), ann.id).await.unwrap(), ann);
    assert_eq!(code(service.users.user(&by(&ann), bob.id).await), "not_found");
    assert_eq!(code(service.users.user(&anonymous(), bob.id).await), "not_found");
    let filter = UserFilter::default();
    assert_eq!(code(service.users.users(&by(&ann), filter, &PageRequest::default()).await), "forbidden");

    let rename = |name: &str| UserEdit { name: Some(name.into()) };
    let renamed = service.users.update_me(&by(&ann), rename("Anne"), Some(ann.revision)).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.revision.get()), ("Anne", 2));
    assert_eq!(code(service.users.update_me(&by(&ann), rename("A"), Some(ann.revision)).await), "stale");
    assert_eq!(code(service.users.update_me(&by(&ann), rename("a\0b"), None).await), "invalid name");
    let same = service.users.update_me(&by(&ann), rename("Anne"), None).await.unwrap();
    assert_eq!(same.revision.get(), 2, "nothing changed");
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let service = service();
    let admin = service.users.ensure_admin("Admin@example.org", None).await.unwrap().unwrap();
    let password = admin.generated_password.unwrap();
    assert_eq!(password.expose_secret().len(), 43);
    assert!(admin.user.roles.has(Role::Admin));
    service.try_login("admin@example.org", password.expose_secret(), "192.0.2.1").await.unwrap();
    assert!(service.users.ensure_admin("other@example.org", None).await.unwrap().is_none());
    let all = service.users.users(&by(&admin.user), UserFilter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(all.data().len(), 1);
    assert_eq!(all.data()[0].email, "admin@example.org");
    let none = UserFilter { email: Some("NOBODY@example.org".into()) };
    assert!(service.users.users(&by(&admin.user), none, &PageRequest::default()).await.unwrap().data().is_empty());
}

#[tokio::test]
async fn a_given_first_admin_password_must_be_good_and_a_taken_address_is_no_way_in() {
    let service = service();
    let weak = service.users.ensure_admin("admin@example.org", Some(secret("password"))).await;
    assert_eq!(code(weak), "invalid password,password");
    service.register("admin@example.org").await;
    assert_eq!(code(service.users.ensure_admin("admin@example.org", None).await), "email_taken");
    let made = service.users.ensure_admin("root@example.org", Some(secret(PASSWORD))).await.unwrap().unwrap();
    assert!(made.generated_password.is_none());
}

#[tokio::test]
async fn of_two_processes_that_start_at_once_one_makes_the_admin() {
    let service = service();
    let (one, other) = tokio::join!(
        service.users.ensure_admin("admin@example.org", None),
        service.users.ensure_admin("admin@example.org", None)
    );
    assert_eq!([one.unwrap(), other.unwrap()].iter().flatten().count(), 1);
}

#[tokio::test]
async fn roles_are_given_by_admins_and_hold_at_once() {
    let service = service();
    let (admin, ann) = (first_admin(&service).await, service.register("ann@example.org").await);
    let pair = service.login("ann@example.org").await;
    assert!(service.lets_in(&pair).await);
    let roles = vec![Role::User, Role::Analyst];
    assert_eq!(code(service.users.set_roles(&by(&ann), ann.id, roles.clone(), None).await), "forbidden");
    for bad in [vec![], vec![Role::Service]] {
        assert_eq!(code(service.users.set_roles(&by(&admin), ann.id, bad, None).await), "invalid roles");
    }
    let stale = service.users.set_roles(&by(&admin), ann.id, roles.clone(), Revision::new(9)).await;
    assert_eq!(code(stale), "stale");
    let changed = service.users.set_roles(&by(&admin), ann.id, roles.clone(), Some(ann.revision)).await.unwrap();
    assert!(changed.roles.has(Role::Analyst));
    // Tokens with the roles from before hold no longer; the session goes on and its next token has the new ones.
    assert!(!service.lets_in(&pair).await);
    let next = service.refresh(&pair).await.unwrap();
    let identity = service.authenticator().authenticate(next.access_token.expose_secret()).await.unwrap();
    assert!(identity.roles.has(Role::Analyst));
    assert!(service.event_types().await.contains(&"user.roles_changed".to_owned()));
}

#[tokio::test]
async fn somebody_is_always_an_admin() {
    let service = service();
    let (admin, ann) = (first_admin(&service).await, service.register("ann@example.org").await);
    let plain = || vec![Role::User];
    assert_eq!(code(service.users.set_roles(&by(&admin), admin.id, plain(), None).await), "last_admin");
    let ann = service.users.set_roles(&by(&admin), ann.id, vec![Role::Admin], None).await.unwrap();
    // Both demote the other at once: one of them stays.
    let (ann_by, admin_by) = (by(&ann), by(&admin));
    let (one, other) = tokio::join!(
        service.users.set_roles(&ann_by, admin.id, plain(), None),
        service.users.set_roles(&admin_by, ann.id, plain(), None)
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
}

#[tokio::test]
async fn attempts_are_not_counted_when_that_is_turned_off() {
    let mut options = UserOptions::default();
    options.attempts.enabled = false;
    let service = service_with(options);
    for number in 0..60 {
        service.register(&format!("user{number}@example.org")).await;
    }
}
