//! One effect for one key.

use std::{sync::Arc, time::Duration};

use driveever_core::{
    Error,
    idempotency::{Begin, IdempotencyKeys, IdempotencyOptions, KeptAnswer, KeyedHash, KeyedRequest},
    request::Actor,
    user::PersonalData,
};
use futures_util::future::join_all;

use crate::support::{World, user_id, world};

fn keys(world: &World) -> IdempotencyKeys {
    IdempotencyKeys::new(world.store.clone(), world.clock.clone(), world.ids.clone(), IdempotencyOptions::default())
}

fn order<'a>(key: &'a str, body: &'a [u8]) -> KeyedRequest<'a> {
    KeyedRequest { actor: Actor::User(user_id(1)), method: "POST", route: "/orders", key, path: "/orders", body }
}

fn code(result: Result<Begin, Error>) -> &'static str {
    match result {
        Err(Error::Conflict { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_executes_and_the_others_are_told_the_same() {
    let world = world();
    let keys = Arc::new(keys(&world));
    let request = order("key-1", b"{}");
    let began = join_all((0..50).map(|_| keys.begin(&request))).await;
    let mut executing: Vec<_> = began.into_iter().filter_map(Result::ok).collect();
    assert_eq!(executing.len(), 1);
    let Some(Begin::Execute(record)) = executing.pop() else { panic!() };
    assert_eq!(code(keys.begin(&request).await), "request_in_progress");
    let answer = KeptAnswer { status: 201, headers: vec![("location".into(), "/orders/1".into())], body: "{}".into() };
    keys.complete(*record, answer.clone(), None).await.unwrap();
    assert_eq!(keys.begin(&request).await.unwrap(), Begin::Replay(answer));
    assert_eq!(code(keys.begin(&order("key-1", b"{\"a\":1}")).await), "idempotency_key_reused");
    // Another user's key of the same name is another key.
    let other = KeyedRequest { actor: Actor::User(user_id(2)), ..request };
    assert!(matches!(keys.begin(&other).await, Ok(Begin::Execute(_))));
}

#[tokio::test]
async fn after_a_crash_the_result_keeps_its_id() {
    let world = world();
    let keys = keys(&world);
    let request = order("key-1", b"{}");
    let Begin::Execute(first) = keys.begin(&request).await.unwrap() else { panic!() };
    world.clock.advance(Duration::from_mins(3));
    let Begin::Execute(second) = keys.begin(&request).await.unwrap() else { panic!() };
    assert_eq!(second.result_id, first.result_id);
    // The first was not dead after all: its late answer does not overwrite.
    let answer = KeptAnswer { status: 201, headers: Vec::new(), body: String::new() };
    assert!(keys.complete(*first, answer, None).await.is_err());
}

#[tokio::test]
async fn what_a_dead_process_executed_can_be_repeated_at_once_and_keeps_its_id() {
    let world = world();
    let keys = keys(&world);
    let (one, other) = (order("key-1", b"{}"), order("key-2", b"{}"));
    let Begin::Execute(first) = keys.begin(&one).await.unwrap() else { panic!() };
    let Begin::Execute(done) = keys.begin(&other).await.unwrap() else { panic!() };
    let answer = KeptAnswer { status: 201, headers: Vec::new(), body: String::new() };
    keys.complete(*done, answer.clone(), None).await.unwrap();
    assert_eq!(keys.release().await.unwrap(), 1, "only what is under way");
    let Begin::Execute(second) = keys.begin(&one).await.unwrap() else { panic!() };
    assert_eq!(second.result_id, first.result_id);
    assert_eq!(keys.begin(&other).await.unwrap(), Begin::Replay(answer));
    // An answer that asks to come again gives one key back.
    assert_eq!(code(keys.begin(&one).await), "request_in_progress");
    keys.give_back(*second).await.unwrap();
    let Begin::Execute(third) = keys.begin(&one).await.unwrap() else { panic!() };
    assert_eq!(third.result_id, first.result_id);
}

#[tokio::test]
async fn keys_expire_and_can_be_abandoned() {
    let world = world();
    let keys = keys(&world);
    let request = order("key-1", b"{}");
    let Begin::Execute(record) = keys.begin(&request).await.unwrap() else { panic!() };
    keys.abandon(&record).await.unwrap();
    let Begin::Execute(record) = keys.begin(&request).await.unwrap() else { panic!() };
    let answer = KeptAnswer { status: 201, headers: Vec::new(), body: String::new() };
    keys.complete(*record.clone(), answer, None).await.unwrap();
    world.clock.advance(Duration::from_hours(25));
    let Begin::Execute(again) = keys.begin(&order("key-1", b"other")).await.unwrap() else { panic!() };
    assert_ne!(again.result_id, record.result_id);
    world.clock.advance(Duration::from_hours(25));
    assert_eq!(keys.sweep().await.unwrap(), 1);
}

#[tokio::test]
async fn a_person_takes_the_answers_about_them_along() {
    let world = world();
    let keys = keys(&world);
    let answer = KeptAnswer { status: 201, headers: Vec::new(), body: "about a person".into() };
    let anonymous = KeyedRequest { actor: Actor::Anonymous, ..order("key-1", b"{}") };
    let by_other = KeyedRequest { actor: Actor::User(user_id(2)), ..order("key-2", b"{}") };
    let own = order("key-3", b"{}");
    for (request, about) in [(anonymous, Some(user_id(1))), (by_other, Some(user_id(1))), (own, None)] {
        let Begin::Execute(record) = keys.begin(&request).await.unwrap() else { panic!() };
        keys.complete(*record, answer.clone(), about).await.unwrap();
    }
    let others = order("key-4", b"{}");
    let others = KeyedRequest { actor: Actor::User(user_id(2)), ..others };
    let Begin::Execute(record) = keys.begin(&others).await.unwrap() else { panic!() };
    keys.complete(*record, answer.clone(), None).await.unwrap();
    let exported = keys.export(user_id(1)).await.unwrap();
    assert_eq!(exported.as_array().map(Vec::len), Some(3));
    assert!(!exported.to_string().contains("about a person"));

    let under_way = order("key-5", b"{}");
    let Begin::Execute(record) = keys.begin(&under_way).await.unwrap() else { panic!() };
    keys.erase(user_id(1)).await.unwrap();
    assert!(keys.complete(*record, answer.clone(), None).await.is_err(), "its key is gone, and so is the answer");
    for request in [anonymous, by_other, own, under_way] {
        assert!(matches!(keys.begin(&request).await, Ok(Begin::Execute(_))), "{request:?}");
    }
    assert_eq!(keys.begin(&others).await.unwrap(), Begin::Replay(answer));
    keys.erase(user_id(1)).await.unwrap();
}

#[tokio::test]
async fn malformed_keys_are_refused() {
    let keys = keys(&world());
    for bad in ["", "a b", "ключ", "a\u{0}", &"x".repeat(256)] {
        assert!(matches!(keys.begin(&order(bad, b"")).await, Err(Error::Invalid(_))), "{bad:?}");
    }
}

#[tokio::test]
async fn with_a_secret_a_fingerprint_tells_nothing_and_still_knows_its_body() {
    let world = world();
    let body = br#"{"email":"ann@example.org","password":"seven lanterns over the ford","name":"Ann"}"#;
    let plain = keys(&world);
    let Begin::Execute(plain) = plain.begin(&order("key-plain", body)).await.unwrap() else { panic!() };
    // A stand-in for HMAC: what matters here is that the store keeps what the secret makes of it.
    let secret = |marker: u8| -> KeyedHash {
        Arc::new(move |hash| {
            let mut keyed: [u8; 32] = hash.try_into().unwrap();
            for byte in &mut keyed {
                *byte = byte.rotate_left(3) ^ marker;
            }
            keyed
        })
    };
    let keyed = keys(&world).with_secret(secret(1));
    let Begin::Execute(first) = keyed.begin(&order("key-1", body)).await.unwrap() else { panic!() };
    assert_ne!(first.fingerprint, plain.fingerprint);
    assert_eq!(first.fingerprint.len(), 64);
    assert_eq!(code(keyed.begin(&order("key-1", body)).await), "request_in_progress");
    assert_eq!(code(keyed.begin(&order("key-1", b"{}")).await), "idempotency_key_reused");
    let other = keys(&world).with_secret(secret(2));
    let Begin::Execute(second) = other.begin(&order("key-2", body)).await.unwrap() else { panic!() };
    assert_ne!(second.fingerprint, first.fingerprint);
}
