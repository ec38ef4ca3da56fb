//! The host of the sign-in source: configuration, topology, journal, sinks, status and commands.

pub mod config;
pub mod encoding;
pub mod sinks;

/// Runs the program with the process's arguments and answers its exit status.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
