//! How a command ends: exit codes of `sysexits.h`, and errors that carry one.

use std::fmt;
use std::io;
use std::process::ExitCode;

use collector::settings::Problems;

/// Why the program ends, as a number that scripts can read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// It worked and found something wrong: a connector that is not connected, a receiver out of reach.
    Found = 1,
    /// Wrong arguments.
    Usage = 64,
    /// Input that cannot be understood.
    Data = 65,
    /// A file that is not there.
    NoInput = 66,
    /// Nothing answers.
    Unavailable = 69,
    /// A mistake of the program.
    Internal = 70,
    /// A file or directory cannot be made.
    CannotCreate = 73,
    /// Reading or writing failed.
    Io = 74,
    /// It works another time.
    Temporary = 75,
    /// A wrong configuration.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed: what it says on standard error, and its exit code.
#[derive(Debug)]
pub(crate) struct CommandError {
    code: ExitCode,
    message: Option<String>,
}

impl CommandError {
    /// Ends with this code, saying this.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { code: exit.into(), message: Some(message.into()) }
    }

    /// Standard output cannot be written. A reader that has seen enough is no error.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { code: ExitCode::SUCCESS, message: None },
            _ => Self::new(Exit::Io, format!("standard output cannot be written: {error}")),
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        self.code
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_deref().unwrap_or_default())
    }
}

impl From<Problems> for CommandError {
    fn from(problems: Problems) -> Self {
        Self::new(Exit::Config, problems.to_string())
    }
}
