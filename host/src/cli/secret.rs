//! Asking for a secret: on a terminal without showing it, else the first line of standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use collector::sensitive::SensitiveString;

use super::exit::{CommandError, Exit};

/// Nobody has a longer one.
const LONGEST: u64 = 64 * 1024;

/// Asks for that of an app registration.
pub(crate) fn ask_for_client_secret() -> Result<SensitiveString, CommandError> {
    ask("Client secret: ")
}

/// Asks for it.
pub(crate) fn ask(prompt: &str) -> Result<SensitiveString, CommandError> {
    let read = if io::stdin().is_terminal() { rpassword::prompt_password(prompt) } else { first_line() };
    let secret =
        read.map_err(|error| CommandError::new(Exit::NoInput, format!("standard input: {error}")))?;
    Ok(SensitiveString::from(secret.trim_end_matches(['\r', '\n']).to_owned()))
}

fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    Ok(line)
}
