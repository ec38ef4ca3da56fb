//! Tests of certificates in PKCS#12 files. Those in `pkcs12/` hold the simulator's certificate and key, as
//! `openssl pkcs12 -export` makes them, old and new; their password is `hunter2`, where they have one.

use graph_simulator::testdata::{CERTIFICATE_PEM, PRIVATE_KEY_PEM};

use super::super::{Credential, Strategy};
use super::credentials::with_auth;
use super::load_in;

const LEGACY: &[u8] = include_bytes!("pkcs12/legacy.p12");
const TRIPLE_DES: &[u8] = include_bytes!("pkcs12/triple-des.p12");
const AES: &[u8] = include_bytes!("pkcs12/aes.p12");
const CHAIN: &[u8] = include_bytes!("pkcs12/chain.p12");
const PLAIN: &[u8] = include_bytes!("pkcs12/plain.p12");
const NO_PASSWORD: &[u8] = include_bytes!("pkcs12/no-password.p12");

/// What comes of this file with these lines more.
fn from_archive(content: &[u8], lines: &str) -> Result<Strategy, String> {
    credential(content, lines).map(|credential| credential.strategy)
}

fn credential(content: &[u8], lines: &str) -> Result<Credential, String> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("c.p12"), content).unwrap();
    let text = with_auth(&format!("strategy = 'client_certificate'\ncertificate_file = 'c.p12'\n{lines}"));
    let config = load_in(directory.path(), &text);
    let credential = config.map(|mut config| config.microsoft_365.remove(0).credential);
    credential.map_err(|problems| problems.replace("c.toml:", "").replace("microsoft_365[0].auth.", ""))
}

/// Scenario: files with RC2 and triple DES, triple DES alone, AES; one with the issuer's certificate; two without a password.
/// Guarantee: each gives certificate and key as if they stood in PEM, and shows neither key nor password.
#[test]
fn files_of_every_age_are_read() {
    let password = "certificate_password = 'hunter2'";
    for (name, content, lines) in [
        ("legacy", LEGACY, password),
        ("triple DES", TRIPLE_DES, password),
        ("AES", AES, password),
        ("with its issuer", CHAIN, password),
        ("no password", NO_PASSWORD, ""),
        ("neither encrypted nor signed", PLAIN, ""),
    ] {
        let strategy = from_archive(content, lines).expect(name);
        assert!(!format!("{strategy:?}").contains("PRIVATE"), "{strategy:?}");
        let Strategy::ClientCertificate { certificate, private_key } = strategy else {
            panic!("{strategy:?}")
        };
        assert_eq!(
            certificate.matches("BEGIN CERTIFICATE").count(),
            if name == "with its issuer" { 2 } else { 1 }
        );
        let der = |text: &str| pem::parse(text).expect("is PEM").into_contents();
        assert_eq!(der(&certificate), der(CERTIFICATE_PEM), "{name}");
        assert_eq!(der(private_key.inner()), der(PRIVATE_KEY_PEM), "{name}");
    }
}

/// Scenario: a wrong password, none where there must be one, a damaged file, a key beside it, a password beside PEM.
/// Guarantee: each is told from the others, at the key to be changed, and no password is shown.
#[test]
fn files_that_cannot_be_opened_say_why() {
    let damaged = &AES[..AES.len() / 2];
    let certificate = CERTIFICATE_PEM.as_bytes();
    for (content, lines, problem) in [
        (
            AES,
            "certificate_password = 'hunter22'",
            "7: certificate_password: does not open certificate_file; write the password that the file was exported with",
        ),
        (
            LEGACY,
            "",
            "6: certificate_file: is a PKCS#12 file with a password; add certificate_password = \"${VARIABLE}\" or \
             certificate_password_file = ...",
        ),
        (
            damaged,
            "certificate_password = 'hunter2'",
            "6: certificate_file: is neither PEM nor PKCS#12 that can be read; name a file in PEM, or in PKCS#12 as \
             openssl pkcs12 -export makes it",
        ),
        (
            AES,
            "certificate_password = 'hunter2'\nprivate_key = 'hunter2'",
            "8: private_key: stands beside a PKCS#12 file; remove it: a PKCS#12 file holds its own",
        ),
        (
            certificate,
            "certificate_password = 'hunter2'",
            "5: private_key: is missing; add private_key = \"${VARIABLE}\" or private_key_file = ...\n\
             7: certificate_password: stands beside a certificate in PEM, which has none; remove it, or name a PKCS#12 file \
             (.p12, .pfx) as certificate_file",
        ),
    ] {
        assert_eq!(from_archive(content, lines).expect_err(problem), problem);
    }
}

/// Scenario: a file cut off at every length, and with every byte turned over.
/// Guarantee: it is read or refused; nothing worse happens.
#[test]
fn damaged_files_are_refused_or_read() {
    for length in (0..TRIPLE_DES.len()).step_by(61) {
        assert!(from_archive(&TRIPLE_DES[..length], "certificate_password = 'hunter2'").is_err(), "{length}");
    }
    for at in (0..TRIPLE_DES.len()).step_by(37) {
        let mut turned = TRIPLE_DES.to_vec();
        turned[at] ^= 0xff;
        drop(from_archive(&turned, "certificate_password = 'hunter2'"));
    }
}

/// Scenario: a certificate that says until when it is valid, and a configuration that says otherwise.
/// Guarantee: the certificate's own expiry, unless one is written.
#[test]
fn a_certificate_says_when_it_expires() {
    let password = "certificate_password = 'hunter2'";
    let expires_at = |lines: &str| credential(AES, lines).unwrap().expires_at.unwrap().to_string();
    assert_eq!(expires_at(password), "2126-10-30T06:00:34Z");
    assert_eq!(expires_at(&format!("{password}\nexpires_at = 2027-01-01")), "2027-01-01T00:00:00Z");
}
