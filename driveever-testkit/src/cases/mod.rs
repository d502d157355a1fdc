//! The cases: what every store has to do, one function each, over an empty store.

pub mod changes;
pub mod entities;
pub mod events;
pub mod pages;
pub mod queries;
pub mod reads;
pub mod values;

use std::fmt::Debug;

use driveever_core::error::StoreError;

/// Runs a future for each number side by side, each on a thread of its own, and gives their results.
pub(crate) fn side_by_side<T: Send, F: Future<Output = T>>(threads: u64, work: impl Fn(u64) -> F + Sync) -> Vec<T> {
    let runtime = tokio::runtime::Handle::current();
    let start = std::sync::Barrier::new(usize::try_from(threads).unwrap());
    let run = |number| {
        start.wait();
        runtime.block_on(work(number))
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|number| {
                scope.spawn({
                    let run = &run;
                    move || run(number)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// A duplicate of these columns.
#[track_caller]
pub(crate) fn assert_duplicate<T: Debug>(result: Result<T, StoreError>, kind: &str, columns: &str) {
    match result {
        Err(StoreError::Duplicate { kind: of, columns: found }) if of == kind && found == columns => {}
        other => panic!("expected a duplicate {kind} by {columns}, got {other:?}"),
    }
}

/// An update from another revision, or of a row in another state.
#[track_caller]
pub(crate) fn assert_stale<T: Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Stale { kind: "sample", .. })), "expected stale, got {result:?}");
}

/// An update of a row that is not there.
#[track_caller]
pub(crate) fn assert_missing<T: Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Missing { kind: "sample", .. })), "expected missing, got {result:?}");
}

/// A value that no store keeps.
#[track_caller]
pub(crate) fn assert_unstorable<T: Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Unstorable { .. })), "expected unstorable, got {result:?}");
}
