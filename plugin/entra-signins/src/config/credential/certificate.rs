//! `client_certificate`: a certificate and its RSA key, each PEM, or both in a PKCS#12 file.

use collector::settings::Reader;

use super::{Strategy, pem, pkcs12};

pub(super) fn strategy(auth: &Reader<'_>) -> Option<Strategy> {
    if auth.has("certificate_file") && !auth.has("certificate") {
        let content = auth.bytes("certificate_file")?;
        if pkcs12::is_one(&content) {
            return pkcs12::strategy(auth, &content);
        }
    }
    for password in ["certificate_password", "certificate_password_file"] {
        if auth.has(password) {
            let fix = "remove it, or name a PKCS#12 file (.p12, .pfx) as certificate_file";
            auth.problem(
                password,
                "stands beside a certificate in PEM, which has none",
                Some(fix.to_owned()),
            );
        }
    }
    from_pem(auth)
}

fn from_pem(auth: &Reader<'_>) -> Option<Strategy> {
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
    Some(Strategy::ClientCertificate { certificate, private_key: key.pem })
}

/// The key by which a secret was given: itself or its `_file` twin.
fn written(auth: &Reader<'_>, name: &str) -> String {
    if auth.has(name) { name.to_owned() } else { format!("{name}_file") }
}
