//! Asking the identity platform for a token: the client credentials grant, through the `oauth2` crate.

use std::time::Duration;

use collector::sensitive::SensitiveString;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenResponse};
use oauth2::{
    AuthType, EndpointNotSet, EndpointSet, RequestTokenError, Scope, StandardRevocableToken, TokenResponse,
    TokenUrl,
};
use reqwest::{Client, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::aadsts::{self, Class, Meaning};
use super::answer::ErrorAnswer;
use super::credential::{CredentialError, Occasion, Proof, Shown, Unproven};
use super::error::{Diagnosis, IdentityError};
use super::schedule::Severity;
use super::transport::{Seen, ServerDate, Transport, TransportError};
use crate::clock::Clock;
use crate::config::{ClientId, Microsoft365, Tenant};
use crate::http::Failure;

/// If Microsoft does not say how long a token lives, which it always does.
const UNKNOWN_LIFE: Duration = Duration::from_mins(5);

/// The `oauth2` crate's client with a refusal type of our own.
type EntraClient = oauth2::Client<
    ErrorAnswer,
    BasicTokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Asks for tokens of one app in one tenant.
pub(super) struct Exchange {
    pub(super) http: Client,
    pub(super) clock: Clock,
    oauth: EntraClient,
    endpoint: String,
    client_id: ClientId,
    scope: String,
    proof: Proof,
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
}

impl Exchange {
    pub(super) fn new(config: &Microsoft365, http: Client, clock: Clock) -> Result<Self, CredentialError> {
        let endpoint = address(&config.endpoints.login, &config.tenant, "oauth2/v2.0/token");
        let proof = Proof::new(&config.credential)?;
        let oauth = oauth2::Client::new(oauth2::ClientId::new(config.client_id.to_string()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(endpoint.clone()));
        let (client_id, scope) = (config.client_id, config.endpoints.scope.clone());
        Ok(Self { http, clock, oauth, endpoint: endpoint.into(), client_id, scope, proof })
    }

    /// Asks once. `claims` are those of a challenge; `server_date` is the last that was seen.
    pub(super) async fn ask(&self, claims: Option<String>, server_date: Option<ServerDate>) -> Outcome {
        let asked = self.clock.monotonic();
        let transport = Transport::new(&self.http, &self.clock);
        let now = self.now(server_date);
        let occasion = Occasion { endpoint: &self.endpoint, client_id: self.client_id, now };
        let result = match self.proof.show(&occasion).await {
            Ok(shown) => {
                let answer = self.request(&shown, claims.as_deref(), &transport).await;
                answer
                    .map(|token| granted(&token))
                    .map_err(|failed| self.refused(failed, &shown, &transport.seen()))
            }
            Err(Unproven { meaning, detail }) => Err(refusal(&meaning, detail)),
        };
        Outcome { asked, result, date: transport.seen().date }
    }

    async fn request(
        &self,
        shown: &Shown,
        claims: Option<&str>,
        transport: &Transport<'_>,
    ) -> Result<BasicTokenResponse, Failed> {
        let mut request = self.oauth.exchange_client_credentials().add_scope(Scope::new(self.scope.clone()));
        for (name, value) in shown.parameters() {
            request = request.add_extra_param(name, value);
        }
        if let Some(claims) = claims {
            request = request.add_extra_param("claims", claims);
        }
        request.request_async(transport).await
    }

    /// Microsoft's time once it is known, so that a wrong clock here does not spoil assertions.
    fn now(&self, server_date: Option<ServerDate>) -> Timestamp {
        let server = server_date.and_then(|(date, at)| {
            let elapsed = self.clock.monotonic().saturating_duration_since(at);
            date.checked_add(SignedDuration::try_from(elapsed).ok()?).ok()
        });
        server.unwrap_or_else(|| self.clock.now())
    }

    fn refused(&self, failed: Failed, shown: &Shown, seen: &Seen) -> Refused {
        let (meaning, detail) = match failed {
            RequestTokenError::ServerResponse(answer) => return self.said(&answer, shown, seen),
            RequestTokenError::Request(TransportError::Failed(failure)) => no_answer(failure),
            _ => unreadable(seen.status),
        };
        Refused { retry_after: seen.retry_after, ..refusal(&meaning, detail) }
    }

    fn said(&self, answer: &ErrorAnswer, shown: &Shown, seen: &Seen) -> Refused {
        let unavailable = seen.status.is_some_and(is_unavailable);
        let (meaning, number) = aadsts::meaning(answer, unavailable);
        let meaning = self.proof.meaning(meaning);
        let mut diagnosis = Diagnosis::new(&meaning).said(number, answer);
        // Microsoft does not repeat secrets, but whatever stands in between might.
        diagnosis.description = diagnosis.description.filter(|text| !shown.is_in(text));
        let offset = seen.date.map(|(date, _)| date.duration_since(self.clock.now()));
        let diagnosis = diagnosis.at_offset(offset);
        Refused { retry_after: seen.retry_after, ..Refused::new(meaning.class, diagnosis) }
    }
}

/// Why an exchange brought no token.
type Failed = RequestTokenError<TransportError, ErrorAnswer>;

fn granted(token: &BasicTokenResponse) -> Granted {
    Granted {
        secret: token.access_token().secret().as_str().into(),
        life: token.expires_in().unwrap_or(UNKNOWN_LIFE),
    }
}

fn refusal(meaning: &Meaning, detail: Option<String>) -> Refused {
    let mut diagnosis = Diagnosis::new(meaning);
    if let Some(detail) = detail {
        diagnosis.meaning = format!("{}: {detail}", diagnosis.meaning);
    }
    Refused::new(meaning.class, diagnosis)
}

const AGAIN: &str = "Check the network, proxy and login_endpoint if it lasts; it is tried again by itself.";
const UNREACHABLE: Meaning =
    aadsts::transient("login_unreachable", "Microsoft's identity platform cannot be reached", AGAIN);
const TIMED_OUT: Meaning =
    aadsts::transient("login_timed_out", "Microsoft's identity platform has not answered in time", AGAIN);
const BROKEN: Meaning =
    aadsts::transient("login_broken_off", "the answer of Microsoft's identity platform broke off", AGAIN);
const UNREADABLE: Meaning = aadsts::transient(
    "login_unreadable",
    "something other than Microsoft's identity platform seems to have answered",
    AGAIN,
);
const UNAVAILABLE: Meaning =
    aadsts::transient("microsoft_unavailable", "Microsoft's identity platform is not available", AGAIN);

/// All of them.
#[cfg(test)]
pub(super) const MEANINGS: &[Meaning] = &[UNREACHABLE, TIMED_OUT, BROKEN, UNREADABLE, UNAVAILABLE];

fn no_answer(failure: Failure) -> (Meaning, Option<String>) {
    match failure {
        Failure::Unreachable(why) => (UNREACHABLE, Some(why)),
        Failure::Broken(how) => (BROKEN, Some(how)),
        Failure::TimedOut => (TIMED_OUT, None),
    }
}

/// An answer that is not the identity platform's JSON. Its body is nobody's business.
fn unreadable(status: Option<StatusCode>) -> (Meaning, Option<String>) {
    let meaning = if status.is_some_and(is_unavailable) { UNAVAILABLE } else { UNREADABLE };
    (meaning, status.map(|status| format!("HTTP {}", status.as_u16())))
}

fn is_unavailable(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
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
