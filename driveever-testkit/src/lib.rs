//! One conformance suite for every adapter of every DriveEver port, with fixtures and strategies.
//!
//! An adapter runs all of it with one line, [`conformance!`], and a function that opens an empty store; every case gets
//! its own. The cases are plain functions in [`cases`], so that a failure names a line and a case can be called by itself.
//! [`run_conformance!`] runs them outside a test.
//!
//! The store must have the tables of the [`sample`] context besides DriveEver's own, and keep its event log.
//!
//! # What an adapter writes
//!
//! Three traits of `driveever-core`, each once and generically over contexts and entities:
//! [`ContextStore`](driveever_core::repository::ContextStore) (three methods: apply changes all or not at all, answer
//! several queries at once, and say which messages were handled),
//! [`Repository`](driveever_core::repository::Repository) (three: get, find, count) and
//! [`EventLog`](driveever_core::event::EventLog) (the outbox). [`Query::wants`](driveever_core::query::Query::wants)
//! is the meaning of a query, for adapters that have no query language of their own. `examples/own_adapter.rs` in the
//! repository is one in 400 lines, over an ordered map.
//!
//! # To go on
//!
//! To add a case: write the function and name it in the list of cases in this file. To add an entity: name it in the
//! list in [`cases::entities`].

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a case fails by panicking"
)]

pub mod cases;
pub mod sample;
pub mod strategy;

pub use cases::entities;
pub use sample::{Note, Sample, SampleContext, SampleStore};

/// Runs a case on a runtime of its own.
pub fn run<T>(case: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(case)
}

/// Names every case as a test over the stores that `$open` makes: an async function without arguments that gives an
/// empty store, or something that dereferences to one.
///
/// ```
/// use driveever_memory::MemoryStore;
///
/// async fn open() -> Box<MemoryStore> {
///     Box::default()
/// }
///
/// driveever_testkit::conformance!(open);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    ($open:path) => {
        $crate::__cases!(__as_tests $open);
    };
}

/// Runs every case, one after the other, over the stores that `$open` makes (see [`conformance!`]), and gives their names
/// as they pass to `$passed`; a case that fails panics. For programs that are no tests.
///
/// ```
/// # use driveever_memory::MemoryStore;
/// # async fn open() -> Box<MemoryStore> {
/// #     Box::default()
/// # }
/// let mut passed = 0;
/// driveever_testkit::run_conformance!(open, |_case: &str| passed += 1);
/// assert!(passed > 40);
/// ```
#[macro_export]
macro_rules! run_conformance {
    ($open:path, $passed:expr) => {{
        let mut passed = $passed;
        $crate::__cases!(__as_calls $open, passed);
    }};
}

/// The list of all cases, handed to the macro `$make`.
#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    ($make:ident $($with:tt)+) => {
        $crate::$make! {
            [$($with)+]
            changes: round_trip works_behind_dyn absent nothing duplicates nulls_are_not_unique unique_values_are_passed_on
                stale_revision missing soft_delete_and_restore delete_twice all_or_nothing one_row_several_times
                handled_once one_update_wins one_insert_wins no_update_is_lost a_large_commit by_filter;
            values: texts long_texts nul_is_refused times days numbers json;
            queries: any_filter any_query nulls_and_negation empty_filters large_filters lists search
                search_follows_changes append_only limits_and_offsets counts handled_among_many;
            reads: any_reads what_belongs_together nothing_and_much;
            pages: walks_over_ties empty_and_full_pages walks_while_rows_come_and_go foreign_cursors streams;
            events: events_round_trip event_ids_are_unique claims_are_exclusive_until_the_lease_ends
                publishing_is_idempotent postponed_events_wait released_events_come_at_once order_of_each_aggregate
                workers_side_by_side replay
                reading_the_log leases_to_the_microsecond;
            entities: every_entity_is_kept;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __as_tests {
    ([$open:path] $($module:ident: $($case:ident)+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::run(async {
                    let store = $open().await;
                    $crate::cases::$module::$case(&*store).await;
                });
            }
        )+)+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __as_calls {
    ([$open:path, $passed:ident] $($module:ident: $($case:ident)+;)+) => {
        $($(
            $crate::run(async {
                let store = $open().await;
                $crate::cases::$module::$case(&*store).await;
            });
            $passed(stringify!($case));
        )+)+
    };
}
