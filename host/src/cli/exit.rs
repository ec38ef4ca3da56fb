//! How a command ends: exit codes of `sysexits.h`, and errors that carry one.

use std::fmt;
use std::io;
use std::process::ExitCode;

use collector::settings::Problems;

/// Why the program ends, as a number that scripts can read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Exit {
    Found = 1,
    Usage = 64,
    Data = 65,
    NoInput = 66,
    Unavailable = 69,
    Internal = 70,
    CannotCreate = 73,
    Io = 74,
    Temporary = 75,
    Config = 78,
}

/// Every exit code but 0 and those of signals, with its meaning: for `--help` and the README.
pub(super) const MEANINGS: [(Exit, &str); 10] = [
    (Exit::Found, "`status`, `validate` or `reconcile` found something that is not as it should be"),
    (Exit::Usage, "wrong arguments"),
    (Exit::Data, "input of `map` that is no sign-in"),
    (Exit::NoInput, "an input file that cannot be read"),
    (Exit::Unavailable, "nothing answers: no program runs, or the address of `api` is taken"),
    (Exit::Internal, "a mistake of the program; please report it"),
    (Exit::CannotCreate, "a file or directory cannot be made"),
    (Exit::Io, "reading or writing failed: a disk, the journal, standard output"),
    (
        Exit::Temporary,
        "not now: another process holds the data directory, a stop took too long and was cut short, or `reconcile` could not compare all",
    ),
    (Exit::Config, "a wrong configuration, or none"),
];

/// The exit codes as they stand below `--help`.
pub(super) fn help() -> String {
    let line =
        |(exit, meaning): &(Exit, &str)| format!("  {:>3}  {}\n", *exit as u8, meaning.replace('`', ""));
    let lines: String = MEANINGS.iter().map(line).collect();
    format!(
        "Exit codes:\n    0  it worked; a program that was asked to stop has stopped\n{lines}  \
         130, 143  a second SIGINT or SIGTERM: quit at once"
    )
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
