//! The store keeps every rule of the conformance suite.

use driveever_memory::MemoryStore;

#[expect(clippy::unused_async, reason = "the suite awaits what opens a store")]
async fn open() -> Box<MemoryStore> {
    Box::new(MemoryStore::new())
}

driveever_testkit::conformance!(open);
