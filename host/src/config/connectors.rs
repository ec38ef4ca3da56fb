//! Connectors that were made by command or in the console: one TOML file each, in `<data_dir>/connectors.d`.
//!
//! They say what the same tables would say in the main configuration, but whoever may make one may not thereby read this machine: no
//! variables, no files, no identity of the machine itself. Their secrets lie elsewhere ([`crate::secrets`]), and only for the settings that
//! they were entered for.

mod check;
mod made;
mod secret;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use collector::settings::{Location, Setting, Spanned, Table};

pub(crate) use check::sole;
pub(crate) use made::{Made, SetAside, Using, name_of};
pub(crate) use secret::{MISSING, STORED, secret_name};

use super::HostConfig;
use crate::secrets::Vault;

/// The directory's name.
const DIRECTORY: &str = "connectors.d";
/// Where connectors stand below a source.
pub(crate) const KINDS: [&str; 2] = ["microsoft_365", "azure_ad"];

/// A file as it would be: with this text, or gone.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) path: PathBuf,
    pub(crate) text: Option<String>,
}

/// Where what the table says lies on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The data directory.
    pub(crate) data_dir: PathBuf,
    key_file: Option<PathBuf>,
}

impl Places {
    /// As the merged tree says it; a default data directory stands beside the first file.
    pub(super) fn of(table: &Table, beside: &Path) -> Self {
        let secrets = table.get("secrets").and_then(as_table);
        Self {
            data_dir: path(table, "data_dir").unwrap_or_else(|| beside.join("data")),
            key_file: secrets.and_then(|secrets| path(secrets, "key_file")),
        }
    }

    /// Of a configuration that was read.
    pub(crate) fn of_config(config: &HostConfig) -> Self {
        Self { data_dir: config.data_dir.clone(), key_file: config.secrets_key_file.clone() }
    }

    /// The directory of connectors.
    pub(crate) fn connectors(&self) -> PathBuf {
        directory(&self.data_dir)
    }

    /// Their secrets.
    pub(crate) fn vault(&self) -> Vault {
        Vault::new(&self.data_dir, self.key_file.as_deref())
    }
}

/// The directory of connectors in this data directory.
pub(crate) fn directory(data_dir: &Path) -> PathBuf {
    data_dir.join(DIRECTORY)
}

fn path(table: &Table, key: &str) -> Option<PathBuf> {
    let directory = table.get(key)?.at.as_ref().map(Location::directory).unwrap_or_default();
    Some(directory.join(table.str(key)?))
}

/// The files of the directory, in order of their names.
pub(crate) fn files(directory: &Path, candidate: Option<&Candidate>) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    match fs::read_dir(directory) {
        Ok(entries) => {
            for entry in entries {
                files.push(entry?.path());
            }
        }
        // A data directory that cannot be made is said by whoever makes it.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
        Err(error) => return Err(error),
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    if let Some(candidate) = candidate {
        files.retain(|file| *file != candidate.path);
        files.extend(candidate.text.as_ref().map(|_| candidate.path.clone()));
    }
    files.sort();
    Ok(files)
}

pub(crate) fn as_table(value: &Spanned) -> Option<&Table> {
    match &value.setting {
        Setting::Table(table) => Some(table),
        _ => None,
    }
}

fn as_table_mut(value: &mut Spanned) -> Option<&mut Table> {
    match &mut value.setting {
        Setting::Table(table) => Some(table),
        _ => None,
    }
}
