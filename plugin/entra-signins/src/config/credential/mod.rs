//! How an app registration proves itself: reading `auth`, whose strategy decides which module reads the rest.

mod certificate;
mod expiry;
mod managed_identity;
mod pkcs12;

use collector::settings::{Reader, Setting, Table};

pub use managed_identity::{IdentityService, ManagedIdentity, WhichIdentity};

pub(super) use managed_identity::client_id;

use super::{ClientSecret, Credential, Strategy, keys, pem};

/// A strategy by its word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Word {
    ClientSecret,
    ClientCertificate,
    FederatedToken,
    ManagedIdentity,
    AuthorizationCode,
    DeviceCode,
}

const STRATEGIES: &[(&str, Word)] = &[
    ("client_secret", Word::ClientSecret),
    ("client_certificate", Word::ClientCertificate),
    ("federated_token", Word::FederatedToken),
    ("managed_identity", Word::ManagedIdentity),
    ("authorization_code", Word::AuthorizationCode),
    ("device_code", Word::DeviceCode),
];

/// Keys that one strategy reads, or the first of several that do.
const KEYS_OF: &[(&str, Word)] = &[
    ("client_secret", Word::ClientSecret),
    ("client_secret_file", Word::ClientSecret),
    (keys::CLIENT_SECRET_MISSING, Word::ClientSecret),
    ("certificate", Word::ClientCertificate),
    ("certificate_file", Word::ClientCertificate),
    ("certificate_password", Word::ClientCertificate),
    ("certificate_password_file", Word::ClientCertificate),
    ("private_key", Word::ClientCertificate),
    ("private_key_file", Word::ClientCertificate),
    ("token_file", Word::FederatedToken),
    ("managed_identity_client_id", Word::ManagedIdentity),
    ("managed_identity_object_id", Word::ManagedIdentity),
    ("managed_identity_resource_id", Word::ManagedIdentity),
    ("identity_endpoint", Word::ManagedIdentity),
    ("identity_header", Word::ManagedIdentity),
    ("identity_header_file", Word::ManagedIdentity),
];

/// Whether a parent connector's `client_id` must be written: only Azure knows that of a managed identity.
pub(super) fn needs_client_id(parent: &Reader<'_>) -> bool {
    let needs = |auth: &Table| {
        let managed = Setting::String("managed_identity".to_owned());
        auth.get("strategy").is_none_or(|strategy| strategy.setting != managed)
    };
    let auth = parent.raw_table("auth");
    let next = match auth.and_then(|auth| auth.get("next")).map(|next| &next.setting) {
        Some(Setting::Table(next)) => Some(next),
        _ => None,
    };
    auth.is_none_or(needs) || next.is_some_and(needs)
}

/// Reads `auth` of a parent connector.
pub(super) fn credential(parent: &Reader<'_>) -> Option<Credential> {
    if !parent.has("auth") {
        let fix = "add auth.strategy = \"client_secret\" and auth.client_secret = \"${VARIABLE}\"";
        parent.problem("auth.strategy", "is missing", Some(fix.to_owned()));
        return None;
    }
    let auth = parent.open_table("auth")?;
    let first = one(&auth);
    if !auth.has("next") {
        return first;
    }
    let next = auth.open_table("next")?;
    if next.has("next") {
        let fix = "remove it: two credentials are enough for a rotation";
        next.problem("next", "is one too many", Some(fix.to_owned()));
    }
    let next = one(&next)?;
    let first = first?;
    if first.strategy.is_delegated() || next.strategy.is_delegated() {
        let fix = "remove it: who signs in anew replaces the authorization that was there";
        auth.problem("next", "has no place where a person signs in", Some(fix.to_owned()));
    }
    Some(Credential { next: Some(Box::new(next)), ..first })
}

/// Reads one credential.
fn one(auth: &Reader<'_>) -> Option<Credential> {
    let word = if auth.required("strategy") { auth.one_of("strategy", STRATEGIES) } else { None };
    auth.only(&[keys::AUTH, keys::AUTH_BY_HOST].concat());
    let word = word?;
    for (name, of) in KEYS_OF {
        let too = word == Word::AuthorizationCode && *of == Word::ClientSecret;
        if auth.has(name) && *of != word && !too {
            let fix = format!("remove it or write strategy = \"{}\"", written(*of));
            auth.problem(name, "does not belong to this strategy", Some(fix));
        }
    }
    let strategy = match word {
        Word::ClientSecret => {
            let secret =
                missing_secret(auth).or_else(|| auth.required_secret("client_secret").map(Into::into));
            secret.map(Strategy::ClientSecret)
        }
        Word::ClientCertificate => certificate::strategy(auth),
        Word::FederatedToken => federated_token(auth),
        Word::ManagedIdentity => managed_identity::strategy(auth),
        Word::AuthorizationCode => {
            let secret = missing_secret(auth).or_else(|| auth.secret("client_secret").map(Into::into));
            Some(Strategy::AuthorizationCode { client_secret: secret })
        }
        Word::DeviceCode => Some(Strategy::DeviceCode),
    };
    let strategy = strategy?;
    let expires_at = expiry::of(auth, &strategy);
    Some(Credential { expires_at, ..strategy.into() })
}

/// What the host says of a secret that it has not. With it the connector is there and shows what it lacks, and all others run.
fn missing_secret(auth: &Reader<'_>) -> Option<ClientSecret> {
    auth.string(keys::CLIENT_SECRET_MISSING).map(ClientSecret::Missing)
}

/// The file is read when a token is asked for: whoever writes it may do so later, and does it again and again.
fn federated_token(auth: &Reader<'_>) -> Option<Strategy> {
    if !auth.has("token_file") {
        let fix = "add token_file = ..., or run where AZURE_FEDERATED_TOKEN_FILE is set";
        auth.problem("token_file", "is missing", Some(fix.to_owned()));
    }
    Some(Strategy::FederatedToken { file: auth.path("token_file")? })
}

fn written(word: Word) -> &'static str {
    STRATEGIES.iter().find(|(_, known)| *known == word).map_or("", |(written, _)| written)
}
