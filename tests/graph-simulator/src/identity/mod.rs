//! The Microsoft identity platform: tokens for applications, and OpenID metadata.

pub(crate) mod assertion;
pub(crate) mod errors;
pub(crate) mod token;

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::form_urlencoded;
use uuid::Uuid;

use self::errors::{Refusal, refusal};
use self::token::TokenClaims;
use crate::clock::SECOND;
use crate::faults::{Endpoint, Occasion, amend_reply, answer_instead};
use crate::records::draw::Draw;
use crate::server::Shared;
use crate::tenant::{Tenant, lock};
use crate::wire::{Incoming, Reply};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `POST /{tenant}/oauth2/v2.0/token`
pub(crate) fn token_endpoint(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    let found = shared.tenant_named(tenant);
    let id = found.as_ref().map(|tenant| tenant.id);
    let faults = found.as_ref().map(|tenant| {
        lock(&tenant.faults).meet(&Occasion { endpoint: Endpoint::Token, following: false, claims: None })
    });
    let faults = faults.unwrap_or_default();
    let mut reply = faults.iter().find_map(|fault| answer_instead(fault, request)).unwrap_or_else(|| {
        let issued = known_tenant(found, tenant).and_then(|tenant| issue(shared, &tenant, request));
        issued.unwrap_or_else(|Refusal(code)| refusal(request, code, None, None))
    });
    for fault in &faults {
        amend_reply(fault, &mut reply);
    }
    reply.with(header::CACHE_CONTROL, "no-store, no-cache").noted(Endpoint::Token, id)
}

fn known_tenant(found: Option<Arc<Tenant>>, name: &str) -> Result<Arc<Tenant>, Refusal> {
    match name {
        "common" | "organizations" | "consumers" => Err(Refusal(9_001_023)),
        _ => found.ok_or(Refusal(90_002)),
    }
}

fn issue(shared: &Shared, tenant: &Tenant, request: &Incoming) -> Result<Reply, Refusal> {
    let mut form = request.form();
    basic_credentials(request, &mut form);
    match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal(70_003)),
        None => return Err(Refusal(900_144)),
    }
    let client_id = form.get("client_id").ok_or(Refusal(900_144))?;
    if !client_id.eq_ignore_ascii_case(&tenant.client_id) {
        return Err(Refusal(700_016));
    }
    let certified = prove(tenant, &form, request)?;
    let audience = audience(shared, request, form.get("scope").ok_or(Refusal(900_144))?)?;
    let claims = form.get("claims").cloned();
    if claims.as_deref().is_some_and(|claims| serde_json::from_str::<serde_json::Value>(claims).is_err()) {
        return Err(Refusal(9_002_313));
    }
    let life = i64::try_from(shared.token_life.as_secs()).unwrap_or(i64::MAX);
    let now = request.now / SECOND;
    let (high, low) = tenant.id.as_u64_pair();
    let token = TokenClaims {
        aud: audience,
        iss: format!("https://sts.windows.net/{}/", tenant.id),
        iat: now,
        nbf: now,
        exp: now.saturating_add(life),
        appid: tenant.client_id.clone(),
        appidacr: if certified { "2" } else { "1" }.to_owned(),
        idtyp: "app".to_owned(),
        oid: Draw::new(high, low ^ 1).guid(),
        sub: Draw::new(high, low ^ 1).guid(),
        roles: lock(&tenant.access).roles.clone(),
        tid: tenant.id,
        uti: Uuid::new_v4().simple().to_string(),
        ver: "1.0".to_owned(),
        claims,
    };
    let body = json!({
        "token_type": "Bearer",
        "expires_in": life,
        "ext_expires_in": life,
        "access_token": token::sign(&shared.signing_key, &token),
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

/// HTTP Basic stands in for `client_id` and `client_secret`; both are form-encoded within it (RFC 6749, 2.3.1).
fn basic_credentials(request: &Incoming, form: &mut HashMap<String, String>) {
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

/// Checks the application's credential; true when it was a key rather than a secret.
fn prove(tenant: &Tenant, form: &HashMap<String, String>, request: &Incoming) -> Result<bool, Refusal> {
    let mut access = lock(&tenant.access);
    if let Some(assertion) = form.get("client_assertion") {
        if form.get("client_assertion_type").map(String::as_str) != Some(ASSERTION_TYPE) {
            return Err(Refusal(900_144));
        }
        if access.federated_tokens.contains(assertion) {
            return Ok(true);
        }
        return assertion::verify(&mut access, tenant, assertion, request).map(|()| true);
    }
    match form.get("client_secret") {
        Some(secret) if !secret.is_empty() => {
            if access.secrets.contains(secret) {
                Ok(false)
            } else {
                Err(Refusal(7_000_215))
            }
        }
        _ => Err(Refusal(7_000_218)),
    }
}

/// The audience that `scope` asks for: this Graph, with `/.default` behind it, and nothing else.
fn audience(shared: &Shared, request: &Incoming, scope: &str) -> Result<String, Refusal> {
    let mut scopes = scope.split_whitespace();
    let (Some(scope), None) = (scopes.next(), scopes.next()) else { return Err(Refusal(70_011)) };
    let resource = scope.strip_suffix("/.default").ok_or(Refusal(1_002_012))?;
    if resource == shared.origin || resource == request.origin() {
        Ok(resource.to_owned())
    } else {
        Err(Refusal(500_011))
    }
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(crate) fn openid_configuration(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    let found = shared.tenant_named(tenant);
    let Some(tenant) = found else {
        return refusal(request, 90_002, None, None).noted(Endpoint::OpenIdConfiguration, None);
    };
    let occasion = Occasion { endpoint: Endpoint::OpenIdConfiguration, following: false, claims: None };
    let faults = lock(&tenant.faults).meet(&occasion);
    let origin = request.origin();
    let base = format!("{origin}/{}", tenant.id);
    let mut reply = faults.iter().find_map(|fault| answer_instead(fault, request)).unwrap_or_else(|| {
        let body = json!({
            "issuer": format!("{base}/v2.0"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_types_supported": ["code"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        });
        Reply::json(StatusCode::OK, &body)
    });
    for fault in &faults {
        amend_reply(fault, &mut reply);
    }
    reply.noted(Endpoint::OpenIdConfiguration, Some(tenant.id))
}
