//! The password of the console, of which the configuration holds a hash alone.

use std::fmt;
use std::str::FromStr;

use argon2::password_hash::phc;

/// An argon2 hash as a PHC string: `$argon2id$v=19$...`. It can be tried against at leisure, so `Debug` does not show it.
#[derive(Clone, Eq, PartialEq)]
pub struct PasswordHash(String);

/// It is no such hash.
#[derive(Debug, thiserror::Error)]
#[error("it is no argon2 hash")]
pub struct NoHash;

impl FromStr for PasswordHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let hash = phc::PasswordHash::new(text).map_err(|_| NoHash)?;
        let is_whole =
            hash.algorithm.as_str().starts_with("argon2") && hash.salt.is_some() && hash.hash.is_some();
        if is_whole { Ok(Self(text.to_owned())) } else { Err(NoHash) }
    }
}

impl PasswordHash {
    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("**REDACTED**")
    }
}
