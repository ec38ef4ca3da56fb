//! The host of the sign-in source: configuration, topology, journal, sinks, status and commands.
//!
//! Floors, top to bottom, with no arrow back up: [`cli`], [`topology`], [`console`], [`connectors`], [`api`], [`access`], [`activity`], [`sinks`], and on the ground
//! [`journal`], [`encoding`], [`config`], [`secrets`], [`telemetry`], `counts` and `printable`.

pub mod access;
pub mod activity;
pub mod api;
pub mod cli;
pub mod config;
pub mod connectors;
pub mod console;
mod counts;
pub mod encoding;
pub mod journal;
mod printable;
mod private;
pub mod secrets;
pub mod sinks;
pub mod telemetry;
pub mod topology;

/// Runs the program with the process's arguments and answers its exit status.
pub fn main() -> std::process::ExitCode {
    cli::main()
}
