//! Connectors that were made by command or in the console: one TOML file each, in `<data_dir>/connectors.d`.
//!
//! They say what the same tables would say in the main configuration, but whoever may make one may not thereby read this machine: no
//! variables, no files, no identity of the machine itself. Their secrets lie elsewhere ([`crate::secrets`]), and only for the settings that
//! they were entered for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use collector::secrets::SecretName;
use collector::settings::{Location, Problem, Problems, Setting, Spanned, Table};

use super::HostConfig;
use super::files::{merge, parse};
use crate::secrets::{Vault, VaultError, of_source};

/// The directory's name.
const DIRECTORY: &str = "connectors.d";
/// Where connectors stand below a source.
pub(crate) const KINDS: [&str; 2] = ["microsoft_365", "azure_ad"];
/// What a secret is good for: whom it is shown, where, and on whose behalf.
const BINDING: [&str; 6] = ["cloud", "login_endpoint", "graph_endpoint", "scope", "tenant_id", "client_id"];
/// What this machine is to others: sent to an endpoint of somebody's choice, it would be given away.
const OF_THE_MACHINE: [&str; 2] = ["federated_token", "managed_identity"];
/// Says in `auth` that the client secret is stored.
const STORED: &str = "client_secret_stored";

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

/// Adds what stands in the directory to the tree.
pub(super) fn read(table: &mut Table, places: &Places, candidate: Option<&Candidate>) -> Problems {
    let mut problems = Problems::default();
    let files = match files(&places.connectors(), candidate) {
        Ok(files) => files,
        Err(error) => {
            let key = places.connectors().display().to_string();
            let what = format!("the directory cannot be read ({})", error.kind());
            return Problems(vec![Problem { at: None, key, what, fix: None }]);
        }
    };
    for file in files {
        let of_candidate =
            candidate.filter(|candidate| candidate.path == file).and_then(|of| of.text.as_ref());
        let read = match of_candidate {
            Some(text) => parse(text.as_bytes(), &file),
            None => super::files::read_one(&file),
        };
        let read = read.and_then(|read| connector(read, table, &file, &places.vault()));
        match read {
            Ok(read) => merge(table, read, "", &mut problems),
            Err(found) => problems.extend(found),
        }
    }
    problems
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

/// Checks a file, and puts its secret in its place.
fn connector(mut read: Table, known: &Table, file: &Path, vault: &Vault) -> Result<Table, Problems> {
    let mut problems = Problems::default();
    forbid(&read, "", &mut problems);
    let mut say = |at: Option<Location>, key: &str, what: &str, fix: &str| {
        problems.push(Problem { at, key: key.to_owned(), what: what.to_owned(), fix: Some(fix.to_owned()) });
    };
    let at = read.at.clone();
    match sole(&mut read) {
        None => say(
            at,
            "",
            "is not one connector",
            "write one table [[sources.ID.microsoft_365]] or [[sources.ID.azure_ad]]",
        ),
        Some((source, connector)) => {
            let stem = file.file_stem().and_then(|stem| stem.to_str());
            if connector.str("name") != stem {
                say(connector.at.clone(), "name", "is not the name of the file", "give both the same name");
            }
            let sources = known.get("sources").and_then(as_table);
            if sources.is_none_or(|sources| sources.get(&source).is_none()) {
                let fix = "add the source to the main configuration, or name one that is there";
                say(
                    connector.at.clone(),
                    &format!("sources.{source}"),
                    "is no source of the configuration",
                    fix,
                );
            }
            if let Some(problem) = put_secret(&source, connector, vault) {
                problems.push(problem);
            }
        }
    }
    problems.or(Some(read))
}

/// The one connector that a file holds, with its source, if it holds nothing else.
fn sole(table: &mut Table) -> Option<(String, &mut Table)> {
    let (key, sources) = only(table)?;
    if key != "sources" {
        return None;
    }
    let (source, kinds) = only(as_table_mut(sources)?)?;
    let source = source.to_owned();
    let (kind, list) = only(as_table_mut(kinds)?)?;
    let Setting::Array(list) = &mut list.setting else { return None };
    match list.as_mut_slice() {
        [connector] if KINDS.contains(&kind) => Some((source, as_table_mut(connector)?)),
        _ => None,
    }
}

fn only(table: &mut Table) -> Option<(&str, &mut Spanned)> {
    let mut entries = table.entries.iter_mut();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Some((key, value)),
        _ => None,
    }
}

/// What only the owner of the main configuration may write.
fn forbid(table: &Table, path: &str, problems: &mut Problems) {
    for (name, value) in &table.entries {
        let key = super::variables::join(path, name);
        let mut say = |what: &str, fix: &str| {
            let (what, fix) = (what.to_owned(), Some(fix.to_owned()));
            problems.push(Problem { at: value.at.clone(), key: key.clone(), what, fix });
        };
        if name.ends_with("_file") {
            say(
                "names a file, which a connector of this directory may not",
                "write it into the main configuration",
            );
        }
        match &value.setting {
            Setting::String(text) if text.contains("${") => {
                say("holds ${}, which a connector of this directory may not", "write the value itself");
            }
            Setting::String(text) if name == "strategy" && OF_THE_MACHINE.contains(&text.as_str()) => {
                let what = "is an identity of this machine, which a connector of this directory may not use";
                say(what, "write it into the main configuration");
            }
            Setting::Table(table) => forbid(table, &key, problems),
            Setting::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    if let Some(table) = as_table(element) {
                        forbid(table, &format!("{key}[{index}]"), problems);
                    }
                }
            }
            Setting::String(_) | Setting::Integer(_) | Setting::Float(_) | Setting::Boolean(_) => {}
        }
    }
}

/// Puts the stored secret where the source looks for one.
fn put_secret(source: &str, connector: &mut Table, vault: &Vault) -> Option<Problem> {
    let name = secret_name(source, connector);
    let connector_name = connector.str("name").unwrap_or_default().to_owned();
    let auth = connector.entries.get_mut("auth").and_then(as_table_mut)?;
    let stored = auth.entries.remove(STORED)?;
    let problem = |what: String, fix: String| {
        Some(Problem { at: stored.at.clone(), key: format!("auth.{STORED}"), what, fix: Some(fix) })
    };
    if stored.setting != Setting::Boolean(true) {
        return problem("is not true".to_owned(), "write true, or remove it".to_owned());
    }
    let fix = format!("enter it with `entra-signins connectors secret {connector_name}`");
    match vault.get(&name) {
        Ok(Some(secret)) => {
            let setting = Setting::String(secret.inner().to_owned());
            auth.entries.insert("client_secret".to_owned(), Spanned { setting, at: stored.at });
            None
        }
        Ok(None) => problem("has no secret".to_owned(), fix),
        Err(VaultError::Unreadable) => {
            problem("was cleared: tenant, app or endpoint are others than it was entered for".to_owned(), fix)
        }
        Err(error) => problem(error.to_string(), "see to the key's file".to_owned()),
    }
}

/// Under which name a connector's client secret lies, and what it is good for.
pub(crate) fn secret_name(source: &str, connector: &Table) -> SecretName {
    let name = format!("{}/client_secret", connector.str("name").unwrap_or_default());
    let bound = BINDING.iter().map(|key| format!("{key}={}\n", connector.str(key).unwrap_or_default()));
    of_source(&source.into(), &SecretName { name, context: bound.collect() })
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
