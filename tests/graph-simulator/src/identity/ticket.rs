//! Codes and refresh tokens: opaque to clients, sealed by the simulator, so that it need not remember them.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a ticket is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// An authorization code.
    Code { redirect_uri: String, challenge: Option<Challenge> },
    /// A device code.
    Device,
    /// A refresh token.
    Refresh,
}

/// The PKCE challenge of an authorization request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Challenge {
    pub(super) value: String,
    /// `S256`, or else plain.
    pub(super) hashed: bool,
}

/// A code or refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ticket {
    pub(super) purpose: Purpose,
    pub(super) tenant: Uuid,
    pub(super) scope: String,
    /// When it was issued, in epoch seconds.
    pub(super) issued: i64,
    pub(super) nonce: Uuid,
}

impl Ticket {
    pub(super) fn new(purpose: Purpose, tenant: Uuid, scope: &str, issued: i64) -> Self {
        Self { purpose, tenant, scope: scope.to_owned(), issued, nonce: Uuid::new_v4() }
    }

    pub(super) fn seal(&self, key: &hmac::Key) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let seal = hmac::sign(key, &json);
        format!("1.{}.{}", URL_SAFE_NO_PAD.encode(&json), URL_SAFE_NO_PAD.encode(seal))
    }

    pub(super) fn open(key: &hmac::Key, text: &str) -> Option<Self> {
        let (json, seal) = text.strip_prefix("1.")?.split_once('.')?;
        let json = URL_SAFE_NO_PAD.decode(json).ok()?;
        hmac::verify(key, &json, &URL_SAFE_NO_PAD.decode(seal).ok()?).ok()?;
        serde_json::from_slice(&json).ok()
    }
}
