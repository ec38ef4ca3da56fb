//! The commands: one file each.
//!
//! Events and answers go to standard output and nothing else does; logs, progress and errors go to standard error.

mod allocator;
mod checks;
mod config_files;
mod connectors;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod exit;
mod fields;
mod generate;
mod hash_password;
mod map;
mod output;
mod reconcile;
mod registry;
mod run;
mod running;
mod secret;
mod status;
mod validate;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::telemetry::{LogFormat, LogOptions, init_logs};
use exit::{CommandError, Exit};
use output::say;

/// Collects sign-ins of Microsoft Entra ID and sends them on as Cato Application Sign-in events.
///
/// `demo` shows what comes out, `generate` writes a configuration to fill in, `validate` checks it, `run` runs it, and
/// `status` tells how it goes.
#[derive(Debug, Parser)]
#[command(
    name = "entra-signins",
    version,
    max_term_width = 100,
    propagate_version = true,
    after_help = exit::help(),
)]
struct Cli {
    #[command(flatten)]
    logs: LogArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Logs, on standard error")]
struct LogArgs {
    /// How lines are written: text, or json with one object a line.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        env = "ENTRA_SIGNINS_LOG_FORMAT"
    )]
    log_format: LogFormat,
    /// Log more; -vv for still more. ENTRA_SIGNINS_LOG=debug does the same, or for one module, as in
    /// ENTRA_SIGNINS_LOG=warn,entra_signins=trace.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Log less: -q warnings and errors, -qq errors, -qqq nothing.
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose")]
    quiet: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Collect and deliver what is configured, until SIGINT or SIGTERM.
    ///
    /// SIGHUP or a changed configuration file is read at once; what did not change goes on untouched. A stop finishes
    /// the requests in flight; a second signal quits at once. Nothing acknowledged is lost either way.
    Run(run::RunArgs),
    /// Check a configuration, then whether it works here, and say what is wrong and where.
    ///
    /// Reads the files, tries whether the data directory can be written, gets a token of each tenant and reads one
    /// sign-in of each kind, and reaches the receivers without sending them anything. Exit code 0: all of it works.
    /// 1: something does not. 78: the configuration is wrong. Beside a running program it leaves Microsoft alone.
    Validate(validate::ValidateArgs),
    /// Show how the running program's connectors, sinks and journal stand.
    ///
    /// Exit code 0: all is well. 1: a connector is not connected, a source does not run, a sink has stopped, needs
    /// somebody to look or has failed for a minute, the journal is full or fails, or changed configuration files
    /// cannot be used. 69: no program answers.
    Status(status::StatusArgs),
    /// Make, show and remove connectors, whether the program runs or not.
    ///
    /// Those that are made stand in connectors.d below the data directory, a file each; their secrets are kept encrypted. A running program
    /// reads them within seconds.
    Connectors(connectors::ConnectorsArgs),
    /// Look whether all is well: token, permissions, licence, clock, request budget, each kind of sign-in, sinks.
    ///
    /// Asks through the running program, within Microsoft's limits. Exit code 0: all is well. 1: something is not, with what to do
    /// about it. `validate` does the like before anything runs.
    Doctor(doctor::DoctorArgs),
    /// Compare what Microsoft shows now with what was delivered, hour by hour, through the running program.
    ///
    /// Reads the ids of every sign-in again, within Microsoft's limits and after live reads. Exit code 0: nothing is missing. 1:
    /// Microsoft shows a sign-in that was never delivered; --repair fetches it. 75: some hours could not be compared.
    Reconcile(reconcile::ReconcileArgs),
    /// Turn sign-in records of files into events, one JSON object a line, without any network.
    ///
    /// What is no sign-in is told on standard error with its place, the rest comes out all the same, and the exit code
    /// is 65.
    Map(map::MapArgs),
    /// List every field of an event: type, meaning, where it comes from.
    Fields(fields::FieldsArgs),
    /// Try everything against a simulated Microsoft in this program, without any configuration.
    ///
    /// Events come out on standard output; the console is served as usual. Nothing is kept.
    #[cfg(feature = "demo")]
    Demo(demo::DemoArgs),
    /// Write a commented configuration with every option on standard output.
    Generate(generate::GenerateArgs),
    /// Make the hash of a password for api.password_hash, which opens the console.
    ///
    /// Asks for the password on a terminal, without showing it, and else reads the first line of standard input.
    HashPassword(hash_password::HashPasswordArgs),
}

impl Command {
    fn execute(self) -> Result<ExitCode, CommandError> {
        match self {
            Self::Run(args) => {
                allocator::bound_pools();
                args.execute()
            }
            Self::Validate(args) => args.execute(),
            Self::Status(args) => args.execute(),
            Self::Connectors(args) => args.execute(),
            Self::Doctor(args) => args.execute(),
            Self::Reconcile(args) => args.execute(),
            #[cfg(feature = "demo")]
            Self::Demo(args) => args.execute(),
            Self::Map(args) => args.execute(),
            Self::Fields(args) => args.execute(),
            Self::Generate(args) => args.execute(),
            Self::HashPassword(args) => args.execute(),
        }
    }
}

impl LogArgs {
    fn options(self) -> LogOptions {
        LogOptions { format: self.log_format, verbosity: i16::from(self.verbose) - i16::from(self.quiet) }
    }
}

/// Reads a configuration as every command does, without an environment.
#[cfg(test)]
pub(crate) fn load_for_tests(
    files: &[std::path::PathBuf],
    candidate: Option<&crate::config::connectors::Candidate>,
) -> Result<crate::config::HostConfig, collector::settings::Problems> {
    registry::load_with(files, &|_| None, candidate)
}

/// The same, again.
#[cfg(test)]
pub(crate) fn load_again_for_tests(
    files: &[std::path::PathBuf],
    before: &crate::config::connectors::Made,
) -> Result<crate::config::HostConfig, collector::settings::Problems> {
    registry::load_again(files, &|_| None, before)
}

/// Runs the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _nobody_to_tell = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    if let Err(error) = init_logs(cli.logs.options()) {
        say(error);
    }
    cli.command.execute().unwrap_or_else(|error| {
        let message = error.to_string();
        if !message.is_empty() {
            say(message);
        }
        error.code()
    })
}
