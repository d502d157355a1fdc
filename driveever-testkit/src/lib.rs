//! One conformance suite for every adapter of every DriveEver port, with fixtures and strategies.
