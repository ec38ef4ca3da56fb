//! `connectors`: making, showing, editing and removing connectors, whether the program runs or not, and having them authorized.

mod add;
mod authorize;
mod edit;
mod settings;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use collector::sensitive::SensitiveString;

use super::config_files::ConfigArgs;
use super::exit::{CommandError, Exit};
use super::output::{print, print_json, say, table};
use super::{registry, secret};
use crate::config::connectors::{Candidate, Places};
use crate::config::process_environment;
use crate::connectors::{ConnectorError, Connectors, Entry};
use crate::printable::line;

#[derive(Args, Debug)]
pub(crate) struct ConnectorsArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    OfFiles(OfFiles),
    /// Have a connector authorized, by the running program: with a code to sign in with, in a browser anywhere.
    ///
    /// Where it takes a browser that comes back, it is said where to press Authorize. Exit code 1: it was not authorized, or not for all
    /// that it needs.
    Authorize(authorize::AuthorizeArgs),
}

/// What is done in configuration files, whether the program runs or not.
#[derive(Debug, Subcommand)]
enum OfFiles {
    /// List all connectors: those of the configuration files and those made by command or in the console.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one connector and the file that it stands in.
    Show {
        /// Its name.
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a connector.
    #[command(subcommand)]
    Add(Box<add::Add>),
    /// Change settings of a connector that was made by command or in the console; an empty text takes one away.
    ///
    /// Its name and what it is for stay. Where tenant, app, an endpoint or the strategy change, the client secret that is stored is cleared and
    /// the new one asked for. Comments in its file are not kept.
    Edit(Box<edit::EditArgs>),
    /// Give a Microsoft 365 connector another client secret, which is asked for.
    Secret {
        /// Its name.
        name: String,
    },
    /// Remove a connector that was made by command or in the console. What was read for it stays read.
    Remove {
        /// Its name.
        name: String,
    },
}

impl ConnectorsArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        match self.command {
            Command::OfFiles(command) => command.execute(&self.config),
            Command::Authorize(args) => args.execute(&self.config),
        }
    }
}

impl OfFiles {
    fn execute(self, config: &ConfigArgs) -> Result<ExitCode, CommandError> {
        let (files, config) = config.load()?;
        let load =
            move |candidate: Option<&Candidate>| registry::load_with(&files, &process_environment, candidate);
        let connectors = Connectors::new(Places::of_config(&config), load);
        match self {
            Self::List { json } => {
                let entries = connectors.list().map_err(|error| failed(&error))?;
                if json { print_json(&entries)? } else { print_lines(&entries)? }
            }
            Self::Show { name, json } => {
                show(&connectors.list().map_err(|error| failed(&error))?, &name, json)?;
            }
            Self::Add(add) => add.execute(&connectors)?,
            Self::Edit(edit) => edit.execute(&connectors)?,
            Self::Secret { name } => {
                connectors
                    .set_secret(&name, None, &secret::ask_for_client_secret()?)
                    .map_err(|error| failed(&error))?;
                say(format_args!("{name}: the secret is kept; a running program uses it within seconds."));
            }
            Self::Remove { name } => {
                let file = connectors.remove(&name, None).map_err(|error| failed(&error))?;
                say(format_args!("{name}: {} is gone; what was read for it stays read.", file.display()));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Does it, with the secret that is at hand, and else with one that is asked for once it is known to be needed.
fn with_secret<T>(
    secret: Option<&SensitiveString>,
    change: impl Fn(Option<&SensitiveString>) -> Result<T, ConnectorError>,
) -> Result<Result<T, ConnectorError>, CommandError> {
    match change(secret) {
        Err(ConnectorError::SecretNeeded(_)) => Ok(change(Some(&secret::ask_for_client_secret()?))),
        done => Ok(done),
    }
}

fn failed(error: &ConnectorError) -> CommandError {
    let exit = match error {
        ConnectorError::Unknown(_)
        | ConnectorError::Exists { .. }
        | ConnectorError::Name(_)
        | ConnectorError::Source(_)
        | ConnectorError::ByHand { .. }
        | ConnectorError::Children { .. }
        | ConnectorError::NoSecret(_)
        | ConnectorError::SecretNeeded(_)
        | ConnectorError::Blank
        | ConnectorError::Foreign { .. } => Exit::Usage,
        ConnectorError::Wrong(_) | ConnectorError::NotRead(_) => Exit::Config,
        ConnectorError::Secrets(_) | ConnectorError::Io { .. } => Exit::Io,
    };
    CommandError::new(exit, error.to_string())
}

fn show(entries: &[Entry], name: &str, json: bool) -> Result<(), CommandError> {
    let entries: Vec<_> = entries.iter().filter(|entry| entry.name == name).cloned().collect();
    if entries.is_empty() {
        return Err(failed(&ConnectorError::Unknown(name.to_owned())));
    }
    if json { print_json(&entries) } else { print_lines(&entries) }
}

/// Prints them, and what is wrong with some.
fn print_lines(entries: &[Entry]) -> Result<(), CommandError> {
    print(&in_lines(entries))?;
    for entry in entries {
        if let Some(problem) = &entry.problem {
            say(format_args!("{}: {problem}", line(&entry.name)));
        }
    }
    Ok(())
}

fn in_lines(entries: &[Entry]) -> String {
    let heading = ["NAME", "APPLICATION", "TENANT", "PARENT", "SOURCE", "FILE"].map(str::to_owned).to_vec();
    let row = |entry: &Entry| {
        let none = || "-".to_owned();
        let by_hand = if entry.is_editable { "" } else { " (by hand)" };
        vec![
            entry.name.clone(),
            entry.application.map_or_else(none, |application| application.to_string()),
            entry.tenant_id.clone().unwrap_or_else(none),
            entry.parent.clone().unwrap_or_else(none),
            entry.source.clone().unwrap_or_else(none),
            format!("{}{by_hand}", entry.file.display()),
        ]
    };
    table(&std::iter::once(heading).chain(entries.iter().map(row)).collect::<Vec<_>>())
}
