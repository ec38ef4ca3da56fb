//! Asking for a token, in whichever way the credential is good for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collector::secrets::SecretStore;
use collector::sensitive::SensitiveString;
use jiff::Timestamp;
use reqwest::Client;
use tokio::time::Instant;
use url::Url;

use super::aadsts::{self, Class, Meaning};
use super::credential::{CredentialError, Proof};
use super::delegated::Delegated;
use super::error::{Diagnosis, IdentityError};
use super::managed_identity::ManagedIdentity;
use super::schedule::Severity;
use super::token_endpoint::{Grant, TokenEndpoint};
use super::transport::ServerDate;
use crate::clock::Clock;
use crate::config::{Microsoft365, Strategy, Tenant};

/// If nobody says how long a token lives, which is always said.
pub(super) const UNKNOWN_LIFE: Duration = Duration::from_mins(5);

const EXPIRED: Meaning = aadsts::configuration(
    "credential_expired",
    "the credential has expired",
    "Make a new one for the app registration, and write it as auth or auth.next, with its auth.expires_at if that is written.",
);

/// All of them.
#[cfg(test)]
pub(super) const MEANINGS: &[Meaning] = &[EXPIRED];

/// Asks for tokens of one app in one tenant.
pub(super) struct Exchange {
    tenant: Tenant,
    /// One, or two while a credential is replaced.
    candidates: Vec<Candidate>,
    /// Which of them is in use, and what is known of the other.
    choice: Mutex<Choice>,
}

/// A credential, and how it gets a token.
struct Candidate {
    credential: CredentialInUse,
    way: Way,
    clock: Clock,
}

#[derive(Clone, Copy, Default)]
struct Choice {
    index: usize,
    /// Why the other one is no longer in use.
    other: Option<&'static str>,
}

/// The credential by which tokens come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CredentialInUse {
    /// Its strategy.
    pub strategy: &'static str,
    /// Where it is configured: `auth` or `auth.next`.
    pub place: &'static str,
    /// When it expires, if that is known.
    pub expires_at: Option<Timestamp>,
    /// Why the other one was refused, if it was.
    pub other_refused: Option<&'static str>,
}

/// Who issues them.
enum Way {
    /// The identity platform, to an app that proves itself.
    Platform(Box<TokenEndpoint>),
    /// Azure, to the resource that this program runs on.
    Azure(Box<ManagedIdentity>),
    /// The identity platform, to an app on behalf of a user who has signed in.
    Delegated(Arc<Delegated>),
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
    /// What the next one is got with, where a user has signed in.
    pub(super) refresh_token: Option<SensitiveString>,
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

    fn adding(self, more: &str) -> Self {
        Self { error: self.error.adding(more), ..self }
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
    /// `secrets` is where refresh tokens rest.
    pub(super) fn new(
        config: &Microsoft365,
        http: &Client,
        clock: &Clock,
        secrets: Option<&Arc<dyn SecretStore>>,
    ) -> Result<Self, CredentialError> {
        let next = config.credential.next.as_deref().map(|next| ("auth.next", next));
        let given = std::iter::once(("auth", &config.credential)).chain(next);
        let candidates = given.map(|(place, credential)| {
            let way = Way::new(config, &credential.strategy, http, clock, secrets)?;
            let (strategy, expires_at) = (credential.strategy.as_str(), credential.expires_at);
            let credential = CredentialInUse { strategy, place, expires_at, other_refused: None };
            Ok(Candidate { credential, way, clock: clock.clone() })
        });
        let tenant = config.tenant.clone();
        Ok(Self { tenant, candidates: candidates.collect::<Result<_, _>>()?, choice: Mutex::default() })
    }

    /// Asks once, or once with each credential if the first is refused. `claims` are those of a challenge; `server_date`
    /// is the last that was seen.
    pub(super) async fn ask(&self, claims: Option<String>, server_date: Option<ServerDate>) -> Outcome {
        let index = self.choice().index;
        let outcome = self.candidates[index].ask(claims.clone(), server_date).await;
        let Err(refused) = &outcome.result else { return outcome };
        let reason = refused.error.reason();
        let Some((other, candidate)) = self.candidates.iter().enumerate().find(|(other, _)| *other != index)
        else {
            return outcome;
        };
        if !aadsts::OF_CREDENTIALS.contains(&reason) {
            return outcome;
        }
        let second = candidate.ask(claims, outcome.date.or(server_date)).await;
        let place = candidate.credential.place;
        if let Err(refused_too) = &second.result {
            let too = format!("; the credential in {place} is refused too ({})", refused_too.error.reason());
            return Outcome { result: outcome.result.map_err(|refused| refused.adding(&too)), ..outcome };
        }
        tracing::info!(
            tenant = ?self.tenant, refused = reason,
            "The credential in {place} is in use now, as the other one is refused."
        );
        *self.lock() = Choice { index: other, other: Some(reason) };
        second
    }

    /// How a user signs in, where one does.
    pub(super) fn delegated(&self) -> Option<Arc<Delegated>> {
        self.candidates.iter().find_map(|candidate| match &candidate.way {
            Way::Delegated(delegated) => Some(Arc::clone(delegated)),
            Way::Platform(_) | Way::Azure(_) => None,
        })
    }

    /// By which credential tokens come.
    pub(super) fn credential(&self) -> CredentialInUse {
        let Choice { index, other } = self.choice();
        CredentialInUse { other_refused: other, ..self.candidates[index].credential }
    }

    fn choice(&self) -> Choice {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Choice> {
        self.choice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Candidate {
    async fn ask(&self, claims: Option<String>, server_date: Option<ServerDate>) -> Outcome {
        let mut outcome = self.way.ask(claims, server_date).await;
        let now = outcome.date.map_or_else(|| self.clock.now(), |(date, _)| date);
        if let (Err(refused), Some(expiry)) = (&mut outcome.result, self.credential.expires_at)
            && expiry <= now
            && aadsts::OF_CREDENTIALS.contains(&refused.error.reason())
        {
            // Microsoft says the same of a certificate that has expired as of one that it does not know.
            let before = refused.error.diagnosis();
            let meaning = format!("{} at {expiry}: {}", EXPIRED.sentence, before.meaning);
            let (reason, way_out) = (EXPIRED.reason, EXPIRED.way_out.into());
            let diagnosis = Diagnosis { reason, meaning, way_out, ..before.clone() };
            refused.error = IdentityError::new(EXPIRED.class, diagnosis);
        }
        outcome
    }
}

impl Way {
    fn new(
        config: &Microsoft365,
        strategy: &Strategy,
        http: &Client,
        clock: &Clock,
        secrets: Option<&Arc<dyn SecretStore>>,
    ) -> Result<Self, CredentialError> {
        let delegated = |client_secret| {
            let delegated = Delegated::new(config, client_secret, secrets, http.clone(), clock.clone());
            delegated.map(|delegated| Self::Delegated(Arc::new(delegated)))
        };
        let proof = match strategy {
            Strategy::ClientSecret(secret) => Proof::secret(secret, &config.name),
            Strategy::ClientCertificate { certificate, private_key } => {
                Proof::certificate(certificate, private_key)?
            }
            Strategy::FederatedToken { file } => Proof::federated_token(file),
            Strategy::ManagedIdentity(identity) => {
                let identity = ManagedIdentity::new(identity, &config.endpoints.scope, clock.clone())?;
                return Ok(Self::Azure(Box::new(identity)));
            }
            Strategy::AuthorizationCode { client_secret } => return delegated(client_secret.as_ref()),
            Strategy::DeviceCode => return delegated(None),
        };
        let scope = config.endpoints.scope.clone();
        let endpoint = TokenEndpoint::new(config, proof, scope, http.clone(), clock.clone());
        Ok(Self::Platform(Box::new(endpoint)))
    }

    async fn ask(&self, claims: Option<String>, server_date: Option<ServerDate>) -> Outcome {
        match self {
            Self::Platform(endpoint) => endpoint.ask(&Grant::App, claims, server_date).await,
            Self::Azure(identity) => identity.ask().await,
            Self::Delegated(delegated) => delegated.ask(claims, server_date).await,
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
