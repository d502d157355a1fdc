//! The store as a whole: the conformance suite, its tables, plans, faults and files.

mod conformance;
mod faults;
mod schema;
mod support;
