//! The token: a file that its owner alone may read.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use collector::sensitive::SensitiveString;

use super::sessions::random;
use crate::private;

/// A token that could be guessed is none.
const SHORTEST: usize = 20;
/// Nobody keeps a token in a file larger than this.
const LONGEST: u64 = 4096;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Name a file that can be read, or see to its rights.
    #[error("the token's file {} cannot be used: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// Others than its owner may read it.
    #[error("others than its owner may read the token's file {}; chmod 600 helps", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// It is empty or too short.
    #[error("the token in {} is shorter than {SHORTEST} characters; `openssl rand -base64 32` makes a good one", path.display())]
    Short {
        /// The file.
        path: PathBuf,
    },
}

/// A token, and where it stands.
#[derive(Debug)]
pub(super) struct Token {
    secret: SensitiveString,
    file: PathBuf,
}

impl Token {
    /// The token in this file.
    pub(super) fn read(path: &Path) -> Result<Self, TokenError> {
        let failed = |reason| TokenError::Io { path: path.to_owned(), reason };
        let file = OpenOptions::new().read(true).open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if private::is_open_to_others(&metadata) {
            return Err(TokenError::Open { path: path.to_owned() });
        }
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
        let secret = SensitiveString::from(text.trim());
        drop(SensitiveString::from(text));
        if secret.inner().len() < SHORTEST {
            return Err(TokenError::Short { path: path.to_owned() });
        }
        Ok(Self { secret, file: path.to_owned() })
    }

    /// The token in this file, which is made if it is not there.
    pub(super) fn read_or_make(path: &Path) -> Result<Self, TokenError> {
        let failed = |reason| TokenError::Io { path: path.to_owned(), reason };
        if !path.exists() {
            let token = random().ok_or_else(|| failed(io::Error::other("the system has no randomness")))?;
            let mut file =
                private::open(OpenOptions::new().write(true).create_new(true), path).map_err(failed)?;
            writeln!(file, "{token}").and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Self::read(path)
    }

    /// Whether this is it. How long that takes says nothing of where they differ.
    pub(super) fn is(&self, token: &str) -> bool {
        verify_slices_are_equal(self.secret.inner().as_bytes(), token.as_bytes()).is_ok()
    }

    pub(super) fn file(&self) -> &PathBuf {
        &self.file
    }
}
