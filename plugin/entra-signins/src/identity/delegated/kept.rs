//! Where the refresh token of a parent connector rests: the host's store, bound to whom and to what it is good for.

use std::sync::Arc;

use collector::secrets::{SecretName, SecretStore, SecretStoreError};
use collector::sensitive::SensitiveString;

use crate::config::{Microsoft365, Tenant};

/// The place of one refresh token.
pub(super) struct Kept {
    store: Arc<dyn SecretStore>,
    name: SecretName,
}

impl Kept {
    pub(super) fn new(store: Arc<dyn SecretStore>, config: &Microsoft365) -> Self {
        Self { store, name: SecretName::refresh_token(&config.name, bound(config)) }
    }

    pub(super) async fn get(&self) -> Result<Option<SensitiveString>, SecretStoreError> {
        self.store.get(&self.name).await
    }

    /// Keeps it in the place of the one before. It is durable when this answers; until then the one before is.
    pub(super) async fn put(&self, token: &SensitiveString) -> Result<(), SecretStoreError> {
        self.store.put(&self.name, token).await
    }
}

/// Whom the refresh token is shown to and on whose behalf, and whom the tokens are shown to that it brings: none of a connector's earlier
/// settings goes elsewhere.
fn bound(config: &Microsoft365) -> String {
    let tenant = match &config.tenant {
        Tenant::Id(id) => id.to_string(),
        Tenant::Domain(domain) => domain.to_lowercase(),
    };
    let endpoints = &config.endpoints;
    format!(
        "login={}\ngraph={}\nscope={}\ntenant={tenant}\nclient_id={}\n",
        endpoints.login, endpoints.graph, endpoints.scope, config.client_id
    )
}
