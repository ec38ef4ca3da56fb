//! The built program as somebody types it: arguments in, lines and exit codes out.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod configuration;
#[cfg(feature = "demo")]
mod demo;
mod offline;
mod running;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program, without the settings of whoever runs the tests.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entra-signins"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ENTRA_SIGNINS")) {
        command.env_remove(name);
    }
    command
}

/// What a run of the program gave.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs it in this directory with these arguments and nothing on standard input.
fn run_in(directory: &Path, args: &[&str]) -> Ran {
    program().args(args).current_dir(directory).stdin(Stdio::null()).output().unwrap().into()
}

/// Runs it with these arguments.
fn run(args: &[&str]) -> Ran {
    run_in(Path::new("."), args)
}

/// Runs it with this on standard input.
fn run_with_input(args: &[&str], input: &str) -> Ran {
    let piped = || Stdio::piped();
    let mut child = program().args(args).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap().into()
}
