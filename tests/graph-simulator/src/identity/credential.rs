//! How an application proves itself at the token endpoint.

use std::collections::HashMap;

use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::assertion;
use super::errors::Refusal;
use crate::tenant::{Tenant, lock};
use crate::wire::Incoming;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What an application showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing: a public client.
    Nothing,
    Secret,
    /// A key, its own or that of a trusted issuer.
    Key,
}

/// HTTP Basic stands in for `client_id` and `client_secret`; both are form-encoded within it (RFC 6749, 2.3.1).
pub(super) fn basic_credentials(request: &Incoming, form: &mut HashMap<String, String>) {
    let credentials = request
        .header(header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = credentials.as_deref().and_then(|text| text.split_once(':')) else { return };
    form.insert("client_id".to_owned(), form_decoded(id));
    form.insert("client_secret".to_owned(), form_decoded(secret));
}

fn form_decoded(text: &str) -> String {
    let pair = format!("v={text}");
    let decoded = form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
    decoded.unwrap_or_default()
}

/// Checks the application's credential, if it sent one.
pub(super) fn prove(
    tenant: &Tenant,
    form: &HashMap<String, String>,
    request: &Incoming,
) -> Result<Proof, Refusal> {
    let mut access = lock(&tenant.access);
    if let Some(assertion) = form.get("client_assertion") {
        if form.get("client_assertion_type").map(String::as_str) != Some(ASSERTION_TYPE) {
            return Err(Refusal(900_144));
        }
        if access.federated_tokens.contains(assertion) {
            return Ok(Proof::Key);
        }
        return assertion::verify(&mut access, tenant, assertion, request).map(|()| Proof::Key);
    }
    match form.get("client_secret").filter(|secret| !secret.is_empty()) {
        Some(secret) if access.secrets.contains(secret) => Ok(Proof::Secret),
        Some(_) => Err(Refusal(7_000_215)),
        None => Ok(Proof::Nothing),
    }
}
