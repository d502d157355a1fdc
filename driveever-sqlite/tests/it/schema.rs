//! The migrated tables are those that the entities want.

use driveever_core::{
    ai::AiResponse,
    entity::{Entity as _, Schema},
    event::ParkedMessage,
    prompt::{Exposure, Prompt, PromptVersion},
    user::User,
    vehicle::Vehicle,
};
use driveever_sqlite::{SqliteConfig, SqliteStore};

/// Every entity of every context. A new entity belongs here; the test below says what its migration lacks.
pub(crate) const SCHEMAS: &[&Schema] = &[
    ParkedMessage::SCHEMA,
    Prompt::SCHEMA,
    PromptVersion::SCHEMA,
    Exposure::SCHEMA,
    AiResponse::SCHEMA,
    Vehicle::SCHEMA,
    User::SCHEMA,
];

#[tokio::test]
async fn migrations_make_what_the_entities_want() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteConfig::at(folder.path().join("driveever.db"))).await.unwrap();
    let missing = store.missing_ddl(SCHEMAS).await.unwrap();
    store.close().await;
    assert!(missing.is_empty(), "the migrations lack:\n\n{};\n", missing.join(";\n\n"));
}
