//! A client secret, which is shown as it is.

use collector::sensitive::SensitiveString;

use super::Shown;
use crate::identity::aadsts::{self, Meaning};

#[cfg(test)]
mod tests;

/// What Microsoft's refusals mean of a secret.
pub(super) const REFUSALS: &[Meaning] = &[aadsts::configuration(
    "client_refused",
    "Microsoft refuses the client secret",
    "Check client_id and auth.client_secret.",
)];

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
