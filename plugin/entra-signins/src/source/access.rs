//! The way to Graph for a parent connector, as it is configured.

use std::sync::{Arc, Mutex};

use collector::config::BuildError;
use collector::secrets::SecretStore;

use super::parent::tenant_text;
use crate::clock::Clock;
use crate::collect::access::Access;
use crate::config::{Microsoft365, Strategy};
use crate::graph::{GraphClient, ServerClock};
use crate::http::Clients;
use crate::identity::TokenProvider;
use crate::schedule::{AppKey, Limits, Schedule};
use crate::status::Consent;

/// The way to Graph for this connector. `fresh`: nobody has asked with its app registration before. `secrets`: where what users authorize
/// is kept.
pub(super) fn access(
    config: &Microsoft365,
    clients: &Clients,
    limits: Limits,
    fresh: bool,
    clock: &Clock,
    secrets: Option<&Arc<dyn SecretStore>>,
) -> Result<Access, BuildError> {
    let http = clients.of(&config.endpoints)?;
    let key = AppKey {
        graph_origin: config.endpoints.graph.origin().ascii_serialization(),
        client_id: config.client_id,
    };
    Ok(Access {
        tokens: TokenProvider::new(config, http.clone(), clock.clone(), secrets)?,
        graph: GraphClient::new(&config.endpoints, http),
        schedule: if config.unlimited_requests {
            Schedule::new(Limits::NONE, true, clock)
        } else {
            Schedule::for_app(key, limits, fresh, clock)
        },
        consent: consent(config),
        clock: clock.clone(),
        server_clock: Mutex::new(ServerClock::default()),
    })
}

fn consent(config: &Microsoft365) -> Consent {
    match config.credential.strategy {
        Strategy::ManagedIdentity(_) => Consent::Command,
        Strategy::ClientSecret(_) | Strategy::ClientCertificate { .. } | Strategy::FederatedToken { .. } => {
            Consent::new(&config.endpoints.login, &tenant_text(&config.tenant), config.client_id)
        }
        Strategy::AuthorizationCode { .. } => {
            Consent::SignIn { connector: config.name.clone(), in_browser: true }
        }
        Strategy::DeviceCode => Consent::SignIn { connector: config.name.clone(), in_browser: false },
    }
}
