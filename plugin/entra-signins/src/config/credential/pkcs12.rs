//! A PKCS#12 file (.p12, .pfx): certificate and key together, under a password.

use collector::settings::Reader;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;

use super::{Strategy, pem};

/// With which DER begins a sequence, and PEM no line.
const SEQUENCE: u8 = 0x30;

/// Whether this is the content of such a file, and not PEM.
pub(super) fn is_one(content: &[u8]) -> bool {
    content.first() == Some(&SEQUENCE) && content.get(1).is_some_and(|length| !length.is_ascii_graphic())
}

pub(super) fn strategy(auth: &Reader<'_>, content: &[u8]) -> Option<Strategy> {
    for key in ["private_key", "private_key_file"] {
        if auth.has(key) {
            let fix = "remove it: a PKCS#12 file holds its own";
            auth.problem(key, "stands beside a PKCS#12 file", Some(fix.to_owned()));
        }
    }
    let given = ["certificate_password", "certificate_password_file"].into_iter().find(|key| auth.has(key));
    // Without a key of a password the file is taken to have an empty one, as many have.
    let password = if given.is_some() { auth.secret("certificate_password")? } else { "".into() };
    match Pkcs12Archive::from_pkcs12(content, password.inner()) {
        Ok(archive) => chosen(auth, &archive),
        Err(error) => {
            refuse(auth, given, &error);
            None
        }
    }
}

/// The first key that a certificate of the file belongs to.
fn chosen(auth: &Reader<'_>, archive: &Pkcs12Archive) -> Option<Strategy> {
    let certificates: Vec<_> = archive.certs.iter().map(|bag| pem::certificate(bag.cert.as_der())).collect();
    let keys = archive.keys.iter().filter_map(|bag| pem::PrivateKey::of(&pem::pkcs8(bag.key.as_der())));
    for key in keys {
        let own = certificates.iter().find(|certificate| key.belongs_to(std::slice::from_ref(certificate)));
        if let Some(own) = own {
            let others = certificates.iter().filter(|other| *other != own);
            let chain: Vec<_> = std::iter::once(own).chain(others).cloned().collect();
            let certificate = pem::certificates_alone(&chain);
            return Some(Strategy::ClientCertificate { certificate, private_key: key.pem });
        }
    }
    let fix = "export the certificate together with its private key, an RSA key of 2048 bits or more";
    auth.problem(
        "certificate_file",
        "holds no certificate with a usable RSA key of its own",
        Some(fix.to_owned()),
    );
    None
}

fn refuse(auth: &Reader<'_>, given: Option<&str>, error: &Error) {
    let locked = matches!(error, Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_));
    match given {
        Some(key) if locked => {
            let fix = "write the password that the file was exported with";
            auth.problem(key, "does not open certificate_file", Some(fix.to_owned()));
        }
        None if locked => {
            let fix = "add certificate_password = \"${VARIABLE}\" or certificate_password_file = ...";
            auth.problem("certificate_file", "is a PKCS#12 file with a password", Some(fix.to_owned()));
        }
        _ => {
            let fix = "name a file in PEM, or in PKCS#12 as openssl pkcs12 -export makes it";
            auth.problem(
                "certificate_file",
                "is neither PEM nor PKCS#12 that can be read",
                Some(fix.to_owned()),
            );
        }
    }
}
