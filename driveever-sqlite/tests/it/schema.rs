//! The migrated tables are those that the entities want.

use driveever_sqlite::{SqliteConfig, SqliteStore};
use driveever_testkit::entities::SCHEMAS;

#[tokio::test]
async fn migrations_make_what_the_entities_want() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteConfig::at(folder.path().join("driveever.db"))).await.unwrap();
    let missing = store.missing_ddl(SCHEMAS).await.unwrap();
    store.close().await;
    assert!(missing.is_empty(), "the migrations lack:\n\n{};\n", missing.join(";\n\n"));
}
