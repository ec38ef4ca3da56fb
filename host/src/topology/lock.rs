//! One process per data directory.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collector::config::make_private_dir;
use tracing::warn;

use crate::private;

const NAME: &str = "lock";
/// How often a lock that somebody holds is tried again, and after how long.
const LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_millis(10);

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be made.
    #[error("the data directory {path} cannot be made: {source}; make it, or use another data_dir")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process runs on it.
    #[error("the data directory {path} is in use by {by}; stop it, or use another data_dir")]
    Held {
        /// The directory.
        path: PathBuf,
        /// The other process.
        by: Held,
    },
    /// The lock file cannot be opened or locked.
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
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            Some(process) => write!(f, "process {process}"),
            None => f.write_str("another process"),
        }
    }
}

/// The lock of a data directory, held until it is dropped or the process ends, in whatever way.
#[derive(Debug)]
pub struct DataDirLock {
    path: PathBuf,
    file: File,
}

impl DataDirLock {
    /// Takes the lock of this directory, which is made if it is not there, and writes into it who we are.
    pub fn take(data_dir: &Path) -> Result<Self, LockError> {
        make_private_dir(data_dir)
            .map_err(|source| LockError::Directory { path: data_dir.to_owned(), source })?;
        let path = data_dir.join(NAME);
        let failed = |source| LockError::Io { path: path.clone(), source };
        let options = &mut OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = private::open(options, &path).map_err(failed)?;
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let by = read(&mut file).map_err(failed)?;
                return Err(LockError::Held { path: data_dir.to_owned(), by });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let taken = Self { path, file };
        taken.write(None);
        Ok(taken)
    }

    /// Tells commands that look for a running program where its HTTP interface listens.
    pub fn announce(&self, api: SocketAddr) {
        self.write(Some(api));
    }

    /// A full disk keeps nobody from running.
    fn write(&self, api: Option<SocketAddr>) {
        let api = api.map(|address| address.to_string()).unwrap_or_default();
        let text = format!("{}\n{api}\n", std::process::id());
        if let Err(error) = write(&self.file, &text) {
            warn!(path = %self.path.display(), %error, "Other commands cannot see who runs here.");
        }
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

fn write(mut file: &File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Commands that look for a running program take the lock for an instant, which must not keep one from starting.
fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            decided => return decided,
        }
    }
    file.try_lock()
}
