//! How an app registration proves itself to the identity platform: one module per strategy, each of which has
//! something to [show](Proof::show) with a token request.

mod certificate;
mod federated;
mod secret;

use std::fmt;
use std::path::Path;

use collector::sensitive::SensitiveString;
use jiff::Timestamp;

use self::certificate::Certificate;
use self::federated::FederatedToken;
use self::secret::{Missing, Secret};
use super::aadsts::Meaning;
use super::answer::repeats;
use crate::config::{ClientId, ClientSecret};

/// What `client_assertion` holds.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why a certificate and its key cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CredentialError {
    /// No PEM block `CERTIFICATE`.
    #[error("the certificate is not PEM with a block CERTIFICATE")]
    Certificate,
    /// No RSA key, PKCS#8 or PKCS#1, unencrypted.
    #[error("the private key is not an unencrypted RSA key in PEM (PKCS#8 or PKCS#1)")]
    PrivateKey,
    /// Something that no header can hold.
    #[error("auth.identity_header is none that can be sent")]
    IdentityHeader,
    /// A user's authorization has to be kept, and there is nowhere to keep it.
    #[error(
        "auth.strategy authorization_code and device_code need a host that keeps secrets, which this one does not"
    )]
    NoSecretStore,
    /// No way to ask the service that issues tokens of managed identities.
    #[error("no HTTP client for the managed identity")]
    HttpClient,
}

/// A checked credential.
pub(super) enum Proof {
    /// None, as public clients have none.
    Nothing,
    Secret(Secret),
    MissingSecret(Missing),
    Certificate(Box<Certificate>),
    FederatedToken(FederatedToken),
}

/// The token request that something is shown with.
pub(super) struct Occasion<'a> {
    pub(super) endpoint: &'a str,
    pub(super) client_id: ClientId,
    pub(super) now: Timestamp,
}

/// What a token request carries to prove whose it is.
pub(super) enum Shown {
    Nothing,
    Secret(SensitiveString),
    Assertion(SensitiveString),
}

/// There is nothing to show, so Microsoft is not asked.
#[derive(Debug)]
pub(super) struct Unproven {
    pub(super) meaning: Meaning,
    /// What the meaning cannot know, such as a path.
    pub(super) detail: Option<String>,
    /// What helps, where the meaning does not know that either.
    pub(super) way_out: Option<String>,
}

impl Proof {
    /// The secret of this connector.
    pub(super) fn secret(secret: &ClientSecret, connector: &str) -> Self {
        match secret {
            ClientSecret::Given(secret) => Self::Secret(Secret::new(secret.clone())),
            ClientSecret::Missing(why) => Self::MissingSecret(Missing::new(connector, why)),
        }
    }

    /// Checks that the key signs for the certificate.
    pub(super) fn certificate(
        certificate: &str,
        private_key: &SensitiveString,
    ) -> Result<Self, CredentialError> {
        Certificate::new(certificate, private_key).map(Box::new).map(Self::Certificate)
    }

    pub(super) fn federated_token(file: &Path) -> Self {
        Self::FederatedToken(FederatedToken::new(file.to_owned()))
    }

    /// What a token request is to carry.
    pub(super) async fn show(&self, occasion: &Occasion<'_>) -> Result<Shown, Unproven> {
        match self {
            Self::Nothing => Ok(Shown::Nothing),
            Self::Secret(secret) => Ok(secret.show()),
            Self::MissingSecret(missing) => Err(missing.unproven()),
            Self::Certificate(certificate) => certificate.show(occasion),
            Self::FederatedToken(token) => token.show(occasion).await,
        }
    }

    /// What Microsoft's refusal means of this kind of proof; its way out names the keys of its strategy.
    pub(super) fn meaning(&self, refusal: Meaning) -> Meaning {
        let own = match self {
            Self::Nothing | Self::MissingSecret(_) => &[],
            Self::Secret(_) => secret::REFUSALS,
            Self::Certificate(_) => certificate::REFUSALS,
            Self::FederatedToken(_) => federated::REFUSALS,
        };
        own.iter().find(|own| own.reason == refusal.reason).copied().unwrap_or(refusal)
    }
}

impl Shown {
    /// As parameters of a token request.
    pub(super) fn parameters(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Secret(secret) => vec![("client_secret", secret.inner())],
            Self::Assertion(assertion) => {
                vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.inner())]
            }
        }
    }

    /// Whether this text holds what must not be shown to anybody else.
    pub(super) fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Secret(hidden) | Self::Assertion(hidden) => repeats(text, hidden.inner()),
        }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Secret(_) => "Secret",
            Self::MissingSecret(_) => "MissingSecret",
            Self::Certificate(_) => "Certificate",
            Self::FederatedToken(_) => "FederatedToken",
        })
    }
}

/// All that keeps a proof from being shown, and what refusals mean of each kind.
#[cfg(test)]
pub(super) fn meanings() -> impl Iterator<Item = Meaning> {
    let own = [federated::MEANINGS, secret::REFUSALS, certificate::REFUSALS, federated::REFUSALS].concat();
    own.into_iter().chain([certificate::UNSIGNED, secret::MISSING])
}
