//! Keeping secrets that a source gets while it runs, such as refresh tokens.
//!
//! A secret is *bound* to a context: what it is good for, such as the place that it is sent to and on whose behalf. Asked for with another
//! one it is not there, so that a connector whose settings have changed does not send the secret of the old ones elsewhere.

use async_trait::async_trait;
use thiserror::Error;

use crate::sensitive::SensitiveString;

/// Which secret, and what it is good for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretName {
    /// Unique within a source, such as `contoso/refresh_token`.
    pub name: String,
    /// What it is bound to; no secret itself.
    pub context: String,
}

impl SecretName {
    /// What a user's authorization of a connector leaves. Who removes the connector removes this too.
    pub fn refresh_token(connector: &str, context: impl Into<String>) -> Self {
        Self { name: format!("{connector}/refresh_token"), context: context.into() }
    }
}

/// Where secrets rest, encrypted.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The secret; `None` if there is none, or none of this context.
    async fn get(&self, name: &SecretName) -> Result<Option<SensitiveString>, SecretStoreError>;

    /// Keeps a secret in the place of the one before. It is durable when this answers; until then the one before is.
    async fn put(&self, name: &SecretName, secret: &SensitiveString) -> Result<(), SecretStoreError>;

    /// Forgets a secret, whatever its context.
    async fn remove(&self, name: &SecretName) -> Result<(), SecretStoreError>;
}

/// Why the store does not do what it is asked: what a person can do about it stands in the text.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{0}")]
pub struct SecretStoreError(pub String);
