//! The product as a user meets it: the built program against a simulated Microsoft and real receivers.
//!
//! One folder of scenarios, one program for all of them: linking is the slow part.

#![allow(unreachable_pub, reason = "a test program has no callers")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "helpers of tests fail as tests do"
)]

mod backups;
mod bad_receiver;
mod clock_jumps;
mod completeness;
mod connectors;
mod disk_full;
mod examples;
mod faults;
mod kills;
mod lateness;
mod lost_state;
mod many_tenants;
mod matrix;
mod reconcile;
mod reload;
mod rsyslog;
mod secrets;
mod simulator;
mod status;
mod support;
mod unreadable;
mod validate;
