//! The store keeps every rule of the conformance suite.

use driveever_memory::MemoryStore;

async fn open() -> Box<MemoryStore> {
    Box::new(MemoryStore::new())
}

driveever_testkit::conformance!(open);
