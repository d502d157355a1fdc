//! The whole service on real cryptography.

use std::sync::Arc;

use driveever_auth::KeyEncryptionKey;
use driveever_core::{
    Error, RequestContext,
    query::Query,
    repository::Repository,
    user::{AuthService, Credential, SigningKey},
};
use driveever_memory::MemoryStore;
use secrecy::ExposeSecret as _;

use crate::support::{PASSWORD, service, service_over};

#[tokio::test]
async fn a_session_lives_over_real_cryptography_and_nothing_is_stored_in_clear() {
    let service = service();
    service.register().await;
    let pair = service.login().await;
    let next = service.users.refresh(&RequestContext::anonymous("r"), &pair.refresh_token).await.unwrap();
    service.authenticator().authenticate(next.access_token.expose_secret()).await.unwrap();
    let credentials: Vec<Credential> = service.store.find(&Query::everything()).await.unwrap();
    assert!(credentials[0].password_hash.expose().starts_with("$argon2id$"));
    let keys: Vec<SigningKey> = service.store.find(&Query::everything()).await.unwrap();
    let shown = format!("{credentials:?} {keys:?} {pair:?}");
    let secrets = [
        PASSWORD,
        credentials[0].password_hash.expose(),
        keys[0].private_key.expose(),
        pair.access_token.expose_secret(),
        pair.refresh_token.expose_secret(),
    ];
    assert!(secrets.iter().all(|secret| !shown.contains(secret)));
    assert_eq!(pair.refresh_token.expose_secret().len(), 43);
}

#[tokio::test]
async fn keys_outlive_the_process_and_another_sealing_key_says_so() {
    let store = Arc::new(MemoryStore::new());
    let first = service_over(store.clone(), KeyEncryptionKey::new([3; 32]));
    first.register().await;
    let pair = first.login().await;
    let restarted = service_over(store.clone(), KeyEncryptionKey::new([3; 32]));
    restarted.authenticator().authenticate(pair.access_token.expose_secret()).await.unwrap();
    restarted.login().await;

    let strange = service_over(store, KeyEncryptionKey::new([4; 32]));
    strange.authenticator().authenticate(pair.access_token.expose_secret()).await.unwrap();
    let refused = strange.users.refresh(&RequestContext::anonymous("r"), &pair.refresh_token).await;
    assert!(matches!(refused, Err(Error::Internal(detail)) if detail.contains("key-encryption key")));
    // Nothing was used up by the failure.
    restarted.users.refresh(&RequestContext::anonymous("r"), &pair.refresh_token).await.unwrap();
}
