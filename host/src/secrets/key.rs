//! The key of the secrets: a file that its owner alone may read, or a variable.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use collector::config::make_private_dir;
use zeroize::Zeroizing;

use crate::config::process_environment;
use crate::private;

/// The variable that holds the key, base64, instead of a file.
const VARIABLE: &str = "ENTRA_SIGNINS_SECRETS_KEY";
/// A key's length in bytes.
const LENGTH: usize = 32;
/// A key's file is shorter.
const LONGEST: u64 = 1024;

const ANEW: &str = "bring it back, or enter the secrets anew, for which a new one is made";
const MAKE_ONE: &str =
    "bring it back, or make one with `openssl rand -base64 32`, of mode 0600, and enter the secrets anew";

type Key = Zeroizing<[u8; LENGTH]>;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Bring it back: what was encrypted with it cannot be read without it.
    #[error("the key of the stored secrets, {}, cannot be used ({reason}); {way_out}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
        /// What helps where it cannot be brought back.
        way_out: &'static str,
    },
    /// Others than its owner may read it.
    #[error("others than its owner may read the key of the stored secrets, {}; chmod 600 helps", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// It is no key.
    #[error(
        "{0} holds no key (32 bytes, base64, as `openssl rand -base64 32` makes them); bring back what it held, or replace it and enter \
         the secrets anew"
    )]
    NoKey(String),
}

/// Where the key comes from.
#[derive(Debug)]
pub(super) struct KeySource {
    file: PathBuf,
    is_ours: bool,
}

impl KeySource {
    /// The configured file, else one in the data directory, which is made when it is first needed.
    pub(super) fn new(configured: Option<&Path>, data_dir: &Path) -> Self {
        let file = configured.map_or_else(|| data_dir.join("secrets.key"), Path::to_path_buf);
        Self { file, is_ours: configured.is_none() }
    }

    pub(super) fn read(&self) -> Result<Key, KeyError> {
        if let Some(text) = process_environment(VARIABLE) {
            return decode(&Zeroizing::new(text)).ok_or_else(|| KeyError::NoKey(VARIABLE.to_owned()));
        }
        let failed = |reason| self.failed(reason);
        let file = OpenOptions::new().read(true).open(&self.file).map_err(failed)?;
        if private::is_open_to_others(&file.metadata().map_err(failed)?) {
            return Err(KeyError::Open { path: self.file.clone() });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
        decode(&text).ok_or_else(|| KeyError::NoKey(self.file.display().to_string()))
    }

    /// The key, which is made if it is to lie in the data directory and does not; and whether it was.
    pub(super) fn read_or_make(&self) -> Result<(Key, bool), KeyError> {
        let make = process_environment(VARIABLE).is_none() && self.is_ours && !self.file.exists();
        if make {
            self.make().map_err(|reason| self.failed(reason))?;
        }
        self.read().map(|key| (key, make))
    }

    fn failed(&self, reason: io::Error) -> KeyError {
        let way_out = if self.is_ours { ANEW } else { MAKE_ONE };
        KeyError::Io { path: self.file.clone(), reason, way_out }
    }

    fn make(&self) -> io::Result<()> {
        let mut key = Zeroizing::new([0; LENGTH]);
        rand::fill(key.as_mut()).map_err(|_| io::Error::other("the system has no randomness"))?;
        let directory = self.file.parent().unwrap_or_else(|| Path::new("."));
        make_private_dir(directory)?;
        let mut file = private::open(OpenOptions::new().write(true).create_new(true), &self.file)?;
        writeln!(file, "{}", Zeroizing::new(STANDARD.encode(key.as_ref())).as_str())?;
        file.sync_all()?;
        if cfg!(unix) { std::fs::File::open(directory)?.sync_all() } else { Ok(()) }
    }
}

fn decode(text: &str) -> Option<Key> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    let key: [u8; LENGTH] = bytes.as_slice().try_into().ok()?;
    Some(Zeroizing::new(key))
}
