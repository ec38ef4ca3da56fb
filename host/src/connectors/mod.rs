//! The life of connectors that are made by command or in the console: added, given another secret, removed.
//!
//! Each is a file in `<data_dir>/connectors.d`, so that it can be read, versioned and copied; a running program notices by itself. A change is
//! tried with the whole configuration before it is made, so that none can be made that would keep the program from starting.

mod file;
mod list;

#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use collector::config::make_private_dir;
use collector::secrets::SecretName;
use collector::sensitive::SensitiveString;
use collector::settings::{Problems, Table};

pub use file::{AzureAd, Microsoft365, New};
pub use list::{Application, Entry};

use crate::config::connectors::{self, Candidate, Places};
use crate::config::{HostConfig, SourceSection};
use crate::private;
use crate::secrets::{VaultError, of_source};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// Look the name up.
    #[error("there is no connector `{0}`")]
    Unknown(String),
    /// Take another name.
    #[error("there is a connector `{name}` already, in {}", file.display())]
    Exists {
        /// Its name.
        name: String,
        /// Where it stands.
        file: PathBuf,
    },
    /// Files are named after it.
    #[error("`{0}` is no name for a connector: use letters, digits, - _ and . (not first), 64 at most")]
    Name(String),
    /// Name one with `--source`.
    #[error("{0}")]
    Source(String),
    /// It was written by hand.
    #[error("`{name}` stands in {}, which is changed by hand", file.display())]
    ByHand {
        /// Its name.
        name: String,
        /// Where it stands.
        file: PathBuf,
    },
    /// Remove those first.
    #[error("`{name}` has connectors below it: {}; remove them first", children.join(", "))]
    Children {
        /// Its name.
        name: String,
        /// Their names.
        children: Vec<String>,
    },
    /// It holds no secret.
    #[error("`{0}` has no client secret")]
    NoSecret(String),
    /// With it the configuration could not be used.
    #[error("it would not work:\n{0}")]
    Wrong(Problems),
    /// Secrets cannot be kept.
    #[error(transparent)]
    Secrets(#[from] VaultError),
    /// The file system refuses.
    #[error("{} cannot be written: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

/// Reads the whole configuration, as it would be with a file or without it.
type Load = dyn Fn(Option<&Candidate>) -> Result<HostConfig, Problems> + Send + Sync;

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

    /// All of them, parents before children.
    pub(crate) fn list(&self) -> Result<Vec<Entry>, ConnectorError> {
        let config = (self.load)(None).map_err(ConnectorError::Wrong)?;
        Ok(list::entries(&config.sources, &self.places.connectors()))
    }

    /// Adds one; where it stands.
    pub(crate) fn add(&self, new: &New) -> Result<PathBuf, ConnectorError> {
        let name = new.name();
        if !is_name(name) {
            return Err(ConnectorError::Name(name.to_owned()));
        }
        let config = (self.load)(None).map_err(ConnectorError::Wrong)?;
        let source = source(&config.sources, new.source())?;
        let path = self.places.connectors().join(format!("{name}.toml"));
        let known = list::entries(&config.sources, &self.places.connectors());
        let same =
            known.into_iter().find(|entry| entry.name == name && entry.application == new.application());
        if let Some(file) = same.map(|entry| entry.file).or_else(|| path.exists().then(|| path.clone())) {
            return Err(ConnectorError::Exists { name: name.to_owned(), file });
        }
        let text = new.text(source);
        let secret = new.client_secret().map(|secret| (secret_name(source, &text, &path), secret));
        let vault = self.places.vault();
        if let Some((Some(name), secret)) = &secret {
            vault.put(name, secret)?;
        }
        let made = self.put(&path, &text);
        if made.is_err()
            && let Some((Some(name), _)) = &secret
        {
            vault.remove(name)?;
        }
        made.map(|()| path)
    }

    /// Gives a parent another client secret.
    pub(crate) fn set_secret(&self, name: &str, secret: &SensitiveString) -> Result<(), ConnectorError> {
        let path = self.places.connectors().join(format!("{name}.toml"));
        let text = match fs::read_to_string(&path) {
            Ok(text) if is_name(name) => text,
            Ok(_) | Err(_) => return Err(self.not_here(name)),
        };
        let (source, connector) =
            file::read(&text, &path).ok_or_else(|| ConnectorError::NoSecret(name.to_owned()))?;
        if !text.contains("client_secret_stored") {
            return Err(ConnectorError::NoSecret(name.to_owned()));
        }
        self.places.vault().put(&connectors::secret_name(&source, &connector), secret)?;
        // A running program looks at files, and this one has to be looked at again.
        self.write(&path, &file::touched(&text))
    }

    /// Removes one; what was read for it stays read.
    pub(crate) fn remove(&self, name: &str) -> Result<PathBuf, ConnectorError> {
        let entries = self.list()?;
        let in_directory = |entry: &&Entry| entry.name == name && entry.is_editable;
        let Some(entry) = entries.iter().find(in_directory) else { return Err(self.not_here(name)) };
        let children: Vec<_> = entries
            .iter()
            .filter(|other| {
                entry.application == Application::Microsoft365 && other.parent.as_deref() == Some(name)
            })
            .filter(|other| other.source == entry.source)
            .map(|child| child.name.clone())
            .collect();
        if !children.is_empty() {
            return Err(ConnectorError::Children { name: name.to_owned(), children });
        }
        let path = entry.file.clone();
        let text =
            fs::read_to_string(&path).map_err(|reason| ConnectorError::Io { path: path.clone(), reason })?;
        (self.load)(Some(&Candidate { path: path.clone(), text: None })).map_err(ConnectorError::Wrong)?;
        fs::remove_file(&path)
            .and_then(|()| sync(&self.places.connectors()))
            .map_err(|reason| ConnectorError::Io { path: path.clone(), reason })?;
        let vault = self.places.vault();
        if let Some(name) = secret_name(&entry.source, &text, &path) {
            vault.remove(&name)?;
        }
        if entry.application == Application::Microsoft365 {
            let authorization = SecretName::refresh_token(name, "");
            vault.remove(&of_source(&entry.source.as_str().into(), &authorization))?;
        }
        Ok(path)
    }

    /// Why a connector of this name cannot be changed.
    fn not_here(&self, name: &str) -> ConnectorError {
        let entries = self.list().unwrap_or_default();
        match entries.into_iter().find(|entry| entry.name == name) {
            Some(entry) => ConnectorError::ByHand { name: name.to_owned(), file: entry.file },
            None => ConnectorError::Unknown(name.to_owned()),
        }
    }

    /// Tries a file with everything else, and puts it where it belongs.
    fn put(&self, path: &Path, text: &str) -> Result<(), ConnectorError> {
        (self.load)(Some(&Candidate { path: path.to_owned(), text: Some(text.to_owned()) }))
            .map_err(ConnectorError::Wrong)?;
        self.write(path, text)
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), ConnectorError> {
        let failed = |reason| ConnectorError::Io { path: path.to_owned(), reason };
        let directory = self.places.connectors();
        let write = || {
            make_private_dir(&self.places.data_dir)?;
            make_private_dir(&directory)?;
            let new = path.with_extension("toml.new");
            let mut file =
                private::open(fs::OpenOptions::new().write(true).create(true).truncate(true), &new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            sync(&directory)
        };
        write().map_err(failed)
    }
}

/// Under which name the client secret of the connector in this file lies.
fn secret_name(source: &str, text: &str, path: &Path) -> Option<SecretName> {
    let (_, connector): (String, Table) = file::read(text, path)?;
    Some(connectors::secret_name(source, &connector))
}

/// Makes the names in a directory durable.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(directory)?.sync_all() } else { Ok(()) }
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
