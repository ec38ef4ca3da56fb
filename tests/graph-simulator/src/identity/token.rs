//! Access tokens: JWTs by their looks, with the simulator's own seal in place of a signature.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The payload of an access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenClaims {
    pub(crate) aud: String,
    pub(crate) iss: String,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
    pub(crate) appid: String,
    pub(crate) appidacr: String,
    pub(crate) idtyp: String,
    pub(crate) oid: Uuid,
    pub(crate) sub: Uuid,
    /// Roles of the application.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<String>,
    /// Scopes that a user agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scp: Option<String>,
    pub(crate) tid: Uuid,
    /// Unique to each token.
    pub(crate) uti: String,
    pub(crate) ver: String,
    /// The `claims` parameter with which it was asked for.
    #[serde(rename = "simulator_claims", default, skip_serializing_if = "Option::is_none")]
    pub(crate) claims: Option<String>,
}

/// The token with these claims.
pub(crate) fn sign(key: &hmac::Key, claims: &TokenClaims) -> String {
    let header = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"RS256","kid":"graph-simulator"}"#);
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap_or_default());
    let sealed = format!("{header}.{payload}");
    let seal = URL_SAFE_NO_PAD.encode(hmac::sign(key, sealed.as_bytes()));
    format!("{sealed}.{seal}")
}

/// The claims of a token that was issued here.
pub(crate) fn read(key: &hmac::Key, token: &str) -> Option<TokenClaims> {
    let (sealed, seal) = token.rsplit_once('.')?;
    hmac::verify(key, sealed.as_bytes(), &URL_SAFE_NO_PAD.decode(seal).ok()?).ok()?;
    let (_, payload) = sealed.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// Whether a token obtained with `had` meets a challenge for `wanted`: all that is wanted is there; clients add
/// their own capabilities to it.
pub(crate) fn satisfies(had: Option<&str>, wanted: &str) -> bool {
    let had = had.and_then(|had| serde_json::from_str::<Value>(had).ok());
    match (had, serde_json::from_str::<Value>(wanted)) {
        (Some(had), Ok(wanted)) => contains(&had, &wanted),
        _ => false,
    }
}

fn contains(had: &Value, wanted: &Value) -> bool {
    match (had, wanted) {
        (Value::Object(had), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| had.get(name).is_some_and(|had| contains(had, wanted)))
        }
        _ => had == wanted,
    }
}
