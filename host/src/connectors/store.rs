//! The directory of connectors: who changes it, and writing its files whole.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use collector::config::make_private_dir;
use tempfile::Builder;

use super::ConnectorError;
use crate::config::connectors::Places;

/// A right to change the directory that nobody else has, in this process or another, until it is dropped.
#[derive(Debug)]
pub(super) struct Alone(#[expect(dead_code, reason = "it is the lock")] fs::File);

/// Waits until nobody else changes the directory, which is made if it is not there.
pub(super) fn alone(places: &Places) -> Result<Alone, ConnectorError> {
    let directory = places.connectors();
    let take = || {
        make_private_dir(&places.data_dir)?;
        make_private_dir(&directory)?;
        let lock = fs::File::open(&directory)?;
        lock.lock().map(|()| Alone(lock))
    };
    take().map_err(|reason| ConnectorError::Io { path: directory.clone(), reason })
}

/// Puts a file where it belongs, whole and durable.
pub(super) fn write(path: &Path, text: &str) -> Result<(), ConnectorError> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    let write = || {
        // Its owner's alone, as the crate makes files.
        let mut file = Builder::new().prefix(".").suffix(".new").tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync(directory)
    };
    write().map_err(|reason| ConnectorError::Io { path: path.to_owned(), reason })
}

/// Removes a file for good.
pub(super) fn remove(path: &Path) -> Result<(), ConnectorError> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    fs::remove_file(path)
        .and_then(|()| sync(directory))
        .map_err(|reason| ConnectorError::Io { path: path.to_owned(), reason })
}

/// Makes the names in a directory durable.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(directory)?.sync_all() } else { Ok(()) }
}
