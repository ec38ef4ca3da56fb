//! A certificate, whose key signs an assertion for each token request.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector::sensitive::SensitiveString;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use uuid::Uuid;

use super::{CredentialError, Occasion, Shown, Unproven};
use crate::config::ClientId;
use crate::identity::aadsts::{self, Meaning};

#[cfg(test)]
mod tests;

/// How long an assertion is good: Microsoft advises five to ten minutes.
const ASSERTION_LIFE_SECS: i64 = 600;

pub(super) const UNSIGNED: Meaning = aadsts::configuration(
    "credential_unusable",
    "the private key does not sign",
    "Check auth.certificate and auth.private_key.",
);

/// What Microsoft's refusals mean of a certificate.
pub(super) const REFUSALS: &[Meaning] = &[
    aadsts::configuration(
        "client_assertion_out_of_time",
        "the signature is outside the time that it is good for",
        "Set this machine's clock right.",
    ),
    aadsts::configuration(
        "client_refused",
        "Microsoft refuses the certificate",
        "Check client_id, and that auth.certificate is uploaded to the app registration.",
    ),
];

/// A certificate's key, and what names the certificate to Microsoft.
pub(in crate::identity) struct Certificate {
    key: EncodingKey,
    header: Header,
}

/// As learn.microsoft.com/entra/identity-platform/certificate-credentials has them.
#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: String,
    sub: String,
    jti: String,
    nbf: i64,
    iat: i64,
    exp: i64,
}

impl Certificate {
    /// Checks that certificate and key can be read, and that the key signs.
    pub(super) fn new(certificate: &str, private_key: &SensitiveString) -> Result<Self, CredentialError> {
        let blocks = pem::parse_many(certificate).map_err(|_| CredentialError::Certificate)?;
        let block = blocks.iter().find(|block| block.tag() == "CERTIFICATE");
        let der = block.ok_or(CredentialError::Certificate)?.contents();
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, der)));
        let key = EncodingKey::from_rsa_pem(private_key.inner().as_bytes());
        let signer = Self { key: key.map_err(|_| CredentialError::PrivateKey)?, header };
        let nobody = Occasion { endpoint: "", client_id: ClientId(Uuid::nil()), now: Timestamp::UNIX_EPOCH };
        signer.show(&nobody).map_err(|_| CredentialError::PrivateKey)?;
        Ok(signer)
    }

    /// A fresh assertion for this token endpoint.
    pub(super) fn show(&self, occasion: &Occasion<'_>) -> Result<Shown, Unproven> {
        let now = occasion.now.as_second();
        let claims = Claims {
            aud: occasion.endpoint,
            iss: occasion.client_id.to_string(),
            sub: occasion.client_id.to_string(),
            jti: Uuid::new_v4().to_string(),
            nbf: now,
            iat: now,
            exp: now + ASSERTION_LIFE_SECS,
        };
        let assertion = jsonwebtoken::encode(&self.header, &claims, &self.key);
        let assertion = assertion.map_err(|_| Unproven { meaning: UNSIGNED, detail: None, way_out: None })?;
        Ok(Shown::Assertion(assertion.into()))
    }
}
