//! The server as a process of its own: the real binary on a real file, started, killed and started again.

mod commands;
mod crash;
mod erasure;
mod keys;
mod load;
mod models;
mod mortal;
mod registers;
mod start;
mod stop;
mod support;
mod truth;
