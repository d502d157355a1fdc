//! Export and erasure across contexts.

use std::sync::{Arc, atomic::Ordering};

use driveever_core::{
    RequestContext, Role,
    entity::Revision,
    query::{Deleted, Query},
    repository::Repository,
    user::{Credential, ErasureState, PersonalData, Privacy, PrivacyService, RefreshToken, Session, User, UserService},
};
use secrecy::ExposeSecret as _;

use super::support::{Diary, PASSWORD, Service, code, service};

struct Office {
    service: Service,
    diaries: Vec<Arc<Diary>>,
    privacy: Privacy,
    ann: User,
}

async fn office() -> Office {
    let service = service();
    let ann = service.register("ann@example.org").await;
    let diaries = vec![Diary::new("vehicle"), Diary::new("order"), Diary::new("ai")];
    for diary in &diaries {
        diary.kept.lock().unwrap().insert(ann.id);
    }
    let contexts = diaries.iter().map(|diary| diary.clone() as Arc<dyn PersonalData>).collect();
    let privacy = Privacy::new(service.users.clone(), contexts);
    Office { service, diaries, privacy, ann }
}

impl Office {
    fn by_ann(&self) -> RequestContext {
        RequestContext::user(self.ann.id, "request-5")
    }

    /// Nothing about Ann is left anywhere, and the events name nobody.
    async fn assert_gone(&self) {
        let store = &self.service.world.store;
        let users: Vec<User> = store.find(&Query::everything().deleted(Deleted::Included)).await.unwrap();
        assert_eq!(users.len(), 1);
        assert_eq!((users[0].email.clone(), users[0].name.as_str()), (format!("erased:{}", self.ann.id), ""));
        assert!(users[0].deleted_at.is_some());
        let credentials: Vec<Credential> = store.find(&Query::everything().deleted(Deleted::Included)).await.unwrap();
        let sessions: Vec<Session> = store.find(&Query::everything().deleted(Deleted::Included)).await.unwrap();
        let tokens: Vec<RefreshToken> = store.find(&Query::everything().deleted(Deleted::Included)).await.unwrap();
        assert!(credentials.is_empty() && sessions.is_empty() && tokens.is_empty());
        assert!(self.diaries.iter().all(|diary| diary.kept.lock().unwrap().is_empty()));
        let events = format!("{:?}", self.service.events().await);
        assert!(!events.contains("example.org") && !events.contains("\"Ann"));
        assert_eq!(self.service.event_types().await.iter().filter(|kind| *kind == "user.erased").count(), 1);
    }
}

#[tokio::test]
async fn an_export_has_every_context_and_no_secret() {
    let office = office().await;
    let pair = office.service.login("ann@example.org").await;
    let export = office.privacy.export(&office.by_ann(), office.ann.id).await.unwrap();
    assert_eq!(export["data"]["vehicle"]["kept"], true);
    assert_eq!(export["data"]["user"]["email"], "ann@example.org");
    assert_eq!(export["data"]["user"]["sessions"][0]["client"], "Browser");
    let text = export.to_string();
    let store = &office.service.world.store;
    let credential: Credential = store.get(office.ann.id.cast()).await.unwrap().unwrap();
    let tokens: Vec<RefreshToken> = store.find(&Query::everything()).await.unwrap();
    let hidden =
        [credential.password_hash.expose(), tokens[0].hash.expose(), pair.refresh_token.expose_secret(), PASSWORD];
    assert!(hidden.iter().all(|secret| !text.contains(secret)));

    let stranger = RequestContext::user(driveever_core::id::Id::new(uuid::Uuid::from_u128(5)), "r");
    assert_eq!(code(office.privacy.export(&stranger, office.ann.id).await), "not_found");
    let admin = stranger.with_roles([Role::Admin]);
    office.privacy.export(&admin, office.ann.id).await.unwrap();
}

#[tokio::test]
async fn an_erasure_leaves_nothing_anywhere() {
    let office = office().await;
    let pair = office.service.login("ann@example.org").await;
    assert_eq!(code(office.privacy.erase(&office.by_ann(), office.ann.id, Revision::new(7)).await), "stale");
    let state = office.privacy.erase(&office.by_ann(), office.ann.id, Some(office.ann.revision)).await.unwrap();
    assert_eq!(state, ErasureState::Done);
    office.assert_gone().await;
    assert!(!office.service.lets_in(&pair).await);
    assert_eq!(code(office.service.refresh(&pair).await), "invalid_refresh_token");
    let login = office.service.try_login("ann@example.org", PASSWORD, "192.0.2.1").await;
    assert_eq!(code(login), "invalid_credentials");
    assert_eq!(code(office.service.users.user(&office.by_ann(), office.ann.id).await), "not_found");
    assert_eq!(code(office.privacy.export(&office.by_ann(), office.ann.id).await), "not_found");
    // Asked for again, it is done; and the address is free.
    assert_eq!(office.privacy.erase(&office.by_ann(), office.ann.id, None).await.unwrap(), ErasureState::Done);
    office.service.register("ann@example.org").await;
}

#[tokio::test]
async fn an_erasure_that_failed_anywhere_is_taken_up_again_there() {
    for failing in 0..3 {
        let office = office().await;
        office.service.login("ann@example.org").await;
        office.diaries[failing].failures.store(2, Ordering::Relaxed);
        let state = office.privacy.erase(&office.by_ann(), office.ann.id, None).await.unwrap();
        assert_eq!(state, ErasureState::Erasing);
        let erasure = office.privacy.erasure(office.ann.id).await.unwrap().unwrap();
        assert_eq!((erasure.failing.as_deref(), erasure.done.len()), (Some(office.diaries[failing].name), failing));
        // Closed from the first moment.
        let login = office.service.try_login("ann@example.org", PASSWORD, "192.0.2.1").await;
        assert_eq!(code(login), "invalid_credentials");

        assert_eq!(office.privacy.recover_erasures().await.unwrap(), 1);
        assert_eq!(office.privacy.recover_erasures().await.unwrap(), 0);
        office.assert_gone().await;
        let runs: Vec<u32> = office.diaries.iter().map(|diary| diary.erasures.load(Ordering::Relaxed)).collect();
        let expected: Vec<u32> = (0..3).map(|place| if place == failing { 3 } else { 1 }).collect();
        assert_eq!(runs, expected, "contexts that are done are not asked again");
        assert_eq!(office.privacy.recover_erasures().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn two_erasures_side_by_side_erase_once() {
    let office = office().await;
    let request = office.by_ann();
    let (one, two) = tokio::join!(
        office.privacy.erase(&request, office.ann.id, None),
        office.privacy.erase(&request, office.ann.id, None)
    );
    one.unwrap();
    two.unwrap();
    office.privacy.recover_erasures().await.unwrap();
    office.assert_gone().await;
}

#[tokio::test]
async fn the_last_admin_cannot_leave_and_nobody_erases_another() {
    let office = office().await;
    let admin = office.service.users.ensure_admin("admin@example.org", None).await.unwrap().unwrap().user;
    let by_admin = RequestContext::user(admin.id, "r").with_roles([Role::Admin]);
    assert_eq!(code(office.privacy.erase(&by_admin, admin.id, None).await), "last_admin");
    assert_eq!(code(office.privacy.erase(&office.by_ann(), admin.id, None).await), "not_found");
    assert_eq!(office.privacy.recover_erasures().await.unwrap(), 0);
}
