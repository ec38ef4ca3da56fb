//! A client secret, which is shown as it is.

use collector::sensitive::SensitiveString;

use super::Shown;

#[cfg(test)]
mod tests;

/// A client secret.
pub(in crate::identity) struct Secret(SensitiveString);

impl Secret {
    pub(super) fn new(secret: SensitiveString) -> Self {
        Self(secret)
    }

    pub(super) fn show(&self) -> Shown {
        Shown::Secret(self.0.clone())
    }
}
