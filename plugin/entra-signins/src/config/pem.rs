//! PEM in the configuration: certificates to trust, and the certificate and key that an app registration proves
//! itself with.

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use collector::sensitive::SensitiveString;
use collector::settings::Reader;
use pem::{EncodeConfig, LineEnding, Pem};
use zeroize::Zeroizing;

const CERTIFICATE: &str = "CERTIFICATE";
const PKCS8: &str = "PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";

/// A private key that was read: its PEM, and the public half that the certificate must hold.
pub(super) struct PrivateKey {
    pub(super) pem: SensitiveString,
    public: Vec<u8>,
}

/// The certificates of a text, each as DER; a problem of this key if there is none.
pub(super) fn check_certificates(reader: &Reader<'_>, name: &str, text: &str) -> Option<Vec<Pem>> {
    let mut blocks = pem::parse_many(text).unwrap_or_default();
    blocks.retain(|block| block.tag() == CERTIFICATE);
    if blocks.is_empty() {
        let fix = "write PEM with a block -----BEGIN CERTIFICATE-----";
        reader.problem(name, "holds no certificate", Some(fix.to_owned()));
        return None;
    }
    Some(blocks)
}

/// Certificates as PEM again, without whatever else stood beside them, such as a private key.
pub(super) fn certificates_alone(blocks: &[Pem]) -> String {
    pem::encode_many_config(blocks, unix())
}

/// The RSA private key of a text; a problem of this key if there is none that can be used.
pub(super) fn private_key(reader: &Reader<'_>, name: &str, text: &str) -> Option<PrivateKey> {
    let blocks = pem::parse_many(text).unwrap_or_default();
    let Some(block) = blocks.iter().find(|block| block.tag().ends_with(PKCS8)) else {
        let fix = "write PEM with a block -----BEGIN PRIVATE KEY----- (PKCS#8) or -----BEGIN RSA PRIVATE KEY----- (PKCS#1)";
        reader.problem(name, "holds no private key", Some(fix.to_owned()));
        return None;
    };
    let encrypted = block.tag().starts_with("ENCRYPTED") || block.headers().get("Proc-Type").is_some();
    if encrypted {
        let fix = "decrypt it (openssl pkcs8 -in KEY -out PLAIN), make it readable by its owner alone, and name that file";
        reader.problem(name, "holds an encrypted private key", Some(fix.to_owned()));
        return None;
    }
    let key = PrivateKey::of(block);
    if key.is_none() {
        let fix = "make an RSA key of 2048 bits or more: Microsoft takes no other for an app registration";
        reader.problem(name, "holds a private key that is not a usable RSA key", Some(fix.to_owned()));
    }
    for block in blocks {
        drop(Zeroizing::new(block.into_contents()));
    }
    key
}

/// A key of PKCS#8 in DER as a block of PEM.
pub(super) fn pkcs8(der: &[u8]) -> Pem {
    Pem::new(PKCS8, der)
}

/// A certificate in DER as a block of PEM.
pub(super) fn certificate(der: &[u8]) -> Pem {
    Pem::new(CERTIFICATE, der)
}

impl PrivateKey {
    /// The RSA key of a block, if it is one that can be used.
    pub(super) fn of(block: &Pem) -> Option<Self> {
        let pair = match block.tag() {
            PKCS8 => KeyPair::from_pkcs8(block.contents()).ok()?,
            PKCS1 => KeyPair::from_der(block.contents()).ok()?,
            _ => return None,
        };
        let pem = SensitiveString::from(pem::encode_config(block, unix()));
        Some(Self { pem, public: pair.public_key().as_ref().to_vec() })
    }

    /// Whether it is the key of the first of these certificates: a certificate holds its public key as these bytes.
    pub(super) fn belongs_to(&self, certificates: &[Pem]) -> bool {
        certificates
            .first()
            .is_some_and(|first| first.contents().windows(self.public.len()).any(|at| at == self.public))
    }
}

fn unix() -> EncodeConfig {
    EncodeConfig::new().set_line_ending(LineEnding::LF)
}
