//! Gives out tokens and has them renewed: the shell around [`Schedule`].

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use collector::secrets::SecretStore;
use reqwest::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use super::aadsts::{self, Meaning};
use super::credential::CredentialError;
use super::error::{Diagnosis, IdentityError};
use super::exchange::{CredentialInUse, Exchange, Granted, Outcome, Refused};
use super::openid;
use super::schedule::{Decision, Schedule, Severity};
use super::token::{AUDIT_LOG_READ_ALL, AccessToken, GrantedTo};
use super::transport::ServerDate;
use crate::clock::Clock;
use crate::config::{Microsoft365, Tenant, TenantId};

mod sign_in;
#[cfg(test)]
mod tests;

pub use sign_in::{DeviceSignIn, SignIn, SignedIn, refused_in_browser};

/// How long a domain that could not be resolved is left alone.
const RESOLVE_WAIT: Duration = Duration::from_secs(30);

/// The tokens of one parent connector. Clones share them.
#[derive(Clone)]
pub struct TokenProvider(Arc<Inner>);

struct Inner {
    exchange: Arc<Exchange>,
    granted_to: GrantedTo,
    http: Client,
    login: Url,
    tenant: Tenant,
    clock: Clock,
    state: Mutex<State>,
    /// Changes whenever an exchange has ended.
    ended: watch::Sender<u64>,
    /// The exchange in flight. It belongs to nobody who waits, so that nobody who leaves can break it off.
    renewal: Mutex<JoinSet<()>>,
    /// Held while a domain is resolved.
    resolving: tokio::sync::Mutex<Option<(Instant, IdentityError)>>,
}

#[derive(Default)]
struct State {
    schedule: Schedule,
    token: Option<Arc<AccessToken>>,
    error: Option<IdentityError>,
    /// What the next token must be asked for with.
    claims: Option<String>,
    server_date: Option<ServerDate>,
    tenant: Option<TenantId>,
}

const NO_PERMISSION: Meaning =
    aadsts::consent("consent_missing", "the token carries no permission: nobody has consented");
const PERMISSION_MISSING: Meaning =
    aadsts::consent("permission_missing", "the token does not carry the permission AuditLog.Read.All");
const TENANT_MISMATCH: Meaning = aadsts::configuration(
    "tenant_mismatch",
    "the token is for another tenant than the configured one",
    "Check tenant_id and login_endpoint; a managed identity reads the tenant of its own subscription alone.",
);
const TOKEN_REJECTED: Meaning = aadsts::transient(
    "token_rejected",
    "Graph rejects one fresh token after the other",
    "Check cloud, graph_endpoint and scope: a token is good for the Graph of its own cloud alone.",
);
const INTERRUPTED: Meaning = aadsts::transient(
    "token_request_interrupted",
    "the token request was broken off",
    "Nothing to do: it is tried again by itself.",
);

/// All of them.
#[cfg(test)]
pub(super) const MEANINGS: &[Meaning] =
    &[NO_PERMISSION, PERMISSION_MISSING, TENANT_MISMATCH, TOKEN_REJECTED, INTERRUPTED];

impl TokenProvider {
    /// Tokens of this parent. Asks nobody yet; a credential that cannot be used is refused. `secrets` is where the authorization of a user
    /// who signs in is kept.
    pub fn new(
        config: &Microsoft365,
        http: Client,
        clock: Clock,
        secrets: Option<&Arc<dyn SecretStore>>,
    ) -> Result<Self, CredentialError> {
        let is_delegated = config.credential.strategy.is_delegated();
        Ok(Self(Arc::new(Inner {
            exchange: Arc::new(Exchange::new(config, &http, &clock, secrets)?),
            granted_to: if is_delegated { GrantedTo::User } else { GrantedTo::App },
            http,
            login: config.endpoints.login.clone(),
            tenant: config.tenant.clone(),
            clock,
            state: Mutex::default(),
            ended: watch::Sender::new(0),
            renewal: Mutex::default(),
            resolving: tokio::sync::Mutex::default(),
        })))
    }

    /// A token that carries [`AUDIT_LOG_READ_ALL`]; at once if there is one, or a remembered error.
    ///
    /// Cancellation safe: the request goes on, and serves who asks next.
    pub async fn token(&self) -> Result<Arc<AccessToken>, IdentityError> {
        let mut ended = self.0.ended.subscribe();
        loop {
            if let Some(answer) = self.0.wanted() {
                return answer;
            }
            // Cannot fail: the sender lives in `self`.
            ended.changed().await.ok();
        }
    }

    /// Asks Microsoft now, whatever is remembered, and says what came.
    pub async fn check_now(&self) -> Result<Arc<AccessToken>, IdentityError> {
        let mut ended = self.0.ended.subscribe();
        let decision = self.0.lock().schedule.demanded(self.0.clock.monotonic());
        match decision {
            Decision::Serve | Decision::Refuse(_) => {}
            Decision::Wait => {
                ended.changed().await.ok();
            }
            Decision::Renew | Decision::ServeAndRenew => {
                self.0.renew();
                ended.changed().await.ok();
            }
        }
        self.0.lock().last()
    }

    /// Asks for a token with what is there now, whatever is remembered, and says what came. What is in flight was asked for with what was
    /// there before, and is waited for first.
    pub(super) async fn ask_anew(&self) -> Result<Arc<AccessToken>, IdentityError> {
        let mut ended = self.0.ended.subscribe();
        loop {
            let begun = self.0.lock().schedule.anew(self.0.clock.monotonic());
            if begun {
                self.0.renew();
            }
            ended.changed().await.ok();
            if begun {
                return self.0.lock().last();
            }
        }
    }

    /// Graph has answered this token with 401, perhaps with a challenge. The next call of [`Self::token`] gives
    /// another one. A token that was replaced since changes nothing, so everybody who had it may say so.
    pub fn reject(&self, token: &AccessToken, claims: Option<String>) {
        let now = self.0.clock.monotonic();
        let mut state = self.0.lock();
        if state.token.as_ref().is_none_or(|held| held.serial() != token.serial()) {
            return;
        }
        if claims.is_some() {
            state.claims = claims;
        }
        if state.schedule.rejected(token.serial(), rand::random(), now) {
            state.error = Some(error_of(&TOKEN_REJECTED));
        }
    }

    /// Graph has answered this token with a page.
    pub fn accepted(&self, token: &AccessToken) {
        self.0.lock().schedule.accepted(token.serial(), self.0.clock.monotonic());
    }

    /// Graph takes this token but refuses what was asked for (403). What an admin grants shows in a newer token alone,
    /// so this one is renewed within minutes instead of an hour. It goes on being served meanwhile.
    pub fn outdated(&self, token: &AccessToken) {
        self.0.lock().schedule.outdated(token.serial());
    }

    /// The tenant's GUID: the configured one, or the one that the configured domain belongs to.
    pub async fn tenant_id(&self) -> Result<TenantId, IdentityError> {
        if let Tenant::Id(id) = self.0.tenant {
            return Ok(id);
        }
        let mut resolving = self.0.resolving.lock().await;
        if let Some(tenant) = self.0.lock().tenant {
            return Ok(tenant);
        }
        let now = self.0.clock.monotonic();
        if let Some((next_try, error)) = resolving.as_ref().filter(|(next_try, _)| now < *next_try) {
            return Err(error.clone().with_next_try(Some(*next_try)));
        }
        let found = openid::tenant_id(&self.0.http, &self.0.login, &self.0.tenant).await;
        match &found {
            Ok(tenant) => self.0.lock().tenant = Some(*tenant),
            Err(error) => *resolving = Some((self.0.clock.monotonic() + RESOLVE_WAIT, error.clone())),
        }
        found
    }

    /// By which of the configured credentials tokens come.
    pub fn credential(&self) -> CredentialInUse {
        self.0.exchange.credential()
    }

    /// The identity platform's time as it last said it, and when that was.
    pub fn server_date(&self) -> Option<(jiff::Timestamp, Instant)> {
        self.0.lock().server_date
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenProvider").field("tenant", &self.0.tenant).finish_non_exhaustive()
    }
}

impl State {
    /// What the last exchange came to.
    fn last(&self) -> Result<Arc<AccessToken>, IdentityError> {
        match (&self.error, &self.token) {
            (None, Some(token)) => Ok(Arc::clone(token)),
            (Some(error), _) => Err(error.clone().with_next_try(self.schedule.next_try())),
            (None, None) => Err(error_of(&INTERRUPTED).with_next_try(self.schedule.next_try())),
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What can be said at once; `None` while an exchange is awaited.
    fn wanted(self: &Arc<Self>) -> Option<Result<Arc<AccessToken>, IdentityError>> {
        let mut state = self.lock();
        let decision = state.schedule.wanted(self.clock.monotonic());
        let answer = match decision {
            Decision::Serve | Decision::ServeAndRenew => state.token.clone().map(Ok),
            Decision::Renew | Decision::Wait => None,
            Decision::Refuse(next_try) => {
                let error = state.error.clone().unwrap_or_else(|| error_of(&INTERRUPTED));
                Some(Err(error.with_next_try(Some(next_try))))
            }
        };
        drop(state);
        if matches!(decision, Decision::Renew | Decision::ServeAndRenew) {
            self.renew();
        }
        answer
    }

    /// Begins an exchange, which the schedule has been told of.
    fn renew(self: &Arc<Self>) {
        let (claims, server_date) = {
            let state = self.lock();
            (state.claims.clone(), state.server_date)
        };
        let exchange = Arc::clone(&self.exchange);
        let attempt = Attempt { of: Arc::downgrade(self), claims: claims.clone(), outcome: None };
        let mut renewal = self.renewal.lock().unwrap_or_else(PoisonError::into_inner);
        while renewal.try_join_next().is_some() {}
        renewal.spawn(async move {
            attempt.end(exchange.ask(claims, server_date).await);
        });
    }

    fn ended(&self, claims: Option<&String>, outcome: Option<Outcome>) {
        let now = self.clock.monotonic();
        let mut state = self.lock();
        let outcome =
            outcome.unwrap_or_else(|| Outcome { asked: now, result: Err(refused(&INTERRUPTED)), date: None });
        state.server_date = outcome.date.or(state.server_date);
        let checked = outcome.result.and_then(|granted| self.take(&mut state, outcome.asked, granted));
        match checked {
            Ok(token) => {
                state.error = None;
                // A challenge that came meanwhile is for the next token.
                if state.claims.as_ref() == claims {
                    state.claims = None;
                }
                state.token = Some(token);
            }
            Err(refused) => self.remember(&mut state, refused, now),
        }
        drop(state);
        self.ended.send_modify(|count| *count += 1);
    }

    /// Checks a token. One that reads nothing, or of another tenant, is none.
    fn take(&self, state: &mut State, asked: Instant, granted: Granted) -> Result<Arc<AccessToken>, Refused> {
        let (serial, expires_at) = (state.schedule.next_serial(), asked + granted.life);
        let token = AccessToken::new(granted.secret, self.granted_to, serial, expires_at);
        let expected = match self.tenant {
            Tenant::Id(id) => Some(id),
            Tenant::Domain(_) => state.tenant,
        };
        if let (Some(expected), Some(tenant)) = (expected, token.tenant())
            && expected != tenant
        {
            return Err(refused(&TENANT_MISMATCH));
        }
        if !token.permits(AUDIT_LOG_READ_ALL) {
            let lacking = if token.permissions().is_empty() { &NO_PERMISSION } else { &PERMISSION_MISSING };
            return Err(refused(lacking));
        }
        state.tenant = state.tenant.or_else(|| token.tenant());
        state.schedule.obtained(asked, granted.life, rand::random());
        tracing::debug!(life_secs = granted.life.as_secs(), "A token was issued.");
        Ok(Arc::new(token))
    }

    fn remember(&self, state: &mut State, refused: Refused, now: Instant) {
        let Refused { severity, error, retry_after } = refused;
        let known = state.error.as_ref().is_some_and(|known| known.reason() == error.reason());
        if severity != Severity::Passing && !known {
            let diagnosis = error.diagnosis();
            let said = diagnosis.description.as_deref().unwrap_or_default();
            tracing::warn!(tenant = ?self.tenant, reason = error.reason(), %error, said, "There is no token.");
        } else {
            tracing::debug!(tenant = ?self.tenant, reason = error.reason(), %error, "There is no token.");
        }
        state.schedule.failed(severity, retry_after, rand::random(), now);
        state.error = Some(error);
    }
}

fn error_of(meaning: &Meaning) -> IdentityError {
    IdentityError::new(meaning.class, Diagnosis::new(meaning))
}

fn refused(meaning: &Meaning) -> Refused {
    Refused::new(meaning.class, Diagnosis::new(meaning))
}

/// An exchange in flight. However it ends, even in a panic, the schedule learns that it has.
struct Attempt {
    of: Weak<Inner>,
    claims: Option<String>,
    outcome: Option<Outcome>,
}

impl Attempt {
    fn end(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(provider) = self.of.upgrade() {
            provider.ended(self.claims.as_ref(), self.outcome.take());
        }
    }
}
