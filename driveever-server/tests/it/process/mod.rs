//! The server as a process of its own: the real binary on a real file, started, killed and started again.

mod crash;
mod keys;
mod load;
mod models;
mod mortal;
mod start;
mod stop;
mod support;
mod truth;
