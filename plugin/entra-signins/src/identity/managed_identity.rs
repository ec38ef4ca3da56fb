//! Tokens of a managed identity, from the service that Azure offers on the resource itself.
//!
//! What it says of trouble is as learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
//! documents it: 404, 410, 429 and 5xx pass, within 70 seconds after an update; any other refusal needs somebody.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Request, StatusCode};
use serde::Deserialize;
use url::Url;

use super::aadsts::{self, Meaning};
use super::answer::{ErrorAnswer, repeats};
use super::credential::CredentialError;
use super::error::Diagnosis;
use super::exchange::{Granted, Outcome, Refused, UNKNOWN_LIFE};
use super::transport::{Seen, Transport, TransportError};
use crate::clock::Clock;
use crate::config::{self, IdentityService, WhichIdentity};
use crate::http::{Failure, metadata_client};

#[cfg(test)]
mod tests;

const AGAIN: &str = "Nothing to do: it is tried again by itself.";
const UNREACHABLE: Meaning = aadsts::transient(
    "managed_identity_unreachable",
    "the service that issues tokens of the managed identity does not answer",
    "Run on an Azure resource that has a managed identity, and let this program reach 169.254.169.254 or auth.identity_endpoint directly.",
);
const UNAVAILABLE: Meaning = aadsts::transient(
    "managed_identity_unavailable",
    "the service that issues tokens of the managed identity is not available just now",
    AGAIN,
);
const UNREADABLE: Meaning = aadsts::transient(
    "managed_identity_unreadable",
    "something other than Azure seems to have answered for the managed identity",
    "Check auth.identity_endpoint if it lasts; it is tried again by itself.",
);
const MISSING: Meaning = aadsts::configuration(
    "managed_identity_missing",
    "Azure issues no token to the managed identity",
    "Assign the identity to the Azure resource that this runs on, and check auth.managed_identity_client_id, \
     auth.managed_identity_object_id or auth.managed_identity_resource_id.",
);
const REFUSED: Meaning = aadsts::configuration(
    "managed_identity_refused",
    "the service that issues tokens of the managed identity refuses the request",
    "Check auth.identity_endpoint and auth.identity_header.",
);

/// All of them.
#[cfg(test)]
pub(super) const MEANINGS: &[Meaning] = &[UNREACHABLE, UNAVAILABLE, UNREADABLE, MISSING, REFUSED];

/// Asks for tokens of an Azure resource's identity.
pub(super) struct ManagedIdentity {
    http: Client,
    clock: Clock,
    url: Url,
    header: (HeaderName, HeaderValue),
}

/// Numbers come as text from machines, as numbers from elsewhere.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_on: Option<Number>,
    expires_in: Option<Number>,
}

impl ManagedIdentity {
    pub(super) fn new(
        identity: &config::ManagedIdentity,
        scope: &str,
        clock: Clock,
    ) -> Result<Self, CredentialError> {
        let http = metadata_client().map_err(|_| CredentialError::HttpClient)?;
        let (url, header) = match &identity.service {
            IdentityService::Machine { endpoint } => {
                let metadata = (HeaderName::from_static("metadata"), HeaderValue::from_static("true"));
                (address(endpoint, "2018-02-01", scope, machine(&identity.which)), metadata)
            }
            IdentityService::AppService { endpoint, header } => {
                let mut value =
                    HeaderValue::from_str(header.inner()).map_err(|_| CredentialError::IdentityHeader)?;
                value.set_sensitive(true);
                let shown = (HeaderName::from_static("x-identity-header"), value);
                (address(endpoint, "2019-08-01", scope, app_service(&identity.which)), shown)
            }
        };
        Ok(Self { http, clock, url, header })
    }

    /// Asks once. Challenges have no place in such a request.
    pub(super) async fn ask(&self) -> Outcome {
        let asked = self.clock.monotonic();
        let transport = Transport::new(&self.http, &self.clock);
        let mut request = Request::new(reqwest::Method::GET, self.url.clone());
        let (name, value) = self.header.clone();
        request.headers_mut().insert(name, value);
        let answer = transport.send(request).await;
        let seen = transport.seen();
        let result = match answer {
            Ok(answer) if answer.status() == StatusCode::OK => self.granted(answer.body(), &seen),
            Ok(answer) => Err(self.refused(answer.status(), answer.body())),
            Err(TransportError::Failed(failure)) => Err(Refused::detailed(&UNREACHABLE, how(failure))),
            Err(TransportError::Unreadable) => Err(Refused::detailed(&UNREADABLE, None)),
        };
        let result = result.map_err(|refused| Refused { retry_after: seen.retry_after, ..refused });
        Outcome { asked, result, date: seen.date }
    }

    fn granted(&self, body: &[u8], seen: &Seen) -> Result<Granted, Refused> {
        let answer: Answer =
            serde_json::from_slice(body).map_err(|_| Refused::detailed(&UNREADABLE, None))?;
        let now = seen.date.map_or_else(|| self.clock.now(), |(date, _)| date);
        Ok(Granted { life: answer.life(now), secret: answer.access_token.into(), refresh_token: None })
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> Refused {
        // The identity platform's own refusal, handed through.
        if let Ok(answer) = serde_json::from_slice::<ErrorAnswer>(body)
            && !answer.numbers().is_empty()
        {
            let (meaning, number) = aadsts::meaning(&answer, passes(status));
            let diagnosis = Diagnosis::new(&meaning).said(number, &answer, &|text| self.is_in(text));
            return Refused::new(meaning.class, diagnosis);
        }
        let meaning = match status {
            _ if passes(status) => UNAVAILABLE,
            StatusCode::BAD_REQUEST => MISSING,
            _ if status.is_client_error() => REFUSED,
            _ => UNREADABLE,
        };
        Refused::detailed(&meaning, Some(format!("HTTP {}", status.as_u16())))
    }

    /// Whether this text holds what must not be shown to anybody else.
    fn is_in(&self, text: &str) -> bool {
        let (_, value) = &self.header;
        value.is_sensitive() && value.to_str().is_ok_and(|value| repeats(text, value))
    }
}

impl Answer {
    /// How much of the token's life is left: Azure hands out again what it has issued before, and `expires_in` may tell
    /// of its whole life.
    fn life(&self, now: Timestamp) -> Duration {
        let until = self.expires_on.as_ref().and_then(Number::seconds).map(|expiry| expiry - now.as_second());
        let left = until.filter(|left| *left > 0).or_else(|| self.expires_in.as_ref()?.seconds());
        left.and_then(|left| u64::try_from(left).ok()).map_or(UNKNOWN_LIFE, Duration::from_secs)
    }
}

impl Number {
    fn seconds(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

fn passes(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::TOO_MANY_REQUESTS)
        || status.is_server_error()
}

fn how(failure: Failure) -> Option<String> {
    match failure {
        Failure::Unreachable(why) | Failure::Broken(why) => Some(why),
        Failure::TimedOut => None,
    }
}

fn address(endpoint: &Url, version: &str, scope: &str, which: Option<(&str, String)>) -> Url {
    let mut url = endpoint.clone();
    let resource = scope.strip_suffix("/.default").unwrap_or(scope);
    url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", resource);
    if let Some((name, value)) = which {
        url.query_pairs_mut().append_pair(name, &value);
    }
    url
}

/// A user-assigned identity as the metadata service of machines has it.
fn machine(which: &WhichIdentity) -> Option<(&'static str, String)> {
    match which {
        WhichIdentity::SystemAssigned => None,
        WhichIdentity::ClientId(id) => Some(("client_id", id.to_string())),
        WhichIdentity::ObjectId(id) => Some(("object_id", id.to_string())),
        WhichIdentity::ResourceId(id) => Some(("msi_res_id", id.clone())),
    }
}

/// A user-assigned identity as App Service has it.
fn app_service(which: &WhichIdentity) -> Option<(&'static str, String)> {
    match which {
        WhichIdentity::SystemAssigned => None,
        WhichIdentity::ClientId(id) => Some(("client_id", id.to_string())),
        WhichIdentity::ObjectId(id) => Some(("principal_id", id.to_string())),
        WhichIdentity::ResourceId(id) => Some(("mi_res_id", id.clone())),
    }
}
