//! The grants of the token endpoint.

use std::collections::HashMap;

use aws_lc_rs::digest;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::credential::{Proof, basic_credentials, prove};
use super::errors::Refusal;
use super::interactive::Interaction;
use super::ticket::{Challenge, Purpose, Ticket};
use super::token::{self, TokenClaims};
use crate::clock::SECOND;
use crate::records::draw::Draw;
use crate::server::Shared;
use crate::tenant::{Tenant, lock};
use crate::wire::{Incoming, Reply};

/// A token request of a known application, with its form.
struct Ask<'a> {
    shared: &'a Shared,
    tenant: &'a Tenant,
    request: &'a Incoming,
    form: HashMap<String, String>,
    proof: Proof,
}

/// Answers a token request.
pub(super) fn answer(shared: &Shared, tenant: &Tenant, request: &Incoming) -> Result<Reply, Refusal> {
    let mut form = request.form();
    basic_credentials(request, &mut form);
    let grant = form.get("grant_type").cloned().ok_or(Refusal(900_144))?;
    let client_id = form.get("client_id").ok_or(Refusal(900_144))?;
    if !client_id.eq_ignore_ascii_case(&tenant.client_id) {
        return Err(Refusal(700_016));
    }
    let proof = prove(tenant, &form, request)?;
    let ask = Ask { shared, tenant, request, form, proof };
    match grant.as_str() {
        "client_credentials" => ask.client_credentials(),
        "authorization_code" => ask.authorization_code(),
        "urn:ietf:params:oauth:grant-type:device_code" => ask.device_code(),
        "refresh_token" => ask.refresh_token(),
        _ => Err(Refusal(70_003)),
    }
}

/// Answers an Azure resource that asks for a token of its own identity. Numbers come as text, as from Azure.
pub(super) fn managed_identity(
    shared: &Shared,
    tenant: &Tenant,
    request: &Incoming,
    resource: &str,
) -> Result<Reply, Refusal> {
    let ask = Ask { shared, tenant, request, form: HashMap::new(), proof: Proof::Key };
    let audience = ask.audience(resource.trim_end_matches('/'))?;
    let life = i64::try_from(shared.token_life.as_secs()).unwrap_or(i64::MAX);
    let body = json!({
        "access_token": token::sign(&shared.signing_key, &ask.claims(audience, life, false, None)),
        "client_id": tenant.client_id,
        "expires_in": life.to_string(),
        "expires_on": ask.now().saturating_add(life).to_string(),
        "resource": resource,
        "token_type": "Bearer",
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

/// Lives in seconds: of an authorization code, a device code, a refresh token.
const CODE_LIFE: i64 = 600;
const DEVICE_CODE_LIFE: i64 = 900;
const REFRESH_LIFE: i64 = 90 * 24 * 3600;

impl Ask<'_> {
    fn field(&self, name: &str) -> Result<&str, Refusal> {
        self.form.get(name).map(String::as_str).ok_or(Refusal(900_144))
    }

    fn now(&self) -> i64 {
        self.request.now / SECOND
    }

    fn client_credentials(&self) -> Result<Reply, Refusal> {
        if self.proof == Proof::Nothing {
            return Err(Refusal(7_000_218));
        }
        let mut scopes = self.field("scope")?.split_whitespace();
        let (Some(scope), None) = (scopes.next(), scopes.next()) else { return Err(Refusal(70_011)) };
        let resource = scope.strip_suffix("/.default").ok_or(Refusal(1_002_012))?;
        let audience = self.audience(resource)?;
        self.tokens(audience, None)
    }

    fn authorization_code(&self) -> Result<Reply, Refusal> {
        let ticket = self.ticket("code")?;
        let Purpose::Code { redirect_uri, challenge } = &ticket.purpose else { return Err(Refusal(70_000)) };
        if self.now() > ticket.issued + CODE_LIFE {
            return Err(Refusal(70_008));
        }
        if self.field("redirect_uri")? != redirect_uri {
            return Err(Refusal(50_011));
        }
        if let Some(challenge) = challenge
            && !challenge.is_met_by(self.field("code_verifier")?)
        {
            return Err(Refusal(501_481));
        }
        self.redeem(&ticket)
    }

    fn device_code(&self) -> Result<Reply, Refusal> {
        let ticket = self.ticket("device_code").map_err(|_| Refusal(70_018))?;
        if ticket.purpose != Purpose::Device {
            return Err(Refusal(70_018));
        }
        if self.now() > ticket.issued + DEVICE_CODE_LIFE {
            return Err(Refusal(70_020));
        }
        let interaction = lock(&self.tenant.access).interaction;
        match interaction {
            Interaction::Completes => self.redeem(&ticket),
            Interaction::Waits => Err(Refusal(70_016)),
            Interaction::Declines => Err(Refusal(70_017)),
        }
    }

    /// Every use gives a new refresh token; the old one stays good.
    fn refresh_token(&self) -> Result<Reply, Refusal> {
        let ticket = self.ticket("refresh_token")?;
        if ticket.purpose != Purpose::Refresh {
            return Err(Refusal(70_000));
        }
        if self.now() > ticket.issued + REFRESH_LIFE {
            return Err(Refusal(700_082));
        }
        if ticket.issued < lock(&self.tenant.access).refresh_tokens_since {
            return Err(Refusal(50_173));
        }
        let scope = self.form.get("scope").unwrap_or(&ticket.scope);
        self.tokens(self.delegated_audience(scope)?, Some(scope))
    }

    fn ticket(&self, field: &str) -> Result<Ticket, Refusal> {
        let ticket = Ticket::open(&self.shared.signing_key, self.field(field)?).ok_or(Refusal(70_000))?;
        if ticket.tenant == self.tenant.id { Ok(ticket) } else { Err(Refusal(70_000)) }
    }

    /// Exchanges a code, which works once.
    fn redeem(&self, ticket: &Ticket) -> Result<Reply, Refusal> {
        let audience = self.delegated_audience(&ticket.scope)?;
        if !lock(&self.tenant.access).used.insert(ticket.nonce.to_string()) {
            return Err(Refusal(54_005));
        }
        self.tokens(audience, Some(&ticket.scope))
    }

    /// This Graph is the only resource.
    fn audience(&self, resource: &str) -> Result<String, Refusal> {
        if resource == self.shared.origin || resource == self.request.origin() {
            Ok(resource.to_owned())
        } else {
            Err(Refusal(500_011))
        }
    }

    /// The resource of the scopes that are no OpenID scopes.
    fn delegated_audience(&self, scope: &str) -> Result<String, Refusal> {
        let openid = ["openid", "profile", "email", "offline_access"];
        let scope = scope.split_whitespace().find(|scope| !openid.contains(scope)).ok_or(Refusal(70_011))?;
        let (resource, _) = scope.rsplit_once('/').ok_or(Refusal(70_011))?;
        self.audience(resource)
    }

    /// The answer with tokens: for the application itself, or for the user who agreed to `delegated` scopes.
    fn tokens(&self, audience: String, delegated: Option<&str>) -> Result<Reply, Refusal> {
        let claims = self.form.get("claims").cloned();
        if claims.as_deref().is_some_and(|claims| serde_json::from_str::<Value>(claims).is_err()) {
            return Err(Refusal(9_002_313));
        }
        let life = i64::try_from(self.shared.token_life.as_secs()).unwrap_or(i64::MAX);
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": life,
            "ext_expires_in": life,
            "access_token": token::sign(&self.shared.signing_key, &self.claims(audience, life, delegated.is_some(), claims)),
        });
        if let Some(scope) = delegated {
            body["scope"] = json!(scope);
            if scope.split_whitespace().any(|scope| scope == "offline_access") {
                let ticket = Ticket::new(Purpose::Refresh, self.tenant.id, scope, self.now());
                body["refresh_token"] = json!(ticket.seal(&self.shared.signing_key));
            }
        }
        Ok(Reply::json(StatusCode::OK, &body))
    }

    fn claims(&self, aud: String, life: i64, delegated: bool, claims: Option<String>) -> TokenClaims {
        let tenant = self.tenant;
        let (high, low) = tenant.id.as_u64_pair();
        let principal = Draw::new(high, low ^ 1).guid();
        let consented = lock(&tenant.access).roles.clone();
        let proof = match self.proof {
            Proof::Nothing => "0",
            Proof::Secret => "1",
            Proof::Key => "2",
        };
        TokenClaims {
            aud,
            iss: format!("https://sts.windows.net/{}/", tenant.id),
            iat: self.now(),
            nbf: self.now(),
            exp: self.now().saturating_add(life),
            appid: tenant.client_id.clone(),
            appidacr: proof.to_owned(),
            idtyp: if delegated { "user" } else { "app" }.to_owned(),
            oid: principal,
            sub: principal,
            scp: delegated.then(|| consented.join(" ")),
            roles: if delegated { Vec::new() } else { consented },
            tid: tenant.id,
            uti: Uuid::new_v4().simple().to_string(),
            ver: "1.0".to_owned(),
            claims,
        }
    }
}

impl Challenge {
    fn is_met_by(&self, verifier: &str) -> bool {
        if self.hashed {
            URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes())) == self.value
        } else {
            verifier == self.value
        }
    }
}
