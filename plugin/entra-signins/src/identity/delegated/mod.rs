//! Tokens on behalf of a user who has signed in: how the user signs in ([`browser`], [`device`]), where the refresh token rests that
//! this leaves ([`kept`]), and how access tokens come by it.
//!
//! Every use of a refresh token brings a newer one. Microsoft does not revoke the older one then, and here it is replaced only once the
//! newer one is durable: whenever the program ends in between, one of them is there and good.

mod browser;
mod device;
mod kept;

use std::sync::Arc;

use collector::secrets::{SecretStore, SecretStoreError};
use reqwest::Client;

pub(super) use browser::InBrowser;
pub(super) use device::OnDevice;

use self::kept::Kept;
use super::aadsts::{self, Class, Meaning};
use super::credential::{CredentialError, Proof};
use super::error::IdentityError;
use super::exchange::{Granted, Outcome, Refused};
use super::schedule::Severity;
use super::token::AUDIT_LOG_READ_ALL;
use super::token_endpoint::{Grant, TokenEndpoint};
use super::transport::ServerDate;
use crate::clock::Clock;
use crate::config::{ClientSecret, Endpoints, Microsoft365};

/// The reason while nobody has signed in.
pub const NOT_AUTHORIZED: &str = "not_authorized";

const NOBODY: Meaning = aadsts::consent(NOT_AUTHORIZED, "nobody has signed in for the connector yet");
const STORE_FAILED: Meaning = aadsts::configuration(
    "authorization_not_kept",
    "the authorization cannot be read or kept",
    "See to the directory secrets below data_dir, and to its key; it is tried again by itself.",
);
const NO_REFRESH_TOKEN: Meaning = aadsts::configuration(
    "refresh_token_missing",
    "Microsoft has issued no refresh token",
    "Let the app registration have the delegated permission offline_access, and authorize again.",
);

/// Reasons for which the user has to sign in again, or another one has to.
const AGAIN: &[&str] = &[
    "grant_refused",
    "interaction_required",
    "mfa_required",
    "password_expired",
    "password_wrong",
    "sign_in_again",
    "user_disabled",
    "user_not_in_tenant",
];

/// All that is meant here alone, and what is meant otherwise here than elsewhere.
#[cfg(test)]
pub(super) fn meanings() -> impl Iterator<Item = Meaning> {
    let again = aadsts::all().filter(|meaning| AGAIN.contains(&meaning.reason));
    let again = again.map(|meaning| Meaning { class: Class::Consent, ..meaning });
    again.chain([NOBODY, STORE_FAILED, NO_REFRESH_TOKEN])
}

/// Asks for tokens of one app in one tenant, on behalf of the user who has signed in.
pub(super) struct Delegated {
    endpoint: TokenEndpoint,
    addresses: Addresses,
    kept: Kept,
    /// Held from before the refresh token is read until the newer one is kept, so that none takes the place of one that is newer still.
    turning: tokio::sync::Mutex<()>,
}

/// Where a user signs in.
struct Addresses {
    browser: oauth2::AuthUrl,
    device: oauth2::DeviceAuthorizationUrl,
}

impl Delegated {
    /// With the secret of a confidential client. `secrets` is where the refresh token rests.
    pub(super) fn new(
        config: &Microsoft365,
        client_secret: Option<&ClientSecret>,
        secrets: Option<&Arc<dyn SecretStore>>,
        http: Client,
        clock: Clock,
    ) -> Result<Self, CredentialError> {
        let store = Arc::clone(secrets.ok_or(CredentialError::NoSecretStore)?);
        let proof = client_secret.map_or(Proof::Nothing, |secret| Proof::secret(secret, &config.name));
        let address = |path| super::exchange::address(&config.endpoints.login, &config.tenant, path);
        Ok(Self {
            endpoint: TokenEndpoint::new(config, proof, scope(&config.endpoints), http, clock),
            addresses: Addresses {
                browser: oauth2::AuthUrl::from_url(address("oauth2/v2.0/authorize")),
                device: oauth2::DeviceAuthorizationUrl::from_url(address("oauth2/v2.0/devicecode")),
            },
            kept: Kept::new(store, config),
            turning: tokio::sync::Mutex::default(),
        })
    }

    /// Asks once, with the refresh token that is kept, and keeps the one that comes.
    pub(super) async fn ask(&self, claims: Option<String>, server_date: Option<ServerDate>) -> Outcome {
        let _alone = self.turning.lock().await;
        let refresh_token = match self.kept.get().await {
            Ok(Some(token)) => token,
            Ok(None) => return self.unasked(Refused::detailed(&NOBODY, None)),
            Err(error) => return self.unasked(Refused::detailed(&STORE_FAILED, Some(error.to_string()))),
        };
        let outcome = self.endpoint.ask(&Grant::RefreshToken(&refresh_token), claims, server_date).await;
        if let Ok(Granted { refresh_token: Some(newer), .. }) = &outcome.result
            && let Err(error) = self.kept.put(newer).await
        {
            // The older one stays good for weeks, and the next token comes by it.
            tracing::warn!(%error, "A newer refresh token could not be kept.");
        }
        Outcome { result: outcome.result.map_err(sign_in_again), ..outcome }
    }

    /// Keeps the refresh token that a user who has just signed in has left, in the place of any other.
    pub(super) async fn keep(&self, granted: &Granted) -> Result<(), IdentityError> {
        let Some(newest) = &granted.refresh_token else {
            return Err(Refused::detailed(&NO_REFRESH_TOKEN, None).error);
        };
        let _alone = self.turning.lock().await;
        let failed =
            |error: SecretStoreError| Refused::detailed(&STORE_FAILED, Some(error.to_string())).error;
        self.kept.put(newest).await.map_err(failed)
    }

    /// Microsoft was not asked.
    fn unasked(&self, refused: Refused) -> Outcome {
        let refused = Refused { severity: Severity::Unasked, ..refused };
        Outcome { asked: self.endpoint.clock().monotonic(), result: Err(refused), date: None }
    }
}

/// The permission itself, since a user grants each by its name, and what brings a refresh token.
fn scope(endpoints: &Endpoints) -> String {
    let graph = endpoints.scope.strip_suffix("/.default").unwrap_or(&endpoints.scope);
    format!("{graph}/{AUDIT_LOG_READ_ALL} offline_access openid")
}

/// What another strategy would have to have set right, here a user sets right by signing in.
fn sign_in_again(refused: Refused) -> Refused {
    if !AGAIN.contains(&refused.error.reason()) {
        return refused;
    }
    let error = IdentityError::new(Class::Consent, refused.error.diagnosis().clone());
    Refused { error, ..refused }
}
