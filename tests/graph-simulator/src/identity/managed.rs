//! Tokens for Azure resources with a managed identity: the metadata service of machines, and App Service.

use axum::http::StatusCode;
use serde_json::json;
use url::form_urlencoded;

use super::errors::{Refusal, refusal};
use super::grant::managed_identity;
use crate::faults::{Endpoint, Occasion, around};
use crate::server::Shared;
use crate::wire::{Incoming, Reply};

/// The value that `X-IDENTITY-HEADER` must have, as `IDENTITY_HEADER` of the environment.
pub const IDENTITY_HEADER: &str = "simulated-identity-header";

/// `GET /{tenant}/metadata/identity/oauth2/token` (machines: header `Metadata: true`) and
/// `GET /{tenant}/msi/token` (App Service: header `X-IDENTITY-HEADER`).
pub(crate) fn token_endpoint(shared: &Shared, tenant: &str, machine: bool, request: &Incoming) -> Reply {
    let Some(tenant) = shared.tenant_named(tenant) else {
        return refusal(request, 90_002, None, None).noted(Endpoint::Token, None);
    };
    let reply = around(&tenant, &Occasion::at(Endpoint::Token), request, |_| {
        let allowed = if machine {
            request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        } else {
            request.header("x-identity-header") == Some(IDENTITY_HEADER)
        };
        let mut options = form_urlencoded::parse(request.query.as_bytes());
        match options.find(|(name, _)| name == "resource") {
            Some((_, resource)) if allowed => managed_identity(shared, &tenant, request, &resource)
                .unwrap_or_else(|Refusal(code)| refusal(request, code, None, None)),
            _ => Reply::json(
                StatusCode::BAD_REQUEST,
                &json!({"error": "invalid_request", "error_description": "Required metadata header or parameter not specified"}),
            ),
        }
    });
    reply.noted(Endpoint::Token, Some(tenant.id))
}
