//! One process per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const NAME: &str = "lock";

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process runs on it.
    #[error("{path} is in use by another process{}; stop it, or use another data_dir", .by.in_words())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// The other process.
        by: Held,
    },
    /// The lock file cannot be opened or written.
    #[error("{path} cannot be locked: {source}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What the process that holds a lock says of itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Held {
    /// Its process id.
    pub process: Option<u32>,
    /// Where its HTTP interface listens.
    pub api: Option<SocketAddr>,
}

impl Held {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let process = lines.next().and_then(|line| line.parse().ok());
        Self { process, api: lines.next().and_then(|line| line.parse().ok()) }
    }

    fn in_words(&self) -> String {
        self.process.map_or_else(String::new, |process| format!(" (process {process})"))
    }
}

/// The lock of a data directory, held until it is dropped or the process ends, in whatever way.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// Takes the lock and writes into it who we are.
    pub fn take(data_dir: &Path, api: Option<SocketAddr>) -> Result<Self, LockError> {
        let path = data_dir.join(NAME);
        let failed = |source| LockError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let by = read(&mut file).map_err(failed)?;
                return Err(LockError::Held { path, by });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let api = api.map(|address| address.to_string()).unwrap_or_default();
        write(&mut file, &format!("{}\n{api}\n", std::process::id())).map_err(failed)?;
        Ok(Self { _file: file })
    }

    /// The process that runs on this data directory, if one does. Nothing is made or changed.
    pub fn holder(data_dir: &Path) -> Option<Held> {
        let mut file = File::open(data_dir.join(NAME)).ok()?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => read(&mut file).ok(),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

fn read(file: &mut File) -> io::Result<Held> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(Held::parse(&text))
}

fn write(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}
