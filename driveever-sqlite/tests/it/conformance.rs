//! The store keeps every rule of the conformance suite.

use crate::support::open;

driveever_testkit::conformance!(open);
