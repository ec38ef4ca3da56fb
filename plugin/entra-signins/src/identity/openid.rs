//! Which tenant a domain belongs to, as the identity platform's OpenID configuration says without any token.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Deserialize;
use url::Url;

use super::aadsts::{self, Class, Meaning};
use super::answer::ErrorAnswer;
use super::error::{Diagnosis, IdentityError};
use super::exchange::address;
use crate::config::{Tenant, TenantId};
use crate::http::{BodyLimits, read, sentence};

const LIMITS: BodyLimits =
    BodyLimits { most: 1024 * 1024, stall: Duration::from_secs(30), whole: Duration::from_mins(1) };
const TIMEOUT: Duration = Duration::from_mins(1);

const FAILED: Meaning = aadsts::transient(
    "tenant_not_resolved",
    "the tenant's id cannot be looked up",
    "Write the tenant's GUID as tenant_id, or check the network and login_endpoint; it is tried again by itself.",
);

/// All of them.
#[cfg(test)]
pub(super) const MEANINGS: &[Meaning] = &[FAILED];

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
}

/// Asks once for the GUID of this tenant.
pub(super) async fn tenant_id(
    http: &Client,
    login: &Url,
    tenant: &Tenant,
) -> Result<TenantId, IdentityError> {
    let url = address(login, tenant, "v2.0/.well-known/openid-configuration");
    let response = http.get(url).timeout(TIMEOUT).send().await.map_err(|error| failed(&sentence(error)))?;
    let status = response.status();
    let body = read(response, LIMITS).await.map_err(|_| failed("the answer broke off"))?.bytes;
    if status != StatusCode::OK {
        return Err(refused(status, &body));
    }
    let issuer =
        serde_json::from_slice::<Configuration>(&body).ok().and_then(|found| of_issuer(&found.issuer));
    issuer.ok_or_else(|| failed("the answer names no tenant"))
}

/// The GUID in `https://login.microsoftonline.com/{GUID}/v2.0`.
fn of_issuer(issuer: &str) -> Option<TenantId> {
    Url::parse(issuer).ok()?.path_segments()?.find_map(|segment| segment.parse().ok())
}

fn refused(status: StatusCode, body: &[u8]) -> IdentityError {
    let unavailable = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    match serde_json::from_slice::<ErrorAnswer>(body) {
        Ok(answer) => {
            let (meaning, number) = aadsts::meaning(&answer, unavailable);
            IdentityError::new(meaning.class, Diagnosis::new(&meaning).said(number, &answer, &|_| false))
        }
        Err(_) => failed(&format!("HTTP {}", status.as_u16())),
    }
}

fn failed(how: &str) -> IdentityError {
    let mut diagnosis = Diagnosis::new(&FAILED);
    diagnosis.meaning = format!("{}: {how}", diagnosis.meaning);
    IdentityError::new(Class::Transient, diagnosis)
}
