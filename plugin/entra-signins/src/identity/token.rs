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

/// The application permission that reading sign-ins needs.
pub const AUDIT_LOG_READ_ALL: &str = "AuditLog.Read.All";

/// A token, and what is known of it. Microsoft calls its content opaque, so nothing depends on reading it: a token
/// that cannot be read is used, and Graph says what it lacks.
pub struct AccessToken {
    secret: SensitiveString,
    claims: Option<Claims>,
    serial: u64,
    expires_at: Instant,
}

/// The part of the payload that says whose token it is and what it opens.
#[derive(Deserialize)]
struct Claims {
    tid: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

impl AccessToken {
    pub(super) fn new(secret: SensitiveString, serial: u64, expires_at: Instant) -> Self {
        let claims = claims(secret.inner());
        Self { secret, claims, serial, expires_at }
    }

    /// A token out of nowhere, for tests of those who use one.
    #[cfg(test)]
    pub(crate) fn of(secret: &str) -> Self {
        Self::new(secret.into(), 1, crate::clock::Clock::system().monotonic())
    }

    /// Tells this token from those before and after it.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// The request with this token.
    pub(crate) fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.secret.inner())
    }

    /// The application permissions that admins of the tenant have granted. None at all: nobody has consented.
    pub fn roles(&self) -> &[String] {
        self.claims.as_ref().map_or(&[], |claims| &claims.roles)
    }

    /// Whether it carries this permission; yes if the token cannot be read.
    pub fn has_role(&self, role: &str) -> bool {
        self.claims.is_none() || self.roles().iter().any(|granted| granted == role)
    }

    /// The tenant that it was issued for, if the token can be read.
    pub fn tenant(&self) -> Option<TenantId> {
        self.claims.as_ref()?.tid.as_ref()?.parse().ok()
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
            .field("roles", &self.roles())
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// The payload of a JWT, which is read and not believed: signatures are the business of whoever takes the token.
pub(super) fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()
}
