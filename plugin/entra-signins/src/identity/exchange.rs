//! Asking for a token, in whichever way the credential is good for.

use std::time::Duration;

use collector::sensitive::SensitiveString;
use reqwest::Client;
use tokio::time::Instant;
use url::Url;

use super::aadsts::{Class, Meaning};
use super::credential::{CredentialError, Proof};
use super::error::{Diagnosis, IdentityError};
use super::managed_identity::ManagedIdentity;
use super::schedule::Severity;
use super::token_endpoint::TokenEndpoint;
use super::transport::ServerDate;
use crate::clock::Clock;
use crate::config::{Microsoft365, Strategy, Tenant};

/// If nobody says how long a token lives, which is always said.
pub(super) const UNKNOWN_LIFE: Duration = Duration::from_mins(5);

/// Asks for tokens of one app in one tenant.
pub(super) struct Exchange {
    way: Way,
}

/// Who issues them.
enum Way {
    /// The identity platform, to an app that proves itself.
    Platform(Box<TokenEndpoint>),
    /// Azure, to the resource that this program runs on.
    Azure(Box<ManagedIdentity>),
}

/// What an exchange came to.
pub(super) struct Outcome {
    pub(super) asked: Instant,
    pub(super) result: Result<Granted, Refused>,
    pub(super) date: Option<ServerDate>,
}

/// A token came.
pub(super) struct Granted {
    pub(super) secret: SensitiveString,
    pub(super) life: Duration,
}

/// No token came.
pub(super) struct Refused {
    pub(super) severity: Severity,
    pub(super) error: IdentityError,
    pub(super) retry_after: Option<Duration>,
}

impl Refused {
    pub(super) fn new(class: Class, diagnosis: Diagnosis) -> Self {
        let severity = match class {
            Class::Transient => Severity::Passing,
            Class::BackOff => Severity::Looping,
            Class::Consent | Class::Configuration => Severity::Lasting,
        };
        Self { severity, error: IdentityError::new(class, diagnosis), retry_after: None }
    }

    /// With what the meaning cannot know.
    pub(super) fn detailed(meaning: &Meaning, detail: Option<String>) -> Self {
        let mut diagnosis = Diagnosis::new(meaning);
        if let Some(detail) = detail {
            diagnosis.meaning = format!("{}: {detail}", diagnosis.meaning);
        }
        Self::new(meaning.class, diagnosis)
    }
}

impl Exchange {
    pub(super) fn new(config: &Microsoft365, http: Client, clock: Clock) -> Result<Self, CredentialError> {
        let proof = match &config.credential.strategy {
            Strategy::ClientSecret(secret) => Proof::secret(secret),
            Strategy::ClientCertificate { certificate, private_key } => {
                Proof::certificate(certificate, private_key)?
            }
            Strategy::FederatedToken { file } => Proof::federated_token(file),
            Strategy::ManagedIdentity(identity) => {
                let identity = ManagedIdentity::new(identity, &config.endpoints.scope, clock)?;
                return Ok(Self { way: Way::Azure(Box::new(identity)) });
            }
        };
        Ok(Self { way: Way::Platform(Box::new(TokenEndpoint::new(config, proof, http, clock))) })
    }

    /// Asks once. `claims` are those of a challenge; `server_date` is the last that was seen.
    pub(super) async fn ask(&self, claims: Option<String>, server_date: Option<ServerDate>) -> Outcome {
        match &self.way {
            Way::Platform(endpoint) => endpoint.ask(claims, server_date).await,
            Way::Azure(identity) => identity.ask().await,
        }
    }
}

/// An address of a tenant at the identity platform.
pub(super) fn address(login: &Url, tenant: &Tenant, path: &str) -> Url {
    let tenant = match tenant {
        Tenant::Id(id) => id.to_string(),
        Tenant::Domain(domain) => domain.clone(),
    };
    let mut url = login.clone();
    url.set_path(&format!("{}/{tenant}/{path}", login.path().trim_end_matches('/')));
    url
}
