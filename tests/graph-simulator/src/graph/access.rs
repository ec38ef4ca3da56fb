//! Who calls Graph, and what they may.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errors::GraphError;
use crate::clock::SECOND;
use crate::identity::token::{self, TokenClaims};
use crate::server::Shared;
use crate::tenant::{Tenant, lock};
use crate::wire::{Incoming, Reply};

/// The application behind a valid token, and the tenant the token is for.
pub(super) struct Caller {
    pub(super) tenant: Arc<Tenant>,
    pub(super) app_id: String,
    pub(super) claims: Option<String>,
    roles: Vec<String>,
}

impl Caller {
    pub(super) fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|had| had == role)
    }
}

/// Checks the bearer token of a request: issued here, for this Graph, for a tenant of this Microsoft, not expired.
pub(super) fn authenticate(shared: &Shared, request: &Incoming) -> Result<Caller, GraphError> {
    let header = request.header(header::AUTHORIZATION).unwrap_or("");
    let text = header.strip_prefix("Bearer ").unwrap_or("").trim();
    if text.is_empty() {
        return Err(GraphError::invalid_token("Access token is empty."));
    }
    let invalid = || GraphError::invalid_token("CompactToken parsing failed with error code: 80049217");
    let TokenClaims { aud, exp, tid, appid, mut roles, scp, claims, .. } =
        token::read(&shared.signing_key, text).ok_or_else(invalid)?;
    if aud != shared.origin && aud != request.origin() {
        return Err(GraphError::invalid_token("Access token validation failure. Invalid audience."));
    }
    if exp <= request.now / SECOND {
        return Err(GraphError::invalid_token("Lifetime validation failed, the token is expired."));
    }
    roles.extend(scp.iter().flat_map(|scopes| scopes.split(' ')).map(str::to_owned));
    let tenant = shared.tenants.get(&tid).cloned().ok_or_else(invalid)?;
    Ok(Caller { tenant, app_id: appid, claims, roles })
}

/// 403 with `code` unless the token carries `role`.
pub(super) fn require_role(caller: &Caller, role: &str, code: &str) -> Result<(), GraphError> {
    if caller.has_role(role) { Ok(()) } else { Err(GraphError::forbidden(code)) }
}

/// 403 for a tenant without Entra ID P1 or P2.
pub(super) fn require_premium(caller: &Caller) -> Result<(), GraphError> {
    if lock(&caller.tenant.access).premium {
        Ok(())
    } else {
        Err(GraphError::forbidden("Authentication_RequestFromNonPremiumTenantOrB2CTenant"))
    }
}

/// Adds `WWW-Authenticate` to a 401; `claims` makes it a claims challenge.
pub(crate) fn challenge(reply: Reply, claims: Option<&str>) -> Reply {
    if reply.status != StatusCode::UNAUTHORIZED {
        return reply;
    }
    let value = match claims {
        None => "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"".to_owned(),
        Some(claims) => format!(
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", error=\"insufficient_claims\", claims=\"{}\"",
            STANDARD.encode(claims)
        ),
    };
    reply.with(header::WWW_AUTHENTICATE, &value)
}
