//! Text that must never be shown.

use std::fmt;

use zeroize::Zeroizing;

/// A secret. `Debug` and `Display` are redacted; memory is wiped when it is dropped.
#[derive(Clone, Eq, PartialEq)]
pub struct SensitiveString(Zeroizing<String>);

impl SensitiveString {
    /// The secret itself, for the one place that needs it.
    pub fn inner(&self) -> &str {
        &self.0
    }
}

impl From<String> for SensitiveString {
    fn from(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }
}

impl From<&str> for SensitiveString {
    fn from(secret: &str) -> Self {
        secret.to_owned().into()
    }
}

impl fmt::Debug for SensitiveString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("**REDACTED**")
    }
}

impl fmt::Display for SensitiveString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("**REDACTED**")
    }
}

#[cfg(test)]
mod tests;
