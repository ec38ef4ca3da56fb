//! Client assertions: JWTs that an application signs with the key of a registered certificate.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;

use super::errors::Refusal;
use crate::clock::SECOND;
use crate::tenant::{Access, Tenant};
use crate::wire::Incoming;

/// A certificate registered for an application: its key and its thumbprint.
pub(crate) struct Certificate {
    key: DecodingKey,
    /// base64url of the SHA-256 of the DER form, as `x5t#S256` carries it.
    thumbprint: String,
}

/// A certificate that cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// No PEM block `CERTIFICATE` with base64 in it.
    #[error("not a certificate in PEM form")]
    Pem,
    /// The key in it is not RSA.
    #[error("the certificate holds no RSA key")]
    Key(#[from] jsonwebtoken::errors::Error),
}

impl Certificate {
    pub(crate) fn parse(pem: &str) -> Result<Self, CertificateError> {
        let (_, body) = pem.split_once("-----BEGIN CERTIFICATE-----").ok_or(CertificateError::Pem)?;
        let (body, _) = body.split_once("-----END CERTIFICATE-----").ok_or(CertificateError::Pem)?;
        let base64: String = body.split_whitespace().collect();
        let der = STANDARD.decode(&base64).map_err(|_| CertificateError::Pem)?;
        let block = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", wrapped(&base64));
        let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &der));
        Ok(Self { key: DecodingKey::from_rsa_pem(block.as_bytes())?, thumbprint })
    }
}

fn wrapped(base64: &str) -> String {
    base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n")
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    jti: String,
    nbf: Option<i64>,
    exp: i64,
}

/// How far the clocks of client and server may be apart, in seconds.
const SKEW: i64 = 300;

/// Checks an assertion as the token endpoint of `tenant` does.
pub(super) fn verify(
    access: &mut Access,
    tenant: &Tenant,
    assertion: &str,
    request: &Incoming,
) -> Result<(), Refusal> {
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| Refusal(50_027))?;
    let claims = signed_claims(access, &header, assertion)?;
    if claims.iss != claims.sub || !claims.iss.eq_ignore_ascii_case(&tenant.client_id) {
        return Err(Refusal(700_021));
    }
    if !audiences(tenant, request).contains(&claims.aud) {
        return Err(Refusal(700_023));
    }
    let now = request.now / SECOND;
    if claims.exp <= now - SKEW || claims.nbf.is_some_and(|nbf| nbf > now + SKEW) {
        return Err(Refusal(700_024));
    }
    if !access.used.insert(claims.jti) {
        return Err(Refusal(50_012));
    }
    Ok(())
}

/// The claims, if a registered certificate's key signed them.
fn signed_claims(access: &Access, header: &Header, assertion: &str) -> Result<Claims, Refusal> {
    if !matches!(header.alg, Algorithm::PS256 | Algorithm::RS256) {
        return Err(Refusal(700_027));
    }
    let thumbprint = header.x5t_s256.as_deref().ok_or(Refusal(700_027))?;
    let certificate = access.certificates.iter().find(|certificate| certificate.thumbprint == thumbprint);
    let certificate = certificate.ok_or(Refusal(700_027))?;
    let mut signature_only = Validation::new(header.alg);
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    signature_only.required_spec_claims.clear();
    match jsonwebtoken::decode::<Claims>(assertion, &certificate.key, &signature_only) {
        Ok(token) => Ok(token.claims),
        Err(error) if matches!(error.kind(), jsonwebtoken::errors::ErrorKind::Json(_)) => {
            Err(Refusal(50_027))
        }
        Err(_) => Err(Refusal(700_027)),
    }
}

/// The token endpoint of this tenant, by its id and by its domains.
fn audiences(tenant: &Tenant, request: &Incoming) -> Vec<String> {
    let names = std::iter::once(tenant.id.to_string()).chain(tenant.domains.iter().cloned());
    names.map(|name| format!("{}/{name}/oauth2/v2.0/token", request.origin())).collect()
}
