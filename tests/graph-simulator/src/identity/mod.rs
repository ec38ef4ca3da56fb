//! The Microsoft identity platform: tokens for applications and for users who sign in, and OpenID metadata.

pub(crate) mod assertion;
mod credential;
pub(crate) mod errors;
mod grant;
pub(crate) mod interactive;
pub(crate) mod managed;
mod ticket;
pub(crate) mod token;

use axum::http::{StatusCode, header};
use serde_json::json;

use self::errors::{Refusal, refusal};
use crate::faults::{Endpoint, Occasion, around};
use crate::server::Shared;
use crate::wire::{Incoming, Reply};

/// `POST /{tenant}/oauth2/v2.0/token`
pub(crate) fn token_endpoint(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    let (reply, id) = match shared.tenant_named(tenant) {
        None => (refusal(request, unknown(tenant), None, None), None),
        Some(tenant) => {
            let reply = around(&tenant, &Occasion::at(Endpoint::Token), request, |_| {
                let issued = grant::answer(shared, &tenant, request);
                issued.unwrap_or_else(|Refusal(code)| refusal(request, code, None, None))
            });
            (reply, Some(tenant.id))
        }
    };
    reply.with(header::CACHE_CONTROL, "no-store, no-cache").noted(Endpoint::Token, id)
}

/// What is said of a name that is no tenant.
fn unknown(name: &str) -> u32 {
    match name {
        "common" | "organizations" | "consumers" => 9_001_023,
        _ => 90_002,
    }
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(crate) fn openid_configuration(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    let Some(tenant) = shared.tenant_named(tenant) else {
        return refusal(request, 90_002, None, None).noted(Endpoint::OpenIdConfiguration, None);
    };
    let origin = request.origin();
    let base = format!("{origin}/{}", tenant.id);
    let occasion = Occasion::at(Endpoint::OpenIdConfiguration);
    let reply = around(&tenant, &occasion, request, |_| {
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
    reply.noted(Endpoint::OpenIdConfiguration, Some(tenant.id))
}
