//! Projections of events.
