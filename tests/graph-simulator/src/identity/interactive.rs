//! Where users sign in and administrators consent. Nobody sits there: [`Interaction`] says what they would do.

use std::collections::HashMap;

use axum::http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::errors::{Refusal, refusal};
use super::ticket::{Challenge, Purpose, Ticket};
use crate::clock::SECOND;
use crate::faults::Endpoint;
use crate::server::Shared;
use crate::tenant::{Tenant, lock};
use crate::wire::{Incoming, Reply};

/// What a person does who is asked to sign in or to consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interaction {
    /// Agrees at once.
    #[default]
    Completes,
    /// Does nothing.
    Waits,
    /// Refuses.
    Declines,
}

/// `GET /{tenant}/oauth2/v2.0/authorize`: sends the browser back with a code, or with an error.
pub(crate) fn authorize(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    with_tenant(shared, tenant, request, |tenant, options| {
        let client = options.get("client_id").ok_or(Refusal(900_144))?;
        if !client.eq_ignore_ascii_case(&tenant.client_id) {
            return Err(Refusal(700_016));
        }
        let redirect_uri = options.get("redirect_uri").ok_or(Refusal(900_144))?;
        let scope = options.get("scope").ok_or(Refusal(900_144))?;
        if options.get("response_type").map(String::as_str) != Some("code") {
            return Err(Refusal(700_051));
        }
        let challenge = options.get("code_challenge").map(|value| Challenge {
            value: value.clone(),
            hashed: options.get("code_challenge_method").is_some_and(|method| method == "S256"),
        });
        let purpose = Purpose::Code { redirect_uri: redirect_uri.clone(), challenge };
        let code = Ticket::new(purpose, tenant.id, scope, request.now / SECOND).seal(&shared.signing_key);
        let session = Uuid::new_v4().to_string();
        let agreed = [("code", code.as_str()), ("session_state", &session)];
        go_back(tenant, redirect_uri, options, &agreed)
    })
}

/// `GET /{tenant}/adminconsent` and `GET /{tenant}/v2.0/adminconsent`
pub(crate) fn admin_consent(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    with_tenant(shared, tenant, request, |tenant, options| {
        let redirect_uri = options.get("redirect_uri").ok_or(Refusal(900_144))?;
        let id = tenant.id.to_string();
        go_back(tenant, redirect_uri, options, &[("admin_consent", "True"), ("tenant", &id)])
    })
}

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(crate) fn device_authorization(shared: &Shared, tenant: &str, request: &Incoming) -> Reply {
    with_tenant(shared, tenant, request, |tenant, _| {
        let form = request.form();
        if !form.get("client_id").is_some_and(|client| client.eq_ignore_ascii_case(&tenant.client_id)) {
            return Err(Refusal(700_016));
        }
        let scope = form.get("scope").ok_or(Refusal(900_144))?;
        let ticket = Ticket::new(Purpose::Device, tenant.id, scope, request.now / SECOND);
        let page = format!("{}/device", request.origin());
        let user_code =
            ticket.nonce.simple().to_string().get(..9).unwrap_or("ABCD12345").to_ascii_uppercase();
        let body = json!({
            "device_code": ticket.seal(&shared.signing_key),
            "user_code": user_code,
            "verification_uri": page,
            "expires_in": 900,
            "interval": 1,
            "message": format!("To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."),
        });
        Ok(Reply::json(StatusCode::OK, &body))
    })
}

fn with_tenant(
    shared: &Shared,
    name: &str,
    request: &Incoming,
    answer: impl FnOnce(&Tenant, &HashMap<String, String>) -> Result<Reply, Refusal>,
) -> Reply {
    let options = form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    let tenant = shared.tenant_named(name);
    let answered = tenant.as_ref().ok_or(Refusal(90_002)).and_then(|tenant| answer(tenant, &options));
    let reply = answered.unwrap_or_else(|Refusal(code)| refusal(request, code, None, None));
    reply.noted(Endpoint::Interactive, tenant.map(|tenant| tenant.id))
}

/// Redirects to the application with what the person decided; whoever waits stays on a page.
fn go_back(
    tenant: &Tenant,
    redirect_uri: &str,
    options: &HashMap<String, String>,
    agreed: &[(&str, &str)],
) -> Result<Reply, Refusal> {
    let mut url = Url::parse(redirect_uri).map_err(|_| Refusal(50_011))?;
    let interaction = lock(&tenant.access).interaction;
    match interaction {
        Interaction::Waits => {
            return Ok(Reply::new(
                StatusCode::OK,
                "text/html; charset=utf-8",
                "<!DOCTYPE html><title>Sign in</title>",
            ));
        }
        Interaction::Completes => {
            url.query_pairs_mut().extend_pairs(agreed);
        }
        Interaction::Declines => {
            let description = "AADSTS65004: User declined to consent to access the app.";
            url.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_description", description);
        }
    }
    if let Some(state) = options.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok(Reply::new(StatusCode::FOUND, "text/html; charset=utf-8", "").with(header::LOCATION, url.as_str()))
}
