//! The migrated tables are those that the entities want.

use driveever_core::{
    ai, analytics,
    entity::{Entity as _, Schema},
    event::ParkedMessage,
    idempotency, notification, order, prompt, user, vehicle,
};
use driveever_sqlite::{SqliteConfig, SqliteStore};

/// Every entity of every context. A new context belongs here; the test below says what its migration lacks.
fn schemas() -> Vec<&'static Schema> {
    let contexts = [
        &[ParkedMessage::SCHEMA],
        prompt::SCHEMAS,
        ai::SCHEMAS,
        vehicle::SCHEMAS,
        user::SCHEMAS,
        order::SCHEMAS,
        notification::SCHEMAS,
        analytics::SCHEMAS,
        idempotency::SCHEMAS,
    ];
    contexts.concat()
}

#[tokio::test]
async fn migrations_make_what_the_entities_want() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteConfig::at(folder.path().join("driveever.db"))).await.unwrap();
    let missing = store.missing_ddl(&schemas()).await.unwrap();
    store.close().await;
    assert!(missing.is_empty(), "the migrations lack:\n\n{};\n", missing.join(";\n\n"));
}
