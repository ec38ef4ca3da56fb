//! A client secret, which is shown as it is.

use collector::sensitive::SensitiveString;

use super::{Shown, Unproven};
use crate::identity::aadsts::{self, Meaning};

#[cfg(test)]
mod tests;

/// What Microsoft's refusals mean of a secret.
pub(super) const REFUSALS: &[Meaning] = &[aadsts::configuration(
    "client_refused",
    "Microsoft refuses the client secret",
    "Check client_id and auth.client_secret.",
)];

/// Its way out is said with the connector's name.
pub(super) const MISSING: Meaning = aadsts::configuration(
    "client_secret_missing",
    "the client secret is not there",
    "Enter it with `entra-signins connectors secret NAME`, or on the connector's page in the console.",
);

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

/// A client secret that the host has not.
pub(in crate::identity) struct Missing {
    connector: String,
    why: String,
}

impl Missing {
    pub(super) fn new(connector: &str, why: &str) -> Self {
        Self { connector: connector.to_owned(), why: why.to_owned() }
    }

    pub(super) fn unproven(&self) -> Unproven {
        Unproven {
            meaning: MISSING,
            detail: Some(self.why.clone()),
            way_out: Some(MISSING.way_out.replace("NAME", &self.connector)),
        }
    }
}
