//! The Microsoft identity platform: tokens for applications and for users who sign in, and OpenID metadata.

pub(crate) mod assertion;
mod credential;
pub(crate) mod errors;
mod grant;
pub(crate) mod interactive;
pub(crate) mod managed;
mod ticket;
pub(crate) mod token;

use std::sync::Arc;

use axum::http::{StatusCode, header};
use serde_json::json;

use self::errors::{Refusal, refusal};
use crate::faults::{Endpoint, Occasion, amend_reply, answer_instead};
use crate::server::Shared;
use crate::tenant::{Tenant, lock};
use crate::wire::{Incoming, Reply};

/// `POST /{tenant}/oauth2/v2.0/token`
pub(crate) fn token_endpoint(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    let found = shared.tenant_named(tenant);
    let id = found.as_ref().map(|tenant| tenant.id);
    let faults = found.as_ref().map(|tenant| {
        lock(&tenant.faults).meet(&Occasion { endpoint: Endpoint::Token, following: false, claims: None })
    });
    let faults = faults.unwrap_or_default();
    let mut reply = faults.iter().find_map(|fault| answer_instead(fault, request)).unwrap_or_else(|| {
        let issued = known_tenant(found, tenant).and_then(|tenant| grant::answer(shared, &tenant, request));
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
