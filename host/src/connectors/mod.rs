//! The life of connectors that are made by command, in the console or over the API: added, edited, given another secret, removed.
//!
//! Each is a file in `<data_dir>/connectors.d`, so that it can be read, versioned and copied; a running program notices by itself. A change is
//! tried with the whole configuration before it is made, so that none can be made that would keep a connector from running. A file
//! that somebody has broken by hand is listed with its mistakes, and can be removed.

mod error;
mod file;
mod list;
mod settings;
mod store;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use collector::secrets::SecretName;
use collector::sensitive::SensitiveString;
use collector::settings::Problems;

pub use error::ConnectorError;
pub use list::{Application, Entry};
pub use settings::Settings;

use crate::config::connectors::{Candidate, Places};
use crate::config::{HostConfig, SourceSection};
use crate::secrets::of_source;
use file::File;

/// Reads the whole configuration, as it would be with a file or without it.
type Load = dyn Fn(Option<&Candidate>) -> Result<HostConfig, Problems> + Send + Sync;

/// A connector that is to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// What it is for.
    pub application: Application,
    /// Its name.
    pub name: String,
    /// The source's id; the only one if there is one.
    pub source: Option<String>,
    /// Its settings; those that are not said have their defaults.
    pub settings: Settings,
}

/// The connectors of a configuration.
pub(crate) struct Connectors {
    load: Box<Load>,
    places: Places,
}

impl Connectors {
    /// Those of the configuration that this reads.
    pub(crate) fn new(
        places: Places,
        load: impl Fn(Option<&Candidate>) -> Result<HostConfig, Problems> + Send + Sync + 'static,
    ) -> Self {
        Self { load: Box::new(load), places }
    }

    /// All of them, parents before children; then files that hold none that can be used.
    pub(crate) fn list(&self) -> Result<Vec<Entry>, ConnectorError> {
        self.load().map(|config| self.entries(&config))
    }

    /// What can be edited of one that was made here, which is for this application if one is named.
    pub(crate) fn settings(
        &self,
        name: &str,
        application: Option<Application>,
    ) -> Result<(Application, Settings), ConnectorError> {
        self.find(name, application).map(|file| (file.application, file.settings()))
    }

    /// Adds one; where it stands.
    pub(crate) fn add(&self, new: &New, secret: Option<&SensitiveString>) -> Result<PathBuf, ConnectorError> {
        let name = &new.name;
        if !is_name(name) {
            return Err(ConnectorError::Name(name.clone()));
        }
        let secret = secret.map(entered).transpose()?;
        let _alone = store::alone(&self.places)?;
        let config = self.load()?;
        let path = self.path(name);
        let same = |entry: &Entry| entry.name == *name && entry.application == Some(new.application);
        let known = self.entries(&config).into_iter().find(same).map(|entry| entry.file);
        if let Some(file) = known.or_else(|| path.exists().then(|| path.clone())) {
            return Err(ConnectorError::Exists { name: name.clone(), file });
        }
        let file = File::new(path, source(&config.sources, new.source.as_deref())?, new)?;
        let file = file.with_secret(secret.is_some(), None)?;
        self.change(&config, None, &file, secret.as_ref())?;
        Ok(file.path)
    }

    /// Changes settings of one, and its secret if one is given; where it stands. Whatever a secret is good for cannot change without one.
    pub(crate) fn edit(
        &self,
        name: &str,
        application: Option<Application>,
        settings: &Settings,
        secret: Option<&SensitiveString>,
    ) -> Result<PathBuf, ConnectorError> {
        let secret = secret.map(entered).transpose()?;
        let _alone = store::alone(&self.places)?;
        let config = self.load()?;
        let before = self.find(name, application)?;
        let file = before.with(settings)?.with_secret(secret.is_some(), Some(&before))?;
        self.change(&config, Some(&before), &file, secret.as_ref())?;
        Ok(file.path)
    }

    /// Gives a parent another client secret.
    pub(crate) fn set_secret(
        &self,
        name: &str,
        application: Option<Application>,
        secret: &SensitiveString,
    ) -> Result<PathBuf, ConnectorError> {
        self.edit(name, application, &Settings::default(), Some(secret))
    }

    /// Removes one, whether it can be used or not; where it stood. What was read for it stays read.
    pub(crate) fn remove(
        &self,
        name: &str,
        application: Option<Application>,
    ) -> Result<PathBuf, ConnectorError> {
        let _alone = store::alone(&self.places)?;
        let config = self.load()?;
        let entries = self.entries(&config);
        let is_it = |entry: &&Entry| entry.is_editable && entry.name == name && entry.may_be(application);
        let Some(entry) = entries.iter().find(is_it) else { return Err(self.not_here(name, application)) };
        let children: Vec<_> =
            entries.iter().filter(|other| other.is_below(entry)).map(|child| child.name.clone()).collect();
        if !children.is_empty() {
            return Err(ConnectorError::Children { name: name.to_owned(), children });
        }
        let path = entry.file.clone();
        let file = fs::read_to_string(&path).ok().and_then(|text| File::read(&path, &text));
        self.tried(&config, &Candidate { path: path.clone(), text: None })?;
        store::remove(&path)?;
        match &file {
            Some(file) => {
                self.forget_secret(file)?;
                self.forget_authorization(file)?;
            }
            None => self.forget_whatever_is_of(name, &config, &entries)?,
        }
        Ok(path)
    }

    fn load(&self) -> Result<HostConfig, ConnectorError> {
        (self.load)(None).map_err(ConnectorError::Wrong)
    }

    fn entries(&self, config: &HostConfig) -> Vec<Entry> {
        list::entries(config, &self.places.connectors())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.places.connectors().join(format!("{name}.toml"))
    }

    /// The file of one that was made here.
    fn find(&self, name: &str, application: Option<Application>) -> Result<File, ConnectorError> {
        let path = self.path(name);
        if !is_name(name) || !path.exists() {
            return Err(self.not_here(name, application));
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let file = File::read(&path, &text).ok_or(ConnectorError::NotRead(path))?;
        if application.is_some_and(|application| application != file.application) {
            return Err(self.not_here(name, application));
        }
        Ok(file)
    }

    /// Why a connector of this name cannot be changed.
    fn not_here(&self, name: &str, application: Option<Application>) -> ConnectorError {
        let entries = self.list().unwrap_or_default();
        let is_it = |entry: &Entry| entry.name == name && entry.may_be(application);
        match entries.into_iter().find(is_it) {
            Some(entry) => ConnectorError::ByHand { name: name.to_owned(), file: entry.file },
            None => ConnectorError::Unknown(name.to_owned()),
        }
    }

    /// Puts a file in the place of the one before, and its secret in the place of that one's.
    fn change(
        &self,
        config: &HostConfig,
        before: Option<&File>,
        file: &File,
        secret: Option<&SensitiveString>,
    ) -> Result<(), ConnectorError> {
        let (had, has) = (before.and_then(File::secret), file.secret());
        if has.is_some() && has != had && secret.is_none() {
            return Err(ConnectorError::SecretNeeded(file.name().to_owned()));
        }
        let text = file.text();
        self.tried(config, &Candidate { path: file.path.clone(), text: Some(text.clone()) })?;
        match has.as_ref().zip(secret) {
            Some(entered) => self.write_with_secret(&file.path, &text, had.as_ref(), entered)?,
            None => store::write(&file.path, &text)?,
        }
        match before {
            Some(before) if before.authorized_for() != file.authorized_for() => {
                if has.is_none() {
                    self.forget_secret(before)?;
                }
                self.forget_authorization(before)
            }
            _ => Ok(()),
        }
    }

    /// Writes both, or leaves both as they were.
    fn write_with_secret(
        &self,
        path: &Path,
        text: &str,
        had: Option<&SecretName>,
        (name, secret): (&SecretName, &SensitiveString),
    ) -> Result<(), ConnectorError> {
        let vault = self.places.vault();
        let old = had.and_then(|had| Some((had, vault.get(had).ok()??)));
        vault.put(name, secret)?;
        let written = store::write(path, text);
        if written.is_err() {
            match old {
                Some((had, old)) => vault.put(had, &old)?,
                None => vault.remove(name)?,
            }
        }
        written
    }

    /// Tries a file with everything else. What works without it has to work with it.
    fn tried(&self, config: &HostConfig, candidate: &Candidate) -> Result<(), ConnectorError> {
        let with = (self.load)(Some(candidate)).map_err(ConnectorError::Wrong)?;
        let was_broken = |path: &Path| config.made.aside().iter().any(|aside| aside.path == path);
        let broken = with.made.aside().iter().filter(|aside| !was_broken(&aside.path));
        let problems = Problems(broken.flat_map(|aside| aside.problems.0.clone()).collect());
        if problems.0.is_empty() { Ok(()) } else { Err(ConnectorError::Wrong(problems)) }
    }

    fn forget_secret(&self, file: &File) -> Result<(), ConnectorError> {
        Ok(self.places.vault().remove(&client_secret(&file.source, file.name()))?)
    }

    /// Forgets what a user who has signed in has left.
    fn forget_authorization(&self, file: &File) -> Result<(), ConnectorError> {
        if file.application == Application::AzureAd {
            return Ok(());
        }
        let authorization = SecretName::refresh_token(file.name(), "");
        Ok(self.places.vault().remove(&of_source(&file.source.as_str().into(), &authorization))?)
    }

    /// Of a file that does not say for which source it is: secrets that belong to nobody else.
    fn forget_whatever_is_of(
        &self,
        name: &str,
        config: &HostConfig,
        entries: &[Entry],
    ) -> Result<(), ConnectorError> {
        for source in config.sources.iter().map(|source| source.key.id()) {
            let is_used = |entry: &Entry| entry.name == name && entry.source.as_deref() == Some(source);
            if !entries.iter().any(is_used) {
                self.places.vault().remove(&client_secret(source, name))?;
                let authorization = SecretName::refresh_token(name, "");
                self.places.vault().remove(&of_source(&source.into(), &authorization))?;
            }
        }
        Ok(())
    }
}

/// Under which name a client secret is to be removed; what it is good for does not matter then.
fn client_secret(source: &str, connector: &str) -> SecretName {
    let name = SecretName { name: format!("{connector}/client_secret"), context: String::new() };
    of_source(&source.into(), &name)
}

/// A secret as somebody has entered it: what was pasted round it is no part of it.
fn entered(secret: &SensitiveString) -> Result<SensitiveString, ConnectorError> {
    let text = secret.inner().trim();
    if text.is_empty() { Err(ConnectorError::Blank) } else { Ok(text.into()) }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.')
}

/// The source of this id, or the only one that has connectors.
fn source<'s>(sources: &'s [SourceSection], wanted: Option<&str>) -> Result<&'s str, ConnectorError> {
    let ids: Vec<_> = sources.iter().map(|source| source.key.id()).collect();
    match (wanted, ids.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => {
            Err(ConnectorError::Source(format!("name the source that it is for: {}", ids.join(", "))))
        }
        (Some(wanted), _) => ids.iter().find(|id| **id == wanted).copied().ok_or_else(|| {
            ConnectorError::Source(format!("there is no source `{wanted}`, but {}", ids.join(", ")))
        }),
    }
}
