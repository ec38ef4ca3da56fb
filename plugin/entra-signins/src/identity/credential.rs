//! How an app registration proves itself: with its secret, or with an assertion that its certificate's key signs.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector::sensitive::SensitiveString;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use uuid::Uuid;

use crate::config::{ClientId, Credential};

#[cfg(test)]
mod tests;

/// How long an assertion is good: Microsoft advises five to ten minutes.
const ASSERTION_LIFE_SECS: i64 = 600;

/// Why a certificate and its key cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CredentialError {
    /// No PEM block `CERTIFICATE`.
    #[error("the certificate is not PEM with a block CERTIFICATE")]
    Certificate,
    /// No RSA key, PKCS#8 or PKCS#1, unencrypted.
    #[error("the private key is not an unencrypted RSA key in PEM (PKCS#8 or PKCS#1)")]
    PrivateKey,
}

/// A checked credential.
pub(super) enum Proof {
    Secret(SensitiveString),
    Certificate(Box<Signer>),
}

/// Signs assertions.
pub(super) struct Signer {
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

impl Proof {
    /// Checks a credential: certificate and key can be read, and the key signs.
    pub(super) fn new(credential: &Credential) -> Result<Self, CredentialError> {
        match credential {
            Credential::ClientSecret(secret) => Ok(Self::Secret(secret.clone())),
            Credential::ClientCertificate { certificate, private_key } => {
                let signer = Signer::new(certificate, private_key)?;
                signer.sign("", ClientId(Uuid::nil()), Timestamp::UNIX_EPOCH)?;
                Ok(Self::Certificate(Box::new(signer)))
            }
        }
    }

    /// Whether this text holds the secret. A private key never leaves, so nobody could send it back.
    pub(super) fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Secret(secret) => text.contains(secret.inner()),
            Self::Certificate(_) => false,
        }
    }
}

impl Signer {
    fn new(certificate: &str, private_key: &SensitiveString) -> Result<Self, CredentialError> {
        let blocks = pem::parse_many(certificate).map_err(|_| CredentialError::Certificate)?;
        let block = blocks.iter().find(|block| block.tag() == "CERTIFICATE");
        let der = block.ok_or(CredentialError::Certificate)?.contents();
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, der)));
        let key = EncodingKey::from_rsa_pem(private_key.inner().as_bytes());
        Ok(Self { key: key.map_err(|_| CredentialError::PrivateKey)?, header })
    }

    /// A fresh assertion for this token endpoint.
    pub(super) fn sign(
        &self,
        endpoint: &str,
        client_id: ClientId,
        now: Timestamp,
    ) -> Result<SensitiveString, CredentialError> {
        let now = now.as_second();
        let claims = Claims {
            aud: endpoint,
            iss: client_id.to_string(),
            sub: client_id.to_string(),
            jti: Uuid::new_v4().to_string(),
            nbf: now,
            iat: now,
            exp: now + ASSERTION_LIFE_SECS,
        };
        let assertion = jsonwebtoken::encode(&self.header, &claims, &self.key);
        assertion.map(SensitiveString::from).map_err(|_| CredentialError::PrivateKey)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Certificate(_) => "Certificate",
        })
    }
}
