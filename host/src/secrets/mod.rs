//! Secrets at rest: those that people enter in the console or by command, and the refresh tokens that sources get.
//!
//! Each lies in a file of its own, encrypted and authenticated (AES-256-GCM) under one key, which lies in another file or comes by
//! the environment. Its name and its context are authenticated with it: under another name, or for another tenant, app or
//! endpoint than it was entered for, it cannot be read, so it counts as cleared.

mod key;
mod turns;

#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest;
use collector::config::{ComponentKey, make_private_dir};
use collector::secrets::{SecretName, SecretStore, SecretStoreError};
use collector::sensitive::SensitiveString;

pub use key::KeyError;
use key::KeySource;
use tempfile::Builder;
use tracing::warn;
use turns::{Turn, Turns};

/// The first byte of every file: how the rest is made.
const FORMAT: u8 = 1;

/// Why a secret cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no good key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The file system refuses.
    #[error("secrets in {} cannot be used: {reason}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It was encrypted with another key, or for something else, or is damaged.
    #[error("a stored secret cannot be read: it was entered for other settings, or with another key")]
    Unreadable,
    /// The cryptographic library refuses.
    #[error("a secret cannot be encrypted")]
    Refused,
}

/// The secrets of a data directory.
#[derive(Debug)]
pub struct Vault {
    directory: PathBuf,
    key: KeySource,
    turns: Turns,
}

impl Vault {
    /// Of this data directory; with its key in this file, else in the data directory. Nothing is opened yet.
    pub fn new(data_dir: &Path, key_file: Option<&Path>) -> Self {
        let directory = data_dir.join("secrets");
        Self { key: KeySource::new(key_file, data_dir), directory, turns: Turns::default() }
    }

    /// The secret; `None` if there is none.
    pub fn get(&self, name: &SecretName) -> Result<Option<SensitiveString>, VaultError> {
        let path = self.file(name);
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(reason) => return Err(VaultError::Io { path, reason }),
        };
        let (&format, rest) = sealed.split_first().ok_or(VaultError::Unreadable)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(VaultError::Unreadable)?;
        if format != FORMAT {
            return Err(VaultError::Unreadable);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Unreadable)?;
        let mut text = text.to_vec();
        let open = self.key()?.open_in_place(nonce, about(name), &mut text);
        let open = open.map_err(|_| VaultError::Unreadable)?.to_vec();
        let secret = String::from_utf8(open).map_err(|_| VaultError::Unreadable)?;
        Ok(Some(secret.into()))
    }

    /// Keeps it in the place of the one before, which is there until this one is durable.
    pub fn put(&self, name: &SecretName, secret: &SensitiveString) -> Result<(), VaultError> {
        self.put_in(&self.turns.next(), name, secret)
    }

    /// Forgets it.
    pub fn remove(&self, name: &SecretName) -> Result<(), VaultError> {
        self.remove_in(&self.turns.next(), name)
    }

    /// Keeps it, unless somebody who came later has changed it meanwhile.
    fn put_in(&self, turn: &Turn, name: &SecretName, secret: &SensitiveString) -> Result<(), VaultError> {
        let path = self.file(name);
        let failed = |reason| VaultError::Io { path: path.clone(), reason };
        make_private_dir(&self.directory).map_err(failed)?;
        let _alone = self.alone().map_err(failed)?;
        if self.turns.is_late(turn, &path) {
            return Ok(());
        }
        let mut text = secret.inner().as_bytes().to_vec();
        let nonce = self.key_or_new()?.seal_in_place_append_tag(about(name), &mut text);
        let nonce = nonce.map_err(|_| VaultError::Refused)?;
        let mut sealed = vec![FORMAT];
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut text);
        self.replace(&path, &sealed).map_err(failed)?;
        self.turns.taken(turn, &path);
        Ok(())
    }

    fn remove_in(&self, turn: &Turn, name: &SecretName) -> Result<(), VaultError> {
        let path = self.file(name);
        let failed = |reason| VaultError::Io { path: path.clone(), reason };
        if !self.directory.exists() {
            return Ok(());
        }
        let _alone = self.alone().map_err(failed)?;
        if self.turns.is_late(turn, &path) {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Ok(()) => self.sync().map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(reason) => return Err(failed(reason)),
        }
        self.turns.taken(turn, &path);
        Ok(())
    }

    /// Names may hold anything; a file's name is made of its hash.
    fn file(&self, name: &SecretName) -> PathBuf {
        let hash = digest::digest(&digest::SHA256, name.name.as_bytes());
        let number =
            hash.as_ref().iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        self.directory.join(format!("{number:032x}"))
    }

    /// Waits until nobody else changes secrets, in this process or another; for as long as the file is open.
    fn alone(&self) -> io::Result<fs::File> {
        let lock = fs::File::open(&self.directory)?;
        lock.lock()?;
        Ok(lock)
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        // Its owner's alone, as the crate makes files.
        let mut file = Builder::new().prefix(".").suffix(".new").tempfile_in(&self.directory)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        self.sync()
    }

    /// Makes the names in the directory durable.
    fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { fs::File::open(&self.directory)?.sync_all() } else { Ok(()) }
    }

    fn key(&self) -> Result<RandomizedNonceKey, VaultError> {
        let bytes = self.key.read()?;
        RandomizedNonceKey::new(&AES_256_GCM, bytes.as_ref()).map_err(|_| VaultError::Refused)
    }

    /// Without a key there is a way on: what was kept with the old one is lost, and what is entered from now on is kept with a new one.
    fn key_or_new(&self) -> Result<RandomizedNonceKey, VaultError> {
        let (bytes, is_new) = self.key.read_or_make()?;
        let lost = if is_new { fs::read_dir(&self.directory).map_or(0, Iterator::count) } else { 0 };
        if lost > 0 {
            warn!(
                lost, directory = %self.directory.display(),
                "The key of the stored secrets was lost and a new one is made. What was kept with the old one cannot be read: enter it \
                 anew, and authorize anew where users have signed in."
            );
        }
        RandomizedNonceKey::new(&AES_256_GCM, bytes.as_ref()).map_err(|_| VaultError::Refused)
    }
}

/// What is authenticated with a secret: each part with its length, so that no two mean the same.
fn about(name: &SecretName) -> Aad<Vec<u8>> {
    let parts = [name.name.as_bytes(), name.context.as_bytes()];
    Aad::from(parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), *part].concat()).collect())
}

/// A source's own part of the secrets.
pub(crate) struct OfSource {
    vault: Arc<Vault>,
    source: ComponentKey,
}

impl OfSource {
    pub(crate) fn new(vault: Arc<Vault>, source: &ComponentKey) -> Self {
        Self { vault, source: source.clone() }
    }

    /// Does it on a thread that may wait for the disk. Nobody who is asked later overtakes it there.
    async fn run<T: Send + 'static>(
        &self,
        name: &SecretName,
        work: impl FnOnce(&Vault, &Turn, &SecretName) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, SecretStoreError> {
        let name = of_source(&self.source, name);
        let vault = Arc::clone(&self.vault);
        let turn = vault.turns.next();
        let done = tokio::task::spawn_blocking(move || work(&vault, &turn, &name)).await;
        let failed = |error: &dyn std::error::Error| SecretStoreError(error.to_string());
        done.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

/// The name of a source's secret among those of all.
pub(crate) fn of_source(source: &ComponentKey, name: &SecretName) -> SecretName {
    SecretName { name: format!("{source}/{}", name.name), context: name.context.clone() }
}

#[async_trait]
impl SecretStore for OfSource {
    async fn get(&self, name: &SecretName) -> Result<Option<SensitiveString>, SecretStoreError> {
        let get = |vault: &Vault, _: &Turn, name: &SecretName| match vault.get(name) {
            // Of another context, it is none of this one.
            Err(VaultError::Unreadable) => Ok(None),
            found => found,
        };
        self.run(name, get).await
    }

    async fn put(&self, name: &SecretName, secret: &SensitiveString) -> Result<(), SecretStoreError> {
        let secret = secret.clone();
        self.run(name, move |vault, turn, name| vault.put_in(turn, name, &secret)).await
    }

    async fn remove(&self, name: &SecretName) -> Result<(), SecretStoreError> {
        self.run(name, Vault::remove_in).await
    }
}
