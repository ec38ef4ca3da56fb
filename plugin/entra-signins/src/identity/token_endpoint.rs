//! Asking the identity platform for a token, through the `oauth2` crate: with the app's own proof alone, or with what a user who has
//! signed in has left as well.

use std::borrow::Cow;

use collector::sensitive::SensitiveString;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenResponse};
use oauth2::{
    AuthType, AuthorizationCode, EndpointNotSet, EndpointSet, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardRevocableToken, TokenResponse, TokenUrl,
};
use reqwest::{Client, StatusCode};

use super::aadsts::{self, Meaning};
use super::answer::{ErrorAnswer, repeats};
use super::credential::{Occasion, Proof, Shown, Unproven};
use super::error::Diagnosis;
use super::exchange::{Granted, Outcome, Refused, UNKNOWN_LIFE, address};
use super::schedule::Severity;
use super::transport::{Seen, ServerDate, Transport, TransportError};
use crate::clock::Clock;
use crate::config::{ClientId, Microsoft365};
use crate::http::Failure;

/// The `oauth2` crate's client with a refusal type of our own.
pub(super) type EntraClient = oauth2::Client<
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

/// Asks for tokens of one app in one tenant, with one credential.
pub(super) struct TokenEndpoint {
    http: Client,
    clock: Clock,
    oauth: EntraClient,
    endpoint: String,
    client_id: ClientId,
    scope: String,
    proof: Proof,
}

/// What a token is asked for with, beside the app's own proof.
pub(super) enum Grant<'a> {
    /// Nothing: the app's own permissions are asked for.
    App,
    /// What the browser of a user came back with, once.
    Code { code: &'a SensitiveString, verifier: &'a SensitiveString, redirect_uri: &'a RedirectUrl },
    /// What an earlier exchange has left.
    RefreshToken(&'a SensitiveString),
}

impl TokenEndpoint {
    /// Asks for tokens with this scope.
    pub(super) fn new(
        config: &Microsoft365,
        proof: Proof,
        scope: String,
        http: Client,
        clock: Clock,
    ) -> Self {
        let endpoint = address(&config.endpoints.login, &config.tenant, "oauth2/v2.0/token");
        let oauth = oauth2::Client::new(oauth2::ClientId::new(config.client_id.to_string()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(endpoint.clone()));
        let client_id = config.client_id;
        Self { http, clock, oauth, endpoint: endpoint.into(), client_id, scope, proof }
    }

    /// The `oauth2` crate's client, for requests to other endpoints of the identity platform.
    pub(super) fn oauth(&self) -> &EntraClient {
        &self.oauth
    }

    /// What is asked for.
    pub(super) fn scope(&self) -> Scope {
        Scope::new(self.scope.clone())
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What a request is sent through.
    pub(super) fn transport(&self) -> Transport<'_> {
        Transport::new(&self.http, &self.clock)
    }

    /// Asks once. `claims` are those of a challenge; `server_date` is the last that was seen.
    pub(super) async fn ask(
        &self,
        grant: &Grant<'_>,
        claims: Option<String>,
        server_date: Option<ServerDate>,
    ) -> Outcome {
        let asked = self.clock.monotonic();
        let transport = self.transport();
        let now = self.now(server_date);
        let occasion = Occasion { endpoint: &self.endpoint, client_id: self.client_id, now };
        let result = match self.proof.show(&occasion).await {
            Ok(shown) => {
                let answer = self.request(grant, &shown, claims.as_deref(), &transport).await;
                let hidden = |text: &str| shown.is_in(text) || grant.is_in(text);
                answer
                    .map(|token| granted(&token))
                    .map_err(|failed| self.refused(failed, &hidden, &transport.seen()))
            }
            Err(Unproven { meaning, detail, way_out }) => {
                let refused = Refused::detailed(&meaning, detail);
                let error = refused.error.helped_by(way_out);
                Err(Refused { severity: Severity::Unasked, error, ..refused })
            }
        };
        Outcome { asked, result, date: transport.seen().date }
    }

    async fn request(
        &self,
        grant: &Grant<'_>,
        shown: &Shown,
        claims: Option<&str>,
        transport: &Transport<'_>,
    ) -> Result<BasicTokenResponse, Failed> {
        let parameters = shown.parameters().into_iter().chain(claims.map(|claims| ("claims", claims)));
        match grant {
            Grant::App => {
                let request = self.oauth.exchange_client_credentials().add_scope(self.scope());
                let request =
                    parameters.fold(request, |request, (name, value)| request.add_extra_param(name, value));
                request.request_async(transport).await
            }
            Grant::Code { code, verifier, redirect_uri } => {
                let code = AuthorizationCode::new(code.inner().to_owned());
                let verifier = PkceCodeVerifier::new(verifier.inner().to_owned());
                let request = self.oauth.exchange_code(code).set_pkce_verifier(verifier);
                let request = request.set_redirect_uri(Cow::Borrowed(redirect_uri));
                let request =
                    parameters.fold(request, |request, (name, value)| request.add_extra_param(name, value));
                request.request_async(transport).await
            }
            Grant::RefreshToken(token) => {
                let token = RefreshToken::new(token.inner().to_owned());
                let request = self.oauth.exchange_refresh_token(&token).add_scope(self.scope());
                let request =
                    parameters.fold(request, |request, (name, value)| request.add_extra_param(name, value));
                request.request_async(transport).await
            }
        }
    }

    /// Microsoft's time once it is known, so that a wrong clock here does not spoil assertions.
    fn now(&self, server_date: Option<ServerDate>) -> Timestamp {
        let server = server_date.and_then(|(date, at)| {
            let elapsed = self.clock.monotonic().saturating_duration_since(at);
            date.checked_add(SignedDuration::try_from(elapsed).ok()?).ok()
        });
        server.unwrap_or_else(|| self.clock.now())
    }

    /// What it means that no token came. `hidden` tells texts that hold what must not be shown.
    pub(super) fn refused(&self, failed: Failed, hidden: &dyn Fn(&str) -> bool, seen: &Seen) -> Refused {
        let (meaning, detail) = match failed {
            RequestTokenError::ServerResponse(answer) => return self.said(&answer, hidden, seen),
            RequestTokenError::Request(TransportError::Failed(failure)) => no_answer(failure),
            _ => unreadable(seen.status),
        };
        Refused { retry_after: seen.retry_after, ..Refused::detailed(&meaning, detail) }
    }

    fn said(&self, answer: &ErrorAnswer, hidden: &dyn Fn(&str) -> bool, seen: &Seen) -> Refused {
        let unavailable = seen.status.is_some_and(is_unavailable);
        let (meaning, number) = aadsts::meaning(answer, unavailable);
        let meaning = self.proof.meaning(meaning);
        let diagnosis = Diagnosis::new(&meaning).said(number, answer, hidden);
        let offset = seen.date.map(|(date, _)| date.duration_since(self.clock.now()));
        let diagnosis = diagnosis.at_offset(offset);
        Refused { retry_after: seen.retry_after, ..Refused::new(meaning.class, diagnosis) }
    }
}

impl Grant<'_> {
    /// Whether this text holds what must not be shown to anybody else.
    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::App => false,
            Self::Code { code, verifier, .. } => {
                [code, verifier].iter().any(|hidden| repeats(text, hidden.inner()))
            }
            Self::RefreshToken(token) => repeats(text, token.inner()),
        }
    }
}

/// Why an exchange brought no token.
pub(super) type Failed = RequestTokenError<TransportError, ErrorAnswer>;

pub(super) fn granted(token: &BasicTokenResponse) -> Granted {
    Granted {
        refresh_token: token.refresh_token().map(|token| token.secret().as_str().into()),
        secret: token.access_token().secret().as_str().into(),
        life: token.expires_in().unwrap_or(UNKNOWN_LIFE),
    }
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

pub(super) fn is_unavailable(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}
