//! Orders, payments and the advice saga.
