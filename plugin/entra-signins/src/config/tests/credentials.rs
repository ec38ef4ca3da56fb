//! Tests of `auth`.

use std::fmt::Write as _;
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use pem::Pem;

use super::super::{ClientSecret, Strategy};
use super::{CHILD, PARENT, load, load_in};

/// What stands before the RSA key in PKCS#8 of a 2,048-bit key: version, algorithm, and two headings.
const PKCS8_HEADING: usize = 26;

/// A key as PKCS#8, and what a certificate of it looks like from afar: bytes with the public key inside.
struct Keys {
    pkcs8: Vec<u8>,
    certificate: Vec<u8>,
}

/// Two keys, made once.
fn keys() -> &'static [Keys; 2] {
    static KEYS: OnceLock<[Keys; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [(), ()].map(|()| {
            let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
            let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
            let certificate = [b"before".as_slice(), pair.public_key().as_ref(), b"after"].concat();
            Keys { pkcs8: pkcs8.as_ref().to_vec(), certificate }
        })
    })
}

fn block(tag: &str, contents: &[u8]) -> String {
    pem::encode(&Pem::new(tag, contents))
}

fn certificate() -> String {
    block("CERTIFICATE", &keys()[0].certificate)
}

fn key() -> String {
    block("PRIVATE KEY", &keys()[0].pkcs8)
}

/// A configuration whose `auth` has these lines.
pub(super) fn with_auth(lines: &str) -> String {
    let mut text = PARENT.split("auth = ").next().unwrap().to_owned();
    for line in lines.lines() {
        writeln!(text, "auth.{line}").unwrap();
    }
    text + CHILD
}

fn auth_problems(lines: &str) -> String {
    load(&with_auth(lines)).unwrap_err().replace("c.toml:", "").replace("microsoft_365[0].auth.", "")
}

/// What comes of `certificate_file` and `private_key_file` with this content.
fn from_files(certificate: &str, key: &str) -> Result<Strategy, String> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("c.pem"), certificate).unwrap();
    std::fs::write(directory.path().join("k.pem"), key).unwrap();
    let text =
        with_auth("strategy = 'client_certificate'\ncertificate_file = 'c.pem'\nprivate_key_file = 'k.pem'");
    let config = load_in(directory.path(), &text)?;
    Ok(config.microsoft_365[0].credential.strategy.clone())
}

fn file_problems(certificate: &str, key: &str) -> String {
    let problems = from_files(certificate, key).unwrap_err();
    problems.replace("c.toml:", "").replace("microsoft_365[0].auth.", "")
}

/// Scenario: PKCS#8 and PKCS#1 keys in files, and both inline.
/// Guarantee: each gives the credential, as PEM that its signer reads.
#[test]
fn certificates_come_from_files_or_inline() {
    let pkcs1 = block("RSA PRIVATE KEY", &keys()[0].pkcs8[PKCS8_HEADING..]);
    let inline = format!(
        "strategy = 'client_certificate'\ncertificate = '''\n{}'''\nprivate_key = '''\n{}'''",
        certificate(),
        key()
    );
    let inline = with_auth("").replace(CHILD, &format!("[microsoft_365.auth]\n{inline}\n{CHILD}"));
    let credentials = [
        from_files(&certificate(), &key()).unwrap(),
        from_files(&certificate(), &pkcs1).unwrap(),
        load(&inline).unwrap().microsoft_365.remove(0).credential.strategy,
    ];
    for credential in credentials {
        let Strategy::ClientCertificate { certificate: read, private_key } = credential else {
            panic!("{credential:?}")
        };
        assert_eq!(read, certificate().replace("\r\n", "\n"));
        assert!(jsonwebtoken::EncodingKey::from_rsa_pem(private_key.inner().as_bytes()).is_ok());
    }
}

/// Scenario: one file with key, certificate and the certificate's issuer, named for both.
/// Guarantee: the public half holds certificates alone, and `Debug` shows no key.
#[test]
fn one_file_can_hold_key_and_certificates() {
    let both = format!("{}{}{}", key(), certificate(), block("CERTIFICATE", b"issuer"));
    let credential = from_files(&both, &both).unwrap();
    let shown = format!("{credential:?}");
    assert!(shown.contains("REDACTED") && !shown.contains("PRIVATE"), "{shown}");
    let Strategy::ClientCertificate { certificate, private_key } = credential else { panic!("{shown}") };
    assert_eq!(certificate.matches("BEGIN CERTIFICATE").count(), 2);
    assert_eq!(private_key.inner().matches("BEGIN").count(), 1);
}

/// Scenario: files that hold the wrong thing, a key of another certificate, keys that Microsoft cannot take.
/// Guarantee: each is told from the others, with a way out, and the content of no file is shown.
#[test]
fn unusable_files_say_why() {
    let encrypted = "7: private_key_file: holds an encrypted private key; decrypt it (openssl pkcs8 -in KEY -out PLAIN), \
                     make it readable by its owner alone, and name that file";
    let unusable = "7: private_key_file: holds a private key that is not a usable RSA key; \
                    make an RSA key of 2048 bits or more: Microsoft takes no other for an app registration";
    let no_key = "7: private_key_file: holds no private key; write PEM with a block -----BEGIN PRIVATE KEY----- (PKCS#8) \
                  or -----BEGIN RSA PRIVATE KEY----- (PKCS#1)";
    let no_certificate =
        "6: certificate_file: holds no certificate; write PEM with a block -----BEGIN CERTIFICATE-----";
    let headers = "KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00\r\n\r\n";
    let legacy = key().replacen("KEY-----\r\n", headers, 1);
    for (certificate, key, problem) in [
        (certificate(), block("ENCRYPTED PRIVATE KEY", b"hunter2"), encrypted),
        (certificate(), legacy, encrypted),
        (certificate(), block("EC PRIVATE KEY", b"hunter2"), unusable),
        (certificate(), block("PRIVATE KEY", b"hunter2"), unusable),
        (certificate(), certificate(), no_key),
        (certificate(), "hunter2".to_owned(), no_key),
        (key(), key(), no_certificate),
        ("hunter2".to_owned(), key(), no_certificate),
        (
            certificate(),
            block("PRIVATE KEY", &keys()[1].pkcs8),
            "7: private_key_file: is not the key of the certificate; \
             name the key that the certificate was made with; the certificate comes first in its file",
        ),
    ] {
        assert_eq!(file_problems(&certificate, &key), problem);
    }
}

/// Scenario: unknown and missing strategies.
/// Guarantee: one message that says what there is.
#[test]
fn strategies_are_named() {
    assert_eq!(
        auth_problems("strategy = 'clientsecret'\nclient_secret = 'hunter2'"),
        "5: strategy: is no known word; did you mean \"client_secret\"? Known are \"client_secret\", \"client_certificate\", \
         \"federated_token\", \"managed_identity\", \"authorization_code\", \"device_code\""
    );
    assert_eq!(auth_problems("client_secret = 'hunter2'"), "5: strategy: is missing; add strategy = ...");
}

/// Scenario: strategies in which a person signs in: with and without a client secret, with keys of others, with an expiry of nothing, and
/// beside a credential to come.
/// Guarantee: the secret is optional where the browser comes back here, and has no place with a device code; the rest is refused by name.
#[test]
fn a_person_may_sign_in() {
    let strategy = |lines: &str| {
        let mut config = load(&with_auth(lines)).unwrap();
        config.microsoft_365.remove(0).credential.strategy
    };
    let public = strategy("strategy = 'authorization_code'");
    assert!(matches!(public, Strategy::AuthorizationCode { client_secret: None }), "{public:?}");
    let confidential =
        strategy("strategy = 'authorization_code'\nclient_secret = 'hush'\nexpires_at = '2099-01-01'");
    let Strategy::AuthorizationCode { client_secret: Some(ClientSecret::Given(secret)) } = confidential
    else {
        panic!("a secret")
    };
    assert_eq!(secret.inner(), "hush");
    let missing = strategy("strategy = 'authorization_code'\nclient_secret_missing = 'why'");
    let why = |secret: &ClientSecret| matches!(secret, ClientSecret::Missing(why) if why == "why");
    assert!(matches!(&missing, Strategy::AuthorizationCode { client_secret: Some(secret) } if why(secret)));
    assert!(matches!(strategy("strategy = 'device_code'"), Strategy::DeviceCode));
    for (lines, problem) in [
        (
            "strategy = 'device_code'\nclient_secret = 'hush'",
            "6: client_secret: does not belong to this strategy; remove it or write strategy = \"client_secret\"",
        ),
        (
            "strategy = 'authorization_code'\ntoken_file = 'x'",
            "6: token_file: does not belong to this strategy; remove it or write strategy = \"federated_token\"",
        ),
        (
            "strategy = 'device_code'\nexpires_at = '2099-01-01'",
            "6: expires_at: does not belong to this strategy; remove it: there is no secret that could expire",
        ),
        (
            "strategy = 'client_secret'\nclient_secret = 'hush'\nnext.strategy = 'device_code'",
            "7: next: has no place where a person signs in; remove it: who signs in anew replaces the authorization that was there",
        ),
    ] {
        assert_eq!(auth_problems(lines), problem);
    }
}

/// Scenario: secrets that are missing, doubled, unreadable, misspelt, or of the other strategy.
/// Guarantee: each message names the key and never the secret.
#[test]
fn secrets_are_given_once() {
    let secret = |lines: &str| auth_problems(&format!("strategy = 'client_secret'\n{lines}"));
    assert_eq!(
        secret(""),
        "5: client_secret: is missing; add client_secret = \"${VARIABLE}\" or client_secret_file = ..."
    );
    assert_eq!(
        secret("client_secret = 'hunter2'\nclient_secret_file = 'x'"),
        "7: client_secret_file: stands beside client_secret; keep one of the two"
    );
    assert_eq!(
        secret("client_secret_file = 'absent'"),
        "6: client_secret_file: the file cannot be read (entity not found); check the path and its permissions"
    );
    assert_eq!(
        secret("client_secrt = 'hunter2'\nclient_secret = 'hunter2'"),
        "6: client_secrt: unknown key; did you mean client_secret?"
    );
    assert_eq!(
        secret("client_secret = 'hunter2'\nprivate_key = 'hunter2'"),
        "7: private_key: does not belong to this strategy; remove it or write strategy = \"client_certificate\""
    );
    assert_eq!(
        auth_problems("strategy = 'client_certificate'"),
        "5: certificate: is missing; add certificate = \"${VARIABLE}\" or certificate_file = ...\n\
         5: private_key: is missing; add private_key = \"${VARIABLE}\" or private_key_file = ..."
    );
}

/// Scenario: a root certificate for the endpoints, and a file that holds none.
/// Guarantee: the first is kept as a path from the configuration file; the second is refused.
#[test]
fn ca_files_hold_certificates() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    let text = format!("{PARENT}tls.ca_file = 'ca.pem'\n{CHILD}");
    std::fs::write(&path, block("CERTIFICATE", b"root")).unwrap();
    assert_eq!(
        load_in(directory.path(), &text).unwrap().microsoft_365[0].endpoints.ca_file.as_deref(),
        Some(path.as_path())
    );
    std::fs::write(&path, "hunter2").unwrap();
    assert_eq!(
        load_in(directory.path(), &text).unwrap_err(),
        "c.toml:6: microsoft_365[0].tls.ca_file: holds no certificate; write PEM with a block -----BEGIN CERTIFICATE-----"
    );
}

/// Scenario: a second credential of another strategy, one with a mistake, one that has a next itself.
/// Guarantee: it is read as the first is; mistakes name its own keys.
#[test]
fn the_next_credential_is_read_as_the_first() {
    let first = "strategy = 'client_secret'\nclient_secret = 'hunter2'";
    let next = "next.strategy = 'federated_token'\nnext.token_file = '/t'";
    let parent = load(&with_auth(&format!("{first}\n{next}"))).unwrap().microsoft_365.remove(0);
    let next = parent.credential.next.expect("is configured");
    assert!(matches!(parent.credential.strategy, Strategy::ClientSecret(_)));
    assert!(matches!(next.strategy, Strategy::FederatedToken { .. }));
    assert_eq!(
        auth_problems(&format!("{first}\nnext.strategy = 'client_secret'")),
        "7: next.client_secret: is missing; add client_secret = \"${VARIABLE}\" or client_secret_file = ..."
    );
    assert_eq!(
        auth_problems(&format!(
            "{first}\nnext.strategy = 'client_secret'\nnext.client_secret = 'hunter2'\nnext.next.strategy = 'client_secret'"
        )),
        "9: next.next: is one too many; remove it: two credentials are enough for a rotation"
    );
}

/// Scenario: a secret's expiry as a day, quoted and not, and as a time; a malformed one; one of a federated token.
/// Guarantee: the instant, a day's first; what makes no sense is refused.
#[test]
fn expiries_are_days_or_times() {
    let secret = "strategy = 'client_secret'\nclient_secret = 'hunter2'";
    for (written, expected) in [
        ("'2026-12-31'", "2026-12-31T00:00:00Z"),
        ("2026-12-31", "2026-12-31T00:00:00Z"),
        ("2026-12-31T12:00:00+01:00", "2026-12-31T11:00:00Z"),
    ] {
        let config = load(&with_auth(&format!("{secret}\nexpires_at = {written}"))).unwrap();
        let expires_at = config.microsoft_365[0].credential.expires_at;
        assert_eq!(expires_at, expected.parse().ok(), "{written}");
    }
    assert_eq!(load(&with_auth(secret)).unwrap().microsoft_365[0].credential.expires_at, None);
    assert_eq!(
        auth_problems(&format!("{secret}\nexpires_at = 'hunter2'")),
        "7: expires_at: is malformed; write a day such as \"2026-12-31\", or a time such as \"2026-12-31T12:00:00Z\""
    );
    assert_eq!(
        auth_problems("strategy = 'federated_token'\ntoken_file = '/t'\nexpires_at = 2026-12-31"),
        "7: expires_at: does not belong to this strategy; remove it: such a credential is renewed by itself"
    );
}

/// Scenario: a host says that it has not the secret that it keeps for a connector.
/// Guarantee: the connector is read, knows why, and shows no more than that.
#[test]
fn a_host_may_lack_the_secret() {
    let lines = "strategy = 'client_secret'\nclient_secret_missing = 'nobody has entered it'";
    let strategy = load(&with_auth(lines)).unwrap().microsoft_365.remove(0).credential.strategy;
    let Strategy::ClientSecret(ClientSecret::Missing(why)) = strategy else { panic!("is missing") };
    assert_eq!(why, "nobody has entered it");
}
