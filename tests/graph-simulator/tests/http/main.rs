//! The simulator over real HTTP, as a client meets it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod control;
mod faults;
mod identity;
mod interactive;
mod lateness;
mod listing;
mod program;
mod support;
