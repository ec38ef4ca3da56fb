//! An access token for Graph.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector::sensitive::SensitiveString;
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::config::TenantId;

#[cfg(test)]
mod tests;

/// The permission that reading sign-ins needs, be it the app's own or on behalf of a user.
pub const AUDIT_LOG_READ_ALL: &str = "AuditLog.Read.All";

/// A token, and what is known of it. Microsoft calls its content opaque, so nothing depends on reading it: a token
/// that cannot be read is used, and Graph says what it lacks.
pub struct AccessToken {
    secret: SensitiveString,
    claims: Option<Claims>,
    serial: u64,
    expires_at: Instant,
}

/// Whom the permissions in a token were granted to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum GrantedTo {
    /// The app itself, by an administrator: they stand in `roles`.
    App,
    /// The app on behalf of a user, by that user or an administrator: they stand in `scp`.
    User,
}

/// What is known of a token that could be read.
struct Claims {
    tenant: Option<TenantId>,
    permissions: Vec<String>,
}

/// The part of the payload that says whose token it is and what it opens.
#[derive(Deserialize)]
struct Payload {
    tid: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    /// Separated by blanks.
    #[serde(default)]
    scp: String,
}

impl AccessToken {
    pub(super) fn new(
        secret: SensitiveString,
        granted_to: GrantedTo,
        serial: u64,
        expires_at: Instant,
    ) -> Self {
        let claims = claims(secret.inner()).map(|payload: Payload| Claims {
            tenant: payload.tid.and_then(|tenant| tenant.parse().ok()),
            permissions: match granted_to {
                GrantedTo::App => payload.roles,
                GrantedTo::User => payload.scp.split_whitespace().map(str::to_owned).collect(),
            },
        });
        Self { secret, claims, serial, expires_at }
    }

    /// A token out of nowhere, for tests of those who use one.
    #[cfg(test)]
    pub(crate) fn of(secret: &str) -> Self {
        Self::new(secret.into(), GrantedTo::App, 1, crate::clock::Clock::system().monotonic())
    }

    /// Tells this token from those before and after it.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// The request with this token.
    pub(crate) fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.secret.inner())
    }

    /// The permissions that were granted. None at all: nobody has consented.
    pub fn permissions(&self) -> &[String] {
        self.claims.as_ref().map_or(&[], |claims| &claims.permissions)
    }

    /// Whether it carries this permission; yes if the token cannot be read.
    pub fn permits(&self, permission: &str) -> bool {
        self.claims.is_none() || self.permissions().iter().any(|granted| granted == permission)
    }

    /// The tenant that it was issued for, if the token can be read.
    pub fn tenant(&self) -> Option<TenantId> {
        self.claims.as_ref()?.tenant
    }

    /// When it expires.
    pub fn expires_at(&self) -> Instant {
        self.expires_at
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("tenant", &self.tenant())
            .field("permissions", &self.permissions())
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// The payload of a JWT, which is read and not believed: signatures are the business of whoever takes the token.
pub(super) fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()
}
