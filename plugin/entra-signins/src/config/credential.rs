//! How an app registration proves itself: reading `auth`.

use collector::settings::Reader;

use super::{Credential, keys, pem};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Strategy {
    ClientSecret,
    ClientCertificate,
    /// A strategy that has its name but is not in this version.
    Later,
}

const STRATEGIES: &[(&str, Strategy)] =
    &[("client_secret", Strategy::ClientSecret), ("client_certificate", Strategy::ClientCertificate)];

const LATER: &[&str] = &["federated_token", "managed_identity", "authorization_code", "device_code"];

/// Keys that one strategy alone reads.
const KEYS_OF: &[(&str, Strategy)] = &[
    ("client_secret", Strategy::ClientSecret),
    ("client_secret_file", Strategy::ClientSecret),
    ("certificate", Strategy::ClientCertificate),
    ("certificate_file", Strategy::ClientCertificate),
    ("private_key", Strategy::ClientCertificate),
    ("private_key_file", Strategy::ClientCertificate),
];

/// Reads `auth` of a parent connector.
pub(super) fn credential(parent: &Reader<'_>) -> Option<Credential> {
    if !parent.has("auth") {
        let fix = "add auth.strategy = \"client_secret\" and auth.client_secret = \"${VARIABLE}\"";
        parent.problem("auth.strategy", "is missing", Some(fix.to_owned()));
        return None;
    }
    let auth = parent.open_table("auth")?;
    let strategy = if auth.required("strategy") { strategy(&auth) } else { None };
    if strategy == Some(Strategy::Later) {
        return None;
    }
    auth.only(keys::AUTH);
    let strategy = strategy?;
    for (name, of) in KEYS_OF {
        if auth.has(name) && *of != strategy {
            let fix = format!("remove it or write strategy = \"{}\"", word(*of));
            auth.problem(name, "does not belong to this strategy", Some(fix));
        }
    }
    match strategy {
        Strategy::ClientSecret => auth.required_secret("client_secret").map(Credential::ClientSecret),
        Strategy::ClientCertificate => client_certificate(&auth),
        Strategy::Later => None,
    }
}

fn strategy(auth: &Reader<'_>) -> Option<Strategy> {
    if auth.string("strategy").is_some_and(|word| LATER.contains(&word.as_str())) {
        let fix = "write \"client_secret\" or \"client_certificate\"";
        auth.problem("strategy", "is a strategy that this version does not have yet", Some(fix.to_owned()));
        return Some(Strategy::Later);
    }
    auth.one_of("strategy", STRATEGIES)
}

fn client_certificate(auth: &Reader<'_>) -> Option<Credential> {
    let certificate = auth.required_secret("certificate");
    let key = auth.required_secret("private_key");
    let (certificate_name, key_name) = (written(auth, "certificate"), written(auth, "private_key"));
    let certificates =
        certificate.and_then(|text| pem::check_certificates(auth, &certificate_name, text.inner()));
    let key = key.and_then(|text| pem::private_key(auth, &key_name, text.inner()));
    let (certificates, key) = (certificates?, key?);
    if !key.belongs_to(&certificates) {
        let fix = "name the key that the certificate was made with; the certificate comes first in its file";
        auth.problem(&key_name, "is not the key of the certificate", Some(fix.to_owned()));
        return None;
    }
    let certificate = pem::certificates_alone(&certificates);
    Some(Credential::ClientCertificate { certificate, private_key: key.pem })
}

/// The key by which a secret was given: itself or its `_file` twin.
fn written(auth: &Reader<'_>, name: &str) -> String {
    if auth.has(name) { name.to_owned() } else { format!("{name}_file") }
}

fn word(strategy: Strategy) -> &'static str {
    STRATEGIES.iter().find(|(_, known)| *known == strategy).map_or("", |(word, _)| word)
}
